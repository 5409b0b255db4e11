#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two paths of one device: priority, failover, weights, and what carrier says.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq
pair_up
join "$A" under2 "$B" under2
address "$A" under2 198.51.100.1/24
address "$B" under2 198.51.100.2/24
devices_up
events_start "$A" "$TMP/events"

sent_on()	# PATH - packets the outbound SAs of a path sent
{
	nl "$A" sa-get dev=vpn0 | awk -v p="path=$1" '$0 ~ "dir=out" && $0 ~ (" " p " ") {
		for (i = 1; i <= NF; i++) if (sub(/^tx_packets=/, "", $i)) n += $i }
		END { print n + 0 }'
}

# moves PATH COMMAND... - the command's traffic leaves by that path alone
moves()
{
	local path=$1 other=$((3 - $1)) before before_other
	shift

	before=$(sent_on "$path")
	before_other=$(sent_on $other)
	"$@" || return
	echo "path $path: $before, then $(sent_on "$path"); path $other: $before_other," \
		"then $(sent_on $other)"
	(($(sent_on "$path") > before && $(sent_on $other) == before_other))
}

check "path 1" paths_up id=1 prio=10
check "path 2 over the other wire" eval '
	nl "$A" path-set dev=vpn0 id=2 local=198.51.100.1 remote=198.51.100.2 state=up prio=5 &&
	nl "$B" path-set dev=vpn0 id=2 local=198.51.100.2 remote=198.51.100.1 state=up prio=5'
check_is "paths without SAs are not usable" "$(path_field "$A" vpn0 1 usable)" 0
check_fails "nor does the device run" is_running "$A" vpn0
check "SAs of path 1" sas_up path=1
check "running with one" wait_running "$A" vpn0
check "SAs of path 2" sas_up path=2
check_is "two paths" "$(nl "$A" path-get dev=vpn0 | grep -c ^path)" 2
check_is "state running" "$(dev_field "$A" vpn0 state)" running
check "the higher priority sends" moves 1 pings "$A" 10.9.0.2
check "priorities swapped" nl "$A" path-set dev=vpn0 id=2 prio=20
check "the other sends" moves 2 pings "$A" 10.9.0.2
check "standby does not send" nl "$A" path-set dev=vpn0 id=2 state=standby
check "the first sends" moves 1 pings "$A" 10.9.0.2
check_is "standby is not usable" "$(path_field "$A" vpn0 2 usable)" 0
check "B still sends by its path 1, A standby receives by path 2" eval '
	nl "$B" path-set dev=vpn0 id=2 prio=20 && moves 1 pings "$A" 10.9.0.2'
check "up again" nl "$A" path-set dev=vpn0 id=2 state=up
check "it sends again" moves 2 pings "$A" 10.9.0.2
check "marked down" nl "$A" path-set dev=vpn0 id=2 state=down
check "failover" moves 1 pings "$A" 10.9.0.2
check "an event tells" wait_event "$TMP/events" '^path-state.* id=2.* state=down'
check "state of the device unchanged" is_running "$A" vpn0
check "up again" nl "$A" path-set dev=vpn0 id=2 state=up

# weights: with equal priority flows spread, about 3 to 1
nl "$A" path-set dev=vpn0 id=1 prio=10 weight=3
check "equal priority, weights 3 and 1" nl "$A" path-set dev=vpn0 id=2 prio=10 weight=1
before1=$(sent_on 1)
before2=$(sent_on 2)
flows()	# N - one UDP datagram each
{
	in_ns "$A" bash -c "for p in {7001..$((7000 + $1))}; do echo x >/dev/udp/10.9.0.2/\$p; done" \
		2>/dev/null
	return 0
}
check "160 flows" flows 160
n1=$(($(sent_on 1) - before1))
n2=$(($(sent_on 2) - before2))
check_range "all of them left" $((n1 + n2)) 160 400
check_range "path 1 has about three quarters ($n1 to $n2)" $((n1 * 100 / (n1 + n2 + 1))) 60 90
one_flow()
{
	in_ns "$A" bash -c 'exec 3>/dev/udp/10.9.0.2/9; for i in {1..20}; do echo x >&3; done' \
		2>/dev/null
	return 0
}
before1=$(sent_on 1)
before2=$(sent_on 2)
one_flow
n1=$(($(sent_on 1) - before1))
n2=$(($(sent_on 2) - before2))
check "one flow stays on one path ($n1, $n2)" eval '((n1 == 0 || n2 == 0))'

# the device below goes down: the kernel stops using the path by itself
nl "$A" path-set dev=vpn0 id=1 prio=20
check "path 1 sends" moves 1 pings "$A" 10.9.0.2
check "its device goes down" ip -n "$A" link set under down
check "path 2 takes over at once" wait_for "$PATIENCE" moves 2 in_ns "$A" ping -n -q -c 1 -W 1 \
	10.9.0.2
