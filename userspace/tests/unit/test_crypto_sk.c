// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encrypted payloads. The expected messages were put together with Python's
 * cryptography and hmac modules after RFC 7296 section 3.14, RFC 5282 and
 * RFC 7383; the ciphers themselves are checked with RFC 3602 and NIST vectors.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/lib.h"
#include "crypto/sk.h"
#include "hex.h"
#include "wire/payload.h"

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

/* IVs of the expected messages: c0 c1 c2 ... */
static bool fill_counting(void *ctx, uint8_t *out, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		out[i] = (uint8_t)(0xc0 + i);
	return true;
}

static bool fill_nothing(void *ctx, uint8_t *out, size_t len)
{
	return false;
}

static const struct crypto_random counting = { .fill = fill_counting };

static const struct wire_header header = {
	.spi_i = 0x0102030405060708, .spi_r = 0x1112131415161718, .exchange = IKEV2_IKE_AUTH,
	.flags = IKEV2_FLAG_INITIATOR, .message_id = 1,
};

/* IDi of an FQDN, then a Vendor ID */
static const char inner[] = "2b00000c 02000000 612e6578 00000006 5a5a";

static const struct vector {
	uint16_t encr;
	uint16_t bits;
	uint16_t integ;
	const char *message;
} vectors[] = {
	{
		IKEV2_ENCR_AES_GCM_16, 128, IKEV2_INTEG_NONE,
		"010203040506070811121314151617182e202308000000010000004b2300002f"
		"00000000000000016d711cfe6e847750e642236fdb0494604ba8198ba4459840"
		"da15ac142473ea8d057c2b",
	},
	{
		IKEV2_ENCR_AES_GCM_16, 256, IKEV2_INTEG_NONE,
		"010203040506070811121314151617182e202308000000010000004b2300002f"
		"00000000000000019bafb8826e74c6b47af4c8127b6b0d8c174099a0acda44f5"
		"16318064aeadb0e36f94ac",
	},
	{
		IKEV2_ENCR_AES_CBC, 128, IKEV2_INTEG_HMAC_SHA2_256_128,
		"010203040506070811121314151617182e202308000000010000006023000044"
		"c0c1c2c3c4c5c6c7c8c9cacbcccdcecf712012fb6c4d9827c42082c0fb5fa7e6"
		"5b387588fd326d723c8992199d0f54334fc0ecc95326b3fe8601204d25f3707f",
	},
	{
		IKEV2_ENCR_AES_CBC, 192, IKEV2_INTEG_HMAC_SHA2_384_192,
		"010203040506070811121314151617182e20230800000001000000682300004c"
		"c0c1c2c3c4c5c6c7c8c9cacbcccdcecf3a3480345d7b9f5f662c9a3492967f1e"
		"d827ab6a45a4de26cea7127e8b18e040f08f460f3874225912458be799651a52"
		"4265a39374742165",
	},
	{
		IKEV2_ENCR_AES_CBC, 256, IKEV2_INTEG_HMAC_SHA2_512_256,
		"010203040506070811121314151617182e202308000000010000007023000054"
		"c0c1c2c3c4c5c6c7c8c9cacbcccdcecfc00acffd892d274fa820b4b528c4165c"
		"3387627850d4577268b545e3c9f14f71108e72cf497e679cb41bd21ed420b2a1"
		"1fa1700436faeb1dc50bac125c56fb0f",
	},
};

#define N_VECTORS	ARRAY_SIZE(vectors)

static struct crypto_suite suite_of(const struct vector *v)
{
	return (struct crypto_suite){ .encr = v->encr, .encr_bits = v->bits, .integ = v->integ };
}

static void counting_key(struct crypto_secret *key, size_t len, uint8_t from)
{
	size_t i;

	key->len = len;
	for (i = 0; i < len; i++)
		key->data[i] = (uint8_t)(from + i);
}

/* Cipher keys 00 01 ..., salt a0 a1 a2 a3, integrity keys 80 81 ... */
static struct crypto_sk *new_sk(const struct vector *v)
{
	struct crypto_suite suite = suite_of(v);
	struct crypto_secret e, a;
	struct crypto_sk *sk;

