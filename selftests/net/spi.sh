#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# SPIs are found by an index that is part of them, and nobody who knows some can tell others: who
# forges an ICMP error has all 32 bits to guess.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
N=256
pair_up
check "a device" device "$A" vpn0
check "a path" nl "$A" path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 state=up
spis=()
allocate()
{
	local i spi

	for ((i = 0; i < N; i++)); do
		spi=$(spi_alloc "$A" dev=vpn0 path=1) && ((spi >= 256)) || return
		spis+=($((spi)))
	done
}
check "$N SPIs, none of the reserved ones" allocate
check_is "none twice" "$(printf '%s\n' "${spis[@]}" | sort -u | wc -l)" $N

# steps SHIFT - how many have, from that bit on, in 16 bits the number after that of the one before
steps()
{
	local i n=0

	for ((i = 1; i < N; i++)); do
		(((((spis[i] >> $1) - (spis[i - 1] >> $1)) & 0xffff) == 1 && n++))
	done
	echo $n
}
in_order=0
for shift in 0 2 4 6 8 10 12 14 16; do
	n=$(steps $shift)
	echo "# from bit $shift on: $n"
	((n > in_order)) && in_order=$n
done
check "they are in no order" test "$in_order" -lt 4

# bits that are the same in all
same()
{
	local spi and=$((0xffffffff)) or=0

	for spi in "${spis[@]}"; do
		((and &= spi, or |= spi))
	done
	printf '%#x\n' $((and | ~or & 0xffffffff))
}
check_is "and no bit is the same in all" "$(same)" 0

found()
{
	local spi

	for spi in "${spis[@]}"; do
		nl "$A" sa-del dev=vpn0 dir=in spi="$spi" || return
	done
}
check "each is found" found
check_fails "once" nl "$A" sa-del dev=vpn0 dir=in spi="${spis[0]}"
ktap_end
