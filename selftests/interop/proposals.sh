#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Algorithms: what is configured on both sides is what is negotiated, and it carries traffic.
. "$(dirname "${BASH_SOURCE[0]}")/lib/interop.sh"

interop_need
ktap_start
ns_pair || ktap_skip_all "no network namespaces"

# negotiated IKE ESP: strongSwan names what it uses
negotiated()
{
	swan b --list-sas >"$TMP/sas"
	cat "$TMP/sas"
	grep -qF "$1" "$TMP/sas" && grep -qF "$2" "$TMP/sas"
}

try()
{
	swan_conf b && swan_load b && our_conf a && our_start a || return
	if [[ $START == listen ]]; then
		swan_up b || return
	fi
	tunnel_up a && negotiated "$1" "$2"
}

one()
{
	try "$@" || interop_explain a b
	local status=$?
	our_stop a && wait_for 5 swan_clean b && return $status
}

swan_conf b
check "strongSwan starts" swan_start b

while read -r START IKE ESP says_ike says_esp; do
	SWAN_IKE='' SWAN_ESP=''
	check "$START: $IKE, $ESP" one "$says_ike" "$says_esp"
done <<-END
	always aes128gcm16-prfsha256-x25519 aes128gcm16-x25519 AES_GCM_16-128/PRF_HMAC_SHA2_256/CURVE_25519 AES_GCM_16-128
	listen aes256gcm16-prfsha384-ecp256 aes256gcm16-ecp256 AES_GCM_16-256/PRF_HMAC_SHA2_384/ECP_256 AES_GCM_16-256
	always aes256gcm16-prfsha512-ecp384 aes256gcm16 AES_GCM_16-256/PRF_HMAC_SHA2_512/ECP_384 AES_GCM_16-256
	listen aes128-sha256-ecp521 aes128gcm16-ecp521 AES_CBC-128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/ECP_521 AES_GCM_16-128
	always aes256-sha384-modp2048 aes256gcm16-modp2048 AES_CBC-256/HMAC_SHA2_384_192/PRF_HMAC_SHA2_384/MODP_2048 AES_GCM_16-256
	listen aes256-sha512-x25519 aes128gcm16-x25519 AES_CBC-256/HMAC_SHA2_512_256/PRF_HMAC_SHA2_512/CURVE_25519 AES_GCM_16-128
	always aes256gcm16-prfsha256-x25519 aes128-sha256-x25519 AES_GCM_16-256/PRF_HMAC_SHA2_256/CURVE_25519 AES_CBC-128/HMAC_SHA2_256_128
	listen aes256gcm16-prfsha256-x25519 aes256-sha512-x25519 AES_GCM_16-256/PRF_HMAC_SHA2_256/CURVE_25519 AES_CBC-256/HMAC_SHA2_512_256
END

# Extended sequence numbers: strongSwan says so in what it negotiated
IKE=aes256gcm16-prfsha256-x25519
for START in always listen; do
	OUR_ESP=aes256gcm16-x25519-esn SWAN_ESP=aes256gcm16-x25519-esn
	check "$START: ESN on" one AES_GCM_16-256 /ESN
	OUR_ESP=aes256gcm16-x25519-noesn SWAN_ESP=aes256gcm16-x25519-noesn
	check "$START: ESN off" one AES_GCM_16-256 "ESP:AES_GCM_16-256"
done

# Several of each: the first that both have; a group guessed wrong is corrected
START=always OUR_ESP='' SWAN_ESP='' ESP=aes256gcm16-x25519
OUR_IKE=aes256gcm16-prfsha256-x25519-ecp256 SWAN_IKE=aes256gcm16-prfsha256-ecp256
check "our first group is not theirs: INVALID_KE_PAYLOAD to us" one ECP_256 AES_GCM_16-256
START=listen
OUR_IKE=aes256gcm16-prfsha256-ecp384 SWAN_IKE=aes256gcm16-prfsha256-x25519-ecp384
check "their first group is not ours: INVALID_KE_PAYLOAD to them" one ECP_384 AES_GCM_16-256
check "no complaint of the kernel" dmesg_clean
ktap_end
