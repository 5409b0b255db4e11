#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What makes packets one flow, and which flows move when a path fails or returns. Nobody receives
# them: what left by which path is seen on the wire, by SPI, and its length tells the flow.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need tcpdump ip-flows
add_ns "$A" "$B"
join "$A" under "$B" under
address "$A" under 192.0.2.1/24
for i in 1 2 3; do
	address "$B" under 192.0.2.1$i/24
done
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24 fd09::1/64
path()	# ID [WORDS]
{
	local id=$1
	shift

	nl "$A" path-set dev=vpn0 id="$id" local=192.0.2.1 remote=192.0.2.1"$id" state=up "$@"
}
for i in 1 2 3; do
	check "path $i" path $i
done
for i in 1 2; do
	check "SA of path $i" nl "$A" sa-set dev=vpn0 dir=out path=$i spi=0x100$i aead=gcm \
		key="$(random_hex 32)" salt="$(random_hex 4)"
done
check "running" wait_running "$A" vpn0

# the neighbours first, so that no packet waits for them, or is thrown away then
for i in 1 2 3; do
	check "neighbour $i" pings "$A" 192.0.2.1$i
done
background "$TMP/wire" nsenter --net="/run/netns/$A" -- \
	tcpdump --immediate-mode -l -n -i under -B 8192 -s 64 esp
check "capture" wait_for "$PATIENCE" grep -q 'listening on' "$TMP/wire"

