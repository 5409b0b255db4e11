#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rekeying of child and IKE SA, by either side, natively and in UDP: not one packet is lost.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

ike_spi()
{
	swan b --list-sas | sed -n 's/.* \([0-9a-f]\{16\}_[ir]\).*/\1/p' | head -n 1
}

child_changed()
{
	[[ $(swan_children b) && $(swan_children b) != "$before" && $(swan_children b | wc -l) == 2 ]]
}

ike_changed()
{
	local now
	now=$(ike_spi)
	[[ $now && $now != "$before" && $(swan b --list-sas | grep -c ESTABLISHED) == 1 ]]
}

# under_load CHECK COMMAND...
under_load()
{
	local changed=$1 before status
	shift

	case $changed in
	child_changed) before=$(swan_children b) ;;
	ike_changed) before=$(ike_spi) ;;
	esac
	flood_start from_a a
	sleep 1
	"$@" || { flood_end from_a; return 1; }
	wait_for 12 "$changed"
	status=$?
	((status)) && echo "nothing new: $(swan_children b) $(ike_spi)"
	flood_end from_a && ((status == 0)) || interop_explain a b
}

up()
{
	swan_conf b && swan_load b && our_conf a && our_start a && tunnel_up a || interop_explain a b
}

two_sas()
{
	wait_for 15 eval '(($(our_sa_count a) == 2))' || interop_explain a b
}

swan_conf b
check "strongSwan starts" swan_start b
for ENCAP in auto udp; do
	check "up, encap $ENCAP" up
	check "we rekey the child, encap $ENCAP" under_load child_changed ctl a rekey net
	check "they rekey the child, encap $ENCAP" under_load child_changed swan b --rekey --child net
	check "we rekey the IKE SA, encap $ENCAP" under_load ike_changed ctl a rekey net --ike
	check "they rekey the IKE SA, encap $ENCAP" under_load ike_changed swan b --rekey --ike net
	check "and the child after that, encap $ENCAP" under_load child_changed ctl a rekey net
	check "old SAs are gone, encap $ENCAP" two_sas
	check "end, encap $ENCAP" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'
done

# by the clock: the configured lifetimes, several times over
ENCAP=auto OUR_MORE='' ESP=aes256gcm16-ecp256
by_itself()
{
	local first status

	OUR_MORE='' swan_conf b && swan_load b && our_conf a || return
	sed -i 's/esp { /esp { lifetime = 60s packets = 1000 /' "$TMP/a/ikevti.conf"
	our_start a && tunnel_up a || return
	first=$(swan_children b)
	flood_start from_a a 10
	flood_end from_a
	status=$?
	[[ $(swan_children b) != "$first" ]] && ((status == 0))
}
check "rekeyed by itself after so many packets" eval 'by_itself || interop_explain a b'
check "end" eval 'our_stop a && our_clean a'
check "no complaint of the kernel" dmesg_clean
ktap_end
