#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The inner MTU is computed from the path's; too big packets are answered or fragmented; TCP's
# MSS is clamped both ways.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping tcpdump nc
pair_up
devices_up
attach "$A" 4
attach "$B" 4
attach "$A" 6
attach "$B" 6

captured()	# FILE - tcpdump's text so far
{
	tcpdump -n -v -r "$1" 2>/dev/null
}

link_mtu()
{
	ip -n "$A" -j link show dev vpn0 | jq -r '.[0].mtu'
}

# 1500 octets of wire: what is left is exact, and one octet more does not fit
while read -r outer encap mtu; do
	what="v$outer, encap $encap"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap"
	check "computed MTU: $what" wait_for "$PATIENCE" eval \
		"[[ \$(dev_field $A vpn0 mtu) == $mtu ]]"
	check_is "the device's MTU follows" "$(link_mtu)" "$mtu"
	check "sniffer" sniff "$B" under "$TMP/wire" 'len > 1000'
	check "a packet of $mtu octets with DF passes" pings "$A" 10.9.0.2 -c 1 -M do \
		-s $((mtu - 28))
	sniff_stop
	check_is "as one frame of 1500 octets or just below, not fragments" \
		"$(captured "$TMP/wire" | grep -cE 'frag|offset [1-9]')" 0
	check "with $((mtu + 1)) ping is refused" no_ping "$A" 10.9.0.2 -M do -s $((mtu - 27))
	check "without DF it is fragmented before ESP and arrives" pings "$A" 10.9.0.2 -c 1 \
		-M dont -s $((mtu + 500))
	check "v6 of the MTU passes" pings "$A" fd09::2 -c 1 -M do -s $((mtu - 48))
	check "v6 beyond is fragmented by its sender" pings "$A" fd09::2 -c 1 -s 3000
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done <<'END'
4 none 1446
4 udp 1438
6 none 1426
6 udp 1418
END

# a host behind A is told
add_ns "$C"
join "$C" lan "$A" lan
# a router asks for neighbours from its link-local address
address "$C" lan 10.1.0.2/24 fd01::2/64 fe80::2/64
address "$A" lan 10.1.0.1/24 fd01::1/64 fe80::1/64
ip -n "$C" route add default via 10.1.0.1
ip -n "$C" -6 route add default via fd01::1
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n "$B" route add 10.1.0.0/24 dev vpn0
ip -n "$B" -6 route add fd01::/64 dev vpn0
check "tunnel for a host behind" tunnel_up outer=4 encap=none
check "small packets pass" pings "$C" 10.9.0.2
in_ns "$C" ping -n -c 1 -W 2 -M do -s 1472 10.9.0.2 2>&1 | tee "$TMP/ping" | ktap_diag
check "ICMP fragmentation needed with the MTU" grep -qE 'From .*mtu ?= ?1446' "$TMP/ping"
in_ns "$C" ping -n -c 1 -W 2 -M do -s 1452 fd09::2 2>&1 | tee "$TMP/ping" | ktap_diag
check "ICMPv6 packet too big with the MTU" grep -qE 'From .*mtu ?= ?1446' "$TMP/ping"
ip -n "$C" route flush cache
check "without DF the host's packet is fragmented and arrives" pings "$C" 10.9.0.2 -c 1 -M dont \
	-s 1472
# beyond the device's MTU though the link's says otherwise: the tunnel itself has to answer
ip -n "$A" link set vpn0 mtu 1500
in_ns "$C" ip route flush cache
in_ns "$C" ip -6 route flush cache
in_ns "$C" ping -n -c 1 -W 2 -M do -s 1470 10.9.0.2 2>&1 | tee "$TMP/ping" | ktap_diag
check "with the MTU fixed too high the module answers v4" grep -qE 'From .*mtu ?= ?1446' "$TMP/ping"
in_ns "$C" ping -n -c 1 -W 2 -M do -s 1450 fd09::2 2>&1 | tee "$TMP/ping" | ktap_diag
check "and v6" grep -qE 'From .*mtu ?= ?1446' "$TMP/ping"
check "it is counted" at_least "$(dev_field "$A" vpn0 tx_too_big)" 2
check "without DF it fragments inside" pings "$C" 10.9.0.2 -c 1 -M dont -s 1472
check "TCP gets through all the same" transfer "$C" "$B" 10.9.0.2 300000

# a smaller MTU further out
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
ip -n "$A" link delete vpn0
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64
check "tunnel" tunnel_up outer=4 encap=udp
events_start "$A" "$TMP/events"
check "a route with a smaller MTU" ip -n "$A" route add 192.0.2.2/32 dev under mtu lock 1400
pings "$A" 10.9.0.2 -c 2 >/dev/null
check "the computed MTU follows" wait_for "$PATIENCE" eval "[[ \$(dev_field $A vpn0 mtu) == 1338 ]]"
check "the path says it" wait_for "$PATIENCE" eval "[[ \$(path_field $A vpn0 1 pmtu) == 1400 ]]"
check "and an event" wait_event "$TMP/events" '^pmtu.* pmtu=1400'
check "a full packet passes" pings "$A" 10.9.0.2 -c 1 -M do -s $((1338 - 28))
ip -n "$A" route del 192.0.2.2/32 dev under
events_stop

# MSS on the SYN, seen at both ends
mss_seen()	# what the SYN and SYN-ACK said on B's side of the tunnel
{
	captured "$TMP/syn" | grep -o 'mss [0-9]*' | sort -u | tr '\n' ' '
}

syn_through()	# FAMILY
{
	local addr=10.9.0.2

	[[ $1 == 6 ]] && addr=fd09::2
	sniff "$B" vpn0 "$TMP/syn" 'tcp or ip6' || return
	transfer "$C" "$B" $addr 1000 || return
	wait_for "$PATIENCE" eval '(($(captured "$TMP/syn" | grep -c "mss ") >= 2))'
	sniff_stop
}
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "tunnel" tunnel_up outer=4 encap=none
check "v4 connection from behind A" syn_through 4
check_is "MSS is what fits, both ways" "$(mss_seen)" "mss 1406 "
check "v6 connection from behind A" syn_through 6
check_is "MSS is what fits, both ways" "$(mss_seen)" "mss 1386 "
check "clamp to 1200 at A alone" ikevti-link -N "$A" set vpn0 mss_clamp=1200
check "connection" syn_through 4
check "outgoing SYN has 1200" eval '[[ $(mss_seen) == "mss 1200 mss 1406 " ]]'
# with what it has learned of the path its MSS would be that of the tunnel
in_ns "$C" ip route flush cache
check "clamp off" eval 'ikevti-link -N "$A" set vpn0 mss_clamp=0 &&
	ikevti-link -N "$B" set vpn0 mss_clamp=0'
check "connection" syn_through 4
check "the host's own 1460 is seen" eval '[[ $(mss_seen) == *"mss 1460 "* ]]'
ktap_end
