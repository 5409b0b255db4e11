#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A decrypted packet begins a new life: nothing that rules or the stack noted of the outer packet
# holds for the inner one, however it came in. And the other way: an outer packet has the device's
# mark, the inner one's priority, and a connection of its own.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nft ip ping nc ss tcpdump ethtool
parameter=/sys/module/ikevti/parameters/aead
add_ns "$A" "$B" "$C"
join "$A" under "$B" under || exit 1
join "$B" lan "$C" lan || exit 1
address "$A" under 192.0.2.1/24 2001:db8::1/64
address "$B" under 192.0.2.2/24 2001:db8::2/64
address "$B" lan 10.8.0.1/24
address "$C" lan 10.8.0.2/24
ip -n "$C" route add default via 10.8.0.1
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
	attach "$ns" 6
done

# On B what comes in by "under" gets everything a packet can be given, except what would keep it
# from coming in at all; what comes in by vpn0 is looked at, where conntrack has seen it.
in_ns "$B" nft -f - <<'EOF' || ktap_skip_all "no nftables that can do this"
table inet life {
	counter n_all { }
	counter n_mark { }
	counter n_priority { }
	counter n_untracked { }
	counter n_pkttype { }
	counter n_secpath { }
	chain outer {
		type filter hook prerouting priority -310
		iifname "under" meta mark set 0x200 meta priority set 1:5 meta nftrace set 1
		iifname "under" meta l4proto { 17, 50 } notrack
	}
	chain inner {
		type filter hook prerouting priority -100
		iifname "vpn0" counter name n_all
		iifname "vpn0" meta mark != 0 counter name n_mark
		iifname "vpn0" meta priority != none counter name n_priority
		iifname "vpn0" ct state untracked counter name n_untracked
		iifname "vpn0" meta pkttype != host counter name n_pkttype
		iifname "vpn0" meta secpath exists counter name n_secpath
	}
}
EOF

packets()	# NS NAME - of a counter
{
	in_ns "$1" nft -j list counter inet life "n_$2" | grep -o '"packets": *[0-9]*' | grep -o '[0-9]*$'
}

# has_nothing COMMAND... - what comes in meanwhile comes in, and has nothing of the outer packets
has_nothing()
{
	local name n status=0

	in_ns "$B" nft reset counters >/dev/null
	background "$TMP/trace" nsenter --net="/run/netns/$B" -- nft monitor trace
	# nothing says when it listens
	sleep 1
	"$@" || return
	wait_for 2 grep -q 'iif "under"' "$TMP/trace"
	kill "${net_pids[-1]}"
	wait "${net_pids[-1]}" 2>/dev/null
	n=$(packets "$B" all)
	echo "$n packets"
	at_least "$n" 3 || return
	for name in mark priority untracked pkttype secpath; do
		n=$(packets "$B" "$name")
		[[ $n == 0 ]] && continue
		echo "$n have something of the outer packet: $name"
		status=1
	done
	if ! grep -q 'iif "under"' "$TMP/trace"; then
		echo "no outer packet was traced"
		status=1
	fi
	if grep -q 'iif "vpn0"' "$TMP/trace"; then
		echo "inner packets are traced as the outer ones are"
		status=1
	fi
	return $status
}

# A writes to everybody where it means B, which is what B is told a packet's type by
mac=$(ip -n "$B" -j link show dev under | grep -o '"address":"[^"]*' | cut -d'"' -f4)
write_to()	# MAC
{
	ip -n "$A" neigh replace 192.0.2.2 lladdr "$1" dev under nud permanent &&
		ip -n "$A" neigh replace 2001:db8::2 lladdr "$1" dev under nud permanent
}

# What a tunnel's packets may travel through before they come to us: the kernel's own ESP
encrypt_outside()
{
	local ns

	for ns in "$A" "$B"; do
		ip -n "$ns" xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 0x77000001 reqid 9 \
			mode transport aead 'rfc4106(gcm(aes))' 0x$(printf '%040d' 1) 128 &&
			ip -n "$ns" xfrm state add src 192.0.2.2 dst 192.0.2.1 proto esp spi 0x77000002 \
				reqid 9 mode transport aead 'rfc4106(gcm(aes))' 0x$(printf '%040d' 2) 128 ||
			return
	done
	ip -n "$A" xfrm policy add src 192.0.2.1/32 dst 192.0.2.2/32 proto udp dport 4500 dir out \
		tmpl proto esp mode transport reqid 9 &&
		ip -n "$B" xfrm policy add src 192.0.2.1/32 dst 192.0.2.2/32 proto udp dport 4500 dir in \
			tmpl proto esp mode transport reqid 9 level use
}

some "4 none" "6 udp" "6 none" "4 udp"
for variant in "${variants[@]}"; do
	read -r outer encap <<<"$variant"
	what="v$outer, encap $encap"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap"
	check "single packets: $what" has_nothing pings "$A" 10.9.0.2
	check "single packets, IPv6: $what" has_nothing pings "$A" fd09::2
	check "TCP: $what" has_nothing transfer "$A" "$B" 10.9.0.2
	check "TCP, IPv6: $what" has_nothing transfer "$A" "$B" fd09::2
	# batches that were put together where they arrive, and lists
	in_ns "$A" ethtool -K under tso off gso off tx-udp-segmentation off >/dev/null
	in_ns "$B" ethtool -K under gro on >/dev/null
	check "TCP, merged: $what" has_nothing transfer "$A" "$B" 10.9.0.2
	in_ns "$A" ethtool -K under tso on gso on tx-udp-segmentation on >/dev/null
	in_ns "$B" ethtool -K under gro off >/dev/null
	# no run of a flow, but each packet by itself
	in_ns "$B" ethtool -K vpn0 gro off >/dev/null
	check "TCP, without runs: $what" has_nothing transfer "$A" "$B" 10.9.0.2
	in_ns "$B" ethtool -K vpn0 gro on >/dev/null
	ikevti-link -N "$B" set vpn0 spread=1
	check "TCP, on all processors: $what" has_nothing transfer "$A" "$B" 10.9.0.2
	ikevti-link -N "$B" set vpn0 spread=0
	write_to ff:ff:ff:ff:ff:ff
	check "sent to everybody: $what" has_nothing pings "$A" 10.9.0.2
	write_to "$mac"
