// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "crypto/ke.h"
#include "crypto/keys.h"
#include "crypto/lib.h"
#include "crypto/prf.h"

#define GCM_SALT_LEN	4

static const char key_pad[] = "Key Pad for IKEv2";

bool crypto_encr_is_aead(uint16_t encr)
{
	return encr == IKEV2_ENCR_AES_GCM_16;
}

size_t crypto_encr_key_len(uint16_t encr, uint16_t bits)
{
	switch (encr) {
	case IKEV2_ENCR_AES_CBC:
		return bits == 128 || bits == 192 || bits == 256 ? bits / 8u : 0;
	case IKEV2_ENCR_AES_GCM_16:
		return bits == 128 || bits == 256 ? bits / 8u + GCM_SALT_LEN : 0;
	}
	return 0;
}

enum crypto_hash crypto_integ_hash(uint16_t integ)
{
	switch (integ) {
	case IKEV2_INTEG_HMAC_SHA2_256_128:
		return CRYPTO_SHA256;
	case IKEV2_INTEG_HMAC_SHA2_384_192:
		return CRYPTO_SHA384;
	case IKEV2_INTEG_HMAC_SHA2_512_256:
		return CRYPTO_SHA512;
	}
	return CRYPTO_HASHES;
}

/* RFC 4868: the key is as long as the hash, the checksum half of it */
size_t crypto_integ_key_len(uint16_t integ)
{
	return crypto_hash_len(crypto_integ_hash(integ));
}

size_t crypto_integ_icv_len(uint16_t integ)
{
	return crypto_integ_key_len(integ) / 2;
}

/* An AEAD goes without an integrity transform, every other cipher needs one */
static bool protection_supported(const struct crypto_suite *suite)
{
	if (!crypto_encr_key_len(suite->encr, suite->encr_bits))
		return false;
	if (crypto_encr_is_aead(suite->encr))
		return suite->integ == IKEV2_INTEG_NONE;
	return crypto_integ_key_len(suite->integ) != 0;
}

bool crypto_ike_suite_supported(const struct crypto_suite *suite)
{
	return protection_supported(suite) && crypto_prf_len(suite->prf) &&
	       crypto_ke_public_len(suite->group);
}

void crypto_ike_keys_clear(struct crypto_ike_keys *keys)
{
	crypto_cleanse(keys, sizeof(*keys));
}

void crypto_child_keys_clear(struct crypto_child_keys *keys)
{
	crypto_cleanse(keys, sizeof(*keys));
}

/* Next @len octets of key material; lengths were summed up before */
static const uint8_t *take_key(struct crypto_secret *key, const uint8_t *from, size_t len)
{
	key->len = len;
	memcpy(key->data, from, len);
	return from + len;
}

/*
 * {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} =
 *	prf+(SKEYSEED, Ni | Nr | SPIi | SPIr)
 */
static enum crypto_status expand_ike_keys(struct crypto_lib *lib, const struct crypto_suite *suite,
					  struct wire_chunk skeyseed,
					  const struct crypto_nonces *nonces,
					  uint64_t spi_i, uint64_t spi_r,
					  struct crypto_ike_keys *keys)
{
	size_t encr_len = crypto_encr_key_len(suite->encr, suite->encr_bits);
	size_t integ_len = crypto_integ_key_len(suite->integ);
	size_t prf_len = crypto_prf_len(suite->prf);
	uint8_t material[7 * CRYPTO_SECRET_MAX];
	const uint8_t *p = material;
	enum crypto_status status;
	struct wire_chunk in[3];
	uint8_t spis[16];

	wire_store_u64(spis, spi_i);
	wire_store_u64(spis + 8, spi_r);
	in[0] = nonces->ni;
	in[1] = nonces->nr;
	in[2] = wire_chunk(spis, sizeof(spis));
	status = crypto_prf_plus(lib, suite->prf, skeyseed, in, 3, material,
				 3 * prf_len + 2 * integ_len + 2 * encr_len);
	if (status == CRYPTO_OK) {
		p = take_key(&keys->d, p, prf_len);
		p = take_key(&keys->ai, p, integ_len);
		p = take_key(&keys->ar, p, integ_len);
		p = take_key(&keys->ei, p, encr_len);
		p = take_key(&keys->er, p, encr_len);
		p = take_key(&keys->pi, p, prf_len);
		take_key(&keys->pr, p, prf_len);
	}
	crypto_cleanse(material, sizeof(material));
	return status;
}

enum crypto_status crypto_ike_keys_derive(struct crypto_lib *lib,
					  const struct crypto_suite *suite,
					  const struct crypto_shared *shared,
					  const struct crypto_nonces *nonces,
					  uint64_t spi_i, uint64_t spi_r,
					  struct crypto_ike_keys *keys)
{
	struct wire_chunk secret = wire_chunk(shared->data, shared->len);
	uint8_t both[2 * IKEV2_NONCE_MAX];
	uint8_t seed[CRYPTO_HASH_MAX];
	enum crypto_status status;
	struct wire_writer w;

