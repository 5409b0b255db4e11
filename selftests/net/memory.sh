#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What bursts are decrypted to is kept for the next one by each processor, not by each device: how
# much of it there is must not depend on how many devices a user makes.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
pair_up
attach "$A" 4
devices=48

for ((i = 0; i < devices; i++)); do
	device "$A" "vpn$i" || break
	nl "$A" path-set dev="vpn$i" id=1 local="${OUT_A[4]}" remote="${OUT_B[4]}" encap=udp \
		lport=4500 rport=4500 state=up || break
	spi[i]=$(spi_alloc "$A" dev="vpn$i" path=1) || break
	key[i]=$(random_hex 32)
	nl "$A" sa-set dev="vpn$i" dir=in path=1 spi="${spi[i]}" aead=gcm key="${key[i]}" \
		salt=01020304 esn=0 window=64 || break
done
check_is "devices" "$i" "$devices"

bursts()	# FROM TO SEQ - one of two packets for each of the devices
{
	for ((i = $1; i < $2; i++)); do
		esp-inject netns="$B" from="${OUT_B[4]}" to="${OUT_A[4]}" encap=udp \
			sa="${spi[i]}:${key[i]}:01020304" batch=gso size=400 seq="$3" >/dev/null || return
	done
}

free_memory()	# - KiB
{
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 0.2
	awk '/^MemFree/ { print $2 }' /proc/meminfo
}

check "first bursts" bursts 0 8 1-2
before=$(free_memory)
check "bursts" bursts 8 "$devices" 1-2
after=$(free_memory)
received=0
for ((i = 0; i < devices; i++)); do
	received=$((received + $(sa_field "$A" "vpn$i" in "${spi[i]}" rx_packets)))
done
check_is "packets received" "$received" $((2 * devices))
echo "# $before KiB were free, then $after"
check_range "memory that is kept for them, KiB" $((before > after ? before - after : 0)) 0 1200
ktap_end
