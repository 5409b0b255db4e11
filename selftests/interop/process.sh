#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ikevtid as a process: background, confinement, signals, what it needs and what it refuses.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

daemon()
{
	in_ns a timeout 20 "$build/ikevtid" -c "$TMP/a/ikevti.conf" --runtime-dir "$TMP/a" "$@"
}

pid_file()
{
	cat "$TMP/a/ikevtid.pid"
}

background()
{
	our_conf a && daemon || return
	# it answers as soon as the command is back
	ctl a status && kill -0 "$(pid_file)" && at_exit kill -KILL "$(pid_file)"
}

confined()
{
	local status
	status=/proc/$(pid_file)/status

	cat "$status" | grep -E 'Cap|Seccomp|NoNewPrivs'
	# CAP_NET_BIND_SERVICE (10) and CAP_NET_ADMIN (12)
	grep -q '^CapEff:[[:space:]]*0000000000001400$' "$status" &&
		grep -q '^CapBnd:[[:space:]]*0000000000000000$' "$status" &&
		grep -q '^NoNewPrivs:[[:space:]]*1$' "$status" &&
		grep -q '^Seccomp:[[:space:]]*2$' "$status" || return
	# every thread, for the workers handle what peers sent
	(($(cat "/proc/$(pid_file)/task/"*/status | grep -cE '^Threads:') >= 2)) &&
		! cat "/proc/$(pid_file)/task/"*/status | grep '^CapEff:' | grep -v 0000000000001400 &&
		! cat "/proc/$(pid_file)/task/"*/status | grep '^Seccomp:' | grep -v '2$'
}

ends()
{
	local pid
	pid=$(pid_file)

	kill -TERM "$pid"
	wait_for 8 eval "! kill -0 $pid 2>/dev/null" && [[ ! -e $TMP/a/ikevtid.pid ]] &&
		[[ ! -e $TMP/a/control.sock ]] && our_clean a
}

busy_port()
{
	local status

	ns_spawn holder a nc -u -l 192.0.2.1 500
	sleep 1
	daemon --foreground >"$TMP/out" 2>&1
	status=$?
	kill "$holder"
	cat "$TMP/out"
	((status == 1)) && grep -q 'another IKE daemon' "$TMP/out"
}

bad_config()
{
	echo 'tunnel x {' >"$TMP/a/ikevti.conf"
	daemon --foreground >"$TMP/out" 2>&1
	(($? == 3)) && grep -qE 'ikevti.conf:[0-9]+:[0-9]+: ' "$TMP/out"
}

no_rights()
{
	our_conf a
	in_ns a setpriv --bounding-set -all --inh-caps -all -- "$build/ikevtid" --foreground \
		-c "$TMP/a/ikevti.conf" --runtime-dir "$TMP/a" >"$TMP/out" 2>&1 && return 1
	cat "$TMP/out"
	[[ -s $TMP/out ]]
}

json_log()
{
	our_conf a && our_start a --log-format json && our_stop a || return
	tail -n 3 "$TMP/a/log" | jq -e '.time and .level and .text' >/dev/null
}

# SIGTERM while the peer does not answer is bounded
no_peer()
{
	local start=$SECONDS

	our_conf a && our_start a && sleep 1 && our_stop a && ((SECONDS - start < 9))
}

# What the admin took down stays so, whatever happens to its device (device.sh has the rest)
device_back_down()
{
	: >"$TMP/a/log"
	our_conf a && our_start a && ctl a down net || return
	ip -n "$(ns_name a)" link del vpn0
	wait_for 5 said a 'there is no device vpn0' && sleep 2 &&
		! ip -n "$(ns_name a)" link show vpn0 2>/dev/null &&
		ip -n "$(ns_name a)" link add vpn0 type ikevti &&
		wait_for 5 said a 'device vpn0 is there' && sleep 1 &&
		ctl a status | grep -qE '^net .* down ' && our_stop a
}

relative()
{
	(cd "$TMP" && in_ns a "$build/ikevtid" -c a/ikevti.conf --runtime-dir a) || return
	ends
}

check "it goes to the background when it is ready" background
check "two capabilities, no new privileges, a filter of system calls" confined
check "SIGTERM ends it and leaves nothing" ends
check "a port in use is said" busy_port
check "a wrong configuration is said, with its own status" bad_config
check "without rights it says so" no_rights
check "a log in JSON" json_log
check "a stop without a peer is bounded" no_peer
check "a tunnel taken down stays down when its device is back" device_back_down
check "a relative runtime directory" relative
check "no complaint of the kernel" dmesg_clean
ktap_end
