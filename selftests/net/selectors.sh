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