# flows OPTIONS... - send them; map[i] is then the path of flow i
declare -A map
lines=0
count_lines()
{
	mapfile -t wire <"$TMP/wire"
	seen=0
	map=()
	local line length
	for line in "${wire[@]:lines}"; do
		[[ $line =~ spi=0x0000100([1-3]).*length\ ([0-9]+) ]] || continue
		length=$((BASH_REMATCH[2] - 36 - 120))
		((length >= 0 && length / 8 < expect)) || continue
		map[$((length / 8))]=${BASH_REMATCH[1]}
	done
	((${#map[@]} == expect))
}
flows()	# EXPECTED OPTIONS...
{
	expect=$1
	shift

	mapfile -t wire <"$TMP/wire"
	lines=${#wire[@]}
	in_ns "$A" ip-flows "$@" || return
	wait_for "$PATIENCE" count_lines || {
		echo "seen: ${#map[@]} of $expect"
		return 1
	}
}
on()	# PATH - how many flows it has
{
	local path n=0

	for path in "${map[@]}"; do
		((path == $1)) && n=$((n + 1))
	done
	echo $n
}
# spreads WHAT OPTIONS..., stays WHAT OPTIONS...
spreads()
{
	local what=$1
	shift

	check "$policy: flows of $what" flows 128 dev=vpn0 "$@"
	check_range "$policy: spread over both paths ($(on 1) and $(on 2))" "$(on 1)" 30 98
}
stays()
{
	local what=$1
	shift

	check "$policy: flows of $what" flows 128 dev=vpn0 "$@"
	check "$policy: all on one path" eval '(($(on 1) == 128 || $(on 2) == 128))'
}
hash_policy()	# NUMBER NAME
{
	policy=$2
	check "policy $policy" ikevti-link -N "$A" set vpn0 hash_policy="$1"
	check_is "it is set" "$(dev_field "$A" vpn0 hash_policy)" "$2"
}
together()	# OUTER VARY - both fragments of each datagram on one path
{
	local i

	check "$policy: IPv$1 fragments" flows 128 dev=vpn0 outer="$1" vary="$2" frag=1 count=64
	for ((i = 0; i < 64; i++)); do
		[[ ${map[$i]} == "${map[$((i + 64))]}" ]] || break
	done
	check_is "$policy: the fragments of a datagram are together" $i 64
}

policy=l4
check_is "the default policy" "$(dev_field "$A" vpn0 hash_policy)" l4
spreads "other ports" vary=port
declare -A before
for i in "${!map[@]}"; do
	before[$i]=${map[$i]}
done
spreads "other ports, IPv6" outer=6 vary=port
spreads "other addresses" vary=addr
stays "tunnels with other addresses inside" tunnel=ip vary=inner-addr
together 4 addr
check_range "$policy: fragments spread by addresses" "$(on 1)" 20 108
together 4 port
together 6 addr
check_range "$policy: fragments spread by addresses" "$(on 1)" 20 108
check "packets of one flow from 16 sockets" flows 16 socket=10.9.0.2
check "are on one path" eval '(($(on 1) == 16 || $(on 2) == 16))'

hash_policy 1 l3
stays "other ports" vary=port
stays "other ports, IPv6" outer=6 vary=port
spreads "other addresses" vary=addr
spreads "other addresses, IPv6" outer=6 vary=addr
stays "tunnels with other addresses inside" tunnel=ip vary=inner-addr

hash_policy 2 inner-l3
stays "other ports" vary=port
spreads "other addresses" vary=addr
spreads "IPv4 in IPv4" tunnel=ip vary=inner-addr
spreads "IPv6 in IPv4" tunnel=ip inner=6 vary=inner-addr
spreads "IPv4 in IPv6" tunnel=ip outer=6 vary=inner-addr
spreads "IPv6 in GRE" tunnel=gre inner=6 vary=inner-addr
spreads "IPv4 in GRE with a key" tunnel=key vary=inner-addr
stays "other ports in GRE" tunnel=key vary=inner-port
together 6 addr

# a third path, which takes its share and no other flow; it fails, and returns
hash_policy 0 l4
moved()	# FROM TO - that map and before differ where a flow goes from FROM to TO only, 0 for any
{
	local i n=0

	for i in "${!before[@]}"; do
		[[ ${map[$i]} == "${before[$i]}" ]] && continue
		n=$((n + 1))
		(($1 && before[$i] != $1 || $2 && map[$i] != $2)) || continue
		echo "flow $i went from path ${before[$i]} to ${map[$i]}"
		return 1
	done
	echo "# $n of ${#before[@]} flows moved"
	((n))
}
remember()
{
	local i

	for i in "${!map[@]}"; do
		before[$i]=${map[$i]}
	done
}
check "flows as in the beginning" flows 128 dev=vpn0 vary=port
check_fails "are where they were" moved 0 0
check "the third path's SA" nl "$A" sa-set dev=vpn0 dir=out path=3 spi=0x1003 aead=gcm \
	key="$(random_hex 32)" salt="$(random_hex 4)"
check "flows" flows 128 dev=vpn0 vary=port
check "only those that go to path 3 moved" moved 0 3
check_range "and that is a third ($(on 1), $(on 2), $(on 3))" "$(on 3)" 18 67
remember
check "path 2 fails" path 2 state=down
check "flows" flows 128 dev=vpn0 vary=port
check "only its own moved" moved 2 0
check_is "all of them" "$(on 2)" 0
check_range "to path 1, too" "$(on 1)" 33 95
declare -A without
for i in "${!map[@]}"; do
	without[$i]=${map[$i]}
done
check "path 2 is back" path 2 state=up
check "flows" flows 128 dev=vpn0 vary=port
check_fails "all are where they were before it failed" moved 0 0
for i in "${!without[@]}"; do
	before[$i]=${without[$i]}
done
check "so only its share came back" moved 0 2

# weights
check "path 3 down" path 3 state=down
check "weights 7 and 1" eval 'path 1 weight=7 && path 2 weight=1'
check "flows" flows 128 dev=vpn0 vary=port
check_range "an eighth on path 2" "$(on 2)" 1 40
remember
check "weights 1 and 1" path 1 weight=1
check "flows" flows 128 dev=vpn0 vary=port
check "flows moved to path 2 only" moved 1 2
ktap_end
