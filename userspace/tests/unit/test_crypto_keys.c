// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Key schedule and AUTH. The inputs are those of a NIST CAVP test of the IKEv2
 * KDF, which OpenSSL's own tests (evpkdf_ikev2.txt) run with SHA-256 as well;
 * that file's output begins with the SHA-256 values below. All values, those
 * for the other hashes too, were computed with Python's hmac module.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/keys.h"
#include "crypto/prf.h"
#include "hex.h"

static struct crypto_lib *lib;

static const char ni_text[] = "3651fef5c9c35e93";
static const char nr_text[] = "c09a8b90a3f04d59";
static const char shared_text[] =
	"d084a30166a50fb7325c3960874a839449ef9741c2f4f947d0201dd8c1269273"
	"d79509f37e3ca3eb4fa2fe2a28254e289cd3f34dad4eb4df1a07685a4b8a94fa"
	"61e2491f7598b3ce65547ff133b3f63d1ac4175eaa695033f3cedb026a6873a3"
	"6455172a8540b8a5d23a0143bed0390ee49b168269d75fffee9fb62be965993c";
static const char new_shared_text[] =
	"52f00ab174c25d5b7139ae5ff4e8e9eddee5992d2e36adf8a559ffd90dab1442"
	"e4fbe429d320c0f33552a17d1557fa41ea70e8fb916c4fa27ed52b5f8ebd8461"
	"afa78f1159159a64055ac5f6319e29c28eae58cbc6847770f32c3fed1d047504"
	"84f854790f95e9ec01bc5bc461f24966462e359511329305038e94deb6dd42c2";
#define SPI_I	0x8e5c3ae507221684
#define SPI_R	0xb1f201bb155c3acd

