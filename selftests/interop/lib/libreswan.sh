# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# libreswan as the peer; sourced by peer.sh, whose head says what each function does.
# Route-based, as strongSwan is here: an XFRM interface of libreswan's own naming.

libre_if_id=7
libre_device=ipsec$libre_if_id
libre_dir=$peer_dir/libreswan/usr/libexec/ipsec
libre_db=$peer_store/nss

# from version 5 on: both families in one connection, another word
libre_rekey_child=--rekey-ipsec
[[ $peer_root ]] && libre_rekey_child=--rekey-child

libre_missing()
{
	[[ -x $peer_root$libre_dir/pluto && -d $libre_db ]] || echo "libreswan is not unpacked"
}

# libre_proposal PROPOSALS: ours in libreswan's words
libre_proposal()
{
	# a hash that a cipher has beside it stands before the group, a PRF behind "-"
	sed -E 's/aes([0-9]+)gcm16/aes_gcm\1/g; s/-(no)?esn//g; s/-prf?sha/-sha2_/g
		s/-sha(256|384|512)/-sha2_\1/g
		s/-x25519/;dh31/g; s/-ecp256/;dh19/g; s/-ecp384/;dh20/g; s/-ecp521/;dh21/g
		s/-modp2048/;dh14/g; s/;dh([0-9]+);dh/;dh\1+dh/g' <<<"$1"
}

libre_conf()
{
	local dir=$TMP/$1 esp=${SWAN_ESP:-$ESP} pfs=no
	local local_ts=$SWAN_LOCAL_TS remote_ts=$SWAN_REMOTE_TS

	[[ $peer_root ]] || local_ts=${local_ts%%,*} remote_ts=${remote_ts%%,*}
	[[ ! $esp || $esp == *-[xem]* ]] && pfs=yes
	mkdir -p "$dir"
	cat >"$dir/ipsec.conf" <<-END
	config setup
	  nssdir=$dir/nss
	conn $TUNNEL
	  left=${SWAN_LOCAL:-$(outer R)}
	  leftid=@$SWAN_ID
	  right=${SWAN_REMOTE:-$(outer L)}
	  rightid=@$OUR_ID
	  authby=secret
	  mobike=no
	  leftsubnet=$local_ts
	  rightsubnet=$remote_ts
	  ipsec-interface=$libre_if_id
	  leftupdown=/bin/true
	  pfs=$pfs
	  encapsulation=$([[ $ENCAP == udp ]] && echo yes || echo auto)
	  retransmit-timeout=8
	  retransmit-interval=500
	  auto=ignore
	END
	# nothing said: its own defaults
	[[ ${SWAN_IKE:-$IKE} ]] && echo "  ike=$(libre_proposal "${SWAN_IKE:-$IKE}")" >>"$dir/ipsec.conf"
	[[ $esp ]] && echo "  esp=$(libre_proposal "$esp")" >>"$dir/ipsec.conf"
	[[ $PEER_MORE ]] && printf '  %s\n' $PEER_MORE >>"$dir/ipsec.conf"
	echo "@$SWAN_ID @$OUR_ID : PSK \"${SWAN_PSK:-$OUR_PSK}\"" >"$dir/ipsec.secrets"
}

libre()
{
	local n=$1
	shift

	peer_exec "$n" "$libre_dir/whack" --ctlsocket "$TMP/$n/pluto.ctl" "$@"
}

libre_load()
{
	libre "$1" --rereadsecrets >/dev/null &&
	peer_exec "$1" "$libre_dir/addconn" --config "$TMP/$1/ipsec.conf" \
		--ctlsocket "$TMP/$1/pluto.ctl" "$TUNNEL" >"$TMP/$1/libre.load" 2>&1 || {
		cat "$TMP/$1/libre.load"
		return 1
	}
}

# The interface is there before pluto wants it, so that addresses are, too
libre_interface()
{
	local ns outer_dev
	ns=$(ns_name "$1")

	ip -n "$ns" link show "$libre_device" >/dev/null 2>&1 && return
	outer_dev=$(ns_outer "$1")
	ip -n "$ns" link add "$libre_device" type xfrm dev "$outer_dev" if_id "$libre_if_id" &&
	ip -n "$ns" link set "$libre_device" mtu 1400 up &&
	ns_addr "$1" "$libre_device" "$inner4.$((INNER + 2))/30" "$inner6$((INNER + 1))::2/64"
}

libre_start()
{
	local dir=$TMP/$1 pid

	[[ -d $dir/nss ]] || cp -r "$libre_db" "$dir/nss"
	rm -f "$dir/pluto.ctl" "$dir/pluto.pid"
	# where it looks for its helpers is compiled in
	# shellcheck disable=SC2016 # expanded there
	peer_spawn pid "$1" sh -c 'mount --bind "$0" /usr/libexec && exec "$@"' "${libre_dir%/*}" \
		/usr/libexec/ipsec/pluto --nofork --config "$dir/ipsec.conf" --rundir "$dir" \
		--ipsecdir "$dir" --nssdir "$dir/nss" --dumpdir "$dir" --secretsfile "$dir/ipsec.secrets" \
		--logfile "$dir/peer.log" --nhelpers 0 --no-dnssec --uniqueids
	libre_interface "$1"
	if ! wait_for 20 test -S "$dir/pluto.ctl" || ! wait_for 5 libre "$1" --listen; then
		echo "libreswan does not start"
		tail -n 30 "$dir/peer.out" "$dir/peer.log"
		return 1
	fi
	libre_load "$1"
}

libre_up()
{
	libre "$1" --initiate --name "$TUNNEL" >"$TMP/$1/libre.up" 2>&1 && return
	cat "$TMP/$1/libre.up"
	return 1
}

libre_down()
{
	libre "$1" --terminate --name "$TUNNEL" >/dev/null
}

libre_rekey()
{
	case $2 in
	child) libre "$1" "$libre_rekey_child" --name "$TUNNEL" --asynchronous ;;
	ike) libre "$1" --rekey-ike --name "$TUNNEL" --asynchronous ;;
	esac
}

# One line for each IKE SA that is established
libre_ikes()
{
	libre "$1" --showstates | grep -E 'ESTABLISHED_IKE_SA' | grep -oE '#[0-9]+'
}

libre_quit()
{
	libre "$1" --shutdown >/dev/null 2>&1
}
