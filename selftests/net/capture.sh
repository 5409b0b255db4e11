#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A capture of the wire, decoded with the keys by a program of its own: layout, padding, IVs,
# sequence numbers and lengths are the standard's.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need tcpdump ping
pair_up
devices_up
attach "$A" 4
attach "$B" 4
attach "$A" 6
attach "$B" 6

ping_sizes()
{
	local size

	for size in {0..12} 100 333 700; do
		pings "$A" 10.9.0.2 -c 1 -s "$size" -p 706c61696e || return
	done
}

some "4 none 128 0" "4 none 256 1" "4 udp 128 0" "4 udp 256 1" "6 none 128 0" "6 none 256 1" \
	"6 udp 128 0" "6 udp 256 1"
for where in "${variants[@]}"; do
	read -r outer encap bits esn <<<"$where"
	what="v$outer, encap $encap, $bits bits, ESN $esn"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" bits="$bits" esn="$esn"
	check "capture starts" capture_start
	check "pings of many sizes" ping_sizes
	check "ping v6" pings "$B" fd09::1 -p 706c61696e
	check "a full sized packet" pings "$A" 10.9.0.2 -M do -c 1 \
		-s $(($(dev_field "$A" vpn0 mtu) - 28))
	sniff_stop
	flag=
	((esn)) && flag=:esn
	check "every packet opens, standard in every octet: $what" \
		esp-decode "$TMP/wire.pcap" "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag"
	esp-decode "$TMP/wire.pcap" "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag" >"$TMP/decoded"
	check_range "both directions are in it" \
		"$(field packets "$(tail -n 1 "$TMP/decoded")")" 40 200
	check "sequence numbers start at 1" grep -q "spi=$SPI_AB seq=1 " "$TMP/decoded"
	how=native
	[[ $encap == udp ]] && how=udp
	check_is "all of it $how" "$(grep -c "^esp $how" "$TMP/decoded")" \
		"$(grep -c ^esp "$TMP/decoded")"
	check_fails "with the wrong key it does not open" esp-decode "$TMP/wire.pcap" quiet \
		"$SPI_AB:$KEY_BA:$SALT_AB$flag" "$SPI_BA:$KEY_BA:$SALT_BA$flag"
	if ((esn)); then
		check_fails "and not without the upper half of the number" esp-decode \
			"$TMP/wire.pcap" quiet "$SPI_AB:$KEY_AB:$SALT_AB" \
			"$SPI_BA:$KEY_BA:$SALT_BA"
	fi
	check_fails "nothing of the content is readable" grep -aq plainplain "$TMP/wire.pcap"
	check "flushed" eval 'nl "$A" flush dev=vpn0 && nl "$B" flush dev=vpn0'
done

# that grep would have found it
check "tunnel" tunnel_up
rm -f "$TMP/inside"
background "$TMP/tcpdump.err" nsenter --net="/run/netns/$B" -- \
	tcpdump -Z root --immediate-mode -U -n -i vpn0 -s 0 -w "$TMP/inside"
capture_pid=$!
wait_for "$PATIENCE" grep -q 'listening on' "$TMP/tcpdump.err"
pings "$A" 10.9.0.2 -p 706c61696e >/dev/null
sniff_stop
check "inside the tunnel the content is readable" grep -aq plainplain "$TMP/inside"
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# outer header: DF as the default says, TTL of the host, ECN and DSCP
check "tunnel for the outer header" tunnel_up
check "capture starts" capture_start
check "ping with ECT(0)" pings "$A" 10.9.0.2 -Q 2 -c 1
sniff_stop
tcpdump -n -v -r "$TMP/wire.pcap" 'proto 50' >"$TMP/text" 2>/dev/null
check "DF is set" grep -q 'flags \[DF\]' "$TMP/text"
check "ECT is copied out (RFC 6040)" grep -q 'tos 0x2' "$TMP/text"
ktap_end
