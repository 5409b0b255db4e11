# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# OpenIKED as the peer; sourced by peer.sh, whose head says what each function does.
# Policy-based, by PF_KEY: no AEAD, no extended sequence numbers, SHA-512 to authenticate.

iked_bin=$peer_dir/openiked/usr/sbin
[[ $peer_root ]] && iked_bin=/usr/sbin

iked_missing()
{
	[[ -x $peer_root$iked_bin/iked && -d $peer_store/etc/iked ]] || echo "OpenIKED is not unpacked"
}

# iked_proposal ikesa|childsa PROPOSALS: ours in OpenIKED's words
iked_proposal()
{
	local one word out

	for one in ${2//,/ }; do
		out=
		for word in ${one//-/ }; do
			case $word in
			aes*gcm16) out+=" enc aes-${word//[!0-9]/}"; out=${out%16}-gcm ;;
			aes*) out+=" enc aes-${word#aes}" ;;
			prfsha*) out+=" prf hmac-sha2-${word#prfsha}" ;;
			sha*) out+=" auth hmac-sha2-${word#sha}"
				[[ $1 == ikesa ]] && out+=" prf hmac-sha2-${word#sha}" ;;
			x25519) out+=" group curve25519" ;;
			esn | noesn) out+=" $word" ;;
			*) out+=" group $word" ;;
			esac
		done
		printf '%s%s ' "$1" "$out"
	done
}

iked_policy()
{
	local from4="$inner4.$((INNER + 2))/32 to $inner4.$((INNER + 1))/32"
	local from6="$inner6$((INNER + 1))::2/128 to $inner6$((INNER + 1))::1/128"
	local esp=${SWAN_ESP:-$ESP} remote=${SWAN_REMOTE:-$(outer L)}

	echo "ikev2 \"$TUNNEL\" ${PEER_MODE:-passive} esp from $from4 from $from6" \
		"local ${SWAN_LOCAL:-$(outer R)} peer ${remote/#%any/any}" \
		"$([[ ${SWAN_IKE:-$IKE} ]] && iked_proposal ikesa "${SWAN_IKE:-$IKE}")" \
		"$([[ $esp ]] && iked_proposal childsa "$esp")" \
		"srcid $SWAN_ID dstid $OUR_ID $PEER_MORE psk \"${SWAN_PSK:-$OUR_PSK}\""
}

iked_conf()
{
	mkdir -p "$TMP/$1"
	(umask 077 && { printf 'set %s\n' fragmentation enforcesingleikesa; iked_policy; } >"$TMP/$1/iked.conf")
}

iked_ctl()
{
	local n=$1
	shift

	peer_exec "$n" "$iked_bin/ikectl" -s "$TMP/$n/iked.sock" "$@"
}

# Who calls while it reads its keys and policies is answered once and then never again, and nothing
# says when it has read them: on a busy machine this may be too short, see begun in peer.sh
iked_settle()
{
	sleep 1.5
}

iked_load()
{
	iked_ctl "$1" reload && iked_settle
}

# Its policies take what is routed anywhere, once it has the addresses
iked_interface()
{
	local ns
	ns=$(ns_name "$1")

	ip -n "$ns" link show "$DEVICE" >/dev/null 2>&1 && return
	ip -n "$ns" link add "$DEVICE" type dummy &&
	ip -n "$ns" link set "$DEVICE" mtu 1400 up &&
	ns_addr "$1" "$DEVICE" "$inner4.$((INNER + 2))/30" "$inner6$((INNER + 1))::2/64"
}

iked_start()
{
	local dir=$TMP/$1 pid see_etc=()

	rm -f "$dir/iked.sock"
	iked_interface "$1"
	# shellcheck disable=SC2016 # expanded there
	[[ $peer_root ]] || see_etc=(sh -c 'mount --bind "$0" /etc && exec "$@"' "$peer_store/etc")
	peer_spawn pid "$1" "${see_etc[@]}" "$iked_bin/iked" -d -v -s "$dir/iked.sock" \
		-f "$dir/iked.conf" $([[ $ENCAP == udp ]] && echo -t)
	ln -sf peer.out "$dir/peer.log"
	wait_for 20 iked_ctl "$1" show sa && iked_settle && return
	echo "OpenIKED does not start"
	tail -n 30 "$dir/peer.out"
	return 1
}

# It begins two seconds after it is told to
iked_up()
{
	(PEER_MODE=active && iked_conf "$1") && iked_load "$1" && wait_for 15 iked_sas "$1"
}

iked_sas()
{
	[[ $(peer_children "$1") ]]
}

iked_down()
{
	iked_ctl "$1" reset sa
}

iked_rekey()
{
	[[ $2 == child ]] || return
	"$build/tools/xfrm-expire" netns="$(ns_name "$1")" dst="${PEER_SEES:-$(outer L)}"
}

iked_ikes()
{
	iked_ctl "$1" show sa | grep -E '^iked_sas: .*ESTABLISHED'
}
