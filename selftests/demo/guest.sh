#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The demonstration, inside the guest: gateway A runs ikevtid and the ikevti
# module, gateway B strongSwan over the kernel's own xfrm. Every number shown
# is measured here; a point that does not hold makes the whole thing fail.

set -u

here=$(cd "$(dirname "$0")/../.." && pwd)
run=/run/demo
PATH=$here/build:$PATH
failed=0
summary=()

if [ "${IKEVTI_DEMO_COLOUR:-}" = 1 ]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' off=$'\e[0m'
else
	bold='' green='' red='' off=''
fi

ctl() {
	ip netns exec gw-a ikevtictl -s $run/a/control.sock "$@"
}

step=0
say() {
	step=$((step + 1))
	printf '\n%s[%d/9] %s%s\n' "$bold" "$step" "$*" "$off"
}

# A command as a reader would type it, then its output
show() {
	printf '  $ %s\n' "$1"
	shift
	"$@" 2>&1 | sed 's/^/    /'
	return "${PIPESTATUS[0]}"
}

# point NAME VALUE COMMAND...: one line of the summary
point() {
	local name=$1 value=$2
	shift 2
	if "$@" >/dev/null 2>&1; then
		summary+=("$(printf '%s  ok  %s %-34s %s' "$green" "$off" "$name" "$value")")
	else
		summary+=("$(printf '%s FAIL %s %-34s %s' "$red" "$off" "$name" "$value")")
		printf '  %sFAILED: %s (%s)%s\n' "$red" "$name" "$value" "$off"
		failed=1
	fi
}

# wait_for SECONDS COMMAND...
wait_for() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -ge $end ] && return 1
		sleep 0.2
	done
}

network() {
	# veth passes packets on through this queue; overflow is no loss of the tunnel's
	echo 20000 >/proc/sys/net/core/netdev_max_backlog
	ip netns add gw-a
	ip netns add gw-b
	ip link add isp-a netns gw-a type veth peer name isp-b netns gw-b
	local ns
	for ns in a b; do
		ip -n gw-$ns link set lo up
		ip -n gw-$ns link set isp-$ns up
		ip -n gw-$ns link add lan type dummy
		ip -n gw-$ns link set lan up
	done
	# A veth delivers on the sender's CPU, so that packets of two CPUs pass each other; a network
	# card delivers the packets of one ESP flow in order, and so does one receiving CPU
	for ns in a b; do
		ip netns exec gw-$ns sh -c "echo 1 >/sys/class/net/isp-$ns/queues/rx-0/rps_cpus"
	done
	ip -n gw-a addr add 192.0.2.1/24 dev isp-a
	ip -n gw-b addr add 192.0.2.2/24 dev isp-b
	ip -n gw-a addr add 10.1.0.1/24 dev lan
	ip -n gw-b addr add 10.2.0.1/24 dev lan
	ip -n gw-a addr add fd00:1::1/64 dev lan nodad
	ip -n gw-b addr add fd00:2::1/64 dev lan nodad
}

