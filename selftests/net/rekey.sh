#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Replacing SAs under traffic: nothing lost, nothing reordered, old inbound SA for a grace time.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping iperf3
pair_up
devices_up
attach "$A" 4
attach "$B" 4

# settled NS SPI - what was sent under an old SA has arrived
settled()
{
	local before now

	now=$(sa_field "$1" vpn0 in "$2" rx_packets)
	wait_for "$PATIENCE" eval 'before=$now
		sleep 0.1
		now=$(sa_field "$1" vpn0 in "$2" rx_packets)
		[[ $now == "$before" ]]'
}

# rekey: both inbound SAs are live before an outbound one is switched; then the old go
rekey()
{
	local old_ab=$SPI_AB old_ba=$SPI_BA

	sas_up "$@" || return
	settled "$B" "$old_ab" && settled "$A" "$old_ba" || return
	nl "$B" sa-del dev=vpn0 dir=in spi="$old_ab" && nl "$A" sa-del dev=vpn0 dir=in spi="$old_ba"
}

for encap in none udp; do
	check "tunnel, encap $encap" tunnel_up encap=$encap
	first=$SPI_AB
	background "$TMP/ping" nsenter --net="/run/netns/$A" -- ping -n -i 0.005 10.9.0.2
	ping_pid=$!
	background "$TMP/iperf-server" nsenter --net="/run/netns/$B" -- iperf3 -s -1 -p 5201
	wait_for "$PATIENCE" listens "$B" 5201
	background "$TMP/iperf" nsenter --net="/run/netns/$A" -- iperf3 -c 10.9.0.2 -t 3 -J
	iperf_pid=$!
	sleep 0.5
	for i in 1 2 3 4 5 6; do
		check "rekey $i under traffic" rekey esn=$((i % 2))
	done
	check "the outbound SA is a new one" test "$first" != "$SPI_AB"
	check_is "one outbound SA is left" "$(nl "$A" sa-get dev=vpn0 | grep -c dir=out)" 1
	check_is "one inbound SA is left" "$(nl "$A" sa-get dev=vpn0 | grep -c dir=in)" 1
	check "TCP ran through" wait $iperf_pid
	kill -INT $ping_pid
	wait $ping_pid 2>/dev/null
	# the last ones were perhaps on their way when ping was ended
	check "none was lost" awk -F 'icmp_seq=' '
		/icmp_seq=/ { seen[$2 + 0]; last = $2 + 0 > last ? $2 + 0 : last }
		/ transmitted/ { sent = $1 + 0 }
		END {
			for (i = 1; i <= last; i++)
				if (!(i in seen)) {
					print i " was not answered"
					bad++
				}
			print sent " sent, up to " last " answered"
			exit bad || last < 30 || sent - last > 20
		}' "$TMP/ping"
	for field in replay auth_failed malformed selector expired; do
		check_is "none was rejected: $field" "$(dev_field "$B" vpn0 rx_$field)" 0
	done
	check_is "none found no SA" "$(dev_field "$A" vpn0 tx_no_sa)" 0
	check "flushed" eval 'nl "$A" flush dev=vpn0 && nl "$B" flush dev=vpn0'
done

# grace: packets sealed with the old key are still taken until the old SA is deleted
check "tunnel" tunnel_up
old=$SPI_AB:$KEY_AB:$SALT_AB
old_spi=$SPI_AB
check "new SAs beside the old" sas_up
check "a packet under the old key arrives" eval 'in_ns "$A" esp-inject from=192.0.2.1 \
	to=192.0.2.2 sa=$old seq=100 isrc=10.9.0.1 idst=10.9.0.2 &&
	wait_for "$PATIENCE" sa_at_least "$B" vpn0 in $old_spi rx_packets 1'
check "traffic uses the new one" pings "$A" 10.9.0.2
check_is "not the old" "$(sa_field "$B" vpn0 in "$old_spi" rx_packets)" 1
check "old inbound deleted" nl "$B" sa-del dev=vpn0 dir=in spi="$old_spi"
check_fails "it is gone" nl "$B" sa-get dev=vpn0 dir=in spi="$old_spi"
before=$(dev_field "$B" vpn0 rx_packets)
check "a packet under the old key" in_ns "$A" esp-inject from=192.0.2.1 to=192.0.2.2 \
	sa="$old" seq=101 isrc=10.9.0.1 idst=10.9.0.2
sleep 0.2
check_is "is not taken" "$(dev_field "$B" vpn0 rx_packets)" "$before"

# carrier does not blink at a rekey
background "$TMP/monitor" ip -n "$A" monitor link
sleep 0.3
check "rekey" rekey
check "rekey" rekey
sleep 0.3
check_is "no link event from a rekey" "$(grep -c vpn0 "$TMP/monitor")" 0
# a fresh SPI, never the one just freed
check "the new SPI differs from every old one" test "$SPI_AB" != "$old_spi"
ktap_end