	counting_key(&e, v->bits / 8, 0);
	if (crypto_encr_is_aead(v->encr)) {
		memcpy(e.data + e.len, "\xa0\xa1\xa2\xa3", 4);
		e.len += 4;
	}
	counting_key(&a, crypto_integ_key_len(v->integ), 0x80);
	sk = crypto_sk_new(lib, &suite, &e, &a, NULL);
	assert_non_null(sk);
	return sk;
}

static enum crypto_status open_octets(struct crypto_sk *sk, const uint8_t *data, size_t len,
				      uint8_t *plain, size_t cap, size_t *plain_len)
{
	struct wire_message msg;

	*plain_len = 0;
	if (wire_parse(&msg, data, len))
		return CRYPTO_MALFORMED;
	return crypto_sk_open(sk, &msg, plain, cap, plain_len);
}

static void seals_as_others_do(void **state)
{
	struct wire_chunk plain = unit_hex(inner);
	unsigned int i;

	for (i = 0; i < N_VECTORS; i++) {
		struct crypto_sk *sk = new_sk(&vectors[i]);
		struct wire_chunk expected = unit_hex(vectors[i].message);
		uint8_t *out = malloc(expected.len);
		size_t len;

		assert_non_null(out);
		assert_int_equal(crypto_sk_message_len(sk, plain.len), expected.len);
		assert_int_equal(crypto_sk_seal(sk, &counting, &header, IKEV2_PL_IDI, plain, out,
						expected.len, &len), CRYPTO_OK);
		unit_assert_hex(out, len, vectors[i].message);
		free(out);
		crypto_sk_free(sk);
	}
}

static void opens_what_others_sealed(void **state)
{
	uint8_t plain[256];
	unsigned int i;
	size_t len;

	for (i = 0; i < N_VECTORS; i++) {
		struct wire_chunk message = unit_hex(vectors[i].message);
		struct crypto_sk *sk = new_sk(&vectors[i]);
		struct wire_payloads p;
		struct wire_message msg;

		assert_int_equal(wire_parse(&msg, message.data, message.len), WIRE_OK);
		assert_int_equal(crypto_sk_open(sk, &msg, plain, sizeof(plain), &len), CRYPTO_OK);
		unit_assert_hex(plain, len, inner);
		assert_int_equal(wire_parse_payloads(&p, wire_encrypted(&msg)->next, plain, len),
				 WIRE_OK);
		assert_int_equal(p.n, 2);
		crypto_sk_free(sk);
	}
}

static void fragments_as_others_do(void **state)
{
	static const char *const messages[] = {
		"0102030405060708111213141516171835202308000000010000004f23000033"
		"0001000200000000000000019bafb8826e74c6b47af4c8127b6b0d8c17409981"
		"654b74de648a3249848dc2fb44db88",
		"0102030405060708111213141516171835202308000000010000004f00000033"
		"0002000200000000000000019bafb8826e74c6b47af4c8127b6b0d8c17409915"
		"18a91a181aaef6c506bacf070305e4",
	};
	struct wire_chunk plain = unit_hex(inner);
	uint16_t number;

	for (number = 1; number <= 2; number++) {
		struct wire_fragment f = { number, 2 }, seen;
		struct crypto_sk *sk = new_sk(&vectors[1]);
		struct wire_message msg;
		uint8_t out[128], back[128];
		size_t len, back_len;

		assert_int_equal(crypto_sk_seal_fragment(sk, &counting, &header, IKEV2_PL_IDI, &f,
							 plain, out, sizeof(out), &len),
				 CRYPTO_OK);
		unit_assert_hex(out, len, messages[number - 1]);
		assert_int_equal(wire_parse(&msg, out, len), WIRE_OK);
		assert_int_equal(wire_parse_fragment(&seen, wire_encrypted(&msg)), WIRE_OK);
		assert_int_equal(seen.number, number);
		assert_int_equal(crypto_sk_open(sk, &msg, back, sizeof(back), &back_len),
				 CRYPTO_OK);
		unit_assert_hex(back, back_len, inner);
		/* the numbers are authenticated */
		wire_store_u16(out + 32, number ^ 3);
		assert_int_equal(crypto_sk_open(sk, &msg, back, sizeof(back), &back_len),
				 CRYPTO_BAD_ICV);
		crypto_sk_free(sk);
	}
}

