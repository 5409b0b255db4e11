// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After decryption: whoever holds the keys is still hostile. The input is
 * sealed under fixed keys, opened again, and its content parsed. The same
 * input as a message of its own must never pass the integrity check.
 *
 * Input: suite, fragment number (0: SK), first payload type, content.
 */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "crypto/sk.h"

#define HEAD	3

static const struct crypto_suite suites[] = {
	{ .encr = IKEV2_ENCR_AES_GCM_16, .encr_bits = 256 },
	{ .encr = IKEV2_ENCR_AES_CBC, .encr_bits = 256, .integ = IKEV2_INTEG_HMAC_SHA2_256_128 },
	{ .encr = IKEV2_ENCR_AES_CBC, .encr_bits = 128, .integ = IKEV2_INTEG_HMAC_SHA2_512_256 },
};

#define N_SUITES	ARRAY_SIZE(suites)

static struct crypto_lib *lib;
static struct crypto_sk *sk[N_SUITES];
static uint8_t sealed[WIRE_MESSAGE_MAX];
static uint8_t opened[WIRE_MESSAGE_MAX];

static bool fill(void *ctx, uint8_t *out, size_t len)
{
	memset(out, 0x5a, len);
	return true;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	unsigned int i;

	lib = crypto_init();
	FUZZ_REQUIRE(lib);
	for (i = 0; i < N_SUITES; i++) {
		struct crypto_secret e = {
			.len = crypto_encr_key_len(suites[i].encr, suites[i].encr_bits),
			.data = { 1, 2, 3 },
		};
		struct crypto_secret a = {
			.len = crypto_integ_key_len(suites[i].integ), .data = { 4, 5, 6 },
		};

		sk[i] = crypto_sk_new(lib, &suites[i], &e, &a, NULL);
		FUZZ_REQUIRE(sk[i]);
	}
	return 0;
}

static void must_not_open(const uint8_t *data, size_t size)
{
	struct wire_message msg;
	unsigned int i;
	size_t len;

	if (wire_parse(&msg, data, size))
		return;
	for (i = 0; i < N_SUITES; i++)
		FUZZ_REQUIRE(crypto_sk_open(sk[i], &msg, opened, sizeof(opened), &len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct wire_header h = { .spi_i = 1, .spi_r = 2, .exchange = IKEV2_IKE_AUTH };
	const struct crypto_random rnd = { .fill = fill };
	struct wire_fragment f = { 0, 255 };
	struct wire_payloads inner;
	struct wire_message msg;
	enum crypto_status status;
	struct wire_chunk plain;
	struct crypto_sk *s;
	size_t len, back;

	must_not_open(data, size);
	if (size < HEAD)
		return 0;
	s = sk[data[0] % N_SUITES];
	f.number = data[1];
	plain = wire_chunk(data + HEAD, size - HEAD);
	if (f.number)
		status = crypto_sk_seal_fragment(s, &rnd, &h, data[2], &f, plain, sealed,
						 sizeof(sealed), &len);
	else
		status = crypto_sk_seal(s, &rnd, &h, data[2], plain, sealed, sizeof(sealed), &len);
	if (status == CRYPTO_NO_SPACE)
		return 0;
	FUZZ_REQUIRE(!status && !wire_parse(&msg, sealed, len));
	FUZZ_REQUIRE(!crypto_sk_open(s, &msg, opened, sizeof(opened), &back));
	FUZZ_REQUIRE(wire_chunk_equal(plain, wire_chunk(opened, back)));
	if (!wire_parse_payloads(&inner, wire_encrypted(&msg)->next, opened, back))
		fuzz_chain(&inner);

	/* one changed bit anywhere is noticed */
	sealed[(data[0] | data[1] << 8) % len] ^= (uint8_t)(1 << (data[2] & 7));
	must_not_open(sealed, len);
	return 0;
}
