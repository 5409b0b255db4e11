#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rekeying loses nothing: child SAs rekeyed all the time, by us, by the peer, by both at once, while
# a ping leaves every few ms, with every peer.
#
#   IKEVTI_PINGS=N      so many for each, every 2 s a rekey; otherwise 1000, one every 5 ms, and every
#                       second a rekey
#   IKEVTI_LOSSLESS     the peers: "swan libre iked self"
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
PEER=self
. "$interop_dir/peer.sh"

pings=${IKEVTI_PINGS:-1000}
interval=$((${IKEVTI_PINGS:-0} ? 2 : 1))
gap=${IKEVTI_GAP:-$([[ ${IKEVTI_PINGS-} ]] && echo 0.01 || echo 0.005)}

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

# What OpenIKED may lose where it begins: it says Delete before its new SAs are in its kernel (its log:
# "send INFORMATIONAL", then "loaded SPIs"), and drops the old ones before it can know that we have
# switched; what is under way then nobody can save. So one packet for each rekey at most, and only what
# its kernel has counted as without an SA. Where we begin it answers first as well, which is waited for.
allowed()	# WHO REKEYS COUNTED
{
	[[ $PEER == iked && $1 != us ]] && echo "$(($2 < $3 ? $2 : $3))" || echo 0
}

# under_load WHO: begins the rekeys
under_load()
{
	local n=0 before got end counted
	before=$(peer_children b)
	counted=$(peer_without_sa b)

	in_ns a ping -n -q -i "$gap" -W 3 -c "$pings" "$(inner_peer a 4)" >"$TMP/pings" 2>&1 &
	pid=$!
	end=$((${EPOCHREALTIME//[!0-9]/} + interval * 1000000))
	while kill -0 "$pid" 2>/dev/null; do
		case $1 in
		us) ctl a rekey net >/dev/null ;;
		them) peer_rekey b child ;;
		both) ctl a rekey net >/dev/null & peer_rekey b child; wait $! ;;
		esac
		n=$((n + 1))
		while ((${EPOCHREALTIME//[!0-9]/} < end)); do sleep 0.05; done
		end=$((${EPOCHREALTIME//[!0-9]/} + interval * 1000000))
	done
	wait "$pid"
	got=$(awk '/packets transmitted/ { print $1 - $4, $1; exit }' "$TMP/pings")
	counted=$(($(peer_without_sa b) - counted))
	lost="${got% *} of ${got#* } lost, $n rekeys, $counted without an SA in the peer's kernel"
	echo "$lost"
	[[ $(peer_children b) != "$before" ]] && ((${got% *} <= $(allowed "$1" "$n" "$counted"))) && return
	our_log a | grep -E 'rekeyed|warn' | tail -n 20
	peer_explain a b
}

up()
{
	peer_conf b && peer_start b && our_conf a && begun wait_for 15 one_ping a &&
		one_ping b || peer_explain a b
}

ended()
{
	our_stop a && our_clean a && wait_for 5 peer_clean b
	peer_stop b
	rm -f "$TMP/a/log" "$TMP/b/log"
	ip -n "$(ns_name b)" link del vpn0 2>/dev/null
	ip -n "$(ns_name b)" link del "$libre_device" 2>/dev/null
	return 0
}

for PEER in ${IKEVTI_LOSSLESS:-swan libre iked self}; do
	if declare -F "${PEER}_missing" >/dev/null && [[ $("${PEER}_missing") ]]; then
		skip "$(peer_name)" "$("${PEER}_missing")"
		continue
	fi
	interop_defaults
	# the slowest of the groups: the longest time between the peer's new key and ours; libreswan
	# rekeys children with that of the IKE SA
	IKE=aes256gcm16-prfsha256-modp2048 ESP=aes256gcm16-modp2048
	[[ $PEER == iked ]] && ESP=aes256-sha512-modp2048
	name=$(peer_name)
	check "$name: up" up
	for who in us them both; do
		# of two at once it now and then refuses ours, TS_UNACCEPTABLE, and yet sends on it
		[[ $PEER/$who == libre/both ]] && continue
		what="none lost"
		[[ $PEER == iked && $who != us ]] && what="none lost but by itself"
		check "$name: $what when rekeyed by $who" under_load "$who"
		[[ $PEER == self ]] || in_ns b grep -v '\s0$' /proc/net/xfrm_stat | sed 's/^/# in all: /'
		echo "# $lost"
	done
	ended >/dev/null
done
check "no complaint of the kernel" dmesg_clean
ktap_end
