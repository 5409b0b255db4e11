#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A multipoint device: the next hop of a route says which peer a packet is for, and what is the
# matter with one peer is nothing to the others.
#
# $A has the multipoint device; $B and $C are peers 1 and 2, each with a point-to-point device. $B
# and $C have the same addresses behind them, so that only the next hop tells them apart. $D sends
# through $A.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq nc ss udp-gso packet-ring
D=ikv-d-$$
pair_up
add_ns "$C" "$D"
join "$A" under2 "$C" under || exit 1
address "$A" under2 198.51.100.1/24
address "$C" under 198.51.100.2/24
join "$A" lan "$D" lan || exit 1
address "$A" lan 10.8.0.1/24
address "$D" lan 10.8.0.2/24
ip -n "$D" route add default via 10.8.0.1
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for ns in "$A" "$B" "$C"; do
	attach "$ns" 4
done
declare -A SPOKE=([1]=$B [2]=$C) HERE=([1]=192.0.2.1 [2]=198.51.100.1)
declare -A THERE=([1]=192.0.2.2 [2]=198.51.100.2) SPI_TO SPI_FROM

spoke_path()	# PEER - the same path id for all
{
	local ports="lport=4500 rport=4500"

	# shellcheck disable=SC2086 # words
	nl "$A" path-set dev=vpn0 peer="$1" id=7 local="${HERE[$1]}" remote="${THERE[$1]}" \
		encap=udp $ports state=up &&
		nl "${SPOKE[$1]}" path-set dev=vpn0 id=7 local="${THERE[$1]}" \
			remote="${HERE[$1]}" encap=udp $ports state=up
}

spoke_sas()	# PEER [words for the hub's outbound SA] - leaves SPI_TO[PEER] and SPI_FROM[PEER]
{
	local peer=$1 ns=${SPOKE[$1]} to from hub spoke
	local key_to key_from salt
	shift

	to=$(spi_alloc "$ns" dev=vpn0 path=7) || return
	from=$(spi_alloc "$A" dev=vpn0 peer="$peer" path=7) || return
	key_to=$(random_hex 32)
	key_from=$(random_hex 32)
	salt=$(random_hex 4)
	hub="dev=vpn0 peer=$peer path=7 aead=gcm salt=$salt"
	spoke="dev=vpn0 path=7 aead=gcm salt=$salt"
	# shellcheck disable=SC2086 # words
	nl "$ns" sa-set $spoke dir=in spi="$to" key="$key_to" window="$WINDOW" &&
		nl "$A" sa-set $hub dir=in spi="$from" key="$key_from" window="$WINDOW" &&
		nl "$A" sa-set $hub dir=out spi="$to" key="$key_to" "$@" &&
		nl "$ns" sa-set $spoke dir=out spi="$from" key="$key_from" || return
	SPI_TO[$peer]=$to
	SPI_FROM[$peer]=$from
}

peer_up()	# PEER [words] - with its next hops, path and SAs
{
	nl "$A" peer-set dev=vpn0 peer="$1" via="10.9.0.$(($1 + 1)),fd09::$(($1 + 1))" &&
		spoke_path "$1" && spoke_sas "$@" && wait_for "$PATIENCE" peer_is "$1" running
}

peer_field()	# PEER NAME
{
	field "$2" "$(nl "$A" peer-get dev=vpn0 peer="$1")"
}

peer_is()	# PEER STATE
{
	[[ $(peer_field "$1" state) == "$2" ]]
}

received()	# PEER - packets that it got
{
	sa_field "${SPOKE[$1]}" vpn0 in "${SPI_TO[$1]}" rx_packets
}

# goes_to PEER ADDRESS - pings of the address are answered by that peer, and no other sees them
goes_to()
{
	local one=$1 other=$((3 - $1)) to_one to_other

	to_one=$(received "$one")
	to_other=$(received "$other")
	pings "$A" "$2" || return
	echo "peer $one: $to_one before, $(received "$one") now; peer $other: $to_other before," \
		"$(received "$other") now"
	(($(received "$one") >= to_one + 3 && $(received "$other") < to_other + 3))
}

