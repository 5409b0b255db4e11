#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A cipher that never ends in the call that starts it: packets go all the same, in both
# directions, and nothing is freed too early.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

parameter=/sys/module/ikevti/parameters/aead

cipher()	# NAME - for new SAs
{
	echo "$1" >$parameter
}

net_start
need tcpdump ethtool nc ss ping udp-stream
[[ -w $parameter ]] || ktap_skip_all "the module has no parameter aead"
at_exit cipher ""
pair_up
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
	attach "$ns" 6
done

cipher "no-such-thing"
check_fails "a cipher that is not there" tunnel_up
cipher "rfc4106(gcm(aes))"
check_fails "one that is no AES-GCM as it is meant" tunnel_up
cipher ""
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# cryptd hands every request over to a work queue; what it does there must be synchronous. That of
# Debian's 6.1 changes requests of others, as the kernel's own test of it says with a warning:
# there pcrypt takes its place, which works where there are several processors.
modprobe -q pcrypt
names=("cryptd(gcm_base(ctr(aes-generic),ghash-generic))"
	"cryptd(gcm_base(ctr(aes-aesni),ghash-generic))"
	"pcrypt(gcm_base(ctr(aes-generic),ghash-generic))")
[[ $(uname -r) == 6.1.* ]] && names=("${names[2]}")
async=
for name in "${names[@]}"; do
	cipher "$name"
	if tunnel_up >/dev/null 2>&1; then
		async=$name
		break
	fi
done
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
if [[ ! $async ]]; then
	skip "asynchronous cipher" "neither cryptd nor pcrypt here"
	ktap_end
	exit
fi

bytes=1000000
[[ $quick ]] && bytes=200000
for where in "4 udp 0" "6 none 1"; do
	read -r outer encap esn <<<"$where"
	what="v$outer, encap $encap, ESN $esn"
	cipher "$async"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" esn="$esn"
	check "IPv4: $what" in_ns "$A" ping -c 3 -i 0.1 -W 5 -q 10.9.0.2
	check "IPv6: $what" in_ns "$A" ping -c 3 -i 0.1 -W 5 -s 1000 -q fd09::2
	check "TCP: $what" transfer "$A" "$B" 10.9.0.2 $bytes
	check "TCP, back, IPv6: $what" transfer "$B" "$A" fd09::1 $bytes
	check "no packet was bad: $what" clean

	# the other side, and SAs after these, may have what cipher they like
	cipher ""
	check "synchronous again: $what" sas_up esn="$esn"
	check "TCP after that: $what" transfer "$A" "$B" 10.9.0.2 200000
	cipher "$async"
	check "and asynchronous: $what" sas_up esn="$esn"
	check "TCP after this: $what" transfer "$A" "$B" 10.9.0.2 200000

	# what is still being encrypted when its SA goes is finished, or dropped
	nsenter "--net=/run/netns/$A" ping -f -q -s 1000 10.9.0.2 >/dev/null 2>&1 &
	pinger=$!
	for ((i = 0; i < 20; i++)); do
		sas_up esn="$esn" >/dev/null 2>&1
	done
	kill $pinger
	wait $pinger
	check "SAs came and went under traffic: $what" in_ns "$A" ping -c 2 -i 0.1 -W 5 -q 10.9.0.2
	nsenter "--net=/run/netns/$A" ping -f -q -s 1000 10.9.0.2 >/dev/null 2>&1 &
	pinger=$!
	sleep 0.1
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
	kill $pinger
	wait $pinger
done

# A path goes while packets of it are in the cipher's queue, a forged one the last of them: what is
# to be said about that needs the path, which is gone
forged()
{
	victim_up encap=udp window=512 || return
	inject sport=4600 batch=gso size=900 scatter=1 seq=1-250,b251
	nl "$A" path-del dev=vpn0 id=1
	sleep 0.3
}

cipher "$async"
check "events are listened to" events_start "$A" "$TMP/forged"
for ((i = 0; i < 8; i++)); do
	check "a path gone before a forged packet was decrypted, $i" forged
done
events_stop

# A device, and a namespace, that go under traffic
check "tunnel to be deleted" tunnel_up encap=none
nsenter "--net=/run/netns/$A" ping -f -q -s 1000 10.9.0.2 >/dev/null 2>&1 &
pinger=$!
sleep 0.1
check "device deleted" ip -n "$A" link delete vpn0
kill $pinger
wait $pinger

# pcrypt spreads the packets of one SA over the processors and gives them back in their order
spread()
{
	local name

	for name in generic-gcm-aesni "gcm_base(ctr(aes-generic),ghash-generic)"; do
		cipher "pcrypt($name)"
		tunnel_up outer=4 encap=none && echo "$name" && return
	done
	return 1
}

numbered()	# - datagrams of one flow, as fast as they go: none is late or twice
{
	background "$TMP/received" nsenter --net="/run/netns/$B" -- udp-stream receive at=10.9.0.2
	wait_for "$PATIENCE" grep -q ready "$TMP/received" || return
	in_ns "$A" timeout 3 udp-stream send from=10.9.0.1 to=10.9.0.2 flows=1 us=200 >"$TMP/sent"
	sleep 1
	kill -TERM "${net_pids[-1]}"
	wait "${net_pids[-1]}"
	cat "$TMP/sent" "$TMP/received"
	grep -qE ' received=[0-9]{3,} late=0 twice=0' "$TMP/received"
}

# processors that pcrypt worked on, one a line, while the command runs
worked_on()	# COMMAND...
{
	local tracing=/sys/kernel/tracing

	echo >$tracing/trace
	echo 1 >$tracing/events/workqueue/workqueue_execute_start/enable
	"$@" >/dev/null
	echo 0 >$tracing/events/workqueue/workqueue_execute_start/enable
	sed -n 's/.*\[0*\([0-9]\+\)\] .*padata_parallel_worker.*/\1/p' $tracing/trace | sort | uniq -c
}

cpus=$(grep -c ^processor /proc/cpuinfo)
if ((cpus < 2)); then
	skip "one SA on several processors" "there is one"
	ktap_end
	exit
fi
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64
check "a cipher on all processors" spread
check "TCP" transfer "$A" "$B" 10.9.0.2 $bytes
check "numbered datagrams of one flow" numbered
worked_on transfer "$A" "$B" 10.9.0.2 $bytes >"$TMP/cpus"
sed 's/^/# /' "$TMP/cpus"
check_is "it is on all of them" "$(wc -l <"$TMP/cpus")" "$cpus"
check "no packet was bad" clean
ktap_end
