#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The MSS clamp and odd TCP headers, both ways: an option wherever it stands is lowered, with a
# right checksum; never raised; and what is malformed passes untouched.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
pair_up
devices_up
# what comes is for nobody here, and nobody shall answer
for ns in "$A" "$B"; do
	in_ns "$ns" sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
done
check "tunnel" tunnel_up

odd()	# WHAT FROM TO FAMILY
{
	local word name

	tcp-odd from="$2:vpn0" to="$3:vpn0" family="$4" mss=1000 >"$TMP/odd" 2>&1
	while read -r word name; do
		if [[ $word == ok ]]; then
			pass "$1, IPv$4: $name"
		else
			fail "$1, IPv$4: $word $name"
		fi
	done <"$TMP/odd"
	check_range "$1, IPv$4: cases" "$(wc -l <"$TMP/odd")" 30 50
}

clamps()	# A's B's
{
	ikevti-link -N "$A" set vpn0 mss_clamp="$1" && ikevti-link -N "$B" set vpn0 mss_clamp="$2"
}

for family in 4 6; do
	check "the sender clamps" clamps 1000 0
	odd "out" "$A" "$B" $family
	check "the receiver clamps" clamps 0 1000
	odd "in" "$A" "$B" $family
done
check "nothing of this was dropped or bad" clean
ktap_end