static const struct vector {
	uint16_t prf;
	uint16_t integ;
	const char *ike;
	const char *child;
	const char *child_pfs;
	const char *rekeyed;
} vectors[] = {
	{
		IKEV2_PRF_HMAC_SHA2_256, IKEV2_INTEG_HMAC_SHA2_256_128,
		/* SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr */
		"462b9dd525d4fd71169174272779e704baf62c6231779ae9efe8c58b21916b42"
		"010164af2111ebd762f6916ca9a6f0ee05c8b320e4ee27705521de2589adea18"
		"78f1a551738af7c88dc4f0bb0c096a3f7d1f1a670fc79f49f678d60d665bb371"
		"0c8657f03ba9f62b9a818d7a228968c506e237ae9502aa6db395c61ea6a3e795"
		"04f86b7368bfb5423df79e48809bbccd49fd826d024f63d7c2a5566400a12e73"
		"6aa034510428f5ea008fe2fc16886fa388274ea6c2b4fcfc6141bf04f8207ef8"
		"afc224ea1059cb220dc0b23ac0e4ccda495a4e131b1d56e223aba5a48e8ed1f5",
		/* child without PFS */
		"23647677e7d403fa1e3006f19840aee18ad9fecc4215814c4131bdeba98433d8"
		"b0e31bfbbddf822abcce5e06486aa388022b75e27e1e68aa5983028b65282c73"
		"0c5d49ef7606770376cfdec41f7cc435d816029989bc353d3b67b9fd1168ddcb"
		"8978850da9b752aee6a30d0086d2c4d74ec0e03648a0dad334faf5fe88084e67",
		/* child with PFS */
		"6a919387a5fa2835fe8a8237e4a14845bd2b9930db87eff7adf268f621860049"
		"02dba9aa942d0259a0edc4120b932a503865b57ba8fb88117ef5df7b26799cd8"
		"ba37aa5438108cb1a4fe117907c9d0597b708c3f11151fefd624d2317202b7c8"
		"1430600e6fcbb6e1a8df2b4861ef2363d53de1be69057b0cf6634a7e7bfa97b3",
		/* rekeyed */
		"a0b108afa77de0fdb7ad5b5fdc24c96e37ec0c10e894062d29bbb93f6e38bb40"
		"149f267f5030244ff2bfd177d22aadd8e0ecba82c83ec68a1ead7eda38b23b88"
		"55f8c24ec6c0e460606e2c081fc420eceee29267a0169f902d697fcfdf430cc7"
		"ecf2263c7cd88177ad7923ccc90dcd32b8fc012f3222ef9daa35c0830de13124"
		"fcd78d10760207819337a018a83bc59192d4d35bd99b452d84b9f21790bf3894"
		"bfa2b46bc0318eab",
	},
	{
		IKEV2_PRF_HMAC_SHA2_384, IKEV2_INTEG_HMAC_SHA2_384_192,
		/* SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr */
		"32a3d9fe53a6a604eacb8443ce12873d1243115fb5957d3de89a12b9d5b3797f"
		"3c29209a83c2cd68db5dc22bcc9aa5ab2b8a0473993bc0e74949e813bcda1e08"
		"8bdab5e5b78023ff4ddc0addbcd8936d59323180c59dc478586c8abe434a7eb1"
		"383e279e1ac3036adc15a45ef605393694ff5b25fe99a56ab976b2d3d4a7b858"
		"b38eeedf5588545143336d82db8b47659563092d73921d10292d605ea1798075"
		"72edc66516774e37e74299bcf6677bbcf3d05a73e6e77d647e30a448dbcfb87c"
		"999b74a60893fdce6ffa3874a4e583480120071dbb9863471d5982eaf21005ff"
		"2f866edf2f45a3b9934b60afff756ccae374e3822ba48503ab1d3b8c87227a14"
		"8630654daa1b27b84e494e025335c528921e5760a1ef25e9a11b524a159b1be6"
		"cf101478b590a428cfa568c2e1721846",
		/* child without PFS */
		"be009dbe9c69f02115d7f935204547eea50249f6d918546687d77f1a0afd72cc"
		"804b315fa461e85dff77209be8f9b2c33f0ee0692193d64f1087f2e008c54221"
		"e732f42c992e13e8b48360e2223d10645d7a7a5d0ba16419923c97ba9597bf5e"
		"40cc0e910697f7749e4bd313555e75758c25abc110106294a76e3f83bc6eda5f"
		"3a4aef8240097877f03caee0c269661c3258b9597c4b504604d25b7264c887fc",
		/* child with PFS */
		"a4566b029de759c729f4112343b5fa89d2d51e6c41d6c1492559c5ba2adeb15e"
		"8ff2c4721d8668e55e9cc11703d6955b39421e8972a9aa19d62e237af59b3835"
		"d1a12de165f31b6e248fc7e54e068ce95cdbf3628e2e0345b18e23be522b9b9a"
		"2b397c0122d6500e0afa26f07ffac60d50b1eb58d50f0ed984e0daab8449cc03"
		"b3804aae2b0baab5f6c82ec37abf52221e37b9e0fb8c58c56186fda0707a6dae",
		/* rekeyed */
		"1b276566c398eb4b9eae37c813fe974e64589e422b3b1ef6e9b66dc6957708c4"
		"1df080667fff3fa35fd703f15e6201aecbea0b66baeeb6f7322c4f7e9190f303"
		"ddfd251b95370efb3eae8641d6c1b1ec70e843de2be37e9482d8e646bacab635"
		"c8774591eb63868df1ca0ce2368700001a2ff0fcc87154560d6cbb20f82df0b4"
		"6bc7694a52c271481dfacc39bd668cf1762598ac82577352facf848784b3e224"
		"12bfc1a4c95d46e4",
	},
	{
		IKEV2_PRF_HMAC_SHA2_512, IKEV2_INTEG_HMAC_SHA2_512_256,
		/* SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr */
		"d6ddd55104d6e3df1062b53a19b5a94048390aa4d9dee3347e28bb438ceaa4de"
		"b04c29efb5a9cb9010ccb3b421779074ae57dcefaa3dbbca335068742d8e6226"
		"dc59ccea75a62159faca0cb7123eebb084783f7c333d4ce9aaa2f44f3a6045f0"
		"79b14f189fa81e8b69c95210063312be598533467784f07b5010dcf2029ef4ff"
		"1018d77a4171a1c8e37230969d78247b6dbe5c69c8ef3375877ee7960113a6e6"
		"869752dd004e91accd5c99d80aa77d4c83ac9c76bf1fb5ff779e422f1efea856"
		"db38250957945170738817d51422d6572612e50ca15abc1abfc48699b35f9326"
		"6ad679a9ecfd9de1cb81d21f36622c0fb4309a2955969d61c5613ded86d12377"
		"6a8f42c0b301798e86cb3d089988242807f46840175013002e35590bb9f78585"
		"8bf6e851b0564340fc516a24c6288cf0ee82e5d0ebd7cc512b4d7a8aabae8edb"
		"1458d03fc37a0fcc1ffecbf71619e3216c6bacd91c919542302f302a1f8bc2e8"
		"568bfdb2dcc24b5d6a4e981372c1b02fa44aa7c7b555cd166ec64dbab13ff365",
		/* child without PFS */
		"8e966ee5984ceca0a093abac165806cac1cc2966c2e9d69fafae32d732d516a2"
		"b3c5937923b0eddee0eb667d8870b37a721e055f504decbc589f00fe14c51ed0"
		"931c7784b381ee521791950f0a565f126bc768be6e641a9ea3ad3baaa25d5b7e"
		"c4d4549f37b18eeca729b8e6ae4094402002625dbce528cf3341b080faba9770"
		"c78e859fa8bdaf2bd73019eaf1f8748e42ecd4e0bd5dfa32f0869e120e597af4"
		"3db54b7d3f0337acb5e5330ca7794ed781a1b4ab24b330f2c1b0de2a4b549697",
		/* child with PFS */
		"17ceb217e2d04fe537b3fa7724fe8479b20a19127019dcb673e6b9edd6fff0b0"
		"a78129e0d91e3047ad5c9673b8d8abe23e643b0723b90a13a03717c8db1573fc"
		"71e5dfbde574a1b8b367e554fcbce9daddf98a1c375938617cabbfd831654f9a"
		"bdd604e487ee00af3fa35244ecbac2bd7097024536d9d5d5e5937583ed003039"
		"a0041a856a7ad4c699ca6a425779fcc42b1ad1db4458af8f4d515f9f5901ca38"
		"9799ee965cfd68b281ac016c5fefdddeffdb7ed81fe75bce6d6bba6f2591a427",
		/* rekeyed */
		"eb353ce386e6633b80b623cd3620f3855a89fb443fa89ef8ec88e493b3f221ef"
		"8c4cf7892080983e8bf521ed4d51ebc11f2c9c7aa89a95ca1b5b2d3b416a7485"
		"6881acd1e9ffd69a37335fbdf0407e9bc147dc1518e687b636d08515a3dd1953"
		"cd1c87aae6c7a980f8cfe489f6289b7577a82736280ee7921d3fb77fb74ad8de"
		"1d42cf90c9f29b4fcac87515a981d6d42d1ffebed41a5fb0e5158cb1355eb1ce"
		"37ecf5e8aed037cb",
	},
};

