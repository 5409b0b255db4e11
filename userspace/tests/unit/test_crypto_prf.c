// SPDX-License-Identifier: GPL-2.0-or-later
/* HMAC against RFC 4231, prf+ and the NAT detection hash */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keys.h"
#include "crypto/prf.h"
#include "hex.h"

static struct crypto_lib *lib;

static int setup(void **state)
{
	lib = crypto_init();
	return lib ? 0 : -1;
}

static int teardown(void **state)
{
	crypto_free(lib);
	return 0;
}

#define B131 \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaa"

/* RFC 4231 sections 4.2, 4.3, 4.4 and 4.7 */
static const struct {
	const char *key;
	const char *data;
	const char *sha256;
	const char *sha384;
	const char *sha512;
} rfc4231[] = {
	{
		"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
		"4869205468657265",
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
		"afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59c"
		"faea9ea9076ede7f4af152e8b2fa9cb6",
		"87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
		"daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
	},
	{
		"4a656665",
		"7768617420646f2079612077616e7420666f72206e6f7468696e673f",
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		"af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e"
		"8e2240ca5e69e2c78b3239ecfab21649",
		"164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		"9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
	},
	{
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"dddddddddddddddddddddddddddddddddddddddddddddddddd"
		"dddddddddddddddddddddddddddddddddddddddddddddddddd",
		"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
		"88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b"
		"2a5ab39dc13814b94e3ab6e101a34f27",
		"fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
		"bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
	},
	{
		B131,
		"54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a"
		"65204b6579202d2048617368204b6579204669727374",
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
		"4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c6"
		"0c2ef6ab4030fe8296248df163f44952",
		"80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
		"6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
	},
};

static void assert_prf(uint16_t prf, struct wire_chunk key, struct wire_chunk data,
		       const char *expected)
{
	/* in one piece, and cut in three with an empty one between */
	struct wire_chunk cut[3] = {
		wire_chunk(data.data, 1), wire_chunk(NULL, 0),
		wire_chunk(data.data + 1, data.len - 1),
	};
	uint8_t out[CRYPTO_HASH_MAX];

	assert_int_equal(crypto_prf(lib, prf, key, &data, 1, out), CRYPTO_OK);
	unit_assert_hex(out, crypto_prf_len(prf), expected);
	memset(out, 0, sizeof(out));
	assert_int_equal(crypto_prf(lib, prf, key, cut, 3, out), CRYPTO_OK);
	unit_assert_hex(out, crypto_prf_len(prf), expected);
}

static void hmac_of_rfc4231(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rfc4231); i++) {
		struct wire_chunk key = unit_hex(rfc4231[i].key);
		struct wire_chunk data = unit_hex(rfc4231[i].data);

		assert_prf(IKEV2_PRF_HMAC_SHA2_256, key, data, rfc4231[i].sha256);
		assert_prf(IKEV2_PRF_HMAC_SHA2_384, key, data, rfc4231[i].sha384);
		assert_prf(IKEV2_PRF_HMAC_SHA2_512, key, data, rfc4231[i].sha512);
	}
}

