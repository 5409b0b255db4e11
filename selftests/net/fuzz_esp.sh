#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ESP that is authentic and hostile: bad trailers, inner packets that are wrong in any header,
# tunnels in tunnels, batches cut anywhere, numbers out of order, forged ICMP errors. Half of it
# is forwarded back into the tunnel. What counts is that the kernel says nothing and that good
# packets still pass, there and in another tunnel.
#
#   FUZZ_SECONDS  how long (8)      FUZZ_SEED  the seed of a run that is to be repeated
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping ethtool esp-fuzz
pair_up
devices_up
device "$A" vpn1
device "$B" vpn1
address "$A" vpn1 10.8.0.1/24
address "$B" vpn1 10.8.0.2/24
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 \
	net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.vpn0.send_redirects=0
ip -n "$A" route add 10.10.0.0/16 dev vpn0
ip -n "$A" route add fd10::/16 dev vpn0
# packets that came one by one are put together on their way
in_ns "$A" ethtool -K under gro on

seed=${FUZZ_SEED:-$SRANDOM}
some "4 udp" "6 none" "4 none" "6 udp"
seconds=$((${FUZZ_SECONDS:-8} / ${#variants[@]}))
echo "# FUZZ_SEED=$seed FUZZ_SECONDS=${FUZZ_SECONDS:-8}"

# more_sas ESN... - further SAs of the victim's, into $sas
more_sas()
{
	local esn spi key salt lane=0

	sas=("sa=$INJECT_SA")
	for esn; do
		lane=$((lane + 1))
		spi=$(spi_alloc "$A" dev=vpn0 path=1 lane=$lane) || return
		key=$(random_hex 16)
		salt=$(random_hex 4)
		nl "$A" sa-set dev=vpn0 dir=in path=1 lane=$lane spi="$spi" aead=gcm key="$key" \
			salt="$salt" esn="$esn" window=256 || return
		((esn)) && salt+=:esn
		sas+=("sa=$spi:$key:$salt")
	done
}

fuzz()
{
	esp-fuzz netns="$B" from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" encap="$encap" \
		"${sas[@]}" out=0x1001 isrc4=10.9.0.2 idst4=10.9.0.1 far4=10.10.0.1 \
		isrc6=fd09::2 idst6=fd09::1 far6=fd10::1 seconds="$seconds" seed="$seed" \
		>"$TMP/fuzz"
}

# one_more SEQ - a good packet is delivered
one_more()
{
	local before

	before=$(victim rx_packets)
	inject seq="$1" || return
	wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" rx_packets $((before + 1))
}

# settled - nothing is under way any more
settled()
{
	local before

	before=$(victim rx_packets)
	sleep 0.2
	[[ $(victim rx_packets) == "$before" ]]
}

for where in "${variants[@]}"; do
	read -r outer encap <<<"$where"
	if [[ $encap == udp ]]; then
		attach "$A" "$outer"
		attach "$B" "$outer"
	fi
	what="v$outer, encap $encap"
	check "bystander: $what" tunnel_up dev=vpn1 outer="$outer" encap="$encap"
	check "victim: $what" victim_up outer="$outer" encap="$encap"
	check "its other SAs" more_sas 0 1
	# nothing of it may wait for the socket on the other side
	for file in "$TMP/$B"-*.pid; do
		[[ -e $file ]] && kill "$(<"$file")" && rm "$file"
	done
	check "hostile packets for $seconds s: $what" fuzz
	sed 's/^/# /' "$TMP/fuzz"
	check "they end" wait_for "$PATIENCE" settled
	for counter in rx_packets rx_malformed rx_replay rx_dummy; do
		check_range "some were counted in $counter" "$(victim $counter)" 1 1000000000
	done
	check "a good packet passes" one_more "$(field next "$(tail -n 1 "$TMP/fuzz")")"
	# the other side's socket outlived its owner, but not a long run
	[[ $encap == udp ]] && attach "$B" "$outer" 2>/dev/null
	check "bystander is alive" pings "$A" 10.8.0.2
	check "flush" eval 'nl "$A" flush dev=vpn0 && nl "$A" flush dev=vpn1 &&
		nl "$B" flush dev=vpn1'
	check_is "nothing is left" "$(nl "$A" sa-get)$(nl "$A" path-get)" ""
	for file in "$TMP"/*.pid; do
		[[ -s $file ]] && kill "$(<"$file")"
		rm -f "$file"
	done
	nl "$A" socket-detach family="$outer" port=4500 2>/dev/null
	nl "$B" socket-detach family="$outer" port=4500 2>/dev/null
	seed=$((seed + 1))
done
pair_down
check "the module can be unloaded" timeout 60 modprobe -r ikevti
check "and loaded" modprobe ikevti
ktap_end
