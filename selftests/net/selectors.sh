#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic selectors of an SA: what they admit passes, the rest is dropped and counted, in and
# out (RFC 4301 section 5.2).
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping
pair_up
devices_up
address "$A" vpn0 10.9.1.1/24 fd0a::1/64
address "$B" vpn0 10.9.1.2/24 fd0a::2/64

v4=local:10.9.0.0-10.9.0.255,remote:10.9.0.0-10.9.0.255
check "inbound selectors on A" tunnel_up ain.sel=$v4
check "admitted" pings "$A" 10.9.0.2
check "answers from elsewhere are not" no_ping "$A" 10.9.1.2
check "and counted" at_least "$(sa_field "$A" vpn0 in "$SPI_BA" rx_selector)" 1
check "a family without a selector is not admitted" no_ping "$A" fd09::2
check_is "selectors are shown" "$(sa_field "$A" vpn0 in "$SPI_BA" sel)" $v4
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

check "outbound selectors on A" tunnel_up aout.sel=$v4
check "admitted" pings "$A" 10.9.0.2
check "other destinations are not sent" no_ping "$A" 10.9.1.2
check "and counted" at_least "$(dev_field "$A" vpn0 tx_selector)" 1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# exact edges of ranges, and both sides
edge=local:10.9.0.1-10.9.0.1,remote:10.9.0.10-10.9.0.20
check "edges" victim_up window=1024 ain.sel=$edge
for last in 10 15 20; do
	check "10.9.0.$last is admitted" gains rx_packets 1 inject seq=$last isrc=10.9.0.$last
done
for last in 9 21 255 0; do
	check "10.9.0.$last is not" gains rx_selector 1 inject seq=$((400 - last)) \
		isrc=10.9.0.$last
done
check "another local address is not" gains rx_selector 1 inject seq=600 isrc=10.9.0.15 \
	idst=10.9.0.2
check "nor v6" gains rx_selector 1 inject seq=601 isrc=fd09::2 idst=fd09::1
nl "$A" flush dev=vpn0

six=local:fd09::-fd09::ffff,remote:fd09::10-fd09::20,remote:fd0b::-fd0b::ff
check "v6, two remote ranges" victim_up ain.sel=$six
check "start" gains rx_packets 1 inject seq=1 isrc=fd09::10 idst=fd09::1
check "end" gains rx_packets 1 inject seq=2 isrc=fd09::20 idst=fd09::1
check "second range" gains rx_packets 1 inject seq=3 isrc=fd0b::80 idst=fd09::1
check "before" gains rx_selector 1 inject seq=4 isrc=fd09::f idst=fd09::1
check "after" gains rx_selector 1 inject seq=5 isrc=fd09::21 idst=fd09::1
check "between" gains rx_selector 1 inject seq=6 isrc=fd0a::1 idst=fd09::1
check "v4" gains rx_selector 1 inject seq=7
nl "$A" flush dev=vpn0