#define N_VECTORS	ARRAY_SIZE(vectors)

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

static struct crypto_shared shared_from(const char *text)
{
	struct crypto_shared s;

	s.len = unit_unhex(s.data, sizeof(s.data), text);
	return s;
}

static struct crypto_nonces nonces(void)
{
	return (struct crypto_nonces){ unit_hex(ni_text), unit_hex(nr_text) };
}

/* AES-CBC-256 with an integrity transform, so that every key is there */
static struct crypto_suite suite_of(const struct vector *v)
{
	return (struct crypto_suite){
		.encr = IKEV2_ENCR_AES_CBC, .encr_bits = 256, .integ = v->integ, .prf = v->prf,
		.group = IKEV2_GROUP_MODP_2048,
	};
}

static struct crypto_suite gcm_suite(void)
{
	return (struct crypto_suite){
		.encr = IKEV2_ENCR_AES_GCM_16, .encr_bits = 256,
		.prf = IKEV2_PRF_HMAC_SHA2_256, .group = IKEV2_GROUP_X25519,
	};
}

static void put_secret(struct wire_writer *w, const struct crypto_secret *s)
{
	wire_put(w, s->data, s->len);
}

static void assert_ike_keys(const struct crypto_ike_keys *k, const char *expected)
{
	uint8_t buf[512];
	struct wire_writer w;

	wire_writer_init(&w, buf, sizeof(buf));
	put_secret(&w, &k->d);
	put_secret(&w, &k->ai);
	put_secret(&w, &k->ar);
	put_secret(&w, &k->ei);
	put_secret(&w, &k->er);
	put_secret(&w, &k->pi);
	put_secret(&w, &k->pr);
	assert_false(w.overflow);
	unit_assert_hex(buf, w.len, expected);
}

static void assert_child_keys(const struct crypto_child_keys *k, const char *expected)
{
	uint8_t buf[512];
	struct wire_writer w;

	wire_writer_init(&w, buf, sizeof(buf));
	put_secret(&w, &k->encr_i);
	put_secret(&w, &k->integ_i);
	put_secret(&w, &k->encr_r);
	put_secret(&w, &k->integ_r);
	assert_false(w.overflow);
	unit_assert_hex(buf, w.len, expected);
}

static void derive_ike(const struct vector *v, struct crypto_ike_keys *keys)
{
	struct crypto_shared shared = shared_from(shared_text);
	struct crypto_suite suite = suite_of(v);
	struct crypto_nonces n = nonces();

	assert_int_equal(crypto_ike_keys_derive(lib, &suite, &shared, &n, SPI_I, SPI_R, keys),
			 CRYPTO_OK);
}

