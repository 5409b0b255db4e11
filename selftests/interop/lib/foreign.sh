# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# One scenario for every foreign peer; a script sets PEER and sources it. What a peer cannot do is
# named by its script:
#
#   FOREIGN_ESP        the ESP proposal both have, without a group
#   FOREIGN_GROUPS     the groups both have
#   FOREIGN_DEFAULTS   empty when its defaults and ours have nothing in common
#   FOREIGN_ENCAP      of the scenario over IPv6: udp, or auto where it cannot be told to
#   FOREIGN_LOSES      packets that it may lose itself when SAs are rekeyed, see lossless.sh; only what
#                      its kernel counts as without an SA
#   FOREIGN_WRONG_PSK, FOREIGN_WRONG_IKE   what we say of another secret, and of other proposals
. "$interop_dir/peer.sh"

foreign_name=$(peer_name)

# What is sent inside: with these peers the family of the outer addresses, or IPv4 only
inner_flood()	# SECONDS
{
	flood_counted=$(peer_without_sa b)
	ip netns exec "$(ns_name a)" ping -n -q -i 0.01 -W 3 -c "${1}00" \
		"$(inner_peer a "$(foreign_inner)")" >"$TMP/flood" 2>&1 &
	flood_pid=$!
}

inner_lost()
{
	local got counted

	wait "$flood_pid"
	counted=$(($(peer_without_sa b) - flood_counted))
	got=$(awk '/packets transmitted/ { print $1 - $4, $1; exit }' "$TMP/flood")
	got=${got:-all 0}
	echo "lost and sent: $got, $counted without an SA in the peer's kernel"
	[[ ${got%% *} != all ]] && ((${got##* } >= 100)) &&
		((${got%% *} <= (FOREIGN_LOSES < counted ? FOREIGN_LOSES : counted)))
}

inner_ping()
{
	"ping$(foreign_inner)" "$1"
}

inner_up()
{
	wait_for "${2:-15}" inner_one "$1" && inner_ping "$1"
}

inner_one()
{
	in_ns "$1" ping -n -q -c 1 -W 1 "$(inner_peer "$1" "$(foreign_inner)")"
}

encapsulated()
{
	if [[ $ENCAP == udp ]]; then
		peer_udp b && our_paths a | grep -q 'encap=udp'
	else
		! peer_udp b && our_paths a | grep -q 'encap=none'
	fi
}

ours_begin()
{
	START=always
	peer_conf b && peer_load b && our_conf a && begun inner_up a && inner_ping b &&
		encapsulated || peer_explain a b
}

theirs_begin()
{
	START=listen
	peer_conf b && peer_load b && our_conf a && our_start a && peer_up b &&
		inner_up b && inner_ping a && encapsulated || peer_explain a b
}

no_sas()
{
	[[ -z $(our_sas a) ]]
}

ours_end()
{
	our_stop a && our_clean a && wait_for 8 peer_clean b || peer_explain a b
}

# The peer ends it, and our daemon then
theirs_end()
{
	peer_down b && wait_for 8 no_sas && our_stop a && our_clean a && wait_for 8 peer_clean b ||
		peer_explain a b
}

new_children()
{
	local now
	now=$(peer_children b)
	[[ $now && $now != "$before" && $(wc -l <<<"$now") == 2 ]]
}

new_ike()
{
	local now
	now=$(peer_ikes b)
	[[ $now && $now != "$before" && $(wc -l <<<"$now") == 1 ]]
}

# rekeyed CHECK COMMAND...
rekeyed()
{
	local changed=$1 before
	shift

	case $changed in
	new_children) before=$(peer_children b) ;;
	new_ike) before=$(peer_ikes b) ;;
	esac
	"$@" && wait_for 8 "$changed" && return
	echo "nothing new after: $*"
	return 1
}

both_rekey()	# ike|child
{
	ctl a rekey net $([[ $1 == ike ]] && echo --ike) &
	peer_rekey b "$1"
	wait $!
}

# All kinds of rekey after each other while packets flow: none is lost. With both at once libreswan
# now and then refuses ours (TS_UNACCEPTABLE) and yet sends on it: then it has only to recover.
rekeys()
{
	local status=0

	inner_flood "${1:-10}"
	sleep 0.5
	rekeyed new_children ctl a rekey net &&
	rekeyed new_children peer_rekey b child &&
	rekeyed new_ike ctl a rekey net --ike &&
	{ [[ $PEER == iked ]] || rekeyed new_ike peer_rekey b ike; } &&
	rekeyed new_children ctl a rekey net || status=1
	((status == 0)) || kill "$flood_pid"
	inner_lost && ((status == 0)) && both_rekey child && inner_up a && wait_for 15 one_pair ||
		peer_explain a b
}

scenario()
{
	local what="outer v$FAMILY, encap $ENCAP"

	check "we begin: $what" ours_begin
	check "each side rekeys each SA, both one at once: $what" rekeys
	check "our end leaves no SA on either side: $what" ours_end
	check "$foreign_name begins: $what" theirs_begin
	check "its end leaves no SA: $what" theirs_end
}

group()
{
	IKE=aes256gcm16-prfsha256-$1
	ESP=$FOREIGN_ESP-$1
	START=always
	peer_conf b && peer_load b && our_conf a && begun inner_up a &&
		rekeyed new_children ctl a rekey net && inner_ping a &&
		rekeyed new_children peer_rekey b child && inner_ping b || peer_explain a b
}

# Dead, with what it had in the kernel; it comes again and knows nothing of us
dies()
{
	peer_kill b
	sleep 0.5
	peer_start b && inner_up a 40 || peer_explain a b
}

# We die, and come again while the peer still has the old SAs
we_die()
{
	our_kill a && our_start a && inner_up a 20 && wait_for 20 one_pair && inner_ping b &&
		our_stop a && our_clean a || peer_explain a b
}

# libreswan keeps the IKE SA of before, INITIAL_CONTACT or not, but not its children
one_pair()
{
	[[ $(peer_children b | wc -l) == 2 && $(our_sa_count a) == 2 ]]
}

refused()	# TEXT
{
	START=always
	peer_conf b && peer_load b && our_conf a && begun wait_for 8 said a "$1" &&
		our_stop a && our_clean a || peer_explain a b
}

defaults()	# SIDE
{
	"$1" && rekeyed new_children ctl a rekey net && inner_ping a &&
		rekeyed new_children peer_rekey b child && inner_ping a &&
		rekeyed new_ike ctl a rekey net --ike && inner_ping b || peer_explain a b
}

# ns_nat: "a" is inside, "b" outside
inside()
{
	START=always
	peer_conf b && peer_start b && our_conf a && begun inner_up a && inner_ping b &&
		peer_udp b && our_paths a | grep -q 'encap=udp' || peer_explain a b
}

foreign()
{
	peer_need
	ktap_start
	ns_pair || ktap_skip_all "no network namespaces"
	ESP=$FOREIGN_ESP-x25519
	peer_conf b
	check "$foreign_name starts" peer_start b
	scenario
	FAMILY=6 ENCAP=$FOREIGN_ENCAP
	scenario
	FAMILY=4 ENCAP=auto

	local group
	for group in $FOREIGN_GROUPS; do
		check "$group in both" group "$group"
		check "end" ours_end
	done
	interop_defaults
	ESP=$FOREIGN_ESP-x25519
	SWAN_PSK='another secret'
	check "another secret: said" refused "$FOREIGN_WRONG_PSK"
	SWAN_PSK=''
	SWAN_IKE=aes128-sha256-modp2048
	check "no IKE proposal in common: said" refused "$FOREIGN_WRONG_IKE"
	SWAN_IKE=''
	if [[ $FOREIGN_DEFAULTS ]]; then
		IKE='' ESP=''
		check "its defaults and ours, we begin, and rekey" defaults ours_begin
		check "end" ours_end
		check "its defaults and ours, it begins, we rekey" defaults theirs_begin
		check "end" ours_end
		interop_defaults
		ESP=$FOREIGN_ESP-x25519
	fi

	DETECT=1s
	check "up" ours_begin
	check "it dies and comes again" dies
	check "we die and come again" we_die
	peer_stop b
	foreign_more

	ns_del a
	ns_del b
	ns_nat || ktap_skip_all "no NAT in this kernel"
	OUR_LOCAL=any OUR_REMOTE=192.0.2.2 SWAN_LOCAL=192.0.2.2 SWAN_REMOTE=%any
	PEER_SEES=192.0.2.254
	check "a NAT between us" inside
	check "each side rekeys each SA behind the NAT" rekeys
	check "end" ours_end
	peer_stop b
	check "no complaint of the kernel" dmesg_clean
	ktap_end
}
