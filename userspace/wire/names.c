// SPDX-License-Identifier: GPL-2.0-or-later
#include <stddef.h>

#include "wire/ikev2.h"

struct name {
	uint16_t number;
	const char *text;
};

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

static const char *find_name(const struct name *names, size_t n, unsigned int number)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (names[i].number == number)
			return names[i].text;
	return "unknown";
}

const char *ikev2_exchange_name(uint8_t exchange)
{
	static const struct name names[] = {
		{ IKEV2_IKE_SA_INIT, "IKE_SA_INIT" },
		{ IKEV2_IKE_AUTH, "IKE_AUTH" },
		{ IKEV2_CREATE_CHILD_SA, "CREATE_CHILD_SA" },
		{ IKEV2_INFORMATIONAL, "INFORMATIONAL" },
		{ IKEV2_IKE_SESSION_RESUME, "IKE_SESSION_RESUME" },
		{ IKEV2_IKE_INTERMEDIATE, "IKE_INTERMEDIATE" },
		{ IKEV2_IKE_FOLLOWUP_KE, "IKE_FOLLOWUP_KE" },
	};

	return find_name(names, ARRAY_SIZE(names), exchange);
}

const char *ikev2_payload_name(uint8_t type)
{
	static const struct name names[] = {
		{ IKEV2_PL_NONE, "none" },
		{ IKEV2_PL_SA, "SA" },
		{ IKEV2_PL_KE, "KE" },
		{ IKEV2_PL_IDI, "IDi" },
		{ IKEV2_PL_IDR, "IDr" },
		{ IKEV2_PL_CERT, "CERT" },
		{ IKEV2_PL_CERTREQ, "CERTREQ" },
		{ IKEV2_PL_AUTH, "AUTH" },
		{ IKEV2_PL_NONCE, "No" },
		{ IKEV2_PL_NOTIFY, "N" },
		{ IKEV2_PL_DELETE, "D" },
		{ IKEV2_PL_VENDOR, "V" },
		{ IKEV2_PL_TSI, "TSi" },
		{ IKEV2_PL_TSR, "TSr" },
		{ IKEV2_PL_SK, "SK" },
		{ IKEV2_PL_CP, "CP" },
		{ IKEV2_PL_EAP, "EAP" },
		{ IKEV2_PL_SKF, "SKF" },
	};

	return find_name(names, ARRAY_SIZE(names), type);
}

const char *ikev2_protocol_name(uint8_t protocol)
{
	static const struct name names[] = {
		{ IKEV2_PROTO_NONE, "none" },
		{ IKEV2_PROTO_IKE, "IKE" },
		{ IKEV2_PROTO_AH, "AH" },
		{ IKEV2_PROTO_ESP, "ESP" },
	};

	return find_name(names, ARRAY_SIZE(names), protocol);
}

#define NOTIFY(n) { IKEV2_N_##n, #n }

