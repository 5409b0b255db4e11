#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What "ikevtictl init" writes and says makes a tunnel, whatever runs on the other side: the files are put
# where it says, and the commands that it prints for the other side are run there.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"
PEER=self
. "$interop_dir/peer.sh"

interop_need self
ktap_start
ns_pair || ktap_skip_all "no network namespaces"
ip -n "$(ns_name b)" route add default via 192.0.2.1

init()	# OPTIONS - for this host, a
{
	mkdir -p "$TMP/a" "$TMP/b"
	in_ns a "$build/ikevtictl" init --yes --name net --id a.example.org --remote-id b.example.org \
		--dir "$TMP/a" --output "$TMP/out" "$@" | tee "$TMP/said"
	return "${PIPESTATUS[0]}"
}

inside()	# - the inner network, less its last octet
{
	sed -n 's/.*address = \([0-9.]*\)\.1\/30.*/\1/p' "$TMP/a/ikevti.conf"
}

# What is to be run there: interfaces and addresses
as_said()
{
	sed -n '/^Run there/,/^$/s/^  \(ip .*\)/\1/p' "$TMP/said" >"$TMP/commands"
	cat "$TMP/commands"
	in_ns b sh -ex "$TMP/commands"
}

self_there()
{
	cp "$TMP/out/"* "$TMP/b" && our_start b
}

swan_there()
{
	swan_conf b && cp "$TMP/out/swanctl.conf" "$TMP/b/swanctl/swanctl.conf" && as_said && swan_start b
}

libre_there()
{
	libre_conf b && sed -i '/^conn/,$d' "$TMP/b/ipsec.conf" &&
		cat "$TMP/out/ipsec.conf" >>"$TMP/b/ipsec.conf" &&
		cp "$TMP/out/ipsec.secrets" "$TMP/b/" && as_said && libre_start b
}

# It is told of its connection twice here, which ends what it has begun by itself
begins_again()
{
	[[ $PEER != libre || "$*" != *"--remote any"* ]] || libre_up b
}

up()
{
	init "$@" && "${PEER}_there" && our_start a && begins_again "$@" &&
		wait_for 15 in_ns a ping -n -q -c 1 -W 1 "$(inside).2" || peer_explain a b
}

closed()
{
	[[ $(stat -c %a "$TMP/out" "$TMP/a/secrets.conf") == $'700\n600' &&
		! $(find "$TMP/out" -type f ! -perm 600) ]]
}

ended()
{
	our_stop a
	peer_stop b
	ip -n "$(ns_name b)" link del vpn0 2>/dev/null
	rm -rf "$TMP/a" "$TMP/b" "$TMP/out"
	return 0
}

for PEER in self swan libre; do
	if declare -F "${PEER}_missing" >/dev/null && [[ $("${PEER}_missing") ]]; then
		skip "$(peer_name)" "$("${PEER}_missing")"
		continue
	fi
	kind=$(case $PEER in self) echo ikevti ;; swan) echo strongswan ;; libre) echo libreswan ;; esac)
	check "$(peer_name): a tunnel from what was written" up --peer "$kind" --remote 192.0.2.2
	check "secrets are closed" closed
	ended
	check "$(peer_name): it calls, from anywhere" up --peer "$kind" --remote any --local 192.0.2.1
	ended
done

refused()	# TEXT OPTIONS
{
	local text=$1
	shift

	! init "$@" >"$TMP/refused" 2>&1 && grep -q "$text" "$TMP/refused" || { cat "$TMP/refused"; false; }
}

check "first" init --peer ikevti --remote 192.0.2.2
before=$(cat "$TMP/a/ikevti.conf" "$TMP/a/secrets.conf")
check "its directory is not written over" refused "File exists" --peer ikevti --remote 192.0.2.2
rm -rf "$TMP/out"
check "the same once more is refused" refused "nothing was changed" --peer ikevti --remote 192.0.2.2
check_is "and leaves all as it was" "$(cat "$TMP/a/ikevti.conf" "$TMP/a/secrets.conf")" "$before"
check "nothing is left of it" test ! -e "$TMP/out" -a ! -e "$TMP/a/ikevti.conf.new"
check "both unreachable: said" refused "cannot both be any" --remote any --local 10.0.0.1 --seen-as any
check "a bad address: said" refused "an IP address is wanted" --remote 192.0.2
check "no answers: said" refused "remote is missing"
echo "broken {" >>"$TMP/a/ikevti.conf"
check "what is there has to be good" refused "has to be good first" --remote 192.0.2.2
check "no complaint of the kernel" dmesg_clean
ktap_end
