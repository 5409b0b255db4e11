#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sequence numbers and replay windows: windows up to 65536, both exported and imported, for takeover
# and restart, and the border of 2^32 (RFC 4303 appendix A).
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

# an SA that is taken over
exported()	# - words that give what the victim knows to another SA
{
	local line

	line=$(nl "$A" sa-get dev=vpn0 dir=in spi="$INJECT_SPI" map=) || return
	echo "seq=$(field seq "$line") map=$(field map "$line")"
}

import()	# WORDS... - into the victim
{
	nl "$A" sa-set dev=vpn0 dir=in spi="$INJECT_SPI" "$@"
}

refused()	# PATTERN COMMAND...
{
	local pattern=$1 text
	shift

	text=$("$@" 2>&1) && return 1
	echo "$text"
	[[ $text == *$pattern* ]]
}

check "victim" victim_up window=100 esn=1 ain.seq=$((0xffffffc0))
check "some numbers on both sides of 2^32" gains rx_packets 6 inject \
	seq=$((0xffffffc8)),$((0xfffffff0)),$((0xffffffff)),$((0x100000001))-$((0x100000003))
state=$(exported)
check_is "the map covers the window" "${#state}" $((4 + 10 + 1 + 4 + 2 * (100 / 8 + 2)))
check_is "what it says of the last numbers" "${state: -6}" 01800e
check_fails "who does not ask does not get it" victim map
check "flush" nl "$A" flush dev=vpn0
# shellcheck disable=SC2086 # words
check "another SA goes on there" victim_up window=100 esn=1 ain.${state% *} ain.${state#* }
check "what was received is a replay" gains rx_replay 6 inject \
	seq=$((0xffffffc8)),$((0xfffffff0)),$((0xffffffff)),$((0x100000001))-$((0x100000003))
check "what was missing is taken, below 2^32" gains rx_packets 2 inject \
	seq=$((0xffffffc9)),$((0xfffffffe))
check "and above" gains rx_packets 3 inject seq=$((0x100000000)),$((0x100000004)),$((0x100000005))
check "once" gains rx_packets 0 inject seq=$((0xfffffffe)),$((0x100000000))

check "a later state, without a map" import seq=$((0x100000010))
check "all up to there counts as received" gains rx_replay 3 inject \
	seq=$((0xffffffca)),$((0x10000000f)),$((0x100000010))
check "a later state with a map of 8 numbers" import seq=$((0x10000001f)) map=82
check "these are missing" gains rx_packets 2 inject seq=$((0x100000018)),$((0x10000001e))
check "these are not" gains rx_replay 3 inject \
	seq=$((0x100000019)),$((0x10000001f)),$((0x100000017))
check "no map makes received numbers missing" import seq=$((0x10000001f)) map=000000
check "they are replays still" gains rx_replay 2 inject seq=$((0x100000010)),$((0x100000018))
check "inbound never goes back" refused "never go back" import seq=$((0x10000001e))
check "nor does a map alone change anything" refused SA_SEQ import map=00
check_is "highest number" "$(victim seq)" $((0x10000001f))
check "no number behind the end" refused "beyond the end" import seq=$((0xffffffffffffffff))
check "what was refused changed nothing" gains rx_packets 1 inject seq=$((0x100000020))
check "flush" nl "$A" flush dev=vpn0

# outbound
device "$B" vpn0
address "$B" vpn0 10.9.0.2/24
check "tunnel just below 2^32" tunnel_up esn=1 \
	aout.seq=$((0xfffffffa)) bin.seq=$((0xfffffffa)) bout.seq=5 ain.seq=5
check "pings across" in_ns "$A" ping -n -q -c 15 -i 0.02 -W 3 10.9.0.2
check "the sender is above" sa_at_least "$A" vpn0 out "$SPI_AB" seq $((0x100000009))
check "so is the receiver" sa_at_least "$B" vpn0 in "$SPI_AB" seq $((0x100000009))
check "nothing was wrong" clean

out()	# WORDS... - to A's outbound SA
{
	nl "$A" sa-set dev=vpn0 dir=out path=1 spi="$SPI_AB" "$@"
}

check "outbound never goes back" refused "never go back" out seq=$((0x100000001))
check "nor behind the end" refused "beyond the end" out seq=$((0xffffffffffffffff))
check "it has no map" refused "for inbound" out seq=$((0x200000000)) map=00
check "but it goes forward" out seq=$((0x200000000))
check "from there" sa_at_least "$A" vpn0 out "$SPI_AB" seq $((0x200000000))
check "the receiver is told" nl "$B" sa-set dev=vpn0 dir=in spi="$SPI_AB" seq=$((0x200000000))
check "pings" pings "$A" 10.9.0.2
check "numbers went on" sa_at_least "$B" vpn0 in "$SPI_AB" seq $((0x200000003))
check "a limit of packets counts what was skipped" out hard_packets=$((0x100000000))
check "so that it is reached" no_ping "$A" 10.9.0.2
check_is "and the SA has ended" "$(sa_field "$A" vpn0 out "$SPI_AB" state)" expired
ktap_end
