#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every algorithm: between two of ours, with what crosses the wire opened by OpenSSL; packets made by
# OpenSSL; and with the kernel's own IPsec (xfrm) as the peer.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nc ping tcpdump ethtool
pair_up
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
done

# opened - all that was sniffed, by an implementation that shares nothing with ours
opened()	# AEAD ESN
{
	local flags

	flags=$(esp_flags "$1" "$2")
	esp-decode "$TMP/wire.pcap" quiet "$SPI_AB:$KEY_AB:$SALT_AB:$flags" \
		"$SPI_BA:$KEY_BA:$SALT_BA:$flags"
}

# every length modulo the padding
pings_of_all_sizes()
{
	local size

	for size in {0..3} 500 1299; do
		in_ns "$A" ping -n -q -c 1 -W 3 -s "$size" "${IN_B[$1]}" || return
	done
}

# AEAD BITS ESN ENCAP INNER
while read -r -u 3 aead bits esn encap inner; do
	what="$aead, $bits bits, ESN $esn, encap $encap"
	check "tunnel: $what" tunnel_up aead="$aead" bits="$bits" esn="$esn" encap="$encap"
	check "capture" capture_start
	check "pings: $what" pings_of_all_sizes "$inner"
	sniff_stop
	check "OpenSSL opens them: $what" opened "$aead" "$esn"
	check "TCP: $what" transfer "$A" "$B" "${IN_B[$inner]}"
	check "nothing was wrong: $what" clean
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0

	check "victim: $what" victim_up aead="$aead" bits="$bits" esn="$esn" encap="$encap"
	check "OpenSSL's packets: $what" gains rx_packets 5 inject seq=1-5
	check "but not forged ones: $what" gains rx_auth_failed 2 inject seq=6-7 icv=bad
	[[ $encap == udp ]] &&
		check "a batch of them: $what" gains rx_packets 30 inject seq=8-37 batch=gso \
			sport=4600
	nl "$A" flush dev=vpn0
done 3<<END
gcm 192 1 udp 4
chacha 256 0 none 6
chacha 256 1 udp 4
gcm-iiv 128 0 udp 4
gcm-iiv 256 1 none 6
chacha-iiv 256 1 udp 4
END
ktap_end