static void refuses_every_changed_octet(void **state)
{
	static const uint8_t clean[256];
	uint8_t plain[256];
	unsigned int i, bit;
	size_t at, len;

	for (i = 0; i < N_VECTORS; i++) {
		struct wire_chunk message = unit_hex(vectors[i].message);
		struct crypto_sk *sk = new_sk(&vectors[i]);
		uint8_t *copy = unit_copy(message.data, message.len);

		for (at = 0; at < message.len; at++) {
			for (bit = 0; bit < 8; bit++) {
				memset(plain, 0, sizeof(plain));
				copy[at] ^= 1u << bit;
				assert_int_not_equal(open_octets(sk, copy, message.len, plain,
								 sizeof(plain), &len), CRYPTO_OK);
				assert_memory_equal(plain, clean, sizeof(plain));
				copy[at] ^= 1u << bit;
			}
		}
		assert_int_equal(open_octets(sk, copy, message.len, plain, sizeof(plain), &len),
				 CRYPTO_OK);
		free(copy);
		crypto_sk_free(sk);
	}
}

static void refuses_every_truncation(void **state)
{
	uint8_t plain[256];
	unsigned int i;
	size_t len, n;

	for (i = 0; i < N_VECTORS; i++) {
		struct wire_chunk message = unit_hex(vectors[i].message);
		struct crypto_sk *sk = new_sk(&vectors[i]);

		/* lengths in both headers made to agree, so that it gets to the SK payload */
		for (n = IKEV2_HEADER_LEN + 4; n < message.len; n++) {
			uint8_t *copy = unit_copy(message.data, n);

			wire_store_u32(copy + 24, (uint32_t)n);
			wire_store_u16(copy + 30, (uint16_t)(n - 28));
			assert_int_equal(open_octets(sk, copy, n, plain, sizeof(plain), &len),
					 CRYPTO_BAD_ICV);
			free(copy);
		}
		crypto_sk_free(sk);
	}
}

static void round_trips_of_every_length(void **state)
{
	uint8_t plain[300], out[512], back[512];
	unsigned int i;
	size_t n, len, back_len;

	for (n = 0; n < sizeof(plain); n++)
		plain[n] = (uint8_t)n;
	for (i = 0; i < N_VECTORS; i++) {
		struct crypto_sk *sk = new_sk(&vectors[i]);

		for (n = 0; n <= sizeof(plain); n++) {
			assert_int_equal(crypto_sk_seal(sk, &counting, &header, 0,
							wire_chunk(plain, n), out, sizeof(out),
							&len), CRYPTO_OK);
			assert_int_equal(len, crypto_sk_message_len(sk, n));
			assert_int_equal(open_octets(sk, out, len, back, sizeof(back), &back_len),
					 CRYPTO_OK);
			assert_int_equal(back_len, n);
			assert_memory_equal(back, plain, n);
			/* one octet less than the message needs */
			assert_int_equal(crypto_sk_seal(sk, &counting, &header, 0,
							wire_chunk(plain, n), out, len - 1, &len),
					 CRYPTO_NO_SPACE);
		}
		crypto_sk_free(sk);
	}
}

