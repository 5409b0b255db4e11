# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# ikevtid against strongSwan, or against itself, in network namespaces. Source it first.
#
# Ours, in namespace N (files below $TMP/N):
#   our_conf N              write a configuration from the variables below
#   our_conf_add N          one more tunnel in it
#   other_conf              b's, turned round, when both sides are ikevtid
#   our_start N [OPTION]    start ikevtid, wait for its control socket
#   our_stop N / our_kill N end it gracefully / with SIGKILL
#   ctl N WORD...           ikevtictl
#   our_log N               its log
#   our_sas N               what the kernel holds, one "sa" line each
# strongSwan's, in namespace N:
#   swan_conf N             write a connection from the variables below
#   swan_start N / swan_stop N / swan_kill N, swan_load N
#   swan N WORD...          swanctl
# Traffic:
#   ping4 N, ping6 N        three packets from N's end of the tunnel to the other
#   tunnel_up N             both work
#   flood_start VAR N, flood_end VAR   200 packets a second for a while; was one lost?
#
# Variables with defaults, to be changed before *_conf:
#   L4/R4 (outer addresses of ours and theirs), FAMILY 4|6, IKE, ESP (proposals of both sides),
#   OUR_IKE OUR_ESP SWAN_IKE SWAN_ESP, START, ENCAP, DETECT, OUR_MORE, SWAN_MORE (connection),
#   SWAN_CHILD (child), SWAN_OPTIONS (strongswan.conf), OUR_ID SWAN_ID, OUR_PSK SWAN_PSK

interop_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=SCRIPTDIR/../../lib/ktap.sh
. "$interop_dir/../../lib/ktap.sh"
# shellcheck source=SCRIPTDIR/../../lib/lab.sh
. "$interop_dir/../../lib/lab.sh"
# shellcheck source=SCRIPTDIR/netns.sh
. "$interop_dir/netns.sh"

build=${IKEVTI_BUILD:-$lab_top/build}
# shellcheck source=SCRIPTDIR/root.sh
. "$interop_dir/root.sh"
charon=/usr/sbin/charon-systemd
swan_if_id=42

# Inner addresses: ours .1, theirs .2
inner4=10.255.0 inner6=fd00:ff:

# What the kernel said since the script began
interop_mark="interop-$$-$RANDOM"
[[ -w /dev/kmsg ]] && echo "$interop_mark ${0##*/}" >/dev/kmsg
dmesg_clean()
{
	dmesg | sed "1,/$interop_mark/d" >"$TMP/dmesg"
	lab_check_log "$TMP/dmesg"
}

interop_need()
{
	local program

	for program in "$build/ikevtid" "$build/ikevtictl" "$build/tools/ikevti-nl"; do
		[[ -x $program ]] || ktap_skip_all "$program is not built"
	done
	[[ ${1-} == self || -x $peer_root$charon ]] || ktap_skip_all "strongSwan is not installed"
	((EUID == 0)) || ktap_skip_all "must be root"
	modprobe ikevti || { ktap_start; fail "the module loads"; ktap_end; }
}

interop_defaults()
{
	FAMILY=4 L4=192.0.2.1 R4=192.0.2.2 L6=2001:db8:2::1 R6=2001:db8:2::2
	IKE=aes256gcm16-prfsha256-x25519 ESP=aes256gcm16-x25519
	OUR_IKE='' OUR_ESP='' SWAN_IKE='' SWAN_ESP=''
	START=always ENCAP=auto DETECT=2s OUR_MORE='' SWAN_MORE='' SWAN_CHILD='' SWAN_OPTIONS=''
	OUR_ID=a.example.org SWAN_ID=b.example.org OUR_PSK='correct horse battery' SWAN_PSK=''
	OUR_NETWORKS='' SWAN_NETWORKS='' SWAN_LOCAL_TS=0.0.0.0/0,::/0 SWAN_REMOTE_TS=0.0.0.0/0,::/0
	OUR_LOCAL='' OUR_REMOTE='' SWAN_LOCAL='' SWAN_REMOTE='' TUNNEL=net DEVICE=vpn0 INNER=0
}
interop_defaults

