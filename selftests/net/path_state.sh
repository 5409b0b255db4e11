#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Why a path is not usable: every reason, noticed without a packet, over IPv4 and IPv6; it returns
# by itself when the cause is gone. And what a path carried.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping
pair_up
devices_up
declare -A FAR=([4]=203.0.113.2 [6]=2001:db8:1::2)
declare -A LEN=([4]=24 [6]=64)
address "$B" lo ${FAR[4]}/32 ${FAR[6]}/128

far_route()	# FAMILY VERB [WORDS] - the route to the peer, which is not on the link itself
{
	local family=$1 verb=$2
	shift 2

	ip -n "$A" -"$family" route "$verb" "${FAR[$family]}" "$@"
}

reasons=()
reads()	# REASON USABLE
{
	reads_line=$(nl "$A" path-get dev=vpn0 id=1)
	echo "$reads_line"
	[[ $reads_line == *" usable=$2 "*"reason=$1 "* ]]
}
# becomes REASON WHAT COMMAND... - after the command the path is not usable for this reason
becomes()
{
	local reason=$1 what=$2
	shift 2

	reasons+=("$reason")
	check "IPv$f: $what" "$@"
	check "IPv$f: then $reason" wait_for "$PATIENCE" reads "$reason" 0
}
# recovers WHAT COMMAND... - it is usable again
recovers()
{
	local what=$1
	shift

	check "IPv$f: $what" "$@"
	check "IPv$f: usable again" wait_for "$PATIENCE" reads none 1
}

