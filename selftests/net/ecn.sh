#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The DS field: DSCP and ECN are copied to the outer header; inwards RFC 6040 decides.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need tcpdump ping
pair_up
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64

packets()
{
	tcpdump -n -r "$TMP/pcap" 2>/dev/null | grep -c .
}

sniffed()	# N - the DS fields of N packets, in hex
{
	wait_for "$PATIENCE" eval "((\$(packets) >= $1))"
	sniff_stop
	tcpdump -n -v -r "$TMP/pcap" 2>/dev/null |
		sed -nE -e 's/^.*(\(tos|\(class) 0x0*([0-9a-f]+).*/\2/p' \
			-e 's/^.*IP6 \((flowlabel|hlim).*/0/p' | tr '\n' ' '
}

# What arrives, for the inner ECN of a line and the outer ECN 0 (Not-ECT), 1 (ECT(1)), 2 (ECT(0))
# and 3 (CE) of a column: RFC 6040 figure 4
decapsulated=("0 0 0 drop" "1 1 1 3" "2 1 2 3" "3 3 3 3")

for outer in 4 6; do
	check "victim, outer v$outer" victim_up outer=$outer
	number=0
	expected=
	n=0
	sniff "$A" vpn0 "$TMP/pcap" 'udp port 9'
	for inner in 0 1 2 3; do
		read -ra columns <<<"${decapsulated[inner]}"
		for mark in 0 1 2 3; do
			for family in 4 6; do
				number=$((number + 1))
				arrives=${columns[mark]}
				what="v$family in v$outer, inner ECN $inner, outer ECN $mark: $arrives"
				words=(seq="$number" itos="$inner" tos="$mark" isrc="${IN_B[$family]}"
					idst="${IN_A[$family]}")
				if [[ $arrives == drop ]]; then
					check "$what" gains rx_ecn 1 inject "${words[@]}"
					continue
				fi
				check "$what" gains rx_packets 1 inject "${words[@]}"
				expected+="$arrives "
				n=$((n + 1))
			done
		done
	done
	check_is "they arrive as RFC 6040 says" "$(sniffed $n)" "$expected"
	check "DSCP of the outer header is not copied inwards" eval '
		sniff "$A" vpn0 "$TMP/pcap" "udp port 9" && inject seq=50 itos=0x28 tos=0xb8'
	check_is "the inner one stays" "$(sniffed 1)" "28 "

	check "outwards" sniff "$B" under "$TMP/pcap" 'proto 50 or ip6 proto 50'
	for tos in 0xb8 0x01 0x02 0x03 0x2a; do
		in_ns "$A" ping -n -q -c 1 -W 0.01 -Q $tos 10.9.0.2 >/dev/null
	done
	check_is "DSCP and ECN are copied" "$(sniffed 5)" "b8 1 2 3 2a "
	nl "$A" flush dev=vpn0
done
ktap_end