# ICMP errors of routers that the selectors do not know (RFC 4301 section 6.2): $B is the gateway of
# 10.7.0.0/24 and fd07::/64, and has no address there.
for outer in 4 6; do
	case $outer in
	4)
		there=10.7.0.9 here=10.9.0.1 net=10.7.0.0/24
		near=$here-$here far=10.7.0.0-10.7.0.255 router=10.9.0.2 ;;
	6)
		there=fd07::9 here=fd09::1 net=fd07::/64
		near=$here-$here far=fd07::-fd07::ffff router=fd09::2 ;;
	esac
	check "networks behind gateways, v$outer" tunnel_up \
		ain.sel="local:$near,remote:$far" aout.sel="local:$near,remote:$far" \
		bin.sel="local:$far,remote:$near" bout.sel="local:$far,remote:$near"
	ip -n "$A" route replace "$net" dev vpn0 src "$here"
	in_ns "$B" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	ip -n "$B" route replace unreachable "$net"
	check_fails "the gateway itself is outside" pings "$A" "$router" -W 1
	says()	# PATTERN [OPTIONS] - what ping from $A prints
	{
		local pattern=$1
		shift

		in_ns "$A" ping -n -c 1 -W 2 "$@" -I "$here" "$there" >"$TMP/ping" 2>&1
		cat "$TMP/ping"
		grep -qiE "$pattern" "$TMP/ping"
	}
	check "its error: unreachable" says "from $router.*(unreachable|no route|prohibited)"
	ip -n "$B" link add lan type dummy
	ip -n "$B" link set lan mtu 1300 up
	ip -n "$B" route replace "$net" dev lan
	check "its error: too big" says "(mtu ?= ?1300)" -M do -s 1360
	check "its error: time exceeded" says "(time to live|time exceeded|hop limit)" -t 1
	check_fails "still outside by itself" pings "$A" "$router" -W 1
	ip -n "$B" link delete lan
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# shellcheck disable=SC2086 # words
hex4() { printf '%02x%02x%02x%02x' ${1//./ }; }
hex6()	# of an address with one "::" and groups of four digits at most
{
	local head=${1%%::*} tail=${1##*::} word out='' end=''

	for word in ${head//:/ }; do printf -v out '%s%04x' "$out" $((16#$word)); done
	for word in ${tail//:/ }; do printf -v end '%s%04x' "$end" $((16#$word)); done
	while ((${#out} + ${#end} < 32)); do out+=0000; done
	echo "$out$end"
}
ip4()	# SOURCE DESTINATION PROTOCOL PAYLOAD [FRAGMENT WORD]
{
	printf '4500%04x0000%s40%02x0000%s%s%s' $((20 + ${#4} / 2)) "${5-0000}" "$3" \
		"$(hex4 "$1")" "$(hex4 "$2")" "$4"
}
ip6()	# SOURCE DESTINATION PROTOCOL PAYLOAD
{
	printf '60000000%04x%02x40%s%s%s' $((${#4} / 2)) "$3" "$(hex6 "$1")" "$(hex6 "$2")" "$4"
}
error() { printf '%02x%02x000000000000%s' "$1" "${3-1}" "$2"; } # TYPE QUOTED [CODE]

udp=000c000d00080000
here=10.9.0.1 there=10.7.0.9 router=10.66.0.1
check "a gateway with networks" victim_up window=1024 \
	ain.sel=local:$here-$here,remote:10.7.0.0-10.7.0.255
seq=0
takes()	# COUNTER INNER-PACKET
{
	seq=$((seq + 1))
	gains "$1" 1 inject seq=$seq inner="$2"
}
quoted=$(ip4 "$here" "$there" 17 $udp)
check "an error" takes rx_packets "$(ip4 $router $here 1 "$(error 3 "$quoted")")"
check "time exceeded" takes rx_packets "$(ip4 $router $here 1 "$(error 11 "$quoted")")"
check "a bad parameter" takes rx_packets "$(ip4 $router $here 1 "$(error 12 "$quoted")")"
check "with no more than the header" takes rx_packets \
	"$(ip4 $router $here 1 "$(error 3 "${quoted:0:40}")")"
check "with less" takes rx_selector "$(ip4 $router $here 1 "$(error 3 "${quoted:0:38}")")"
check "with nothing" takes rx_selector "$(ip4 $router $here 1 "$(error 3 "")")"
check "cut in the ICMP header" takes rx_selector "$(ip4 $router $here 1 030100000000)"
check "without it" takes rx_selector "$(ip4 $router $here 1 "")"
check "a redirect" takes rx_selector "$(ip4 $router $here 1 "$(error 5 "$quoted")")"
check "an echo request" takes rx_selector "$(ip4 $router $here 1 "$(error 8 "$quoted")")"
check "UDP that looks like one" takes rx_selector "$(ip4 $router $here 17 "$(error 3 "$quoted")")"
check "a fragment" takes rx_selector "$(ip4 $router $here 1 "$(error 3 "$quoted")" 2001)"
check "a later fragment" takes rx_selector "$(ip4 $router $here 1 "$(error 3 "$quoted")" 0001)"
check "about a packet to elsewhere" takes rx_selector \
	"$(ip4 $router $here 1 "$(error 3 "$(ip4 $here 10.8.0.9 17 $udp)")")"
check "about a packet of the peer's" takes rx_selector \
	"$(ip4 $router $here 1 "$(error 3 "$(ip4 $there $here 17 $udp)")")"
check "for another than the packet's sender" takes rx_selector \
	"$(ip4 $router 10.9.0.3 1 "$(error 3 "$quoted")")"
check "about IPv6" takes rx_selector \
	"$(ip4 $router $here 1 "$(error 3 "$(ip6 fd09::1 fd07::9 17 $udp)")")"
check "about a header of 16 octets" takes rx_selector \
	"$(ip4 $router $here 1 "$(error 3 "44${quoted:2}")")"
nl "$A" flush dev=vpn0

here=fd09::1 there=fd07::9 router=fd66::1
check "a gateway with networks, v6" victim_up window=1024 \
	ain.sel=local:$here-$here,remote:fd07::-fd07::ffff
seq=0
quoted=$(ip6 "$here" "$there" 17 $udp)
for type in 1 2 3 4; do
	check "error $type" takes rx_packets "$(ip6 $router $here 58 "$(error $type "$quoted")")"
done
check "behind an extension header" takes rx_packets \
	"$(ip6 $router $here 60 "3a00010400000000$(error 2 "$quoted")")"
check "behind one that does not end" takes rx_selector "$(ip6 $router $here 60 3aff010400000000)"
check "a fragment" takes rx_selector "$(ip6 $router $here 44 "3a00000900000001$(error 2 "$quoted")")"
check "with no more than the header" takes rx_packets \
	"$(ip6 $router $here 58 "$(error 1 "${quoted:0:80}")")"
check "with less" takes rx_selector "$(ip6 $router $here 58 "$(error 1 "${quoted:0:78}")")"
check "cut in the ICMP header" takes rx_selector "$(ip6 $router $here 58 010100000000)"
check "an echo request" takes rx_selector "$(ip6 $router $here 58 "$(error 128 "$quoted")")"
check "a redirect" takes rx_selector "$(ip6 $router $here 58 "$(error 137 "$quoted")")"
check "about a packet to elsewhere" takes rx_selector \
	"$(ip6 $router $here 58 "$(error 1 "$(ip6 $here fd08::9 17 $udp)")")"
check "for another than the packet's sender, v6" takes rx_selector \
	"$(ip6 $router fd09::3 58 "$(error 1 "$quoted")")"
check "about IPv4" takes rx_selector \
	"$(ip6 $router $here 58 "$(error 1 "$(ip4 10.9.0.1 10.7.0.9 17 $udp)$quoted")")"
nl "$A" flush dev=vpn0

# what cannot be
many=$(for i in $(seq 0 31); do printf 'remote:10.0.%d.0-10.0.%d.255,local:10.1.%d.0-10.1.%d.9,' \
	"$i" "$i" "$i" "$i"; done)
check "32 ranges a side" victim_up ain.sel="${many%,}"
nl "$A" flush dev=vpn0
check_fails "33 are refused" victim_up ain.sel="${many}remote:10.2.0.0-10.2.0.1"
nl "$A" flush dev=vpn0
check_fails "end before start is refused" victim_up \
	ain.sel=local:10.9.0.0-10.9.0.255,remote:10.9.0.9-10.9.0.8
nl "$A" flush dev=vpn0
check_fails "families mixed in a range are refused" victim_up \
	ain.sel=local:10.9.0.0-10.9.0.255,remote:10.9.0.9-fd09::1
ktap_end