/* Capacity is the most that fits: one octet more exceeds the limit */
static void fragment_capacity(void **state)
{
	static const uint8_t plain[2000];
	struct wire_fragment f = { 1, 2 };
	uint8_t out[2048];
	unsigned int i;
	size_t max, len;

	for (i = 0; i < N_VECTORS; i++) {
		struct crypto_sk *sk = new_sk(&vectors[i]);

		assert_int_equal(crypto_sk_fragment_capacity(sk, 0), 0);
		for (max = 150; max < 1500; max++) {
			size_t n = crypto_sk_fragment_capacity(sk, max);

			assert_int_equal(crypto_sk_seal_fragment(sk, &counting, &header, 1, &f,
								 wire_chunk(plain, n), out, max,
								 &len), CRYPTO_OK);
			assert_int_equal(crypto_sk_seal_fragment(sk, &counting, &header, 1, &f,
								 wire_chunk(plain, n + 1), out,
								 max, &len), CRYPTO_NO_SPACE);
		}
		crypto_sk_free(sk);
	}
}

static void limits_of_length(void **state)
{
	size_t cap = 70000;
	uint8_t *plain = calloc(1, cap), *out = malloc(cap);
	struct crypto_sk *sk = new_sk(&vectors[0]);
	size_t most = 65535 - 28 - 4 - 8 - 1 - 16;
	struct wire_fragment f = { 0, 2 };
	size_t len, back_len;

	assert_non_null(plain);
	assert_non_null(out);
	assert_int_equal(crypto_sk_seal(sk, &counting, &header, 0, wire_chunk(plain, most), out,
					cap, &len), CRYPTO_OK);
	assert_int_equal(len, 65535);
	assert_int_equal(open_octets(sk, out, len, plain, cap, &back_len), CRYPTO_OK);
	assert_int_equal(back_len, most);
	assert_int_equal(open_octets(sk, out, len, plain, most, &back_len), CRYPTO_NO_SPACE);
	assert_int_equal(crypto_sk_seal(sk, &counting, &header, 0, wire_chunk(plain, most + 1),
					out, cap, &len), CRYPTO_NO_SPACE);
	assert_int_equal(crypto_sk_seal(sk, &counting, &header, 0, wire_chunk(plain, SIZE_MAX),
					out, cap, &len), CRYPTO_NO_SPACE);
	assert_int_equal(crypto_sk_seal_fragment(sk, &counting, &header, 0, &f,
						 wire_chunk(plain, 1), out, cap, &len),
			 CRYPTO_MALFORMED);
	f.number = 3;
	assert_int_equal(crypto_sk_seal_fragment(sk, &counting, &header, 0, &f,
						 wire_chunk(plain, 1), out, cap, &len),
			 CRYPTO_MALFORMED);
	crypto_sk_free(sk);
	free(plain);
	free(out);
}

/* AES-GCM's explicit IV never repeats; a failed random source never seals */
static void ivs(void **state)
{
	const struct crypto_random broken = { .fill = fill_nothing };
	struct wire_chunk plain = unit_hex(inner);
	struct crypto_sk *gcm = new_sk(&vectors[1]);
	struct crypto_sk *cbc = new_sk(&vectors[2]);
	uint8_t out[256];
	uint64_t i;
	size_t len;

	for (i = 1; i < 1000; i++) {
		assert_int_equal(crypto_sk_seal(gcm, &broken, &header, 0, plain, out, sizeof(out),
						&len), CRYPTO_OK);
		assert_true(wire_load_u64(out + 32) == i);
	}
	assert_int_equal(crypto_sk_seal(cbc, &broken, &header, 0, plain, out, sizeof(out), &len),
			 CRYPTO_INTERNAL);
	crypto_sk_free(gcm);
	crypto_sk_free(cbc);
}

