#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Outer routes with several next hops: what a router says about a packet is learned where the path's
# packets go, whichever next hop that is.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
PATHS=8
pair_up
join "$A" under2 "$B" under2
address "$A" under2 198.51.100.1/24 2001:db8:1::1/64
address "$B" under2 198.51.100.2/24 2001:db8:1::2/64
for ((i = 1; i <= PATHS; i++)); do
	address "$B" lo "203.0.113.$i/32" "2001:db8:5::$i/128"
done
# new ones, for the cache of all next hops but the first is not flushed
routes()
{
	ip -n "$A" route delete 203.0.113.0/24 2>/dev/null
	ip -n "$A" -6 route delete 2001:db8:5::/64 2>/dev/null
	ip -n "$A" route add 203.0.113.0/24 \
		nexthop via 192.0.2.2 dev under nexthop via 198.51.100.2 dev under2 &&
		ip -n "$A" -6 route add 2001:db8:5::/64 \
			nexthop via 2001:db8::2 dev under nexthop via 2001:db8:1::2 dev under2
}
for i in 4 6; do
	check "sockets, v$i" attach "$A" $i
done
check "a device" device "$A" vpn0

remote()	# FAMILY PATH
{
	if [[ $1 == 4 ]]; then echo "203.0.113.$2"; else echo "2001:db8:5::$2"; fi
}

paths()	# FAMILY ENCAP
{
	local i words=()

	[[ $2 == udp ]] && words=(lport=4500 rport=4500)
	nl "$A" flush dev=vpn0
	for ((i = 1; i <= PATHS; i++)); do
		nl "$A" path-set dev=vpn0 id="$i" local="${OUT_A[$1]}" remote="$(remote "$1" "$i")" \
			encap="$2" state=up "${words[@]}" &&
			nl "$A" sa-set dev=vpn0 path="$i" dir=out spi=$((0x1000 + i)) aead=gcm \
				key="$(random_hex 16)" salt="$(random_hex 4)" || return
	done
}

# pmtus - of all paths, when they were looked at again
pmtus()
{
	local i

	nl "$A" path-set dev=vpn0 id=1 prio=0
	for ((i = 1; i <= PATHS; i++)); do
		path_field "$A" vpn0 "$i" pmtu
	done | paste -sd ' '
}

for variant in "4 none" "4 udp" "6 none" "6 udp"; do
	read -r outer encap <<<"$variant"
	check "multipath routes" routes
	check "paths: v$outer, encap $encap" paths "$outer" "$encap"
	router=192.0.2.2 ports=() expected=
	[[ $outer == 6 ]] && router=2001:db8::2
	[[ $encap == udp ]] && ports=(sport=4500 dport=4500)
	check "all are wide" wait_for "$PATIENCE" eval \
		'[[ $(pmtus) == "1500 1500 1500 1500 1500 1500 1500 1500" ]]'
	for ((i = 1; i <= PATHS; i += 2)); do
		check "an error about path $i" icmp-toobig netns="$B" from="$router" \
			to="${OUT_A[$outer]}" mtu=1400 src="${OUT_A[$outer]}" \
			dst="$(remote "$outer" "$i")" spi=$((0x1000 + i)) "${ports[@]}"
		expected+=" 1400 1500"
	done
	check "these have learned it, and no other" wait_for "$PATIENCE" eval \
		'[[ " $(pmtus)" == "$expected" ]]'
	pmtus | ktap_diag
done
ktap_end
