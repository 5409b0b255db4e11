#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# One TCP flow under one SA, with and without spread, in turns: on a machine with several
# processors, or in QEMU, which emulates them (selftests/qemu/RUN selftests/bench/spread.sh):
# there only the ratio says something. IKEVTI_ROUNDS= (5), IKEVTI_SECONDS= (5).
. "$(dirname "${BASH_SOURCE[0]}")/../net/lib/net.sh"

rounds=${IKEVTI_ROUNDS:-5} seconds=${IKEVTI_SECONDS:-5}
net_start
need iperf3 jq
(($(grep -c ^processor /proc/cpuinfo) > 1)) || ktap_skip_all "there is one processor"
pair_up
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
done

parameter=/sys/module/ikevti/parameters/aead
at_exit eval 'echo >$parameter'

# mode off|on|pcrypt - the kernel's pcrypt spreads packet by packet
mode()
{
	local on=0 cipher=

	[[ $1 == on ]] && on=1
	[[ $1 == pcrypt ]] && cipher="pcrypt(generic-gcm-aesni)"
	echo "$cipher" >$parameter
	ikevti-link -N "$A" set vpn0 spread=$on && ikevti-link -N "$B" set vpn0 spread=$on && sas_up
}

mbits()	# - of one flow
{
	in_ns "$A" iperf3 -c 10.9.0.2 -t "$seconds" -J |
		jq -e '.end.sum_received.bits_per_second / 1e6 | floor'
}

median()
{
	sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

background "$TMP/server" nsenter --net="/run/netns/$B" -- iperf3 -s
wait_for "$PATIENCE" listens "$B" 5201
modprobe -q pcrypt
for encap in udp none; do
	check "tunnel, encap $encap" tunnel_up encap=$encap
	modes="off on"
	mode pcrypt >/dev/null 2>&1 && modes+=" pcrypt"
	rm -f "$TMP"/mbits-*
	for ((i = 0; i < rounds; i++)); do
		for mode in $modes; do
			check "$mode, round $i" eval 'mode $mode && mbits >>"$TMP/mbits-$mode"'
		done
	done
	off=$(median <"$TMP/mbits-off")
	for mode in $modes; do
		this=$(median <"$TMP/mbits-$mode")
		echo "# encap $encap, $mode: $this Mbit/s ($(xargs <"$TMP/mbits-$mode")), $(
			awk "BEGIN { printf \"%.2f\", $this / $off }") of off"
	done
done
ktap_end
