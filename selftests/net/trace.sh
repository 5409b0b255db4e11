#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Tracepoints and drop reasons: what administrators see with perf or bpftrace, by tracefs alone.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ping
tracing=/sys/kernel/tracing
[[ -e $tracing/events ]] || ktap_skip_all "this kernel has no tracing"
[[ -e $tracing/events/ikevti ]] || ktap_skip_all "this kernel has no events of modules"

stop_tracing()
{
	echo 0 >$tracing/events/enable
	echo >$tracing/trace
}
at_exit stop_tracing

# trace EVENT... - from now on, these
trace()
{
	local event

	echo 0 >$tracing/events/enable
	echo >$tracing/trace
	echo 1 >$tracing/tracing_on
	for event; do
		echo 1 >"$tracing/events/$event/enable" || return
	done
}

trace_has()	# PATTERN LEAST
{
	(($(grep -cE "$1" $tracing/trace) >= $2))
}

# seen PATTERN [LEAST] - lines of the trace
seen()
{
	wait_for "$PATIENCE" trace_has "$1" "${2:-1}" || {
		tail -n 20 $tracing/trace
		return 1
	}
}

pair_up
devices_up

for event in tx rx drop sa_state; do
	check "event ikevti_$event is there" test -e $tracing/events/ikevti/ikevti_$event/format
done
check_is "all of them are off" "$(<$tracing/events/ikevti/enable)" 0

check "SAs are watched" trace ikevti/ikevti_sa_state
check "tunnel" tunnel_up
check "an SPI is allocated" seen "ikevti_sa_state: dev=vpn0 dir=in spi=$SPI_AB path=1 lane=0 state=allocated"
check "an inbound SA is installed" seen "ikevti_sa_state: dev=vpn0 dir=in spi=$SPI_AB .*state=installed"
check "an outbound SA, too" seen "ikevti_sa_state: dev=vpn0 dir=out spi=$SPI_AB .*state=installed"

check "packets are watched" trace ikevti/ikevti_tx ikevti/ikevti_rx
check "ping" pings "$A" 10.9.0.2
check "what is sent" seen "ikevti_tx: dev=vpn0 spi=$SPI_AB seq=[0-9]+ len=[0-9]+ packets=1" 3
check "what is received, inner length" seen "ikevti_rx: dev=vpn0 spi=$SPI_AB seq=[0-9]+ len=84 packets=1" 3
check "the answers" seen "ikevti_rx: dev=vpn0 spi=$SPI_BA seq=[0-9]+ len=84 packets=1" 3
check_is "no more than asked for" "$(grep -c ikevti_sa_state $tracing/trace)" 0

# core_reasons NAME - does this kernel have that reason?
core_reasons()
{
	grep -qw "$1" $tracing/events/skb/kfree_skb/format
}

check "drops are watched" trace ikevti/ikevti_drop skb/kfree_skb
nl "$A" flush dev=vpn0
check "victim" victim_up
check "a good packet, twice, and a bad one" eval 'inject seq=1 && inject seq=1 &&
	inject seq=2 icv=bad && inject seq=3 nh=17'
check "a replay" seen "ikevti_drop: dev=vpn0 spi=$INJECT_SPI reason=rx_replay"
check "a forged packet" seen "ikevti_drop: dev=vpn0 spi=$INJECT_SPI reason=rx_auth_failed"
check "a malformed one" seen "ikevti_drop: dev=vpn0 spi=$INJECT_SPI reason=rx_malformed"
check "which the kernel's event knows" seen "kfree_skb: .*reason: HDR_TRUNC"
# the hold time begins, in which packets still come to the device
nl "$A" sa-del dev=vpn0 path=1 dir=out spi=0x1001
in_ns "$A" ping -c 1 -W 1 10.9.0.2 >/dev/null 2>&1
check "nothing to send by" seen "ikevti_drop: dev=vpn0 spi=0x00000000 reason=tx_no_sa"
if core_reasons NO_TX_TARGET; then
	check "by the kernel's name for it" seen "kfree_skb: .*reason: NO_TX_TARGET"
else
	skip "by the kernel's name for it" "this kernel has none"
fi

# what was received as it should is no drop
check "nothing but drops are watched" trace skb/kfree_skb
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "tunnel again" tunnel_up
echo >$tracing/trace
check "pings" pings "$A" 10.9.0.2 -c 5
sleep 0.2
check_is "of which nothing is dropped in the module" "$(grep -c '\[ikevti\]' $tracing/trace)" 0

check "the end of an SA is watched" trace ikevti/ikevti_sa_state
check "tunnel with a limit" sas_up aout.hard_packets=2
in_ns "$A" ping -c 4 -i 0.05 -W 1 10.9.0.2 >/dev/null 2>&1
check "an SA at its limit" seen "ikevti_sa_state: dev=vpn0 dir=out spi=$SPI_AB .*state=expired"
nl "$A" flush dev=vpn0
check "an SA removed" seen "ikevti_sa_state: dev=vpn0 dir=out spi=$SPI_AB .*state=removed"
ktap_end
