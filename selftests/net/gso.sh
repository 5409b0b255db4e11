#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Batches out: what the stack gives as one packet leaves as few packets, is on the wire what it
# would be one by one, and is paid for by its sender until it left.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
# of several CPUs, each sends its own batches, and they overtake each other
taskset -cp 0 $$ >/dev/null
need tcpdump ethtool nc ss tc jq ping taskset
pair_up
devices_up
add_ns "$C"
join "$C" lan "$A" lan || exit 1
address "$C" lan 10.8.0.2/24 fd08::2/64
# what it asks for its neighbours from, on behalf of others
address "$A" lan 10.8.0.1/24 fd08::1/64 fe80::1/64
ip -n "$C" route add default via 10.8.0.1
ip -n "$C" route add default via fd08::1
ip -n "$B" route add 10.8.0.0/24 dev vpn0
ip -n "$B" route add fd08::/64 dev vpn0
in_ns "$A" sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for ns in "$A" "$B"; do
	attach "$ns" 4
	attach "$ns" 6
done
bytes=3000000
[[ $quick ]] && bytes=400000

# offloads on|off - whether the underlay's devices take batches as they are, or every packet
# crosses by itself
offloads()
{
	local ns

	for ns in "$A" "$B"; do
		in_ns "$ns" ethtool -K under tso "$1" gso "$1" tx-udp-segmentation "$1" || return
	done
}

outer_packets()	# NS - packets given to the underlay's device
{
	ip -n "$1" -s -j link show dev under | jq '.[0].stats64.tx.packets'
}

checksums_right()
{
	local right

	tcpdump -n -vv -r "$TMP/wire.pcap" 2>/dev/null >"$TMP/decoded"
	grep 'bad .*cksum' "$TMP/decoded" && return 1
	# lists over IPv4 have none, which is right too
	right=$(grep -cE 'udp sum ok|\[no cksum\]' "$TMP/decoded")
	echo "$right are right"
	((right > 100))
}

# batched FROM SPI COMMAND... - the command's packets leave several at a time
batched()
{
	local ns=$1 spi=$2 esp outer
	shift 2

	esp=$(sa_field "$ns" vpn0 out "$spi" tx_packets)
	outer=$(outer_packets "$ns")
	"$@" || return
	esp=$(($(sa_field "$ns" vpn0 out "$spi" tx_packets) - esp))
	outer=$(($(outer_packets "$ns") - outer))
	echo "$esp ESP packets left as $outer"
	((esp >= 4 * outer))
}

udp_gso()	# FROM TO ADDRESS WORDS
{
	local from=$1 to=$2 addr=$3 pid
	shift 3

	background "$TMP/udp" nsenter --net="/run/netns/$to" -- \
		udp-gso receive addr="$addr" port=5003 count=90 "$@"
	pid=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/udp" || return
	in_ns "$from" udp-gso send addr="$addr" port=5003 count=90 "$@" || return
	wait $pid
	local status=$?
	cat "$TMP/udp"
	return $status
}

