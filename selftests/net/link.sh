#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The link kind: creation, attributes, changes, namespaces, ethtool, automatic loading.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need jq
add_ns "$A" "$B"

# link_info NS DEV JQ - from the details of a link
link_info()
{
	ip -n "$1" -d -j link show dev "$2" | jq -r ".[0].$3"
}

rejects()	# the text PATTERN comes with the refusal of COMMAND
{
	local pattern=$1 out
	shift

	if out=$("$@" 2>&1); then
		echo "accepted: $*"
		return 1
	fi
	echo "$out"
	grep -qiE "$pattern" <<<"$out"
}

# the attributes as iproute2 without a plugin cannot give them: through the tests' own program
link_set()	# NS DEV WORDS...
{
	local ns=$1 dev=$2
	shift 2

	ikevti-link -N "$ns" set "$dev" "$@"
}

add_many()	# N
{
	local i

	for ((i = 0; i < $1; i++)); do
		ip -n "$A" link add many$i type ikevti || return
	done
}

check "add" ip -n "$A" link add vpn0 type ikevti
check "a second one" ip -n "$A" link add vpn1 type ikevti
check_fails "the same name twice" ip -n "$A" link add vpn0 type ikevti
check_is "kind" "$(link_info "$A" vpn0 linkinfo.info_kind)" ikevti
check_is "link type has no link layer address" "$(link_info "$A" vpn0 link_type)" none
check "point to point, without ARP" eval \
	'[[ $(link_info "$A" vpn0 flags) == *POINTOPOINT* && $(link_info "$A" vpn0 flags) == *NOARP* ]]'
check "GSO packets of any size are taken" at_least "$(link_info "$A" vpn0 tso_max_size)" 65536
check "dev-get finds it" nl "$A" dev-get dev=vpn0
check_is "dump shows both" "$(nl "$A" dev-get | grep -c ^dev)" 2
check_is "default mark" "$(dev_field "$A" vpn0 fwmark)" 0
check_is "default clamp is auto" "$(dev_field "$A" vpn0 mss_clamp)" 1
check_is "state without a path" "$(dev_field "$A" vpn0 state)" down
check "delete" ip -n "$A" link delete vpn1
check_fails "dev-get of what is gone" nl "$A" dev-get dev=99999
check_is "dump shows one" "$(nl "$A" dev-get | grep -c ^dev)" 1

check "add with attributes" ikevti-link -N "$A" add vpn2 fwmark=0x2a mss_clamp=1300 hold_time=1500
check_is "fwmark" "$(dev_field "$A" vpn2 fwmark)" 42
check_is "mss_clamp" "$(dev_field "$A" vpn2 mss_clamp)" 1300
check_is "hold_time" "$(dev_field "$A" vpn2 hold_time)" 1500
shows()	# NS DEV WORDS - the attributes begin with these
{
	[[ $(ikevti-link -N "$1" show "$2") == "$3 "* ]]
}

check "rtnetlink shows them" shows "$A" vpn2 "fwmark=42 mss_clamp=1300 hold_time=1500"
check "change one" link_set "$A" vpn2 fwmark=7
check_is "fwmark changed" "$(dev_field "$A" vpn2 fwmark)" 7
check_is "mss_clamp untouched" "$(dev_field "$A" vpn2 mss_clamp)" 1300
check_is "default hash policy" "$(dev_field "$A" vpn2 hash_policy)" l4
check "another" link_set "$A" vpn2 hash_policy=2
check_is "dev-get shows it" "$(dev_field "$A" vpn2 hash_policy)" inner-l3
check "rtnetlink, too" eval 'ikevti-link -N "$A" show vpn2 | grep -q " hash_policy=2"'
check "clamp off" link_set "$A" vpn2 mss_clamp=0
check_is "clamp is off" "$(dev_field "$A" vpn2 mss_clamp)" 0
for bad in mss_clamp=2 mss_clamp=535 mss_clamp=65496 mss_clamp=4294967295 hash_policy=3; do
	check_fails "refused: $bad" link_set "$A" vpn2 $bad
done
check_fails "attribute of the wrong length refused" link_set "$A" vpn2 raw=1:0100
check "after refusals nothing changed" shows "$A" vpn2 "fwmark=7 mss_clamp=0 hold_time=1500"
check "the refusal says why" rejects "clamp|range" link_set "$A" vpn2 mss_clamp=2
# outer headers; what they do is for headers.sh and underlay.sh
head_of()	# NS DEV - the attributes of outer headers, from both interfaces
{
	local word

	for word in ttl dscp df; do
		echo "$(dev_field "$1" "$2" $word)/$(field $word "$(ikevti-link -N "$1" show "$2")")"
	done | tr '\n' ' '
}

