#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The peer is the kernel's own IPsec (xfrm): what it decrypts and we decrypt is standard ESP.
# Then both on one host, each with its own SAs.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nc ping jq ethtool
pair_up
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64
ip -n "$B" link add xf0 type xfrm dev under if_id 7 2>/dev/null ||
	ktap_skip_all "no xfrm interfaces in this kernel"
ip -n "$B" link set xf0 mtu 1400 addrgenmode none up
address "$B" xf0 10.9.0.2/24 fd09::2/64
nl "$B" udp-encap addr=0.0.0.0 port=4500 pid="$TMP/b4.pid" || ktap_skip_all "no UDP_ENCAP"
nl "$B" udp-encap addr=:: port=4500 pid="$TMP/b6.pid"
attach "$A" 4
attach "$A" 6

# xfrm_state SRC DST SPI KEY SALT ESN ENCAP
xfrm_state()
{
	local words=(src "$1" dst "$2" proto esp spi "$3" mode tunnel if_id 7 reqid 1)

	if (($6)); then
		words+=(replay-window "$WINDOW" flag af-unspec esn)
	else
		words+=(replay-window 32 flag af-unspec)
	fi
	words+=(aead 'rfc4106(gcm(aes))' "0x$4$5" 128)
	[[ $7 == udp ]] && words+=(encap espinudp 4500 4500 0.0.0.0)
	ip -n "$B" xfrm state add "${words[@]}"
}

xfrm_policies()	# OUTER
{
	local family any

	for any in 0.0.0.0/0 ::/0; do
		ip -n "$B" xfrm policy add src $any dst $any dir out if_id 7 \
			tmpl src "${OUT_B[$1]}" dst "${OUT_A[$1]}" proto esp mode tunnel reqid 1 &&
		ip -n "$B" xfrm policy add src $any dst $any dir in if_id 7 \
			tmpl src "${OUT_A[$1]}" dst "${OUT_B[$1]}" proto esp mode tunnel reqid 1 ||
			return
	done
}

# peer_up OUTER ENCAP BITS ESN
peer_up()
{
	local outer=$1 encap=$2 bits=$3 esn=$4 ports=()

	[[ $encap == udp ]] && ports=(lport=4500 rport=4500)
	nl "$A" path-set dev=vpn0 id=1 local="${OUT_A[$outer]}" remote="${OUT_B[$outer]}" \
		encap="$encap" state=up "${ports[@]}" || return
	SPI_BA=$(spi_alloc "$A" dev=vpn0 path=1) || return
	SPI_AB=0x$(random_hex 4)
	KEY_AB=$(random_hex $((bits / 8)))
	KEY_BA=$(random_hex $((bits / 8)))
	SALT_AB=$(random_hex 4)
	SALT_BA=$(random_hex 4)
	nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$SPI_BA" aead=gcm key="$KEY_BA" \
		salt="$SALT_BA" esn="$esn" window="$WINDOW" || return
	nl "$A" sa-set dev=vpn0 dir=out path=1 spi="$SPI_AB" aead=gcm key="$KEY_AB" \
		salt="$SALT_AB" esn="$esn" || return
	xfrm_state "${OUT_A[$outer]}" "${OUT_B[$outer]}" "$SPI_AB" "$KEY_AB" "$SALT_AB" "$esn" \
		"$encap" || return
	xfrm_state "${OUT_B[$outer]}" "${OUT_A[$outer]}" "$SPI_BA" "$KEY_BA" "$SALT_BA" "$esn" \
		"$encap" || return
	xfrm_policies "$outer" && wait_running "$A" vpn0
}

peer_down()
{
	nl "$A" flush dev=vpn0
	ip -n "$B" xfrm policy flush
	ip -n "$B" xfrm state flush
}

# link_for batches|singles - whether the link takes batches as one, or every packet crosses by
# itself and GRO puts together what arrives
link_for()
{
	local ns cut=on gro=off

	[[ $1 == singles ]] && cut=off gro=on
	for ns in "$A" "$B"; do
		in_ns "$ns" ethtool -K under tso $cut gso $cut tx-udp-segmentation $cut tx-gso-list $cut \
			gro $gro || return
	done
}

