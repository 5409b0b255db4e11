#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tunnels in tunnels: over another of the same kind, VXLAN and WireGuard; and a route to the peer
# that leads into the tunnel itself, or into another one that goes through it: nothing loops, it
# is counted, and all is well when the route is.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping nc jq
pair_up
devices_up
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'
check "the outer tunnel" tunnel_up

# over A B - the inner tunnel's outer addresses
over()
{
	OUT_A[4]=$1
	OUT_B[4]=$2
}

inner_up()	# WORDS - vpn1, inner addresses 10.10.0.1 and .2, through whatever is under it
{
	ip -n "$A" link delete vpn1 2>/dev/null
	ip -n "$B" link delete vpn1 2>/dev/null
	device "$A" vpn1 && device "$B" vpn1 && tunnel_up dev=vpn1 "$@" || return
	address "$A" vpn1 10.10.0.1/24 fd0a::1/64
	address "$B" vpn1 10.10.0.2/24 fd0a::2/64
}

works()
{
	pings "$A" 10.10.0.2 && pings "$B" fd0a::1 && transfer "$A" "$B" 10.10.0.2 200000 &&
		transfer "$B" "$A" 10.10.0.1 200000
}

inner_mtu()
{
	ip -n "$A" -j link show dev vpn1 | jq -r '.[0].mtu'
}

through()	# NS DEV COMMAND... - and the device below has sent packets
{
	local ns=$1 dev=$2 before after
	shift 2

	before=$(ip -n "$ns" -j -s link show dev "$dev" | jq '.[0].stats64.tx.packets')
	"$@" || return
	after=$(ip -n "$ns" -j -s link show dev "$dev" | jq '.[0].stats64.tx.packets')
	echo "$dev sent $before before, $after after"
	((after > before + 10))
}

over 10.9.0.1 10.9.0.2
for encap in none udp; do
	check "a tunnel in a tunnel, encap $encap" inner_up encap=$encap
	[[ $encap == udp ]] && mtu=1382 || mtu=1390
	check "its MTU is what is left" wait_for "$PATIENCE" eval '[[ $(inner_mtu) == $mtu ]]'
	check "traffic goes through both" through "$A" vpn0 works
	check "a packet of the MTU passes" pings "$A" 10.10.0.2 -M "do" -s $((mtu - 28))
done

# a loop of two: the way to the peer of the tunnel below leads into the one above
no_way()	# - one of the two paths says so, or both
{
	[[ "$(path_field "$A" vpn0 1 reason) $(path_field "$A" vpn1 1 reason)" == *loop* ]]
}

# loops ROUTE... - while A has this route
loops()
{
	ip -n "$A" route add "$@" || return
	wait_for "$PATIENCE" no_way && no_ping "$A" 10.10.0.2 && no_ping "$A" 10.9.0.2
	status=$?
	ip -n "$A" route delete "$@" && return $status
}

check "a route to the peer through the tunnel in the tunnel is refused" \
	loops 192.0.2.2/32 dev vpn1
check "without it the outer tunnel is well again" wait_for "$PATIENCE" pings "$A" 10.9.0.2
check "and so is the inner one" wait_for "$PATIENCE" pings "$A" 10.10.0.2
check "a route to the peer through the tunnel itself" loops 192.0.2.2/32 dev vpn0
check "without it all is well" wait_for "$PATIENCE" pings "$A" 10.10.0.2
check "the same for the tunnel in the tunnel" loops 10.9.0.2/32 dev vpn1
check "without it all is well" wait_for "$PATIENCE" works

# a loop through a tunnel of another kind: the stack's limit ends it
if ip -n "$A" link add ti0 type ipip local 10.9.0.1 remote 10.9.0.2 2>/dev/null; then
	ip -n "$A" link set ti0 up
	ip -n "$A" route add 192.0.2.2/32 dev ti0
	in_ns "$A" ping -n -q -c 20 -i 0.01 -W 1 10.9.0.2 >/dev/null
	check "through an IPIP tunnel nothing arrives" no_ping "$A" 10.9.0.2
	ip -n "$A" link delete ti0
	check "without it all is well" wait_for "$PATIENCE" pings "$A" 10.10.0.2
else
	skip "a loop through an IPIP tunnel" "no such device here"
fi

if ip -n "$A" link add vx0 type vxlan id 7 local 192.0.2.1 remote 192.0.2.2 dstport 4789 \
	2>/dev/null; then
	ip -n "$B" link add vx0 type vxlan id 7 local 192.0.2.2 remote 192.0.2.1 dstport 4789
	ip -n "$A" link set vx0 addrgenmode none up
	ip -n "$B" link set vx0 addrgenmode none up
	address "$A" vx0 172.16.0.1/24
	address "$B" vx0 172.16.0.2/24
	over 172.16.0.1 172.16.0.2
	for encap in none udp; do
		check "a tunnel over VXLAN, encap $encap" inner_up encap=$encap
		check "traffic" through "$A" vx0 works
	done
else
	skip "a tunnel over VXLAN" "no such device here"
fi

if ! command -v wg >/dev/null; then
	skip "a tunnel over WireGuard" "no program wg here"
elif ! ip -n "$A" link add wg0 type wireguard 2>/dev/null; then
	skip "a tunnel over WireGuard" "no module wireguard here"
else
	ip -n "$B" link add wg0 type wireguard
	(umask 077 && wg genkey >"$TMP/a.key" && wg genkey >"$TMP/b.key")
	in_ns "$A" wg set wg0 private-key "$TMP/a.key" listen-port 51820 peer \
		"$(wg pubkey <"$TMP/b.key")" allowed-ips 172.17.0.0/24 endpoint 192.0.2.2:51820
	in_ns "$B" wg set wg0 private-key "$TMP/b.key" listen-port 51820 peer \
		"$(wg pubkey <"$TMP/a.key")" allowed-ips 172.17.0.0/24 endpoint 192.0.2.1:51820
	address "$A" wg0 172.17.0.1/24
	address "$B" wg0 172.17.0.2/24
	ip -n "$A" link set wg0 up
	ip -n "$B" link set wg0 up
	over 172.17.0.1 172.17.0.2
	for encap in none udp; do
		check "a tunnel over WireGuard, encap $encap" inner_up encap=$encap
		check "traffic" through "$A" wg0 works
	done
fi
ktap_end
