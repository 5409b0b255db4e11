#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# NAT keepalives (RFC 3948 section 4): one octet 0xff, after silence only, UDP only.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need tcpdump ping
pair_up
devices_up
check "sockets" eval 'attach "$A" 4 && attach "$B" 4'

keepalives()	# FILE
{
	sniff "$B" under "$1" 'src 192.0.2.1 and udp and udp[4:2] == 9'
}

sniffed()	# FILE - keepalives
{
	sniff_stop
	tcpdump -n -x -r "$1" 2>/dev/null | grep -cE '192\.0\.2\.1\.4500 > 192\.0\.2\.2\.4500'
}

check "tunnel with a keepalive of 1 s" tunnel_up encap=udp keepalive=1
nl "$B" path-set dev=vpn0 id=1 keepalive=0
# judged by the time that it took: a busy machine sleeps and stops longer than it was told to
start=$(date +%s)
check "sniffer" keepalives "$TMP/silent"
sleep 3.2
silent=$(sniffed "$TMP/silent")
check_range "about one a second in silence" "$silent" 2 $(($(date +%s) - start + 2))
check "it is the octet 0xff" eval 'tcpdump -n -x -r "$TMP/silent" 2>/dev/null |
	grep -qE "0x0010: .* 0009 [0-9a-f]{4} ff"'
check_is "the far daemon sees nothing" "$(grep -c . "$TMP/$B-4-4500.log")" 0
check "sniffer" keepalives "$TMP/busy"
start=${EPOCHREALTIME//[!0-9]/}
in_ns "$A" ping -n -q -c 12 -i 0.25 10.9.0.2 >/dev/null
# what it took longer than it was told to is silence
late=$(((${EPOCHREALTIME//[!0-9]/} - start) / 1000000 - 2))
check_range "none while there is traffic" "$(sniffed "$TMP/busy")" 0 $((late > 1 ? late : 1))
check "switched off" nl "$A" path-set dev=vpn0 id=1 keepalive=0
sleep 0.5
check "sniffer" keepalives "$TMP/off"
sleep 2
check_is "none any more" "$(sniffed "$TMP/off")" 0
check "without SAs none either" eval 'nl "$A" path-set dev=vpn0 id=1 keepalive=1 &&
	nl "$A" path-set dev=vpn0 id=1 state=down'
sleep 0.5
check "path deleted while its timer runs" nl "$A" path-del dev=vpn0 id=1
ktap_end
