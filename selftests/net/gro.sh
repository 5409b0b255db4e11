#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Batches in: many ESP packets in one skb, as a neighbour on the same machine sends them, as GRO
# makes them of single ones, and as a list that a bridge in between made. Each packet is treated
# as if it had come alone, and nobody else who sees the batch sees it change.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need ethtool ip awk jq ping cmp nft tcpdump
R=ikv-r-$$

# A - bridge in R - B, and C behind A
add_ns "$A" "$B" "$C" "$R"
ip -n "$R" link add name bridge type bridge 2>/dev/null || ktap_skip_all "no bridges in this kernel"
ip -n "$R" link set dev bridge addrgenmode none up
for side in "$A:port_a" "$B:port_b"; do
	join "${side%:*}" under "$R" "${side#*:}" || exit 1
	ip -n "$R" link set "${side#*:}" master bridge
done
address "$A" under 192.0.2.1/24 2001:db8::1/64
address "$B" under 192.0.2.2/24 2001:db8::2/64
join "$A" lan "$C" lan || exit 1
address "$A" lan 10.8.0.1/24 fd08::1/64
address "$C" lan 10.8.0.2/24 fd08::2/64
# a router without link-local address asks for nobody again
mac=$(ip -n "$C" -j link show dev lan | jq -r '.[0].address')
ip -n "$A" neigh replace 10.8.0.2 lladdr "$mac" dev lan nud permanent
ip -n "$A" neigh replace fd08::2 lladdr "$mac" dev lan nud permanent
ip -n "$C" route add default via 10.8.0.1
ip -n "$C" route add default via fd08::1
devices_up
ip -n "$B" route add 10.8.0.0/24 dev vpn0
ip -n "$B" route add fd08::/64 dev vpn0
for outer in 4 6; do
	attach "$A" $outer
done

forward()	# 0|1 - whether A forwards: checksums need not be verified where nothing is
{
	in_ns "$A" sysctl -qw net.ipv4.ip_forward="$1" net.ipv6.conf.all.forwarding="$1"
}

set_features()	# NS DEV WORDS
{
	local ns=$1 dev=$2
	shift 2

	in_ns "$ns" ethtool -K "$dev" "$@" >/dev/null
}

# How the packets of a batch travel:
#   whole    in one skb all the way
#   merged   one by one, put together by GRO where they arrive
#   listed   one by one, put together as a list by GRO in the bridge
#   single   one by one
link_is()	# WHAT
{
	local cut=off gro=off list=off

	[[ $1 == whole ]] && cut=on
	[[ $1 == merged ]] && gro=on
	[[ $1 == listed ]] && list=on
	set_features "$B" under tso $cut gso $cut tx-udp-segmentation $cut tx-gso-list $cut &&
		set_features "$R" port_a tso $cut gro off &&
		set_features "$R" port_b gro $list rx-gro-list $list &&
		set_features "$A" under tso $cut gso $cut tx-udp-segmentation $cut tx-gso-list $cut gro $gro
}

calls()	# - how often A's sockets have been given something
{
	in_ns "$A" awk '/^Udp: [0-9]/ { n += $2 } END { print n }' /proc/net/snmp
}

calls6()
{
	in_ns "$A" awk '$1 == "Udp6InDatagrams" { print $2 }' /proc/net/snmp6
}

# arrives_in MOST COMMAND... - in at most so many calls
arrives_in()
{
	local most=$1 before after
	shift

	before=$(($(calls) + $(calls6)))
	"$@" || return
	after=$(($(calls) + $(calls6)))
	echo "$((after - before)) calls, expected at most $most"
	((after > before && after - before <= most))
}