/* Authentic, but the pad length claims more than there is */
static void wrong_padding(void **state)
{
	struct crypto_sk *sk = new_sk(&vectors[2]);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct wire_chunk message = unit_hex(vectors[2].message);
	uint8_t *copy = unit_copy(message.data, message.len);
	struct crypto_secret key;
	uint8_t block[32] = { 0 }, plain[64], icv[CRYPTO_HASH_MAX];
	struct wire_chunk covered = wire_chunk(copy, message.len - 16);
	unsigned int pad;
	size_t len;
	int n;

	assert_non_null(ctx);
	for (pad = 0; pad < 256; pad++) {
		counting_key(&key, 16, 0);
		block[31] = (uint8_t)pad;
		assert_int_equal(EVP_EncryptInit_ex2(ctx, lib->cipher[CRYPTO_AES_128_CBC],
						     key.data, copy + 32, NULL), 1);
		EVP_CIPHER_CTX_set_padding(ctx, 0);
		assert_int_equal(EVP_EncryptUpdate(ctx, copy + 48, &n, block, sizeof(block)), 1);
		counting_key(&key, 32, 0x80);
		assert_true(crypto_mac_key(lib->mac[CRYPTO_SHA256], crypto_secret_chunk(&key)));
		assert_true(crypto_mac(lib->mac[CRYPTO_SHA256], &covered, 1, icv, sizeof(icv)));
		memcpy(copy + message.len - 16, icv, 16);
		assert_int_equal(open_octets(sk, copy, message.len, plain, sizeof(plain), &len),
				 pad < 32 ? CRYPTO_OK : CRYPTO_MALFORMED);
		if (pad < 32)
			assert_int_equal(len, 31 - pad);
	}
	EVP_CIPHER_CTX_free(ctx);
	crypto_sk_free(sk);
	free(copy);
}

/* Authentic, but without the one octet that every plaintext has: the pad length */
static void no_ciphertext(void **state)
{
	struct crypto_sk *sk = new_sk(&vectors[1]);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct wire_chunk head = unit_hex("01020304050607081112131415161718 2e202308 00000001"
					  "00000038 0000001c 0000000000000001");
	uint8_t message[56], plain[64];
	struct crypto_secret key;
	size_t len;
	int n;

	assert_non_null(ctx);
	memcpy(message, head.data, head.len);
	counting_key(&key, 32, 0);
	assert_int_equal(EVP_EncryptInit_ex2(ctx, lib->cipher[CRYPTO_AES_256_GCM], key.data,
					     unit_hex("a0a1a2a3 0000000000000001").data, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, message, 32), 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, plain, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, message + 40), 1);
	assert_int_equal(open_octets(sk, message, sizeof(message), plain, sizeof(plain), &len),
			 CRYPTO_BAD_ICV);
	EVP_CIPHER_CTX_free(ctx);
	crypto_sk_free(sk);
}

/* An SK payload behind others in the clear: they are authenticated, too */
static void covers_payloads_before(void **state)
{
	struct crypto_sk *sk = new_sk(&vectors[1]);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	struct wire_chunk head = unit_hex("01020304050607081112131415161718 2b202308 00000001"
					  "00000045 2e000008 aabbccdd 00000021 0000000000000001");
	uint8_t message[69], plain[64];
	struct wire_message msg;
	struct crypto_secret key;
	size_t len;
	int n;

	assert_non_null(ctx);
	memcpy(message, head.data, head.len);
	counting_key(&key, 32, 0);
	assert_int_equal(EVP_EncryptInit_ex2(ctx, lib->cipher[CRYPTO_AES_256_GCM], key.data,
					     unit_hex("a0a1a2a3 0000000000000001").data, NULL), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, message, 40), 1);
	assert_int_equal(EVP_EncryptUpdate(ctx, message + 48, &n, unit_hex("aabbccdd00").data, 5),
			 1);
	assert_int_equal(EVP_EncryptFinal_ex(ctx, message + 53, &n), 1);
	assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, message + 53), 1);

	assert_int_equal(wire_parse(&msg, message, sizeof(message)), WIRE_OK);
	assert_int_equal(crypto_sk_open(sk, &msg, plain, sizeof(plain), &len), CRYPTO_OK);
	unit_assert_hex(plain, len, "aabbccdd");
	message[33] ^= 1;
	assert_int_equal(crypto_sk_open(sk, &msg, plain, sizeof(plain), &len), CRYPTO_BAD_ICV);
	/* and a message without any encrypted payload */
	msg.payloads.n = 1;
	assert_int_equal(crypto_sk_open(sk, &msg, plain, sizeof(plain), &len), CRYPTO_BAD_ICV);
	EVP_CIPHER_CTX_free(ctx);
	crypto_sk_free(sk);
}

