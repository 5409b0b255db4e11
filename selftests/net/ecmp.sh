#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Multipath routes of the kernel over two devices: legacy ones and groups of next hop objects, by
# request resilient ones, IPv4 and IPv6. A rekey and a gap shorter than the hold time leave them
# alone; a device that dies loses its carrier, and its flows go over the other one.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq udp-stream taskset
pair_up
join "$A" under2 "$B" under2
address "$A" under2 198.51.100.1/24
address "$B" under2 198.51.100.2/24
for ns in "$A" "$B"; do
	check "devices" eval 'device "$ns" vpn0 && device "$ns" vpn1'
	in_ns "$ns" sysctl -qw net.ipv4.fib_multipath_hash_policy=1 \
		net.ipv6.fib_multipath_hash_policy=1 net.ipv4.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv4.conf.default.ignore_routes_with_linkdown=1 \
		net.ipv6.conf.all.ignore_routes_with_linkdown=1 \
		net.ipv6.conf.default.ignore_routes_with_linkdown=1
done
# IPv6 takes gateways only in legacy multipath routes
address "$A" vpn0 fd09::1/64
address "$A" vpn1 fd0a::1/64
address "$A" lo 10.60.0.1/32 fd60::1/128
address "$B" lo 10.50.0.1/32 fd50::1/128
ip -n "$B" route add 10.60.0.1 dev vpn1
ip -n "$B" -6 route add fd60::1 dev vpn1
declare -A HERE=([4]=10.60.0.1 [6]=fd60::1)
declare -A THERE=([4]=10.50.0.1 [6]=fd50::1)
declare -A NET=([4]=10.50.0.0/24 [6]=fd50::/64)
FLOWS=16

check "tunnel of vpn0" tunnel_up
check "tunnel of vpn1" eval '
	nl "$A" path-set dev=vpn1 id=1 local=198.51.100.1 remote=198.51.100.2 state=up &&
	nl "$B" path-set dev=vpn1 id=1 local=198.51.100.2 remote=198.51.100.1 state=up &&
	sas_up dev=vpn1 && wait_running "$A" vpn1 && wait_running "$B" vpn1'
hold()	# MS
{
	ikevti-link -N "$A" set vpn0 hold_time="$1"
}

