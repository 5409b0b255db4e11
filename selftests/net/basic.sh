#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic through a tunnel: every outer family, encapsulation, key size and sequence length.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nc ping jq
pair_up
check "devices are made" devices_up
check_is "a device without a path has no carrier" "$(link_state "$A" vpn0)" down
check "without a path nothing gets through" no_ping "$A" "${IN_B[4]}"

for outer in 4 6; do
	check "socket of family $outer attached on both sides" eval \
		'attach "$A" $outer && attach "$B" $outer'
done

for outer in 4 6; do
	for encap in none udp; do
		# slow machines: one of the two, alternating
		some "128 0" "256 1"
		[[ $quick ]] && variants=("${variants[(outer == 6) ^ (${#encap} == 3)]}")
		for variant in "${variants[@]}"; do
			read -r bits esn <<<"$variant"
			what="outer v$outer, encap $encap, $bits bits, ESN $esn"
			check "tunnel up: $what" tunnel_up outer=$outer encap=$encap \
				bits="$bits" esn="$esn"
			check "ping inner v4: $what" pings "$A" "${IN_B[4]}"
			check "ping inner v6: $what" pings "$B" "${IN_A[6]}"
			check "ping of 1400 octets: $what" pings "$A" "${IN_B[4]}" -s 1372 -M do
			check "ping of 8000 octets: $what" pings "$B" "${IN_A[4]}" -s 8000
			check_range "packets of the outbound SA are counted" \
				"$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)" 9 100
			check_is "no integrity failure" \
				"$(sa_field "$B" vpn0 in "$SPI_AB" rx_auth_failed)" 0
			check "flush" nl "$A" flush dev=vpn0
			check "flush of the other side" nl "$B" flush dev=vpn0
		done
		check "tunnel up for TCP" tunnel_up outer=$outer encap=$encap esn=1
		check "TCP A to B, v4 in v$outer, encap $encap" \
			transfer "$A" "$B" "${IN_B[4]}" 3000000
		check "TCP B to A, v6 in v$outer, encap $encap" \
			transfer "$B" "$A" "${IN_A[6]}" 3000000
		check "flushed" eval 'nl "$A" flush dev=vpn0 && nl "$B" flush dev=vpn0'
	done
done

# wrong keys: the far end must drop, and say so
check "tunnel whose keys differ" tunnel_up aout.key="$(random_hex 32)"
check "nothing gets through with another key" no_ping "$A" "${IN_B[4]}"
check "the integrity failure is counted" wait_for "$PATIENCE" \
	sa_at_least "$B" vpn0 in "$SPI_AB" rx_auth_failed 1
ktap_end