# refused PATTERN COMMAND... - the kernel says no, and why
refused()
{
	local pattern=$1 said
	shift

	said=$("$@" 2>&1) && return 1
	echo "$said"
	[[ $said =~ $pattern ]]
}

unreachable()	# ADDRESS PATTERN - an ICMP error comes back that says so
{
	in_ns "$A" ping -n -c 1 -W 3 "$1" >"$TMP/ping" 2>&1
	cat "$TMP/ping"
	grep -qi "$2" "$TMP/ping"
}

too_big()	# ADDRESS MTU - the sender learns what fits
{
	in_ns "$A" ping -n -c 2 -i 0.2 -W 1 -M do -s 1400 "$1" >"$TMP/ping" 2>&1
	cat "$TMP/ping"
	grep -qiE "mtu ?= ?$2" "$TMP/ping"
}

count()	# PATTERN
{
	grep -cE "$1" "$TMP/events"
}

# creation
check "a multipoint device" ikevti-link -N "$A" add vpn0 multipoint=1
ip -n "$A" link set vpn0 addrgenmode none up
check_is "says what it is" "$(ikevti-link -N "$A" show vpn0 | grep -c multipoint=1)" 1
check_is "is not point-to-point" \
	"$(ip -n "$A" -j link show vpn0 | jq -c '.[0].flags | map(select(. == "POINTOPOINT"))')" "[]"
check "has a carrier without any peer" is_running "$A" vpn0
check_is "and so it says" "$(dev_field "$A" vpn0 state) $(dev_field "$A" vpn0 peers)" "running 0"
address "$A" vpn0 10.9.0.1/24 fd09::1/64
for peer in 1 2; do
	device "${SPOKE[$peer]}" vpn0
	address "${SPOKE[$peer]}" vpn0 10.9.0.$((peer + 1))/24 fd09::$((peer + 1))/64
	ip -n "${SPOKE[$peer]}" address add 10.30.0.1/32 dev lo
	ip -n "${SPOKE[$peer]}" address add fd30::1/128 dev lo
	ip -n "${SPOKE[$peer]}" route add 10.8.0.0/24 dev vpn0
done
check "a device does not become one" refused multipoint \
	ikevti-link -N "$B" set vpn0 multipoint=1
check "a point-to-point device takes no peers" refused "point-to-point" \
	nl "$B" peer-set dev=vpn0 peer=1 via=10.9.0.9
check "nor gives its own away" refused "point-to-point" nl "$B" peer-del dev=vpn0 peer=0
check_is "which is number 0" "$(field peer "$(nl "$B" peer-get dev=vpn0)")" 0

# what names a peer, and what does not
check "a path needs a peer" refused "PEER.* is missing" nl "$A" path-set dev=vpn0 id=7 \
	local=192.0.2.1 remote=192.0.2.2 state=up
check "0 is none" refused PEER_ID nl "$A" peer-set dev=vpn0 peer=0 via=10.9.0.9
check "nor is one that was not made" refused PEER_ID nl "$A" path-set dev=vpn0 peer=9 id=7 \
	local=192.0.2.1 remote=192.0.2.2 state=up
check "a multicast next hop" refused unicast nl "$A" peer-set dev=vpn0 peer=9 via=224.0.0.5
check "the same next hop twice" refused twice \
	nl "$A" peer-set dev=vpn0 peer=9 via=10.9.0.9,10.9.0.9
check "five next hops" refused many \
	nl "$A" peer-set dev=vpn0 peer=9 via=10.9.0.2,10.9.0.3,10.9.0.4,10.9.0.5,10.9.0.6
check_is "none of which made a peer" "$(nl "$A" peer-get dev=vpn0)" ""

