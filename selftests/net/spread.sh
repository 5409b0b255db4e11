#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One SA on all processors (attribute spread): they all work, and what they have done leaves and
# arrives in the order it came, with its numbers, whatever comes in between.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
IKEVTI_SPREAD=1

net_start
# who sends is on one of them
taskset -cp 0 $$ >/dev/null
need tcpdump ethtool nc ss ping taskset
pair_up
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
	attach "$ns" 6
done
tracing=/sys/kernel/tracing
event=$tracing/events/workqueue/workqueue_execute_start
at_exit eval '[[ ! -e $event ]] || echo 0 >$event/enable'
bytes=1000000
[[ $quick ]] && bytes=300000

# worked_on COMMAND... - runs it; processors that did jobs meanwhile, and how many, in $TMP/cpus
worked_on()
{
	echo >$tracing/trace
	echo 1 >$event/enable
	"$@"
	local status=$?
	echo 0 >$event/enable
	sed -n 's/.*\[0*\([0-9]\+\)\] .* function do_job.*/\1/p' $tracing/trace |
		sort | uniq -c >"$TMP/cpus"
	cat "$TMP/cpus"
	return $status
}

all_worked()
{
	(($(wc -l <"$TMP/cpus") == $(grep -c ^processor /proc/cpuinfo)))
}

transfers()	# - one after the other, until there were enough
{
	while [[ ! -e $TMP/enough ]]; do
		transfer "$A" "$B" 10.9.0.2 "$bytes" || return
	done
}

# busy COMMAND... - while transfers go on
busy()
{
	local status pid

	rm -f "$TMP/enough"
	transfers >"$TMP/transfers" 2>&1 &
	pid=$!
	sleep 0.2
	"$@"
	status=$?
	touch "$TMP/enough"
	wait $pid && return $status
	cat "$TMP/transfers"
	return 1
}

# sending, ends - what nobody would end otherwise
sending()
{
	background "$TMP/nc" nsenter --net="/run/netns/$B" -- nc -n -l 10.9.0.2 5001
	wait_for "$PATIENCE" listens "$B" 5001
	background "$TMP/nc" nsenter --net="/run/netns/$A" -- \
		sh -c 'exec nc -n 10.9.0.2 5001 </dev/zero'
	sleep 0.5
}
ends()
{
	kill "${net_pids[-1]}" "${net_pids[-2]}"
	wait "${net_pids[-1]}" "${net_pids[-2]}"
	return 0
}

rekeys()
{
	local i

	for i in {1..10}; do
		sas_up || return
	done
}

pings_of_many_sizes()
{
	in_ns "$A" ping -c 3 -i 0.1 -W 10 -q 10.9.0.2 &&
		in_ns "$A" ping -c 3 -i 0.1 -W 10 -q -s 3000 10.9.0.2 &&
		in_ns "$A" ping -c 3 -i 0.1 -W 10 -q -s 1300 fd09::2
}

switched()	# - off and on and off
{
	local i

	for i in 0 1 0 1; do
		ikevti-link -N "$A" set vpn0 spread=$i && ikevti-link -N "$B" set vpn0 spread=$i &&
			sleep 0.1 || return
	done
}

offloads()	# on|off
{
	in_ns "$A" ethtool -K under tso "$1" gso "$1" tx-udp-segmentation "$1" tx-gso-list "$1"
}

# numbers_grow SPI LEAST - of so many packets that were captured at least
numbers_grow()
{
	awk -v spi="spi=$1" -v least="$2" '
		index($0, spi " ") && match($0, /seq=[0-9]+/) {
			seq = substr($0, RSTART + 4, RLENGTH - 4) + 0
			if (n++ && seq <= last) {
				print last " before " seq
				bad++
			}
			last = seq
		}
		END { print n " packets"; exit bad || n < least }' "$TMP/decoded"
}

# The peer's window is no wider than many have it
some "4 udp 0" "6 udp 1" "4 none 1"
for where in "${variants[@]}"; do
	read -r outer encap esn <<<"$where"
	what="v$outer, encap $encap, ESN $esn"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" esn="$esn" bin.window=32
	if [[ -e $event ]]; then
		check "TCP: $what" worked_on transfer "$A" "$B" 10.9.0.2 $((4 * bytes))
		check "all processors worked: $what" all_worked
	else
		skip "who works: $what" "this kernel has no tracing"
	fi
	check "TCP, back: $what" transfer "$B" "$A" 10.9.0.1 $bytes
	check "every packet by itself: $what" offloads off
	capture_start -Q in
	check "TCP, IPv6: $what" transfer "$A" "$B" fd09::2 $bytes
	sniff_stop
	check "offloads on: $what" offloads on
	flag=
	((esn)) && flag=:esn
	esp-decode "$TMP/wire.pcap" "$SPI_AB:$KEY_AB:$SALT_AB$flag" >"$TMP/decoded" 2>&1
	check "numbers grow: $what" numbers_grow "$SPI_AB" 150
	check "no packet was bad: $what" clean
	check "other packets in between: $what" busy pings_of_many_sizes
	check "switched off and on: $what" busy switched
	check "no packet was bad in the end: $what" clean
done

check "tunnel for rekeys" tunnel_up encap=udp
check "SAs come and go under traffic" busy rekeys
check "no packet was bad with any" clean
check "TCP with CBC" eval 'sas_up aead=cbc-sha256 bits=128 && transfer "$A" "$B" 10.9.0.2 $bytes'
check "tunnel for outer fragments" eval 'sas_up && ikevti-link -N "$A" set vpn0 df=1 &&
	ip -n "$A" link set vpn0 mtu 3000 && ip -n "$B" link set vpn0 mtu 3000'
check "outer fragments in between" busy in_ns "$A" ping -c 5 -i 0.1 -W 10 -q -s 2500 10.9.0.2
check "and no packet was bad" clean

# A hard limit is kept to exactly
check "a limit is ahead" sas_up aout.hard_packets=201
sending
reached()
{
	[[ $(sa_field "$A" vpn0 out "$SPI_AB" tx_packets) == 201 ]]
}
check "is reached" wait_for "$PATIENCE" reached
sleep 0.3
check_is "and kept to" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" 201
ends

# What is under way when its SAs, its device or its namespace go
check "new SAs" sas_up
sending
check "SAs flushed under traffic" eval 'nl "$A" flush dev=vpn0 && nl "$B" flush dev=vpn0'
ends
check "tunnel again" tunnel_up encap=none
sending
check "device deleted under traffic" eval 'ip -n "$B" link delete vpn0 && ip -n "$A" link delete vpn0'
ends
check "devices again" devices_up
check "tunnel again, the last" tunnel_up encap=udp
sending
check "namespaces deleted under traffic" pair_down
ends
ktap_end
