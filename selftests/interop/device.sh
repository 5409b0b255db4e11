#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A tunnel whose device is deleted or made again comes up again at once, without a restart. ikevtid on both sides.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_pair && ns_add c || ktap_skip_all "no network namespaces"
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

not_configured()
{
	cp "$TMP/a/ikevti.conf" "$TMP/saved.conf" && echo >"$TMP/a/ikevti.conf" && ctl a reload &&
		wait_for 3 said a 'device vpn0: its tunnel is no longer configured' &&
		ip_a link show vpn0 && ! device_there && our_clean a &&
		cp "$TMP/saved.conf" "$TMP/a/ikevti.conf" && ctl a reload && device_there && back 8
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
		check "end: $what" ends
	done
done
check "no complaint of the kernel" dmesg_clean
ktap_end
