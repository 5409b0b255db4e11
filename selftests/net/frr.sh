#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# FRR: bgpd (eBGP) in three namespaces, each with one multipoint device whose peers are the other
# two. $B and $C announce the same network, so $A has a route with two next hops on one device;
# when the tunnel to one of them is cut, its next hop goes and comes back with the session.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

FRR=/usr/lib/frr
net_start
need ping nc ss
[[ -x $FRR/zebra && -x $FRR/bgpd ]] || ktap_skip_all "needs FRR (package frr)"
id frr >/dev/null 2>&1 || ktap_skip_all "needs the user frr"
# FRR's daemons give up root and have their files there
chmod 711 "$TMP"
add_ns "$A" "$B" "$C"
space=(- "$A" "$B" "$C")

one_way()	# FROM TO - an SA for what FROM sends, inbound first
{
	local from=$1 to=$2 spi key words

	spi=$(spi_alloc "${space[$to]}" dev=vpn0 peer="$from" path=1) || return
	key=$(random_hex 32)
	words="dev=vpn0 path=1 aead=gcm spi=$spi key=$key salt=00000001"
	# shellcheck disable=SC2086 # words
	nl "${space[$to]}" sa-set $words peer="$from" dir=in window="$WINDOW" &&
		nl "${space[$from]}" sa-set $words peer="$to" dir=out
}

sas()	# I J
{
	one_way "$1" "$2" && one_way "$2" "$1"
}

path()	# I J WORDS... - what I has to J
{
	local i=$1 j=$2
	shift 2

	nl "${space[$i]}" path-set dev=vpn0 peer="$j" id=1 "$@"
}

tunnel()	# I J
{
	local i=$1 j=$2 net=198.51.$1$2

	join "${space[$i]}" "under$j" "${space[$j]}" "under$i" || return
	address "${space[$i]}" "under$j" "$net.$i/24"
	address "${space[$j]}" "under$i" "$net.$j/24"
	nl "${space[$i]}" peer-set dev=vpn0 peer="$j" via=10.9.0."$j" &&
		nl "${space[$j]}" peer-set dev=vpn0 peer="$i" via=10.9.0."$i" &&
		path "$i" "$j" local="$net.$i" remote="$net.$j" state=up &&
		path "$j" "$i" local="$net.$j" remote="$net.$i" state=up && sas "$i" "$j"
}

frr()	# N NETWORK
{
	local n=$1 ns=${space[$1]} dir=$TMP/frr$1 m daemon

	install -d -o frr -g frr "$dir" || return
	{
		echo "router bgp 6500$n"
		echo " bgp router-id 10.9.0.$n"
		echo " no bgp ebgp-requires-policy"
		echo " bgp bestpath as-path multipath-relax"
		echo " timers bgp 2 6"
		for m in 1 2 3; do
			((m == n)) && continue
			echo " neighbor 10.9.0.$m remote-as external"
			echo " neighbor 10.9.0.$m timers connect 1"
			echo " neighbor 10.9.0.$m advertisement-interval 0"
		done
		echo " address-family ipv4 unicast"
		echo "  network $2"
		echo "  maximum-paths 4"
		echo " exit-address-family"
	} >"$dir/bgpd.conf"
	: >"$dir/zebra.conf"
	for daemon in zebra bgpd; do
		in_ns "$ns" "$FRR/$daemon" -d -f "$dir/$daemon.conf" -i "$dir/$daemon.pid" \
			-z "$dir/zserv.api" --vty_socket "$dir" --log "file:$dir/$daemon.log" || return
		# net_cleanup() looks for such in $TMP
		ln -s "$dir/$daemon.pid" "$TMP/$daemon$n.pid"
	done
}

next_hops()	# - of A's route to the network that B and C announce
{
	ip -n "$A" route show 10.50.0.0/24 | grep -o 'via 10\.9\.0\.[23] dev vpn0' | sort -u | tr '\n' ' '
}

next_hops_are()	# NEXT HOP...
{
	local want='' n

	for n; do
		want+="via 10.9.0.$n dev vpn0 "
	done
	[[ $(next_hops) == "$want" ]]
}

spread()	# - 40 flows from A reach both B and C
{
	local b c

	b=$(dev_field "$B" vpn0 rx_packets)
	c=$(dev_field "$C" vpn0 rx_packets)
	in_ns "$A" bash -c 'for p in {7001..7040}; do echo x >/dev/udp/10.50.0.1/$p; done' 2>/dev/null
	b=$(($(dev_field "$B" vpn0 rx_packets) - b))
	c=$(($(dev_field "$C" vpn0 rx_packets) - c))
	echo "packets: $b and $c"
	((b >= 5 && c >= 5))
}

ms()
{
	echo $((${EPOCHREALTIME//[!0-9]/} / 1000))
}

for n in 1 2 3; do
	check "a multipoint device" eval 'ikevti-link -N "${space[$n]}" add vpn0 multipoint=1 &&
		ip -n "${space[$n]}" link set vpn0 addrgenmode none up'
	address "${space[$n]}" vpn0 10.9.0."$n"/24
done
address "$A" lo 10.60.0.1/32
address "$B" lo 10.50.0.1/24
address "$C" lo 10.50.0.1/24
in_ns "$A" sysctl -qw net.ipv4.fib_multipath_hash_policy=1
check "tunnels between all three" eval 'tunnel 1 2 && tunnel 1 3 && tunnel 2 3'
for n in 2 3; do
	check "ping" wait_for "$PATIENCE" pings "$A" 10.9.0."$n"
done
check "FRR" eval 'frr 1 10.60.0.1/32 && frr 2 10.50.0.0/24 && frr 3 10.50.0.0/24'
check "BGP converges on two next hops" wait_for $((4 * PATIENCE)) next_hops_are 2 3
check "which the network can be reached by" wait_for "$PATIENCE" pings "$A" 10.50.0.1 -I 10.60.0.1
check "flows go over both" wait_for "$PATIENCE" spread
check "TCP" transfer "$A" "$B" 10.9.0.2

check "rekey" sas 1 2
check "the sessions do not notice" eval 'sleep 7; next_hops_are 2 3'

start=$(ms)
check "the tunnel to one is cut" eval 'path 1 3 state=down && path 3 1 state=down'
check "BGP turns to the other" wait_for $((4 * PATIENCE)) next_hops_are 2
echo "# within $(($(ms) - start)) ms, with a hold time of 6 s"
check "traffic goes on" pings "$A" 10.50.0.1 -I 10.60.0.1
check "the tunnel is back" eval 'path 1 3 state=up && path 3 1 state=up'
check "and the next hop" wait_for $((4 * PATIENCE)) next_hops_are 2 3
check "flows go over both" wait_for "$PATIENCE" spread
ktap_end
