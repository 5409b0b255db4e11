// SPDX-License-Identifier: GPL-2.0-or-later
/* Key exchange: RFC 5903 (ECP), RFC 7748 and 8031 (X25519), RFC 3526 (MODP-2048) */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

#include "crypto/ke.h"
#include "crypto/lib.h"
#include "hex.h"

static struct crypto_lib *lib;

static const uint16_t groups[] = {
	IKEV2_GROUP_MODP_2048, IKEV2_GROUP_ECP_256, IKEV2_GROUP_ECP_384, IKEV2_GROUP_ECP_521,
	IKEV2_GROUP_X25519,
};

#define N_GROUPS	ARRAY_SIZE(groups)

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

/* RFC 5903 sections 8.1 to 8.3, RFC 7748 section 6.1 */
static const struct {
	uint16_t group;
	const char *private_i;
	const char *public_i;
	const char *private_r;
	const char *public_r;
	const char *shared;
} vectors[] = {
	{
		IKEV2_GROUP_ECP_256,
		"c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
		"dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
		"5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
		"c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
		"d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
		"56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
		"d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de",
	},
	{
		IKEV2_GROUP_ECP_384,
		"099f3c7034d4a2c699884d73a375a67f7624ef7c6b3c0f160647b67414dce655"
		"e35b538041e649ee3faef896783ab194",
		"667842d7d180ac2cde6f74f37551f55755c7645c20ef73e31634fe72b4c55ee6"
		"de3ac808acb4bdb4c88732aee95f41aa"
		"9482ed1fc0eeb9cafc4984625ccfc23f65032149e0e144ada024181535a0f38e"
		"eb9fcff3c2c947dae69b4c634573a81c",
		"41cb0779b4bdb85d47846725fbec3c9430fab46cc8dc5060855cc9bda0aa2942"
		"e0308312916b8ed2960e4bd55a7448fc",
		"e558dbef53eecde3d3fccfc1aea08a89a987475d12fd950d83cfa41732bc509d"
		"0d1ac43a0336def96fda41d0774a3571"
		"dcfbec7aacf3196472169e838430367f66eebe3c6e70c416dd5f0c68759dd1ff"
		"f83fa40142209dff5eaad96db9e6386c",
		"11187331c279962d93d604243fd592cb9d0a926f422e47187521287e7156c5c4"
		"d603135569b9e9d09cf5d4a270f59746",
	},
	{
		IKEV2_GROUP_ECP_521,
		"0037ade9319a89f4dabdb3ef411aaccca5123c61acab57b5393dce47608172a0"
		"95aa85a30fe1c2952c6771d937ba9777f5957b2639bab072462f68c27a57382d"
		"4a52",
		"0015417e84dbf28c0ad3c278713349dc7df153c897a1891bd98bab4357c9ecbe"
		"e1e3bf42e00b8e380aeae57c2d107564941885942af5a7f4601723c4195d176c"
		"ed3e"
		"017cae20b6641d2eeb695786d8c946146239d099e18e1d5a514c739d7cb4a10a"
		"d8a788015ac405d7799dc75e7b7d5b6cf2261a6a7f1507438bf01beb6ca3926f"
		"9582",
		"0145ba99a847af43793fdd0e872e7cdfa16be30fdc780f97bccc3f078380201e"
		"9c677d600b343757a3bdbf2a3163e4c2f869cca7458aa4a4effc311f5cb15168"
		"5eb9",
		"00d0b3975ac4b799f5bea16d5e13e9af971d5e9b984c9f39728b5e5739735a21"
		"9b97c356436adc6e95bb0352f6be64a6c2912d4ef2d0433ced2b6171640012d9"
		"460f"
		"015c68226383956e3bd066e797b623c27ce0eac2f551a10c2c724d9852077b87"
		"220b6536c5c408a1d2aebb8e86d678ae49cb57091f4732296579ab44fcd17f0f"
		"c56a",
		"01144c7d79ae6956bc8edb8e7c787c4521cb086fa64407f97894e5e6b2d79b04"
		"d1427e73ca4baa240a34786859810c06b3c715a3a8cc3151f2bee417996d19f3"
		"ddea",
	},
	{
		IKEV2_GROUP_X25519,
		"77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
		"8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a",
		"5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
		"de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f",
		"4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
	},
};

static void assert_derives(struct crypto_ke *ke, const char *peer, const char *shared)
{
	struct crypto_shared out;

	assert_int_equal(crypto_ke_derive(lib, ke, unit_hex(peer), &out), CRYPTO_OK);
	unit_assert_hex(out.data, out.len, shared);
	crypto_shared_clear(&out);
}

static void published_vectors(void **state)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(vectors); i++) {
		struct crypto_ke *ke_i, *ke_r;
		struct wire_chunk public;

		ke_i = crypto_ke_import(vectors[i].group, unit_hex(vectors[i].private_i));
		ke_r = crypto_ke_import(vectors[i].group, unit_hex(vectors[i].private_r));
		assert_non_null(ke_i);
		assert_non_null(ke_r);
		public = crypto_ke_public(ke_i);
		unit_assert_hex(public.data, public.len, vectors[i].public_i);
		public = crypto_ke_public(ke_r);
		unit_assert_hex(public.data, public.len, vectors[i].public_r);
		assert_derives(ke_i, vectors[i].public_r, vectors[i].shared);
		assert_derives(ke_r, vectors[i].public_i, vectors[i].shared);
		crypto_ke_free(ke_i);
		crypto_ke_free(ke_r);
	}
}

