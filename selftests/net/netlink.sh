#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The netlink family against wrong, hostile and many requests.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"
nl_direct=1

net_start
add_ns "$A" "$B"
join "$A" under "$B" under
address "$A" under 192.0.2.1/24
device "$A" vpn0
index=$(ip -n "$A" -j link show dev vpn0 | jq '.[0].ifindex')

# refuses ERRNO PATTERN COMMAND... - with that errno (0: any) and a text that matches
refuses()
{
	local errno=$1 pattern=$2 out status
	shift 2

	out=$("$@" 2>&1)
	status=$?
	echo "exit status $status: $out"
	((status != 0 && status != 250 && (errno == 0 || status == errno))) &&
		grep -qiE "$pattern" <<<"$out"
}

EINVAL=22
ERANGE=34
# names of our top level and nested attributes, for raw requests
A_IFINDEX=1 A_SOCKET=4 A_PATH=5 A_SA=6

check "path" nl "$A" path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up
spi=$(spi_alloc "$A" dev=vpn0 path=1)
key=$(random_hex 32)
salt=$(random_hex 4)

# every refusal names the attribute: by text, by offset or as missing
named='\[at |\[missing|:'
while read -r pattern words; do
	# shellcheck disable=SC2086 # words
	check "refused, naming $pattern: $words" refuses 0 "error: .*($pattern)" nl "$A" $words
done <<END
ifindex|device|missing path-set id=1 local=192.0.2.1
device|index|ifindex path-set dev=99999 id=1 local=192.0.2.1 remote=192.0.2.2 state=up
id|missing path-set dev=vpn0 local=192.0.2.1 remote=192.0.2.2 state=up
remote path-set dev=vpn0 id=2 local=192.0.2.1 state=up
local path-set dev=vpn0 id=2 remote=192.0.2.2 state=up
encap path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 encap=7 state=up
state path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 state=9
weight path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 weight=0 state=up
weight path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 weight=256 state=up
family|local|remote|address path-set dev=vpn0 id=2 local=192.0.2.1 remote=2001:db8::2 state=up
remote|address path-set dev=vpn0 id=2 local=192.0.2.1 remote=224.0.0.1 state=up
remote|address path-set dev=vpn0 id=2 local=192.0.2.1 remote=0.0.0.0 state=up
remote|address path-set dev=vpn0 id=2 local=192.0.2.1 remote=255.255.255.255 state=up
socket|port path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 encap=udp lport=4999 rport=4500 state=up
port path-set dev=vpn0 id=2 local=192.0.2.1 remote=192.0.2.2 encap=udp state=up
pmtu|path path-set dev=vpn0 id=1 pmtu=1400
usable|path path-set dev=vpn0 id=1 usable=1
path path-del dev=vpn0 id=77
path path-get dev=vpn0 id=77
path spi-alloc dev=vpn0 path=77
lane spi-alloc dev=vpn0 path=1 lane=64
spi sa-set dev=vpn0 dir=in path=1 spi=0x12345678 aead=gcm key=$key salt=$salt window=64
key sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm salt=$salt window=64
key sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=${key:0:40} salt=$salt window=64
key sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=${key:0:30} salt=$salt window=64
key sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=${key}00 salt=$salt window=64
salt sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=$key window=64
salt sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=$key salt=${salt}00 window=64
aead sa-set dev=vpn0 dir=in path=1 spi=$spi key=$key salt=$salt window=64
aead sa-set dev=vpn0 dir=in path=1 spi=$spi aead=9 key=$key salt=$salt window=64
window sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=$key salt=$salt window=31
window sa-set dev=vpn0 dir=in path=1 spi=$spi aead=gcm key=$key salt=$salt window=65537
window sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm key=$key salt=$salt window=64
dir sa-set dev=vpn0 path=1 spi=$spi aead=gcm key=$key salt=$salt
dir sa-set dev=vpn0 dir=5 path=1 spi=$spi aead=gcm key=$key salt=$salt
spi sa-set dev=vpn0 dir=out path=1 aead=gcm key=$key salt=$salt
spi sa-set dev=vpn0 dir=out path=1 spi=255 aead=gcm key=$key salt=$salt
spi sa-set dev=vpn0 dir=out path=1 spi=0 aead=gcm key=$key salt=$salt
path sa-set dev=vpn0 dir=out path=77 spi=0x1001 aead=gcm key=$key salt=$salt
seq sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm key=$key salt=$salt seq=0x100000000
state sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm key=$key salt=$salt state=active
age sa-set dev=vpn0 dir=out path=1 spi=0x1001 aead=gcm key=$key salt=$salt age=5
sa|spi|SPI sa-get dev=vpn0 dir=in spi=0x7fffffff
sa|spi|SPI sa-del dev=vpn0 dir=in spi=0x7fffffff
END
: "$named" "$ERANGE"