# nobody at the next hop
events_start "$A" "$TMP/events"
before=$(dev_field "$A" vpn0 tx_no_sa)
check "unknown next hop: unreachable" unreachable 10.9.0.9 "Host Unreachable"
check "over IPv6" unreachable fd09::9 "Address unreachable"
check "is counted" dev_at_least "$A" vpn0 tx_no_sa $((before + 2))
check "and told" wait_event "$TMP/events" '^acquire .*dev=vpn0 .*via=10.9.0.9( |$)'
check "over IPv6 too" wait_event "$TMP/events" '^acquire .*dev=vpn0 .*via=fd09::9( |$)'
ip -n "$A" route add 10.30.0.0/24 via 10.9.0.10
check "a route with a gateway: unreachable" unreachable 10.30.0.1 "Host Unreachable"
check "told is the gateway" wait_event "$TMP/events" '^acquire .*via=10.9.0.10( |$)'
check_is "not the destination" "$(count '^acquire .*via=10.30')" 0
before=$(count ^acquire)
start=$SECONDS
in_ns "$A" timeout 2 ping -n -q -f -W 1 10.9.0.9 >/dev/null 2>&1
check_range "not for each packet" $(($(count ^acquire) - before)) 0 $((SECONDS - start + 2))
before=$(dev_field "$A" vpn0 tx_no_sa)
in_ns "$A" ping -n -q -c 1 -W 1 -I vpn0 224.0.0.5 >/dev/null 2>&1
check "multicast is counted" dev_at_least "$A" vpn0 tx_no_sa $((before + 1))
check_is "and wants no SA" "$(count '^acquire .*via=224')" 0

# a peer without SA
check "peer 1" nl "$A" peer-set dev=vpn0 peer=1 via=10.9.0.2,fd09::2
check "its path" spoke_path 1
check "no SA: unreachable" unreachable 10.9.0.2 "Host Unreachable"
check "told with peer and path" wait_event "$TMP/events" \
	'^acquire .* peer=1 via=10.9.0.2 id=7( |$)'

# two peers
check "SAs of peer 1" eval 'spoke_sas 1 && wait_for "$PATIENCE" peer_is 1 running'
check "peer 2" peer_up 2
check_is "the state of a path is told with its peer" \
	"$(grep -cE '^path-state .* peer=2 .*id=7 .*usable=1' "$TMP/events")" 1
check_is "both have a path 7" "$(nl "$A" path-get dev=vpn0 | grep -c ' id=7 ')" 2
check_is "each its own" "$(field remote "$(nl "$A" path-get dev=vpn0 peer=2 id=7)")" 198.51.100.2
check "a next hop leads to one" refused "another peer" \
	nl "$A" peer-set dev=vpn0 peer=2 via=10.9.0.3,10.9.0.2
check_is "and all stays as it was" "$(peer_field 2 via)" 10.9.0.3,fd09::3
for peer in 1 2; do
	check "no gateway: the destination, peer $peer" goes_to $peer 10.9.0.$((peer + 1))
	check "over IPv6" goes_to $peer fd09::$((peer + 1))
	ip -n "$A" route replace 10.30.0.0/24 via 10.9.0.$((peer + 1))
	ip -n "$A" route replace fd30::/64 via fd09::$((peer + 1))
	check "the gateway, not the destination, peer $peer" goes_to $peer 10.30.0.1
	check "over IPv6" goes_to $peer fd30::1
done
ip -n "$A" route replace 10.30.0.0/24 via inet6 fd09::2 dev vpn0
check "an IPv6 gateway for IPv4" goes_to 1 10.30.0.1
check "link-local next hop" nl "$A" peer-set dev=vpn0 peer=1 via=10.9.0.2,fd09::2,fe80::2
ip -n "$A" route replace fd30::/64 via fe80::2 dev vpn0
check "leads to its peer" goes_to 1 fd30::1
ip -n "$A" route replace 10.30.0.0/24 dev vpn0
check_fails "on the link, but no next hop of anybody" pings "$A" 10.30.0.1
check "until it is one" nl "$A" peer-set dev=vpn0 peer=2 via=10.9.0.3,fd09::3,10.30.0.1
check "and then" goes_to 2 10.30.0.1
check "the next hop goes elsewhere" eval \
	'nl "$A" peer-set dev=vpn0 peer=2 via=10.9.0.3,fd09::3 &&
	nl "$A" peer-set dev=vpn0 peer=1 via=10.9.0.2,fd09::2,10.30.0.1'
