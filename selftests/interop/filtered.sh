#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ESP alone is filtered on the path in use, while IKE lives: the other path is used, and what is wrong
# is said.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
# shellcheck disable=SC2034 # used by what is sourced
PEER=self
. "$interop_dir/peer.sh"

peer_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"
ns_link a eth1 b eth1
ns_addr a eth1 203.0.113.1/24
ns_addr b eth1 203.0.113.2/24

# with_path2 N LOCAL REMOTE: one more path in the configuration
with_path2()
{
	sed -i "s/^\t*path p1 .*/&\n\tpath p2 { local = $2 remote = $3 priority = 1 }/
		s/^\t*path p1 { /&priority = 10 /" "$TMP/$1/ikevti.conf"
}

up()
{
	peer_conf b && with_path2 b 203.0.113.2 203.0.113.1 &&
	our_conf a && with_path2 a 203.0.113.1 203.0.113.2 &&
	peer_start b && our_start a && tunnel_up a && wait_for 10 both_usable || peer_explain a b
}

both_usable()
{
	(($(our_paths a | grep -c usable=1) == 2 && $(our_paths b | grep -c usable=1) == 2))
}

# esp_filter N [IFNAME]: drop ESP that comes in there
esp_filter()
{
	in_ns "$1" nft "add table inet f; add chain inet f in { type filter hook input priority 0; }
		add rule inet f in iifname $2 meta l4proto esp drop"
}

unfiltered()
{
	in_ns a nft flush ruleset
	in_ns b nft flush ruleset
}

moved()
{
	local begin pid
	in_ns a ping -n -q -i 0.05 "$(inner_peer a 4)" >/dev/null &
	pid=$!
	begin=${EPOCHREALTIME//[!0-9]/}

	esp_filter a eth0
	esp_filter b eth0
	sleep 0.5
	wait_for 20 one_ping a || { kill "$pid"; peer_explain a b; return; }
	took=$(((${EPOCHREALTIME//[!0-9]/} - begin) / 1000))
	kill "$pid"
	tunnel_up a 5 && said a 'protocol 50 is filtered on the way' || peer_explain a b
}

DETECT=1s
check "two paths are up" up
check "ESP filtered on the path in use: the other carries the traffic" moved
echo "# after ${took-} ms"
check "IKE on it lives: both are there" eval \
	'(($(our_paths a | grep -c "state=") == 2)) && ! said a "is dead" || peer_explain a b'
unfiltered
check "without the filter traffic flows still" tunnel_up a
check "end" eval 'our_stop a && our_clean a && wait_for 5 our_clean b; peer_stop b'
check "no complaint of the kernel" dmesg_clean
ktap_end
