# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Namespaces, tunnels and counters for the tests of the module.
#
# The usual scene: namespaces $A and $B joined by a veth pair "under", outer addresses
# 192.0.2.1 and .2, 2001:db8::1 and ::2, each with a device vpn0, inner addresses 10.9.0.1
# and .2, fd09::1 and ::2.

net_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=selftests/lib/ktap.sh
. "$net_dir/../lib/ktap.sh"
TOOLS=${IKEVTI_TOOLS:-$(cd "$net_dir/../.." && pwd)/build/tools}
[[ -x $TOOLS/ikevti-nl ]] && PATH=$TOOLS:$PATH

A=ikv-a-$$
B=ikv-b-$$
C=ikv-c-$$
# Emulated and instrumented machines are many times slower: fewer repetitions of the same there.
quick=${IKEVTI_QUICK-}
if [[ ! ${IKEVTI_QUICK+set} && ${IKEVTI_LAB-} =~ ^(qemu|uml-debug) ]]; then
	quick=1
fi
# seconds to wait for what should happen at once; emulated machines are slow
PATIENCE=${IKEVTI_PATIENCE:-$((quick ? 60 : 15))}
# Replay window of SAs with traffic: processors overtake each other, by hundreds of packets where
# they are emulated, and most tests are not about that.
WINDOW=4096
declare -A OUT_A=([4]=192.0.2.1 [6]=2001:db8::1)
declare -A OUT_B=([4]=192.0.2.2 [6]=2001:db8::2)
declare -A IN_A=([4]=10.9.0.1 [6]=fd09::1)
declare -A IN_B=([4]=10.9.0.2 [6]=fd09::2)
net_spaces=()
net_pids=()