/* RFC 3526 section 3: p = 2^2048 - 2^1984 - 1 + 2^64 * ([2^1918 pi] + 124476), prime, safe */
static const char modp_2048[] =
	"ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74"
	"020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f1437"
	"4fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed"
	"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf05"
	"98da48361c55d39a69163fa8fd24cf5f83655d23dca3ad961c62f356208552bb"
	"9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b"
	"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf695581718"
	"3995497cea956ae515d2261898fa051015728e5a8aacaa68ffffffffffffffff";

static void group_14_is_the_prime_of_rfc3526(void **state)
{
	struct wire_chunk c = unit_hex(modp_2048);
	BIGNUM *p = BN_bin2bn(c.data, (int)c.len, NULL);
	EVP_PKEY *domain = lib->domain[CRYPTO_KE_MODP_2048];
	BIGNUM *used = NULL, *g = NULL;
	BN_CTX *ctx = BN_CTX_new();

	assert_non_null(p);
	assert_non_null(ctx);
	assert_int_equal(EVP_PKEY_get_bn_param(domain, "p", &used), 1);
	assert_int_equal(EVP_PKEY_get_bn_param(domain, "g", &g), 1);
	assert_int_equal(BN_cmp(p, used), 0);
	assert_true(BN_is_word(g, 2));
	assert_int_equal(BN_check_prime(p, ctx, NULL), 1);
	BN_rshift1(p, p);
	assert_int_equal(BN_check_prime(p, ctx, NULL), 1);
	BN_free(p);
	BN_free(used);
	BN_free(g);
	BN_CTX_free(ctx);
}

/* g = 2, so 2^10 is 1024, and the secret of it with 2^3 is 2^30: short values keep their zeros */
static void modp_pads_with_zeros(void **state)
{
	struct crypto_ke *ke = crypto_ke_import(IKEV2_GROUP_MODP_2048, unit_hex("0a"));
	struct wire_chunk public;
	struct crypto_shared out;
	uint8_t peer[256] = { [255] = 8 };
	uint8_t expected[256] = { 0 };

	assert_non_null(ke);
	public = crypto_ke_public(ke);
	assert_int_equal(public.len, 256);
	wire_store_u32(expected + 252, 1024);
	assert_memory_equal(public.data, expected, 256);
	assert_int_equal(crypto_ke_derive(lib, ke, wire_chunk(peer, 256), &out), CRYPTO_OK);
	assert_int_equal(out.len, 256);
	wire_store_u32(expected + 252, 1u << 30);
	assert_memory_equal(out.data, expected, 256);
	crypto_ke_free(ke);
}

static void assert_refused(const struct crypto_ke *ke, struct wire_chunk peer)
{
	static const struct crypto_shared nothing;
	struct crypto_shared out;

	memset(&out, 0xff, sizeof(out));
	assert_int_equal(crypto_ke_derive(lib, ke, peer, &out), CRYPTO_BAD_PEER_KEY);
	assert_memory_equal(&out, &nothing, sizeof(out));
}

static void modp_out_of_range(void **state)
{
	struct crypto_ke *ke = crypto_ke_generate(lib, IKEV2_GROUP_MODP_2048, NULL, NULL);
	struct wire_chunk p = unit_hex(modp_2048);
	uint8_t value[256] = { 0 };
	struct crypto_shared out;

	assert_non_null(ke);
	assert_refused(ke, wire_chunk(value, sizeof(value)));	/* 0 */
	value[255] = 1;
	assert_refused(ke, wire_chunk(value, sizeof(value)));	/* 1 */
	value[255] = 2;
	assert_int_equal(crypto_ke_derive(lib, ke, wire_chunk(value, sizeof(value)), &out),
			 CRYPTO_OK);
	memcpy(value, p.data, sizeof(value));
	assert_refused(ke, wire_chunk(value, sizeof(value)));	/* p */
	value[255] = 0xfe;
	assert_refused(ke, wire_chunk(value, sizeof(value)));	/* p - 1 */
	memset(value, 0xff, sizeof(value));
	assert_refused(ke, wire_chunk(value, sizeof(value)));	/* above p */
	memcpy(value, p.data, sizeof(value));
	value[255] = 0xfd;
	assert_int_equal(crypto_ke_derive(lib, ke, wire_chunk(value, sizeof(value)), &out),
			 CRYPTO_OK);				/* p - 2 */
	crypto_ke_free(ke);
}