done
if encrypt_outside 2>/dev/null; then
	check "within the kernel's own ESP" has_nothing pings "$A" 10.9.0.2
	check "TCP within the kernel's own ESP" has_nothing transfer "$A" "$B" 10.9.0.2
	for ns in "$A" "$B"; do
		ip -n "$ns" xfrm policy flush
		ip -n "$ns" xfrm state flush
	done
else
	skip "within the kernel's own ESP" "xfrm cannot do this here"
fi

at_exit eval "echo >$parameter"
async=
if [[ $(uname -r) != 6.1.* ]]; then
	echo "cryptd(gcm_base(ctr(aes-generic),ghash-generic))" >$parameter
	tunnel_up encap=udp >/dev/null 2>&1 && async=1
	echo >$parameter
fi
if [[ $async ]]; then
	check "single packets, asynchronous cipher" has_nothing pings "$A" 10.9.0.2
	check "TCP, asynchronous cipher" has_nothing transfer "$A" "$B" 10.9.0.2
	tunnel_up encap=udp >/dev/null
else
	skip "asynchronous cipher" "not here"
fi

# A gateway that tells its WANs apart by marks: what comes in by one has a mark, and the mark leads
# to a table in which everything goes out by that WAN. Inner packets must not.
in_ns "$B" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
ip -n "$B" rule add fwmark 0x200 lookup 200
ip -n "$B" route add default via 192.0.2.1 dev under table 200
ip -n "$B" -6 rule add fwmark 0x200 lookup 200
ip -n "$B" -6 route add default via 2001:db8::1 dev under table 200
ip -n "$A" route add 10.8.0.0/24 dev vpn0

none_in_clear()	# COMMAND...
{
	local status

	sniff "$B" under "$TMP/clear.pcap" 'icmp or icmp6[0] == 128 or icmp6[0] == 129 or tcp'
	"$@"
	status=$?
	sniff_stop
	tcpdump -n -r "$TMP/clear.pcap" 2>/dev/null | tee "$TMP/clear" | head -n 3
	((status == 0)) && [[ ! -s $TMP/clear ]]
}

for variant in "${variants[@]}"; do
	read -r outer encap <<<"$variant"
	what="v$outer, encap $encap"
	check "tunnel of a marked WAN: $what" tunnel_up outer="$outer" encap="$encap"
	check "nothing leaves it in clear: $what" none_in_clear pings "$A" 10.8.0.2
	check "nor of a flow: $what" none_in_clear transfer "$A" "$C" 10.8.0.2
done

# Out: the inner packet has all of that, the outer one its own
in_ns "$A" nft -f - <<'EOF'
table inet life {
	counter n_all { }
	counter n_mark { }
	counter n_device { }
	counter n_priority { }
	counter n_untracked { }
	chain output {
		type filter hook output priority -310
		oifname "vpn0" notrack
	}
	chain inner {
		type filter hook postrouting priority 0
		oifname "vpn0" meta mark set 0x300 meta priority set 1:5
	}
	chain outer {
		type filter hook output priority 0
		oifname "under" meta l4proto != { 17, 50 } return
		oifname "under" counter name n_all
		oifname "under" meta mark == 0x300 counter name n_mark
		oifname "under" meta mark == 0x77 counter name n_device
		oifname "under" meta priority == 1:5 counter name n_priority
		oifname "under" ct state untracked counter name n_untracked
	}
}
EOF

out_is_its_own()	# COMMAND...
{
	local all

	in_ns "$A" nft reset counters >/dev/null
	"$@" || return
	all=$(packets "$A" all)
	echo "$all packets; the inner mark: $(packets "$A" mark), the device's: $(packets "$A" device)," \
		"the inner priority: $(packets "$A" priority), untracked: $(packets "$A" untracked)"
	at_least "$all" 3 && (($(packets "$A" mark) == 0 && $(packets "$A" device) == all &&
		$(packets "$A" priority) == all && $(packets "$A" untracked) == 0))
}

ikevti-link -N "$A" set vpn0 fwmark=0x77
for variant in "${variants[@]}"; do
	read -r outer encap <<<"$variant"
	what="v$outer, encap $encap"
	check "tunnel out: $what" tunnel_up outer="$outer" encap="$encap"
	check "outer packets, single: $what" out_is_its_own pings "$A" 10.9.0.2
	check "outer packets of a flow: $what" out_is_its_own transfer "$A" "$B" 10.9.0.2
	ikevti-link -N "$A" set vpn0 spread=1
	check "outer packets, on all processors: $what" out_is_its_own transfer "$A" "$B" 10.9.0.2
	ikevti-link -N "$A" set vpn0 spread=0
done
ktap_end
