# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Where the peers come from; sourced by interop.sh.
#
# IKEVTI_PEERS=RELEASE takes all of them, strongSwan too, from the root of another Debian release
# (selftests/lib/root); otherwise strongSwan is the machine's, the others are those that
# selftests/lib/peers unpacked.
#
#   peer_exec N CMD...         run a peer's program in namespace N
#   peer_spawn VAR N CMD...    start a daemon there: VAR and $TMP/N/peer.pid are its pid, its output
#                              is in $TMP/N/peer.out

peer_store=$lab_cache/peers
peer_root=''
[[ ${IKEVTI_PEERS-} ]] && peer_root=$lab_cache/root-$IKEVTI_PEERS

# The other release's root sees this machine's processes, devices and what tests write
peer_root_enter()
{
	local dir

	[[ -x $peer_root/bin/sh ]] || ktap_skip_all "there is no root of $IKEVTI_PEERS"
	for dir in /proc /dev "/${TMP%"${TMP#/*/}"}"; do
		mkdir -p "$peer_root$dir"
		mount --bind "$dir" "$peer_root$dir" ||
			ktap_skip_all "$dir cannot be seen in the root of $IKEVTI_PEERS"
		at_exit umount -l "$peer_root$dir"
	done
}
[[ $peer_root ]] && peer_root_enter

peer_exec()
{
	local n=$1
	shift

	ip netns exec "$(ns_name "$n")" ${peer_root:+chroot "$peer_root"} "$@"
}

peer_spawn()
{
	local peer_var=$1 peer_n=$2 peer_new
	shift 2

	ip netns exec "$(ns_name "$peer_n")" ${peer_root:+chroot "$peer_root"} \
		"$@" >>"$TMP/$peer_n/peer.out" 2>&1 </dev/null &
	peer_new=$!
	echo "$peer_new" >"$TMP/$peer_n/peer.pid"
	at_exit kill -KILL "$peer_new"
	printf -v "$peer_var" %s "$peer_new"
}
