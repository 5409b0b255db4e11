#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sequence numbers and replay windows: windows up to 65536.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
pair_up
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24
attach "$A" 4

# The largest window. Each block of numbers is scattered over nearly all of it.
BLOCK=60000
CHUNK=4000 # a queue of the module's takes as many
total=$((quick ? CHUNK * 4 : 100000))

scattered()	# FROM - a chunk of the stream
{
	inject seq="$1-$(($1 + CHUNK - 1))" scatter=$BLOCK batch=gso size=0
}

stream()	# - all of it, none of which may be lost
{
	local at

	for ((at = 0; at < total; at += CHUNK)); do
		gains rx_packets $CHUNK scattered $at || return
	done
}

check "victim with a window of 65536" victim_up encap=udp window=65536 esn=1
check_is "the window is what was asked for" "$(victim window)" 65536
check "$total packets out of order pass" stream
check_is "none was taken for a replay" "$(victim rx_replay)" 0
check "the first chunk again: all are replays, or too old" gains rx_packets 0 scattered 0
check "flush" nl "$A" flush dev=vpn0

check "victim with a window of 65536 without ESN" victim_up encap=udp window=65536
check "a packet far ahead" gains rx_packets 1 inject seq=200000
check "the oldest number of the window" gains rx_packets 1 inject seq=$((200001 - 65536))
check "one older is counted" gains rx_replay 1 inject seq=$((200000 - 65536))
check "and the oldest again" gains rx_replay 1 inject seq=$((200001 - 65536))
check_is "highest number seen" "$(victim seq)" 200000
check "flush" nl "$A" flush dev=vpn0
ktap_end
