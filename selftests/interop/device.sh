#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A tunnel whose device is deleted, made again, moved, or loses its module comes up again at
# once, without a restart. ikevtid on both sides.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_pair && ns_add c d || ktap_skip_all "no network namespaces"
ip_a()
{
	ip -n "$(ns_name a)" "$@"
}

up()
{
	rm -f "$TMP"/?/log
	our_conf a && other_conf && our_start b && our_start a && tunnel_up a || interop_explain a b
}

ends()
{
	our_stop a && our_clean a && our_stop b && our_clean b
}

device_there()
{
	ip_a addr show vpn0 | grep -q 10.255.0.1/30
}

# It works in both families, and soon: the daemon has a second to make the device
back()
{
	wait_for "${1-3}" one_ping a && ping4 a && ping6 a || interop_explain a b
}

by_itself()
{
	ip_a link del vpn0 && wait_for 5 said a 'there is no device vpn0' &&
		wait_for 3 device_there && back
}

by_hand()
{
	ip_a link del vpn0 && ip_a link add vpn0 type ikevti && wait_for 3 device_there && back
}

at_reload()
{
	ip_a link del vpn0 && ctl a reload && device_there && back
}

at_up()
{
	ip_a link del vpn0 && ctl a up net --wait && device_there && back
}

down_up()
{
	ctl a down net && ip_a link del vpn0 && sleep 2 &&
		! ip_a link show vpn0 2>/dev/null && ctl a up net --wait && back
}

reloaded_addresses()
{
	ip_a addr flush dev vpn0 && ip_a addr add 10.77.0.1/24 dev vpn0 && ctl a reload &&
		device_there && ip_a addr show vpn0 | grep -q 10.77.0.1/24 &&
		ip_a addr del 10.77.0.1/24 dev vpn0 && ping4 a && ping6 a
}

# Nobody but us has a business with paths, but a path that is gone is not waited for for ever
flushed()
{
	in_ns a "$build/tools/ikevti-nl" flush dev=vpn0 && back 10
}

module_reloaded()
{
	rmmod ikevti && sleep 2 && ! grep -q '^ikevti ' /proc/modules && modprobe ikevti &&
		wait_for 3 device_there && back 5 && ping4 b
}

not_configured()
{
	cp "$TMP/a/ikevti.conf" "$TMP/saved.conf" && echo >"$TMP/a/ikevti.conf" && ctl a reload &&
		wait_for 3 said a 'device vpn0: its tunnel is no longer configured' &&
		ip_a link show vpn0 && ! device_there && our_clean a &&
		cp "$TMP/saved.conf" "$TMP/a/ikevti.conf" && ctl a reload && device_there && back 8
}

# The device is a container's now: it brings itself up and has addresses of its own
move()
{
	ip_a link set vpn0 netns "$(ns_name c)" name "$DEVICE" && contained
}

contained()
{
	ip -n "$(ns_name c)" link set "$DEVICE" up &&
		ns_addr c "$DEVICE" 10.255.0.1/30 fd00:ff:1::1/64 &&
		wait_for 3 one_ping c && ping4 c && ping6 c || interop_explain a b
}

sas_there()
{
	# and for a while those of a daemon that died
	(($(our_sas a | grep -c "netnsid=") >= 2)) || { our_sas a; return 1; }
}

moved()
{
	: >"$TMP/a/log" && : >"$TMP/b/log"
	move && said a 'its device is in another network namespace now' && sas_there || return
	# its SAs are the ones that it had
	! said b 'deleted' && ! said a 'closing IKE SA'
}

moved_rekeys()
{
	local before
	before=$(our_sas a | md5sum)

	flood_start from_c c 2
	ctl a rekey net && wait_for 5 eval '[[ $(our_sas a | md5sum) != "$before" ]]' &&
		flood_end from_c && ctl a rekey net --ike && sleep 1 && ping4 c && sas_there
}

# The next daemon finds it where it is, whatever it is called there
moved_restart()
{
	our_stop a && our_start a && contained_again && our_kill a && our_start a && contained_again
}

contained_again()
{
	! ip_a link show vpn0 2>/dev/null && wait_for 8 one_ping c && ping6 c &&
		wait_for 8 sas_there || interop_explain a b
}

# Moved on, to where nobody tells of it
moved_on()
{
	ip -n "$(ns_name c)" link set "$DEVICE" netns "$(ns_name d)" && sleep 2 &&
		! ip_a link show vpn0 2>/dev/null && sas_there &&
		ip -n "$(ns_name d)" link set "$DEVICE" netns "$(ns_name c)" && contained
}

moved_back()
{
	ip -n "$(ns_name c)" link set "$DEVICE" netns "$(ns_name a)" name vpn0 &&
		wait_for 3 device_there && back && ! said a 'there is no device'
}

# The container ends, and its device with it
container_ends()
{
	move && sas_there && ns_del c && wait_for 5 said a 'there is no device vpn0' &&
		wait_for 3 device_there && back && ns_add c
}

container()
{
	DEVICE=eth7
	check "its device is moved into a container: $what" moved
	check "rekeys there: $what" moved_rekeys
	check "the daemon is restarted, and dies: $what" moved_restart
	check "moved on and back: $what" moved_on
	: >"$TMP/a/log"
	check "moved home: $what" moved_back
	check "the container ends: $what" container_ends
	DEVICE=vpn0
}

for FAMILY in 4 6; do
	for START in always listen; do
		OTHER_START=$([[ $START == always ]] && echo listen || echo always)
		what="outer v$FAMILY, start = $START"
		check "up: $what" up
		check "its device is deleted: $what" by_itself
		check "deleted and made by hand: $what" by_hand
		check "deleted, then reload: $what" at_reload
		[[ $START == always ]] && check "deleted, then up: $what" at_up
		[[ $START == always ]] && check "taken down, deleted, then up: $what" down_up
		check "its SAs are flushed: $what" flushed
		check "its addresses are flushed, then reload: $what" reloaded_addresses
		check "no longer configured, and again: $what" not_configured
		[[ $FAMILY == 4 ]] && container
		[[ $FAMILY == 4 ]] && check "the module is reloaded: $what" module_reloaded
		check "end: $what" ends
	done
done
check "no complaint of the kernel" dmesg_clean
ktap_end
