#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Rights: without CAP_NET_ADMIN nothing; in a user namespace everything in its own network
# namespace and nothing elsewhere.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need unshare jq
pair_up
devices_up
check "tunnel" tunnel_up
EPERM=1

denied()	# COMMAND... as nobody
{
	local status

	nl "$A" -u 65534 "$@"
	status=$?
	echo "exit status $status"
	((status == EPERM))
}

check "as nobody: path-set is EPERM" denied path-set dev=vpn0 id=1 state=down
check "path-del" denied path-del dev=vpn0 id=1
check "path-get" denied path-get dev=vpn0 id=1
check "dump of paths" denied path-get
check "spi-alloc" denied spi-alloc dev=vpn0 path=1
check "sa-set" denied sa-set dev=vpn0 dir=out path=1 spi="$SPI_AB" hard_packets=1
check "sa-del" denied sa-del dev=vpn0 dir=out spi="$SPI_AB"
check "sa-get" denied sa-get dev=vpn0 dir=in spi="$SPI_BA"
check "dump of SAs" denied sa-get
check "flush" denied flush dev=vpn0
check "socket-attach" denied socket-attach port=4700
check "socket-take" denied socket-take family=4 port=4500
check "socket-detach" denied socket-detach family=4 port=4500
check "events" eval '! nl "$A" -u 65534 listen count=1 timeout=1 2>/dev/null'
check "the tunnel is untouched" pings "$A" 10.9.0.2

# a user namespace: root there, with a network namespace of its own
if ! unshare -U -r -n true 2>/dev/null; then
	skip "user namespaces" "not to be had here"
	ktap_end
fi
cat >"$TMP/inside" <<'END'
set -e
ip link set lo up
ip link add vpn0 type ikevti
ikevti-nl path-set dev=vpn0 id=1 local=127.0.0.1 remote=127.0.0.2 encap=none state=up
ikevti-nl spi-alloc dev=vpn0 path=1
ikevti-nl sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm salt=01020304 \
	key=000102030405060708090a0b0c0d0e0f
ikevti-nl path-get
ikevti-nl sa-get
ikevti-nl socket-attach port=4500 type=udp pid=/proc/self/fd/3 3>/dev/null || true
ikevti-nl flush dev=vpn0
END
check "everything works in its own namespace" unshare -U -r -n bash "$TMP/inside"
# how many SAs that may be is the host's to say; its own namespaces have no such limit
cat >"$TMP/many" <<'END'
set -e
ip link set lo up
ip link add vpn0 type ikevti
ikevti-nl path-set dev=vpn0 id=1 local=127.0.0.1 remote=127.0.0.2 encap=none state=up
key="aead=gcm salt=01020304 key=000102030405060708090a0b0c0d0e0f"
allocs()	# N
{
	local i
	for ((i = 0; i < $1; i++)); do
		ikevti-nl spi-alloc dev=vpn0 path=1 || return
	done
}
allocs 7
ikevti-nl sa-set dev=vpn0 dir=out path=1 spi=0x1001 $key
status=0
ikevti-nl spi-alloc dev=vpn0 path=1 2>"$TMP/why" || status=$?
[ $status = 28 ] || exit 11
grep "maximum of SAs" "$TMP/why" || exit 12
status=0
ikevti-nl sa-set dev=vpn0 dir=out path=1 lane=1 spi=0x1002 $key || status=$?
[ $status = 28 ] || exit 13
# what takes another's place needs no room
ikevti-nl sa-set dev=vpn0 dir=out path=1 spi=0x1003 $key
ikevti-nl sa-del dev=vpn0 dir=out path=1 spi=0x1003
allocs 1
ikevti-nl flush dev=vpn0
ikevti-nl path-set dev=vpn0 id=1 local=127.0.0.1 remote=127.0.0.2 encap=none state=up
allocs 8
! ikevti-nl spi-alloc dev=vpn0 path=1
END
limit=/sys/module/ikevti/parameters/userns_max_sas
check "the limit of SAs there can be set" eval 'before=$(<$limit) && echo 8 >$limit'
check "it holds" env TMP="$TMP" unshare -U -r -n bash "$TMP/many"
nine()
{
	local i

	for i in {1..9}; do
		spi_alloc "$A" dev=vpn0 path=1 || return
	done
}
check "and not for the host's root" nine
echo "$before" >$limit

# A device in a container: its root must not choose the mark of packets outside it.
unshare -U -r -n sleep 60 &
inside=$!
net_pids+=("$inside")
wait_for "$PATIENCE" eval '[[ $(readlink /proc/$inside/ns/net) != $(readlink /proc/$$/ns/net) &&
	$(</proc/$inside/uid_map) == *0* ]]'
check "a device of A is given to a container" eval 'ip -n "$A" link add vpn8 type ikevti &&
	ip -n "$A" link set vpn8 netns $inside'
as_root_inside()
{
	nsenter -U -n -t $inside --preserve-credentials -- "$@"
}
seen_inside()
{
	as_root_inside ikevti-link show vpn8 | tr ' ' '\n' | grep "^$1="
}
check_fails "its root cannot set the mark" as_root_inside ikevti-link set vpn8 fwmark=9
check_is "which is as it was" "$(seen_inside fwmark)" fwmark=0
check_fails "nor with something harmless beside it" as_root_inside ikevti-link set vpn8 fwmark=9 \
	hold_time=77
check_is "which is not set either" "$(seen_inside hold_time)" hold_time=5000
check_fails "nor the device they leave by" as_root_inside ikevti-link set vpn8 link=1
check_is "which is any" "$(seen_inside link)" link=0
check "what concerns the inside he can set" as_root_inside ikevti-link set vpn8 hold_time=1234
check_is "it is set" "$(seen_inside hold_time)" hold_time=1234
check "the host's root can set the mark" nsenter -n -t $inside -- ikevti-link set vpn8 fwmark=9
check_is "it is set" "$(seen_inside fwmark)" fwmark=9
kill $inside
wait $inside 2>/dev/null
# root of a user namespace, still in a network namespace that belongs to another
cat >"$TMP/across" <<'END'
ikevti-nl path-get
[ $? = 1 ] || exit 1
ikevti-nl flush dev=vpn0
[ $? = 1 ] || exit 2
ip link add vpn9 type ikevti 2>/dev/null && exit 3
ikevti-nl socket-attach port=4700
[ $? = 1 ] || exit 4
ikevti-nl path-set dev=vpn0 id=1 state=down 2>"$TMP/why"
[ $? = 1 ] || exit 5
grep -q EPERM "$TMP/why" || exit 6
ikevti-nl spi-alloc dev=vpn0 path=1
[ $? = 1 ] || exit 7
exit 0
END
check "nothing works across" in_ns "$A" env TMP="$TMP" unshare -U -r bash "$TMP/across"
check "the tunnel is untouched" pings "$A" 10.9.0.2
check_is "no namespace of the other side is left with devices" "$(nl "$A" dev-get | grep -c ^dev)" 1
ktap_end