check "the device below is back" eval 'ip -n "$A" link set under up'
check "path 1 is used again" wait_for "$PATIENCE" moves 1 in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2

# carrier, dormant, hold time
check "hold time 3 s" ikevti-link -N "$A" set vpn0 hold_time=3000
nl "$A" path-set dev=vpn0 id=1 state=down
check "both paths down: dormant at once" eval 'nl "$A" path-set dev=vpn0 id=2 state=down &&
	wait_for 1 is_state "$A" vpn0 dormant'
check_is "dev-get says so" "$(dev_field "$A" vpn0 state)" dormant
check "after the hold time no carrier" wait_for 8 is_state "$A" vpn0 down
check_is "dev-get says so" "$(dev_field "$A" vpn0 state)" down
check "one path up: running" eval 'nl "$A" path-set dev=vpn0 id=2 state=up &&
	wait_for 2 is_state "$A" vpn0 unknown || is_running "$A" vpn0'
check "traffic" pings "$A" 10.9.0.2
check "a short gap" eval 'nl "$A" path-set dev=vpn0 id=2 state=down; sleep 0.3
	nl "$A" path-set dev=vpn0 id=2 state=up'
sleep 1.2
check "leaves the carrier alone" is_running "$A" vpn0
check "and traffic" pings "$A" 10.9.0.2
check "hold for ever" ikevti-link -N "$A" set vpn0 hold_time=4294967295
check "a gap" eval 'nl "$A" path-set dev=vpn0 id=2 state=down &&
	wait_for 1 is_state "$A" vpn0 dormant'
check "then hold for a minute" ikevti-link -N "$A" set vpn0 hold_time=60000
sleep 0.5
check "has not ended the gap" is_state "$A" vpn0 dormant
check "hold for less than the gap lasts" ikevti-link -N "$A" set vpn0 hold_time=100
check "ends it" wait_for "$PATIENCE" is_state "$A" vpn0 down
check "path 2 up again" eval 'nl "$A" path-set dev=vpn0 id=2 state=up &&
	wait_for "$PATIENCE" is_running "$A" vpn0'
check "traffic" pings "$A" 10.9.0.2
ikevti-link -N "$A" set vpn0 hold_time=1000

# a path moves from one outer family to the other and back, under traffic
ip -n "$A" address replace 2001:db8::1/64 dev under nodad # lost when "under" was down
background /dev/null nsenter --net="/run/netns/$A" -- ping -f -q 10.9.0.2
flood=$!
for outer in 6 4 6 4; do
	for ns in "$A" "$B"; do
		[[ $ns == "$A" ]] && here=${OUT_A[$outer]} there=${OUT_B[$outer]}
		[[ $ns == "$B" ]] && here=${OUT_B[$outer]} there=${OUT_A[$outer]}
		check "path 2 of $ns goes to IPv$outer" nl "$ns" path-set dev=vpn0 id=2 \
			local="$here" remote="$there"
	done
	check "traffic over IPv$outer" wait_for "$PATIENCE" pings "$A" 10.9.0.2
done
kill $flood
wait $flood 2>/dev/null

check "delete a path" nl "$A" path-del dev=vpn0 id=1
check_fails "it is gone" nl "$A" path-get dev=vpn0 id=1
check_fails "deleting it again" nl "$A" path-del dev=vpn0 id=1
check_is "with all its SAs" "$(nl "$A" sa-get dev=vpn0 | grep -c ' path=1 ')" 0
check "path 2 carries on" pings "$A" 10.9.0.2
fifteen_more()
{
	local i

	for i in {100..114}; do
		nl "$A" path-set dev=vpn0 id="$i" local=192.0.2.1 remote="192.0.2.$i" state=up || return
	done
}
check "16 paths" fifteen_more
check_fails "and no more" nl "$A" path-set dev=vpn0 id=200 local=192.0.2.1 \
	remote=192.0.2.200 state=up
# an outer route that leads back into the device must not eat the stack
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "tunnel" tunnel_up
check "the route to the peer goes through the tunnel itself" \
	ip -n "$A" route add 192.0.2.2/32 dev vpn0
in_ns "$A" ping -n -q -c 3 -i 0.05 -W 1 10.9.0.2 >/dev/null 2>&1
check "is a loop" wait_for "$PATIENCE" eval '[[ $(path_field "$A" vpn0 1 reason) == loop ]]'
check "the device answers" nl "$A" dev-get dev=vpn0
check "the route is taken away" ip -n "$A" route delete 192.0.2.2/32 dev vpn0
check "and traffic is back" wait_for "$PATIENCE" pings "$A" 10.9.0.2
events_stop
ktap_end
