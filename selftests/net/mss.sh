#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The MSS clamp and checksums: the SYN of a connection that a gateway forwards must have a right
# checksum after its MSS was changed, whoever was to finish that checksum: the sender, its device
# (CHECKSUM_PARTIAL) or, for the outer packet, the device below.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ethtool nc ping ss tcpdump
# A == tunnel == B - C
pair_up
add_ns "$C"
join "$B" lan "$C" lan
address "$B" lan 10.7.0.1/24 fd07::1/64 fe80::1/64
address "$C" lan 10.7.0.2/24 fd07::2/64 fe80::2/64
in_ns "$B" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n "$C" route add default via 10.7.0.1
ip -n "$C" -6 route add default via fd07::1
devices_up
ip -n "$A" route add 10.7.0.0/24 dev vpn0
ip -n "$A" -6 route add fd07::/64 dev vpn0
check "B clamps to 1000, A not at all" eval 'ikevti-link -N "$B" set vpn0 mss_clamp=1000 &&
	ikevti-link -N "$A" set vpn0 mss_clamp=0'
for i in 4 6; do
	check "sockets, v$i" eval 'attach "$A" $i && attach "$B" $i'
done

# connects FROM TO ADDRESS - and the SYN that comes to TO says 1000
connects()
{
	local from=$1 to=$2 addr=$3 dev=lan dump server status

	[[ $to == "$A" ]] && dev=vpn0
	background "$TMP/dump" nsenter --net="/run/netns/$to" -- tcpdump -l -n -i $dev \
		"ip6 or tcp[tcpflags] & tcp-syn != 0"
	dump=$!
	wait_for "$PATIENCE" grep -q listening "$TMP/dump"
	in_ns "$to" timeout 30 nc -N -l "$addr" 5003 </dev/null >"$TMP/got" 2>&1 &
	server=$!
	wait_for "$PATIENCE" listens "$to" 5003
	echo word | in_ns "$from" timeout 10 nc -N -w 5 "$addr" 5003
	status=$?
	kill $server 2>/dev/null
	wait $server
	wait_for 2 grep -q '\[S\].*mss 1000' "$TMP/dump"
	kill $dump
	cat "$TMP/dump"
	((status == 0)) && [[ $(<"$TMP/got") == word ]] && grep -q '\[S\].*mss 1000' "$TMP/dump"
}

offload()	# on|off - do A, B and C leave checksums to their devices?
{
	in_ns "$A" ethtool -K vpn0 tx "$1" && in_ns "$C" ethtool -K lan tx "$1" &&
		in_ns "$A" ethtool -K under tx "$1" && in_ns "$B" ethtool -K under tx "$1"
}

some "none 4" "none 6" "udp 4" "udp 6"
for variant in "${variants[@]}"; do
	read -r encap outer <<<"$variant"
	check "tunnel, encap $encap over IPv$outer" tunnel_up encap="$encap" outer="$outer"
	check "C can be reached" eval 'wait_for "$PATIENCE" pings "$A" 10.7.0.2 &&
		wait_for "$PATIENCE" pings "$A" fd07::2'
	for tx in on off; do
		check "checksums by the device: $tx" offload $tx
		check "from the tunnel to C, IPv4" connects "$A" "$C" 10.7.0.2
		check "from C into the tunnel, IPv4" connects "$C" "$A" 10.9.0.1
		check "from the tunnel to C, IPv6" connects "$A" "$C" fd07::2
		check "from C into the tunnel, IPv6" connects "$C" "$A" fd09::1
	done
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done
ktap_end