outer()
{
	local v=$1$FAMILY
	echo "${!v}"
}

# ---- ours ----

# An empty list of proposals leaves the default
our_tunnel()
{
	local ike=${OUR_IKE:-$IKE} esp=${OUR_ESP:-$ESP}

	cat <<-END
	tunnel $TUNNEL {
		device = $DEVICE
		address = $inner4.$((INNER + 1))/30, $inner6$((INNER + 1))::1/64
		local  { id = $OUR_ID auth = psk ${OUR_NETWORKS:+networks = $OUR_NETWORKS} }
		remote { id = $SWAN_ID auth = psk ${SWAN_NETWORKS:+networks = $SWAN_NETWORKS} }
		path p1 { local = ${OUR_LOCAL:-$(outer L)} remote = ${OUR_REMOTE:-$(outer R)} }
		ike { ${ike:+proposals = $ike} }
		esp { ${esp:+proposals = $esp} encap = $ENCAP }
		detect = $DETECT
		start = $START
		$OUR_MORE
	}
	END
}

our_conf()
{
	mkdir -p "$TMP/$1"
	our_tunnel >"$TMP/$1/ikevti.conf"
	(umask 077 && printf 'psk %s = "%s"\n' "$SWAN_ID" "$OUR_PSK" \
		>"$TMP/$1/secrets.conf")
}

# One more tunnel in a configuration that is there
our_conf_add()
{
	our_tunnel >>"$TMP/$1/ikevti.conf"
	printf 'psk %s = "%s"\n' "$SWAN_ID" "$OUR_PSK" >>"$TMP/$1/secrets.conf"
}

# b's configuration when it is ikevtid, too: everything turned round
other_conf()
{
	local inner=$inner4 status

	mkdir -p "$TMP/b"
	(
		our_id=$OUR_ID OUR_ID=$SWAN_ID
		SWAN_ID=$our_id
		OUR_LOCAL=$(outer R) OUR_REMOTE=$(outer L) START=${OTHER_START:-listen}
		our_conf b
	)
	status=$?
	sed -i "s/$inner\.1/$inner.2/; s/::1\/64/::2\/64/" "$TMP/b/ikevti.conf"
	return $status
}

our_start()
{
	local n=$1 pid
	shift

	mkdir -p "$TMP/$n"
	ip netns exec "$(ns_name "$n")" "$build/ikevtid" -c "$TMP/$n/ikevti.conf" \
		--runtime-dir "$TMP/$n" --foreground --log-level debug "$@" \
		>>"$TMP/$n/log" 2>&1 </dev/null &
	pid=$!
	echo "$pid" >"$TMP/$n/started"
	at_exit kill -KILL "$pid"
	if ! wait_for 10 ctl "$n" status; then
		echo "ikevtid does not answer in $n:"
		tail -n 30 "$TMP/$n/log"
		return 1
	fi
}

our_pid()
{
	cat "$TMP/$1/started"
}

our_stop()
{
	local pid status

	pid=$(our_pid "$1")
	kill -TERM "$pid" 2>/dev/null
	wait "$pid"
	status=$?
	# the filter of system calls must not be in its way, nor a sanitizer have found anything
	grep -E 'is not allowed: number|Sanitizer|runtime error' "$TMP/$1/log" && status=99
	((status == 0)) || { echo "ikevtid ended with status $status"; our_log "$1" | tail -n 20; }
	return "$status"
}

our_kill()
{
	local pid

	pid=$(our_pid "$1")
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null
	return 0
}

our_log()
{
	cat "$TMP/$1/log"
}

ctl()
{
	local n=$1
	shift

	in_ns "$n" "$build/ikevtictl" -s "$TMP/$n/control.sock" "$@"
}

our_sas()
{
	in_ns "$1" "$build/tools/ikevti-nl" sa-get
}