	crypto_ike_keys_clear(keys);
	if (!protection_supported(suite) || !crypto_prf_len(suite->prf))
		return CRYPTO_UNSUPPORTED;
	wire_writer_init(&w, both, sizeof(both));
	wire_put(&w, nonces->ni.data, nonces->ni.len);
	wire_put(&w, nonces->nr.data, nonces->nr.len);
	if (w.overflow || !shared->len)
		return CRYPTO_INTERNAL;

	status = crypto_prf(lib, suite->prf, wire_chunk(both, w.len), &secret, 1, seed);
	if (status == CRYPTO_OK)
		status = expand_ike_keys(lib, suite, wire_chunk(seed, crypto_prf_len(suite->prf)),
					 nonces, spi_i, spi_r, keys);
	crypto_cleanse(seed, sizeof(seed));
	if (status)
		crypto_ike_keys_clear(keys);
	return status;
}

enum crypto_status crypto_ike_keys_rekey(struct crypto_lib *lib, uint16_t old_prf,
					 const struct crypto_secret *old_d,
					 const struct crypto_suite *suite,
					 const struct crypto_shared *shared,
					 const struct crypto_nonces *nonces,
					 uint64_t spi_i, uint64_t spi_r,
					 struct crypto_ike_keys *keys)
{
	struct wire_chunk in[3] = {
		wire_chunk(shared->data, shared->len), nonces->ni, nonces->nr
	};
	uint8_t seed[CRYPTO_HASH_MAX];
	enum crypto_status status;

	crypto_ike_keys_clear(keys);
	if (!protection_supported(suite) || !crypto_prf_len(suite->prf))
		return CRYPTO_UNSUPPORTED;
	if (!shared->len)
		return CRYPTO_INTERNAL;

	/* SKEYSEED is as long as the old PRF makes it, expanded by the new one */
	status = crypto_prf(lib, old_prf, crypto_secret_chunk(old_d), in, 3, seed);
	if (status == CRYPTO_OK)
		status = expand_ike_keys(lib, suite, wire_chunk(seed, crypto_prf_len(old_prf)),
					 nonces, spi_i, spi_r, keys);
	crypto_cleanse(seed, sizeof(seed));
	if (status)
		crypto_ike_keys_clear(keys);
	return status;
}

enum crypto_status crypto_child_keys_derive(struct crypto_lib *lib, uint16_t prf,
					    const struct crypto_secret *sk_d,
					    const struct crypto_suite *suite,
					    const struct crypto_shared *shared,
					    const struct crypto_nonces *nonces,
					    struct crypto_child_keys *keys)
{
	size_t encr_len = crypto_encr_key_len(suite->encr, suite->encr_bits);
	size_t integ_len = crypto_integ_key_len(suite->integ);
	uint8_t material[4 * CRYPTO_SECRET_MAX];
	const uint8_t *p = material;
	enum crypto_status status;
	struct wire_chunk in[3];
	unsigned int n = 0;

	crypto_child_keys_clear(keys);
	if (!protection_supported(suite))
		return CRYPTO_UNSUPPORTED;
	/* a key exchange that was not done must not pass for PFS */
	if (shared && !shared->len)
		return CRYPTO_INTERNAL;
	if (shared)
		in[n++] = wire_chunk(shared->data, shared->len);
	in[n++] = nonces->ni;
	in[n++] = nonces->nr;
	status = crypto_prf_plus(lib, prf, crypto_secret_chunk(sk_d), in, n, material,
				 2 * (encr_len + integ_len));
	if (status == CRYPTO_OK) {
		p = take_key(&keys->encr_i, p, encr_len);
		p = take_key(&keys->integ_i, p, integ_len);
		p = take_key(&keys->encr_r, p, encr_len);
		take_key(&keys->integ_r, p, integ_len);
	}
	crypto_cleanse(material, sizeof(material));
	return status;
}

enum crypto_status crypto_auth_octets(struct crypto_lib *lib, uint16_t prf,
				      struct wire_chunk message, struct wire_chunk nonce,
				      const struct crypto_secret *sk_p,
				      struct wire_chunk id_body,
				      struct crypto_auth_octets *out)
{
	out->part[0] = message;
	out->part[1] = nonce;
	out->part[2] = wire_chunk(out->maced_id, crypto_prf_len(prf));
	return crypto_prf(lib, prf, crypto_secret_chunk(sk_p), &id_body, 1, out->maced_id);
}

enum crypto_status crypto_auth_psk(struct crypto_lib *lib, uint16_t prf, struct wire_chunk psk,
				   const struct crypto_auth_octets *octets, uint8_t *auth)
{
	struct wire_chunk pad = wire_chunk(key_pad, sizeof(key_pad) - 1);
	uint8_t key[CRYPTO_HASH_MAX];
	enum crypto_status status;

	status = crypto_prf(lib, prf, psk, &pad, 1, key);
	if (status == CRYPTO_OK)
		status = crypto_prf(lib, prf, wire_chunk(key, crypto_prf_len(prf)), octets->part,
				    3, auth);
	crypto_cleanse(key, sizeof(key));
	return status;
}
