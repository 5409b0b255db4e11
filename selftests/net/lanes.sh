#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several SA pairs per path (RFC 9611): each lane counts for itself, all receive, and a lane
# that goes away leaves its traffic to the others.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping taskset
pair_up
devices_up
declare -A ab

check "path" paths_up
for lane in 0 1 2 3; do
	check "lane $lane" sas_up lane=$lane
	ab[$lane]=$SPI_AB
done
check "running" wait_running "$A" vpn0
check_is "four outbound SAs" "$(nl "$A" sa-get dev=vpn0 | grep -c dir=out)" 4
check_is "four inbound SAs" "$(nl "$A" sa-get dev=vpn0 | grep -c dir=in)" 4
check_is "each names its lane" "$(sa_field "$A" vpn0 out "${ab[3]}" lane)" 3

sent_by()	# LANE
{
	sa_field "$A" vpn0 out "${ab[$1]}" tx_packets
}

flows()	# N - one UDP datagram each
{
	in_ns "$A" bash -c "for p in {7001..$((7000 + $1))}; do echo x >/dev/udp/10.9.0.2/\$p; done" \
		2>/dev/null
	return 0
}
check "40 flows" flows 40
total=0 least=40
for lane in 0 1 2 3; do
	n=$(sent_by $lane)
	total=$((total + n))
	least=$((n < least ? n : least))
done
check_range "every packet went through some lane" $total 40 400
check_range "every lane has flows" $least 1 40

# by_cpu CPU - what that processor sends goes through its lane, all of it
by_cpu()
{
	local lane before=() after=()

	for lane in 0 1 2 3; do
		before[lane]=$(sent_by $lane)
	done
	in_ns "$A" taskset -c "$1" bash -c \
		'for p in {7101..7120}; do echo x >/dev/udp/10.9.0.2/$p; done' 2>/dev/null
	for lane in 0 1 2 3; do
		after[lane]=$(($(sent_by $lane) - before[lane]))
	done
	echo "packets by lane: ${after[*]}"
	((after[$1 % 4] == 20 && after[0] + after[1] + after[2] + after[3] == 20))
}
check "lanes by CPU" ikevti-link -N "$A" set vpn0 lanes=1
for ((cpu = 0; cpu < $(grep -c ^processor /proc/cpuinfo); cpu++)); do
	check "CPU $cpu has its own" by_cpu $cpu
done
check "by flow again" ikevti-link -N "$A" set vpn0 lanes=0
check "ping through" pings "$A" 10.9.0.2
old=${ab[2]}
check "rekey of one lane" sas_up lane=2
ab[2]=$SPI_AB
check "still four" eval '[[ $(nl "$A" sa-get dev=vpn0 | grep -c dir=out) == 4 ]]'
check_fails "the replaced outbound SA is gone" nl "$A" sa-get dev=vpn0 path=1 dir=out spi="$old"

# lanes vanish one by one; what is left carries everything
for lane in 0 1 2; do
	check "lane $lane deleted" nl "$A" sa-del dev=vpn0 path=1 dir=out spi="${ab[$lane]}"
	check "ping through what is left" pings "$A" 10.9.0.2
	check "and TCP" transfer "$A" "$B" 10.9.0.2 50000
done
check_range "the last lane carries it" "$(sent_by 3)" 3 100000
check "the last one deleted" nl "$A" sa-del dev=vpn0 path=1 dir=out spi="${ab[3]}"
check "nothing passes" no_ping "$A" 10.9.0.2
check_is "path not usable" "$(path_field "$A" vpn0 1 usable)" 0
check_fails "lane 64 is refused" nl "$A" spi-alloc dev=vpn0 path=1 lane=64
check "lane 63 is not" nl "$A" spi-alloc dev=vpn0 path=1 lane=63
ktap_end
