#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The module can be unloaded however long packets that a user sent wait in a queue of his.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need unshare ethtool tc udp-gso
unshare -U -r -n true 2>/dev/null || ktap_skip_all "no user namespaces here"
[[ -e /sys/module/ikevti/refcnt ]] || ktap_skip_all "the module cannot be unloaded"
DELAY=20	# seconds, at least, that his queue takes

# a tunnel over a device that cuts no batches of UDP, and takes its time. A queue that only delays
# (netem) takes its packets' owners away; one that shapes does not.
cat >"$TMP/inside" <<END
set -e
ip link set lo up
ip link add under type dummy
ethtool -K under tx-udp-segmentation off
ip link set under addrgenmode none up
ip address add 192.0.2.1/24 dev under
tc qdisc add dev under root tbf rate 32kbit burst 1600 limit 1000000
ip link add vpn0 type ikevti
ip link set vpn0 addrgenmode none up
ip address add 10.9.0.1/24 dev vpn0
ikevti-nl socket-attach addr=0.0.0.0 port=4500 pid=$TMP/socket.pid log=$TMP/socket.log
ikevti-nl path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 encap=udp lport=4500 rport=4500 \\
	state=up
ikevti-nl sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm salt=01020304 \\
	key=000102030405060708090a0b0c0d0e0f
udp-gso send addr=10.9.0.2 port=5003 count=90
tc -s qdisc show dev under
echo ready
exec sleep 1000
END
background "$TMP/inside.log" unshare -U -r -n bash "$TMP/inside"
check "packets of a user wait in his queue" wait_for "$PATIENCE" grep -q ready "$TMP/inside.log"
ktap_diag <"$TMP/inside.log"
check "all that he sent" grep -qE 'backlog (9[0-9]|1[0-9][0-9])[0-9]{3}b' "$TMP/inside.log"
SECONDS=0
check "the module is unloaded" rmmod ikevti
echo "# after $SECONDS s"
check "without waiting for them" test "$SECONDS" -lt $((DELAY / 2))
check "loaded again" modprobe ikevti
ktap_end
