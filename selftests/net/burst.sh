#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets that are forwarded in bursts leave together, of whatever size they are, and are on the
# wire and at the other end what they would be one by one, in front of programs that pull at lists too.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
# of several CPUs, each sends its own batches, and they overtake each other
taskset -cp 0 $$ >/dev/null
need tcpdump ethtool nc ss tc jq ping taskset
pair_up
devices_up
add_ns "$C"
join "$C" lan "$A" lan || exit 1
address "$C" lan 10.8.0.2/24 fd08::2/64
# what it asks for its neighbours from, on behalf of others
address "$A" lan 10.8.0.1/24 fd08::1/64 fe80::1/64
ip -n "$C" route add default via 10.8.0.1
ip -n "$C" route add default via fd08::1
ip -n "$B" route add 10.8.0.0/24 dev vpn0
ip -n "$B" route add fd08::/64 dev vpn0
# While a neighbour is being looked for, packets wait, and most of a burst gets lost
known()	# NS DEV NS2 DEV2 ADDRESS...
{
	local ns=$1 dev=$2 mac addr

	mac=$(ip -n "$3" -j link show dev "$4" | jq -r '.[0].address')
	shift 4
	for addr; do
		ip -n "$ns" neigh replace "$addr" dev "$dev" lladdr "$mac" nud permanent
	done
}
known "$C" lan "$A" lan 10.8.0.1 fd08::1
known "$A" lan "$C" lan 10.8.0.2 fd08::2
known "$A" under "$B" under 192.0.2.2 2001:db8::2
known "$B" under "$A" under 192.0.2.1 2001:db8::1
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
in_ns "$C" ethtool -K lan tso off gso off tx-udp-segmentation off
# what comes within this time is let go at once
tc -n "$C" qdisc add dev lan root netem delay 1ms slot 50ms 50ms limit 10000 || {
	skip "bursts" "no netem here"
	ktap_end
	exit
}
for ns in "$A" "$B"; do
	attach "$ns" 4
	attach "$ns" 6
done

# offloads on|off - whether lists of packets cross as they are, or every packet by itself
offloads()
{
	local ns

	for ns in "$A" "$B"; do
		in_ns "$ns" ethtool -K under tso "$1" gso "$1" tx-udp-segmentation "$1" \
			tx-gso-list "$1" || return
	done
}

outer_packets()	# - packets given to A's underlay device
{
	ip -n "$A" -s -j link show dev under | jq '.[0].stats64.tx.packets'
}

esp_sent()
{
	sa_field "$A" vpn0 out "$SPI_AB" tx_packets
}

esp_received()
{
	sa_field "$B" vpn0 in "$SPI_AB" rx_packets
}

calls()	# - how often B's sockets have been given something
{
	in_ns "$B" awk '/^Udp: [0-9]|^Udp6InDatagrams/ { n += $2 } END { print n }' \
		/proc/net/snmp /proc/net/snmp6
}

# at_once LEAST ESP CALLS OTHERS COMMAND... - the command makes the counter ESP grow by that many for
# each that CALLS grows by, but for OTHERS
at_once()
{
	local least=$1 count=$2 call=$3 others=$4 esp calls
	shift 4

	esp=$($count)
	calls=$($call)
	"$@" || return
	esp=$(($($count) - esp))
	calls=$(($($call) - calls - others))
	echo "$esp ESP packets in $calls"
	((esp >= 400 && esp >= least * calls))
}

together()	# LEAST COMMAND... - that many ESP packets leave at a time
{
	# the device also sends what IPv6 says by itself
	at_once "$1" esp_sent outer_packets 4 "${@:2}"
}

arrives_together()	# LEAST COMMAND... - that many ESP packets at a time
{
	# the receiver's own socket gets every datagram
	at_once "$1" esp_received calls 400 "${@:2}"
}

vary=1	# datagrams of one size in a row
burst()	# ADDRESS WORDS - of datagrams of many sizes, compared and in order
{
	local addr=$1 pid status
	shift

	background "$TMP/udp" nsenter --net="/run/netns/$B" -- \
		udp-gso receive addr="$addr" port=5003 count=400 vary="$vary" "$@"
	pid=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/udp" || return
	in_ns "$C" udp-gso send addr="$addr" port=5003 count=400 vary="$vary" "$@" || return
	wait $pid
	status=$?
	cat "$TMP/udp"
	return $status
}