const char *ikev2_notify_name(uint16_t type)
{
	static const struct name names[] = {
		NOTIFY(UNSUPPORTED_CRITICAL_PAYLOAD),
		NOTIFY(INVALID_IKE_SPI),
		NOTIFY(INVALID_MAJOR_VERSION),
		NOTIFY(INVALID_SYNTAX),
		NOTIFY(INVALID_MESSAGE_ID),
		NOTIFY(INVALID_SPI),
		NOTIFY(NO_PROPOSAL_CHOSEN),
		NOTIFY(INVALID_KE_PAYLOAD),
		NOTIFY(AUTHENTICATION_FAILED),
		NOTIFY(SINGLE_PAIR_REQUIRED),
		NOTIFY(NO_ADDITIONAL_SAS),
		NOTIFY(INTERNAL_ADDRESS_FAILURE),
		NOTIFY(FAILED_CP_REQUIRED),
		NOTIFY(TS_UNACCEPTABLE),
		NOTIFY(INVALID_SELECTORS),
		NOTIFY(UNACCEPTABLE_ADDRESSES),
		NOTIFY(UNEXPECTED_NAT_DETECTED),
		NOTIFY(TEMPORARY_FAILURE),
		NOTIFY(CHILD_SA_NOT_FOUND),
		NOTIFY(INITIAL_CONTACT),
		NOTIFY(SET_WINDOW_SIZE),
		NOTIFY(ADDITIONAL_TS_POSSIBLE),
		NOTIFY(IPCOMP_SUPPORTED),
		NOTIFY(NAT_DETECTION_SOURCE_IP),
		NOTIFY(NAT_DETECTION_DESTINATION_IP),
		NOTIFY(COOKIE),
		NOTIFY(USE_TRANSPORT_MODE),
		NOTIFY(HTTP_CERT_LOOKUP_SUPPORTED),
		NOTIFY(REKEY_SA),
		NOTIFY(ESP_TFC_PADDING_NOT_SUPPORTED),
		NOTIFY(NON_FIRST_FRAGMENTS_ALSO),
		NOTIFY(MOBIKE_SUPPORTED),
		NOTIFY(ADDITIONAL_IP4_ADDRESS),
		NOTIFY(ADDITIONAL_IP6_ADDRESS),
		NOTIFY(NO_ADDITIONAL_ADDRESSES),
		NOTIFY(UPDATE_SA_ADDRESSES),
		NOTIFY(COOKIE2),
		NOTIFY(NO_NATS_ALLOWED),
		NOTIFY(AUTH_LIFETIME),
		NOTIFY(MULTIPLE_AUTH_SUPPORTED),
		NOTIFY(ANOTHER_AUTH_FOLLOWS),
		NOTIFY(REDIRECT_SUPPORTED),
		NOTIFY(REDIRECT),
		NOTIFY(REDIRECTED_FROM),
		NOTIFY(TICKET_LT_OPAQUE),
		NOTIFY(TICKET_REQUEST),
		NOTIFY(EAP_ONLY_AUTHENTICATION),
		NOTIFY(CHILDLESS_SUPPORTED),
		NOTIFY(QUICK_CRASH_DETECTION),
		NOTIFY(IKEV2_MESSAGE_ID_SYNC_SUPPORTED),
		NOTIFY(IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED),
		NOTIFY(FRAGMENTATION_SUPPORTED),
		NOTIFY(SIGNATURE_HASH_ALGORITHMS),
		NOTIFY(USE_PPK),
		NOTIFY(PPK_IDENTITY),
		NOTIFY(NO_PPK_AUTH),
		NOTIFY(INTERMEDIATE_EXCHANGE_SUPPORTED),
		NOTIFY(ADDITIONAL_KEY_EXCHANGE),
		NOTIFY(USE_AGGFRAG),
		NOTIFY(SUPPORTED_AUTH_METHODS),
	};

	return find_name(names, ARRAY_SIZE(names), type);
}

const char *ikev2_transform_type_name(uint8_t type)
{
	static const struct name names[] = {
		{ IKEV2_TRANSFORM_ENCR, "ENCR" },
		{ IKEV2_TRANSFORM_PRF, "PRF" },
		{ IKEV2_TRANSFORM_INTEG, "INTEG" },
		{ IKEV2_TRANSFORM_KE, "KE" },
		{ IKEV2_TRANSFORM_ESN, "ESN" },
	};

	return find_name(names, ARRAY_SIZE(names), type);
}

static const struct name encr_names[] = {
	{ IKEV2_ENCR_3DES, "3DES" },
	{ IKEV2_ENCR_NULL, "NULL" },
	{ IKEV2_ENCR_AES_CBC, "AES_CBC" },
	{ IKEV2_ENCR_AES_CTR, "AES_CTR" },
	{ IKEV2_ENCR_AES_GCM_8, "AES_GCM_8" },
	{ IKEV2_ENCR_AES_GCM_12, "AES_GCM_12" },
	{ IKEV2_ENCR_AES_GCM_16, "AES_GCM_16" },
	{ IKEV2_ENCR_CHACHA20_POLY1305, "CHACHA20_POLY1305" },
};

static const struct name prf_names[] = {
	{ IKEV2_PRF_HMAC_MD5, "PRF_HMAC_MD5" },
	{ IKEV2_PRF_HMAC_SHA1, "PRF_HMAC_SHA1" },
	{ IKEV2_PRF_AES128_XCBC, "PRF_AES128_XCBC" },
	{ IKEV2_PRF_HMAC_SHA2_256, "PRF_HMAC_SHA2_256" },
	{ IKEV2_PRF_HMAC_SHA2_384, "PRF_HMAC_SHA2_384" },
	{ IKEV2_PRF_HMAC_SHA2_512, "PRF_HMAC_SHA2_512" },
};

