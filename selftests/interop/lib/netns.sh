# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Network namespaces for a test; source ktap.sh first. Namespaces get names of this script
# alone (ns_name a), so that several tests can run beside each other, and go at its end.
#
#   ns_add a b ...            make namespaces with lo up
#   ns_name a                 the real name, for ip netns
#   in_ns a CMD...            run a command in one
#   ns_spawn VAR a CMD...     start one in the background: VAR is its pid, killed at the end;
#                             its output is in $TMP/VAR.log
#   ns_link a IFA b IFB       a veth between two, up
#   ns_addr a IF ADDR...      addresses (v6 without DAD)
#   ns_outer a                the device of its uplink
#   ns_forward r              make it a router
#   ns_pair                   a --- b:      a:eth0 192.0.2.1/24 2001:db8:2::1/64, b:eth0 .2 ::2
#   ns_nat                    a --- r --- b: a:eth0 10.9.0.2/24 fd09::2/64 behind r (inside
#                             10.9.0.1, outside 192.0.2.254, masquerades), b:eth0 192.0.2.2/24
#                             2001:db8:2::2/64
#   ns_routed                 the same without masquerading: a can be reached from b

ns_prefix=t$$-
ns_made=()

ns_name()
{
	echo "$ns_prefix$1"
}

ns_add()
{
	local n

	for n in "$@"; do
		ip netns add "$ns_prefix$n" || return
		ns_made+=("$n")
		at_exit ns_del "$n"
		ip -n "$ns_prefix$n" link set lo up
		in_ns "$n" sysctl -qw net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.all.accept_dad=0 2>/dev/null
	done
	return 0
}

# as at the end of the script, to make others of these names
ns_del()
{
	ip netns pids "$ns_prefix$1" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
	ip netns del "$ns_prefix$1"
}

in_ns()
{
	local n=$1
	shift

	ip netns exec "$ns_prefix$n" "$@"
}

ns_spawn()
{
	local ns_var=$1 ns_where=$2 ns_pid
	shift 2

	ip netns exec "$ns_prefix$ns_where" "$@" >"$TMP/$ns_var.log" 2>&1 </dev/null &
	ns_pid=$!
	at_exit kill -KILL "$ns_pid"
	printf -v "$ns_var" %s "$ns_pid"
}

ns_link()
{
	ip link add "$2" netns "$ns_prefix$1" type veth peer name "$4" netns "$ns_prefix$3" &&
	ip -n "$ns_prefix$1" link set "$2" up &&
	ip -n "$ns_prefix$3" link set "$4" up
}

ns_addr()
{
	local n=$1 dev=$2 addr
	shift 2

	for addr in "$@"; do
		if [[ $addr == *:* ]]; then
			ip -n "$ns_prefix$n" addr add "$addr" dev "$dev" nodad || return
		else
			ip -n "$ns_prefix$n" addr add "$addr" dev "$dev" || return
		fi
	done
}

# The device of its uplink
ns_outer()
{
	ip -n "$ns_prefix$1" -o link show up |
		awk -F': ' '$2 !~ /^(lo|vpn|ipsec)/ { sub(/@.*/, "", $2); print $2; exit }'
}

ns_forward()
{
	in_ns "$1" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
}

ns_pair()
{
	ns_add a b &&
	ns_link a eth0 b eth0 &&
	ns_addr a eth0 192.0.2.1/24 2001:db8:2::1/64 &&
	ns_addr b eth0 192.0.2.2/24 2001:db8:2::2/64
}

ns_routed()
{
	ns_add a r b &&
	ns_link a eth0 r inside &&
	ns_link r outside b eth0 &&
	ns_forward r &&
	ns_addr a eth0 10.9.0.2/24 fd09::2/64 &&
	ns_addr r inside 10.9.0.1/24 fd09::1/64 &&
	ns_addr r outside 192.0.2.254/24 2001:db8:2::fe/64 &&
	ns_addr b eth0 192.0.2.2/24 2001:db8:2::2/64 &&
	ip -n "$(ns_name a)" route add default via 10.9.0.1 &&
	ip -n "$(ns_name a)" -6 route add default via fd09::1 &&
	ip -n "$(ns_name b)" route add 10.9.0.0/24 via 192.0.2.254 &&
	ip -n "$(ns_name b)" -6 route add fd09::/64 via 2001:db8:2::fe
}

ns_nat()
{
	ns_routed &&
	ip -n "$(ns_name b)" route del 10.9.0.0/24 &&
	ip -n "$(ns_name b)" -6 route del fd09::/64 &&
	in_ns r nft -f - <<-END
		table inet nat {
			chain post {
				type nat hook postrouting priority srcnat;
				oifname "outside" masquerade
			}
		}
	END
}
