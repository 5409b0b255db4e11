#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The tests' own ESP programs are judged by the kernel's IPsec before they judge the module:
# xfrm decrypts what esp-inject sends, esp-decode opens what xfrm answers.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need tcpdump
pair_up

# xfrm_end OUTER ENCAP ESN KEY - xfrm in A, SPI 0x1234 in and 0x1235 out
xfrm_end()
{
	local a=${OUT_A[$1]} b=${OUT_B[$1]} words=() any=0.0.0.0

	[[ $1 == 6 ]] && any=::
	if (($3)); then
		words=(replay-window "$WINDOW" flag af-unspec esn)
	else
		words=(replay-window 32 flag af-unspec)
	fi
	words+=(aead 'rfc4106(gcm(aes))' "0x$4" 128)
	if [[ $2 == udp ]]; then
		words+=(encap espinudp 4500 4500 0.0.0.0)
		nl "$A" udp-encap addr=$any port=4500 pid="$TMP/encap.pid" || return
	fi
	ip -n "$A" link add xf0 type xfrm dev under if_id 7 &&
		ip -n "$A" link set xf0 addrgenmode none up &&
		address "$A" xf0 10.9.0.1/24 &&
		ip -n "$A" xfrm state add src "$b" dst "$a" proto esp spi 0x1234 mode tunnel \
			if_id 7 reqid 1 "${words[@]}" &&
		ip -n "$A" xfrm state add src "$a" dst "$b" proto esp spi 0x1235 mode tunnel \
			if_id 7 reqid 1 "${words[@]}" &&
		ip -n "$A" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 7 \
			tmpl src "$b" dst "$a" proto esp mode tunnel reqid 1 &&
		ip -n "$A" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 7 \
			tmpl src "$a" dst "$b" proto esp mode tunnel reqid 1
}

xfrm_down()
{
	ip -n "$A" link delete xf0
	ip -n "$A" xfrm state flush
	ip -n "$A" xfrm policy flush
	if [[ -e $TMP/encap.pid ]]; then
		kill "$(<"$TMP/encap.pid")"
		rm -f "$TMP/encap.pid"
	fi
}

received()
{
	ip -n "$A" -s -j link show dev xf0 | jq '.[0].stats64.rx.packets'
}

some "4 none 0 16" "4 udp 1 32" "6 none 1 16" "6 udp 0 32"
for where in "${variants[@]}"; do
	read -r outer encap esn octets <<<"$where"
	what="v$outer, encap $encap, ESN $esn"
	key=$(random_hex "$octets")
	salt=$(random_hex 4)
	flag=
	((esn)) && flag=:esn
	send=(netns="$B" from="${OUT_B[$outer]}" to="${OUT_A[$outer]}" encap="$encap"
		sa="0x1234:$key:$salt$flag")
	check "xfrm: $what" xfrm_end "$outer" "$encap" "$esn" "$key$salt"
	background "$TMP/tcpdump.err" nsenter --net="/run/netns/$B" -- tcpdump -Z root \
		--immediate-mode -U -n -i under -s 0 -w "$TMP/wire" 'proto 50 or udp or ip6'
	sniffer=$!
	check "capture starts" wait_for "$PATIENCE" grep -q 'listening on' "$TMP/tcpdump.err"
	check "echo requests" esp-inject "${send[@]}" seq=1-9 kind=echo
	check "xfrm decrypts them all" wait_for "$PATIENCE" eval '(($(received) == 9))'
	check "forged and repeated ones too" eval 'esp-inject "${send[@]}" seq=5 &&
		esp-inject "${send[@]}" seq=20 icv=bad && esp-inject "${send[@]}" seq=21 trunc=50'
	sleep 0.3
	kill -TERM $sniffer
	wait $sniffer 2>/dev/null
	check_is "xfrm takes none of those" "$(received)" 9
	esp-decode "$TMP/wire" "0x1234:$key:$salt$flag" "0x1235:$key:$salt$flag" >"$TMP/text"
	check_is "esp-decode opens requests, the repeated one and xfrm's answers" \
		"$(grep -c 'result=ok' "$TMP/text")" 19
	check_is "and calls the two others bad" "$(grep -c 'result=bad-icv' "$TMP/text")" 2
	check_fails "its verdict on the capture is no" esp-decode "$TMP/wire" quiet \
		"0x1234:$key:$salt$flag" "0x1235:$key:$salt$flag"
	xfrm_down
done
ktap_end
