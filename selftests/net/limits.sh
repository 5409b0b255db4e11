#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Limits of an SA: soft ones tell, hard ones stop; the end of the sequence numbers stops.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping nc ss
pair_up
devices_up
events_start "$A" "$TMP/events"
HARD=4 # seconds, most often still to come when it is set

pings_through()	# N - how many of N pings are answered
{
	in_ns "$A" ping -n -q -c "$1" -i 0.02 -W 1 10.9.0.2 |
		sed -n 's/.* \([0-9]*\) received.*/\1/p'
}

limit_event()	# LIMIT HARD DIR SPI
{
	local line

	while IFS= read -r line; do
		[[ $line == sa-limit* && $(field limit "$line") == "$1" &&
			$(field spi "$line") == "$4" && $(field dir "$line") == "$3" ]] || continue
		[[ $(field hard "$line" || echo 0) == "$2" ]] && return 0
	done <"$TMP/events"
	return 1
}

no_more()	# SPI - the event came once only
{
	sleep 0.3
	[[ $(grep -c "^sa-limit.*spi=$1.*limit=$2" "$TMP/events") == "$3" ]]
}

check "outbound packets: soft 5, hard 10" tunnel_up aout.soft_packets=5 aout.hard_packets=10
check_is "4 pass without an event" "$(pings_through 4)" 4
check_fails "no event yet" limit_event packets 0 out "$SPI_AB"
check_is "3 more pass" "$(pings_through 3)" 3
check "soft event" wait_for "$PATIENCE" limit_event packets 0 out "$SPI_AB"
check_is "then 3, of 10" "$(pings_through 10)" 3
check "hard event" wait_for "$PATIENCE" limit_event packets 1 out "$SPI_AB"
check "each once" no_more "$SPI_AB" packets 2
check_is "state" "$(sa_field "$A" vpn0 out "$SPI_AB" state)" expired
check_is "ten packets and no more were sent" "$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)" 10
check "the rest is counted" at_least "$(dev_field "$A" vpn0 tx_no_sa)$(dev_field "$A" vpn0 \
	tx_expired)" 1
check_is "the path is not usable any more" "$(path_field "$A" vpn0 1 usable)" 0
check "new SAs bring it back" sas_up
check "traffic again" pings "$A" 10.9.0.2
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

check "outbound octets: soft 2000, hard 5000" tunnel_up aout.soft_bytes=2000 aout.hard_bytes=5000
check "under the limits" pings "$A" 10.9.0.2 -s 100
check_fails "no event yet" limit_event bytes 0 out "$SPI_AB"
pings_through 60 >"$TMP/count"
check "soft event" wait_for "$PATIENCE" limit_event bytes 0 out "$SPI_AB"
check "hard event" wait_for "$PATIENCE" limit_event bytes 1 out "$SPI_AB"
# the packet that reaches the limit still goes
check_range "octets sent stay at the limit" "$(sa_field "$A" vpn0 out "$SPI_AB" tx_bytes)" \
	4916 5083
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

check "inbound packets: soft 5, hard 10" tunnel_up ain.soft_packets=5 ain.hard_packets=10
check_is "10 of 20 answers come in" "$(pings_through 20)" 10
check "soft event" wait_for "$PATIENCE" limit_event packets 0 in "$SPI_BA"
check "hard event" wait_for "$PATIENCE" limit_event packets 1 in "$SPI_BA"
check_is "state" "$(sa_field "$A" vpn0 in "$SPI_BA" state)" expired
check "what comes later is counted" at_least \
	"$(sa_field "$A" vpn0 in "$SPI_BA" rx_expired)" 5
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

check "time: soft 1 s, hard 1000 s" tunnel_up aout.soft_seconds=1 aout.hard_seconds=1000 \
	ain.soft_seconds=1 ain.hard_seconds=1000
check "fresh" pings "$A" 10.9.0.2
check "soft event, out" wait_for "$PATIENCE" limit_event seconds 0 out "$SPI_AB"
check "soft event, in" wait_for "$PATIENCE" limit_event seconds 0 in "$SPI_BA"
check_is "works between soft and hard" "$(pings_through 1)" 1
# set now: a machine may stand still for any time between the two
check "hard $HARD s, out" nl "$A" sa-set dev=vpn0 dir=out path=1 spi="$SPI_AB" \
	hard_seconds=$HARD
check "hard $HARD s, in" nl "$A" sa-set dev=vpn0 dir=in spi="$SPI_BA" hard_seconds=$HARD
check "hard event, out" wait_for "$PATIENCE" limit_event seconds 1 out "$SPI_AB"
check "hard event, in" wait_for "$PATIENCE" limit_event seconds 1 in "$SPI_BA"
check "nothing passes" no_ping "$A" 10.9.0.2
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
# who looks only after both has nothing to say about the soft one
check "soft 1 s and hard $HARD s from the start" tunnel_up aout.soft_seconds=1 \
	aout.hard_seconds=$HARD ain.soft_seconds=1 ain.hard_seconds=$HARD