for f in 4 6; do
	local_=${OUT_A[$f]}
	far=${FAR[$f]}
	via="via ${OUT_B[$f]} dev under"
	# shellcheck disable=SC2086 # words
	far_route $f add $via
	background "$TMP/events$f" ikevti-nl -N "$A" listen
	events_pid=$!
	check "IPv$f: listen" wait_for "$PATIENCE" grep -q listening "$TMP/events$f"
	becomes no-sa "path without SAs" eval '
		nl "$A" path-set dev=vpn0 id=1 local=$local_ remote=$far encap=none state=up &&
		nl "$B" path-set dev=vpn0 id=1 local=$far remote=$local_ encap=none state=up'
	recovers "SAs" sas_up
	check "IPv$f: traffic" eval 'wait_running "$B" vpn0 && pings "$A" 10.9.0.2'

	# counters, age, MTU
	check_is "IPv$f: path MTU" "$(path_field "$A" vpn0 1 pmtu)" 1500
	sent=$(path_field "$A" vpn0 1 tx_packets)
	check_range "IPv$f: packets sent" "$sent" 3 1000
	check_range "IPv$f: octets sent" "$(path_field "$A" vpn0 1 tx_bytes)" $((3 * 84)) 1000000
	check_range "IPv$f: packets received" "$(path_field "$A" vpn0 1 rx_packets)" 3 1000
	check_range "IPv$f: octets received" "$(path_field "$A" vpn0 1 rx_bytes)" $((3 * 84)) 1000000
	check_is "IPv$f: drops" "$(path_field "$A" vpn0 1 rx_auth_failed)" 0
	check "IPv$f: age of the last packets" eval 'path_field "$A" vpn0 1 rx_age &&
		path_field "$A" vpn0 1 tx_age'
	check "IPv$f: rekey" sas_up
	check "IPv$f: counters outlive SAs" at_least "$(path_field "$A" vpn0 1 tx_packets)" "$sent"
	check "IPv$f: traffic" pings "$A" 10.9.0.2
	check "IPv$f: and go on" at_least "$(path_field "$A" vpn0 1 tx_packets)" $((sent + 3))

	# what userspace says
	becomes admin "path down" nl "$A" path-set dev=vpn0 id=1 state=down
	check_fails "IPv$f: the device does not run" says_running "$A" vpn0
	becomes standby "standby" nl "$A" path-set dev=vpn0 id=1 state=standby
	becomes held "held" nl "$A" path-set dev=vpn0 id=1 state=held
	recovers "path up" nl "$A" path-set dev=vpn0 id=1 state=up

	# the route; nothing is sent meanwhile
	becomes route "route deleted" far_route $f delete
	# shellcheck disable=SC2086 # words
	recovers "route added" far_route $f add $via
	some blackhole unreachable prohibit
	((f == 6)) && variants=(unreachable)
	for kind in "${variants[@]}"; do
		becomes route "route is $kind" eval 'far_route $f delete &&
			ip -n "$A" -$f route add $kind $far'
		recovers "the real route" eval 'ip -n "$A" -$f route delete $kind $far &&
			far_route $f add $via'
	done
	becomes route "a rule forbids" ip -n "$A" -$f rule add to "$far" prohibit
	recovers "the rule is gone" ip -n "$A" -$f rule delete to "$far" prohibit
	# shellcheck disable=SC2086 # words
	if ip -n "$A" -$f nexthop add id 7 $via; then
		check "IPv$f: route over a next hop object" far_route $f replace nhid 7
		becomes route "the object is deleted" ip -n "$A" nexthop delete id 7
		recovers "route added" far_route $f add $via
	fi
	becomes loop "route leads into the device" far_route $f replace dev vpn0
	recovers "and out of it" eval 'far_route $f delete; far_route $f add $via'

	# the address
	becomes address "local address removed" ip -n "$A" address delete "$local_/${LEN[$f]}" dev under
	recovers "address and route are back" eval 'address "$A" under "$local_/${LEN[$f]}" &&
		far_route $f replace $via'

	# the device below
	becomes device "device below without carrier" ip -n "$B" link set under down
	recovers "carrier is back" eval 'ip -n "$B" link set under up
		ip -n "$B" address replace 2001:db8::2/64 dev under nodad'
	becomes device "device below goes down" ip -n "$A" link set under down
	recovers "it is up again" eval 'ip -n "$A" link set under up
		ip -n "$A" address replace 2001:db8::1/64 dev under nodad
		far_route $f replace $via'

	# limits
	check "IPv$f: SAs for ten packets" sas_up aout.hard_packets=10
	becomes limit "more than ten" eval 'in_ns "$A" ping -n -q -f -c 20 -W 1 10.9.0.2; :'
	recovers "new SAs" sas_up
	check "IPv$f: traffic" pings "$A" 10.9.0.2

	# the socket
	check "IPv$f: a socket" attach "$A" $f 4500
	recovers "UDP encapsulation" nl "$A" path-set dev=vpn0 id=1 encap=udp lport=4500 rport=4500
	becomes socket "the socket is detached" nl "$A" socket-detach family=$f port=4500
	recovers "no encapsulation" nl "$A" path-set dev=vpn0 id=1 encap=none
	check "IPv$f: traffic" pings "$A" 10.9.0.2

	# without the device: it is deleted
	for reason in "${reasons[@]}"; do
		[[ $reason == no-sa ]] || grep -qE "^path-state .* id=1 .*reason=$reason( |$)" \
			"$TMP/events$f" || echo "$reason" >>"$TMP/untold"
	done
	check "IPv$f: events told every reason" eval '! cat "$TMP/untold"'
	check "IPv$f: with counters" grep -qE '^path-state .* tx_packets=[1-9]' "$TMP/events$f"
	events_stop
	nl "$A" path-del dev=vpn0 id=1
	nl "$B" path-del dev=vpn0 id=1
	far_route $f delete
	wait_for "$PATIENCE" eval '! says_running "$A" vpn0'
done

# the device below is deleted, and another one takes its place
check "tunnel" tunnel_up
f=4
becomes device "the device below is deleted" ip -n "$A" link delete under
check "another one" join "$A" under "$B" under
recovers "with the address" eval 'address "$A" under 192.0.2.1/24; address "$B" under 192.0.2.2/24'
check "traffic" wait_for "$PATIENCE" pings "$A" 10.9.0.2
ktap_end
