#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Outer routes so narrow that within ESP there is no or next to no room for an IPv4 packet: what
# does not fit is fragmented, or refused, counted and answered, never cut into pieces of nothing.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq
pair_up
address "$B" under 192.0.2.3/24
for ns in "$A" "$B"; do
	check "socket" attach "$ns" 4
done
check_fails "an MTU that no IPv4 link has is refused at creation" ip -n "$A" link add vpn0 mtu 67 \
	type ikevti
check_fails "and one larger than any packet" ip -n "$A" link add vpn0 mtu 65536 type ikevti
check "the smallest is not" ip -n "$A" link add vpn1 mtu 68 type ikevti
check_fails "but less is later, too" ip -n "$A" link set vpn1 mtu 67
check "devices" devices_up
# the stack fragments to the route's MTU, and trusts it more than the device's if it is locked
check "a route for packets of more than the device's MTU" eval '
	ip -n "$A" link set vpn0 mtu 1300 &&
	ip -n "$A" route replace 10.9.0.2/32 dev vpn0 mtu lock 2000'

count()
{
	dev_field "$A" vpn0 "$1"
}

# big WHAT WORDS... - a ping: passes, or is refused
big()
{
	local what=$1 before after
	shift

	before=$(count tx_too_big)
	in_ns "$A" ping -n -c 1 -W "$PATIENCE" "$@" >"$TMP/ping" 2>&1
	after=$(count tx_too_big)
	if [[ $what == passes ]]; then
		grep -q '1 received' "$TMP/ping" && ((after == before))
	else
		grep -qE "$what" "$TMP/ping" && ((after == before + 1))
	fi || { cat "$TMP/ping"; echo "tx_too_big $before, $after"; return 1; }
}

some "none 52 70 80 83 126" "udp 60 84 91 134"
for variant in "${variants[@]}"; do
	read -r encap over mtus <<<"$variant"
	check "tunnel, encap $encap" tunnel_up encap="$encap"
	for mtu in $mtus; do
		check "a route of $mtu octets" ip -n "$A" route replace 192.0.2.2/32 dev under mtu "$mtu"
		fits=$((((mtu - over) & ~3) - 2))
		answer='Destination Host Unreachable'
		((fits >= 68)) && answer=passes
		check "df set" ikevti-link -N "$A" set vpn0 df=0
		check "$fits octets fit: IPv4 of 1500" big "$answer" -s 1472 10.9.0.2
		check "IPv6 of 1280" big passes -s 1232 fd09::2
		check "df clear" ikevti-link -N "$A" set vpn0 df=1
		[[ $answer == passes ]] || answer='Frag needed.*mtu = 1300'
		check "$fits octets fit: IPv4 of 1500" big "$answer" -s 1472 10.9.0.2
		check "IPv4 of 1300 with DF" big passes -M "do" -s 1272 10.9.0.2
	done
	ip -n "$A" route delete 192.0.2.2/32 dev under
done
check_is "nothing lacked memory" "$(count tx_no_memory)" 0

# a path that nothing fits counts as the narrowest, in whatever order
check "two paths" eval 'ikevti-link -N "$A" set vpn0 df=0 && tunnel_up &&
	nl "$A" path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.3 encap=none state=up'
ip -n "$A" link set vpn0 mtu "$(count mtu)"
for remote in 192.0.2.2 192.0.2.3; do
	check "$remote by a route of 50 octets" ip -n "$A" route replace $remote/32 dev under mtu 50
	check "is the narrowest" wait_for "$PATIENCE" eval '[[ $(count mtu) == 1 &&
		$(ip -n "$A" -j link show dev vpn0 | jq ".[0].mtu") == 1280 ]]'
	ip -n "$A" route delete $remote/32 dev under
	check "and no longer" wait_for "$PATIENCE" eval '[[ $(count mtu) == 1446 &&
		$(ip -n "$A" -j link show dev vpn0 | jq ".[0].mtu") == 1446 ]]'
done
ktap_end
