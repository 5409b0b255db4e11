#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Either side begins; native, in UDP; outer IPv4 and IPv6; both inner families; clean ends.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

encapsulated()
{
	if [[ $ENCAP == udp ]]; then
		swan_state b | grep -q espinudp && our_paths a | grep -q 'encap=udp'
	else
		! swan_state b | grep -q espinudp && our_paths a | grep -q 'encap=none'
	fi
}

ours_begin()
{
	START=always
	swan_conf b && swan_load b && our_conf a && our_start a && tunnel_up a && tunnel_up b &&
		encapsulated || interop_explain a b
}

theirs_begin()
{
	START=listen
	swan_conf b && swan_load b && our_conf a && our_start a && swan_up b &&
		tunnel_up b && tunnel_up a && encapsulated || interop_explain a b
}

ours_end()
{
	our_stop a && our_clean a && wait_for 5 swan_clean b || interop_explain a b
}

swan_conf b
check "strongSwan starts" swan_start b
for FAMILY in 4 6; do
	for ENCAP in auto udp; do
		what="outer v$FAMILY, encap $ENCAP"
		check "ikevtid begins: $what" ours_begin
		check "its end leaves no SA on either side: $what" ours_end
		check "strongSwan begins: $what" theirs_begin
		check "again no SA is left: $what" ours_end
	done
done
check "no key in the log" eval '! grep -qiE "correct horse|key *= *[0-9a-f]{16}" "$TMP/a/log"'
check "no complaint of the kernel" dmesg_clean
ktap_end
