#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A socket whose daemon died: kept for its grace, and then as long as SAs use it.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need ping
GRACE=60
pair_up
device "$A" vpn0 && device "$B" vpn0
address "$A" vpn0 10.9.0.1/24
address "$B" vpn0 10.9.0.2/24
device "$A" vpn1 && device "$B" vpn1
address "$A" vpn1 10.9.1.1/24
address "$B" vpn1 10.9.1.2/24
for outer in 4 6; do
	attach "$A" $outer
	attach "$B" $outer
done
attach "$A" 4 4700
check "a tunnel" tunnel_up encap=udp ain.hard_seconds=$((GRACE + 20)) \
	aout.hard_seconds=$((GRACE + 20))
installed=$SECONDS
check "another, over IPv6" tunnel_up dev=vpn1 outer=6 encap=udp
for name in 4-4500 6-4500 4-4700; do
	kill -KILL "$(<"$TMP/$A-$name.pid")"
	rm "$TMP/$A-$name.pid"
done
check "the daemon is dead, traffic goes on" pings "$A" 10.9.0.2
before=$SECONDS
sleep $((GRACE + 4))
check "a socket that nobody uses is let go when its grace is over" attach "$A" 4 4700
if ((SECONDS - installed < GRACE + 15)); then
	check "one is kept while an SA uses it" pings "$A" 10.9.0.2
	check "in the other direction" pings "$B" 10.9.0.1
else
	skip "one is kept while an SA uses it" "too slow a machine"
fi
check "over IPv6" pings "$A" 10.9.1.2
check_fails "its port is taken" attach "$A" 4
rm -f "$TMP/$A-4-4500.pid"
check "the next daemon takes it" nl "$A" socket-take family=6 port=4500 \
	pid="$TMP/$A-6-4500.pid" log="$TMP/log"
free()
{
	attach "$A" 4 || {
		rm -f "$TMP/$A-4-4500.pid"
		return 1
	}
}
check "with the last SA at its end it is let go" wait_for 40 free
check "after no longer than that" test $((SECONDS - before)) -lt $((2 * GRACE))

# in use, it still does not keep a namespace alive
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0
check "a tunnel again" tunnel_up encap=udp
for file in "$TMP/$A"-*.pid; do
	kill -KILL "$(<"$file")"
	rm "$file"
done
sleep 0.2
check "traffic goes on" pings "$A" 10.9.0.2
check "the namespace is deleted" ip netns delete "$A"
check "and gone, with its device" wait_for 30 eval '! ip -n "$B" link show under'
ktap_end
