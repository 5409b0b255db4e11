#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A masquerading router between: UDP encapsulation through it, its mapping lost and made anew.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nft ping jq nc
# A (10.1.0.2) - C (10.1.0.1, 192.0.2.1) - B (192.0.2.2)
add_ns "$A" "$B" "$C"
join "$A" under "$C" lan
join "$C" wan "$B" under
address "$A" under 10.1.0.2/24
address "$C" lan 10.1.0.1/24
address "$C" wan 192.0.2.1/24
address "$B" under 192.0.2.2/24
ip -n "$A" route add default via 10.1.0.1
in_ns "$C" sysctl -qw net.ipv4.ip_forward=1

masquerade()	# PORTS - a mapping to these source ports
{
	in_ns "$C" nft -f - <<-END
		table ip nat
		delete table ip nat
		table ip nat {
			chain post {
				type nat hook postrouting priority 100;
				oifname "wan" udp sport 4500 masquerade to :$1
				oifname "wan" masquerade
			}
		}
	END
}

masquerade 20000-20099 || ktap_skip_all "nftables cannot masquerade here"
devices_up
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'
events_start "$B" "$TMP/events"

OUT_A[4]=10.1.0.2
check "A behind the router" nl "$A" path-set dev=vpn0 id=1 local=10.1.0.2 remote=192.0.2.2 \
	encap=udp lport=4500 rport=4500 state=up keepalive=1
# B knows the mapping only from what arrives; IKE would have told it
check "B, with a port that is a guess" nl "$B" path-set dev=vpn0 id=1 local=192.0.2.2 \
	remote=192.0.2.1 encap=udp lport=4500 rport=4500 state=up
check "SAs" sas_up
check "running" wait_running "$A" vpn0
in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2 >/dev/null
check "the mapped address is told to B" wait_event "$TMP/events" \
	'^address .*remote=192.0.2.1.* rport=20[0-9]{3}'
port=$(field rport "$(grep '^address ' "$TMP/events" | tail -n 1)")
check_range "the port is the router's" "$port" 20000 20099
check "the daemon follows" nl "$B" path-set dev=vpn0 id=1 rport="$port"
check "ping through the router" pings "$A" 10.9.0.2
check "in the other direction" pings "$B" fd09::1
check "TCP through it" transfer "$A" "$B" 10.9.0.2 500000
check "TCP from the outside in" transfer "$B" "$A" 10.9.0.1 500000

# keepalives hold the mapping while nothing else does
in_ns "$C" nft -f - <<-END
	table ip seen {
		chain passing {
			type filter hook forward priority 0;
			udp dport 4500 udp length 9 counter comment "keepalive"
		}
	}
END
keepalives()
{
	in_ns "$C" nft -j list table ip seen | jq '[.. | .counter? | objects | .packets] | add'
}
check "keepalives of one octet pass the router" wait_for "$PATIENCE" eval '(($(keepalives) >= 2))'
check_is "the peer's daemon does not see them" "$(grep -c 'len=1 ' "$TMP/$B-4-4500.log")" 0

# rebinding: the router forgets and maps to another port
masquerade 30000-30099
in_ns "$C" bash -c 'conntrack -F 2>/dev/null' || {
	# without conntrack(8): taking the address away flushes its mappings
	ip -n "$C" link set wan down
	ip -n "$C" link set wan up
	ip -n "$C" address flush dev wan
	address "$C" wan 192.0.2.1/24
}
in_ns "$A" ping -n -q -c 2 -i 0.2 -W 1 10.9.0.2 >/dev/null
check "after rebinding the new port is told" wait_event "$TMP/events" '^address .* rport=30[0-9]{3}'
port=$(field rport "$(grep '^address ' "$TMP/events" | tail -n 1)")
check "the daemon follows" nl "$B" path-set dev=vpn0 id=1 rport="$port"
check "traffic again" pings "$A" 10.9.0.2
check "from the outside in" pings "$B" 10.9.0.1
events_stop
ktap_end
