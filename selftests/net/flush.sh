#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The table that spreads flows over paths is dear where paths are many and heavy. Who removes them
# all does not pay for one table of each of those that remain.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
PATHS=16
PEERS=$((quick ? 8 : 16))
pair_up
check "a device" eval 'ikevti-link -N "$A" add vpn0 multipoint=1 &&
	ip -n "$A" link set vpn0 addrgenmode none up'

now()	# - microseconds
{
	echo "${EPOCHREALTIME//[!0-9]/}"
}

# some_paths WEIGHT - with SAs. Weights without a common factor let each draw as often as it can.
some_paths()
{
	local i peer path

	for ((peer = 1; peer <= PEERS; peer++)); do
		nl "$A" peer-set dev=vpn0 peer="$peer" via="10.9.0.$peer" || return
		for ((i = 1; i <= PATHS; i++)); do
			path="dev=vpn0 peer=$peer"
			# shellcheck disable=SC2086 # words
			nl "$A" path-set $path id="$i" local=192.0.2.1 \
				remote="192.0.2.$((i + 1))" weight=$(($1 > 1 ? $1 - i % 2 : 1)) &&
				nl "$A" sa-set $path path="$i" dir=out spi=$((0x1000 + i)) aead=gcm \
					key="$(random_hex 16)" salt=00000001 &&
				nl "$A" path-set $path id="$i" state=up || return
		done
	done
}

usable()
{
	nl "$A" path-get dev=vpn0 | grep -c usable=1
}

for weight in 1 255; do
	check "paths of weight $weight" some_paths $weight
	check_is "they can send" "$(usable)" $((PEERS * PATHS))
	begin=$(now)
	check "all are removed" nl "$A" flush dev=vpn0
	took[weight]=$(($(now) - begin))
	check_is "none is left" "$(nl "$A" path-get dev=vpn0 | wc -l)" 0
done
echo "# microseconds: ${took[1]} where they were light, ${took[255]} where heavy"
check "heavy ones take hardly longer" test "${took[255]}" -lt $((3 * took[1]))
ktap_end