check "and with it the packets" goes_to 1 10.30.0.1
to_1=$(received 1)
check "packets without a route" packet-ring netns="$A" dev=vpn0 from=10.9.0.1 to=10.9.0.2
check "go to their destination's peer" wait_for "$PATIENCE" sa_at_least "$B" vpn0 in \
	"${SPI_TO[1]}" rx_packets $((to_1 + 8))

# a burst with packets for both, of many sizes: each gets its own, in order
ip -n "$A" route replace 10.30.0.0/24 via 10.9.0.2
mac=$(ip -n "$A" -j link show dev lan | jq -r '.[0].address')
ip -n "$D" neigh replace 10.8.0.1 dev lan lladdr "$mac" nud permanent
bursts_to()	# ADDRESS... - of the spokes, in their order
{
	local pids=() addr peer=0 status=0 pid

	for addr; do
		peer=$((peer + 1))
		background "$TMP/udp-$peer" nsenter --net="/run/netns/${SPOKE[$peer]}" -- \
			udp-gso receive addr="$addr" port=5003 count=300 vary=1
		pids+=($!)
		wait_for "$PATIENCE" grep -q ready "$TMP/udp-$peer" || return
	done
	# what several processors forward is in the order of none of them
	for addr; do
		in_ns "$D" taskset -c 0 udp-gso send addr="$addr" port=5003 count=300 vary=1 &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || status=1
	done
	cat "$TMP"/udp-*
	return $status
}
if tc -n "$D" qdisc add dev lan root netem delay 1ms slot 50ms 50ms limit 10000 2>/dev/null; then
	for round in 1 2; do
		check "bursts with packets of both, round $round" bursts_to 10.9.0.2 10.9.0.3
	done
	tc -n "$D" qdisc delete dev lan root
else
	skip "bursts with packets of both" "no netem here"
fi
check "TCP to one" transfer "$A" "$B" 10.9.0.2
check "TCP to the other" transfer "$A" "$C" 10.9.0.3

# each packet is held against what its own peer takes
ip -n "$A" link set under2 mtu 1400
ip -n "$C" link set under mtu 1400
check "peer 2 takes less" wait_for "$PATIENCE" eval '[[ $(peer_field 2 mtu) == 1338 ]]'
check_is "peer 1 and the device take what they did" \
	"$(peer_field 1 mtu) $(dev_field "$A" vpn0 mtu)" "1438 1438"
check "a large packet for peer 1" pings "$A" 10.9.0.2 -M do -s 1410
check "for peer 2 is too large" too_big 10.9.0.3 1338
in_ns "$A" ip route flush cache
check "what fits gets through" pings "$A" 10.9.0.3 -M do -s 1310
ip -n "$A" link set under2 mtu 1500
ip -n "$C" link set under mtu 1500
check "and takes more again" wait_for "$PATIENCE" eval '[[ $(peer_field 2 mtu) == 1438 ]]'

# a hard limit of one is nothing to the other
check "an SA of peer 2 with a limit" spoke_sas 2 hard_packets=5
in_ns "$A" ping -n -q -c 8 -i 0.02 -W 1 10.9.0.3 >"$TMP/ping" 2>&1
check_is "five pass" "$(sa_field "$A" vpn0 out "${SPI_TO[2]}" tx_packets)" 5
check "then it is unreachable" unreachable 10.9.0.3 "Host Unreachable"
check "and says so" wait_for "$PATIENCE" eval '! peer_is 2 running'
check "peer 1 is not concerned" goes_to 1 10.9.0.2
check "nor is the device" is_running "$A" vpn0
check "a new SA" eval 'spoke_sas 2 && wait_for "$PATIENCE" peer_is 2 running'
check "brings it back" goes_to 2 10.9.0.3

