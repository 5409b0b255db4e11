#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ikevtid on both sides.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

up()
{
	our_conf a && other_conf && our_start b && our_start a && tunnel_up a && tunnel_up b ||
		interop_explain a b
}

spis()
{
	our_sas a | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort
}

two_each()
{
	(($(our_sa_count a) == 2 && $(our_sa_count b) == 2))
}

rekeyed()
{
	local before status
	before=$(spis)

	flood_start from_a a
	sleep 1
	"$@" || return
	wait_for 10 eval '[[ $(spis) != "$before" ]]'
	status=$?
	flood_end from_a && ((status == 0)) && wait_for 15 two_each || interop_explain a b
}

ike_rekeyed()
{
	flood_start from_a a
	sleep 1
	"$@" || return
	flood_end from_a && wait_for 15 two_each && tunnel_up b && said a 'IKE SA rekeyed' ||
		interop_explain a b
}

# Both at the same time, again and again
collide()
{
	local i
	flood_start from_a a 8
	for i in 1 2 3 4 5; do
		ctl a rekey net &
		ctl b rekey net &
		wait $!
		sleep 0.5
	done
	flood_end from_a && wait_for 20 two_each && tunnel_up a && tunnel_up b || interop_explain a b
}

for FAMILY in 4 6; do
	for ENCAP in auto udp; do
		what="outer v$FAMILY, encap $ENCAP"
		: >"$TMP/a.log"
		check "up: $what" up
		check "child rekeyed by the initiator: $what" rekeyed ctl a rekey net
		check "child rekeyed by the responder: $what" rekeyed ctl b rekey net
		check "IKE SA rekeyed: $what" ike_rekeyed ctl a rekey net --ike
		check "end: $what" eval \
			'our_stop a && our_clean a && wait_for 5 our_clean b; our_stop b && our_clean b'
	done
done
FAMILY=4 ENCAP=auto
check "up" up
check "both rekey at the same time" collide

both_die()
{
	our_kill a && our_kill b && our_start b && our_start a && tunnel_up a &&
		wait_for 30 two_each && tunnel_up b || interop_explain a b
}
check "both daemons die and start anew" both_die
check "end" eval 'our_stop a && our_clean a && our_stop b && our_clean b'

OTHER_START=always
check "both begin" up
check "they agree on one pair" eval 'wait_for 20 two_each || interop_explain a b'
check "end" eval 'our_stop a && our_stop b && our_clean a && our_clean b'
OTHER_START=''

START=traffic
traffic()
{
	our_conf a && other_conf && our_start b && our_start a || return
	sleep 2
	[[ -z $(our_sas a) ]] || { echo "up without traffic"; return 1; }
	tunnel_up a || interop_explain a b
}
check "start = traffic: the first packet brings it up" traffic
check "end" eval 'our_stop a && our_stop b && our_clean a && our_clean b'
check "no complaint of the kernel" dmesg_clean
ktap_end
