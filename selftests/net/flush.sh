#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table that spreads flows over paths is dear where paths are many and heavy. Who removes them
# all does not pay for one table of each of those that remain.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
PATHS=16
pair_up
check "a device" device "$A" vpn0

now()	# - microseconds
{
	echo "${EPOCHREALTIME//[!0-9]/}"
}

# of weights without a common factor, so that each path draws as often as it can
heavy()
{
	local i

	for ((i = 1; i <= PATHS; i++)); do
		nl "$A" path-set dev=vpn0 id="$i" local=192.0.2.1 remote="192.0.2.$((i + 1))" \
			weight=$((255 - i % 2)) state="$1" || return
	done
}

sas()
{
	local i

	for ((i = 1; i <= PATHS; i++)); do
		nl "$A" sa-set dev=vpn0 path="$i" dir=out spi=$((0x1000 + i)) aead=gcm \
			key="$(random_hex 16)" salt="$(random_hex 4)" || return
	done
}

# least FILE COMMAND... - keeps in FILE the least time that the command took
least()
{
	local file=$1 begin took
	shift

	begin=$(now)
	"$@" || return
	took=$(($(now) - begin))
	[[ -s $file ]] && (($(<"$file") <= took)) || echo "$took" >"$file"
}

for round in 1 2 3; do
	check "round $round: paths and SAs" eval 'heavy down && sas && heavy up'
	for weight in 253 255; do
		check "one table is made" least "$TMP/one" nl "$A" path-set dev=vpn0 id=2 \
			weight=$weight
	done
	check "all paths are removed" least "$TMP/all" nl "$A" flush dev=vpn0
	check_is "none is left" "$(nl "$A" path-get dev=vpn0 | wc -l)" 0
done
echo "# microseconds: one table $(<"$TMP/one"), removal of $PATHS paths $(<"$TMP/all")"
check "which takes less than three tables" test "$(<"$TMP/all")" -lt $((3 * $(<"$TMP/one")))
ktap_end