for hard in 0 1; do
	check "event, out, hard $hard" wait_for "$PATIENCE" limit_event seconds $hard out "$SPI_AB"
	check "event, in, hard $hard" wait_for "$PATIENCE" limit_event seconds $hard in "$SPI_BA"
done
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "an SA that is to live for long" tunnel_up aout.hard_seconds=1000
sleep 2
check "a soft limit below its age" nl "$A" sa-set dev=vpn0 dir=out path=1 spi="$SPI_AB" \
	soft_seconds=1
check "is announced at once" wait_for 3 limit_event seconds 0 out "$SPI_AB"
check "without a hard one" nl "$A" sa-set dev=vpn0 dir=in spi="$SPI_BA" soft_seconds=1
check "too" wait_for 3 limit_event seconds 0 in "$SPI_BA"
check "once" no_more "$SPI_BA" seconds 1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# the end of the sequence numbers: without ESN 2^32 - 1 is the last (RFC 4303 section 3.3.3)
check "sequence numbers near their end" tunnel_up aout.seq=$((0xffffffff - 6)) \
	bin.seq=$((0xffffffff - 6))
check_is "6 go out" "$(pings_through 9)" 6
check "hard event" wait_for "$PATIENCE" limit_event sequence 1 out "$SPI_AB"
check_is "the counter did not wrap" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" $((0xffffffff))
check "what is not sent is counted" at_least "$(dev_field "$A" vpn0 tx_seq_end)$(dev_field "$A" \
	vpn0 tx_no_sa)" 1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "with ESN it goes on over the border" tunnel_up esn=1 aout.seq=$((0xffffffff - 6)) \
	bin.seq=$((0xffffffff - 6))
check_is "all 12 are answered" "$(pings_through 12)" 12
check "the counter is beyond 32 bits" at_least "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" \
	$((0x100000004))
check_fails "no sequence event" limit_event sequence 1 out "$SPI_AB"
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "sequence soft limit comes before the end" tunnel_up \
	aout.seq=$((0xffffffff - 0x100000)) bin.seq=$((0xffffffff - 0x100000))
check "traffic" pings "$A" 10.9.0.2
check "soft event" wait_for "$PATIENCE" limit_event sequence 0 out "$SPI_AB"

# limits of an SA can be changed
check "modify: a hard limit added to a live SA" nl "$A" sa-set dev=vpn0 dir=out path=1 \
	spi="$SPI_AB" hard_packets=6
check_is "it holds" "$(pings_through 10)" 3
check_fails "a counter cannot be set back" nl "$A" sa-set dev=vpn0 dir=out path=1 \
	spi="$SPI_AB" seq=1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# Last, since what is left of the connections is sent again in any tunnel that comes after.
# Many segments given to the device as one packet: TCP's initial window is ten of them.
burst()	# WORDS - fills a connection through a tunnel with SAs of these words
{
	local pid

	tunnel_up "$@" || return
	in_ns "$B" timeout 20 nc -l 10.9.0.2 5002 </dev/null >/dev/null 2>&1 &
	pid=$!
	wait_for "$PATIENCE" listens "$B" 5002
	in_ns "$A" timeout 2 nc 10.9.0.2 5002 </dev/zero >/dev/null 2>&1
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	return 0
}

check "a burst over a hard limit of 8 packets" burst aout.hard_packets=8
check_is "8 are sent" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" 8
check_is "and counted" "$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)" 8
check_is "and received" "$(sa_field "$B" vpn0 in "$SPI_AB" rx_packets)" 8
check "hard event" wait_for "$PATIENCE" limit_event packets 1 out "$SPI_AB"
check "the rest of the burst is counted" dev_at_least "$A" vpn0 tx_expired 1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "a burst over a hard limit of 5000 octets" burst aout.hard_bytes=5000
check_range "is cut at the packet that reaches it" \
	"$(sa_field "$A" vpn0 out "$SPI_AB" tx_bytes)" 5000 6450
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "a burst over the end of the sequence numbers" burst aout.seq=$((0xffffffff - 8)) \
	bin.seq=$((0xffffffff - 8))
check_is "has the last one" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" $((0xffffffff))
check_is "what was not sent is not counted as sent" \
	"$(sa_field "$A" vpn0 out "$SPI_AB" tx_packets)" 8
check_is "8 are received" "$(sa_field "$B" vpn0 in "$SPI_AB" rx_packets)" 8
check "the rest is counted" dev_at_least "$A" vpn0 tx_seq_end 1
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
events_stop
ktap_end