peer_config() {
	mkdir -p $run/b/swanctl/{conf.d,x509,x509ca,private}
	cat >$run/b/strongswan.conf <<-END
	charon-systemd {
		# named, because the packages bring plugins that take over or crash here
		load = random nonce x509 constraints pubkey pkcs1 pkcs8 pem openssl curve25519 gcm aes sha2 hmac kdf drbg kernel-netlink socket-default vici updown
		install_routes = no
		port = 500
		plugins {
			vici { socket = unix://$run/b/vici.sock }
		}
		filelog { f { path = $run/b/log
			default = 1 } }
	}
	swanctl { load = random }
	END
	cat >$run/b/swanctl/swanctl.conf <<-END
	connections { a {
		version = 2
		local_addrs = 192.0.2.2
		remote_addrs = 192.0.2.1
		proposals = aes256gcm16-prfsha256-x25519
		local { auth = psk
			id = gw-b.example.org }
		remote { auth = psk
			id = gw-a.example.org }
		children { net {
			local_ts = 0.0.0.0/0, ::/0
			remote_ts = 0.0.0.0/0, ::/0
			if_id_in = 42
			if_id_out = 42
			esp_proposals = aes256gcm16-x25519
			# Two emulated CPUs send; the host may stop one of them between numbering a
			# packet and sending it. The default of 32 is for one sender, in order.
			replay_window = 1024
		} }
	} }
	secrets { ike-a { id = gw-a.example.org
		secret = "a demonstration secret" } }
	END
	ip -n gw-b link add vpn0 type xfrm dev isp-b if_id 42
	ip -n gw-b link set vpn0 mtu 1400 up
	ip -n gw-b addr add 10.255.0.2/30 dev vpn0
	ip -n gw-b route add 10.1.0.0/24 dev vpn0
	ip -n gw-b -6 route add fd00:1::/64 dev vpn0
}

swan() {
	STRONGSWAN_CONF=$run/b/strongswan.conf SWANCTL_DIR=$run/b/swanctl \
		ip netns exec gw-b swanctl "$@" --uri unix://$run/b/vici.sock
}

peer_start() {
	STRONGSWAN_CONF=$run/b/strongswan.conf SWANCTL_DIR=$run/b/swanctl \
		ip netns exec gw-b /usr/sbin/charon-systemd >$run/b/out 2>&1 &
	wait_for 60 test -S $run/b/vici.sock || return 1
	swan --load-all >$run/b/load 2>&1
}

our_config() {
	mkdir -p $run/a
	cat >$run/a/ikevti.conf <<-END
	tunnel office {
	    device  = vpn0
	    address = 10.255.0.1/30
	    local  { id = gw-a.example.org  auth = psk }
	    remote { id = gw-b.example.org  auth = psk }
	    path isp { local = 192.0.2.1  remote = 192.0.2.2 }
	}
	END
	(umask 077 && cat >$run/a/secrets.conf <<-END
	psk gw-b.example.org = "a demonstration secret"
	END
	)
}

our_start() {
	ip netns exec gw-a ikevtid -c $run/a/ikevti.conf --runtime-dir $run/a \
		--foreground >$run/a/log 2>&1 &
	our_pid=$!
	wait_for 30 test -S $run/a/control.sock || return 1
	ctl up office --wait --timeout 60 || return 1
	ip -n gw-a route replace 10.2.0.0/24 dev vpn0 src 10.1.0.1
	ip -n gw-a -6 route replace fd00:2::/64 dev vpn0 src fd00:1::1
}

child_spis() {
	ip -n gw-b xfrm state | awk '/proto esp spi/ { print $4 }' | sort
}

lost() {
	awk '/packets transmitted/ { print $1 - $4 }' "$1"
}

transfer() {
	ip netns exec gw-b iperf3 -s -1 -B 10.2.0.1 >$run/server 2>&1 &
	sleep 1
	ip netns exec gw-a iperf3 -c 10.2.0.1 -B 10.1.0.1 -t "$1" -J >$run/client.json 2>&1
}

transferred() {
	awk -F'[:,]' '/"sum_received"/ { f = 1 } f && /"bytes"/ { print int($2 / 1e6) " MB"; exit }' \
		$run/client.json
}

retransmits() {
	awk -F'[:,]' '/"sum_sent"/ { f = 1 } f && /"retransmits"/ { print $2 + 0; exit }' \
		$run/client.json
}

# Packets that were sent through the tunnel and refused at its other end
refused() {
	# shellcheck disable=SC2016  # awk's, not ours
	ip netns exec gw-b awk '/XfrmIn/ { n += $2 } END { print n + 0 }' /proc/net/xfrm_stat
	ctl -j show counters | grep -o '"rx_[a-z_]*":[0-9]*' |
		grep -v 'rx_packets\|rx_bytes' | awk -F: '{ n += $2 } END { print n + 0 }'
}

rekey_under_load() {
	local before after peer_refused we_refused
	before=$(child_spis)
	ip netns exec gw-a ping -n -q -i 0.02 -c 400 -I 10.1.0.1 10.2.0.1 >$run/ping4 2>&1 &
	local p4=$!
	ip netns exec gw-b ping -n -q -i 0.02 -c 400 -I fd00:2::1 fd00:1::1 >$run/ping6 2>&1 &
	local p6=$!
	transfer 7 &
	local tcp=$!
	sleep 2
	show 'ikevtictl rekey office' ctl rekey office
	sleep 2
	show 'ikevtictl rekey office --ike' ctl rekey office --ike
	wait $p4 $p6 $tcp
	after=$(child_spis)
	sed -n '/packets transmitted/s/^/    /p' $run/ping4 $run/ping6
	printf '    TCP meanwhile: %s, %s retransmits\n' "$(transferred)" "$(retransmits)"
	point 'child SA rekeyed' "new SPIs on both sides" \
		test -n "$after" -a "$before" != "$after"
	{ read -r peer_refused; read -r we_refused; } < <(refused)
	ip netns exec gw-b grep -v '[^0-9]0$' /proc/net/xfrm_stat | sed 's/^/    peer: /'
	point 'ESP refused during the rekeys' "$peer_refused by the peer, $we_refused by us" \
		test "$peer_refused$we_refused" = 00
	point 'IPv4 lost during the rekeys' "$(lost $run/ping4) of 400" \
		test "$(lost $run/ping4)" = 0
	point 'IPv6 lost during the rekeys' "$(lost $run/ping6) of 400" \
		test "$(lost $run/ping6)" = 0
}

# shellcheck disable=SC2317  # called through wait_for
no_tunnel_left() {
	[ -z "$(child_spis)" ] && [ -z "$(swan --list-sas)" ] &&
		[ -z "$(ip -n gw-b xfrm state)" ]
}

teardown() {
	show 'ikevtictl down office --wait' ctl down office --wait
	point 'peer has no SA left after down' "IKE_SA and CHILD_SA deleted" \
		wait_for 10 no_tunnel_left
	kill -TERM $our_pid
	wait $our_pid
	point 'ikevtid stops cleanly' "exit status $?" test $? = 0
	ip -n gw-a link del vpn0
	show 'rmmod ikevti' rmmod ikevti
	point 'module unloads' "rmmod ikevti" test ! -d /sys/module/ikevti
}

give_up() {
	printf '\n%sThe demonstration stops here: %s%s\n' "$red" "$1" "$off"
	tail -n 20 $run/a/log $run/b/log 2>/dev/null
	exit 1
}

mkdir -p $run/a $run/b
trap 'kill $(jobs -p) 2>/dev/null' EXIT

say "Two gateways on one cable ($(uname -r), $(nproc) CPUs)"
network
echo "  gw-a 192.0.2.1, office 10.1.0.0/24 fd00:1::/64   ikevtid + ikevti.ko"
echo "  gw-b 192.0.2.2, office 10.2.0.0/24 fd00:2::/64   strongSwan + kernel xfrm"

say "gw-b: strongSwan $(swanctl --version 2>/dev/null | grep -o '[0-9][0-9.]*') starts"
peer_config
peer_start || give_up "strongSwan did not start"
echo "  waiting for IKE on port 500"

say "gw-a: ikevtid with these lines of configuration"
our_config
sed 's/^/    /' $run/a/ikevti.conf
our_start || give_up "the tunnel did not come up"

say "The tunnel they negotiated"
show 'ikevtictl status' ctl status
show 'swanctl --list-sas      (what the peer says)' swan --list-sas
point 'tunnel negotiated with strongSwan' "AES-256-GCM, X25519" \
	ctl up office --timeout 1

say "Ping from office to office"
show 'ping -c 5 10.2.0.1' ip netns exec gw-a ping -n -q -c 5 -i 0.2 -I 10.1.0.1 10.2.0.1
point 'IPv4 through the tunnel' "5 pings" \
	ip netns exec gw-a ping -n -c 2 -i 0.2 -I 10.1.0.1 10.2.0.1
show 'ping -c 5 fd00:2::1' ip netns exec gw-a ping -n -q -c 5 -i 0.2 -I fd00:1::1 fd00:2::1
point 'IPv6 through the tunnel' "5 pings" \
	ip netns exec gw-a ping -n -c 2 -i 0.2 -I fd00:1::1 fd00:2::1

say "A TCP transfer, and what is on the wire meanwhile"
ip netns exec gw-a timeout 20 tcpdump -n -l -c 1 -i isp-a esp >$run/wire 2>/dev/null &
dump=$!
ip netns exec gw-a timeout 20 tcpdump -n -l -c 1 -i isp-a 'net 10.0.0.0/8' >$run/clear 2>/dev/null &
clear=$!
sleep 1
transfer 4
wait $dump
kill $clear 2>/dev/null
sed 's/^/    /' $run/wire
printf '    TCP: %s, %s retransmits\n' "$(transferred)" "$(retransmits)"
point 'TCP transfer' "$(transferred) (emulated CPU: no speed claimed)" \
	test -n "$(transferred)"
in_clear=$(grep -c 'IP' $run/clear)
point 'only ESP on the wire' "$in_clear inner packets seen in clear" \
	test -s $run/wire -a "$in_clear" = 0

say "Rekey of the child SA, then of the IKE SA, in mid-transfer"
rekey_under_load

say "Teardown"
teardown

say "Summary"
printf '%s\n' "${summary[@]}"
if [ $failed = 0 ]; then
	printf '\n%sThe demonstration worked from end to end.%s\n' "$bold" "$off"
else
	printf '\n%sThe demonstration did not work.%s Logs of both daemons:\n' "$red" "$off"
	tail -n 30 $run/a/log $run/b/log
fi
exit $failed
