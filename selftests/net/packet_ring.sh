#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Packets out of a mapped packet ring (PACKET_TX_RING): each is sent once, and each slot of the
# ring comes back. What the kernel notes in such a packet must not travel to a copy of it.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping
if ! packet-ring dev=lo from=127.0.0.1 to=127.0.0.1 rounds=1 >"$TMP/ring" 2>&1; then
	ktap_skip_all "no packet rings here: $(<"$TMP/ring")"
fi
pair_up
devices_up

ring()	# WORDS - what the ring sends is what the SA carries
{
	local before after

	before=$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)
	packet-ring netns="$A" "$@" || return
	after=$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)
	echo "tx_packets $before before, $after after"
	((after == before + 32))
}

for encap in none udp; do
	if [[ $encap == udp ]]; then
		check "sockets" eval 'attach "$A" 4 && attach "$B" 4'
	fi
	check "tunnel, encap $encap" tunnel_up encap=$encap
	check "small packets" ring size=20
	check "packets of 1000 octets" ring size=1000
	check "all of them arrive" wait_for "$PATIENCE" sa_at_least "$B" vpn0 in "$SPI_AB" \
		rx_packets 64
	# nowhere to go: dropped, and the slots come back all the same
	nl "$A" flush dev=vpn0
	check "without an SA the slots come back too" packet-ring netns="$A"
	nl "$B" flush dev=vpn0
done
check "tunnel" tunnel_up
check "an MTU above what the path takes" ip -n "$A" link set vpn0 mtu 2000
check "what is fragmented gives its slots back" packet-ring netns="$A" size=2000
check "traffic goes on" pings "$A" 10.9.0.2
ktap_end