static void refuses_wrong_keys(void **state)
{
	enum crypto_status status;
	struct crypto_secret e, a;
	unsigned int i;
	size_t len;

	for (i = 0; i < N_VECTORS; i++) {
		struct crypto_suite suite = suite_of(&vectors[i]);
		size_t good = crypto_encr_key_len(vectors[i].encr, vectors[i].bits);

		counting_key(&a, crypto_integ_key_len(vectors[i].integ), 0);
		for (len = 0; len <= CRYPTO_SECRET_MAX; len++) {
			counting_key(&e, len, 0);
			if (len == good)
				continue;
			assert_null(crypto_sk_new(lib, &suite, &e, &a, &status));
			assert_int_equal(status, CRYPTO_UNSUPPORTED);
		}
		if (!a.len)
			continue;
		counting_key(&e, good, 0);
		a.len--;
		assert_null(crypto_sk_new(lib, &suite, &e, &a, &status));
		a.len = 0;
		assert_null(crypto_sk_new(lib, &suite, &e, &a, &status));
	}
	crypto_sk_free(NULL);
}

/* RFC 3602 section 4, case 1; GCM specification (NIST) test cases 4 and 16 */
static void ciphers(void **state)
{
	static const struct {
		enum crypto_cipher cipher;
		const char *key, *iv, *aad, *plain, *sealed, *tag;
	} known[] = {
		{
			CRYPTO_AES_128_CBC, "06a9214036b8a15b512e03d534120006",
			"3dafba429d9eb430b422da802c9fac41", "",
			"53696e676c6520626c6f636b206d7367", "e353779c1079aeb82708942dbe77181a", "",
		}, {
			CRYPTO_AES_128_GCM, "feffe9928665731c6d6a8f9467308308",
			"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
			"42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
			"21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
			"5bc94fbc3221a5db94fae95ae7121a47",
		}, {
			CRYPTO_AES_256_GCM,
			"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
			"cafebabefacedbaddecaf888", "feedfacedeadbeeffeedfacedeadbeefabaddad2",
			"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			"1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
			"522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
			"8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
			"76fc6ece0f4e1768cddf8853bb2d551b",
		},
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		struct wire_chunk plain = unit_hex(known[i].plain);
		struct wire_chunk aad = unit_hex(known[i].aad);
		EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
		uint8_t out[64], tag[16];
		int n;

		assert_non_null(ctx);
		assert_int_equal(EVP_EncryptInit_ex2(ctx, lib->cipher[known[i].cipher],
						     unit_hex(known[i].key).data,
						     unit_hex(known[i].iv).data, NULL), 1);
		EVP_CIPHER_CTX_set_padding(ctx, 0);
		if (aad.len)
			assert_int_equal(EVP_EncryptUpdate(ctx, NULL, &n, aad.data, (int)aad.len),
					 1);
		assert_int_equal(EVP_EncryptUpdate(ctx, out, &n, plain.data, (int)plain.len), 1);
		unit_assert_hex(out, plain.len, known[i].sealed);
		assert_int_equal(EVP_EncryptFinal_ex(ctx, out, &n), 1);
		if (aad.len) {
			assert_int_equal(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, tag),
					 1);
			unit_assert_hex(tag, 16, known[i].tag);
		}
		EVP_CIPHER_CTX_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seals_as_others_do),
		cmocka_unit_test(opens_what_others_sealed),
		cmocka_unit_test(fragments_as_others_do),
		cmocka_unit_test(refuses_every_changed_octet),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(round_trips_of_every_length),
		cmocka_unit_test(fragment_capacity),
		cmocka_unit_test(limits_of_length),
		cmocka_unit_test(ivs),
		cmocka_unit_test(wrong_padding),
		cmocka_unit_test(no_ciphertext),
		cmocka_unit_test(covers_payloads_before),
		cmocka_unit_test(refuses_wrong_keys),
		cmocka_unit_test(ciphers),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