our_paths()
{
	in_ns "$1" "$build/tools/ikevti-nl" path-get
}

our_sa_count()
{
	our_sas "$1" | grep -c '^sa '
}

# our_clean N - nothing of ours is in the kernel but the device
our_clean()
{
	[[ -z $(our_sas "$1") && -z $(our_paths "$1") ]]
}

# ---- strongSwan ----

swan_options()
{
	cat <<-END
	charon-systemd {
		load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl curve25519 gcm aes sha1 sha2 hmac kdf drbg kernel-netlink socket-default vici updown
		install_routes = no
		threads = 8
		retransmit_timeout = 1
		retransmit_base = 1.4
		retransmit_tries = 4
		$SWAN_OPTIONS
		plugins {
			vici { socket = unix://$TMP/$1/vici.sock }
		}
		filelog { f {
			path = $TMP/$1/swan.log
			flush_line = yes
			default = 1
			ike = 2
		} }
	}
	# few plugins: loading them all takes seconds each time
	swanctl { load = random }
	END
}

swan_connection()
{
	cat <<-END
	$TUNNEL {
		version = 2
		local_addrs = ${SWAN_LOCAL:-$(outer R)}
		remote_addrs = ${SWAN_REMOTE:-$(outer L)}
		proposals = ${SWAN_IKE:-${IKE:-default}}
		mobike = no
		$SWAN_MORE
		local { auth = psk
			id = $SWAN_ID }
		remote { auth = psk
			id = $OUR_ID }
		children { $TUNNEL {
			local_ts = $SWAN_LOCAL_TS
			remote_ts = $SWAN_REMOTE_TS
			if_id_in = $swan_if_id
			if_id_out = $swan_if_id
			esp_proposals = ${SWAN_ESP:-${ESP:-default}}
			$SWAN_CHILD
		} }
	}
	END
}

swan_conf()
{
	local dir=$TMP/$1

	mkdir -p "$dir"/swanctl/{conf.d,x509,x509ca,private}
	swan_options "$1" >"$dir/strongswan.conf"
	{
		echo "connections {"
		swan_connection
		echo "}"
		echo "secrets { ike-$TUNNEL { id = $OUR_ID"
		echo "secret = \"${SWAN_PSK:-$OUR_PSK}\" } }"
	} >"$dir/swanctl/swanctl.conf"
}

swan()
{
	local n=$1 dir=$TMP/$1
	shift

	STRONGSWAN_CONF=$dir/strongswan.conf SWANCTL_DIR=$dir/swanctl \
		peer_exec "$n" swanctl "$@" --uri "unix://$dir/vici.sock"
}

# A tunnel interface for what the kernel's own IPsec decrypts
swan_device()
{
	local ns outer_dev

	ns=$(ns_name "$1")
	ip -n "$ns" link show "$DEVICE" >/dev/null 2>&1 && return
	outer_dev=$(ns_outer "$1")
	ip -n "$ns" link add "$DEVICE" type xfrm dev "$outer_dev" if_id "$swan_if_id" &&
	ip -n "$ns" link set "$DEVICE" mtu 1400 up &&
	ns_addr "$1" "$DEVICE" "$inner4.$((INNER + 2))/30" "$inner6$((INNER + 1))::2/64"
}

swan_start()
{
	local dir=$TMP/$1 pid

	rm -f "$dir/vici.sock"
	STRONGSWAN_CONF=$dir/strongswan.conf SWANCTL_DIR=$dir/swanctl \
		ip netns exec "$(ns_name "$1")" ${peer_root:+chroot "$peer_root"} \
		"$charon" >>"$dir/swan.out" 2>&1 </dev/null &
	pid=$!
	echo "$pid" >"$dir/swan.pid"
	at_exit kill -KILL "$pid"
	swan_device "$1"
	if ! wait_for 20 test -S "$dir/vici.sock"; then
		echo "strongSwan does not start"
		tail -n 20 "$dir/swan.out" "$dir/swan.log"
		return 1
	fi
	swan_load "$1"
}

swan_load()
{
	swan "$1" --load-all >"$TMP/$1/swan.load" 2>&1 && return
	cat "$TMP/$1/swan.load"
	return 1
}

swan_stop()
{
	local pid
	pid=$(cat "$TMP/$1/swan.pid")

	kill -TERM "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	return 0
}

# Dead at once, and what it left in the kernel with it
swan_kill()
{
	local pid
	pid=$(cat "$TMP/$1/swan.pid")

	kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	ip -n "$(ns_name "$1")" xfrm state flush
	ip -n "$(ns_name "$1")" xfrm policy flush
	return 0
}

swan_up()
{
	swan "$1" --initiate --child "${2:-$TUNNEL}" --timeout 15 >"$TMP/$1/swan.up" 2>&1 && return
	cat "$TMP/$1/swan.up"
	return 1
}

swan_clean()
{
	[[ -z $(swan "$1" --list-sas) && -z $(ip -n "$(ns_name "$1")" xfrm state) ]]
}

# The kernel's state of strongSwan's side, in which "esp-in-udp" says what it uses
swan_state()
{
	ip -n "$(ns_name "$1")" xfrm state
}

swan_children()
{
	ip -n "$(ns_name "$1")" xfrm state | awk '/proto esp spi/ { print $4 }' | sort
}

# ---- traffic ----

# Where N's tunnel leads
inner_peer()
{
	local end=2
	[[ $(ip -n "$(ns_name "$1")" -o -4 addr) == *" $inner4.$((INNER + 2))/"* ]] && end=1
	if [[ $2 == 4 ]]; then
		echo "$inner4.$((INNER + end))"
	else
		echo "$inner6$((INNER + 1))::$end"
	fi
}

ping4()
{
	in_ns "$1" ping -n -q -c 3 -i 0.1 -W 2 "$(inner_peer "$1" 4)"
}

ping6()
{
	in_ns "$1" ping -n -q -c 3 -i 0.1 -W 2 "$(inner_peer "$1" 6)"
}

one_ping()
{
	in_ns "$1" ping -n -q -c 1 -W 1 "$(inner_peer "$1" 4)"
}

tunnel_up()
{
	wait_for "${2:-15}" one_ping "$1" || return
	ping4 "$1" && ping6 "$1"
}

# flood_start VAR N [SECONDS]: 100 packets a second and family from N, for so long
flood_start()
{
	local v seconds=${3:-3}

	for v in 4 6; do
		ip netns exec "$(ns_name "$2")" ping -n -q -i 0.01 -W 3 -c "${seconds}00" \
			"$(inner_peer "$2" $v)" >"$TMP/flood$v.$1" 2>&1 &
		printf -v "$1$v" %s $!
	done
}

# flood_end VAR: wait for its end; 0 when every packet was answered
flood_end()	# NAME [MAY BE LOST]
{
	local v pid lost=0 got

	for v in 4 6; do
		pid=$1$v
		wait "${!pid}"
		got=$(awk '/packets transmitted/ { print $1 - $4, $1; exit }' "$TMP/flood$v.$1")
		echo "inner IPv$v: lost and sent: $got"
		((${got%% *} <= ${2:-0} && ${got##* } >= 100)) || lost=1
	done
	return $lost
}

# ---- judging ----

# said N TEXT: our log holds it
said()
{
	grep -qF -- "$2" "$TMP/$1/log"
}

# What helps when a test fails
interop_explain()
{
	local n

	for n in "$@"; do
		[[ -e $TMP/$n/log ]] && { echo "ikevtid in $n:"; tail -n 40 "$TMP/$n/log"; }
		[[ -e $TMP/$n/swan.log ]] && { echo "strongSwan in $n:"; tail -n 30 "$TMP/$n/swan.log"; }
		our_sas "$n" 2>/dev/null
		our_paths "$n" 2>/dev/null
		ip -n "$(ns_name "$n")" xfrm state 2>/dev/null | grep -E '^src|spi|seq'
	done
	return 1
}
