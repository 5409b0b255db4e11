#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The plugin of ip: what "ip link ... type ikevti" takes, shows, and refuses.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need jq ip
plugin=$(cd "$net_dir/../.." && pwd)/build/link_ikevti.so
[[ -e $plugin ]] || ktap_skip_all "link_ikevti.so is not built"
mkdir "$TMP/ip" && cp "$plugin" "$TMP/ip/"
add_ns "$A"
ip -n "$A" link add d0 type dummy

with()	# IP-ARGUMENTS... - ip with the plugin
{
	IP_LIB_DIR=$TMP/ip ip -n "$A" "$@"
}

without()
{
	IP_LIB_DIR=$TMP/none ip -n "$A" "$@"
}

says()	# PATTERN COMMAND... - it fails, and says that
{
	local pattern=$1 out
	shift

	out=$("$@" 2>&1) && return 1
	echo "$out"
	grep -qE "$pattern" <<<"$out"
}

shows()	# EXPECTED - what ip shows of vpn0 behind the kind
{
	local line

	line=$(with -d link show dev vpn0 | sed -n 's/^ *ikevti \(.*hold [^ ]*\( tfc [^ ]*\)\?\) .*/\1/p')
	echo "seen '$line', expected '$1'"
	[[ $line == "$1" ]]
}

data()	# JQ - from JSON
{
	with -d -j link show dev vpn0 | jq -r ".[0].linkinfo.info_data$1"
}

usual="fwmark 0x0 ttl default dscp copy df set mss-clamp auto hash-policy l4 lanes flow spread off hold 5000ms"
usual+=" tfc off"
every="fwmark 0x2a dev d0 ttl inherit dscp 46 df clear mss-clamp 1300 hash-policy l3 lanes cpu"
every+=" spread on hold 1500ms tfc pmtu"
# shellcheck disable=SC2086 # words
check "all keywords" with link add vpn0 type ikevti $every
check "are shown" shows "$every"
check_is "and the kernel has them" "$(ikevti-link -N "$A" show vpn0)" \
	"fwmark=42 mss_clamp=1300 hold_time=1500 hash_policy=1 ttl=0 dscp=46 df=1 link=$(
		ip -n "$A" -j link show dev d0 | jq '.[0].ifindex') tfc=1 lanes=1 spread=1"
while read -r key value; do
	check_is "JSON: $key" "$(data ".$key")" "$value"
done <<'END'
fwmark 0x2a
dev d0
ttl inherit
dscp 46
df clear
mss_clamp 1300
hash_policy l3
lanes cpu
spread on
hold 1500
tfc pmtu
END
check "change some" with link change vpn0 type ikevti dev none ttl 12 dscp copy df inherit hold never
check "they have changed" shows \
	"fwmark 0x2a ttl 12 dscp copy df inherit mss-clamp 1300 hash-policy l3 lanes cpu spread on hold never tfc pmtu"
check_is "JSON of a number" "$(data '.ttl | type')" number
check "set does the same as change" with link set vpn0 type ikevti fwmark 0 ttl default df set \
	mss-clamp auto hash-policy l4 lanes flow spread off hold 5s tfc off
check "these are the defaults" shows "$usual"
check "which a new device has" eval 'with link delete vpn0 && with link add vpn0 type ikevti &&
	shows "$usual"'
check "hold in milliseconds" eval 'with link set vpn0 type ikevti hold 250 &&
	[[ $(data .hold) == 250 ]]'
check "TFC of so many octets" eval 'with link set vpn0 type ikevti tfc 600 &&
	[[ $(data .tfc) == 600 ]]'
while read -r pattern words; do
	# shellcheck disable=SC2086 # words
	check "refused: $words" says "$pattern" with link set vpn0 type ikevti $words
done <<'END'
ttl.*256 ttl 256
ttl.*0 ttl 0
dscp dscp 64
dscp dscp -1
df df maybe
hash-policy hash-policy l5
lanes lanes 2
spread spread maybe
mss-clamp mss-clamp 100
hold hold 5m
hold hold
fwmark fwmark 0x1ffffffff
dev dev nothere
tfc tfc 3
unknown frobnicate
END
check_is "nothing of that was done" "$(data .ttl)" default
check "what only the kernel refuses comes with its reason" says "own underlay" \
	with link set vpn0 type ikevti dev vpn0
check "ip link help ikevti" eval 'with link help ikevti | grep -q "ttl { 1..255"'
check "help behind the type" says "dscp { 0..63" with link add vpn9 type ikevti help

check "counters of all devices" eval 'with link xstats type ikevti | grep -q "^vpn0"'
check "counters by name" eval 'with link xstats type ikevti | grep -qE "rx_replay +0"'
check "a multipoint device" with link add vpn3 type ikevti multipoint hash-policy inner-l3
check_is "is shown to be one" "$(with -d -j link show dev vpn3 |
	jq -r '.[0].linkinfo.info_data | .multipoint, .hash_policy')" $'true\ninner-l3'
check "which no other becomes" says "from its creation" with link set vpn0 type ikevti multipoint
source_check()
{
	with -d -j link show dev vpn3 | jq -r '.[0].linkinfo.info_data.source_check'
}
check_is "it checks sources" "$(source_check)" on
check "or not" with link set vpn3 type ikevti source-check off
check_is "and says so" "$(source_check)" off
check "which no other does" says multipoint with link set vpn0 type ikevti source-check off
with link add vpn1 type ikevti
check_is "JSON, of one device" "$(with -j link xstats type ikevti dev vpn1 |
	jq -r '.[] | .ifname, .ikevti.tx_no_sa')" $'vpn1\n0'
ip -n "$A" link set vpn1 addrgenmode none up
ip -n "$A" address add 10.9.0.1/24 dev vpn1
no_sa_packets()
{
	with -j link xstats type ikevti dev vpn1 | jq '.[0].ikevti.tx_no_sa'
}
check "a packet without SA" no_ping "$A" 10.9.0.2
check "the counters of genl are the same" eval \
	'[[ $(no_sa_packets) == $(dev_field "$A" vpn1 tx_no_sa) ]]'
check "a device that is not there" says "nothere" with link xstats type ikevti dev nothere
check "other kinds are not confused" eval 'with link add br0 type bridge &&
	with link xstats type bridge && with link xstats type ikevti'

# without the plugin
check "plain add without the plugin" without link add vpn2 type ikevti
check "and show" eval 'without -d link show dev vpn2 | grep -q ikevti'
check_fails "but no keywords" without link set vpn2 type ikevti ttl 3
ktap_end
