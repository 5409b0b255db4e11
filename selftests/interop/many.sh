#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many tunnels between the same two addresses, ikevtid on both sides: a peer for whom they are
# configured is no stranger, however many it brings up at once.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

tunnels=${IKEVTI_TUNNELS:-100}

# conf N LOCAL REMOTE OUR-LETTER THEIR-LETTER START
conf()
{
	local i

	mkdir -p "$TMP/$1"
	for ((i = 0; i < tunnels; i++)); do
		printf 'tunnel t%u { device = vpn%u\n' "$i" "$i"
		printf 'local { id = %s%u auth = psk } remote { id = %s%u auth = psk }\n' \
			"$4" "$i" "$5" "$i"
		printf 'path p { local = %s remote = %s } start = %s }\n' "$2" "$3" "$6"
	done >"$TMP/$1/ikevti.conf"
	umask 077
	for ((i = 0; i < tunnels; i++)); do
		printf 'psk %s%u = "one of many %u"\n' "$5" "$i" "$i"
	done >"$TMP/$1/secrets.conf"
	umask 022
}

up_count()
{
	our_paths a | grep -c 'usable=1'
}

# "state=up" in the kernel of both sides
all_up()
{
	(($(up_count) == tunnels))
}

up()
{
	local begin=${EPOCHREALTIME//[!0-9]/} status

	our_start b && our_start a || return
	wait_for 40 all_up
	status=$?
	took=$(((${EPOCHREALTIME//[!0-9]/} - begin) / 1000))
	((status == 0)) && return
	echo "$(up_count) of $tunnels after $took ms"
	our_log a | tail -n 20
	our_log b | tail -n 20
	return 1
}

conf a 192.0.2.1 192.0.2.2 a b always
conf b 192.0.2.2 192.0.2.1 b a listen
check "$tunnels tunnels between two addresses come up" up
echo "# after $took ms"
# dropped ones try again, ever later
check_is "none was dropped by a limit" \
	"$(ctl b show counters -j | grep -oE '"init_dropped": *[0-9]+' | head -n 1 | tr -dc 0-9)" 0
check "end" eval 'our_stop a && our_clean a && our_stop b && our_clean b'
check "no complaint of the kernel" dmesg_clean
ktap_end