net_cleanup()
{
	local pid ns file

	for file in "$TMP"/*.pid; do
		[[ -s $file ]] && kill -KILL "$(<"$file")" 2>/dev/null
	done
	for pid in "${net_pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null
	done
	for ns in "${!nl_pid[@]}"; do
		kill "${nl_pid[$ns]}" 2>/dev/null
	done
	for ns in "${net_spaces[@]}"; do
		[[ -e /run/netns/$ns ]] && ip netns delete "$ns"
	done
}

net_start()
{
	ktap_start
	((EUID == 0)) || ktap_skip_all "needs root"
	command -v ikevti-nl >/dev/null || ktap_skip_all "ikevti-nl is not built (make tools)"
	[[ -e /sys/module/ikevti ]] || modprobe ikevti 2>/dev/null
	[[ -e /sys/module/ikevti ]] || ktap_skip_all "module ikevti cannot be loaded"
	at_exit net_cleanup
}

# need PROGRAM... - skips the test without them
need()
{
	local program

	for program; do
		command -v "$program" >/dev/null || ktap_skip_all "needs the program $program"
	done
}

in_ns()	# NS COMMAND...
{
	local ns=$1
	shift

	nsenter "--net=/run/netns/$ns" -- "$@"
}

# Starting a program is slow in the labs, so one ikevti-nl per namespace serves this shell. It
# keeps the namespace alive: tests about the end of namespaces or of the module, and those that
# call nl from several processes, set nl_direct=1.
nl_direct=${IKEVTI_NL_DIRECT-}
declare -A nl_in nl_out nl_pid

nl_start()	# NS
{
	mkfifo "$TMP/$1.in" "$TMP/$1.out" || return
	ikevti-nl -N "$1" -s batch <"$TMP/$1.in" >"$TMP/$1.out" 2>/dev/null &
	nl_pid[$1]=$!
	exec {nl_fd}>"$TMP/$1.in"
	nl_in[$1]=$nl_fd
	exec {nl_fd}<"$TMP/$1.out"
	nl_out[$1]=$nl_fd
	rm "$TMP/$1.in" "$TMP/$1.out"
}

nl_stop()	# NS
{
	local fd

	[[ ${nl_pid[$1]-} ]] || return 0
	fd=${nl_in[$1]}
	exec {fd}>&-
	fd=${nl_out[$1]}
	exec {fd}<&-
	kill "${nl_pid[$1]}" 2>/dev/null
	wait "${nl_pid[$1]}" 2>/dev/null
	unset "nl_pid[$1]" "nl_in[$1]" "nl_out[$1]"
	return 0
}

nl()	# NS COMMAND...
{
	local ns=$1 line
	shift

	case $nl_direct$1 in
	1* | -* | batch | listen | socket-attach | socket-take | udp-encap)
		ikevti-nl -N "$ns" "$@"
		return
		;;
	esac
	[[ ${nl_pid[$ns]-} ]] || {
		ikevti-nl -N "$ns" "$@"
		return
	}
	echo "$*" >&"${nl_in[$ns]}"
	while IFS= read -r line <&"${nl_out[$ns]}"; do
		case $line in
		=*)
			return "${line#=}"
			;;
		error:* | bad\ value* | unknown\ word* | no\ * | dump\ interrupted | raw:*)
			echo "$line" >&2
			;;
		*)
			echo "$line"
			;;
		esac
	done
	return 251
}

# some VARIANT... - into the array "variants": all, or where it is slow the first and the last
some()
{
	variants=("$@")
	if [[ $quick ]] && (($# > 2)); then
		variants=("$1" "${*: -1}")
	fi
}

# background FILE COMMAND... - output to FILE, pid in $! and killed in the end
background()
{
	local file=$1
	shift

	# now, not when the child gets to it: what is waited for must be new
	: >"$file"
	"$@" >"$file" 2>&1 &
	net_pids+=($!)
}

add_ns()	# NS...
{
	local ns

	for ns; do
		ip netns add "$ns" || exit 1
		net_spaces+=("$ns")
		[[ $nl_direct ]] || nl_start "$ns"
		ip -n "$ns" link set lo up
		in_ns "$ns" sysctl -qw net.ipv6.conf.all.accept_dad=0 \
			net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0 \
			net.ipv4.ping_group_range="0 2147483647" \
			net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0 \
			net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
	done
}

# join NS1 DEV1 NS2 DEV2 [MTU] - a veth pair, up, without address
join()
{
	ip link add "$2" netns "$1" mtu "${5:-1500}" type veth peer name "$4" netns "$3" \
		mtu "${5:-1500}" || return 1
	ip -n "$1" link set "$2" addrgenmode none up
	ip -n "$3" link set "$4" addrgenmode none up
}

address()	# NS DEV ADDRESS/LEN...
{
	local ns=$1 dev=$2 addr
	shift 2

	for addr; do
		if [[ $addr == *:* ]]; then
			ip -n "$ns" address add "$addr" dev "$dev" nodad
		else
			ip -n "$ns" address add "$addr" dev "$dev"
		fi
	done
}

# the two namespaces and what joins them
pair_up()	# [MTU]
{
	add_ns "$A" "$B"
	join "$A" under "$B" under "${1:-1500}" || exit 1
	address "$A" under 192.0.2.1/24 2001:db8::1/64
	address "$B" under 192.0.2.2/24 2001:db8::2/64
}

pair_down()
{
	local file

	for file in "$TMP"/*.pid; do
		[[ -s $file ]] && kill -KILL "$(<"$file")" 2>/dev/null
		rm -f "$file"
	done
	nl_stop "$A"
	nl_stop "$B"
	ip netns delete "$A"
	ip netns delete "$B"
	net_spaces=()
}

# device NS DEV [link arguments] - an ikevti device that is up and silent by itself
device()
{
	local ns=$1 dev=$2
	shift 2

	ip -n "$ns" link add "$dev" type ikevti "$@" || return 1
	[[ ! ${IKEVTI_SPREAD-} ]] || ikevti-link -N "$ns" set "$dev" spread=1 || return 1
	ip -n "$ns" link set "$dev" addrgenmode none up
}

devices_up()	# vpn0 on both sides with the usual addresses
{
	device "$A" vpn0 && device "$B" vpn0 || return 1
	address "$A" vpn0 10.9.0.1/24 fd09::1/64
	address "$B" vpn0 10.9.0.2/24 fd09::2/64
}

# attach NS FAMILY [PORT] [words] - a UDP socket handed to the module; pid in NS-FAMILY-PORT.pid
attach()
{
	local ns=$1 family=$2 port=${3:-4500} any=0.0.0.0
	shift $(($# > 2 ? 3 : 2))

	[[ $family == 6 ]] && any=::
	nl "$ns" socket-attach addr=$any port="$port" pid="$TMP/$ns-$family-$port.pid" \
		log="$TMP/$ns-$family-$port.log" "$@"
}

random_hex()	# OCTETS, a multiple of four
{
	local hex='' i

	for ((i = 0; i < $1; i += 4)); do
		printf -v hex '%s%08x' "$hex" "$SRANDOM"
	done
	echo "$hex"
}

# option KEY DEFAULT WORDS... - sets the variable KEY to the value of KEY=value among the words
option()
{
	local -n option_value=$1
	local option_key=$1 option_word

	option_value=$2
	shift 2
	for option_word; do
		[[ $option_word == "$option_key="* ]] && option_value=${option_word#*=}
	done
	return 0
}

# paths_up [id=1] [dev=vpn0] [outer=4] [encap=none] [prio=] ... - the path on both sides
paths_up()
{
	local outer encap id dev words=() word

	option outer 4 "$@"
	option encap none "$@"
	option id 1 "$@"
	option dev vpn0 "$@"
	for word; do
		case $word in
		outer=* | encap=* | id=* | dev=* | aead=* | bits=* | esn=* | lane=*) ;;
		ain.* | aout.* | bin.* | bout.*) ;;
		*) words+=("$word") ;;
		esac
	done
	[[ $encap == udp ]] && words+=(lport=4500 rport=4500)
	nl "$A" path-set dev="$dev" id="$id" local="${OUT_A[$outer]}" remote="${OUT_B[$outer]}" \
		encap="$encap" state=up "${words[@]}" || return
	nl "$B" path-set dev="$dev" id="$id" local="${OUT_B[$outer]}" remote="${OUT_A[$outer]}" \
		encap="$encap" state=up "${words[@]}"
}

# spi_alloc NS [dev=] path= [lane=] - prints the SPI
spi_alloc()
{
	local ns=$1 line
	shift

	line=$(nl "$ns" spi-alloc "$@") || return
	field spi "$line"
}

# Install a new pair of SAs on both sides; inbound first, as a rekey has to.
#   sas_up [dev=vpn0] [path=1] [lane=0] [aead=gcm] [bits=256] [esn=0] [WHERE.word=value ...]
# WHERE is ain, aout, bin or bout for words of one SA only. Leaves SPI_AB KEY_AB SALT_AB and
# SPI_BA KEY_BA SALT_BA (AB: packets from A to B, whose SPI B allocates).
sas_up()
{
	local dev path lane aead bits esn common ab ba

	option dev vpn0 "$@"
	option path 1 "$@"
	option lane 0 "$@"
	option aead gcm "$@"
	option bits 256 "$@"
	option esn 0 "$@"
	SPI_AB=$(spi_alloc "$B" dev="$dev" path="$path" lane="$lane") || return
	SPI_BA=$(spi_alloc "$A" dev="$dev" path="$path" lane="$lane") || return
	KEY_AB=$(random_hex $((bits / 8)))
	KEY_BA=$(random_hex $((bits / 8)))
	SALT_AB=$(random_hex 4)
	SALT_BA=$(random_hex 4)
	ab="salt=$SALT_AB"
	ba="salt=$SALT_BA"
	if [[ $aead == cbc-sha* ]]; then
		ab="auth_key=$(random_hex $((${aead#cbc-sha} / 8)))"
		ba="auth_key=$(random_hex $((${aead#cbc-sha} / 8)))"
	fi
	common="dev=$dev path=$path lane=$lane aead=$aead esn=$esn"
	# shellcheck disable=SC2086 # words
	nl "$B" sa-set $common dir=in spi="$SPI_AB" key="$KEY_AB" $ab \
		window="$WINDOW" peer_spi="$SPI_BA" $(words_for bin "$@") &&
	nl "$A" sa-set $common dir=in spi="$SPI_BA" key="$KEY_BA" $ba \
		window="$WINDOW" peer_spi="$SPI_AB" $(words_for ain "$@") &&
	nl "$A" sa-set $common dir=out spi="$SPI_AB" key="$KEY_AB" $ab \
		$(words_for aout "$@") &&
	nl "$B" sa-set $common dir=out spi="$SPI_BA" key="$KEY_BA" $ba \
		$(words_for bout "$@")
}

words_for()	# WHERE WORDS...
{
	local where=$1 word
	shift

	for word; do
		[[ $word == "$where."* ]] && echo "${word#*.}"
	done
}

# esp_flags AEAD ESN - how esp-inject and esp-decode call it, behind SPI:KEY:SALT:
esp_flags()
{
	local flags=''

	[[ $1 == chacha* ]] && flags+=:chacha
	[[ $1 == *-iiv ]] && flags+=:iiv
	(($2)) && flags+=:esn
	echo "${flags#:}"
}

# tunnel_up [any word of paths_up and sas_up] - path 1 of vpn0 with SAs, running
tunnel_up()
{
	local id dev

	option id 1 "$@"
	option dev vpn0 "$@"
	paths_up "$@" && sas_up path="$id" "$@" && wait_running "$A" "$dev" &&
		wait_running "$B" "$dev"
}

# field NAME LINE - the value of name=value
field()
{
	local word

	for word in $2; do
		if [[ $word == "$1="* ]]; then
			echo "${word#*=}"
			return 0
		fi
	done
	return 1
}

# dev_field NS DEV NAME, path_field NS DEV ID NAME, sa_field NS DEV DIR SPI NAME
dev_field()
{
	field "$3" "$(nl "$1" dev-get dev="$2")"
}

path_field()
{
	field "$4" "$(nl "$1" path-get dev="$2" id="$3")"
}

# An outbound SPI is the peer's and named together with its path, so it is looked for.
sa_field()
{
	if [[ $3 == in ]]; then
		field "$5" "$(nl "$1" sa-get dev="$2" dir=in spi="$4")"
	else
		field "$5" "$(nl "$1" sa-get dev="$2" | grep " dir=out spi=$4 ")"
	fi
}

# Older kernels call a device without carrier LOWERLAYERDOWN where newer ones say DOWN.
link_state()	# NS DEV - "up", "unknown", "dormant" or "down"
{
	ip -n "$1" -j link show dev "$2" |
		jq -r '.[0].operstate | ascii_downcase | sub("lowerlayerdown"; "down")'
}

is_state()	# NS DEV STATE
{
	[[ $(link_state "$1" "$2") == "$3" ]]
}

wait_running()	# NS DEV
{
	wait_for "$PATIENCE" says_running "$1" "$2"
}

says_running()	# NS DEV
{
	[[ $(nl "$1" dev-get dev="$2") == *" state=running "* ]]
}

is_running()	# NS DEV - has carrier and is not dormant
{
	ip -n "$1" link show dev "$2" | grep -q 'LOWER_UP' &&
		! ip -n "$1" link show dev "$2" | grep -q 'state DORMANT'
}

at_least()	# VALUE LEAST
{
	[[ $1 =~ ^[0-9]+$ ]] && (($1 >= $2))
}

sa_at_least()	# NS DEV DIR SPI NAME LEAST
{
	at_least "$(sa_field "$1" "$2" "$3" "$4" "$5")" "$6"
}

dev_at_least()	# NS DEV NAME LEAST
{
	at_least "$(dev_field "$1" "$2" "$3")" "$4"
}

# pings NS ADDRESS [OPTIONS] - three answers out of three
pings()
{
	local ns=$1 to=$2
	shift 2

	in_ns "$ns" ping -n -q -c 3 -i 0.05 -W 3 "$@" "$to"
}

no_ping()	# NS ADDRESS [OPTIONS] - one packet, no answer
{
	local ns=$1 to=$2
	shift 2

	! in_ns "$ns" ping -n -q -c 1 -W 1 "$@" "$to"
}

# transfer FROM TO ADDRESS [BYTES] - TCP, content compared
transfer()
{
	local from=$1 to=$2 addr=$3 bytes=${4:-300000} pid status

	head -c "$bytes" /dev/urandom >"$TMP/sent"
	in_ns "$to" timeout 60 nc -n -v -N -l "$addr" 5001 </dev/null >"$TMP/received" 2>"$TMP/nc" &
	pid=$!
	wait_for "$PATIENCE" listens "$to" 5001
	in_ns "$from" timeout 60 nc -n -v -N "$addr" 5001 <"$TMP/sent"
	wait $pid
	status=$?
	cat "$TMP/nc"
	cmp "$TMP/sent" "$TMP/received" && ((status == 0))
}

listens()	# NS PORT
{
	in_ns "$1" ss -Hltn "sport = :$2" | grep -q LISTEN
}

# sniff NS DEV FILE FILTER [OPTIONS], sniff_stop - what crosses a device
sniff()
{
	local ns=$1 dev=$2 file=$3 filter=$4
	shift 4

	rm -f "$file"
	background "$TMP/tcpdump.err" nsenter --net="/run/netns/$ns" -- \
		tcpdump -Z root --immediate-mode -B 32768 -U -n -i "$dev" -s 0 "$@" \
		-w "$file" "$filter"
	sniff_pid=$!
	wait_for "$PATIENCE" grep -q 'listening on' "$TMP/tcpdump.err"
}

sniff_stop()
{
	sleep 0.5
	kill -TERM "$sniff_pid"
	wait "$sniff_pid" 2>/dev/null
	return 0
}

# capture_start [OPTIONS] - what crosses B's underlay, into $TMP/wire.pcap, until sniff_stop
capture_start()
{
	sniff "$B" under "$TMP/wire.pcap" \
		'ip proto 50 or udp port 4500 or (ip6 and not icmp6)' "$@"
}

# gapless SPI LEAST - so many packets at least, numbered without gaps, in $TMP/decoded by esp-decode
gapless()
{
	awk -v spi="spi=$1" -v least="$2" '
		index($0, spi " ") && match($0, /seq=[0-9]+/) {
			seq = substr($0, RSTART + 4, RLENGTH - 4)
			if (n++ && seq != last + 1) {
				print last " before " seq
				bad++
			}
			last = seq
		}
		END { print n " packets"; exit bad || n < least }' "$TMP/decoded"
}

clean()	# - no SA of A or B saw a bad packet
{
	local ns

	for ns in "$A" "$B"; do
		nl "$ns" sa-get dev=vpn0 | grep -E \
			'[rt]x_(auth_failed|malformed|replay|selector|crypto|no_memory)=[1-9]' &&
			return 1
	done
	return 0
}

# events_start NS FILE, events_stop - a listener in the background
events_start()
{
	background "$2" ikevti-nl -N "$1" listen timeout=120
	events_pid=$!
	wait_for "$PATIENCE" grep -q listening "$2"
}

events_stop()
{
	kill "$events_pid" 2>/dev/null
	wait "$events_pid" 2>/dev/null
	return 0
}

# wait_event FILE PATTERN
wait_event()
{
	wait_for "$PATIENCE" grep -qE "$2" "$1"
}

# One tunnel end in A whose peer is esp-inject in B.
#   victim_up [outer=4] [encap=none] [aead=gcm] [bits=256] [esn=0] [window=64]
#	[ain.word=value...]
# Leaves INJECT_SPI, INJECT_SA and the words for esp-inject in INJECT.
victim_up()
{
	local outer encap aead bits esn window key salt ports=()

	option outer 4 "$@"
	option encap none "$@"
	option aead gcm "$@"
	option bits 256 "$@"
	option esn 0 "$@"
	option window 64 "$@"
	[[ $encap == udp ]] && ports=(lport=4500 rport=4500)
	nl "$A" path-set dev=vpn0 id=1 local="${OUT_A[$outer]}" remote="${OUT_B[$outer]}" \
		encap="$encap" state=up "${ports[@]}" || return
	INJECT_SPI=$(spi_alloc "$A" dev=vpn0 path=1) || return
	key=$(random_hex $((bits / 8)))
	salt=$(random_hex 4)
	# shellcheck disable=SC2046 # words
	nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$INJECT_SPI" aead="$aead" key="$key" \
		salt="$salt" esn="$esn" window="$window" $(words_for ain "$@") || return
	nl "$A" sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm key="$(random_hex 32)" \
		salt="$(random_hex 4)" esn="$esn" || return
	INJECT_SA=$INJECT_SPI:$key:$salt:$(esp_flags "$aead" "$esn")
	INJECT=(from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" encap="$encap" sa="$INJECT_SA"
		isrc=10.9.0.2 idst=10.9.0.1)
	wait_running "$A" vpn0
}

inject()	# WORDS... - later words win
{
	esp-inject netns="$B" "${INJECT[@]}" "$@"
}

# victim NAME - a counter of the inbound SA that inject feeds
victim()
{
	sa_field "$A" vpn0 in "$INJECT_SPI" "$1"
}

# gains COUNTER N COMMAND... - the victim's counter grows by exactly N
gains()
{
	local counter=$1 n=$2 before after
	shift 2

	before=$(victim "$counter") || return
	"$@" || return
	if ((n)); then
		wait_for "$PATIENCE" sa_at_least "$A" vpn0 in "$INJECT_SPI" "$counter" \
			$((before + n))
	else
		sleep 0.05
	fi
	after=$(victim "$counter")
	echo "$counter: $before before, $after after, expected $((before + n))"
	[[ $after == $((before + n)) ]]
}