static void points_off_the_curve(void **state)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct crypto_ke *ke = crypto_ke_import(vectors[i].group,
							unit_hex(vectors[i].private_i));
		struct wire_chunk good = unit_hex(vectors[i].public_r);
		uint8_t *bad = unit_copy(good.data, good.len);

		assert_non_null(ke);
		bad[good.len - 1] ^= 1;
		assert_refused(ke, wire_chunk(bad, good.len));
		bad[good.len - 1] ^= 1;
		bad[good.len / 2 - 1] ^= 1;
		assert_refused(ke, wire_chunk(bad, good.len));
		/* zero, and coordinates above the field's prime */
		memset(bad, 0, good.len);
		assert_refused(ke, wire_chunk(bad, good.len));
		memset(bad, 0xff, good.len);
		assert_refused(ke, wire_chunk(bad, good.len));
		free(bad);
		crypto_ke_free(ke);
	}
}

/* Points of small order (RFC 7748 section 6.1): every secret with them is zero */
static void x25519_small_order(void **state)
{
	static const char *const points[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	struct crypto_ke *ke = crypto_ke_generate(lib, IKEV2_GROUP_X25519, NULL, NULL);
	unsigned int i;

	assert_non_null(ke);
	for (i = 0; i < ARRAY_SIZE(points); i++)
		assert_refused(ke, unit_hex(points[i]));
	crypto_ke_free(ke);
}

static void every_wrong_length(void **state)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < N_GROUPS; i++) {
		struct crypto_ke *ke = crypto_ke_generate(lib, groups[i], NULL, NULL);
		size_t good = crypto_ke_public_len(groups[i]);

		assert_non_null(ke);
		for (len = 0; len <= good + 2; len++) {
			uint8_t *peer = calloc(1, len + 1);

			assert_non_null(peer);
			if (len)
				peer[len - 1] = 9;
			if (len != good)
				assert_refused(ke, wire_chunk(peer, len));
			free(peer);
		}
		crypto_ke_free(ke);
	}
}

static void both_sides_agree(void **state)
{
	struct crypto_shared si, sr;
	unsigned int i;

	for (i = 0; i < N_GROUPS; i++) {
		struct crypto_ke *ki = crypto_ke_generate(lib, groups[i], NULL, NULL);
		struct crypto_ke *kr = crypto_ke_generate(lib, groups[i], NULL, NULL);

		assert_non_null(ki);
		assert_non_null(kr);
		assert_int_equal(crypto_ke_group(ki), groups[i]);
		assert_false(wire_chunk_equal(crypto_ke_public(ki), crypto_ke_public(kr)));
		assert_int_equal(crypto_ke_derive(lib, ki, crypto_ke_public(kr), &si), CRYPTO_OK);
		assert_int_equal(crypto_ke_derive(lib, kr, crypto_ke_public(ki), &sr), CRYPTO_OK);
		assert_int_equal(si.len, sr.len);
		assert_memory_equal(si.data, sr.data, si.len);
		crypto_ke_free(ki);
		crypto_ke_free(kr);
	}
}

static void seeds_determine(void **state)
{
	uint8_t seed[CRYPTO_KE_SEED_LEN] = { 1, 2, 3 };
	struct crypto_shared one, two;
	unsigned int i;

	for (i = 0; i < N_GROUPS; i++) {
		struct crypto_ke *a = crypto_ke_generate(lib, groups[i], seed, NULL);
		struct crypto_ke *b = crypto_ke_generate(lib, groups[i], seed, NULL);
		struct crypto_ke *c, *other;

		seed[63] ^= 1;
		c = crypto_ke_generate(lib, groups[i], seed, NULL);
		other = crypto_ke_generate(lib, groups[i], NULL, NULL);
		assert_non_null(a);
		assert_non_null(b);
		assert_non_null(c);
		assert_non_null(other);
		assert_true(wire_chunk_equal(crypto_ke_public(a), crypto_ke_public(b)));
		assert_false(wire_chunk_equal(crypto_ke_public(a), crypto_ke_public(c)));
		assert_int_equal(crypto_ke_derive(lib, a, crypto_ke_public(other), &one),
				 CRYPTO_OK);
		assert_int_equal(crypto_ke_derive(lib, other, crypto_ke_public(b), &two),
				 CRYPTO_OK);
		assert_memory_equal(one.data, two.data, one.len);
		crypto_ke_free(a);
		crypto_ke_free(b);
		crypto_ke_free(c);
		crypto_ke_free(other);
	}
}

static void unsupported_groups(void **state)
{
	static const uint16_t wrong[] = { 0, 2, 5, 15, 32, 65535 };
	enum crypto_status status;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(crypto_ke_public_len(wrong[i]), 0);
		assert_null(crypto_ke_generate(lib, wrong[i], NULL, &status));
		assert_int_equal(status, CRYPTO_UNSUPPORTED);
	}
	crypto_ke_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors),
		cmocka_unit_test(group_14_is_the_prime_of_rfc3526),
		cmocka_unit_test(modp_pads_with_zeros),
		cmocka_unit_test(modp_out_of_range),
		cmocka_unit_test(points_off_the_curve),
		cmocka_unit_test(x25519_small_order),
		cmocka_unit_test(every_wrong_length),
		cmocka_unit_test(both_sides_agree),
		cmocka_unit_test(seeds_determine),
		cmocka_unit_test(unsupported_groups),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
