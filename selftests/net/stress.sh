#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Everything at once, for some seconds: devices, paths, SAs and sockets come and go
# under traffic, namespaces and the module go in between. What counts is that the kernel says
# nothing and that a fresh tunnel works afterwards.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need ping
ROUNDS=${IKEVTI_STRESS_ROUNDS:-2}
SPAN=${IKEVTI_STRESS_SECONDS:-4}

# loop COMMAND... - over and over until $stop exists; failures are part of the game
loop()
{
	while [[ ! -e $TMP/stop ]]; do
		"$@"
	done >/dev/null 2>&1 &
	loops+=($!)
}

rekey_loop()
{
	sas_up lane=$((RANDOM % 3)) esn=$((RANDOM % 2))
	sleep 0.05
	nl "$A" sa-get dev=vpn0
	nl "$B" sa-get
}

delete_loop()
{
	local line

	line=$(nl "$A" sa-get dev=vpn0 | grep dir=in | head -n 1)
	nl "$A" sa-del dev=vpn0 dir=in spi="$(field spi "$line")"
	sleep 0.1
}

path_loop()
{
	nl "$A" path-set dev=vpn0 id=1 state=down
	nl "$A" path-set dev=vpn0 id=1 state=up prio=$((RANDOM % 10))
	nl "$B" path-set dev=vpn0 id=2 local=192.0.2.2 remote=192.0.2.1 encap=none state=up
	nl "$B" path-del dev=vpn0 id=2
	sleep 0.03
}

flush_loop()
{
	sleep 0.4
	nl "$B" flush dev=vpn0
	nl "$A" flush dev=vpn0
	paths_up encap="$encap"
}

link_loop()
{
	ip -n "$A" link add tmp type ikevti
	ip -n "$A" link set tmp up
	nl "$A" path-set dev=tmp id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up
	nl "$A" spi-alloc dev=tmp path=1
	nl "$A" sa-set dev=tmp dir=out path=1 spi=0x1001 aead=gcm key="$(random_hex 16)" \
		salt=00000000
	ip -n "$A" link set tmp netns "$C"
	ip -n "$C" link delete tmp
	ip -n "$A" link delete tmp
}

socket_loop()
{
	nl "$A" socket-attach port=4600 pid="$TMP/loop.pid"
	kill -KILL "$(<"$TMP/loop.pid")"
	nl "$A" socket-take family=4 port=4600 pid="$TMP/loop.pid"
	nl "$A" socket-detach family=4 port=4600
	kill -KILL "$(<"$TMP/loop.pid")"
	sleep 0.05
}

inject_loop()
{
	in_ns "$B" esp-inject from=192.0.2.2 to=192.0.2.1 encap="$encap" \
		sa="$((RANDOM << 16 | RANDOM)):$(random_hex 16):00000000" fuzz=200 rand=$RANDOM
	in_ns "$B" esp-inject from=192.0.2.2 to=192.0.2.1 encap="$encap" seq=1-50 \
		sa="$(field spi "$(nl "$A" sa-get dev=vpn0 | head -n 1)"):$(random_hex 16):00000000"
	nl "$A" fuzz seed=$RANDOM count=50 dev=vpn0
}

for ((round = 1; round <= ROUNDS; round++)); do
	encap=none
	((round % 2)) || encap=udp
	rm -f "$TMP/stop"
	loops=()
	pair_up
	add_ns "$C"
	devices_up
	attach "$A" 4
	attach "$B" 4
	check "tunnel, encap $encap" tunnel_up encap=$encap
	background /dev/null nsenter --net="/run/netns/$A" -- ping -f -q -s 1000 10.9.0.2
	background /dev/null nsenter --net="/run/netns/$B" -- ping -f -q fd09::1
	loop rekey_loop
	loop delete_loop
	loop path_loop
	loop flush_loop
	loop link_loop
	loop socket_loop
	loop inject_loop
	sleep "$SPAN"
	check "the kernel answers amid it all" nl "$A" dev-get
	case $((round % 2)) in
	1)
		check "namespace deleted in the middle of it" ip netns delete "$A"
		;;
	0)
		# what still runs takes its links and requests elsewhere
		check "module unloaded in the middle of it" timeout 60 bash -c \
			'until rmmod ikevti; do sleep 0.1; done'
		;;
	esac
	touch "$TMP/stop"
	wait "${loops[@]}" 2>/dev/null
	for pid in "${net_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	net_pids=()
	pair_down 2>/dev/null
	ip netns delete "$C"
	[[ -e /sys/module/ikevti ]] || modprobe ikevti
	# fresh and whole
	pair_up
	devices_up
	check "a fresh tunnel works afterwards" eval 'tunnel_up && pings "$A" 10.9.0.2'
	pair_down
done
check "the module can be unloaded" timeout 30 modprobe -r ikevti
check "and loaded" modprobe ikevti
ktap_end
