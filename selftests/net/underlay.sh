#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The device that outer packets leave by: another one than routes prefer, a VRF, or none any more.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq
add_ns "$A" "$B"
OUT_A=([4]=10.1.1.1 [6]=fdaa::1)
OUT_B=([4]=10.1.1.2 [6]=fdaa::2)
for n in 1 2 3; do
	join "$A" under$n "$B" under$n
	# what they ask for their neighbours from, on behalf of addresses elsewhere
	address "$A" under$n 192.0.2.$((n * 16 + 1))/28 fd0$n::1/64 fe80::1/64
	address "$B" under$n 192.0.2.$((n * 16 + 2))/28 fd0$n::2/64 fe80::2/64
done
address "$A" lo "${OUT_A[4]}"/32 "${OUT_A[6]}"/128
address "$B" lo "${OUT_B[4]}"/32 "${OUT_B[6]}"/128
for n in 1 2; do
	ip -n "$A" route add "${OUT_B[4]}" via 192.0.2.$((n * 16 + 2)) metric $n
	ip -n "$A" route add "${OUT_B[6]}" via fd0$n::2 metric $n
	ip -n "$B" route add "${OUT_A[4]}" via 192.0.2.$((n * 16 + 1)) metric $n
	ip -n "$B" route add "${OUT_A[6]}" via fd0$n::1 metric $n
done
devices_up

index_of()	# DEV
{
	ip -n "$A" -j link show dev "$1" | jq '.[0].ifindex'
}

link_is()	# DEV - A's outer packets are to leave by that
{
	ikevti-link -N "$A" set vpn0 link="$(index_of "$1")"
}

tx_of()	# DEV - octets
{
	ip -n "$A" -s -j link show dev "$1" | jq '.[0].stats64.tx.bytes'
}

# leaves_by N - what A sends to B leaves by under$N
leaves_by()
{
	local n before=() after=() best=0

	for n in 1 2 3; do
		before[n]=$(tx_of under$n)
	done
	pings "$A" 10.9.0.2 -s 1000 || return
	for n in 1 2 3; do
		after[n]=$(($(tx_of under$n) - before[n]))
		((after[n] > after[best])) && best=$n
	done
	echo "octets by device: ${after[*]}"
	[[ $best == "$1" ]] && ((after[best] > 3000))
}

usable_is()	# 0|1
{
	[[ $(path_field "$A" vpn0 1 usable) == "$1" ]]
}

iflink()
{
	ip -n "$A" -j link show dev vpn0 | jq -r '.[0].link // "none"'
}

for outer in 4 6; do
	check "tunnel, outer v$outer" tunnel_up outer=$outer
	check "packets leave by the route's device" leaves_by 1
	check "another device" link_is under2
	check "is the one they leave by" leaves_by 2
	check_is "and the link" "$(iflink)" under2
	check_is "dev-get says so" "$(dev_field "$A" vpn0 link)" "$(index_of under2)"
	check "it goes down" ip -n "$A" link set under2 down
	check "and the path with it" wait_for "$PATIENCE" usable_is 0
	check "up again" eval 'ip -n "$A" link set under2 up &&
		ip -n "$A" route replace "${OUT_B[4]}" via 192.0.2.34 metric 2 &&
		ip -n "$A" -6 address replace fd02::1/64 dev under2 nodad &&
		ip -n "$A" -6 address replace fe80::1/64 dev under2 nodad &&
		ip -n "$A" -6 route replace "${OUT_B[6]}" via fd02::2 dev under2 metric 2'
	check "the path, too" wait_for "$PATIENCE" usable_is 1
	check "packets leave by it again" leaves_by 2
	check "any device" ikevti-link -N "$A" set vpn0 link=0
	check_is "no link" "$(iflink)" none
	check "packets leave by the route's device" leaves_by 1
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# without a plugin of ip's there is its own word for it
check "at creation, with ip's word" ip -n "$A" link add link under2 name vpn5 type ikevti
check_is "it is the link" "$(dev_field "$A" vpn5 link)" "$(index_of under2)"
check "delete" ip -n "$A" link delete vpn5

if ip -n "$A" link add blue type vrf table 100 2>/dev/null; then
	ip -n "$A" link set blue up
	ip -n "$A" link set under3 master blue
	ip -n "$A" -6 address replace fd03::1/64 dev under3 nodad
	ip -n "$A" -6 address replace fe80::1/64 dev under3 nodad
	ip -n "$A" link add lo-blue type dummy
	ip -n "$A" link set lo-blue master blue up
	address "$A" lo-blue 10.2.2.1/32 fdab::1/128
	ip -n "$A" route add 10.1.1.2 via 192.0.2.50 table 100
	ip -n "$A" route add fdaa::2 via fd03::2 table 100
	ip -n "$B" route add 10.2.2.1 via 192.0.2.49
	ip -n "$B" route add fdab::1 via fd03::1
	OUT_A=([4]=10.2.2.1 [6]=fdab::1)
	for outer in 4 6; do
		check "link is a VRF" link_is blue
		check "tunnel over a VRF, outer v$outer" tunnel_up outer=$outer
		check "packets leave by its member" leaves_by 3
		nl "$A" flush dev=vpn0
		nl "$B" flush dev=vpn0
	done
else
	skip "underlay in a VRF" "no VRF in this kernel"
fi
ktap_end
