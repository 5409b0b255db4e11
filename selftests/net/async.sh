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
need tcpdump ethtool nc ss ping
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

# cryptd hands every request over to a work queue; what it does there must be synchronous
async=
for name in "cryptd(gcm_base(ctr(aes-generic),ghash-generic))" \
	    "cryptd(gcm_base(ctr(aes-aesni),ghash-generic))"; do
	cipher "$name"
	if tunnel_up >/dev/null 2>&1; then
		async=$name
		break
	fi
done
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
if [[ ! $async ]]; then
	skip "asynchronous cipher" "no cryptd here"
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

# A device, and a namespace, that go under traffic
check "tunnel to be deleted" tunnel_up encap=none
nsenter "--net=/run/netns/$A" ping -f -q -s 1000 10.9.0.2 >/dev/null 2>&1 &
pinger=$!
sleep 0.1
check "device deleted" ip -n "$A" link delete vpn0
kill $pinger
wait $pinger
ktap_end
