#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Traffic flow confidentiality padding (RFC 4303 section 2.7): packets on the wire are all of one
# length, the receiver, which is this module or xfrm, gets what was sent.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping tcpdump nc ethtool
pair_up
devices_up
for ns in "$A" "$B"; do
	in_ns "$ns" ethtool -K under tso off gso off tx-udp-segmentation off tx-gso-list off gro off
	attach "$ns" 4
	attach "$ns" 6
done

tfc_is()	# OCTETS, 0 off, 1 path MTU
{
	ikevti-link -N "$A" set vpn0 tfc="$1"
}

# lengths - of the IP packets that A sent, the link's header taken off, each once
lengths()
{
	tcpdump -n -e -r "$TMP/wire" 2>/dev/null | sed -nE 's/.*, length ([0-9]+): .*/\1/p' |
		awk '{ print $1 - 14 }' | sort -nu | tr '\n' ' '
}

captured()	# N - that many packets at least
{
	(($(tcpdump -n -r "$TMP/wire" 2>/dev/null | wc -l) >= $1))
}

# wire_lengths ADDRESS SIZE... - lengths of A's packets for pings of these sizes
wire_lengths()
{
	local addr=$1 size
	shift

	sniff "$B" under "$TMP/wire" \
		"(src ${OUT_A[4]} or ip6 src ${OUT_A[6]}) and (proto 50 or ip6 proto 50 or udp)" || return
	for size; do
		pings "$A" "$addr" -c 1 -s "$size" >/dev/null || return
	done
	wait_for "$PATIENCE" captured $# || return
	sniff_stop >/dev/null 2>&1
	lengths
}

check "off by default" eval '[[ $(dev_field "$A" vpn0 tfc) == 0 ]]'
for bad in 2 19 65536; do
	check_fails "refused: $bad" tfc_is $bad
done
# v4 none: 20 of IP, 16 before and 16 behind the ciphertext; v6 udp: 40 and 8, the same
while read -r outer encap small full; do
	what="v$outer, encap $encap"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap"
	check "padding to 600 octets" tfc_is 600
	check_is "small packets are of one length: $what" "$(wire_lengths 10.9.0.2 0 1 100 572)" "$small "
	check_is "of IPv6, too" "$(wire_lengths fd09::2 0 100 552)" "$small "
	check "larger ones pass" pings "$A" 10.9.0.2 -s 700
	check "padding to the path MTU" tfc_is 1
	check_is "all packets are of one length: $what" \
		"$(wire_lengths 10.9.0.2 0 100 700 1390)" "$full "
	check_is "fragments of large ones, too" "$(wire_lengths fd09::2 2000)" "$full "
	check "TCP" transfer "$A" "$B" 10.9.0.2 200000
	check "TCP, v6" transfer "$A" "$B" fd09::2 200000
	check "other direction" transfer "$B" "$A" 10.9.0.1 100000
	check "more than any packet has" tfc_is 65535
	check_is "is the path MTU" "$(wire_lengths 10.9.0.2 10)" "$full "
	check "no bad packet" clean
	check "off" tfc_is 0
	check_is "a packet has its own length again" \
		"$(wire_lengths 10.9.0.2 572)" "$small "
	check_fails "and a smaller one another" eval '[[ $(wire_lengths 10.9.0.2 10) == "$small " ]]'
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done <<'END'
4 none 656 1500
6 udp 684 1500
END

# octets delivered are those of the inner packets
check "victim" victim_up
check "octets behind an IPv6 packet are cut off" gains rx_bytes 52 inject seq=1 nh=41 \
	inner="60000000000c1140fd090000000000000000000000000002fd09000000000000000000000000000100090009000c000061626364$(printf '00%.0s' {1..60})"
nl "$A" flush dev=vpn0

# the peer is the kernel's own IPsec
ip -n "$B" link delete vpn0
if ip -n "$B" link add xf0 type xfrm dev under if_id 7 2>/dev/null; then
	ip -n "$B" link set xf0 mtu 1400 addrgenmode none up
	address "$B" xf0 10.9.0.2/24 fd09::2/64
else
	skip "xfrm as the peer" "no xfrm interfaces in this kernel"
	ktap_end
fi

xfrm_up()
{
	local key=(aead 'rfc4106(gcm(aes))') any

	nl "$A" path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up || return
	SPI_BA=$(spi_alloc "$A" dev=vpn0 path=1) || return
	KEY=$(random_hex 32)
	SALT=$(random_hex 4)
	key+=("0x$KEY$SALT" 128)
	nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$SPI_BA" aead=gcm key="$KEY" salt="$SALT" \
		window="$WINDOW" || return
	# the same key in both directions, which only a test may do: the sequence numbers differ
	nl "$A" sa-set dev=vpn0 dir=out path=1 spi=0x2001 aead=gcm key="$KEY" salt="$SALT" || return
	ip -n "$B" xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x2001 mode tunnel \
		if_id 7 reqid 1 replay-window 32 flag af-unspec "${key[@]}" &&
	ip -n "$B" xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi "$SPI_BA" mode tunnel \
		if_id 7 reqid 1 replay-window 32 flag af-unspec "${key[@]}" || return
	for any in 0.0.0.0/0 ::/0; do
		ip -n "$B" xfrm policy add src $any dst $any dir out if_id 7 \
			tmpl src 192.0.2.2 dst 192.0.2.1 proto esp mode tunnel reqid 1 &&
		ip -n "$B" xfrm policy add src $any dst $any dir in if_id 7 \
			tmpl src 192.0.2.1 dst 192.0.2.2 proto esp mode tunnel reqid 1 || return
	done
	wait_running "$A" vpn0
}

check "xfrm peer" xfrm_up
check "padding to the path MTU" tfc_is 1
for size in 0 1 500 1300; do
	check "ping of $size octets" pings "$A" 10.9.0.2 -s $size -c 1
done
check "v6" pings "$A" fd09::2 -s 100
check "TCP to xfrm" transfer "$A" "$B" 10.9.0.2 100000
check "TCP from xfrm" transfer "$B" "$A" fd09::1 100000
ktap_end
