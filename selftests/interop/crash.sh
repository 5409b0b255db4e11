#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The daemon dies at any moment: traffic goes on, the next one takes over, nothing is left over.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

sa_count_is()
{
	(($(our_sa_count a) == $1))
}

up()
{
	swan_conf b && swan_load b && our_conf a && our_start a && tunnel_up a || interop_explain a b
}

goes_on()
{
	flood_start from_a a 3
	sleep 1
	our_kill a
	flood_end from_a && sa_count_is 2 || interop_explain a b
}

# ms from the last daemon's start to its SA, false while it has none
negotiation()
{
	local ready up

	read -r ready up < <(awk '/is ready/ { ready = $1; up = "" } /: up with / { up = $1 }
		END { print ready, up }' "$TMP/a/log")
	[[ $up ]] && echo $(($(date -d "$up" +%s%3N) - $(date -d "$ready" +%s%3N)))
}

# The new daemon's SAs replace the old ones under traffic, and those go. The new daemon has no key of
# the old IKE SA and says INITIAL_CONTACT (RFC 7296 section 2.4), at which the peer drops its old SAs:
# what is on the wire until its answer arrives, a few milliseconds, is lost and nothing can help it.
# A machine that needs longer for the exchange loses more, but never for longer than that.
taken_over()
{
	local before may=5 ms

	before=$(our_sas a | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort)

	flood_start from_a a 6
	our_start a || return
	wait_for 10 negotiation >/dev/null
	ms=$(negotiation)
	echo "negotiated in ${ms:-no} ms"
	((${ms:-0} / 10 > may)) && may=$((ms / 10))
	flood_end from_a $may || interop_explain a b || return
	# the grace of the old inbound SA
	wait_for 20 sa_count_is 2 || interop_explain a b || return
	[[ $(our_sas a | sed -n 's/.* spi=\([^ ]*\).*/\1/p' | sort) != "$before" ]] && tunnel_up a
}

twice()
{
	our_kill a && our_start a && our_kill a && our_start a && sleep 1 && our_kill a && our_start a &&
		tunnel_up a && wait_for 25 sa_count_is 2 && tunnel_up b || interop_explain a b
}

not_configured()
{
	our_kill a
	sa_count_is 2 || return
	sed -i 's/tunnel net/tunnel other/; s/vpn0/vpn1/; s/10.255.0.1/10.254.0.1/; s/192.0.2.2 /192.0.2.9 /' \
		"$TMP/a/ikevti.conf"
	our_start a && our_clean a || interop_explain a b
	our_stop a && ip -n "$(ns_name a)" link del vpn1
}

stays()
{
	ip -n "$(ns_name a)" route add 10.77.0.0/16 dev vpn0 2>/dev/null
	our_stop a && our_clean a && wait_for 5 swan_clean b &&
		ip -n "$(ns_name a)" route show | grep -q 10.77.0.0/16
}

port_free()
{
	! in_ns a ss -lun | grep -qE ':(500|4500) '
}

swan_conf b
check "strongSwan starts" swan_start b
for ENCAP in auto udp; do
	check "up, encap $ENCAP" up
	check "kill -9: not a packet is lost, encap $ENCAP" goes_on
	check "the next daemon takes over, at most 5 of 600 lost or what negotiating takes, encap $ENCAP" taken_over
	check "dying again and again leaves no SA behind, encap $ENCAP" twice
	check "a graceful end: no SA, but device and route stay, encap $ENCAP" stays
	check "and the ports are free, encap $ENCAP" port_free
done
ENCAP=auto
check "up" up
check "a tunnel that is no longer configured is removed at once" not_configured

# The next daemon has not heard of the peer yet when the tunnel is taken out
not_configured_later()
{
	START=listen
	# what it still has of the tunnel before
	swan b --terminate --ike net --force --timeout 3 >/dev/null
	our_conf a && our_start a && swan_up b && tunnel_up a && our_kill a && our_start a || return
	sa_count_is 2 || return
	tunnel_up a || { echo "the SAs were not adopted"; return 1; }
	echo "" >"$TMP/a/ikevti.conf"
	ctl a reload && wait_for 3 our_clean a || interop_explain a b
	our_stop a
	swan b --terminate --ike net --timeout 3 >/dev/null
	START=always
}
check "adopted SAs go with a reload that takes their tunnel out" not_configured_later

second()
{
	our_conf a && our_start a || return
	in_ns a timeout 10 "$build/ikevtid" -c "$TMP/a/ikevti.conf" --runtime-dir "$TMP/a" \
		--foreground >"$TMP/second" 2>&1 && return 1
	cat "$TMP/second"
	grep -q "another ikevtid" "$TMP/second" && our_stop a
}
check "two daemons do not run beside each other" second
check "no complaint of the kernel" dmesg_clean
ktap_end
