#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Why a peer cannot be reached is found here, not blamed on the peer; and what changes for the
# better is used at once.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_routed || ktap_skip_all "no network namespaces"
ip_a()
{
	ip -n "$(ns_name a)" "$@"
}
L4=10.9.0.2 L6=fd09::2
wan4=10.9.0.1 wan6=fd09::1

begin()
{
	rm -f "$TMP"/?/log
	our_conf a && other_conf && our_start b && our_start a
}

ends()
{
	our_stop a && our_clean a && our_stop b && our_clean b
}

# It is in `status`, and soon
told()
{
	wait_for "${2-3}" eval "ctl a status net | grep -qF -- '$1'" || { ctl a status net; interop_explain a; }
}

v()
{
	local n=$1$FAMILY
	echo "${!n}"
}

other4=10.9.0.77/24 other6=fd09::77/64
late_address()
{
	L4=10.9.0.77 L6=fd09::77
	begin && told "$(outer L) is not an address of this host" || return
	sleep 4
	# what comes late is used within the second
	ns_addr a eth0 "$(v other)" && wait_for 2 eval 'ctl a status net | grep -q "^net.* up "'
}

late_end()
{
	L4=10.9.0.2 L6=fd09::2
	ip_a addr del "$(v other)" dev eth0
	our_stop a && our_stop b
}

no_route()
{
	ip_a -$FAMILY route del default
	begin && told "no route to $(outer R)" && sleep 3 &&
		ip_a -$FAMILY route add default via "$(v wan)" &&
		wait_for 3 eval 'ctl a status net | grep -q "^net.* up "'
}

# With routes that are the daemon's own doing: everything into the tunnel
loop()
{
	begin && tunnel_up a && ip_a -$FAMILY route add "$(outer R)" dev vpn0 && sleep 3 &&
		! said a 'our address changed' || return
	our_stop a && our_start a && told "the route to $(outer R) leads into the tunnel" &&
		ip_a -$FAMILY route del "$(outer R)" dev vpn0 && tunnel_up a 4
}

firewalled()
{
	in_ns a nft -f - <<-END
		table inet f {
			chain o {
				type filter hook output priority 0
				udp dport 500 drop
			}
		}
	END
	begin && told 'a firewall of this host drops it' && in_ns a nft delete table inet f &&
		tunnel_up a 20
}

refused()
{
	rm -f "$TMP"/?/log
	our_conf a && our_start a && told "$(outer R) refuses UDP port 500" &&
		! said a 'is not allowed' && other_conf && our_start b && tunnel_up a 20
}

# Errors that quote nothing of ours, or that somebody made up, change nothing
router_says()
{
	in_ns r nft -f - <<-END
		table inet f {
			chain f {
				type filter hook forward priority 0
				udp dport 500 reject with icmpx type admin-prohibited
			}
		}
	END
	begin && told "a router says of $(outer R)" && in_ns r nft delete table inet f && tunnel_up a 20
}

not_4500()
{
	in_ns r nft -f - <<-END
		table inet f {
			chain f {
				type filter hook forward priority 0
				udp dport 4500 drop
			}
		}
		table inet n {
			chain p {
				type nat hook postrouting priority srcnat
				oifname outside masquerade
			}
		}
	END
	rm -f "$TMP"/?/log
	our_conf a && other_conf && sed -i 's/remote = 10.9.0.2/remote = any/' "$TMP/b/ikevti.conf" &&
		our_start b && our_start a && told 'it answered on UDP port 500, not on 4500' 40
	local status=$?
	in_ns r nft delete table inet f
	in_ns r nft delete table inet n
	return $status
}

# An underlay that was away for longer than the retransmissions are patient
underlay_back()
{
	begin && tunnel_up a && ip_a link set eth0 down && sleep 12 && ip_a link set eth0 up || return
	ip_a -6 addr add fd09::2/64 dev eth0 nodad 2>/dev/null
	ip_a route add default via 10.9.0.1
	ip_a -6 route add default via fd09::1
	tunnel_up a 4 || interop_explain a b
}

for FAMILY in 4 6; do
	what="v$FAMILY"
	check "a local address that is not here, and comes: $what" late_address
	check "end: $what" late_end
	check "no route, then one: $what" no_route
	check "end: $what" ends
	check "the peer's route leads into the tunnel: $what" loop
	check "end: $what" ends
	check "a firewall of one's own: $what" firewalled
	check "end: $what" ends
	check "the peer has nobody at port 500: $what" refused
	check "end: $what" ends
	check "a router forbids it: $what" router_says
	check "end: $what" ends
	check "the underlay was away: $what" underlay_back
	check "end: $what" ends
done
FAMILY=4
check "behind a NAT, with UDP 4500 filtered" not_4500
check "end" eval 'our_stop a; our_stop b'
check "no complaint of the kernel" dmesg_clean
ktap_end
