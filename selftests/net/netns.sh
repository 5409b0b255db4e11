#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Inner and underlay namespaces, and their end, the module's and the daemon's, under traffic.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need ping iperf3

# traffic NS ADDRESS - in the background until its end
traffic()
{
	background /dev/null nsenter --net="/run/netns/$1" -- ping -f -q "$2"
	traffic_pid=$!
	sleep 0.2
}

module_users()
{
	lsmod | awk '$1 == "ikevti" { print $3 }'
}

# the device in a namespace of its own, underlay where it was created
pair_up
add_ns "$C"
for encap in none udp; do
	device "$A" vpn0
	ip -n "$A" link set vpn0 netns "$C"
	ip -n "$C" link set vpn0 addrgenmode none up
	address "$C" vpn0 10.9.0.1/24 fd09::1/64
	device "$B" vpn0
	address "$B" vpn0 10.9.0.2/24 fd09::2/64
	if [[ $encap == udp ]]; then
		attach "$A" 4
		attach "$B" 4
	fi
	# configured from the underlay's namespace, where the daemon lives
	line=$(nl "$A" dev-get)
	check_is "the underlay's list names it" "$(field dev "$line")" vpn0
	check "and the namespace where it is" test "$(field netnsid "$line")" -ge 0
	inner="dev=$(field ifindex "$line") netnsid=$(field netnsid "$line")"
	nl_inner()	# COMMAND WORDS...
	{
		local command=$1
		shift

		# shellcheck disable=SC2086 # words
		nl "$A" "$command" $inner "$@"
	}
	words=()
	[[ $encap == udp ]] && words=(lport=4500 rport=4500)
	check_fails "it cannot be configured from inside" nl "$C" path-set dev=vpn0 id=1 \
		local=192.0.2.1 remote=192.0.2.2 encap=$encap state=up "${words[@]}"
	check "path of a device in another namespace, encap $encap" nl_inner path-set id=1 \
		local=192.0.2.1 remote=192.0.2.2 encap=$encap state=up "${words[@]}"
	check "the peer's path" nl "$B" path-set dev=vpn0 id=1 local=192.0.2.2 remote=192.0.2.1 \
		encap=$encap state=up "${words[@]}"
	spi_in=$(field spi "$(nl_inner spi-alloc path=1)")
	spi_out=$(spi_alloc "$B" dev=vpn0 path=1)
	key=$(random_hex 32)
	salt=$(random_hex 4)
	key2=$(random_hex 32)
	check "SAs" eval '
	nl_inner sa-set dir=in path=1 spi=$spi_in aead=gcm key=$key salt=$salt window="$WINDOW" &&
	nl_inner sa-set dir=out path=1 spi=$spi_out aead=gcm key=$key2 salt=$salt &&
	nl "$B" sa-set dev=vpn0 dir=in path=1 spi=$spi_out aead=gcm key=$key2 salt=$salt window="$WINDOW" &&
	nl "$B" sa-set dev=vpn0 dir=out path=1 spi=$spi_in aead=gcm key=$key salt=$salt'
	check "running" wait_for "$PATIENCE" is_running "$C" vpn0
	check "ping from the inner namespace" pings "$C" 10.9.0.2
	check "ping into it" pings "$B" fd09::1
	check "the underlay cannot be reached from inside" no_ping "$C" 192.0.2.2
	check "no route from underlay into the tunnel" no_ping "$A" 10.9.0.2
	traffic "$C" 10.9.0.2
	check "the inner namespace goes, under traffic" ip netns delete "$C"
	kill $traffic_pid
	wait $traffic_pid 2>/dev/null
	check "its device goes with it" wait_for "$PATIENCE" eval '[[ ! $(nl "$A" dev-get) ]]'
	net_spaces=("${net_spaces[@]/$C/}")
	add_ns "$C"
	ip -n "$B" link delete vpn0
	for file in "$TMP"/*.pid; do
		[[ -e $file ]] && kill -KILL "$(<"$file")" && rm "$file"
	done
	nl "$A" socket-detach family=4 port=4500 2>/dev/null
	nl "$B" socket-detach family=4 port=4500 2>/dev/null
done

# the underlay namespace goes under traffic, the device lives elsewhere
pair_down
pair_up
devices_up
check "tunnel" tunnel_up
ip -n "$A" link set vpn0 netns "$C"
ip -n "$C" link set vpn0 up
address "$C" vpn0 10.9.0.1/24
check "ping" pings "$C" 10.9.0.2
traffic "$C" 10.9.0.2
check "the underlay namespace goes, under traffic" ip netns delete "$A"
net_spaces=("$B" "$C")
kill $traffic_pid
wait $traffic_pid 2>/dev/null
check "the device stays" ip -n "$C" link show vpn0
check "without carrier" wait_for "$PATIENCE" is_state "$C" vpn0 down
check "nothing passes" no_ping "$C" 10.9.0.2
check "it can be deleted" ip -n "$C" link delete vpn0
ip netns delete "$B"
net_spaces=("$C")

# a socket attached does not pin a namespace that goes
pair_up
devices_up
attach "$A" 4
attach "$B" 4
check "tunnel over UDP" tunnel_up encap=udp
check "ping" pings "$A" 10.9.0.2
# the daemon dies: the module keeps the socket and goes on
check "kill -9 of the socket's owner" eval 'kill -KILL $(<"$TMP/$A-4-4500.pid")'
rm -f "$TMP/$A-4-4500.pid"
sleep 0.3
check "the tunnel goes on without a daemon" pings "$A" 10.9.0.2
check "in the other direction too" pings "$B" 10.9.0.1
traffic "$A" 10.9.0.2
inode=$(stat -L -c %i "/run/netns/$A")
check "namespace with a kept socket goes, under traffic" ip netns delete "$A"
kill -KILL $traffic_pid
wait $traffic_pid 2>/dev/null
net_spaces=("$B" "$C")
# the far end of the veth goes when the namespace is really gone
check "and is really gone" wait_for "$PATIENCE" eval '! ip -n "$B" link show under'
: "$inode"
kill "$(<"$TMP/$B-4-4500.pid")"
rm -f "$TMP/$B-4-4500.pid"
ip netns delete "$B"
net_spaces=("$C")

# both go at once, with traffic from either side
pair_up
devices_up
attach "$A" 4
attach "$B" 4
check "tunnel over UDP" tunnel_up encap=udp
check "its device moves" eval 'ip -n "$A" link set vpn0 netns "$C" && ip -n "$C" link set vpn0 up'
address "$C" vpn0 10.9.0.1/24
check "ping" pings "$C" 10.9.0.2
traffic "$C" 10.9.0.2
pid=$traffic_pid
traffic "$B" 10.9.0.1
kill -KILL "$(<"$TMP/$A-4-4500.pid")"
rm -f "$TMP/$A-4-4500.pid"
ip netns delete "$A" &
both=$!
check "the inner and the underlay namespace go together" ip netns delete "$C"
wait $both
kill -KILL "$pid" $traffic_pid
wait "$pid" $traffic_pid 2>/dev/null
check "and are really gone" wait_for "$PATIENCE" eval '! ip -n "$B" link show under'
check "the peer's device is left, and can go" ip -n "$B" link delete vpn0
kill "$(<"$TMP/$B-4-4500.pid")"
rm -f "$TMP/$B-4-4500.pid"
ip netns delete "$B"
net_spaces=()
add_ns "$C"

# unloading under traffic, with sockets, paths and SAs alive
for encap in none udp; do
	pair_up
	devices_up
	attach "$A" 4
	attach "$B" 4
	check "tunnel for unloading, encap $encap" tunnel_up encap=$encap
	traffic "$A" 10.9.0.2
	background /dev/null nsenter --net="/run/netns/$B" -- iperf3 -s
	background /dev/null nsenter --net="/run/netns/$A" -- iperf3 -c 10.9.0.2 -t 30
	sleep 0.5
	# links of the kind go with the module, attached sockets are given back
	check "module unloaded under traffic" timeout 60 rmmod ikevti
	check_fails "it is gone" test -e /sys/module/ikevti
	check_fails "and so are its devices" ip -n "$A" link show vpn0
	check "the daemon's socket is an ordinary one again" eval '
		kill -0 $(<"$TMP/$A-4-4500.pid") &&
		in_ns "$B" esp-inject from=192.0.2.2 to=192.0.2.1 encap=udp payload=0102030405060708 &&
		wait_for "$PATIENCE" grep -q hex=0102030405060708 "$TMP/$A-4-4500.log"'
	for pid in "${net_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	net_pids=()
	pair_down
	check "loaded again" modprobe ikevti
done
check "nobody uses it" eval '[[ $(module_users) == 0 ]]'
ktap_end
