#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A peer of a multipoint device sends from its own addresses only: those that packets back would go
# to it for.
#
# $A has the multipoint device; its peers 1 and 2 are esp-inject in $B.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ip jq
pair_up
check "a multipoint device" ikevti-link -N "$A" add vpn0 multipoint=1
ip -n "$A" link set vpn0 addrgenmode none up
address "$A" vpn0 10.9.0.1/24 fd09::1/64
ip -n "$A" address add fe80::1/64 dev vpn0 nodad
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1

declare -A SA SEQ SPI
peer_up()	# PEER
{
	local key salt spi

	nl "$A" peer-set dev=vpn0 peer="$1" \
		via="10.9.0.$(($1 + 1)),fd09::$(($1 + 1)),fe80::$(($1 + 1))" &&
		nl "$A" path-set dev=vpn0 peer="$1" id=1 local=192.0.2.1 remote=192.0.2.2 \
			state=up || return
	spi=$(spi_alloc "$A" dev=vpn0 peer="$1" path=1) || return
	key=$(random_hex 32)
	salt=$(random_hex 4)
	nl "$A" sa-set dev=vpn0 peer="$1" dir=in path=1 spi="$spi" aead=gcm key="$key" \
		salt="$salt" || return
	SPI[$1]=$spi
	SA[$1]=$spi:$key:$salt:
	SEQ[$1]=0
}

from()	# PEER COUNTER SOURCE [DESTINATION] - a packet of that peer grows that counter, by one
{
	local peer=$1 counter=$2 src=$3 dst=10.9.0.1 before

	[[ $src == *:* ]] && dst=fd09::1
	dst=${4:-$dst}
	before=$(sa_field "$A" vpn0 in "${SPI[$peer]}" "$counter") || return
	SEQ[$peer]=$((SEQ[$peer] + 1))
	esp-inject netns="$B" from=192.0.2.2 to=192.0.2.1 sa="${SA[$peer]}" isrc="$src" \
		idst="$dst" seq="${SEQ[$peer]}" "${@:5}" || return
	wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "${SPI[$peer]}" "$counter" $((before + 1))
}

passes()	# PEER SOURCE [DESTINATION]
{
	from "$1" rx_packets "${@:2}"
}

stopped()	# PEER SOURCE [DESTINATION]
{
	from "$1" rx_source "${@:2}"
}

check "peers" eval 'peer_up 1 && peer_up 2'
check_is "the check is on" "$(ikevti-link -N "$A" show vpn0 | grep -c source_check=1)" 1

# tunnel addresses: somebody's next hop, or nobody's
for net in 10.9.0. fd09::; do
	check "peer 1 as itself, $net" passes 1 ${net}2
	check "peer 2 as itself" passes 2 ${net}3
	check "peer 1 as peer 2" stopped 1 ${net}3
	check "peer 2 as peer 1" stopped 2 ${net}2
	check "peer 1 as this host" stopped 1 ${net}1
	check "peer 1 as nobody" stopped 1 ${net}9
done

# networks behind them
while read -r route; do
	# shellcheck disable=SC2086 # words
	ip -n "$A" route add $route