# counts "NAME=N ..." COMMAND... - each counter grows by exactly that
counts()
{
	local words=$1 word before=() i=0 status=0
	shift

	for word in $words; do
		before+=("$(victim "${word%=*}")")
	done
	"$@" || return
	for word in $words; do
		local name=${word%=*} n=${word#*=}

		wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" "$name" \
			$((before[i] + n)) || status=1
		echo "$name: ${before[i]} before, $(victim "$name") after, expected $n more"
		[[ $(victim "$name") == $((before[i] + n)) ]] || status=1
		i=$((i + 1))
	done
	return $status
}

batch()	# WORDS - one batch in
{
	inject batch=gso "$@"
}

# hold_start NS DEV SHOW, hold_end - a packet socket that keeps what it hears
hold_start()
{
	background "$TMP/held" packet-hold netns="$1" dev="$2" show="$3"
	hold_pid=$!
	wait_for "$PATIENCE" grep -q ready "$TMP/held"
}

hold_end()
{
	kill -TERM "$hold_pid"
	wait "$hold_pid"
	sed -i '/^ready$/d' "$TMP/held"
}

# as_sent FILE - what was held is what was sent, whatever was put together meanwhile
as_sent()
{
	hold_end
	wc -l "$1" "$TMP/held"
	cmp <(tr -d '\n' <"$1") <(tr -d '\n' <"$TMP/held")
}

# Exactness, whatever the batch looks like
some "4 whole" "4 listed" "4 single" "6 merged"
for variant in "${variants[@]}"; do
	read -r outer how <<<"$variant"
	most=2
	[[ $how == single ]] && most=100
	what="v$outer, $how"
	check "link: $what" link_is "$how"
	check "victim: $what" victim_up outer="$outer" encap=udp window=64
	check "a batch of 20 in one go: $what" arrives_in $most gains rx_packets 20 \
		batch seq=1-20
	check "all replays: $what" gains rx_replay 20 batch seq=1-20
	check "half of it: $what" counts "rx_packets=10 rx_replay=6" batch seq=15-30
	check "replays within a batch: $what" counts "rx_packets=3 rx_replay=2" \
		batch seq=31,32,32,31,33
	check "backwards: $what" gains rx_packets 5 batch seq=45,44,43,42,41
	check "the window moves within a batch: $what" counts "rx_packets=3 rx_replay=2" \
		batch seq=200,136,137,138,120
	check "forged ones between others: $what" counts "rx_packets=3 rx_auth_failed=2" \
		batch seq=210,b211,212,b999999,213
	check "they moved nothing: $what" gains rx_packets 1 batch seq=211
	check "the longest batch: $what" gains rx_packets 45 batch seq=301-345 size=1350
	check "the most packets: $what" gains rx_packets 64 batch seq=401-464
	check "TCP: $what" gains rx_packets 40 batch kind=tcp seq=501-540 size=1200
	check "TCP, some of it replayed: $what" counts "rx_packets=4 rx_replay=5" \
		batch kind=tcp seq=537-543,537,544 size=1200
	check "TCP, some of it forged: $what" counts "rx_packets=4 rx_auth_failed=2" \
		batch kind=tcp seq=551,552,b553,554,b555,556 size=700
	check "too short to be ESP: $what" gains rx_malformed 3 batch seq=560-562 trunc=35
	check "next header that is no IP: $what" gains rx_malformed 3 batch seq=570-572 nh=17
	check "dummies: $what" gains rx_dummy 3 batch seq=580-582 kind=dummy
	lines=$(grep -c 'hex=000000001e1e' "$TMP/$A-$outer-4500.log")
	check "packets around IKE and before a keepalive: $what" gains rx_packets 3 \
		batch seq=590,ike,591,592,keepalive
	check "IKE reaches the daemon: $what" wait_for "$PATIENCE" eval \
		'(($(grep -c "len=96 hex=000000001e1e" "$TMP/$A-$outer-4500.log") == lines + 1))'
	check "IKE first: $what" gains rx_packets 2 batch seq=ike,593,594
	check "a batch of IKE: $what" batch seq=ike,ike,ike
	check "all of it reaches the daemon: $what" wait_for "$PATIENCE" eval \
		'(($(grep -c "hex=000000001e1e" "$TMP/$A-$outer-4500.log") == lines + 5))'
	events_start "$A" "$TMP/events"
	check "packets around a foreign one: $what" gains rx_packets 2 batch seq=600,foreign,601
	check "which is reported: $what" wait_event "$TMP/events" unknown-spi
	events_stop
	check "a hard limit: $what" nl "$A" sa-set dev=vpn0 dir=in spi="$INJECT_SPI" \
		hard_packets=$(($(victim rx_packets) + 5))
	check "is reached within a batch: $what" batch seq=610-619
	check "and then nothing is taken: $what" gains rx_expired 10 batch seq=620-629
	check_range "packets taken: $what" "$(victim rx_packets)" \
		"$(victim hard_packets)" $(($(victim hard_packets) + 5))
	nl "$A" flush dev=vpn0
done

# Nobody else's memory is written to
for how in whole merged listed single; do
	check "link: $how" link_is "$how"
	check "victim: $how" victim_up outer=4 encap=udp window=64
	seq=1
	for kind in udp tcp; do
		for size in 40 1000; do
			rm -f "$TMP/sent"
			check "a listener: $kind of $size octets, $how" hold_start "$A" under udp
			check "a batch: $kind of $size octets, $how" gains rx_packets 20 \
				batch kind=$kind seq=$seq-$((seq + 19)) size=$size save="$TMP/sent"
			check "heard as it was sent: $kind of $size octets, $how" \
				as_sent "$TMP/sent"
			seq=$((seq + 20))
			check "out of a file, which stays what it was: $kind of $size, $how" \
				gains rx_packets 20 inject batch=file kind=$kind \
				seq=$seq-$((seq + 19)) size=$size
			seq=$((seq + 20))
		done
	done
	rm -f "$TMP/sent"
	check "a listener: single packets, $how" hold_start "$A" under udp
	check "single packets, $how" gains rx_packets 5 inject seq=$seq-$((seq + 4)) \
		save="$TMP/sent"
	check "heard as they were sent, $how" as_sent "$TMP/sent"
	nl "$A" flush dev=vpn0
done

# What is put together on its way through is what it was when it is cut again
forward 1
lan_packets()
{
	ip -n "$A" -s -j link show dev lan | jq '.[0].stats64.tx.packets'
}

heard_on_lan()	# LEAST - packets that C got
{
	at_least "$(ip -n "$C" -s -j link show dev lan | jq '.[0].stats64.rx.packets')" "$1"
}

few_on_lan()	# MOST COMMAND...
{
	local most=$1 before after
	shift

	before=$(lan_packets)
	"$@" || return
	wait_for "$PATIENCE" eval '(($(lan_packets) > before))'
	after=$(lan_packets)
	echo "$((after - before)) packets, expected at most $most"
	((after - before <= most))
}

check "link" link_is whole
for family in 4 6; do
	if ((family == 4)); then
		inner=(isrc=10.9.0.2 idst=10.8.0.2)
	else
		inner=(isrc=fd09::2 idst=fd08::2)
	fi
	seq=1
	check "victim, inner v$family" victim_up outer=4 encap=udp window=64
	check "a run is forwarded as one, v$family" few_on_lan 3 gains rx_packets 20 \
		batch kind=tcp seq=1-20 size=1000 "${inner[@]}"
	set_features "$A" lan tso off gso off tx off
	for shape in "seq=101-140" "seq=201-220 iid=same" "seq=301-305,c306,307-312" \
		"seq=c401,402-404" "seq=501-503,c504" "seq=601-603,605-607,604,608" \
		"seq=701-704,704,705" "seq=801-804,b805,806-808,805" \
		"seq=901-902,c902,903" "seq=1001-1005 itos=3" "seq=1101-1105 tos=3 itos=2"; do
		read -ra words <<<"$shape"
		rm -f "$TMP/noted"
		hold_start "$C" lan tcp
		before=$(ip -n "$C" -s -j link show dev lan | jq '.[0].stats64.rx.packets')
		# the copies that are refused are not expected
		check "to C: $shape, v$family" inject batch=gso kind=tcp size=800 \
			"${words[@]}" "${inner[@]}" note="$TMP/noted"
		case $shape in
		*704,704*) sed -i 5d "$TMP/noted" ;;
		*b805*) sed -i 5d "$TMP/noted" ;;
		*c902*) sed -i 3d "$TMP/noted" ;;
		esac
		wait_for 2 heard_on_lan $((before + $(wc -l <"$TMP/noted")))
		hold_end
		# what is wrong overtakes what GRO still holds
		if [[ $shape == *c[0-9]* ]]; then
			sort -o "$TMP/noted" "$TMP/noted"
			sort -o "$TMP/held" "$TMP/held"
		fi
		# congestion was experienced on the way: RFC 6040
		[[ $shape == *tos=3\ itos=2* ]] &&
			sed -i 's/^4502/4503/; s/^6020/6030/' "$TMP/noted"
		# GRO before 6.12 does not look at the identification of what must not be
		# fragmented, which means nothing (RFC 6864)
		if [[ $(printf '6.12\n%s\n' "$(uname -r)" | sort -V | head -n 1) != 6.12 ]]; then
			sed -i -E 's/^(45.{6}).{4}/\10000/' "$TMP/noted" "$TMP/held"
		fi
		check "each is to the octet what it was: $shape, v$family" \
			cmp "$TMP/noted" "$TMP/held"
	done
	set_features "$A" lan tso on gso on tx on
	nl "$A" flush dev=vpn0
