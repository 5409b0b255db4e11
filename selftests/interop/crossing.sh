#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A child rekey by one side that crosses an IKE rekey by the other (RFC 7296 section 2.25): the two
# sides agree afterwards, on one IKE SA and on one pair of children, and traffic flows.
#
#   IKEVTI_CROSSINGS=N   so many for each peer, else 6
#   IKEVTI_LOSSLESS      the peers: "swan libre self"
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
PEER=self
. "$interop_dir/peer.sh"

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"
tc -n "$(ns_name a)" qdisc add dev eth0 root netem delay 60ms ||
	ktap_skip_all "packets cannot be delayed"
tc -n "$(ns_name b)" qdisc add dev eth0 root netem delay 60ms

our_children()
{
	our_sas a | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort
}

agreed()
{
	local ours
	ours=$(our_children)
	[[ $(wc -l <<<"$ours") == 2 && $ours == "$(peer_children b)" &&
	   $(peer_ikes b | wc -l) == 1 ]] && one_ping a
}

# cross N: which of the two begins first changes, and how far apart they are
cross()
{
	local us=(ctl a rekey net) them=(peer_rekey b ike) pause=0.0$(($1 * 37 % 10))

	(($1 % 2)) && us+=(--ike) them=(peer_rekey b child)
	if (($1 % 4 < 2)); then
		"${us[@]}" >/dev/null &
		sleep "$pause"
		"${them[@]}"
	else
		"${them[@]}" &
		sleep "$pause"
		"${us[@]}" >/dev/null
	fi
	wait $!
}

crossings()
{
	local i

	for ((i = 0; i < ${IKEVTI_CROSSINGS:-6}; i++)); do
		cross "$i"
		# what was refused for now is tried again after a while
		sleep 0.5
		wait_for 12 agreed && continue
		echo "no agreement after crossing $i"
		echo "ours: $(our_children | xargs), theirs: $(peer_children b | xargs)," \
			"their IKE SAs: $(peer_ikes b | xargs)"
		peer_explain a b
		return
	done
}

up()
{
	peer_conf b && peer_start b && our_conf a && our_start a && wait_for 15 one_ping a &&
		one_ping b || peer_explain a b
}

ended()
{
	our_stop a && our_clean a && wait_for 8 peer_clean b || peer_explain a b
}

for PEER in ${IKEVTI_LOSSLESS:-swan libre self}; do
	if declare -F "${PEER}_missing" >/dev/null && [[ $("${PEER}_missing") ]]; then
		skip "$(peer_name)" "$("${PEER}_missing")"
		continue
	fi
	interop_defaults
	DETECT=2s
	name=$(peer_name)
	check "$name: up" up
	check "$name: child and IKE rekeys cross" crossings
	check "$name: end" ended
	peer_stop b
	rm -f "$TMP/a/log" "$TMP/b/log"
	ip -n "$(ns_name b)" link del vpn0 2>/dev/null
	ip -n "$(ns_name b)" link del "$libre_device" 2>/dev/null
done
check "no complaint of the kernel" dmesg_clean
ktap_end
