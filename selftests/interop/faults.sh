#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What does not fit is said in a sentence that names theirs and ours, in log and status.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

# told WORD...: one line of the log holds all of them, and status holds the first
told()
{
	local lines word

	lines=$(our_log a)
	for word in "$@"; do
		lines=$(grep -F -- "$word" <<<"$lines") || {
			echo "the log does not say: $word"
			our_log a | tail -n 15
			return 1
		}
	done
	ctl a status >"$TMP/status"
	grep -qF -- "$1" "$TMP/status" && return
	echo "status does not say: $1"
	cat "$TMP/status"
	return 1
}

# fails WORD...: no tunnel, and the words are said
fails()
{
	: >"$TMP/a/log"
	swan_conf b && swan_load b && our_conf a && our_start a || return
	[[ $START == listen ]] && swan_up b >/dev/null
	wait_for 8 told "$@"
	told "$@"
	local status=$?
	if one_ping a >/dev/null; then
		echo "and yet there is a tunnel"
		status=1
	fi
	our_stop a && our_clean a || status=1
	return $status
}

mkdir -p "$TMP/a"
swan_conf b
check "strongSwan starts" swan_start b
for START in always listen; do
	SWAN_PSK='another secret altogether'
	check "$START: wrong secret" fails b.example.org
	SWAN_PSK=''
	SWAN_IKE=aes256gcm16-prfsha256-x25519 OUR_IKE=aes128gcm16-prfsha384-ecp384
	if [[ $START == listen ]]; then
		check "$START: no common IKE proposal" fails aes128gcm16-prfsha384-ecp384 \
			"theirs aes256gcm16-prfsha256-x25519; ours aes128gcm16-prfsha384-ecp384"
	else
		check "$START: no common IKE proposal" fails aes128gcm16-prfsha384-ecp384
	fi
	SWAN_IKE='' OUR_IKE=''
	SWAN_ESP=aes256gcm16-x25519 OUR_ESP=aes128gcm16
	check "$START: no common ESP proposal" fails aes128gcm16
	SWAN_ESP='' OUR_ESP=''
	SWAN_NETWORKS=10.77.0.0/16 SWAN_LOCAL_TS=10.88.0.0/16
	check "$START: no common networks" fails 10.77.0.0
	SWAN_NETWORKS='' SWAN_LOCAL_TS=0.0.0.0/0,::/0
done

# An identity that is not the configured one
unknown_id()
{
	START=listen
	SWAN_ID=c.example.org swan_conf b && swan_load b && our_conf a && our_start a || return
	: >"$TMP/a/log"
	swan_up b >/dev/null
	wait_for 5 said a c.example.org
	local status=0
	said a c.example.org && said a b.example.org || { interop_explain a b; status=1; }
	our_stop a && our_clean a && return $status
}
check "an identity nobody configured" unknown_id

# The peer is not there at all
no_answer()
{
	START=always OUR_REMOTE=192.0.2.77
	our_conf a && our_start a || return
	sleep 4
	ctl a status
	ctl a status | grep -q 192.0.2.77
	local status=$?
	our_stop a && return $status
}
check "nobody answers" no_answer
check "the secrets are not in the log" eval '! grep -qE "another secret|correct horse" "$TMP/a/log"'
check "no complaint of the kernel" dmesg_clean
ktap_end