some "4 udp 0" "4 none 1" "6 udp 1" "6 none 0"
for where in "${variants[@]}"; do
	read -r outer encap esn <<<"$where"
	what="v$outer, encap $encap, ESN $esn"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" esn="$esn"
	check "TCP v4: $what" transfer "$A" "$B" 10.9.0.2 $bytes
	check "TCP v6: $what" transfer "$A" "$B" fd09::2 $bytes
	check "TCP v4, forwarded: $what" transfer "$C" "$B" 10.9.0.2 $bytes
	check "TCP v6, forwarded: $what" transfer "$C" "$B" fd09::2 $bytes
	check "TCP v4, back: $what" transfer "$B" "$C" 10.8.0.2 $bytes
	check "TCP v6, back: $what" transfer "$B" "$A" fd09::1 $bytes
	for size in 17 488 1370; do
		check "UDP GSO v4, $size octets: $what" udp_gso "$A" "$B" 10.9.0.2 size=$size
		check "UDP GSO v6, $size octets: $what" udp_gso "$C" "$B" fd09::2 size=$size
	done
	check "as much as an IP packet holds: $what" udp_gso "$A" "$B" 10.9.0.2 size=1092 \
		count=60 batch=60 less=13
	if tc -n "$A" qdisc add dev under root netem delay 1ms loss 1% reorder 90% 2>"$TMP/tc"; then
		check "TCP, packets lost and reordered: $what" transfer "$A" "$B" 10.9.0.2 300000
		check "forwarded, lost and reordered: $what" transfer "$C" "$B" fd09::2 300000
		tc -n "$A" qdisc delete dev under root
	else
		skip "packets lost and reordered: $what" "no netem"
	fi
	check "no packet was bad: $what" clean
	if [[ $encap == udp ]]; then
		check "batches leave as one: $what" batched "$A" "$SPI_AB" \
			transfer "$A" "$B" 10.9.0.2 1000000
		check "forwarded, too: $what" batched "$A" "$SPI_AB" \
			transfer "$C" "$B" 10.9.0.2 1000000
	fi

	# each packet by itself, to be decoded
	check "offloads off" offloads off
	capture_start -Q in
	check "TCP in single packets: $what" transfer "$A" "$B" 10.9.0.2 200000
	check "TCP v6 in single packets: $what" transfer "$C" "$B" fd09::2 200000
	check "UDP in single packets: $what" udp_gso "$A" "$B" 10.9.0.2 size=700
	sniff_stop
	check "offloads on" offloads on
	flag=
	((esn)) && flag=:esn
	check "every packet opens, standard in every octet: $what" \
		esp-decode "$TMP/wire.pcap" quiet "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag"
	esp-decode "$TMP/wire.pcap" "$SPI_AB:$KEY_AB:$SALT_AB$flag" \
		"$SPI_BA:$KEY_BA:$SALT_BA$flag" >"$TMP/decoded"
	check "numbers grow strictly, without gaps: $what" gapless "$SPI_AB" 300
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done

# What other devices make of packets: forwarded ones that are lists of packets, tunnels inside
check "tunnel for odd packets" tunnel_up encap=udp
check "singles from C" in_ns "$C" ethtool -K lan tso off gso off tx-udp-segmentation off
check "lists of packets on the way in" in_ns "$A" ethtool -K lan gro on rx-gro-list on
check "UDP in lists, v4" udp_gso "$C" "$B" 10.9.0.2 size=900
check "UDP in lists, v6" udp_gso "$C" "$B" fd09::2 size=900
check "TCP in lists" transfer "$C" "$B" 10.9.0.2 300000
check "batches again" in_ns "$A" ethtool -K lan rx-gro-list off rx-udp-gro-forwarding on
check "UDP in batches" udp_gso "$C" "$B" 10.9.0.2 size=900
check "TCP in batches" transfer "$C" "$B" 10.9.0.2 300000
check "as before" eval 'in_ns "$A" ethtool -K lan gro off rx-udp-gro-forwarding off &&
	in_ns "$C" ethtool -K lan tso on gso on tx-udp-segmentation on'

# UDP GSO is refused by devices without checksums, as VLANs on some kernels are
inside()	# KIND ADDRESS - TCP and UDP GSO through the tunnel's tunnel
{
	transfer "$A" "$B" "$2" 300000 && transfer "$B" "$A" "${2%2}1" 300000 &&
		{ [[ $1 == vlan ]] || udp_gso "$A" "$B" "$2" size=700; }
}

for kind in "geneve id 5" "vxlan id 5 dstport 4789"; do
	what=${kind%% *}
	# shellcheck disable=SC2086 # words
	if ! ip -n "$A" link add in0 type $kind remote 10.9.0.2 2>/dev/null; then
		skip "Ethernet in UDP inside, $what" "no $what here"
		continue
	fi
	# shellcheck disable=SC2086 # words
	ip -n "$B" link add in0 type $kind remote 10.9.0.1
	ip -n "$A" link set in0 up
	ip -n "$B" link set in0 up
	address "$A" in0 10.7.0.1/24
	address "$B" in0 10.7.0.2/24
	check "Ethernet in UDP inside, $what" inside "$what" 10.7.0.2
	if ip -n "$A" link add link in0 name in0.5 type vlan id 5 2>/dev/null; then
		ip -n "$B" link add link in0 name in0.5 type vlan id 5
		ip -n "$A" link set in0.5 up
		ip -n "$B" link set in0.5 up
		address "$A" in0.5 10.6.0.1/24
		address "$B" in0.5 10.6.0.2/24
		check "VLAN in that, $what" inside vlan 10.6.0.2
	else
		skip "VLAN in that, $what" "no VLANs here"
	fi
	ip -n "$A" link delete in0
	ip -n "$B" link delete in0