linear()	# NS - its underlay device has a program that lists are made linear for
{
	background "$TMP/linear" xdp-pass netns="$1" dev=under
	linear_pid=$!
	wait_for 5 grep -q . "$TMP/linear" && grep -q ready "$TMP/linear"
}

fields()	# - DS field of each outer packet, and how many in a row have it
{
	tcpdump -n -v -r "$TMP/wire.pcap" 2>/dev/null | awk '/ IP6? \(/ {
			field = "0x0"
			if (match($0, /(tos|class) 0x[0-9a-f]+/)) {
				split(substr($0, RSTART, RLENGTH), word)
				field = word[2]
			}
			print field
		}' | uniq -c
}

some "4 udp 0" "6 udp 1" "4 none 1"
for where in "${variants[@]}"; do
	read -r outer encap esn <<<"$where"
	what="v$outer, encap $encap, ESN $esn"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" esn="$esn"
	check "a first burst: $what" burst 10.9.0.2 size=1300
	least=$([[ $encap == udp ]] && echo 4 || echo 1)
	check "bursts leave together: $what" together "$least" burst 10.9.0.2 size=1300
	check "IPv6: $what" together "$least" burst fd09::2 size=1300
	check "small ones: $what" together "$least" burst 10.9.0.2 size=40
	check "DS fields mixed: $what" burst 10.9.0.2 size=200 tos=1
	check "single ones: $what" in_ns "$C" ping -c 8 -i 0.05 -q 10.9.0.2
	check "a burst of big ones: $what" burst 10.9.0.2 size=1390
	check "TCP, forwarded: $what" transfer "$C" "$B" 10.9.0.2 300000

	# lists become one linear packet, of which only the length of the first is known
	if linear "$B"; then
		for vary in 1 8; do
			check "whoever wants lists linear, sizes by $vary: $what" burst 10.9.0.2 size=1300
		done
		vary=1
		kill "$linear_pid"
		wait "$linear_pid" 2>/dev/null
	else
		skip "whoever wants lists linear: $what" "no programs here"
	fi

	check "offloads off: $what" offloads off
	capture_start -Q in
	check "every packet by itself: $what" burst 10.9.0.2 size=1300 tos=1
	check "IPv6 by itself: $what" burst fd09::2 size=1300
	sniff_stop
	if [[ $encap == udp ]]; then
		check "a NIC's GRO: $what" in_ns "$B" ethtool -K under gro on
		check "what comes singly gets in together: $what" \
			arrives_together 4 burst 10.9.0.2 size=900
		check "IPv6, too: $what" arrives_together 4 burst fd09::2 size=40
		in_ns "$B" ethtool -K under gro off
	fi
	check "offloads on: $what" offloads on
	flag=
	((esn)) && flag=:esn
	check "every packet opens, standard in every octet: $what" \
		esp-decode "$TMP/wire.pcap" quiet "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag"
	esp-decode "$TMP/wire.pcap" "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag" >"$TMP/decoded"
	check "numbers grow without gaps: $what" gapless "$SPI_AB" 800
	fields >"$TMP/fields"
	check "each has its DS field: $what" awk '
		NR <= 48 && ($1 != 8 || $2 != "0x" ((NR - 1) % 4 * 20)) {
			print NR ": " $0
			bad++
		}
		END { exit bad || NR < 49 }' "$TMP/fields"
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# A hard limit within a burst is kept to exactly
check "a limit within a burst" tunnel_up encap=udp aout.hard_packets=701

reached()
{
	background "$TMP/udp" nsenter --net="/run/netns/$C" -- \
		udp-gso send addr=10.9.0.2 port=5003 count=400 vary=1 size=100
	wait $!
	[[ $(sa_field "$A" vpn0 out "$SPI_AB" tx_packets) == 701 ]]
}

check "is reached" wait_for "$PATIENCE" reached
sleep 0.2
check_is "and kept to" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" 701
ktap_end
