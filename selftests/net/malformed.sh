#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Malformed, forged and truncated ESP: counted, dropped, and the other tunnel does not notice.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
pair_up
devices_up
# the tunnel that must not notice
device "$A" vpn1
device "$B" vpn1
address "$A" vpn1 10.8.0.1/24
address "$B" vpn1 10.8.0.2/24

# delivers OCTETS COMMAND... - the device's octets received grow by exactly that
delivers()
{
	local octets=$1 before
	shift

	before=$(dev_field "$A" vpn0 rx_bytes)
	"$@" || return
	wait_for "$PATIENCE" dev_at_least "$A" vpn0 rx_bytes $((before + octets))
	echo "$before, then $(dev_field "$A" vpn0 rx_bytes)"
	(($(dev_field "$A" vpn0 rx_bytes) == before + octets))
}

# checksum of the IPv4 header below
sum=66b9
zeros=$(printf '00%.0s' {1..100})

some "4 none" "4 udp" "6 none" "6 udp"
for where in "${variants[@]}"; do
	read -r outer encap <<<"$where"
	if [[ $encap == udp ]]; then
		attach "$A" "$outer"
		attach "$B" "$outer"
	fi
	what="v$outer, encap $encap"
	check "bystander: $what" tunnel_up dev=vpn1 outer="$outer" encap="$encap"
	bystander=$SPI_AB
	check "victim: $what" victim_up outer="$outer" encap="$encap"
	check "a good packet first" gains rx_packets 1 inject seq=1
	check "bad ICV" gains rx_auth_failed 1 inject seq=2 icv=bad
	check "truncated in the ICV" gains rx_packets 0 inject seq=3 trunc=60
	check "shorter than any ESP packet" gains rx_malformed 1 inject seq=4 trunc=35
	check "header alone" gains rx_packets 0 inject seq=5 trunc=8
	check "SPI alone" gains rx_packets 0 inject seq=5 trunc=4
	check "cut within the SPI" gains rx_packets 0 inject seq=5 trunc=3
	check "nothing at all" gains rx_packets 0 inject seq=5 trunc=0
	check "pad length beyond the packet" gains rx_malformed 1 inject seq=6 pad=255
	# authentic, and nothing is gained by being strict about it
	check "the content of padding does not matter" gains rx_packets 1 inject seq=7 pad=wrong
	check "more padding than needed" gains rx_packets 1 inject seq=8 pad=zero
	check "octets behind the inner packet are cut off (RFC 4303 section 2.7)" \
		delivers 32 inject seq=17 \
		inner=45000020000000004011"$sum"0a0900020a09000110920009000c000061626364"$zeros"
	check "dummy packet is dropped and counted" gains rx_dummy 1 inject seq=9 kind=dummy
	check "dummy packet without content" gains rx_dummy 1 inject seq=10 kind=dummy size=0
	check "next header that is no IP" gains rx_malformed 1 inject seq=11 nh=17
	check "next header 41 before an IPv4 packet" gains rx_malformed 1 inject seq=12 nh=41
	check "inner header cut short" gains rx_malformed 1 inject seq=13 \
		inner=4500001400000000400100000a090002
	check "inner packet of version 7" gains rx_malformed 1 inject seq=14 nh=4 \
		inner=7500001c00000000401100000a0900020a0900010101000900080000
	check "inner length beyond the payload" gains rx_malformed 1 inject seq=15 \
		inner=450005dc00000000401100000a0900020a0900010101000900080000
	check "still alive" gains rx_packets 1 inject seq=16
	before=$(victim rx_packets)
	check "500 mutations of each of 4 packets" inject seq=20,21,22,23 fuzz=500 rand=$((outer * 7))
	check "alive after them" gains rx_packets 1 inject seq=5000000000 trunc=9999 seq=24
	check_range "no mutation was taken for real" $(($(victim rx_packets) - before)) 1 1
	check_range "they were counted as failed" "$(victim rx_auth_failed)" 100 3000
	if [[ $encap == udp ]]; then
		check "wrong UDP checksum" gains rx_packets 0 inject seq=30 csum=bad
		if [[ $outer == 4 ]]; then
			check "UDP checksum zero is fine" gains rx_packets 1 inject seq=31 csum=zero
		fi
	fi
	check "bystander is alive" pings "$A" 10.8.0.2
	check_is "bystander saw no failure" "$(nl "$A" sa-get dev=vpn1 |
		grep -cE 'rx_(auth_failed|malformed|replay)=[1-9]')" 0
	check_is "nor on the other side" \
		"$(sa_field "$B" vpn1 in "$bystander" rx_auth_failed)" 0
	check "flush" eval 'nl "$A" flush dev=vpn0 && nl "$A" flush dev=vpn1 && nl "$B" flush dev=vpn1'
	for file in "$TMP"/*.pid; do
		[[ -e $file ]] && kill "$(<"$file")" && rm "$file"
	done
	nl "$A" socket-detach family="$outer" port=4500 2>/dev/null
	nl "$B" socket-detach family="$outer" port=4500 2>/dev/null
done
ktap_end
