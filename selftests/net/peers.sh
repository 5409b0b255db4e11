#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Ten thousand peers on one device: made, listed, used and removed. How fast that is and how much
# memory they take is printed; no check depends on the speed.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping jq
PEERS=${IKEVTI_PEERS:-$((quick ? 1000 : 10000))}
pair_up
ikevti-link -N "$A" add vpn0 multipoint=1
ip -n "$A" link set vpn0 addrgenmode none up
device "$B" vpn0
address "$A" vpn0 10.9.0.1/16
address "$B" vpn0 10.9.0.2/16

real_peer()	# - number 1, the one that is there: a path and SAs on both sides
{
	local key to from

	nl "$A" peer-set dev=vpn0 peer=1 via=10.9.0.2 &&
		nl "$A" path-set dev=vpn0 peer=1 id=1 local=192.0.2.1 remote=192.0.2.2 state=up &&
		nl "$B" path-set dev=vpn0 id=1 local=192.0.2.2 remote=192.0.2.1 state=up || return
	to=$(spi_alloc "$B" dev=vpn0 path=1) || return
	from=$(spi_alloc "$A" dev=vpn0 peer=1 path=1) || return
	key=$(random_hex 32)
	nl "$B" sa-set dev=vpn0 path=1 dir=in spi="$to" aead=gcm key="$key" salt=00000001 \
		window="$WINDOW" &&
		nl "$A" sa-set dev=vpn0 peer=1 path=1 dir=out spi="$to" aead=gcm key="$key" \
			salt=00000001 || return
	key=$(random_hex 32)
	nl "$A" sa-set dev=vpn0 peer=1 path=1 dir=in spi="$from" aead=gcm key="$key" \
		salt=00000001 window="$WINDOW" &&
		nl "$B" sa-set dev=vpn0 path=1 dir=out spi="$from" aead=gcm key="$key" \
			salt=00000001
}

free_octets()	# - of the machine
{
	echo 3 >/proc/sys/vm/drop_caches
	awk '/^MemFree:/ { print $2 * 1024 }' /proc/meminfo
}

said()	# TEXT... - a comment of the test
{
	echo "# $*"
}

per_second()	# N MICROSECONDS
{
	echo $(($1 * 1000000 / ($2 ? $2 : 1)))
}

now()	# - microseconds
{
	echo "${EPOCHREALTIME//[!0-9]/}"
}

check "a peer with traffic" real_peer
check "before there are others" pings "$A" 10.9.0.2
background "$TMP/steady" nsenter "--net=/run/netns/$A" -- ping -n -q -i 0.05 10.9.0.2
steady=$!
before=$(free_octets)
check "$PEERS peers" eval 'nl "$A" bulk-peers dev=vpn0 peer=2 count=$((PEERS - 1)) \
	local=192.0.2.1 remote=192.0.2.2 via=10.9.0.3 >"$TMP/made"'
after=$(free_octets)
us=$(field us "$(<"$TMP/made")")
said "made in $((us / 1000)) ms, $(per_second $((PEERS - 1)) "$us") peers with two SAs a second"
said "$(((before - after) / (PEERS - 1) / 2)) octets for each SA: with its half of peer and path," \
	"and the cipher's context"
grep -hE '^(ikevti|aes|kmalloc)' /proc/slabinfo 2>/dev/null | awk '$2 > 5000 { print "# " $1, $2, $4 }'
check_is "the device has them" "$(dev_field "$A" vpn0 peers)" "$PEERS"
start=$(now)
check_is "all are listed" "$(nl "$A" peer-get dev=vpn0 | grep -c ' state=running ')" "$PEERS"
said "peers listed in $((($(now) - start) / 1000)) ms"
start=$(now)
nl "$A" sa-get dev=vpn0 >"$TMP/sas"
said "$((2 * PEERS)) SAs listed in $((($(now) - start) / 1000)) ms"
check_is "with all SAs" "$(wc -l <"$TMP/sas")" $((2 * PEERS))
check_is "each once" "$(grep -o ' dir=[a-z]* spi=[^ ]*' "$TMP/sas" | sort -u | wc -l)" $((2 * PEERS))

# some of them, from all over, get what is for them
sent_by_all()	# ADDRESS PEER
{
	local spi

	printf -v spi '0x%08x' $((0x10000 + $2))
	in_ns "$A" ping -n -q -c 2 -i 0.02 -W 0.1 "$1" >/dev/null
	field tx_packets "$(nl "$A" sa-get dev=vpn0 peer="$2" path=1 dir=out spi="$spi")"
}
for peer in 2 $((PEERS / 3)) $((PEERS / 2)) "$PEERS"; do
	to=$((peer + 1))
	check_is "packets for peer $peer go out under its SA" \
		"$(sent_by_all "10.9.$((to >> 8)).$((to & 255))" "$peer")" 2
done
check "a path of the underlay goes and comes" eval 'ip -n "$A" link set under down &&
	ip -n "$A" link set under up'
check "and all peers with it" wait_for $((2 * PATIENCE)) eval \
	'(($(nl "$A" peer-get dev=vpn0 | grep -c " state=running ") == PEERS))'
check "the one with traffic, too" wait_for "$PATIENCE" pings "$A" 10.9.0.2
kill "$steady"
wait "$steady"
start=$(now)
check "all go" nl "$A" flush dev=vpn0
said "gone in $((($(now) - start) / 1000)) ms"
check_is "none is left" "$(dev_field "$A" vpn0 peers)$(nl "$A" sa-get dev=vpn0)" 0
nl "$B" flush dev=vpn0
check "one is made again" real_peer
check "and has traffic" pings "$A" 10.9.0.2
ktap_end
