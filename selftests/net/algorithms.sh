#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every algorithm: between two of ours, with what crosses the wire opened by OpenSSL; packets made
# by OpenSSL; and with the kernel's own IPsec (xfrm) as the peer.
. "$(dirname "${BASH_SOURCE[0]}")/lib/net.sh"

net_start
need nc ping tcpdump ethtool
pair_up
devices_up
for ns in "$A" "$B"; do
	attach "$ns" 4
done

# opened - all that was sniffed, by an implementation that shares nothing with ours
opened()	# AEAD ESN
{
	local flags

	flags=$(esp_flags "$1" "$2")
	esp-decode "$TMP/wire.pcap" quiet "$SPI_AB:$KEY_AB:$SALT_AB:$flags" \
		"$SPI_BA:$KEY_BA:$SALT_BA:$flags"
}

# every length modulo the padding
pings_of_all_sizes()
{
	local size

	for size in 1 2 3 500 1173; do
		in_ns "$A" ping -n -q -c 1 -W 3 -s "$size" "${IN_B[$1]}" || return
	done
}

# largest inner packet over an outer MTU of 1500, RFC 4303 section 2: ESP header, IV, padding, ICV
inner_mtu()	# AEAD ENCAP
{
	local hlen=16 icv=16 align=4

	case $1 in
	*-iiv) hlen=8 ;;
	cbc-sha*) hlen=24 icv=$((${1#cbc-sha} / 16)) align=16 ;;
	esac
	[[ $2 == udp ]] && hlen=$((hlen + 8))
	echo $(((1500 - 20 - hlen - icv) / align * align - 2))
}

# the largest packet passes as one, and the link is as wide as it can be
widest()	# AEAD ENCAP
{
	local mtu

	mtu=$(inner_mtu "$@")
	wait_for "$PATIENCE" says_mtu "$A" "$mtu" &&
		in_ns "$A" ping -n -q -c 1 -W 3 -M do -s $((mtu - 28)) 10.9.0.2 &&
		! in_ns "$A" ping -n -q -c 1 -W 1 -M do -s $((mtu - 27)) 10.9.0.2
}

says_mtu()	# NS MTU
{
	[[ $(dev_field "$1" vpn0 mtu) == "$2" ]]
}

refused()	# WHY WORDS... - an outbound SA
{
	local why=$1 text
	shift

	text=$(nl "$A" sa-set dev=vpn0 dir=out path=1 spi=0x1001 "$@" 2>&1) && return 1
	echo "$text"
	grep -qi "$why" <<<"$text"
}

# AEAD BITS ESN ENCAP INNER
while read -r -u 3 aead bits esn encap inner; do
	what="$aead, $bits bits, ESN $esn, encap $encap"
	check "tunnel: $what" tunnel_up aead="$aead" bits="$bits" esn="$esn" encap="$encap"
	check "it is said to be that" grep -q " aead=$aead " <<<"$(nl "$A" sa-get dev=vpn0)"
	check "MTU: $what" widest "$aead" "$encap"
	if [[ $aead != cbc-* ]]; then
		check "capture" capture_start
		check "pings: $what" pings_of_all_sizes "$inner"
		sniff_stop
		check "OpenSSL opens them: $what" opened "$aead" "$esn"
	fi
	check "TCP: $what" transfer "$A" "$B" "${IN_B[$inner]}"
	check "nothing was wrong: $what" clean
	nl "$A" flush dev=vpn0
	nl "$B" flush dev=vpn0
	[[ $aead == cbc-* ]] && continue

	check "victim: $what" victim_up aead="$aead" bits="$bits" esn="$esn" encap="$encap"
	check "OpenSSL's packets: $what" gains rx_packets 5 inject seq=1-5
	check "but not forged ones: $what" gains rx_auth_failed 2 inject seq=6-7 icv=bad
	[[ $encap == udp ]] &&
		check "a batch of them: $what" gains rx_packets 30 inject seq=8-37 batch=gso \
			sport=4600
	nl "$A" flush dev=vpn0
done 3<<END
gcm 192 1 udp 4
chacha 256 1 udp 6
gcm-iiv 128 0 none 6
chacha-iiv 256 1 udp 4
cbc-sha384 128 1 udp 4
END

# secrets that an algorithm does not take
check "path" nl "$A" path-set dev=vpn0 id=1 local="${OUT_A[4]}" remote="${OUT_B[4]}" encap=none \
	state=up
k32=$(random_hex 32)
while read -r -u 3 why words; do
	# shellcheck disable=SC2086 # words
	check "refused, naming $why: ${words%% *}" refused "$why" $words
done 3<<END
key aead=chacha key=${k32:0:32} salt=00000001
key aead=gcm-iiv key=${k32:0:40} salt=00000001
salt aead=chacha-iiv key=$k32
AUTH_KEY aead=gcm key=$k32 salt=00000001 auth_key=$k32
auth_key aead=cbc-sha256 key=$k32
AUTH_KEY aead=cbc-sha512 key=$k32 auth_key=$k32
KEY aead=cbc-sha256 key=${k32:0:48} auth_key=$k32
SALT aead=cbc-sha256 key=$k32 auth_key=$k32 salt=00000001
aead aead=8 key=$k32 salt=00000001
END
nl "$A" flush dev=vpn0

ip -n "$B" link delete vpn0
if ! ip -n "$B" link add xf0 type xfrm dev under if_id 7 2>/dev/null; then
	ktap_end
	exit
fi
ip -n "$B" link set xf0 mtu 1300 addrgenmode none up
address "$B" xf0 10.9.0.2/24 fd09::2/64
nl "$B" udp-encap addr=0.0.0.0 port=4501 pid="$TMP/b.pid"

# xfrm_state SRC DST SPI ESN ENCAP SPORT DPORT ALGORITHM...
xfrm_state()
{
	local words=(src "$1" dst "$2" proto esp spi "$3" mode tunnel if_id 7 reqid 1
		flag af-unspec replay-window)

	if (($4)); then
		words+=("$WINDOW" flag esn)
	else
		words+=(32)
	fi
	[[ $5 == udp ]] && ENCAP=(encap espinudp "$6" "$7" 0.0.0.0)
	shift 7
	ip -n "$B" xfrm state add "${words[@]}" "$@" "${ENCAP[@]}"
}

xfrm_policies()
{
	ip -n "$B" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir out if_id 7 \
		tmpl src "${OUT_B[4]}" dst "${OUT_A[4]}" proto esp mode tunnel reqid 1 &&
		ip -n "$B" xfrm policy add src 0.0.0.0/0 dst 0.0.0.0/0 dir in if_id 7 \
			tmpl src "${OUT_A[4]}" dst "${OUT_B[4]}" proto esp mode tunnel reqid 1
}

# secrets AEAD BITS - new ones, as both sides want them: into OURS and THEIRS
secrets()
{
	local key salt auth

	key=$(random_hex $(($2 / 8)))
	salt=$(random_hex 4)
	OURS="key=$key salt=$salt"
	case $1 in
	gcm)
		THEIRS=(aead 'rfc4106(gcm(aes))' "0x$key$salt" 128)
		;;
	chacha)
		THEIRS=(aead 'rfc7539esp(chacha20,poly1305)' "0x$key$salt" 128)
		;;
	cbc-sha*)
		auth=$(random_hex $((${1#cbc-sha} / 8)))
		OURS="key=$key auth_key=$auth"
		THEIRS=(enc 'cbc(aes)' "0x$key" auth-trunc "hmac(${1#cbc-})" "0x$auth"
			$((${1#cbc-sha} / 2)))
		;;
	esac
}

# peer_up AEAD BITS ESN ENCAP
peer_up()
{
	local aead=$1 bits=$2 esn=$3 encap=$4 ports=() in_spi common

	[[ $encap == udp ]] && ports=(lport=4500 rport=4501)
	nl "$A" path-set dev=vpn0 id=1 local="${OUT_A[4]}" remote="${OUT_B[4]}" encap="$encap" \
		state=up "${ports[@]}" || return
	in_spi=$(spi_alloc "$A" dev=vpn0 path=1) || return
	common="dev=vpn0 path=1 aead=$aead esn=$esn"
	ENCAP=()
	secrets "$aead" "$bits"
	# shellcheck disable=SC2086 # words
	nl "$A" sa-set $common dir=in spi="$in_spi" $OURS window="$WINDOW" &&
		xfrm_state "${OUT_B[4]}" "${OUT_A[4]}" "$in_spi" "$esn" "$encap" 4501 4500 \
			"${THEIRS[@]}" || return
	secrets "$aead" "$bits"
	# shellcheck disable=SC2086 # words
	nl "$A" sa-set $common dir=out spi=0x2001 $OURS &&
		xfrm_state "${OUT_A[4]}" "${OUT_B[4]}" 0x2001 "$esn" "$encap" 4500 4501 \
			"${THEIRS[@]}" || return
	xfrm_policies && wait_running "$A" vpn0
}

# AEAD BITS ESN ENCAP
while read -r -u 3 aead bits esn encap; do
	what="$aead, $bits bits, ESN $esn, encap $encap"
	check "xfrm: $what" peer_up "$aead" "$bits" "$esn" "$encap"
	check "pings to it: $what" pings_of_all_sizes 4
	check "ping from it: $what" pings "$B" 10.9.0.1
	[[ $quick && $aead != cbc-sha512 ]] || {
		check "TCP to it: $what" transfer "$A" "$B" 10.9.0.2
		check "TCP from it: $what" transfer "$B" "$A" 10.9.0.1
	}
	check_is "nothing was wrong: $what" "$(nl "$A" sa-get dev=vpn0 |
		grep -cE '[rt]x_(auth_failed|malformed|replay|selector|crypto)=[1-9]')" 0
	nl "$A" flush dev=vpn0
	ip -n "$B" xfrm policy flush
	ip -n "$B" xfrm state flush
done 3<<END
gcm 192 0 udp
chacha 256 1 none
cbc-sha256 128 0 none
cbc-sha256 256 1 udp
cbc-sha384 256 0 udp
cbc-sha512 256 1 none
END
ktap_end