done

# Nor is an address of A's the end of a packet where rules may send it on
divert_filter()	# - what is for A's inner address goes to C, with another
{
	in_ns "$A" nft -f - <<-END
		table ip divert {
			chain in {
				type filter hook prerouting priority -300;
				ip daddr 10.9.0.1 ip daddr set 10.8.0.2
			}
		}
	END
}

undivert_filter()
{
	in_ns "$A" nft delete table ip divert
}

divert_routing()	# - the same by policy, with the local table after it
{
	ip -n "$A" route add 10.9.0.1 via 10.8.0.2 table 77 &&
		ip -n "$A" rule add pref 5 iif vpn0 to 10.9.0.1 lookup 77 &&
		ip -n "$A" rule add pref 6 lookup local && ip -n "$A" rule delete pref 0
}

undivert_routing()
{
	ip -n "$A" rule add pref 0 lookup local
	ip -n "$A" rule delete pref 6
	ip -n "$A" rule delete pref 5
	ip -n "$A" route flush table 77
}

for how in filter routing; do
	divert_$how || {
		skip "diverted by $how" "not possible here"
		continue
	}
	set_features "$A" lan tso off gso off tx off
	check "victim, diverted by $how" victim_up outer=4 encap=udp window=64
	background "$TMP/diverted" nsenter --net="/run/netns/$C" -- tcpdump -Z root \
		--immediate-mode -l -n -vv -i lan 'tcp and (dst host 10.8.0.2 or dst host 10.9.0.1)'
	tcpdump=$!
	wait_for "$PATIENCE" grep -q 'listening on' "$TMP/diverted"
	check "to A, diverted to C by $how" inject batch=gso kind=tcp size=800 seq=1-3,c4,5-6 \
		isrc=10.9.0.2 idst=10.9.0.1
	check "all arrive, diverted by $how" wait_for "$PATIENCE" eval \
		'(($(grep -c cksum "$TMP/diverted") == 6))'
	check_is "the wrong one is still wrong, diverted by $how" \
		"$(grep -c 'cksum.*incorrect' "$TMP/diverted")" 1
	kill $tcpdump
	undivert_$how
	set_features "$A" lan tso on gso on tx on
	nl "$A" flush dev=vpn0
