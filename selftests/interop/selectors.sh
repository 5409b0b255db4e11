#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic selectors: what both sides want is negotiated, and nothing else passes.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"
for n in a b; do
	ip -n "$(ns_name $n)" link add lan type dummy && ip -n "$(ns_name $n)" link set lan up
done
ns_addr a lan 10.1.0.1/24 10.1.1.1/24 fd01::1/64
ns_addr b lan 10.2.0.1/24 10.2.1.1/24 fd02::1/64

routes()
{
	ip -n "$(ns_name a)" route replace 10.2.0.0/16 dev vpn0 src 10.1.0.1
	ip -n "$(ns_name a)" route replace fd02::/64 dev vpn0 src fd01::1
	ip -n "$(ns_name b)" route replace 10.1.0.0/16 dev vpn0 src 10.2.0.1
	ip -n "$(ns_name b)" route replace fd01::/64 dev vpn0 src fd02::1
}

reach()
{
	in_ns a ping -n -q -c 1 -W 2 -I "$1" "$2" >/dev/null
}

narrowed()
{
	swan_conf b && swan_load b && our_conf a && our_start a || return
	if [[ $START == listen ]]; then
		swan_up b || return
	fi
	routes
	wait_for 10 reach 10.1.0.1 10.2.0.1 && reach fd01::1 fd02::1 || interop_explain a b || return
	# one side has more than the other: that is not in the agreement
	! reach 10.1.1.1 10.2.0.1 && ! reach 10.1.0.1 10.2.1.1 || {
		echo "more passes than was agreed"
		interop_explain a b
		return
	}
	swan b --list-sas | grep -q '10.2.0.0/24.*' && ctl a show sas
}

swan_conf b
check "strongSwan starts" swan_start b
for START in always listen; do
	OUR_NETWORKS='10.1.0.0/16, fd01::/64' SWAN_NETWORKS='10.2.0.0/24, fd02::/64'
	SWAN_LOCAL_TS=10.2.0.0/16,fd02::/64 SWAN_REMOTE_TS=10.1.0.0/24,fd01::/64
	check "$START: narrowed to what both have" narrowed
	check "$START: rekeyed, it is the same" eval \
		'ctl a rekey net && sleep 2 && reach 10.1.0.1 10.2.0.1 && ! reach 10.1.1.1 10.2.0.1'
	check "$START: end" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'
done
check "no complaint of the kernel" dmesg_clean
ktap_end
