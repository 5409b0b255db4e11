#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Events: acquire, unknown SPI, authentication failures, a peer that moved; and their limits.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping tc tcpdump
pair_up
devices_up
ip -n "$B" address add 192.0.2.77/24 dev under
events_start "$A" "$TMP/events"

count()	# PATTERN
{
	grep -cE "$1" "$TMP/events"
}

# acquire: traffic, and no SA
check "a device that never loses its carrier while it has a path" \
	ikevti-link -N "$A" set vpn0 hold_time=4294967295
check "path without SA" paths_up
check "dormant at once" wait_for "$PATIENCE" is_state "$A" vpn0 dormant
before=$(dev_field "$A" vpn0 tx_no_sa)
in_ns "$A" ping -n -q -c 1 -W 1 ff02::1%vpn0 >/dev/null 2>&1
check "a multicast listener or neighbour is looked for" wait_for "$PATIENCE" eval \
	'at_least "$(dev_field "$A" vpn0 tx_no_sa)" $((before + 1))'
sleep 0.5
check_is "which wants no tunnel" "$(count ^acquire)" 0
in_ns "$A" ping -n -q -c 1 -W 1 10.9.0.2 >/dev/null 2>&1
check "acquire" wait_event "$TMP/events" '^acquire .*dev=vpn0'
check "the event names the path" grep -qE '^acquire .* id=1( |$)' "$TMP/events"
in_ns "$A" timeout 2 ping -n -q -f -W 1 10.9.0.2 >/dev/null 2>&1
check_range "acquire is rate limited" "$(count ^acquire)" 1 5
check_range "every packet is counted" "$(dev_field "$A" vpn0 tx_no_sa)" 10 10000000
check "SAs" eval 'sas_up && wait_running "$A" vpn0'
check "traffic" pings "$A" 10.9.0.2
before=$(count ^acquire)
pings "$A" 10.9.0.2 >/dev/null
check_is "no acquire with an SA" "$(count ^acquire)" "$before"
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# unknown SPI: only a listener is told, seldom, and xfrm's SPIs are not ours to judge
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'
check "victim" victim_up encap=udp
key=$(random_hex 32)
index=$((INJECT_SPI ^ 0x00010000))
start=$SECONDS
for i in $(seq 40); do
	inject sa="$index:$key:00000000" seq="$i" >/dev/null
done
check "unknown SPI is told" wait_event "$TMP/events" '^unknown-spi '
check_range "but seldom" "$(count '^unknown-spi')" 1 $((SECONDS - start + 3))
check "with the SPI" grep -qE "^unknown-spi .*spi=$(printf 0x%08x "$index")" "$TMP/events"
check "and from where" grep -qE "^unknown-spi .*remote=192.0.2.2" "$TMP/events"

# authentication failures: told in bulk
inject seq=1-200 icv=bad >/dev/null
check "authentication failures are told" wait_event "$TMP/events" '^auth-failures '
check_range "in bulk" "$(count '^auth-failures')" 1 10

# a new source address: believed only when the packet is authentic, told, not followed
inject from=192.0.2.77 seq=1 icv=bad >/dev/null
sleep 0.3
check_is "a forged packet from elsewhere is not told as a move" "$(count '^address ')" 0
check "an authentic one is taken" gains rx_packets 1 inject from=192.0.2.77 seq=2
check "and told" wait_event "$TMP/events" '^address .*remote=192.0.2.77'
check_is "the path is not changed by the kernel" "$(path_field "$A" vpn0 1 remote)" 192.0.2.2
sleep 1.1 # at most one event a second
check "another source port is a move too" gains rx_packets 1 inject sport=4999 seq=3
check "and told" wait_event "$TMP/events" '^address .*rport=4999'
sleep 1.1
before=$(count '^address ')
check "a replayed packet from elsewhere" gains rx_replay 1 inject from=192.0.2.78 seq=3
sleep 0.2
check_is "is not told" "$(count '^address ')" "$before"

# Only the newest packet tells where the peer is, not one that was held up and comes in late.
check "the newest from where it should be" gains rx_packets 1 inject seq=20
before=$(count '^address ')
check "an older one from elsewhere is taken" gains rx_packets 1 inject from=192.0.2.78 seq=10
sleep 0.2
check_is "and not told" "$(count '^address ')" "$before"
# The first is the peer's, the second the same from elsewhere; they arrive together, and are seen
# by somebody else too, so that they are decrypted into a copy.
background "$TMP/dump" nsenter --net="/run/netns/$A" -- tcpdump -n -i under udp
dump=$!
wait_for "$PATIENCE" grep -q listening "$TMP/dump"
tc -n "$B" qdisc add dev under root netem delay 1ms slot 2000ms 2000ms
inject seq=30 >/dev/null
sleep 0.1
inject seq=31 >/dev/null
inject from=192.0.2.78 seq=31 >/dev/null
check "a packet and its replay from elsewhere in one burst" wait_for "$PATIENCE" \
	eval '(($(victim seq) == 31))'
tc -n "$B" qdisc delete dev under root
sleep 0.2
check_is "the replay is not told" "$(count '^address ')" "$before"
kill $dump
sleep 1
check "the daemon follows" nl "$A" path-set dev=vpn0 id=1 remote=192.0.2.77 rport=4999
check_is "the path has the new address" "$(path_field "$A" vpn0 1 remote)" 192.0.2.77

# unprivileged listeners
if nl "$A" -u 65534 listen count=1 timeout=1 >"$TMP/unprivileged" 2>&1; then
	echo "# an unprivileged listener heard something"
fi
events_stop
ktap_end
