# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Every peer in one shape, so that one test runs against all. Source it after setting PEER:
#   swan (strongSwan), libre (libreswan), iked (OpenIKED), self (ikevtid)
#
#   peer_need                 skip the test where it is not installed
#   peer_conf N, peer_load N  write a configuration from interop.sh's variables; take it up. "SWAN_"
#                             stands for the peer's in their names, PEER_MORE is more for its
#                             connection. An empty IKE and ESP means its own defaults
#   peer_start N, peer_stop N, peer_kill N    the daemon, what it has in the kernel with it
#   peer_up N, peer_down N    it begins the tunnel; it ends it
#   peer_rekey N ike|child    it rekeys (OpenIKED: only the child)
#   peer_ikes N               a line for each IKE SA that it holds
#   peer_children N           its SPIs, both directions, sorted
#   peer_clean N              it has nothing left
#   peer_udp N                its kernel has ESP in UDP
#   PEER_SEES                 our address as it sees it, when there is a NAT
#   peer_without_sa N         packets that its kernel had no SA for, or one without a key yet
#   peer_name                 for descriptions
#   begun COMMAND...          we start, and COMMAND holds; see openiked.sh for its second try

case ${IKEVTI_PEERS-} in
'') peer_dir=$peer_store peer_at='' ;;
*) peer_dir=/opt peer_at=" of $IKEVTI_PEERS" ;;
esac
PEER_MORE='' PEER_SEES=''

# shellcheck source=SCRIPTDIR/libreswan.sh
. "$interop_dir/libreswan.sh"
# shellcheck source=SCRIPTDIR/openiked.sh
. "$interop_dir/openiked.sh"
# shellcheck source=SCRIPTDIR/ourselves.sh
. "$interop_dir/ourselves.sh"

peer_name()
{
	case $PEER in
	swan) echo "strongSwan$peer_at" ;;
	libre) echo "libreswan$peer_at" ;;
	iked) echo "OpenIKED$peer_at" ;;
	self) echo "itself" ;;
	esac
}

peer_need()
{
	local why=''

	interop_need "$([[ $PEER == swan ]] || echo self)"
	declare -F "${PEER}_missing" >/dev/null && why=$("${PEER}_missing")
	[[ ! $why ]] || ktap_skip_all "$why"
}

peer_conf() { "${PEER}_conf" "$@"; }
peer_load() { "${PEER}_load" "$@"; }
peer_start() { "${PEER}_start" "$@"; }
peer_up() { "${PEER}_up" "$@"; }
peer_down() { "${PEER}_down" "$@"; }
peer_rekey() { "${PEER}_rekey" "$@"; }
peer_ikes() { "${PEER}_ikes" "$@"; }

swan_down()
{
	swan "$1" --terminate --ike "$TUNNEL" --timeout 5 >/dev/null
}

swan_rekey()
{
	swan "$1" --rekey "--$2" "$TUNNEL" >/dev/null
}

swan_ikes()
{
	swan "$1" --list-sas | grep -E 'ESTABLISHED' | grep -oE '[0-9a-f]{16}_[ir]\*'
}

# peer_end N SIGNAL
peer_end()
{
	local pid
	pid=$(cat "$TMP/$1/peer.pid")

	kill "-$2" "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

peer_stop()
{
	case $PEER in
	swan) swan_stop "$1" ;;
	self) our_stop "$1" ;;
	libre) libre_quit "$1"; wait "$(cat "$TMP/$1/peer.pid")" 2>/dev/null; true ;;
	iked) peer_end "$1" TERM ;;
	esac
}

peer_kill()
{
	case $PEER in
	swan) swan_kill "$1"; return ;;
	self) our_kill "$1"; return ;;
	iked) ip netns pids "$(ns_name "$1")" | xargs -r kill -KILL ;;
	esac
	peer_end "$1" KILL
	ip -n "$(ns_name "$1")" xfrm state flush
	ip -n "$(ns_name "$1")" xfrm policy flush
}

peer_children()
{
	if [[ $PEER == self ]]; then
		our_sas "$1" | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort
	else
		# while the other side answers there is a larval one of no key
		ip -n "$(ns_name "$1")" xfrm state |
			awk '/proto esp spi/ { spi = $4 } /^\t(aead|auth|auth-trunc) / { print spi }' | sort -u
	fi
}

peer_clean()
{
	[[ -z $(peer_children "$1") && -z $(peer_ikes "$1") ]]
}

peer_udp()
{
	if [[ $PEER == self ]]; then
		our_paths "$1" | grep -q 'encap=udp'
	else
		ip -n "$(ns_name "$1")" xfrm state | grep -q 'espinudp'
	fi
}

peer_without_sa()
{
	in_ns "$1" awk '/^Xfrm(InNoStates|OutNoStates|AcquireError) / { n += $2 } END { print n + 0 }' \
		/proc/net/xfrm_stat
}

begun()
{
	our_start a && "$@" && return
	[[ $PEER == iked ]] && our_stop a && our_clean a && our_start a && "$@"
}

# peer_explain N...: what helps when a test fails
peer_explain()
{
	local n

	interop_explain "$@"
	for n in "$@"; do
		[[ -e $TMP/$n/peer.log ]] && { echo "$(peer_name) in $n:"; tail -n "${PEER_LINES:-20}" "$TMP/$n/peer.log"; }
	done
	return 1
}
