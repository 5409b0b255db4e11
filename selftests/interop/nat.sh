#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A masquerading router between the two: either side behind it, ESP in UDP on port 4500.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_nat || ktap_skip_all "no NAT in this kernel"

udp_used()
{
	our_paths "$1" | grep -q 'encap=udp' && swan_state "$2" | grep -q espinudp
}

# ns_nat: "a" is inside, "b" outside
ours_inside()
{
	swan_conf b && swan_start b && our_conf a && our_start a && tunnel_up a && tunnel_up b &&
		udp_used a b || interop_explain a b
}

theirs_inside()
{
	our_conf b && our_start b && swan_conf a && swan_start a && swan_up a &&
		tunnel_up a && tunnel_up b && udp_used b a || interop_explain b a
}

# The router forgets its mapping: the next packet of the inside comes from another port
rebind()
{
	in_ns r nft flush ruleset && in_ns r nft -f - <<-END
		table inet nat {
			chain post {
				type nat hook postrouting priority srcnat;
				oifname "outside" meta l4proto udp masquerade to :${1}-${2}
			}
		}
	END
	in_ns r conntrack -F 2>/dev/null || in_ns r sh -c 'echo 1 >/proc/sys/net/netfilter/nf_conntrack_udp_timeout'
}

keepalive_seen()
{
	in_ns r timeout 6 tcpdump -n -c 1 -i inside 'udp port 4500 and udp[8] = 255 and len < 60' 2>/dev/null |
		grep -q 4500
}

OUR_LOCAL=any OUR_REMOTE=192.0.2.2 SWAN_LOCAL=192.0.2.2 SWAN_REMOTE=%any OUR_MORE='keepalive = 2s'
check "ikevtid inside, begins" ours_inside
check "it keeps the NAT's mapping alive" keepalive_seen
check "its end leaves no SA" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'
swan_stop b
swan_device_gone() { ip -n "$(ns_name b)" link del vpn0; ip -n "$(ns_name a)" link del vpn0; }
swan_device_gone

START=listen OUR_LOCAL=192.0.2.2 OUR_REMOTE=any SWAN_LOCAL=10.9.0.2 SWAN_REMOTE=192.0.2.2
check "strongSwan inside, begins" theirs_inside
check "its end leaves no SA on our side" eval \
	'swan a --terminate --ike net --timeout 5 && wait_for 5 eval "[[ -z \$(our_sas b) ]]" || interop_explain b a'
check "and it comes again" eval 'swan_up a && tunnel_up a || interop_explain b a'
check "we end" eval 'our_stop b && our_clean b && wait_for 5 swan_clean a'
check "no complaint of the kernel" dmesg_clean
ktap_end