done
if ip -n "$A" link add in1 type ipip local 10.9.0.1 remote 10.9.0.2 2>/dev/null; then
	ip -n "$B" link add in1 type ipip local 10.9.0.2 remote 10.9.0.1
	ip -n "$A" link set in1 up
	ip -n "$B" link set in1 up
	address "$A" in1 10.5.0.1/24
	address "$B" in1 10.5.0.2/24
	check "IP in IP inside" inside ipip 10.5.0.2
	ip -n "$A" link delete in1
	ip -n "$B" link delete in1
else
	skip "IP in IP inside" "no ipip here"
fi
check "no packet was bad: odd packets" clean
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# The sender pays until its packets left: TCP small queues see what waits below. Its connection
# is made before the path gets slow. (netem would let it off.)
wmem()	# - octets the connections of A to port 5004 pay for
{
	in_ns "$A" ss -Htmn 'dport = :5004' | sed -n 's/.*skmem:(.*,t\([0-9]*\),.*/\1/p' |
		awk '{ n += $1 } END { print n + 0 }'
}

backlog()	# - octets that wait in front of A's device
{
	tc -n "$A" -s -j qdisc show dev under | jq '[.[] | select(.kind == "tbf") | .backlog] | add'
}

paid()
{
	waiting=$(backlog)
	owed=$(wmem)
	echo "$waiting octets wait, $owed are paid for"
	# of a list, it is the packet before it was cut, without the headers that it got
	((waiting > 5000 && owed * 10 >= waiting * 9))
}

# connect ADDR - from A to B; what is written to $data arrives in $TMP/received
connect()
{
	in_ns "$B" timeout 100 nc -n -l "$1" 5004 </dev/null >"$TMP/received" 2>/dev/null &
	receiver=$!
	wait_for "$PATIENCE" listens "$B" 5004 || return
	rm -f "$TMP/data"
	mkfifo "$TMP/data"
	in_ns "$A" timeout 100 nc -n "$1" 5004 <"$TMP/data" >/dev/null 2>&1 &
	sender=$!
	exec {data}>"$TMP/data"
	wait_for "$PATIENCE" eval 'in_ns "$A" ss -Htn "dport = :5004" | grep -q ESTAB'
}

# connect_slowly - so that much waits below; it ends with let_go
connect_slowly()
{
	connect 10.9.0.2 || return
	# the bucket holds the largest batch, which so is not cut there
	tc -n "$A" qdisc add dev under root tbf rate 8kbit burst 66000 limit 1000000 || return
	head -c 300000 /dev/zero >&"$data" &
	writer=$!
}

let_go()
{
	exec {data}>&-
	kill $writer $sender $receiver 2>/dev/null
	wait $writer $sender $receiver 2>/dev/null
}

for encap in none udp lists; do
	check "tunnel for accounting, encap $encap" tunnel_up encap=${encap/lists/udp}
	[[ $encap != lists ]] || check "no batches below" offloads off
	check "connected, encap $encap" connect_slowly
	check "what waits is paid for, encap $encap" wait_for "$PATIENCE" paid
	kill $writer 2>/dev/null
	tc -n "$A" qdisc delete dev under root
	check "until it left, encap $encap" wait_for "$PATIENCE" eval '[[ $(wmem) == 0 ]]'
	let_go
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done
check "batches below again" offloads on

