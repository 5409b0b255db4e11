#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A path fails while a device carries a ping every millisecond and streams of numbered datagrams:
# the other one takes over with the next packet. What was under way may be lost, nothing overtakes.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping udp-stream taskset
pair_up
join "$A" under2 "$B" under2
address "$A" under2 198.51.100.1/24
address "$B" under2 198.51.100.2/24
devices_up
# what other processors hold at that moment
UNDER_WAY=$((8 * $(grep -c ^processor /proc/cpuinfo)))

path2()	# WORDS
{
	nl "$A" path-set dev=vpn0 id=2 local=198.51.100.1 remote=198.51.100.2 state=up "$@" &&
		nl "$B" path-set dev=vpn0 id=2 local=198.51.100.2 remote=198.51.100.1 state=up "$@"
}
usable()	# PATH
{
	[[ $(path_field "$A" vpn0 "$1" usable) == 1 ]]
}
check "path 1" tunnel_up
SPI_1=$SPI_AB
check "path 2" eval 'path2 && sas_up path=2 && wait_for "$PATIENCE" usable 2'

sent_on()	# PATH
{
	path_field "$A" vpn0 "$1" tx_packets
}
sent_more()	# PATH THAN
{
	at_least "$(sent_on "$1")" "$2"
}
carries()	# PATH... - each sends a hundred packets more
{
	local path to

	for path; do
		to=$(($(sent_on "$path") + 100))
		wait_for "$PATIENCE" sent_more "$path" $to || return
	done
}

streams_start()	# FLOWS
{
	background "$TMP/received" nsenter --net="/run/netns/$B" -- udp-stream receive at=10.9.0.2
	receiver=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/received" || return
	# a sender that moves from one processor to another may overtake itself
	background "$TMP/sent" nsenter --net="/run/netns/$A" -- taskset -c 0 \
		udp-stream send from=10.9.0.1 to=10.9.0.2 flows="$1"
	sender=$!
	background "$TMP/ping" nsenter --net="/run/netns/$A" -- taskset -c 0 \
		ping -n -q -i 0.001 10.9.0.2
	pinger=$!
}
streams_stop()
{
	kill -TERM "$sender"
	kill -INT "$pinger"
	wait "$sender" "$pinger"
	kill -TERM "$receiver"
	wait "$receiver"
	cat "$TMP/sent" "$TMP/received" "$TMP/ping"
	awk '{ for (i = 2; i <= NF; i++) { split($i, w, "="); n[w[1]] += w[2] } }
		/packets transmitted/ { ping = $1 - $4 }
		END { print n["sent"] - n["received"], n["late"] + 0, n["twice"] + 0, ping,
			n["sent"] }' "$TMP/sent" "$TMP/received" "$TMP/ping" >"$TMP/sums"
	read -r lost late twice lost_pings sent <"$TMP/sums"
	((sent))
}

# fails WHAT FLOWS MOST COMMAND... - path 1 fails by the command, and path 2 carries on
fails()
{
	local what=$1 flows=$2 most=$3 both=1
	shift 3

	((flows > 1)) && both="1 2"
	check "$what: streams" streams_start "$flows"
	# shellcheck disable=SC2086 # words
	check "$what: carried by path $both" carries $both
	check "$what" "$@"
	check "$what: path 1 is not usable" wait_for "$PATIENCE" eval '! usable 1'
	check "$what: path 2 carries on" carries 2
	check "$what: end of the streams" streams_stop
	echo "# $what: of $sent datagrams $lost lost, $late late; $lost_pings pings lost"
	check_range "$what: datagrams lost" "$lost" 0 "$most"
	# the one whose answer nobody waited for
	check_range "$what: pings lost" "$lost_pings" 0 $((most + 1))
	check_is "$what: datagrams late or twice" "$late $twice" "0 0"
}
returns()	# WHAT COMMAND...
{
	local what=$1
	shift

	check "$what" "$@"
	check "$what: path 1 is usable" wait_for "$PATIENCE" usable 1
	check "$what: traffic" wait_for "$PATIENCE" pings "$A" 10.9.0.2
}
# the limit is ahead: one that is passed already costs the packet that finds out
limit_soon()
{
	local n

	n=$(sa_field "$A" vpn0 out "$SPI_1" tx_packets) &&
		nl "$A" sa-set dev=vpn0 dir=out path=1 spi="$SPI_1" hard_packets=$((n + 1000))
}
renew()
{
	sas_up path=1
	SPI_1=$SPI_AB
}
under_is_up()
{
	ip -n "$A" link set under up
	wait_for "$PATIENCE" pings "$A" 192.0.2.2
}

for mode in "one active" "both active"; do
	flows=1
	[[ $mode == both* ]] && flows=8
	check "$mode" nl "$A" path-set dev=vpn0 id=1 prio=$((flows == 1 ? 10 : 0))
	fails "$mode, path set down" $flows 0 nl "$A" path-set dev=vpn0 id=1 state=down
	returns "$mode, path set up" nl "$A" path-set dev=vpn0 id=1 state=up
	# what the cause is makes no difference to flows of the other path
	((flows == 1)) || continue
	fails "$mode, route deleted" $flows 0 ip -n "$A" route delete 192.0.2.0/24 dev under
	returns "$mode, route added" ip -n "$A" route add 192.0.2.0/24 dev under src 192.0.2.1
	fails "$mode, hard limit" $flows 0 limit_soon
	returns "$mode, new SAs" renew
	fails "$mode, link down" $flows $UNDER_WAY ip -n "$A" link set under down
	returns "$mode, link up" under_is_up
done
ktap_end