static void empty_key_and_data(void **state)
{
	uint8_t out[CRYPTO_HASH_MAX];

	/* a key from before must not come back */
	assert_prf(IKEV2_PRF_HMAC_SHA2_256, unit_hex(rfc4231[0].key), unit_hex(rfc4231[0].data),
		   rfc4231[0].sha256);
	/* HMAC_SHA256("", ""): the hash of an empty key and text is well known */
	assert_int_equal(crypto_prf(lib, IKEV2_PRF_HMAC_SHA2_256, wire_chunk(NULL, 0), NULL, 0,
				    out), CRYPTO_OK);
	unit_assert_hex(out, 32,
			"b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

/* RFC 4868 section 2: keys as long as the hash, checksums half as long */
static void lengths(void **state)
{
	assert_int_equal(crypto_prf_len(IKEV2_PRF_HMAC_SHA2_256), 32);
	assert_int_equal(crypto_prf_len(IKEV2_PRF_HMAC_SHA2_384), 48);
	assert_int_equal(crypto_prf_len(IKEV2_PRF_HMAC_SHA2_512), 64);
	assert_int_equal(crypto_prf_len(IKEV2_PRF_HMAC_SHA1), 0);
	assert_int_equal(crypto_integ_key_len(IKEV2_INTEG_HMAC_SHA2_256_128), 32);
	assert_int_equal(crypto_integ_icv_len(IKEV2_INTEG_HMAC_SHA2_256_128), 16);
	assert_int_equal(crypto_integ_key_len(IKEV2_INTEG_HMAC_SHA2_384_192), 48);
	assert_int_equal(crypto_integ_icv_len(IKEV2_INTEG_HMAC_SHA2_384_192), 24);
	assert_int_equal(crypto_integ_key_len(IKEV2_INTEG_HMAC_SHA2_512_256), 64);
	assert_int_equal(crypto_integ_icv_len(IKEV2_INTEG_HMAC_SHA2_512_256), 32);
	assert_int_equal(crypto_integ_key_len(IKEV2_INTEG_HMAC_SHA1_96), 0);
	assert_int_equal(crypto_encr_key_len(IKEV2_ENCR_AES_GCM_16, 256), 36);
	assert_int_equal(crypto_encr_key_len(IKEV2_ENCR_AES_GCM_16, 192), 0);
	assert_int_equal(crypto_encr_key_len(IKEV2_ENCR_AES_CBC, 192), 24);
	assert_int_equal(crypto_encr_key_len(IKEV2_ENCR_3DES, 0), 0);
}

/* RFC 7296 section 2.13, spelled out with single applications of the PRF */
static void prf_plus_is_a_chain(void **state)
{
	struct wire_chunk key = unit_hex("0001020304");
	struct wire_chunk in[2] = { unit_hex("aabb"), unit_hex("cc") };
	uint8_t chain[255 * 32], t[32], out[255 * 32];
	struct wire_chunk step[4];
	unsigned int i;
	size_t len;

	for (i = 0; i < 255; i++) {
		uint8_t n = (uint8_t)(i + 1);

		step[0] = wire_chunk(t, i ? sizeof(t) : 0);
		step[1] = in[0];
		step[2] = in[1];
		step[3] = wire_chunk(&n, 1);
		assert_int_equal(crypto_prf(lib, IKEV2_PRF_HMAC_SHA2_256, key, step, 4, t),
				 CRYPTO_OK);
		memcpy(chain + 32 * i, t, 32);
	}
	for (len = 1; len <= sizeof(out); len += len < 100 ? 1 : 997) {
		uint8_t *exact = malloc(len);

		assert_non_null(exact);
		assert_int_equal(crypto_prf_plus(lib, IKEV2_PRF_HMAC_SHA2_256, key, in, 2, exact,
						 len), CRYPTO_OK);
		assert_memory_equal(exact, chain, len);
		free(exact);
	}
	assert_int_equal(crypto_prf_plus(lib, IKEV2_PRF_HMAC_SHA2_256, key, in, 2, out,
					 sizeof(out)), CRYPTO_OK);
	assert_int_equal(crypto_prf_plus(lib, IKEV2_PRF_HMAC_SHA2_256, key, in, 2, out,
					 sizeof(out) + 1), CRYPTO_INTERNAL);
	assert_int_equal(crypto_prf_plus(lib, IKEV2_PRF_HMAC_SHA1, key, in, 2, out, 1),
			 CRYPTO_UNSUPPORTED);
}

/* SHA-1 of SPIs, address and port, computed with Python's hashlib */
static void nat_detection(void **state)
{
	uint8_t out[IKEV2_NAT_HASH_LEN];

	assert_int_equal(crypto_nat_hash(lib, 0x0102030405060708, 0, unit_hex("c0000201"), 500,
					 out), CRYPTO_OK);
	unit_assert_hex(out, sizeof(out), "644b4575455bd6fcc1efe2be8162a9218e448e5f");
	assert_int_equal(crypto_nat_hash(lib, 0x0102030405060708, 0x1112131415161718,
					 unit_hex("20010db8000000000000000000000001"), 4500, out),
			 CRYPTO_OK);
	unit_assert_hex(out, sizeof(out), "1ee24423bf8f59515e0265c6d0f08be3d038f7e5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_of_rfc4231),
		cmocka_unit_test(empty_key_and_data),
		cmocka_unit_test(lengths),
		cmocka_unit_test(prf_plus_is_a_chain),
		cmocka_unit_test(nat_detection),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