check_is "outer headers by default" "$(head_of "$A" vpn2)" "256/256 64/64 set/0 "
check "change them all" link_set "$A" vpn2 ttl=7 dscp=46 df=2
check_is "they have changed" "$(head_of "$A" vpn2)" "7/7 46/46 inherit/2 "
for bad in ttl=257 dscp=65 df=3 link=99999 link=4294967295; do
	check_fails "refused: $bad" link_set "$A" vpn2 $bad
done
check "a link that is not there is named" rejects "underlay namespace" \
	link_set "$A" vpn2 ttl=8 link=99999
check "nor can it be the device itself" rejects "own underlay" \
	link_set "$A" vpn2 ttl=8 "link=$(link_info "$A" vpn2 ifindex)"
check_is "after refusals nothing changed" "$(head_of "$A" vpn2)" "7/7 46/46 inherit/2 "
check "back to the defaults" link_set "$A" vpn2 ttl=256 dscp=64 df=0
check_is "they are" "$(head_of "$A" vpn2)" "256/256 64/64 set/0 "
check "delete it" ip -n "$A" link delete vpn2

# mtu
check "mtu can be fixed" ip -n "$A" link set vpn0 mtu 1300
check_is "and stays" "$(link_info "$A" vpn0 mtu)" 1300
check_fails "mtu 10 is refused" ip -n "$A" link set vpn0 mtu 10
check_fails "mtu 70000 is refused" ip -n "$A" link set vpn0 mtu 70000

# namespaces: created in A, moved to B
check "move to another namespace" ip -n "$A" link set vpn0 netns "$B"
check_fails "it is gone here" ip -n "$A" link show vpn0
check "and there" ip -n "$B" link show vpn0
check "the namespace it came from is shown" eval \
	'[[ $(link_info "$B" vpn0 link_netnsid) =~ ^[0-9]+$ ]]'
check "and back" ip -n "$B" link set vpn0 netns "$A"
check_is "no namespace to show at home" "$(link_info "$A" vpn0 link_netnsid)" null
check "rename" ip -n "$A" link set vpn0 name wan9
check "dev-get by the new name" nl "$A" dev-get dev=wan9
check "rename back" ip -n "$A" link set wan9 name vpn0
check "created from elsewhere" ip -n "$A" link add vpn3 netns "$B" type ikevti
check "its underlay is where it was created" eval \
	'[[ $(link_info "$B" vpn3 link_netnsid) =~ ^[0-9]+$ ]]'
check "up and down" eval 'ip -n "$A" link set vpn0 up && ip -n "$A" link set vpn0 down &&
	ip -n "$A" link set vpn0 up'

if command -v ethtool >/dev/null; then
	check_is "ethtool names the driver" \
		"$(in_ns "$A" ethtool -i vpn0 | sed -n 's/^driver: //p')" ikevti
	check_is "ethtool knows there is no link" \
		"$(in_ns "$A" ethtool vpn0 | sed -n 's/.*Link detected: //p')" no
	check "ethtool counts what genl counts" eval \
		'[[ $(in_ns "$A" ethtool -S vpn0 | sed -n "s/^ *rx_replay: //p") == \
			$(dev_field "$A" vpn0 rx_replay) ]]'
	check "transmit segmentation is on" eval \
		'in_ns "$A" ethtool -k vpn0 | grep -q "^tcp-segmentation-offload: on"'
else
	skip "ethtool" "not installed"
fi

check_fails "it takes no slaves" ip -n "$A" link set vpn3 master vpn0
check "many at once" add_many 40
check_is "dump shows them all" "$(nl "$A" dev-get | grep -c 'dev=many')" 40
check "a namespace full of them goes away" ip netns delete "$A"
check "the other device survives the namespace it came from" ip -n "$B" link show vpn3
check_fails "but has no underlay any more" nl "$B" path-set dev=vpn3 id=1 local=192.0.2.1 \
	remote=192.0.2.2 encap=none

# automatic loading, when modprobe knows the module
if modinfo ikevti >/dev/null 2>&1; then
	ip netns delete "$B"
	check "unload" modprobe -r ikevti
	add_ns "$C"
	check "a link of the kind loads the module" ip -n "$C" link add vpn0 type ikevti
	check "it is loaded" test -e /sys/module/ikevti
	ip -n "$C" link delete vpn0
	check "unload again" modprobe -r ikevti
	check "asking for the family loads the module" nl "$C" dev-get
	check "it is loaded again" test -e /sys/module/ikevti
else
	skip "automatic loading" "modprobe does not know the module"
fi
ktap_end
