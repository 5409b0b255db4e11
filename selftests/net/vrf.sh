#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# VRFs: the underlay in one, the device in one, and both in different ones; with the same inner
# addresses used outside of it, too.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping nc jq
add_ns "$A" "$B"
ip -n "$A" link add probe type vrf table 99 2>/dev/null || ktap_skip_all "no VRFs here"
ip -n "$A" link delete probe
join "$A" under "$B" under

vrf()	# NS NAME TABLE
{
	ip -n "$1" link add "$2" type vrf table "$3" &&
		ip -n "$1" link set "$2" addrgenmode none up
}

check "VRFs for the underlay and for what is inside" eval '
	vrf "$A" red 100 && vrf "$A" blue 200 && vrf "$B" blue 200'
# before there are addresses: IPv6 takes them away when the master changes
ip -n "$A" link set under master red
address "$A" under 192.0.2.1/24 2001:db8::1/64
address "$B" under 192.0.2.2/24 2001:db8::2/64
check_fails "the peer cannot be reached from outside of the VRF" in_ns "$A" ping -q -n -c 1 -W 1 \
	192.0.2.2
for family in 4 6; do
	check "a socket bound to the VRF, IPv$family" attach "$A" $family 4500 dev=red
	check "and the peer's" attach "$B" $family
done

devices_in()	# VRF at A, VRF at B, - for none
{
	ip -n "$A" link delete vpn0 2>/dev/null
	ip -n "$B" link delete vpn0 2>/dev/null
	device "$A" vpn0 && device "$B" vpn0 || return
	ikevti-link -N "$A" set vpn0 \
		link="$(ip -n "$A" -j link show dev red | jq '.[0].ifindex')" || return
	[[ $1 == - ]] || ip -n "$A" link set vpn0 master "$1"
	[[ $2 == - ]] || ip -n "$B" link set vpn0 master "$2"
	address "$A" vpn0 10.9.0.1/24 fd09::1/64
	address "$B" vpn0 10.9.0.2/24 fd09::2/64
}

from()	# VRF - words for programs that start inside
{
	where=()
	[[ $1 == - ]] || where=(-I "$1")
}

some "4 none" "4 udp" "6 none" "6 udp"
for variant in "${variants[@]}"; do
	read -r outer encap <<<"$variant"
	for inside in - blue red; do
		what="IPv$outer, encap $encap, underlay in red, inside in $inside"
		check "devices: $what" devices_in $inside -
		check "tunnel" tunnel_up outer="$outer" encap="$encap"
		from $inside
		check "IPv4" pings "$A" 10.9.0.2 "${where[@]}"
		check "IPv6" pings "$A" fd09::2 "${where[@]}"
		check "from the other side" pings "$B" 10.9.0.1
		check "IPv6" pings "$B" fd09::1
		[[ $inside == - ]] && check "TCP" transfer "$A" "$B" 10.9.0.2 200000
	done
done

# path MTU in a VRF: what the route says that the path takes
check "devices" devices_in - -
check "tunnel" tunnel_up
check "a narrow route in the VRF" ip -n "$A" route add 192.0.2.2/32 dev under vrf red mtu lock 1400
in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2 >/dev/null
check "is the path's" wait_for "$PATIENCE" eval '[[ $(path_field "$A" vpn0 1 pmtu) == 1400 ]]'
ip -n "$A" route delete 192.0.2.2/32 dev under vrf red
check "an unreachable route outside is not" ip -n "$A" route add unreachable 192.0.2.2/32
check "traffic" pings "$A" 10.9.0.2
learned()	# OUTER WORDS... - the path learns from an error about its packet
{
	local outer=$1
	shift

	icmp-toobig netns="$B" from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" mtu=1300 \
		src="${OUT_A[$outer]}" dst="${OUT_B[$outer]}" spi="$SPI_AB" "$@" || return
	in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2
	wait_for "$PATIENCE" eval '[[ $(path_field "$A" vpn0 1 pmtu) == 1300 ]]'
}
check "a router's error is" learned 4
check "tunnel over IPv6" eval 'tunnel_up outer=6 && pings "$A" 10.9.0.2'
check "a router's error is the path's, IPv6" learned 6
ip -n "$A" -6 route flush cache
check "tunnel in UDP over IPv6" tunnel_up outer=6 encap=udp
check "and in UDP" learned 6 sport=4500 dport=4500
ip -n "$A" route flush cache
ip -n "$A" -6 route flush cache
# what the path had before it moved is not what it has where it is now
check "tunnel over IPv4 again" tunnel_up
check "it learns the same once more" learned 4
ip -n "$A" route flush cache

# the address is looked for in the VRF, also to say what is missing
for family in 4 6; do
	net=192.0.2.0/24
	((family == 6)) && net=2001:db8::/64
	check "devices" devices_in - -
	check "tunnel over IPv$family" tunnel_up outer=$family
	check "the route is taken from the VRF" ip -n "$A" -$family route delete $net dev under vrf red
	check "the path lacks a route, not its address" wait_for "$PATIENCE" eval \
		'[[ $(path_field "$A" vpn0 1 reason) == route ]]'
	check "the route is back" ip -n "$A" -$family route add $net dev under vrf red
	check "and traffic" wait_for "$PATIENCE" pings "$A" 10.9.0.2
done
ktap_end
