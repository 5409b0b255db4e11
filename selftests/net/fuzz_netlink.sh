#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Hostile requests, made after the netlink specification by several processes at once, while
# links change and packets are sent. What counts is that the kernel says nothing, that all
# objects go in the end, and that a fresh tunnel works.
#
#   FUZZ_SECONDS  how long (8)      FUZZ_SEED  the seed of a run that is to be repeated
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
need ping nl-fuzz
seconds=${FUZZ_SECONDS:-8}
seed=${FUZZ_SEED:-$SRANDOM}

# no device, path, SA or socket of the fuzzer's
all_gone()
{
	local ns dev family port

	for ns in "$A" "$C"; do
		for dev in fz0 fz1; do
			ip -n "$ns" link delete dev "$dev" 2>/dev/null
		done
	done
	for family in 4 6; do
		for port in 4500 4501 4502; do
			nl "$A" socket-detach family=$family port=$port 2>/dev/null
		done
	done
	[[ ! $(nl "$A" dev-get) && ! $(nl "$A" path-get) && ! $(nl "$A" sa-get) ]]
}

took()	# COMMAND
{
	local line

	line=$(grep "^$1 " "$TMP/fuzz")
	echo "$line"
	at_least "$(field taken "$line")" 1
}

add_ns "$A" "$B" "$C"
join "$A" under "$B" under
address "$A" under 192.0.2.1/24 2001:db8::1/64
address "$B" under 192.0.2.2/24 2001:db8::2/64
echo "# FUZZ_SEED=$seed FUZZ_SECONDS=$seconds"
check "requests for $seconds s" eval \
	'nl-fuzz netns="$A" other="$C" seconds="$seconds" seed="$seed" >"$TMP/fuzz"'
sed 's/^/# /' "$TMP/fuzz"
# otherwise nothing was tried
for command in dev-get peer-set peer-get path-set path-get spi-alloc sa-set sa-get socket-attach; do
	check "some of $command was valid" took "$command"
done
check "the family answers" nl "$A" dev-get
check "all of it can be removed" wait_for "$PATIENCE" all_gone

pair_again()
{
	ip netns delete "$A" && ip netns delete "$B" && ip netns delete "$C" || return
	net_spaces=()
	pair_up
	devices_up
	tunnel_up
}

check "a fresh tunnel" pair_again
check "which carries IPv4" pings "$A" 10.9.0.2
check "and IPv6" pings "$B" fd09::1
pair_down
check "the module can be unloaded" timeout 60 modprobe -r ikevti
check "and loaded" modprobe ikevti
ktap_end
