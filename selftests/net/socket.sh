#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# UDP sockets handed to the module: what is taken, what is refused, what still reaches the
# daemon, and what happens when it dies.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping tc
pair_up
devices_up

refused()	# ERRNO WORDS... - exit status is the errno
{
	local expected=$1 status
	shift

	nl "$A" socket-attach "$@"
	status=$?
	echo "exit status $status, expected $expected"
	[[ $status != 250 ]] && ((status == expected || (expected == 0 && status != 0)))
}

for type in tcp unix raw netlink file unbound; do
	check "a $type descriptor is refused" refused 0 type=$type port=4600
done
check "a descriptor that is not open is refused: EBADF" refused 9 type=closed
check "a socket that does ESP-in-UDP already is refused" refused 0 type=encap port=4601
check "a socket may be handed over again by its owner" nl "$A" socket-attach type=twice port=4602
check_fails "no descriptor at all" nl "$A" raw socket-attach '4:{' '}'
check_fails "detach of a socket never attached" nl "$A" socket-detach family=4 port=4999
check_fails "take of a socket never attached" nl "$A" socket-take family=4 port=4999
check_fails "take in a family that is none" nl "$A" socket-take family=3 port=4500

for outer in 4 6; do
	log_a=$TMP/$A-$outer-4500.log
	pid_a=$TMP/$A-$outer-4500.pid
	check "attach, v$outer" attach "$A" $outer 4500 peer="${OUT_B[$outer]}"
	check "attach at the peer" attach "$B" $outer
	check_fails "a path on a port without a socket" nl "$A" path-set dev=vpn0 id=7 \
		local="${OUT_A[$outer]}" remote="${OUT_B[$outer]}" encap=udp lport=4777 \
		rport=4500 state=up
	check "tunnel" tunnel_up outer=$outer encap=udp
	check "ESP passes" pings "$A" 10.9.0.2
	check_is "none of it reaches the daemon" "$(grep -c . "$log_a")" 0
	send=(from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" encap=udp)
	# RFC 3948: four zero octets mark IKE, one octet 0xff keeps the NAT alive
	in_ns "$B" esp-inject "${send[@]}" payload=00000000deadbeef0102 >/dev/null
	check "IKE behind the zero marker reaches the daemon whole" wait_for "$PATIENCE" \
		grep -q 'len=10 hex=00000000deadbeef0102' "$log_a"
	check "with its sender" grep -q "from=${OUT_B[$outer]} port=4500" "$log_a"
	before=$(grep -c . "$log_a")
	in_ns "$B" esp-inject "${send[@]}" payload=ff >/dev/null
	in_ns "$B" esp-inject "${send[@]}" payload=ff sport=4501 >/dev/null
	in_ns "$B" esp-inject "${send[@]}" payload=00000000aa >/dev/null
	check "keepalives are swallowed, the next IKE datagram is not" eval '
		wait_for "$PATIENCE" grep -q "hex=00000000aa$" "$log_a" &&
		[[ $(grep -c . "$log_a") == $((before + 1)) ]]'
	in_ns "$B" esp-inject "${send[@]}" payload= >/dev/null
	in_ns "$B" esp-inject "${send[@]}" payload=00 >/dev/null
	in_ns "$B" esp-inject "${send[@]}" payload=000000 >/dev/null
	check "the tunnel is alive after runts" pings "$A" 10.9.0.2
	kill -USR1 "$(<"$pid_a")"
	check "the daemon can send from its socket" wait_for "$PATIENCE" \
		grep -q "from=${OUT_A[$outer]} port=4500" "$TMP/$B-$outer-4500.log"
	# IKE in the middle of a flood of ESP
	background /dev/null nsenter --net="/run/netns/$B" -- ping -f -q 10.9.0.1
	flood=$!
	before=$(grep -c . "$log_a")
	for i in {1..20}; do
		in_ns "$B" esp-inject "${send[@]}" payload=00000000bb$(printf %02x "$i") >/dev/null
	done
	check "20 IKE datagrams amid ESP all arrive" wait_for "$PATIENCE" eval \
		'(($(grep -c "hex=00000000bb" "$log_a") == 20))'
	kill $flood
	wait $flood 2>/dev/null

	# the daemon dies, the socket is kept, another takes it
	kill -KILL "$(<"$pid_a")"
	rm -f "$pid_a"
	sleep 0.2
	check "the tunnel outlives the daemon" pings "$A" 10.9.0.2
	check_fails "its port is still bound" attach "$A" $outer 4500
	rm -f "$pid_a"
	check "the next daemon takes the socket" nl "$A" socket-take family=$outer port=4500 \
		pid="$pid_a" log="$log_a"
	in_ns "$B" esp-inject "${send[@]}" payload=00000000cc01 >/dev/null
	check "and receives IKE" wait_for "$PATIENCE" grep -q hex=00000000cc01 "$log_a"
	check "and ESP still passes" pings "$A" 10.9.0.2
	check "IKE sent while nobody was there was kept or lost, ESP not" pings "$B" 10.9.0.1

	# detaching
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
	check "detach" nl "$A" socket-detach family=$outer port=4500
	check_fails "detach again" nl "$A" socket-detach family=$outer port=4500
	in_ns "$B" esp-inject "${send[@]}" payload=1234567890abcdef >/dev/null
	check "then ESP-like datagrams reach the daemon" wait_for "$PATIENCE" \
		grep -q hex=1234567890abcdef "$log_a"
	kill "$(<"$pid_a")"
	rm -f "$pid_a"
	check "the port is free again" wait_for "$PATIENCE" attach "$A" $outer 4500
	kill "$(<"$pid_a")" "$(<"$TMP/$B-$outer-4500.pid")"
	rm -f "$pid_a" "$TMP/$B-$outer-4500.pid"
	nl "$A" socket-detach family=$outer port=4500 2>/dev/null
	nl "$B" socket-detach family=$outer port=4500 2>/dev/null
done

# detached in use: the path is not usable, nothing crashes
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'
check "tunnel" tunnel_up encap=udp
check "detach a socket in use or be told that it is" eval '
	nl "$A" socket-detach family=4 port=4500 || true'
in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2 >/dev/null
check "the machine goes on" nl "$A" dev-get dev=vpn0
for file in "$TMP"/*.pid; do
	kill "$(<"$file")" && rm "$file"
done
nl "$B" socket-detach family=4 port=4500

# A user who keeps his socket locked keeps nobody else waiting: not those who use the module's
# lock, and not those who use RTNL. His packets wait at a shaper that lets nothing through.
ip -n "$A" link add slow type dummy
ip -n "$A" link set slow up
address "$A" slow 198.18.0.1/24
others_go_on()	# while the socket is locked
{
	timeout 3 ikevti-nl -N "$B" dev-get dev=vpn0 &&
		timeout 3 ip -n "$B" link add vpn5 type ikevti &&
		timeout 3 ip -n "$B" link delete vpn5
}

shaper()
{
	tc -n "$A" qdisc replace dev slow root tbf rate 1kbit burst 1600 limit 100000
}

if shaper 2>"$TMP/shaper"; then
	background "$TMP/busy" ikevti-nl -N "$A" socket-attach type=busy port=4700 \
		peer=198.18.0.2 pid="$TMP/busy.pid"
	busy=$!
	sleep 1
	check "attaching a locked socket waits" kill -0 $busy
	check "but nobody else does" others_go_on
	tc -n "$A" qdisc delete dev slow root
	check "until it is unlocked" wait_for "$PATIENCE" test -s "$TMP/busy.pid"
	check "then it is attached" nl "$A" socket-detach family=4 port=4700
	kill "$(<"$TMP/busy.pid")"
	rm "$TMP/busy.pid"
	shaper
	check "a socket locked after it was attached" nl "$A" socket-attach type=busied port=4701 \
		peer=198.18.0.2 pid="$TMP/busy.pid"
	check "is detached without waiting" timeout 3 ikevti-nl -N "$A" socket-detach family=4 \
		port=4701
	check "and nobody else waits" others_go_on
	tc -n "$A" qdisc delete dev slow root
	kill "$(<"$TMP/busy.pid")"
	rm "$TMP/busy.pid"
else
	skip "locked sockets" "no tbf here"
fi

# no more than 64 of them
add_ns "$C"
sockets_up()	# FIRST LAST
{
	local i

	for ((i = $1; i <= $2; i++)); do
		attach "$C" 4 $((5000 + i)) || return
	done
}

check "64 sockets" sockets_up 1 64
check "one more is refused: ENOSPC" eval 'nl "$C" socket-attach port=5065
	[[ $? == 28 ]]'
check "and the refusal says why" eval \
	'nl "$C" socket-attach port=5065 2>&1 | grep -q "maximum of attached sockets"'
check "not in other namespaces" attach "$B" 4 5065
check "nor when one is gone" eval 'nl "$C" socket-detach family=4 port=5001 && sockets_up 65 65'
ktap_end