static void ike_keys(void **state)
{
	struct crypto_ike_keys keys;
	unsigned int i;

	for (i = 0; i < N_VECTORS; i++) {
		derive_ike(&vectors[i], &keys);
		assert_int_equal(keys.d.len, crypto_prf_len(vectors[i].prf));
		assert_int_equal(keys.ei.len, 32);
		assert_ike_keys(&keys, vectors[i].ike);
	}
}

static void child_keys(void **state)
{
	struct crypto_shared shared = shared_from(new_shared_text);
	struct crypto_nonces n = nonces();
	struct crypto_child_keys child;
	struct crypto_ike_keys keys;
	unsigned int i;

	for (i = 0; i < N_VECTORS; i++) {
		const struct vector *v = &vectors[i];
		struct crypto_suite suite = suite_of(v);

		derive_ike(v, &keys);
		assert_int_equal(crypto_child_keys_derive(lib, v->prf, &keys.d, &suite, NULL, &n,
							  &child), CRYPTO_OK);
		assert_child_keys(&child, v->child);
		assert_int_equal(crypto_child_keys_derive(lib, v->prf, &keys.d, &suite, &shared,
							  &n, &child), CRYPTO_OK);
		assert_child_keys(&child, v->child_pfs);
	}
}

static void child_keys_of_an_aead(void **state)
{
	struct crypto_suite suite = gcm_suite();
	struct crypto_nonces n = nonces();
	struct crypto_child_keys child;
	struct crypto_ike_keys keys;

	derive_ike(&vectors[0], &keys);
	assert_int_equal(crypto_child_keys_derive(lib, vectors[0].prf, &keys.d, &suite, NULL, &n,
						  &child), CRYPTO_OK);
	assert_int_equal(child.encr_i.len, 36);
	assert_int_equal(child.integ_i.len, 0);
	assert_int_equal(child.encr_r.len, 36);
	/* the first 72 octets of the same key material */
	assert_memory_equal(child.encr_i.data, unit_hex(vectors[0].child).data, 36);
	assert_memory_equal(child.encr_r.data, unit_hex(vectors[0].child).data + 36, 36);
}

/* The old PRF makes SKEYSEED, the new one (SHA-256 here) expands it */
static void rekeyed_ike_keys(void **state)
{
	struct crypto_shared shared = shared_from(new_shared_text);
	struct crypto_suite suite = gcm_suite();
	struct crypto_ike_keys keys, new_keys;
	struct crypto_nonces n = nonces();
	unsigned int i;

	for (i = 0; i < N_VECTORS; i++) {
		derive_ike(&vectors[i], &keys);
		assert_int_equal(crypto_ike_keys_rekey(lib, vectors[i].prf, &keys.d, &suite,
						       &shared, &n, SPI_I, SPI_R, &new_keys),
				 CRYPTO_OK);
		assert_ike_keys(&new_keys, vectors[i].rekeyed);
	}
}

static void refuses_impossible_suites(void **state)
{
	static const struct crypto_suite wrong[] = {
		/* AES-GCM with an integrity transform, AES-CBC without */
		{ IKEV2_ENCR_AES_GCM_16, 256, IKEV2_INTEG_HMAC_SHA2_256_128,
		  IKEV2_PRF_HMAC_SHA2_256, IKEV2_GROUP_X25519 },
		{ IKEV2_ENCR_AES_CBC, 256, IKEV2_INTEG_NONE, IKEV2_PRF_HMAC_SHA2_256,
		  IKEV2_GROUP_X25519 },
		{ IKEV2_ENCR_AES_CBC, 0, IKEV2_INTEG_HMAC_SHA2_256_128, IKEV2_PRF_HMAC_SHA2_256,
		  IKEV2_GROUP_X25519 },
		{ IKEV2_ENCR_3DES, 0, IKEV2_INTEG_HMAC_SHA2_256_128, IKEV2_PRF_HMAC_SHA2_256,
		  IKEV2_GROUP_X25519 },
		{ IKEV2_ENCR_AES_GCM_16, 256, IKEV2_INTEG_NONE, IKEV2_PRF_HMAC_SHA1,
		  IKEV2_GROUP_X25519 },
	};
	struct crypto_shared shared = shared_from(shared_text);
	static const struct crypto_ike_keys none;
	struct crypto_nonces n = nonces();
	struct crypto_child_keys child;
	struct crypto_ike_keys keys;
	struct crypto_suite suite;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_false(crypto_ike_suite_supported(&wrong[i]));
		memset(&keys, 0xff, sizeof(keys));
		assert_int_equal(crypto_ike_keys_derive(lib, &wrong[i], &shared, &n, SPI_I, SPI_R,
							&keys), CRYPTO_UNSUPPORTED);
		assert_memory_equal(&keys, &none, sizeof(keys));
	}
	suite = gcm_suite();
	assert_true(crypto_ike_suite_supported(&suite));
	suite.group = IKEV2_GROUP_MODP_1024;
	assert_false(crypto_ike_suite_supported(&suite));
	suite.group = IKEV2_GROUP_NONE;
	assert_false(crypto_ike_suite_supported(&suite));
	/* a forgotten key exchange result must not give keys */
	derive_ike(&vectors[0], &keys);
	shared.len = 0;
	suite = gcm_suite();
	assert_int_equal(crypto_ike_keys_derive(lib, &suite, &shared, &n, SPI_I, SPI_R, &keys),
			 CRYPTO_INTERNAL);
	assert_int_equal(crypto_ike_keys_rekey(lib, IKEV2_PRF_HMAC_SHA2_256, &keys.d, &suite,
					       &shared, &n, SPI_I, SPI_R, &keys),
			 CRYPTO_INTERNAL);
	assert_int_equal(crypto_child_keys_derive(lib, IKEV2_PRF_HMAC_SHA2_256, &keys.d, &suite,
						  &shared, &n, &child), CRYPTO_INTERNAL);
}