# the last numbers there are: none follows them
check "peers of the highest numbers" eval 'nl "$A" peer-set dev=vpn0 peer=0xfffffffe &&
	nl "$A" peer-set dev=vpn0 peer=0xffffffff via=10.9.0.99 &&
	nl "$A" path-set dev=vpn0 peer=0xffffffff id=1 local=192.0.2.1 remote=192.0.2.99 state=up'
check_is "are listed once" "$(nl "$A" peer-get dev=vpn0 | grep -c "peer=429496729[45]")" 2
check_is "and so are their paths" "$(nl "$A" path-get | grep -c "peer=4294967295")" 1
check "all are looked at" ikevti-link -N "$A" set vpn0 hold_time=5000
check "and go" eval 'nl "$A" peer-del dev=vpn0 peer=0xffffffff &&
	nl "$A" peer-del dev=vpn0 peer=0xfffffffe'

# others come and go under traffic
in_ns "$A" ping -n -q -c 200 -i 0.01 -W 10 10.9.0.2 >"$TMP/steady" 2>&1 &
steady=$!
come_and_go()
{
	local i

	for i in {100..119}; do
		nl "$A" peer-set dev=vpn0 peer="$i" via="10.9.0.$i" &&
			nl "$A" path-set dev=vpn0 peer="$i" id=7 local=192.0.2.1 \
				remote="192.0.2.$i" state=up &&
			nl "$A" sa-set dev=vpn0 peer="$i" path=7 dir=out spi="0x10$i" aead=gcm \
				key="$(random_hex 16)" salt="$(random_hex 4)" || return
	done
	[[ $(nl "$A" peer-get dev=vpn0 | wc -l) == 22 ]] || return
	for i in {100..119}; do
		nl "$A" peer-del dev=vpn0 peer="$i" || return
	done
	[[ $(nl "$A" peer-get dev=vpn0 | wc -l) == 2 ]]
}
check "twenty peers come and go" come_and_go
wait $steady
check "nothing for another is lost" grep -q ' 200 received' "$TMP/steady"

# one goes, and comes back, while packets for it fly
background /dev/null nsenter --net="/run/netns/$A" -- ping -n -q -f 10.9.0.3
flood=$!
goes_and_returns()
{
	local i

	for i in 1 2 3; do
		nl "$A" peer-del dev=vpn0 peer=2 && nl "$C" flush dev=vpn0 && peer_up 2 || return
	done
}
check "a peer goes while packets for it fly, and returns" goes_and_returns
kill $flood
wait $flood 2>/dev/null
check "it has traffic again" goes_to 2 10.9.0.3
check "with nothing left of what it was" eval \
	'[[ $(nl "$A" sa-get dev=vpn0 | grep -c " peer=2 ") == 2 ]]'
check "so has the other" goes_to 1 10.9.0.2

check "hostile requests" nl "$A" fuzz seed=7 count=1000 dev=vpn0
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
nl "$C" flush dev=vpn0
check "peers again" eval 'peer_up 1 && peer_up 2'

# flush
check "flush of one peer" nl "$A" flush dev=vpn0 peer=2
check_is "it has nothing" "$(nl "$A" path-get dev=vpn0 | grep -c ' peer=2 ')" 0
check_is "but is there" "$(peer_field 2 via)" 10.9.0.3,fd09::3
check "the other goes on" pings "$A" 10.9.0.2
check "flush of the device" nl "$A" flush dev=vpn0
check_is "no peers" "$(dev_field "$A" vpn0 peers) $(nl "$A" peer-get dev=vpn0)" "0 "
check_is "no SAs" "$(nl "$A" sa-get dev=vpn0)" ""
check "still a carrier" is_running "$A" vpn0
events_stop
ktap_end