# strictness: unknown attributes at every level, wrong lengths, trailing octets
check "unknown top level attribute" refuses $EINVAL '[a-z]' nl "$A" raw path-get \
	$A_IFINDEX:u32="$index" 99:u32=1
check "unknown attribute in a path" refuses $EINVAL '[a-z]' nl "$A" raw path-set \
	$A_IFINDEX:u32="$index" $A_PATH:'{' 1:u32=1 77:u32=1 '}'
check "unknown attribute in an SA" refuses $EINVAL '[a-z]' nl "$A" raw sa-get \
	$A_IFINDEX:u32="$index" $A_SA:'{' 1:u8=0 2:u32="$spi" 77:u32=1 '}'
check "attribute too short" refuses 0 '[a-z]' nl "$A" raw path-get $A_IFINDEX:u16=1
check "attribute too long" refuses 0 '[a-z]' nl "$A" raw path-get $A_IFINDEX:u64=1
check "address of 5 octets" refuses 0 '[a-z]' nl "$A" raw path-set $A_IFINDEX:u32="$index" \
	$A_PATH:'{' 1:u32=5 2:hex=c000020101 4:ip4=192.0.2.2 '}'
check "nest without its flag" refuses $EINVAL '[a-z]' nl "$A" raw path-set \
	$A_IFINDEX:u32="$index" $A_PATH:'[' 1:u32=1 '}'
check "length of an attribute beyond the message" refuses 0 '[a-z]' nl "$A" raw path-get \
	$A_IFINDEX:u32="$index"/200
check "length of an attribute of 3" refuses 0 '[a-z]' nl "$A" raw path-get \
	$A_IFINDEX:u32="$index"/3
check "message cut in its attribute" refuses 0 '[a-z]' nl "$A" raw path-get \
	$A_IFINDEX:u32="$index" cut=2
check "octets behind the last attribute" refuses 0 '[a-z]' nl "$A" raw path-get \
	$A_IFINDEX:u32="$index" $A_PATH:'{' 1:u32=1 '}' trail=3