# A tunnel in the tunnel: its lists are made singles again, and copied, since somebody listens
OUT_A[in]=10.9.0.1
OUT_B[in]=10.9.0.2
check "outer tunnel" tunnel_up encap=udp
device "$A" vpn1
device "$B" vpn1
address "$A" vpn1 10.4.0.1/24
address "$B" vpn1 10.4.0.2/24
check "inner tunnel" tunnel_up dev=vpn1 outer=in encap=udp
check "which takes no batches" in_ns "$A" ethtool -K vpn0 tx-udp-segmentation off
background "$TMP/listener" packet-hold netns="$A" dev=vpn0 show=udp
listener=$!
wait_for "$PATIENCE" grep -q ready "$TMP/listener"
check "connected through both" connect 10.4.0.2
head -c 300000 /dev/zero >&"$data"
check "all arrives through both" wait_for "$PATIENCE" eval \
	'[[ $(stat -c %s "$TMP/received") == 300000 ]]'
check "and nothing is paid for any more" wait_for 5 eval '[[ $(wmem) == 0 ]]'
exec {data}>&-
kill $sender $receiver $listener 2>/dev/null
wait $sender $receiver $listener 2>/dev/null
for ns in "$A" "$B"; do
	ip -n "$ns" link delete vpn1
	nl "$ns" flush dev=vpn0
done
in_ns "$A" ethtool -K vpn0 tx-udp-segmentation on

# limits within a batch are exact: limits.sh. Here, that a batch ends at the SA's end and the
# next SA goes on.
check "an end within a large transfer" tunnel_up encap=udp aout.hard_packets=100
in_ns "$B" timeout 60 nc -n -l 10.9.0.2 5005 </dev/null >/dev/null 2>&1 &
receiver=$!
wait_for "$PATIENCE" listens "$B" 5005
head -c 1000000 /dev/zero | in_ns "$A" timeout 60 nc -n -N 10.9.0.2 5005 >/dev/null 2>&1 &
sender=$!
check "its last packet goes out" wait_for "$PATIENCE" eval \
	'[[ $(sa_field "$A" vpn0 out "$SPI_AB" tx_packets) == 100 ]]'
check_is "and no more" "$(sa_field "$A" vpn0 out "$SPI_AB" seq)" 100
check "with new SAs" sas_up
check "the transfer ends" wait $receiver
wait $sender
nl "$A" flush dev=vpn0
nl "$B" flush dev=vpn0

# A device that can neither cut nor sum up, below a bridge that seems to: the stack does it. (A
# single IPv4 packet would have no checksum at all.)
if ip -n "$A" link add outer type bridge 2>/dev/null; then
	ip -n "$A" address flush dev under
	ip -n "$A" link set under master outer
	ip -n "$A" link set outer addrgenmode none up
	address "$A" outer 192.0.2.1/24 2001:db8::1/64
	check "no checksums below" in_ns "$A" ethtool -K under tx off
	for outer in 4 6; do
		check "tunnel over a bridge, v$outer" tunnel_up outer=$outer encap=udp
		capture_start -Q in
		check "captured, v$outer" transfer "$A" "$B" 10.9.0.2 300000
		sniff_stop
		check "checksums are right on the wire, v$outer" checksums_right
		nl "$A" flush dev=vpn0
		nl "$B" flush dev=vpn0
	done
else
	skip "checksums are right on the wire" "no bridge here"
fi

# The module goes while lists wait below: it stays until they left, with nothing else of it alive
pair_down
pair_up
devices_up
attach "$A" 4
attach "$B" 4
check "no batches below" offloads off
check "tunnel for unloading" tunnel_up encap=udp
check "connected for unloading" connect_slowly
check "much waits" wait_for "$PATIENCE" paid
kill $writer
background "$TMP/rmmod" rmmod ikevti
rmmod=$!
check "the devices go at once" wait_for "$PATIENCE" eval '! ip -n "$A" link show vpn0 2>/dev/null'
sleep 0.5
check "the module waits for what waits" kill -0 $rmmod
check "that goes" tc -n "$A" qdisc delete dev under root
check "and then the module" wait $rmmod
check_fails "it is gone" test -e /sys/module/ikevti
let_go
pair_down
check "loaded again" modprobe ikevti
ktap_end