done <<'END'
10.31.0.0/24 via 10.9.0.2
10.32.0.0/24 via 10.9.0.3
10.33.0.0/24 via inet6 fe80::2 dev vpn0
10.34.0.0/24 nexthop via 10.9.0.2 dev vpn0 nexthop via 10.9.0.3 dev vpn0
10.35.0.0/24 via 192.0.2.2
unreachable 10.36.0.0/24
fd31::/64 via fd09::2
fd32::/64 via fd09::3
fd33::/64 via fe80::2 dev vpn0
fd34::/64 nexthop via fd09::2 dev vpn0 nexthop via fd09::3 dev vpn0
fd35::/64 via 2001:db8::2
unreachable fd36::/64
END
for net in 10.3%.0.5 fd3%::5; do
	check "behind peer 1, ${net//%/1}" passes 1 ${net//%/1}
	check "which is not behind peer 2" stopped 2 ${net//%/1}
	check "behind peer 2" passes 2 ${net//%/2}
	check "which is not behind peer 1" stopped 1 ${net//%/2}
	check "by a link-local next hop" passes 1 ${net//%/3}
	check "of peer 1 only" stopped 2 ${net//%/3}
	check "by one of two ways" passes 1 ${net//%/4}
	check "or the other" passes 2 ${net//%/4}
	check "by another device" stopped 1 ${net//%/5}
	check "unreachable" stopped 1 ${net//%/6}
	check "no route" stopped 1 ${net//%/7}
	check "TCP, too" stopped 1 ${net//%/2} "" kind=tcp
done
check "a route moves" ip -n "$A" route replace 10.31.0.0/24 via 10.9.0.3
check "peer 1 has lost it" stopped 1 10.31.0.5
check "peer 2 has it" passes 2 10.31.0.5
if ip -n "$A" nexthop add id 7 via fd09::2 dev vpn0 2>/dev/null; then
	ip -n "$A" nexthop add id 8 via fd09::3 dev vpn0
	ip -n "$A" nexthop add id 9 group 7/8
	ip -n "$A" -6 route add fd37::/64 nhid 9
	ip -n "$A" route add 10.37.0.0/24 nhid 9
	for source in 10.37.0.5 fd37::5; do
		check "next hop objects, $source" passes 1 $source
		check "a group of two" passes 2 $source
	done
fi
check "a burst of many from everywhere" eval 'n=$(dev_field "$A" vpn0 rx_source)
	esp-inject netns="$B" from=192.0.2.2 to=192.0.2.1 sa="${SA[1]}" isrc=10.32.0.5 \
		idst=10.9.0.1 seq=1000-1199 &&
	wait_for "$PATIENCE" dev_at_least "$A" vpn0 rx_source $((n + 200))'
SEQ[1]=2000

# what routing protocols say before there are routes
check "OSPF's hello from the tunnel address" passes 1 10.9.0.2 224.0.0.5
check "not from another's" stopped 1 10.9.0.3 224.0.0.5
check "OSPFv3's hello from a link-local address" passes 1 fe80::2 ff02::5
check "from one that nobody has" passes 1 fe80::77 ff02::5
check "not from another's" stopped 1 fe80::3 ff02::5
check "unspecified to all on the link" passes 1 0.0.0.0 224.0.0.22
check "over IPv6" passes 1 :: ff02::16
check "not to one" stopped 1 0.0.0.0 10.9.0.1
check "not over IPv6" stopped 1 :: fd09::1
check "nor to groups further away" stopped 1 :: ff0e::16
check "multicast is nobody's source" stopped 1 224.0.0.5
check "nor over IPv6" stopped 1 ff02::5
check "loopback neither" stopped 1 127.0.0.1

# in a VRF its routes count
if ip -n "$A" link add red type vrf table 10 2>/dev/null; then
	ip -n "$A" link set red up
	ip -n "$A" link set vpn0 master red
	address "$A" vpn0 fd09::1/64 2>/dev/null
	for ns in 10.38.0.0/24 fd38::/64; do
		hop=10.9.0.2
		[[ $ns == *:* ]] && hop=fd09::2
		ip -n "$A" route add $ns via $hop dev vpn0 onlink table 10
		ip -n "$A" route add $ns via ${hop/%2/3} dev vpn0 onlink 2>/dev/null
	done
	for source in 10.38.0.5 fd38::5; do
		check "a VRF's route, $source" passes 1 $source
		check "not the main table's" stopped 2 $source
	done
	ip -n "$A" link set vpn0 nomaster
else
	skip "a VRF's routes" "no VRF here"
fi

# the switch
before=$(dev_field "$A" vpn0 rx_source)
check "off" ikevti-link -N "$A" set vpn0 source_check=0
check "anything goes" eval 'passes 1 10.9.0.3 && passes 1 10.32.0.5 && passes 1 fd32::5'
check_is "and is not counted" "$(dev_field "$A" vpn0 rx_source)" "$before"
check "on" ikevti-link -N "$A" set vpn0 source_check=1
check "no longer" stopped 1 10.9.0.3
check_fails "2 is nothing" ikevti-link -N "$A" set vpn0 source_check=2

# a point-to-point device has no such thing
device "$A" vpn1
check_is "a point-to-point device" "$(ikevti-link -N "$A" show vpn1 | grep -c source_check)" 0
check "takes no such attribute" eval \
	'! ikevti-link -N "$A" set vpn1 source_check=1 2>"$TMP/why" && grep multipoint "$TMP/why"'
check_fails "not at its creation either" ikevti-link -N "$A" add vpn2 source_check=0
check "a multipoint device does" ikevti-link -N "$A" add vpn2 multipoint=1 source_check=0
check_is "and has it off" "$(ikevti-link -N "$A" show vpn2 | grep -c source_check=0)" 1
ktap_end
