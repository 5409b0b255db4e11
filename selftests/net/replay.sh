#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The anti-replay window (RFC 4303 section 3.4.3) of every size, with and without ESN.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
pair_up
device "$A" vpn0
address "$A" vpn0 10.9.0.1/24

# ESN across the 32-bit border (RFC 4303 appendix A)
check "ESN just below the border" victim_up esn=1 window=64 ain.seq=$((0xfffffff0))
check "last number of the first subspace" gains rx_packets 1 inject seq=$((0xffffffff))
check "first number of the second" gains rx_packets 1 inject seq=$((0x100000000))
check "further" gains rx_packets 5 inject seq=$((0x100000001))-$((0x100000005))
check "from before the border, still in the window" gains rx_packets 1 inject \
	seq=$((0xfffffffe))
check "but once" gains rx_packets 0 inject seq=$((0xfffffffe))
check_is "64 bits are kept" "$(victim seq)" $((0x100000005))
check "a jump over most of a subspace" gains rx_packets 1 inject seq=$((0x1e0000000))
check "flush" nl "$A" flush dev=vpn0

some "32 0" "64 1" "100 0" "1024 1" "4096 0" "4096 1"
for variant in "${variants[@]}"; do
	read -r window esn <<<"$variant"
	what="window $window, ESN $esn"
	check "victim: $what" victim_up window="$window" esn="$esn"
	check_is "the window is what was asked for" "$(victim window)" "$window"
	check "first packet" gains rx_packets 1 inject seq=1
	check "the same again is a replay" gains rx_replay 1 inject seq=1
	check "its number 0 is never valid" gains rx_packets 0 inject seq=0
	check "forward" gains rx_packets 1 inject seq=10000
	check "left edge is inside" gains rx_packets 1 inject seq=$((10001 - window))
	check "left edge again" gains rx_replay 1 inject seq=$((10001 - window))
	if ((!esn)); then
		check "one left of the edge is too old" \
			gains rx_replay 1 inject seq=$((10000 - window))
	else
		# taken for the next 2^32 numbers, so that its ICV is wrong
		check "one left of the edge is not delivered" \
			gains rx_packets 0 inject seq=$((10000 - window))
	fi
	check "all within the window, backwards" gains rx_packets 20 inject \
		seq="$(seq -s, 9999 -1 9980)"
	check "and none of them twice" gains rx_replay 20 inject seq=9980-9999
	check "a jump further than the window" gains rx_packets 1 inject \
		seq=$((10000 + 3 * window))
	check "the old top is outside now" gains rx_packets 0 inject seq=10000
	check "neighbours of the new top are free" gains rx_packets 2 inject \
		seq=$((9999 + 3 * window)),$((9998 + 3 * window))
	# the window must not move for a packet that nobody authenticated
	check "forged far future" gains rx_auth_failed 1 inject seq=900000000 icv=bad
	check "moves nothing" gains rx_packets 1 inject seq=$((9997 + 3 * window))
	check_is "highest number seen" "$(victim seq)" $((10000 + 3 * window))
	# a wrap of the bitmap's ring, in steps that do not divide it
	check "many steps of 37" gains rx_packets 300 inject \
		seq="$(seq -s, 20000 37 31063)"
	check "are all replays now" gains rx_packets 0 inject \
		seq="$(seq -s, 20000 37 31063)"
	check "flush" nl "$A" flush dev=vpn0
done

# imported counter: what was seen before is not taken again
check "inbound SA that goes on at 500" victim_up window=64 ain.seq=500
check "500 and what is before are replays" gains rx_packets 0 inject seq=400-500
check "501 is taken" gains rx_packets 1 inject seq=501
check "flush" nl "$A" flush dev=vpn0

# without ESN numbers end at 2^32 - 1
check "without ESN near the end" victim_up window=64 ain.seq=$((0xfffffff0))
check "the last number" gains rx_packets 1 inject seq=$((0xffffffff))
check "does not start again at 1" gains rx_packets 0 inject seq=1-5
check_fails "window 31 is refused" nl "$A" sa-set dev=vpn0 dir=in path=1 \
	spi="$(spi_alloc "$A" dev=vpn0 path=1)" aead=gcm key="$(random_hex 32)" \
	salt="$(random_hex 4)" window=31
check_fails "window 65537 is refused" nl "$A" sa-set dev=vpn0 dir=in path=1 \
	spi="$(spi_alloc "$A" dev=vpn0 path=1)" aead=gcm key="$(random_hex 32)" \
	salt="$(random_hex 4)" window=65537
ktap_end
