#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Two tunnels in one daemon; a reload changes one and the other does not notice.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"
ns_addr a eth0 192.0.2.11/24
ns_addr b eth0 192.0.2.12/24

first()
{
	interop_defaults
	swan_if_id=42
}

second()
{
	interop_defaults
	TUNNEL=two DEVICE=vpn1 INNER=4 OUR_ID=a2.example.org SWAN_ID=b2.example.org
	OUR_LOCAL=192.0.2.11 OUR_REMOTE=192.0.2.12 SWAN_LOCAL=192.0.2.12 SWAN_REMOTE=192.0.2.11
	swan_if_id=43
}

swan_both()
{
	first
	swan_conf b
	{
		echo "connections {"
		swan_connection
		second
		swan_connection
		echo "}"
		echo "secrets { ike-1 { id = a.example.org"
		echo "secret = \"$OUR_PSK\" }"
		echo "ike-2 { id = a2.example.org"
		echo "secret = \"$OUR_PSK\" } }"
	} >"$TMP/b/swanctl/swanctl.conf"
	first
	swan_start b && second && swan_device b
}

our_both()
{
	first
	our_conf a
	second
	our_conf_add a
}

both_up()
{
	our_both && our_start a && first && tunnel_up a && second && tunnel_up a || interop_explain a b
}

spis()
{
	our_sas a | grep "ifindex=$1 " | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort
}

index()
{
	cat "/sys/class/net/$1/ifindex" 2>/dev/null || ip -n "$(ns_name a)" -o link show "$1" | cut -d: -f1
}

# reloaded COMMAND...: change the file by it, reload, look at the first tunnel
reloaded()
{
	local before status=0
	first
	before=$(spis "$(index vpn0)")

	flood_start from_a a 3
	"$@" || status=1
	ctl a reload || status=1
	flood_end from_a || status=1
	[[ $(spis "$(index vpn0)") == "$before" ]] || { echo "its SAs are not the same"; status=1; }
	((status)) && interop_explain a b
	return $status
}

no_second_tunnel() { first; our_conf a; }
changed_second_tunnel() { our_both && sed -i 's/mtu = .*//; s/10.255.0.5/10.255.0.5/' "$TMP/a/ikevti.conf" && OUR_MORE='mtu = 1300'; first; our_conf a; second; OUR_MORE='mtu = 1300' our_conf_add a; }
broken_file() { our_both && echo 'tunnel x { nonsense = 1 }' >>"$TMP/a/ikevti.conf"; }

second_gone()
{
	wait_for 8 eval '[[ -z $(spis "$(index vpn1)") ]]' &&
		! ip -n "$(ns_name a)" addr show dev vpn1 | grep -q 10.255.0.5
}

check "strongSwan with two connections" swan_both
check "both tunnels come up" both_up
check "the second is taken out" reloaded no_second_tunnel
check "it is gone, its device stays" second_gone
check "the second comes back" eval 'reloaded our_both && second && tunnel_up a'
check "the second is changed" eval 'reloaded changed_second_tunnel && second && tunnel_up a'
check "its MTU is the new one" eval 'ip -n "$(ns_name a)" link show vpn1 | grep -q "mtu 1300"'

refused()
{
	first
	broken_file
	ctl a reload >"$TMP/reload" 2>&1 && return 1
	cat "$TMP/reload"
	grep -q 'nonsense' "$TMP/reload" && tunnel_up a && second && tunnel_up a
}
check "a file with an error changes nothing, and the error is said" refused

by_signal()
{
	no_second_tunnel
	kill -HUP "$(our_pid a)"
	second_gone && first && tunnel_up a
}
check "SIGHUP reloads too" by_signal
# ports are opened at the start: a reload does not make the engine use others
other_ports()
{
	our_both && echo 'daemon { port = 1500 natt-port = 14500 }' >>"$TMP/a/ikevti.conf"
	ctl a reload && second && tunnel_up a && said a 'at its next start only' || interop_explain a b
}
check "other ports wait for the next start" other_ports
check "end" eval 'our_stop a && our_clean a && wait_for 5 swan_clean b'
check "no complaint of the kernel" dmesg_clean
ktap_end