# devices_of FAMILY - the device of each flow into the array "device_of", as the kernel routes it
device_of=()
devices_of()
{
	local i

	for ((i = 0; i < FLOWS; i++)); do
		echo "route get ${THERE[$1]} from ${HERE[$1]} ipproto udp sport $((20000 + i)) dport 5004"
	done >"$TMP/flows"
	ip -n "$A" -"$1" -j -b "$TMP/flows" >"$TMP/ways" || return
	mapfile -t device_of < <(jq -r '.[0].dev' "$TMP/ways")
	echo "${device_of[@]}"
	((${#device_of[@]} == FLOWS))
}
flows_on()	# DEV
{
	local dev n=0

	for dev in "${device_of[@]}"; do
		[[ $dev == "$1" ]] && n=$((n + 1))
	done
	echo $n
}
uses()	# FAMILY DEV - do flows go there?
{
	devices_of "$1" && (($(flows_on "$2")))
}

# set_routes KIND FAMILY, and what is left of them
set_routes()
{
	local f=$2 group=

	ip -n "$A" nexthop flush >/dev/null 2>&1
	ip -n "$A" -"$f" route flush "${NET[$f]}" >/dev/null 2>&1
	if [[ $1 == legacy ]]; then
		if [[ $f == 4 ]]; then
			ip -n "$A" route add "${NET[4]}" nexthop dev vpn0 nexthop dev vpn1
		else
			ip -n "$A" route add "${NET[6]}" nexthop via fd09::2 dev vpn0 \
				nexthop via fd0a::2 dev vpn1
		fi
		return
	fi
	[[ $1 == resilient ]] && group="type resilient buckets 32"
	# shellcheck disable=SC2086 # words
	ip -n "$A" -"$f" nexthop add id 1 dev vpn0 &&
		ip -n "$A" -"$f" nexthop add id 2 dev vpn1 &&
		ip -n "$A" nexthop add id 10 group 1/2 $group &&
		ip -n "$A" -"$f" route add "${NET[$f]}" nhid 10
}
# untouched KIND FAMILY - both next hops are there, and carry flows
untouched()
{
	local f=$2

	devices_of "$f" && (($(flows_on vpn0) > 0 && $(flows_on vpn1) > 0)) && there "$1" "$f"
}

# there KIND FAMILY - both next hops are, whether or not flows take them now
there()
{
	if [[ $1 == legacy ]]; then
		(($(ip -n "$A" -"$2" route show "${NET[$2]}" | grep -c 'nexthop.*dev vpn') == 2))
	else
		ip -n "$A" nexthop show id 1 && ip -n "$A" nexthop show id 10 | grep -q 'group 1/2'
	fi
}

stream_start()	# FAMILY
{
	background "$TMP/received" nsenter --net="/run/netns/$B" -- \
		udp-stream receive at="${THERE[$1]}"
	receiver=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/received" || return
	background "$TMP/sent" nsenter --net="/run/netns/$A" -- taskset -c 0 udp-stream send \
		from="${HERE[$1]}" to="${THERE[$1]}" flows=$FLOWS us=2000
	sender=$!
}
more_on()	# DEV - it sends another hundred packets
{
	local to=$(($(dev_field "$A" "$1" tx_packets) + 100))

	wait_for "$PATIENCE" dev_at_least "$A" "$1" tx_packets $to
}
stream_stop()
{
	kill -TERM "$sender"
	wait "$sender"
	kill -TERM "$receiver"
	wait "$receiver"
	awk '{ for (i = 2; i <= NF; i++) { split($i, w, "="); n[$1 " " w[1]] = w[2] } flow[$1] }
		END { for (f in flow) { sub(/flow=/, "", f)
			print f, n["flow=" f " sent"] - n["flow=" f " received"],
			n["flow=" f " late"] + n["flow=" f " twice"] } }' \
		"$TMP/sent" "$TMP/received" | grep -v ready | sort -n >"$TMP/sums"
	cat "$TMP/sums"
	(($(wc -l <"$TMP/sums") == FLOWS))
}
# sums - into lost0 and lost1 what the flows lost that were on vpn0 and vpn1, into odd what was late
sums()
{
	local i lost late

	lost0=0
	lost1=0
	odd=0
	while read -r i lost late; do
		[[ ${was[$i]} == vpn0 ]] && lost0=$((lost0 + lost)) || lost1=$((lost1 + lost))
		odd=$((odd + late))
	done <"$TMP/sums"
}

# try KIND FAMILY
try()
{
	local kind=$1 f=$2 what="$1 IPv$2" moved=0 i

	check "$what: hold time a minute" hold 60000
	check "$what: routes" set_routes "$kind" "$f"
	check "$what: flows over both" untouched "$kind" "$f"
	was=("${device_of[@]}")
	check "$what: traffic" stream_start "$f"
	check "$what: over both devices" eval 'more_on vpn0 && more_on vpn1'
	check "$what: rekey" sas_up
	check "$what: more traffic" eval 'more_on vpn0 && more_on vpn1'
	check "$what: end of it" stream_stop
	sums
	check_is "$what: a rekey loses nothing" "$lost0 $lost1 $odd" "0 0 0"
	check "$what: no flow moved" wait_for "$PATIENCE" untouched "$kind" "$f"
	check_is "$what: the same on each" "${device_of[*]}" "${was[*]}"

	check "$what: a gap" nl "$A" path-set dev=vpn0 id=1 state=held
	check "$what: dormant" wait_for "$PATIENCE" is_state "$A" vpn0 dormant
	check "$what: the next hops are still there" there "$kind" "$f"
	check "$what: the gap is over" nl "$A" path-set dev=vpn0 id=1 state=up
	check "$what: running" wait_running "$A" vpn0
	check "$what: both carry flows" wait_for "$PATIENCE" untouched "$kind" "$f"
	check_is "$what: the same on each" "${device_of[*]}" "${was[*]}"

	# death: the underlay is cut and no link says so; the daemon finds out and says it
	check "$what: no hold time" hold 0
	check "$what: traffic" stream_start "$f"
	check "$what: over both devices" eval 'more_on vpn0 && more_on vpn1'
	check "$what: vpn0 dies" nl "$A" path-set dev=vpn0 id=1 state=down
	check "$what: no carrier" wait_for "$PATIENCE" is_state "$A" vpn0 down
	check "$what: no flow is left on it" wait_for "$PATIENCE" eval 'devices_of $f &&
		(($(flows_on vpn1) == FLOWS))'
	check "$what: traffic goes on" eval 'more_on vpn1 && more_on vpn1 && more_on vpn1'
	check "$what: end of it" stream_stop
	sums
	for ((i = 0; i < FLOWS; i++)); do
		[[ ${was[$i]} == "${device_of[$i]}" ]] || moved=$((moved + 1))
	done
	echo "# $what: $moved of $FLOWS flows moved, $lost0 datagrams of theirs lost"
	check_is "$what: the others lost nothing" "$lost1" 0
	check_is "$what: nothing late or twice" "$odd" 0
	check "$what: back" nl "$A" path-set dev=vpn0 id=1 state=up
	check "$what: running" wait_running "$A" vpn0
	if [[ $kind == legacy ]]; then
		check "$what: flows return by themselves" wait_for "$PATIENCE" uses "$f" vpn0
	else
		check_fails "$what: the kernel has deleted the next hop" ip -n "$A" nexthop show id 1
		check "$what: who made it makes it anew" set_routes "$kind" "$f"
		check "$what: flows return" wait_for "$PATIENCE" uses "$f" vpn0
	fi
}

# others can be named: ecmp.sh "resilient 4" "group 6"
(($#)) || set -- "legacy 4" "legacy 6" "group 4"
some "$@"
for try in "${variants[@]}"; do
	# shellcheck disable=SC2086 # words
	try $try
done
ktap_end
