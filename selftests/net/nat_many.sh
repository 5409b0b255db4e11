#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many clients behind one address, all to one socket; mappings that change under traffic; and who
# can move a peer: only the newest packet of an SA, and only a true one.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nft ping jq
N=20
[[ $quick ]] && N=6
# A with N devices (10.1.0.1 and on) - C, masquerading (192.0.2.1) - B (192.0.2.2)
add_ns "$A" "$B" "$C"
join "$A" under "$C" lan
join "$C" wan "$B" under
address "$C" lan 10.1.0.254/24
address "$C" wan 192.0.2.1/24
address "$B" under 192.0.2.2/24
for ((i = 1; i <= N; i++)); do
	address "$A" under 10.1.0.$i/24
done
ip -n "$A" route add default via 10.1.0.254
in_ns "$C" sysctl -qw net.ipv4.ip_forward=1

masquerade()	# PORTS - every client gets another source port from these
{
	in_ns "$C" nft -f - <<-END
		table ip nat
		delete table ip nat
		table ip nat {
			chain post {
				type nat hook postrouting priority 100;
				oifname "wan" udp sport 4500 masquerade to :$1
			}
		}
	END
}

masquerade 20000-20099 || ktap_skip_all "nftables cannot masquerade here"
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'

client_up()	# I - device c$I in A, with its own address; s$I in B
{
	local i=$1 spi_in spi_out key salt

	device "$A" c"$i" && device "$B" s"$i" || return
	address "$A" c"$i" 10.100.0."$i"/32
	ip -n "$A" route add 10.200.0."$i"/32 dev c"$i" src 10.100.0."$i"
	address "$B" s"$i" 10.200.0."$i"/32
	ip -n "$B" route add 10.100.0."$i"/32 dev s"$i" src 10.200.0."$i"
	nl "$A" path-set dev=c"$i" id=1 local=10.1.0."$i" remote=192.0.2.2 encap=udp lport=4500 \
		rport=4500 state=up keepalive=1 &&
		nl "$B" path-set dev=s"$i" id=1 local=192.0.2.2 remote=192.0.2.1 encap=udp \
			lport=4500 rport=$((1000 + i)) state=up || return
	spi_in=$(spi_alloc "$A" dev=c"$i" path=1)
	spi_out=$(spi_alloc "$B" dev=s"$i" path=1)
	key=$(random_hex 32)
	salt=$(random_hex 4)
	nl "$B" sa-set dev=s"$i" path=1 dir=in spi="$spi_out" aead=gcm key="$key" salt="$salt" &&
		nl "$A" sa-set dev=c"$i" path=1 dir=out spi="$spi_out" aead=gcm key="$key" \
			salt="$salt" || return
	key=$(random_hex 32)
	nl "$A" sa-set dev=c"$i" path=1 dir=in spi="$spi_in" aead=gcm key="$key" salt="$salt" &&
		nl "$B" sa-set dev=s"$i" path=1 dir=out spi="$spi_in" aead=gcm key="$key" \
			salt="$salt"
}

for_all()	# COMMAND... - with every number
{
	local i

	for ((i = 1; i <= N; i++)); do
		"$@" "$i" || return
	done
}

speak()	# I - the client sends something
{
	in_ns "$A" ping -n -q -c 1 -W 0.1 10.200.0."$1" >/dev/null
	return 0
}

# the last port that was told of a device
port_of()	# I
{
	field rport "$(grep "^address .*dev=s$1 " "$TMP/events" | tail -n 1)"
}

follow()	# I - what the daemon does
{
	nl "$B" path-set dev=s"$1" id=1 rport="$(port_of "$1")"
}

told()	# FIRST I - the device has a port from FIRST on
{
	local port

	port=$(port_of "$2")
	at_least "$port" "$1" && ((port < $1 + 100))
}

heard()	# FIRST I
{
	wait_for "$PATIENCE" eval 'speak '"$2"'; told '"$1 $2"
}

both_ways()	# I
{
	pings "$A" 10.200.0."$1" -c 2 && pings "$B" 10.100.0."$1" -c 2
}

# The router forgets mappings some time after the address went, one that it made since, too
works_again()	# I
{
	wait_for "$PATIENCE" eval "follow $1; both_ways $1"
}

events_start "$B" "$TMP/events"
check "$N clients and their peers" for_all client_up
check "each one's mapping is told" for_all heard 20000
check_is "and each has a port of its own" "$(for_all port_of | sort -u | wc -l)" "$N"
check "the daemon follows them" for_all follow
check "every one reaches its peer and is reached" for_all both_ways

# the router forgets, under traffic, and gives other ports
background "$TMP/flood" nsenter --net="/run/netns/$A" -- ping -n -q -i 0.02 10.200.0.1
flood=$!
masquerade 30000-30099
# taking the address away flushes the mappings
ip -n "$C" link set wan down
ip -n "$C" link set wan up
ip -n "$C" address flush dev wan
address "$C" wan 192.0.2.1/24
check "the new mapping is told, with all else going on" for_all heard 30000
check "the daemon follows" for_all follow
check "every one works again" for_all works_again
before=$(dev_field "$A" c1 rx_packets)
check "what was under way goes on" wait_for "$PATIENCE" eval \
	'dev_at_least "$A" c1 rx_packets $((before + 5))'
kill -INT $flood
wait $flood 2>/dev/null
in_ns "$C" nft -f - <<-END
	table ip seen {
		chain passing {
			type filter hook forward priority 0;
			udp dport 4500 udp length 9 counter
		}
	}
END
keepalives()
{
	in_ns "$C" nft -j list table ip seen | jq '[.. | .counter? | objects | .packets] | add'
}
check "keepalives of all pass the router" wait_for "$PATIENCE" eval \
	"((\$(keepalives) >= $((2 * N))))"
events_stop

# who can move a peer: A's is esp-inject in B now
nl_stop "$C"
pair_down
ip netns delete "$C"
pair_up
address "$B" under 192.0.2.77/24 192.0.2.88/24
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24
check "a socket" attach "$A" 4
check "a victim" victim_up encap=udp window=64
events_start "$A" "$TMP/events"
moves()
{
	grep -c '^address ' "$TMP/events"
}
check "packets from where it is" gains rx_packets 10 inject seq=100-109
check_is "move nobody" "$(moves)" 0
check "an old one from elsewhere, held up on the way" gains rx_packets 1 \
	inject from=192.0.2.77 seq=90
check "one that was there before" gains rx_replay 1 inject from=192.0.2.77 seq=105
check "one too old for the window" gains rx_replay 1 inject from=192.0.2.77 seq=20
check "a forged one with a higher number" gains rx_auth_failed 1 inject from=192.0.2.77 seq=b500
check "from another port, forged" gains rx_auth_failed 1 inject sport=9999 seq=b501
check "after them a true one from where it is" gains rx_packets 1 inject seq=110
check_is "nobody was moved" "$(moves)" 0
check "the newest, from elsewhere" gains rx_packets 1 inject from=192.0.2.88 sport=4567 seq=600
check "it moves" wait_event "$TMP/events" '^address .*remote=192.0.2.88.* rport=4567'
check "by itself the module follows nobody" eval \
	'[[ $(path_field "$A" vpn0 1 remote) == 192.0.2.2 ]]'
events_stop
ktap_end
