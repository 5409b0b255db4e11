#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What comes for an SPI before its key is held, and received in its order when the key is there;
# and what bounds that.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need ping ethtool tcpdump ip
param=/sys/module/ikevti/parameters/held_kbytes
pair_up
device "$A" vpn0 && device "$B" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64
address "$B" vpn0 10.9.0.2/24 fd09::2/64
in_ns "$A" ethtool -K vpn0 gro off >/dev/null

# larval [outer=4] [encap=none] [nopath=] - path 1 and an SPI without a key in A, INJECT for it
larval()
{
	local outer encap nopath ports=() word=path=1

	option outer 4 "$@"
	option encap none "$@"
	option nopath '' "$@"
	[[ $encap == udp ]] && ports=(lport=4500 rport=4500)
	[[ $nopath ]] && word=
	nl "$A" path-set dev=vpn0 id=1 local="${OUT_A[$outer]}" remote="${OUT_B[$outer]}" \
		encap="$encap" state=up "${ports[@]}" || return
	# shellcheck disable=SC2086 # no word
	INJECT_SPI=$(spi_alloc "$A" dev=vpn0 $word) || return
	KEY=$(random_hex 32)
	SALT=$(random_hex 4)
	INJECT=(from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" encap="$encap"
		sa="$INJECT_SPI:$KEY:$SALT:" isrc=10.9.0.2 idst=10.9.0.1)
}

install()
{
	nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$INJECT_SPI" aead=gcm key="$KEY" \
		salt="$SALT" window=4096 "$@"
}

no_key()	# - drops of that kind
{
	dev_field "$A" vpn0 rx_no_key
}

drops()	# BEFORE N - so many came to that since
{
	wait_for "$PATIENCE" dev_at_least "$A" vpn0 rx_no_key $(($1 + $2)) &&
		[[ $(no_key) == $(($1 + $2)) ]]
}

# in_order FIRST LAST - the capture has these TCP segments, one after the other
in_order()
{
	tcpdump -n -S -r "$TMP/inner.pcap" tcp 2>/dev/null |
		sed -n 's/.* seq \([0-9]*\):.*/\1/p' >"$TMP/numbers"
	awk -v first="$1" -v last="$2" '
		NR == 1 { base = $1 }
		$1 != base + (NR - 1) * 32 { print $1 " is number " NR; bad = 1 }
		END { print NR " segments"; exit bad || NR != last - first + 1 }' "$TMP/numbers"
}

events_start "$A" "$TMP/events"
for outer in 4 6; do
	attach "$A" $outer
done
for outer in 4 6; do
	for encap in none udp; do
		what="v$outer, encap $encap"
		check "an SPI, $what" larval outer=$outer encap=$encap
		lost=$(no_key)
		before=$(dev_field "$A" vpn0 rx_packets)
		sniff "$A" vpn0 "$TMP/inner.pcap" tcp -s 96
		check "packets before its key" inject kind=tcp size=32 seq=1-300
		check_is "none is received" "$(dev_field "$A" vpn0 rx_packets)" "$before"
		check "the key" install
		check "all are received" wait_for "$PATIENCE" dev_at_least "$A" vpn0 rx_packets \
			$((before + 300))
		check "as is what comes later" gains rx_packets 5 inject kind=tcp size=32 seq=301-305
		sniff_stop
		check "in order" in_order 1 305
		check_is "none was dropped" "$(no_key)" "$lost"
		check "a replay of one that was held" gains rx_replay 1 inject seq=7
		# the bound of an SPI
		check "another SPI" larval outer=$outer encap=$encap
		check "more than fit" inject seq=1-1100
		check "are dropped and counted" drops "$lost" 76
		check "the key" install
		check "the others are received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in \
			"$INJECT_SPI" rx_packets 1024
		check_is "and no more" "$(victim rx_packets)" 1024
		nl "$A" flush dev=vpn0
	done
done

# a batch in one skb
for batch in gso file; do
	check "an SPI" larval encap=udp
	check "a batch, $batch" inject seq=1-40 batch=$batch
	check "the key" install
	check "all of it is received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" \
		rx_packets 40
	nl "$A" flush dev=vpn0
done

check_is "nobody was told of unknown SPIs" "$(grep -c '^unknown-spi' "$TMP/events")" 0

# of another address, not held; without a path, looked at when it has one
ip -n "$A" address add 192.0.2.9/24 dev under
check "an SPI" larval encap=udp
lost=$(no_key)
check "a packet to another address is not held" gains rx_wrong_address 1 inject to=192.0.2.9 seq=1
check "nor natively" gains rx_wrong_address 1 inject to=192.0.2.9 seq=1 encap=none
check "an SPI without a path" larval encap=udp nopath=1
check "packets to either address" eval 'inject seq=1-3 && inject to=192.0.2.9 seq=4-5'
check "the key" install
check "what is for the path is received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in \
	"$INJECT_SPI" rx_packets 3
check_is "the rest is not" "$(victim rx_packets) $(victim rx_wrong_address)" "3 2"
check_is "nothing is without a key" "$(no_key)" "$lost"

# forged ones do no more harm than later
check "an SPI" larval
check "packets with bad ICVs" inject seq=1-10 icv=bad
check "and good ones" inject seq=1-10
check "the key" install
check "the good ones are received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in \
	"$INJECT_SPI" rx_packets 10
check_is "the others failed" "$(victim rx_auth_failed)" 10

