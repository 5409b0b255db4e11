#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A peer that dies, comes back, or cannot be reached for a while.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

no_carrier()
{
	[[ $(ip -n "$(ns_name a)" -o link show vpn0) == *NO-CARRIER* ||
	   $(ip -n "$(ns_name a)" -o link show vpn0) == *"state DOWN"* ]]
}

usable()
{
	our_paths a | grep -q 'usable=1'
}

device()
{
	ip -n "$(ns_name a)" -o link show vpn0 | cut -d: -f1
}

up()
{
	swan_conf b && swan_start b && our_conf a && our_start a && tunnel_up a || interop_explain a b
}

# seen COMMAND...: within SECONDS, and says after how long
seen_within()
{
	local limit=$1 start
	start=$(date +%s%N)
	shift

	wait_for "$limit" "$@" || interop_explain a b || return
	echo "after $((($(date +%s%N) - start) / 1000000)) ms"
}

DETECT=1s OUR_MORE='hold-time = 500ms'
check "up" up
index=$(device)

dead()
{
	swan_kill b
	seen_within 20 eval '! usable' && seen_within 10 no_carrier && (($(our_sa_count a) == 0)) ||
		interop_explain a b
}
# traffic makes silence noticeable; without it the daemon asks by itself
check "a killed peer is noticed: no SA, no carrier" dead

back()
{
	rm -f "$TMP/b/vici.sock"
	swan_start b && seen_within 30 usable && tunnel_up a || interop_explain a b
}
check "it comes back: the tunnel too, by itself" back
check "the device is the same" eval '[[ $(device) == "$index" ]]'

cut()
{
	ip -n "$(ns_name b)" link set eth0 down
	seen_within 20 eval '! usable' || return
	ip -n "$(ns_name b)" link set eth0 up
	ns_addr b eth0 2001:db8:2::2/64 2>/dev/null
	seen_within 30 usable && tunnel_up a || interop_explain a b
}
check "the cable is cut and mended" cut

# only silence is judged: a busy tunnel is left alone, though the peer's IKE is stopped
busy()
{
	local pid
	pid=$(cat "$TMP/b/swan.pid")

	# the traffic first: on an idle tunnel a probe may be under way when the peer stops
	flood_start from_a a 6
	sleep 1
	kill -STOP "$pid"
	flood_end from_a
	local status=$?
	kill -CONT "$pid"
	usable && return $status
}
check "a tunnel with traffic is not given up" busy

# the peer asks us
SWAN_MORE='dpd_delay = 1s'
probed()
{
	swan_load b && swan_conf b && swan_load b && our_stop a && our_start a && tunnel_up a || return
	sleep 4
	swan b --list-sas | grep -q ESTABLISHED && tunnel_up a || interop_explain a b
}
check "the peer's probes are answered" probed
check "end" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'
check "no complaint of the kernel" dmesg_clean
ktap_end