static const struct name integ_names[] = {
	{ IKEV2_INTEG_NONE, "NO_INTEG" },
	{ IKEV2_INTEG_HMAC_MD5_96, "HMAC_MD5_96" },
	{ IKEV2_INTEG_HMAC_SHA1_96, "HMAC_SHA1_96" },
	{ IKEV2_INTEG_HMAC_SHA2_256_128, "HMAC_SHA2_256_128" },
	{ IKEV2_INTEG_HMAC_SHA2_384_192, "HMAC_SHA2_384_192" },
	{ IKEV2_INTEG_HMAC_SHA2_512_256, "HMAC_SHA2_512_256" },
};

static const struct name group_names[] = {
	{ IKEV2_GROUP_NONE, "NO_KE" },
	{ IKEV2_GROUP_MODP_1024, "MODP_1024" },
	{ IKEV2_GROUP_MODP_1536, "MODP_1536" },
	{ IKEV2_GROUP_MODP_2048, "MODP_2048" },
	{ IKEV2_GROUP_MODP_3072, "MODP_3072" },
	{ IKEV2_GROUP_MODP_4096, "MODP_4096" },
	{ IKEV2_GROUP_ECP_256, "ECP_256" },
	{ IKEV2_GROUP_ECP_384, "ECP_384" },
	{ IKEV2_GROUP_ECP_521, "ECP_521" },
	{ IKEV2_GROUP_X25519, "X25519" },
	{ IKEV2_GROUP_X448, "X448" },
};

static const struct name esn_names[] = {
	{ IKEV2_ESN_NO, "NO_ESN" },
	{ IKEV2_ESN_YES, "ESN" },
};

const char *ikev2_transform_name(uint8_t type, uint16_t id)
{
	switch (type) {
	case IKEV2_TRANSFORM_ENCR:
		return find_name(encr_names, ARRAY_SIZE(encr_names), id);
	case IKEV2_TRANSFORM_PRF:
		return find_name(prf_names, ARRAY_SIZE(prf_names), id);
	case IKEV2_TRANSFORM_INTEG:
		return find_name(integ_names, ARRAY_SIZE(integ_names), id);
	case IKEV2_TRANSFORM_KE:
		return find_name(group_names, ARRAY_SIZE(group_names), id);
	case IKEV2_TRANSFORM_ESN:
		return find_name(esn_names, ARRAY_SIZE(esn_names), id);
	}
	return "unknown";
}

const char *ikev2_id_type_name(uint8_t type)
{
	static const struct name names[] = {
		{ IKEV2_ID_IPV4_ADDR, "ID_IPV4_ADDR" },
		{ IKEV2_ID_FQDN, "ID_FQDN" },
		{ IKEV2_ID_RFC822_ADDR, "ID_RFC822_ADDR" },
		{ IKEV2_ID_IPV6_ADDR, "ID_IPV6_ADDR" },
		{ IKEV2_ID_DER_ASN1_DN, "ID_DER_ASN1_DN" },
		{ IKEV2_ID_DER_ASN1_GN, "ID_DER_ASN1_GN" },
		{ IKEV2_ID_KEY_ID, "ID_KEY_ID" },
		{ IKEV2_ID_NULL, "ID_NULL" },
	};

	return find_name(names, ARRAY_SIZE(names), type);
}

const char *ikev2_auth_method_name(uint8_t method)
{
	static const struct name names[] = {
		{ IKEV2_AUTH_RSA, "RSA signature" },
		{ IKEV2_AUTH_PSK, "pre-shared key" },
		{ IKEV2_AUTH_DSS, "DSS signature" },
		{ IKEV2_AUTH_ECDSA_256, "ECDSA P-256" },
		{ IKEV2_AUTH_ECDSA_384, "ECDSA P-384" },
		{ IKEV2_AUTH_ECDSA_521, "ECDSA P-521" },
		{ IKEV2_AUTH_NULL, "NULL" },
		{ IKEV2_AUTH_SIGNATURE, "digital signature" },
	};

	return find_name(names, ARRAY_SIZE(names), method);
}

const char *ikev2_ts_type_name(uint8_t type)
{
	static const struct name names[] = {
		{ IKEV2_TS_IPV4_ADDR_RANGE, "TS_IPV4_ADDR_RANGE" },
		{ IKEV2_TS_IPV6_ADDR_RANGE, "TS_IPV6_ADDR_RANGE" },
	};

	return find_name(names, ARRAY_SIZE(names), type);
}