done
forward 0

# Streams, with whatever batches the sender makes
attach "$B" 4
attach "$B" 6
forward 1
bytes=1000000
[[ $quick ]] && bytes=300000
some "4 udp whole" "6 udp merged" "4 none whole" "6 none merged"
for variant in "${variants[@]}"; do
	read -r outer encap how <<<"$variant"
	what="v$outer, encap $encap, $how"
	check "link: $what" link_is "$how"
	check "tunnel: $what" tunnel_up outer="$outer" encap="$encap" esn=1
	check "to A, v4: $what" transfer "$B" "$A" 10.9.0.1 $bytes
	check "to A, v6: $what" transfer "$B" "$A" fd09::1 $bytes
	check "to C, v4: $what" transfer "$B" "$C" 10.8.0.2 $bytes
	check "to C, v6: $what" transfer "$B" "$C" fd08::2 $bytes
	check "A without GRO" set_features "$A" vpn0 gro off
	check "to A without GRO: $what" transfer "$B" "$A" 10.9.0.1 $bytes
	check "to C without GRO: $what" transfer "$B" "$C" fd08::2 $bytes
	check "A with GRO, verifying" set_features "$A" vpn0 gro on rx off
	check "to A, verifying: $what" transfer "$B" "$A" fd09::1 $bytes
	set_features "$A" vpn0 rx on
	if tc -n "$B" qdisc add dev under root netem delay 1ms loss 1% reorder 90% 2>"$TMP/tc"; then
		check "to A, packets lost and reordered: $what" transfer "$B" "$A" 10.9.0.1 300000
		check "to C, packets lost and reordered: $what" transfer "$B" "$C" fd08::2 300000
		tc -n "$B" qdisc delete dev under root
	else
		skip "packets lost and reordered" "no netem"
	fi
	check_is "no packet was bad: $what" "$(nl "$A" sa-get dev=vpn0 |
		grep -cE 'rx_(auth_failed|malformed|selector|no_memory|ecn)=[1-9]')" 0
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
done
ktap_end
