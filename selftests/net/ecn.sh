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
		sed -nE 's/^.*(\(tos|\(class|IP6 \(class) 0x0*([0-9a-f]+).*/\2/p' | tr '\n' ' '
}

for outer in 4 6; do
	check "victim, outer v$outer" victim_up outer=$outer
	number=0
	expected=
	sniff "$A" vpn0 "$TMP/pcap" 'udp port 9'
	# inner, outer, what arrives (RFC 6040 figure 4), "drop" is drop
	while read -r inner mark arrives; do
		number=$((number + 1))
		what="inner ECN $inner, outer ECN $mark: $arrives"
		if [[ $arrives == drop ]]; then
			check "$what" gains rx_ecn 1 inject seq=$number itos="$inner" tos="$mark"
			continue
		fi
		check "$what" gains rx_packets 1 inject seq=$number itos="$inner" tos="$mark"
		expected+="$arrives "
	done <<-END
		0 0 0
		0 3 drop
		1 0 1
		2 0 2
		2 1 1
		1 3 3
		2 3 3
		3 0 3
	END
	check_is "they arrive as RFC 6040 says" "$(sniffed 7)" "$expected"
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
