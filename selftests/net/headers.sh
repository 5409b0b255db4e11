#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Outer headers: DSCP, TTL and "don't fragment" as the device says, an identification of its own
# for what may be fragmented, a flow label for each inner flow; and no outer flow hash on what
# comes in. ECN is for ecn.sh, dummy packets for malformed.sh, selectors for selectors.sh.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping tcpdump ethtool nc
pair_up
devices_up
# every packet crosses by itself, so that all headers can be seen
for ns in "$A" "$B"; do
	in_ns "$ns" ethtool -K under tso off gso off tx-udp-segmentation off tx-gso-list off gro off
	attach "$ns" 4
	attach "$ns" 6
done
PINGS=(-n -q -c 1 -W 0.01 -s 400)

# seen - the outer headers captured so far, a line each
seen()
{
	tcpdump -n -v -r "$TMP/wire" 2>/dev/null | sed -nE '
		s/^.*IP \(tos 0x0*([0-9a-f]+)(,[A-Z0-9()]+)?, ttl ([0-9]+), id ([0-9]+), offset 0, flags \[([^]]*)\].*/tos=\1 ttl=\3 flags=\5 id=\4/p
		s/^.*IP6 \(class 0x0*([0-9a-f]+), flowlabel 0x0*([0-9a-f]+), hlim ([0-9]+),.*/tos=\1 ttl=\3 label=\2/p
		s/^.*IP6 \(flowlabel 0x0*([0-9a-f]+), hlim ([0-9]+),.*/tos= ttl=\2 label=\1/p'
}

has_seen()	# N
{
	(($(seen | wc -l) >= $1))
}

# sent COMMAND... - outer headers of the one packet that it makes A send
sent()
{
	local before

	before=$(seen | wc -l)
	"$@" >/dev/null 2>&1
	wait_for "$PATIENCE" has_seen $((before + 1)) || return
	seen | sed -n "$((before + 1))p"
}

# sends FAMILY EXPECTED PING-OPTIONS... - so A sends a ping to B's address
sends()
{
	local family=$1 expected=$2 line
	shift 2

	line=$(sent in_ns "$A" ping "${PINGS[@]}" "$@" "${IN_B[$family]}")
	echo "seen '$line', expected '$expected'"
	[[ "$line " == "$expected "* ]]
}

head_is()	# WORDS - sets attributes of A's device
{
	ikevti-link -N "$A" set vpn0 ttl=256 dscp=64 df=0 "$@"
}

# packets of 400 octets are ours: what IPv6 says by itself is smaller
watch_wire()
{
	sniff "$B" under "$TMP/wire" \
		"greater 400 and (src ${OUT_A[4]} or ip6 src ${OUT_A[6]}) and not icmp and not icmp6"
}

variants=("4 none" "6 udp")
for where in "${variants[@]}"; do
	read -r outer encap <<<"$where"
	what="v$outer, encap $encap"
	ttl=64
	if [[ $outer == 4 ]]; then
		ttl=77
		in_ns "$A" sysctl -qw net.ipv4.ip_default_ttl=77
	fi
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap"
	check "sniffer" watch_wire
	check "by default DSCP is copied, TTL the namespace's: $what" \
		sends 4 "tos=b9 ttl=$ttl" -Q 0xb9 -t 33
	check "of IPv6, too" sends 6 "tos=2a ttl=$ttl" -Q 0x2a -t 33
	check "a DSCP of its own" head_is dscp=46
	check "is set, ECN stays" sends 4 "tos=b9 ttl=$ttl" -Q 0x29
	check "of IPv6, too" sends 6 "tos=ba ttl=$ttl" -Q 0x12
	check "DSCP zero" head_is dscp=0
	check "is set, ECN stays" sends 4 "tos=2 ttl=$ttl" -Q 0xba
	check "of IPv6, too" sends 6 "tos=1 ttl=$ttl" -Q 0xb9
	check "a TTL of its own" head_is ttl=9
	check "is set, DSCP copied" sends 4 "tos=b8 ttl=9" -Q 0xb8 -t 33
	check "TTL inherited" head_is ttl=0
	check "from IPv4" sends 4 "tos=b8 ttl=33" -Q 0xb8 -t 33
	check "from IPv6" sends 6 "tos=b8 ttl=44" -Q 0xb8 -t 44
	check "and back" head_is
	check "the namespace's again" sends 4 "tos=b8 ttl=$ttl" -Q 0xb8 -t 33
	sniff_stop
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# df: outer IPv4
check "tunnel for DF" tunnel_up outer=4 encap=none
check "sniffer" watch_wire
dont=(-Q 4 -M dont)
do=(-Q 4 -M do)
check "set by default" sends 4 "tos=4 ttl=77 flags=DF" "${dont[@]}"
check "DF clear" head_is df=1
check "whatever the inner packet says" sends 4 "tos=4 ttl=77 flags=none" "${do[@]}"
check "DF inherited" head_is df=2
check "set where it is" sends 4 "tos=4 ttl=77 flags=DF" "${do[@]}"
check "clear where it is not" sends 4 "tos=4 ttl=77 flags=none" "${dont[@]}"
check "set for IPv6" sends 6 "tos=4 ttl=77 flags=DF" -Q 4
sniff_stop
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# RFC 6864: whatever may be fragmented has an identification of its own
own_ids()
{
	seen | awk '
		$3 == "flags=none" { n++; if (had[$4]++) twice++ }
		END { print n + 0 " packets, " twice + 0 " twice"; exit twice > 0 || n < 200 }'
}

for encap in none udp; do
	check "tunnel, encap $encap" tunnel_up outer=4 encap=$encap
	check "DF clear" head_is df=1
	check "sniffer" watch_wire
	check "TCP" transfer "$A" "$B" 10.9.0.2 400000
	sniff_stop
	check "each packet has an identification of its own" own_ids
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# with DF clear the device's MTU counts, and outer packets are fragmented
fragments()	# - whether A sent some
{
	tcpdump -n -v -r "$TMP/wire" 2>/dev/null | grep -qE 'flags \[\+\]|frag \('
}

for where in "4 none" "4 udp" "6 none"; do
	read -r outer encap <<<"$where"
	check "tunnel: v$outer, encap $encap" tunnel_up outer="$outer" encap="$encap"
	ip -n "$A" link set vpn0 mtu 1500
	check "DF clear" head_is df=1
	check "sniffer" sniff "$B" under "$TMP/wire" "src ${OUT_A[4]} or ip6 src ${OUT_A[6]}"
	check "a packet larger than the path, which must not be fragmented, passes" \
		pings "$A" 10.9.0.2 -c 1 -M do -s 1472
	check "of IPv6, too" pings "$A" fd09::2 -c 1 -M do -s 1452
	sniff_stop
	check "in fragments of the outer packet" fragments
	check "larger than the device's MTU it does not" no_ping "$A" 10.9.0.2 -M do -s 1473
	check "TCP is right" transfer "$A" "$B" 10.9.0.2 100000
	check "DF set" head_is
	check "now the path counts" no_ping "$A" 10.9.0.2 -M do -s 1472
	in_ns "$A" ip route flush cache
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# flow labels, RFC 6438: of three packets each of four flows
send_flow()	# ADDRESS PORT
{
	in_ns "$A" bash -c 'exec 3>"/dev/udp/$0/$1" && for i in 1 2 3; do printf %0400d 0 >&3; done' \
		"$1" "$2"
}

labels()	# - how many packets have the same label, for each label
{
	seen | sed -n 's/.*label=//p' | sort | uniq -c | awk '{ print $1 }' | tr '\n' ' '
}

check "tunnel for flow labels" tunnel_up outer=6 encap=none
check "sniffer" watch_wire
for port in 1001 1002; do
	check "a flow" send_flow 10.9.0.77 $port
	check "a flow of IPv6" send_flow fd09::77 $port
done
check "all are there" wait_for "$PATIENCE" has_seen 12
sniff_stop
check_is "a flow has one label, and no two the same" "$(labels)" "3 3 3 3 "
check_fails "none has label 0" grep -q 'label=0*$' <(seen)

# The hash of the outer flow, the same for all inner flows, must not choose queues or next hops
hashes()	# DEV - of packets that come to B
{
	local pid

	background "$TMP/hashes" packet-hold netns="$B" dev="$1" show=hash
	pid=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/hashes" || return
	pings "$A" 10.9.0.2 || return
	kill $pid
	wait $pid
	cat "$TMP/hashes"
}

check "packets come to the underlay" hashes under
check "with the hash that A needed" grep -q hash "$TMP/hashes"
check "and leave the tunnel" hashes vpn0
check "without" eval 'grep -q none "$TMP/hashes" && ! grep -q hash "$TMP/hashes"'
ktap_end
