#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside QEMU: traffic through two gateways, and how many instructions a packet of it took.
#
#   count.sh MODULE
#
# It should be nice, so that what a softirq leaves to its thread is done at once.
#
#	row TEST CONFIG INSTRUCTIONS LOST
. "$(dirname "${BASH_SOURCE[0]}")/../net/lib/net.sh"

ROUNDS=3
MILLIONS=60	# of instructions in a measurement

die()
{
	echo "count.sh: $*"
	exit 1
}

# scene CONFIG - hosts g and s behind the gateways A and B; see scene.py
scene()
{
	local who fd

	A=$1-a
	B=$1-b
	pair_up
	add_ns "$1-g" "$1-s"
	for who in "$A" "$B" "$1-g" "$1-s"; do
		in_ns "$who" sysctl -qw net.ipv4.ip_forward=1
	done
	join "$1-g" lan "$A" lan
	join "$B" lan "$1-s" lan
	address "$1-g" lan 10.1.0.2/24
	address "$A" lan 10.1.0.1/24
	address "$B" lan 10.2.0.1/24
	address "$1-s" lan 10.2.0.2/24
	ip -n "$1-g" route add default via 10.1.0.1
	ip -n "$1-s" route add default via 10.2.0.1
	if [[ $1 == plain ]]; then
		ip -n "$A" link set under mtu 1420
		ip -n "$B" link set under mtu 1420
		ip -n "$A" route add 10.2.0.0/24 via 192.0.2.2
		ip -n "$B" route add 10.1.0.0/24 via 192.0.2.1
	else
		tunnel "$1"
	fi
	in_ns "$1-g" ping -n -q -c 2 -i 0.1 -W 5 10.2.0.2 >/dev/null || die "$1: no way through"
	exec {fd}<"/run/netns/$1-g"
	FROM[$1]=$fd
	exec {fd}<"/run/netns/$A"
	VIA[$1]=$fd
	exec {fd}<"/run/netns/$1-s"
	TO[$1]=$fd
}

tunnel()	# CONFIG
{
	local encap=none

	devices_up || die "$1: no devices"
	if [[ $1 == ikevti-udp ]]; then
		encap=udp
		attach "$A" 4 && attach "$B" 4 || die "$1: no sockets"
	fi
	tunnel_up encap=$encap esn=1 || die "$1: no tunnel"
	ip -n "$A" link set vpn0 mtu 1420
	ip -n "$B" link set vpn0 mtu 1420
	ip -n "$A" route add 10.2.0.0/24 via 10.9.0.2
	ip -n "$B" route add 10.1.0.0/24 via 10.9.0.1
}

# ask WORDS... - sets VALUE and LOST
ask()
{
	echo "$*" >&"$bench" || return 1
	read -r _ VALUE _ LOST <&"$bench"
}

# packets in a second of 10^9 instructions become instructions
forward()	# CONFIG SIZE BURST
{
	ask forward "from=${VIA[$1]}" dev=lan "to=${TO[$1]}" sink=lan saddr=10.1.0.2 \
		daddr=10.2.0.2 size="$2" burst="$3" cpu=$MILLIONS || die "forward $*"
	VALUE=$((1000000000 / VALUE))
}

# bits in such a second become instructions for a segment
tcp()	# CONFIG PAYLOAD [WORDS]
{
	ask tcp "from=${FROM[$1]}" "to=${TO[$1]}" daddr=10.2.0.2 cpu=$MILLIONS "${@:3}" ||
		die "tcp $*"
	VALUE=$(($2 * 8 * 1000000000 / VALUE))
}

measure()	# CONFIG TEST
{
	case $2 in
	fwd64) forward "$1" 64 64 ;;
	fwd1400) forward "$1" 1400 64 ;;
	fwdmix) forward "$1" 0 64 ;;
	fwd64b1) forward "$1" 64 1 ;;
	ftcp) tcp "$1" 1368 ;;
	ftcp500) tcp "$1" 488 mss=500 ;;
	esac
	echo "row $2 $1 $VALUE $LOST"
}

declare -A FROM VIA TO
net_start
insmod "$1" || die "no module $1"
exec {bench}<>/proc/ikevti_bench
configs=(plain ikevti ikevti-udp)
for config in "${configs[@]}"; do
	scene "$config"
done
for ((round = 0; round < ROUNDS; round++)); do
	for test in fwd64 fwd1400 fwdmix fwd64b1 ftcp ftcp500; do
		for config in "${configs[@]}"; do
			measure "$config" "$test"
		done
	done
done
exec {bench}>&-
for fd in "${FROM[@]}" "${VIA[@]}" "${TO[@]}"; do
	exec {fd}<&-
done
rmmod ikevti_bench
pass "counted"
ktap_end
