#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Either side deletes a child or the IKE SA; nothing is left of it on the other.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

no_sas()
{
	[[ -z $(our_sas a) ]]
}

two_sas()
{
	(($(our_sa_count a) == 2))
}

START=listen
up()
{
	swan_up b && tunnel_up a && wait_for 5 two_sas || interop_explain a b
}

ours()
{
	ctl a down net && wait_for 5 no_sas && wait_for 5 swan_clean b || interop_explain a b
}

down_is_down()
{
	swan_up b >/dev/null && { echo "a tunnel that was taken down came up"; return 1; }
	no_sas && ctl a up net
	wait_for 15 two_sas && tunnel_up a || interop_explain a b
}

theirs_ike()
{
	swan b --terminate --ike net --timeout 5 >/dev/null && wait_for 5 no_sas && swan_clean b ||
		interop_explain a b
}

theirs_child()
{
	local id
	id=$(swan b --list-sas | sed -n 's/^ *net: #\([0-9]*\),.*INSTALLED.*/\1/p' | head -n 1)
	swan b --terminate --child-id "$id" --timeout 5 >/dev/null && wait_for 5 no_sas ||
		interop_explain a b
}

swan_conf b
check "strongSwan starts" swan_start b
our_conf a
check "ikevtid starts" our_start a
check "up" up
check "we take it down: nobody has an SA" ours
check "it stays down until we say up" down_is_down
check "they delete the IKE SA" theirs_ike
check "up again" up
check "they delete the child" theirs_child
check "and make a new one" up
check "end" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'

# with start = always a tunnel that the peer deletes comes again
always()
{
	START=always
	our_conf a && our_start a && tunnel_up a || return
	swan b --terminate --ike net --timeout 5 >/dev/null
	wait_for 20 two_sas && tunnel_up a || interop_explain a b
}
check "start = always: it comes again" always
check "the peer ends in good order" eval 'swan_stop b && wait_for 5 no_sas || interop_explain a b'
check "end" eval 'our_stop a && our_clean a'
check "no complaint of the kernel" dmesg_clean
ktap_end
