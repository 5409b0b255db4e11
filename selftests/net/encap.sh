#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# ESP of an SA is taken with UDP encapsulation and without at any time (RFC 7296 section 2.23), to
# the path's address only; and only a packet that comes as the path's own go says where the peer is.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping
pair_up
devices_up
ip -n "$A" address add 192.0.2.9/24 dev under
ip -n "$A" address add 2001:db8::9/64 dev under nodad
declare -A OTHER=([none]=udp [udp]=none) ELSEWHERE=([4]=192.0.2.77 [6]=2001:db8::77)
declare -A WRONG=([4]=192.0.2.9 [6]=2001:db8::9)
for outer in 4 6; do
	attach "$A" $outer
	attach "$B" $outer
	attach "$A" $outer 4600
done
events_start "$A" "$TMP/events"

moves()	# - how often the peer is said to have moved
{
	grep -c '^address ' "$TMP/events"
}

for outer in 4 6; do
	for encap in none udp; do
		other=${OTHER[$encap]}
		check "v$outer, encap $encap" victim_up outer=$outer encap=$encap
		before=$(moves)
		check "a packet as the path's" gains rx_packets 1 inject seq=1
		check "encap $other is taken, too" gains rx_packets 1 inject seq=2 encap="$other"
		check "and nothing is counted against it" gains rx_wrong_address 0 true
		check "from elsewhere, too" gains rx_packets 1 inject seq=3 encap="$other" \
			from="${ELSEWHERE[$outer]}"
		if [[ $other == udp ]]; then
			check "from another port, too" gains rx_packets 1 inject seq=4 encap=udp sport=4999
			check "at another socket" gains rx_packets 1 inject seq=5 encap=udp dport=4600
			check "in batches" gains rx_packets 40 inject seq=10-49 \
				encap=udp batch=gso sport=4501
		else
			check "at the path's port only" gains rx_wrong_address 1 inject seq=5 dport=4600
		fi
		check "to another address it is not" gains rx_wrong_address 1 inject seq=60 \
			encap="$other" to="${WRONG[$outer]}"
		check "nor forged" gains rx_auth_failed 1 inject seq=61 encap="$other" icv=bad
		check "nor twice" gains rx_replay 1 inject seq=2 encap="$other"
		sleep 0.3
		check_is "the peer is not said to have moved" "$(moves)" "$before"
		check "a packet as the path's, from elsewhere" gains rx_packets 1 inject seq=62 \
			from="${ELSEWHERE[$outer]}"
		check "says so" wait_for "$PATIENCE" eval '(($(moves) == before + 1))'
		nl "$A" flush dev=vpn0
	done
	# one side thinks that there is a NAT, the other not
	check "UDP one way, not the other" tunnel_up outer=$outer
	check "B sends UDP" nl "$B" path-set dev=vpn0 id=1 encap=udp lport=4500 rport=4500 \
		local="${OUT_B[$outer]}" remote="${OUT_A[$outer]}"
	check "both receive" pings "$A" 10.9.0.2
	check "a transfer" transfer "$A" "$B" 10.9.0.2
	check "the other way" transfer "$B" "$A" 10.9.0.1
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done
events_stop
ktap_end
