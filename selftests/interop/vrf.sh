#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A WAN in a VRF, as the administrator's guide has it, and one that only marked packets reach:
# whatever a tunnel sends goes there, first answers to peers not known yet included.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_routed || ktap_skip_all "no network namespaces"
ip_a()
{
	ip -n "$(ns_name a)" "$@"
}

L4=10.9.0.2 L6=fd09::2
inside()
{
	[[ $FAMILY == 4 ]] && echo 10.9.0.1 || echo fd09::1
}

# ---- a VRF ----

vrf()
{
	ip_a link add red type vrf table 100 2>/dev/null || return
	ip_a link set red addrgenmode none up && ip_a link set eth0 master red &&
		ip -n "$(ns_name a)" -6 addr add fd09::2/64 dev eth0 nodad &&
		ip_a route add default via 10.9.0.1 vrf red &&
		ip_a -6 route add default via fd09::1 vrf red &&
		in_ns a sysctl -qw net.ipv4.udp_l3mdev_accept=1
}

dev_red()
{
	in_ns a "$build/tools/ikevti-link" set vpn0 \
		link="$(ip_a -j link show dev red | jq '.[0].ifindex')"
}

# The device is told afterwards, and the daemon follows at once
vrf_told()
{
	rm -f "$TMP"/?/log
	our_conf a && other_conf && our_start b && our_start a &&
		wait_for 3 said a 'in a VRF that device vpn0 is not told of' && dev_red && tunnel_up a 4 || interop_explain a b
}

device_anew()
{
	ip_a link del vpn0 && wait_for 5 eval 'ip_a link show vpn0 2>/dev/null' && tunnel_up a 5
}

# The device is there, and a peer that is anybody calls
called()
{
	rm -f "$TMP"/?/log
	OUR_REMOTE=any START=listen our_conf a && OTHER_START=always other_conf &&
		our_start a && our_start b && tunnel_up b 5 || interop_explain a b
}

refused()
{
	rm -f "$TMP"/?/log
	OUR_REMOTE=any START=listen IKE=aes128gcm16-prfsha256-ecp256 our_conf a &&
		OTHER_START=always other_conf && our_start a && our_start b &&
		wait_for 3 said b NO_PROPOSAL_CHOSEN || interop_explain a b
}

rekeyed()
{
	ctl a rekey net && ctl b rekey net --ike && sleep 1 && ping4 a && ping6 b
}

ends()
{
	our_stop a && our_clean a && our_stop b && our_clean b
}

rounds()
{
	check "a peer of any address calls: $what" called
	check "rekeys of both: $what" rekeyed
	check "end: $what" ends
	check "a stranger is told: $what" refused
	check "end: $what" ends
}

if vrf; then
	for FAMILY in 4 6; do
		for ENCAP in auto udp; do
			what="VRF, v$FAMILY, encap $ENCAP"
			ip_a link del vpn0 2>/dev/null
			check "up when the device is told of the VRF: $what" vrf_told
			check "rekeys of both: $what" rekeyed
			check "the device is made again and has it: $what" device_anew
			check "end: $what" ends
		done
		rounds
	done
	ip_a link del vpn0
	ip_a link set eth0 nomaster && ip_a link del red
	ip_a -6 addr add fd09::2/64 dev eth0 nodad
else
	skip "a WAN in a VRF" "no VRFs here"
fi

# ---- marks ----

marks()
{
	ip_a route flush default
	ip_a -6 route flush default
	ip_a rule add fwmark 7 lookup 101 && ip_a -6 rule add fwmark 7 lookup 101 &&
		ip_a route add default via 10.9.0.1 table 101 &&
		ip_a -6 route add default via fd09::1 table 101
}

marked_up()
{
	rm -f "$TMP"/?/log
	our_conf a && other_conf && sed -i '/fwmark/d' "$TMP/b/ikevti.conf" && our_start b &&
		our_start a && tunnel_up a 5 || interop_explain a b
}

check "routes for marked packets only" marks
for FAMILY in 4 6; do
	for ENCAP in auto udp; do
		what="mark, v$FAMILY, encap $ENCAP"
		OUR_MORE=''
		check "without the mark there is no route: $what" eval \
			'our_conf a && our_start a && wait_for 3 said a "no route to $(outer R)" && our_stop a'
		OUR_MORE='fwmark = 7'
		check "up: $what" marked_up
		check "rekeys of both: $what" rekeyed
		check "end: $what" ends
	done
	rounds
done
check "no complaint of the kernel" dmesg_clean
ktap_end