/* prf(prf("test secret", "Key Pad for IKEv2"), message | nonce | prf(SK_p, ID)), by Python */
static const struct {
	uint16_t prf;
	const char *auth;
} psk_vectors[] = {
	{
		IKEV2_PRF_HMAC_SHA2_256,
		"0e20477fe3be7d4bc6102adab96f7e436e920d27901f5751e2e37bf4d2268d46",
	},
	{
		IKEV2_PRF_HMAC_SHA2_384,
		"fb27970191b620e76d6ea12af33a12f1d6f8e577178ce55ac7f7a5752c51a8d9"
		"104f7e742f6d036aa90177169a1c1f59",
	},
	{
		IKEV2_PRF_HMAC_SHA2_512,
		"4f4342343426901aaf0cc4b602520452b265f98d640deaa77285bb50a64eea90"
		"48006cb0119c0099081a089011cf45cb1587af7d55a07042ab69558535f3068a",
	},
};

static void psk_auth(void **state)
{
	struct wire_chunk id = unit_hex("02000000 612e6578");
	static const char psk[] = "test secret";
	uint8_t message[40], nonce[32];
	struct crypto_secret sk_p;
	unsigned int i, j;

	for (i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	for (i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)(0x40 + i);
	for (i = 0; i < ARRAY_SIZE(psk_vectors); i++) {
		uint16_t prf = psk_vectors[i].prf;
		struct crypto_auth_octets octets;
		uint8_t auth[CRYPTO_HASH_MAX];

		sk_p.len = crypto_prf_len(prf);
		for (j = 0; j < sk_p.len; j++)
			sk_p.data[j] = (uint8_t)(0x80 + j);
		assert_int_equal(crypto_auth_octets(lib, prf, wire_chunk(message, sizeof(message)),
						    wire_chunk(nonce, sizeof(nonce)), &sk_p, id,
						    &octets), CRYPTO_OK);
		assert_int_equal(crypto_auth_psk(lib, prf, wire_chunk(psk, sizeof(psk) - 1),
						 &octets, auth), CRYPTO_OK);
		unit_assert_hex(auth, crypto_prf_len(prf), psk_vectors[i].auth);
	}
}

static void clearing_clears(void **state)
{
	static const struct crypto_child_keys no_child;
	static const struct crypto_ike_keys no_ike;
	struct crypto_child_keys child;
	struct crypto_ike_keys ike;

	memset(&ike, 0xff, sizeof(ike));
	memset(&child, 0xff, sizeof(child));
	crypto_ike_keys_clear(&ike);
	crypto_child_keys_clear(&child);
	assert_memory_equal(&ike, &no_ike, sizeof(ike));
	assert_memory_equal(&child, &no_child, sizeof(child));
	assert_true(crypto_equal("abc", "abd", 2));
	assert_false(crypto_equal("abc", "abd", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ike_keys),
		cmocka_unit_test(child_keys),
		cmocka_unit_test(child_keys_of_an_aead),
		cmocka_unit_test(rekeyed_ike_keys),
		cmocka_unit_test(refuses_impossible_suites),
		cmocka_unit_test(psk_auth),
		cmocka_unit_test(clearing_clears),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