check "no such command" refuses 95 '[a-z]' nl "$A" raw 77
check "an event is no command" refuses 95 '[a-z]' nl "$A" raw 14
# an error brings the request back: what is left of its secrets?
A_SA_DIR=1 A_SA_SPI=2 A_SA_KEY=7
nothing_of()	# HEX COMMAND... - which fails
{
	local secret=$1 out
	shift

	out=$("$@" 2>/dev/null) && return 1
	echo "$out"
	((${#out} > 100)) && ! grep -q "$secret" <<<"$out"
}
secret=c0ffee11c0ffee11c0ffee11c0ffee11
words=("$A_IFINDEX:u32=$index" "$A_SA:{" "$A_SA_DIR:u8=0" "$A_SA_SPI:u32=$spi")
again=("$A_SA_KEY:hex=$secret" "$A_SA_KEY:hex=$secret" "}")
check "a key does not stay in the request" nothing_of "$secret" nl "$A" raw sa-set echo \
	"${words[@]}" "$A_SA_KEY:hex=$secret" "}"
check "nor one that another follows" nothing_of "$secret" nl "$A" raw sa-set echo \
	"${words[@]}" "${again[@]}"
check "nor one in another SA" nothing_of "$secret" nl "$A" raw sa-set echo \
	"${words[@]}" "${again[@]}" "${words[@]:1}" "${again[@]}"

check "no attributes at all" refuses 0 '[a-z]' nl "$A" raw sa-set
check "an empty path" refuses 0 '[a-z]' nl "$A" raw path-set $A_IFINDEX:u32="$index" $A_PATH:'{' '}'
check "an empty SA" refuses 0 '[a-z]' nl "$A" raw sa-set $A_IFINDEX:u32="$index" $A_SA:'{' '}'
check "an empty socket" refuses 0 '[a-z]' nl "$A" raw socket-attach $A_SOCKET:'{' '}'
check "a link that is no ikevti" refuses 0 '[a-z]' nl "$A" path-get dev=under id=1
check "both families of an address" refuses 0 '[a-z]' nl "$A" raw path-set \
	$A_IFINDEX:u32="$index" $A_PATH:'{' 1:u32=5 2:ip4=192.0.2.1 3:ip6=fd00::1 4:ip4=192.0.2.2 '}'
check "selectors nested without end" refuses 0 '[a-z]' nl "$A" raw sa-set \
	$A_IFINDEX:u32="$index" $A_SA:'{' 1:u8=0 2:u32="$spi" 19:'{' 1:'{' 1:'{' 1:'{' 1:u8=0
check_is "no refusal left anything: one path" "$(nl "$A" path-get dev=vpn0 | grep -c ^path)" 1
check_is "and only the allocated SPI" "$(nl "$A" sa-get dev=vpn0 | grep -c ^sa)" 1
check_is "it is still larval" "$(sa_field "$A" vpn0 in "$spi" state)" larval

# values come back as they went in
check "everything of a path" nl "$A" path-set dev=vpn0 id=9 local=2001:db8::1 \
	remote=2001:db8::2 encap=none state=standby prio=77 weight=200
line=$(nl "$A" path-get dev=vpn0 id=9)
for word in id=9 local=2001:db8::1 remote=2001:db8::2 encap=none state=standby prio=77 weight=200 \
	usable=0; do
	check_is "path: $word" "$(field "${word%%=*}" "$line")" "${word#*=}"
done
check "everything of an SA" nl "$A" sa-set dev=vpn0 dir=in path=1 spi="$spi" aead=gcm key="$key" \
	salt="$salt" esn=1 window=128 seq=0x500000000 soft_bytes=1000000000000 \
	hard_bytes=2000000000000 soft_packets=5000000000 hard_packets=6000000000 \
	soft_seconds=3000 hard_seconds=3600 peer_spi=0x1001
line=$(nl "$A" sa-get dev=vpn0 dir=in spi="$spi")
for word in path=1 lane=0 state=active aead=gcm esn=1 window=128 seq=21474836480 \
	soft_bytes=1000000000000 hard_bytes=2000000000000 soft_packets=5000000000 \
	hard_packets=6000000000 soft_seconds=3000 hard_seconds=3600 peer_spi=0x00001001; do
	check_is "SA: $word" "$(field "${word%%=*}" "$line")" "${word#*=}"
done
check_fails "no key comes out" grep -qE '\<(auth_)?key=|salt=' <<<"$line"
nl "$A" sa-get dev=vpn0 >"$TMP/all" 2>&1
check_fails "nor in a dump" grep -q "$key\|$salt" "$TMP/all"
check_fails "nor in the kernel's log" eval 'dmesg | grep -q "$key\|$salt"'
check "an inbound SPI cannot be installed twice" refuses 0 '[a-z]' nl "$A" sa-set dev=vpn0 dir=in \
	path=1 spi="$spi" aead=gcm key="$(random_hex 32)" salt="$salt" window=64

# SPIs: never reserved, never the same
for i in $(seq 60); do
	echo "spi-alloc dev=vpn0 path=1"
done | nl "$A" batch | grep -o 'spi=0x[0-9a-f]*' >"$TMP/spis"
check_is "60 SPIs" "$(grep -c . "$TMP/spis")" 60
check_is "all different" "$(sort -u "$TMP/spis" | grep -c .)" 60
check_is "none of 0 to 255" "$(grep -c 'spi=0x000000' "$TMP/spis")" 0

# dumps of many objects, over several messages
nl "$A" flush dev=vpn0
nl "$A" path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up
device "$A" vpn1
nl "$A" path-set dev=vpn1 id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up
for i in $(seq 1500); do
	echo "spi-alloc dev=vpn$((i % 2)) path=1 lane=$((i % 64))"
done | nl "$A" batch >"$TMP/allocated"
nl "$A" sa-get >"$TMP/dumped"
check_is "1500 SPIs are in the dump" "$(grep -c ^sa "$TMP/dumped")" 1500
check_is "each once" "$(grep -o 'spi=[^ ]*' "$TMP/dumped" | sort -u | grep -c .)" 1500
check_is "as allocated" "$(grep -o ' spi=[^ ]*' "$TMP/dumped" | sort | sha1sum)" \
	"$(grep -o ' spi=[^ ]*' "$TMP/allocated" | sort | sha1sum)"
check_is "a dump of one device has its half" "$(nl "$A" sa-get dev=vpn1 | grep -c ^sa)" 750
# changing while dumping: complete or marked, never a crash or a loop
(
	for i in $(seq 300); do
		echo "spi-alloc dev=vpn0 path=1"
	done | nl "$A" batch >/dev/null
) &
for i in 1 2 3 4 5; do
	nl "$A" sa-get >"$TMP/dumped" 2>"$TMP/interrupted"
	check_range "dump $i under change has all that stood" "$(grep -c ^sa "$TMP/dumped")" 1500 1800
done
wait
check "flush both" eval 'nl "$A" flush dev=vpn0 && nl "$A" flush dev=vpn1'
check_is "nothing is left" "$(nl "$A" sa-get | grep -c ^sa)" 0
check_is "no path either" "$(nl "$A" path-get | grep -c ^path)" 0

# another namespace sees none of it
device "$B" vpn0
nl "$A" path-set dev=vpn0 id=1 local=192.0.2.1 remote=192.0.2.2 encap=none state=up
check_is "another namespace has its own list of paths" "$(nl "$B" path-get | grep -c ^path)" 0
check_is "and of devices" "$(nl "$B" dev-get | grep -c ^dev)" 1

for seed in 1 2 3; do
	check "2000 random requests, seed $seed" nl "$A" fuzz seed=$seed count=2000 dev=vpn0
done
check "the family answers" nl "$A" dev-get dev=vpn0
ktap_end
