#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# COOKIE in both directions, IKE fragmentation in both directions, lost datagrams.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

session()
{
	swan_conf b && swan_start b && our_conf a && our_start a || return
	if [[ $START == listen ]]; then
		swan_up b || return
	fi
	tunnel_up a && tunnel_up b
}

# with COMMAND: a session in which the command is true
with()
{
	local status=0

	session && "$@" || { interop_explain a b; status=1; }
	our_stop a && our_clean a || status=1
	swan_stop b
	return $status
}

cookie_for_us()
{
	grep -q 'IKE_SA_INIT response 0 \[ N(COOKIE) \]' "$TMP/b/swan.log"
}

cookie_for_them()
{
	grep -q 'parsed IKE_SA_INIT response 0 \[ N(COOKIE) \]' "$TMP/b/swan.log" &&
		ctl a show counters | grep -E 'cookies_sent|cookies sent'
}

fragments_both()
{
	grep -q 'parsed IKE_AUTH .* \[ EF(' "$TMP/b/swan.log" &&
		grep -q 'generating IKE_AUTH .* \[ EF(' "$TMP/b/swan.log"
}

# One negotiation that is never finished makes strongSwan careful
cookie_wanted()
{
	local status=0

	swan_conf b && swan_start b && our_conf a || return
	in_ns b nft -f - <<-END || return
		table inet half {
			chain in {
				type filter hook input priority 0;
				udp dport 4500 drop
			}
		}
	END
	our_start a && wait_for 5 grep -q 'generating IKE_SA_INIT response' "$TMP/b/swan.log" ||
		status=1
	our_kill a
	in_ns b nft flush ruleset
	our_start a && tunnel_up a && cookie_for_us || { interop_explain a b; status=1; }
	our_stop a && our_clean a || status=1
	swan_stop b
	return $status
}

SWAN_OPTIONS='cookie_threshold = 1' ENCAP=udp
check "strongSwan asks us for a COOKIE" cookie_wanted
ENCAP=auto

OUR_DAEMON='daemon { cookie-threshold = 0 }'
START=listen
our_conf_plain=$(declare -f our_conf)
eval "${our_conf_plain/our_conf/our_conf_tunnel}"
our_conf() { our_conf_tunnel "$1" && echo "${OUR_DAEMON-}" >>"$TMP/$1/ikevti.conf"; }
SWAN_OPTIONS=''
check "we ask strongSwan for a COOKIE" with cookie_for_them
OUR_DAEMON=''

for START in always listen; do
	SWAN_MORE='fragmentation = force' SWAN_OPTIONS='fragment_size = 256'
	check "$START: small fragments from strongSwan" with eval \
		'grep -qE "(generating|parsed) IKE_AUTH .* \[ EF" "$TMP/b/swan.log"'
	SWAN_MORE='' SWAN_OPTIONS=''
done

# Every third datagram of IKE is lost, both ways
lossy()
{
	local n

	for n in a b; do
		in_ns $n nft -f - <<-END || return
			table inet loss {
				chain in {
					type filter hook input priority 0;
					udp dport { 500, 4500 } numgen inc mod 3 0 drop
				}
			}
		END
	done
	START=always
	with ctl a rekey net
	local status=$?
	for n in a b; do
		in_ns $n nft flush ruleset
	done
	return $status
}
check "a third of all messages is lost" lossy
check "no complaint of the kernel" dmesg_clean
ktap_end