xfrm_errors()
{
	in_ns "$B" cat /proc/net/xfrm_stat 2>/dev/null |
		awk '/XfrmInStateProtoError|XfrmInStateSeqError|XfrmInError|XfrmInHdrError/ { n += $2 }
		END { print n + 0 }'
}

for outer in 4 6; do
	for encap in none udp; do
		# slow machines: one of the two, alternating
		some "128 0" "256 1"
		[[ $quick ]] && variants=("${variants[(outer == 6) ^ (${#encap} == 3)]}")
		for variant in "${variants[@]}"; do
			read -r bits esn <<<"$variant"
			what="v$outer, encap $encap, $bits bits, ESN $esn"
			check "xfrm peer: $what" peer_up $outer $encap "$bits" "$esn"
			check "ping to xfrm, v4: $what" pings "$A" 10.9.0.2
			check "ping from xfrm, v6: $what" pings "$B" fd09::1
			# every length modulo the padding
			for size in 0 1 2 3 500 1299; do
				check "ping of $size octets: $what" \
					pings "$A" 10.9.0.2 -s $size -c 1
			done
			peer_down
		done
		check "xfrm peer for TCP" peer_up $outer $encap 256 1
		links="batches singles"
		[[ $quick ]] && links=$([[ $outer$encap == 4none || $outer$encap == 6udp ]] &&
			echo singles || echo batches)
		for link in $links; do
			check "link for $link" link_for $link
			what="v$outer, encap $encap, link for $link"
			check "TCP to xfrm: $what" transfer "$A" "$B" 10.9.0.2
			check "TCP from xfrm: $what" transfer "$B" "$A" fd09::1
		done
		check_is "xfrm saw no bad packet" "$(xfrm_errors)" 0
		check_is "nor did we" "$(nl "$A" sa-get dev=vpn0 |
			grep -cE 'rx_(auth_failed|malformed|replay|selector)=[1-9]')" 0
		peer_down
	done
done

# both on one host: xfrm in A to B for 10.7.0.0/24, ikevti for vpn0; native ESP for both
check "ikevti to xfrm again" peer_up 4 none 256 0
# a second, pure xfrm tunnel between the same two addresses
key=0x$(random_hex 36)
for ns in "$A" "$B"; do
	ip -n "$ns" link add xf1 type xfrm dev under if_id 9
	ip -n "$ns" link set xf1 mtu 1400 addrgenmode none up
done
address "$A" xf1 10.7.0.1/24
address "$B" xf1 10.7.0.2/24
both_xfrm()
{
	local ns

	for ns in "$A" "$B"; do
		ip -n "$ns" xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x7001 \
			mode tunnel if_id 9 reqid 9 aead 'rfc4106(gcm(aes))' "$key" 128 &&
		ip -n "$ns" xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x7002 \
			mode tunnel if_id 9 reqid 9 aead 'rfc4106(gcm(aes))' "$key" 128 || return
	done
	ip -n "$A" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 9 \
		tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel reqid 9 &&
	ip -n "$A" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 9 \
		tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode tunnel reqid 9 &&
	ip -n "$B" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 9 \
		tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode tunnel reqid 9 &&
	ip -n "$B" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 9 \
		tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel reqid 9
}
check "xfrm tunnel beside ikevti's, same addresses" both_xfrm
events_start "$A" "$TMP/events"
check "the xfrm tunnel works" pings "$A" 10.7.0.2
check "the ikevti tunnel works" pings "$A" 10.9.0.2
check "xfrm again, other direction" pings "$B" 10.7.0.1
check_is "packets of xfrm's SAs are not reported as unknown" "$(grep -c unknown-spi "$TMP/events")" 0
events_stop
check_is "foreign ESP is no malformed packet of ours" "$(dev_field "$A" vpn0 rx_malformed)" 0
ip -n "$A" link delete vpn0
check "with our device gone xfrm still works" pings "$B" 10.7.0.1
ktap_end