# the bound of time
check "an SPI" larval
lost=$(no_key)
check "packets" inject seq=1-5
check_is "wait" "$(no_key)" "$lost"
sleep 2
check "others, later" inject seq=6-8
sleep 2.5
check_is "what has waited for 4 s is dropped, others not" "$(no_key)" $((lost + 5))
check "the key" install
check "which receives these" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" \
	rx_packets 3

# no key comes
ends()	# WHAT COMMAND... - after which what was held is dropped
{
	local what=$1 before
	shift

	check "an SPI" larval encap=udp
	before=$(no_key)
	check "packets" inject seq=1-20
	check "$what" "$@"
	check "drops what was held" drops "$before" 20
}
# shellcheck disable=SC2016 # later
ends "the SPI is freed" eval 'nl "$A" sa-del dev=vpn0 dir=in spi="$INJECT_SPI"'
ends "its path goes" nl "$A" path-del dev=vpn0 id=1
ends "all of the device goes" nl "$A" flush dev=vpn0

# the bound of a namespace, in memory
before=$(<$param)
check "a bound of 64 KiB" eval 'echo 64 >$param'
check "an SPI" larval
lost=$(no_key)
check "packets" inject seq=1-200
check_range "some are dropped" $(($(no_key) - lost)) 80 190
check "another" larval
first=$(no_key)
check "packets" inject seq=1-10
check "all are dropped" drops "$first" 10
nl "$A" flush dev=vpn0
check "room again" larval
lost=$(no_key)
check "packets" inject seq=1-10
check "the key" install
check "all are received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" rx_packets 10
check_is "none is dropped" "$(no_key)" "$lost"
cat >"$TMP/inside" <<'END'
set -e
ip link set lo up
ip link add vpn0 type ikevti
ip link set vpn0 up
ikevti-nl path-set dev=vpn0 id=1 local=127.0.0.1 remote=127.0.0.2 encap=none state=up
spi=$(ikevti-nl spi-alloc dev=vpn0 path=1 | sed 's/.* spi=\([^ ]*\).*/\1/')
esp-inject from=127.0.0.2 to=127.0.0.1 isrc=10.9.0.2 idst=10.9.0.1 seq=1-100 \
	sa="$spi:000102030405060708090a0b0c0d0e0f:01020304:"
ikevti-nl dev-get dev=vpn0 | tee "$TMP/inside-dev"
END
if unshare -U -r -n true 2>/dev/null; then
	check "in a user namespace" env TMP="$TMP" unshare -U -r -n bash "$TMP/inside"
	# what a packet takes depends on the kernel
	check_range "a quarter" "$(field rx_no_key "$(<"$TMP/inside-dev")")" 70 99
else
	skip "a quarter for user namespaces" "not to be had here"
fi
check "none at all" eval 'echo 0 >$param'
check "an SPI" larval
lost=$(no_key)
check "packets" inject seq=1-10
check "are dropped" drops "$lost" 10
echo "$before" >$param
nl "$A" flush dev=vpn0

# rekeying with a peer that uses what we cannot read yet
peer_is_first()
{
	local old=$SPI_BA

	SPI_BA=$(spi_alloc "$A" dev=vpn0 path=1) || return
	KEY=$(random_hex 32)
	SALT=$(random_hex 4)
	nl "$B" sa-set dev=vpn0 dir=out path=1 spi="$SPI_BA" aead=gcm key="$KEY" salt="$SALT" ||
		return
	sleep 0.1
	nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$SPI_BA" aead=gcm key="$KEY" salt="$SALT" \
		window="$WINDOW" || return
	sleep 0.1
	nl "$A" sa-del dev=vpn0 dir=in spi="$old"
}
attach "$B" 4
for encap in none udp; do
	check "tunnel, encap $encap" tunnel_up encap=$encap
	background "$TMP/ping" nsenter --net="/run/netns/$A" -- ping -n -q -i 0.01 -W 10 10.9.0.2
	ping_pid=$!
	for i in 1 2 3 4 5; do
		check "rekey $i, the peer first" peer_is_first
	done
	kill -INT $ping_pid
	wait $ping_pid 2>/dev/null
	check "no ping is lost" awk '
		/ transmitted/ { print; lost = $1 - $4 }
		END { exit !NR || lost > 1 }' "$TMP/ping"
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done
events_stop

# what it came by, what it belongs to and the module go
check "an SPI" larval encap=udp
check "packets" inject seq=1-50
check "the device they came by goes" ip -n "$A" link delete under
check "the key" install
check "they are received" wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" rx_packets 50
join "$A" under "$B" under
address "$A" under 192.0.2.1/24
address "$B" under 192.0.2.2/24
check "an SPI" larval
check "packets" inject seq=1-50
check "the device goes" timeout 60 ip -n "$A" link delete vpn0
device "$A" vpn0
check "an SPI" larval
check "packets" inject seq=1-50
for file in "$TMP"/*.pid; do
	kill "$(<"$file")" && rm "$file"
done
ip -n "$A" link set vpn0 netns "$B" name vpn1
check "the underlay goes" ip netns delete "$A"
check "and its packets" wait_for "$PATIENCE" eval \
	'[[ $(in_ns "$B" ethtool -S vpn1 | awk "/rx_no_key/ { print \$2 }") == 50 ]]'
nl_stop "$A"
ip -n "$B" link delete vpn1
add_ns "$A"
join "$A" under "$B" under3
address "$A" under 192.0.2.1/24
ip -n "$B" link set under3 up
ip -n "$B" address add 192.0.2.2/24 dev under3
device "$A" vpn0
check "an SPI" larval
check "packets" inject seq=1-50
check "the module goes" timeout 60 rmmod ikevti
ktap_end
