// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/params.h>

#include "crypto/ke.h"
#include "crypto/lib.h"

#define POINT_UNCOMPRESSED	4	/* SEC 1 section 2.3.3 */
#define MODP_2048_LEN		256
#define PRIVATE_MAX		66

struct group {
	uint16_t id;
	const char *algorithm;
	const char *name;
	int nid;
	size_t public_len;
	bool ec;	/* the KE payload is a point without its leading format octet */
};

static const struct group groups[CRYPTO_KE_KINDS] = {
	[CRYPTO_KE_MODP_2048] = { IKEV2_GROUP_MODP_2048, "DH", "modp_2048", 0, 256, false },
	[CRYPTO_KE_ECP_256] = {
		IKEV2_GROUP_ECP_256, "EC", "P-256", NID_X9_62_prime256v1, 64, true
	},
	[CRYPTO_KE_ECP_384] = { IKEV2_GROUP_ECP_384, "EC", "P-384", NID_secp384r1, 96, true },
	[CRYPTO_KE_ECP_521] = { IKEV2_GROUP_ECP_521, "EC", "P-521", NID_secp521r1, 132, true },
	[CRYPTO_KE_X25519] = { IKEV2_GROUP_X25519, "X25519", NULL, 0, 32, false },
};

/**
 * struct crypto_ke - a key pair
 * @kind: index into groups[] and lib->domain[]
 * @pkey: private and public key; OpenSSL cleanses it when it is freed
 * @public: KE payload data
 */
struct crypto_ke {
	enum crypto_ke_kind kind;
	EVP_PKEY *pkey;
	uint8_t public[CRYPTO_KE_PUBLIC_MAX];
};

static enum crypto_ke_kind find_kind(uint16_t group)
{
	unsigned int i;

	for (i = 0; i < CRYPTO_KE_KINDS; i++)
		if (groups[i].id == group)
			break;
	return (enum crypto_ke_kind)i;
}

size_t crypto_ke_public_len(uint16_t group)
{
	enum crypto_ke_kind kind = find_kind(group);

	return kind == CRYPTO_KE_KINDS ? 0 : groups[kind].public_len;
}

static EVP_PKEY *new_domain(const struct group *g)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->algorithm, NULL);
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, (char *)g->name, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *pkey = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEY_PARAMETERS, params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

bool crypto_ke_domains_init(struct crypto_lib *lib)
{
	unsigned int i;

	for (i = 0; i < CRYPTO_KE_KINDS; i++) {
		if (!groups[i].name)
			continue;
		lib->domain[i] = new_domain(&groups[i]);
		if (!lib->domain[i])
			return false;
	}
	return true;
}

static EVP_PKEY *generate(const struct crypto_lib *lib, enum crypto_ke_kind kind)
{
	EVP_PKEY *domain = lib->domain[kind];
	EVP_PKEY *pkey = NULL;
	EVP_PKEY_CTX *ctx;

	if (domain)
		ctx = EVP_PKEY_CTX_new_from_pkey(NULL, domain, NULL);
	else
		ctx = EVP_PKEY_CTX_new_from_name(NULL, groups[kind].algorithm, NULL);
	if (ctx && EVP_PKEY_keygen_init(ctx) == 1)
		EVP_PKEY_generate(ctx, &pkey);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* ---- pairs from a given private key, for vectors and reproducible simulation ---------- */

static EVP_PKEY *pkey_from_params(const struct group *g, OSSL_PARAM_BLD *bld)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, g->algorithm, NULL);
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(bld);
	EVP_PKEY *pkey = NULL;

	if (ctx && params && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_KEYPAIR, params);
	OSSL_PARAM_free(params);
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

/* Public key d * G */
static EVP_PKEY *ec_from_private(const struct group *g, const BIGNUM *d)
{
	EC_GROUP *curve = EC_GROUP_new_by_curve_name(g->nid);
	EC_POINT *point = curve ? EC_POINT_new(curve) : NULL;
	uint8_t public[1 + CRYPTO_KE_PUBLIC_MAX];
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BN_CTX *bn = BN_CTX_secure_new();
	EVP_PKEY *pkey = NULL;

	if (point && bld && bn && EC_POINT_mul(curve, point, d, NULL, NULL, bn) &&
	    EC_POINT_point2oct(curve, point, POINT_CONVERSION_UNCOMPRESSED, public,
			       1 + g->public_len, bn) == 1 + g->public_len &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, d) &&
	    OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, public,
					     1 + g->public_len))
		pkey = pkey_from_params(g, bld);

	OSSL_PARAM_BLD_free(bld);
	BN_CTX_free(bn);
	EC_POINT_free(point);
	EC_GROUP_free(curve);
	return pkey;
}

/* Public key 2^x mod p */
static EVP_PKEY *modp_from_private(const struct group *g, const BIGNUM *x)
{
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);
	BN_CTX *bn = BN_CTX_secure_new();
	EVP_PKEY *pkey = NULL;
	BIGNUM *base = BN_new();
	BIGNUM *y = BN_new();

	if (bld && p && bn && base && y && BN_set_word(base, 2) &&
	    BN_mod_exp_mont_consttime(y, base, x, p, bn, NULL) &&
	    OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, g->name, 0) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PRIV_KEY, x) &&
	    OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_PUB_KEY, y))
		pkey = pkey_from_params(g, bld);

	OSSL_PARAM_BLD_free(bld);
	BN_free(base);
	BN_free(y);
	BN_free(p);
	BN_CTX_free(bn);
	return pkey;
}

static EVP_PKEY *from_private(enum crypto_ke_kind kind, struct wire_chunk private)
{
	const struct group *g = &groups[kind];
	EVP_PKEY *pkey = NULL;
	BIGNUM *d;

	if (kind == CRYPTO_KE_X25519)
		return EVP_PKEY_new_raw_private_key_ex(NULL, g->algorithm, NULL, private.data,
						       private.len);
	d = BN_bin2bn(private.data, (int)private.len, BN_secure_new());
	if (d)
		pkey = g->ec ? ec_from_private(g, d) : modp_from_private(g, d);
	BN_clear_free(d);
	return pkey;
}

static bool expand_seed(const struct crypto_lib *lib, enum crypto_ke_kind kind,
			const uint8_t *seed, uint8_t *out, size_t len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	uint8_t label[2];
	bool ok;

	wire_store_u16(label, groups[kind].id);
	ok = md && EVP_DigestInit_ex2(md, lib->shake, NULL) == 1 &&
	     EVP_DigestUpdate(md, seed, CRYPTO_KE_SEED_LEN) == 1 &&
	     EVP_DigestUpdate(md, label, sizeof(label)) == 1 &&
	     EVP_DigestFinalXOF(md, out, len) == 1;
	EVP_MD_CTX_free(md);
	return ok;
}

/*
 * A private key out of the seed. The orders of the curves have their highest
 * bit set (256, 384 and 521 bits), so one bit less and never zero is in range;
 * 255 bits are more than twice the strength of MODP-2048; X25519 takes any.
 */
static EVP_PKEY *from_seed(const struct crypto_lib *lib, enum crypto_ke_kind kind,
			   const uint8_t *seed)
{
	static const size_t len[CRYPTO_KE_KINDS] = {
		[CRYPTO_KE_MODP_2048] = 32,
		[CRYPTO_KE_ECP_256] = 32,
		[CRYPTO_KE_ECP_384] = 48,
		[CRYPTO_KE_ECP_521] = 65,
		[CRYPTO_KE_X25519] = 32,
	};
	uint8_t private[PRIVATE_MAX];
	EVP_PKEY *pkey = NULL;

	if (expand_seed(lib, kind, seed, private, len[kind])) {
		private[0] &= 0x7f;
		private[0] |= 0x40;
		pkey = from_private(kind, wire_chunk(private, len[kind]));
	}
	crypto_cleanse(private, sizeof(private));
	return pkey;
}

/* ---- the pair -------------------------------------------------------------------------- */

static bool read_public(struct crypto_ke *ke)
{
	const struct group *g = &groups[ke->kind];
	size_t skip = g->ec ? 1 : 0;
	unsigned char *encoded = NULL;
	size_t len;
	bool ok;

	len = EVP_PKEY_get1_encoded_public_key(ke->pkey, &encoded);
	ok = len == g->public_len + skip && (!g->ec || encoded[0] == POINT_UNCOMPRESSED);
	if (ok)
		memcpy(ke->public, encoded + skip, g->public_len);
	OPENSSL_free(encoded);
	return ok;
}

/* Take over a key pair of OpenSSL's, NULL included */
static struct crypto_ke *wrap(enum crypto_ke_kind kind, EVP_PKEY *pkey,
			      enum crypto_status *status)
{
	struct crypto_ke *ke = calloc(1, sizeof(*ke));

	if (!ke) {
		EVP_PKEY_free(pkey);
		*status = CRYPTO_NO_MEMORY;
		return NULL;
	}
	ke->kind = kind;
	ke->pkey = pkey;
	if (!pkey || !read_public(ke)) {
		ERR_clear_error();
		*status = CRYPTO_INTERNAL;
		crypto_ke_free(ke);
		return NULL;
	}
	*status = CRYPTO_OK;
	return ke;
}

struct crypto_ke *crypto_ke_generate(const struct crypto_lib *lib, uint16_t group,
				     const uint8_t *seed, enum crypto_status *status)
{
	enum crypto_ke_kind kind = find_kind(group);
	enum crypto_status unused;

	if (!status)
		status = &unused;
	*status = CRYPTO_UNSUPPORTED;
	if (kind == CRYPTO_KE_KINDS)
		return NULL;
	return wrap(kind, seed ? from_seed(lib, kind, seed) : generate(lib, kind), status);
}

struct crypto_ke *crypto_ke_import(uint16_t group, struct wire_chunk private)
{
	enum crypto_ke_kind kind = find_kind(group);
	enum crypto_status unused;

	return kind == CRYPTO_KE_KINDS ? NULL :
					 wrap(kind, from_private(kind, private), &unused);
}

uint16_t crypto_ke_group(const struct crypto_ke *ke)
{
	return groups[ke->kind].id;
}

struct wire_chunk crypto_ke_public(const struct crypto_ke *ke)
{
	return wire_chunk(ke->public, groups[ke->kind].public_len);
}

void crypto_ke_free(struct crypto_ke *ke)
{
	if (!ke)
		return;
	EVP_PKEY_free(ke->pkey);
	crypto_cleanse(ke, sizeof(*ke));
	free(ke);
}

/* ---- deriving -------------------------------------------------------------------------- */

/* RFC 6989 section 2.1: 1 < r < p - 1, which suffices in a safe prime group */
static bool modp_in_range(const uint8_t *peer)
{
	static const uint8_t one[MODP_2048_LEN] = { [MODP_2048_LEN - 1] = 1 };
	BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);
	uint8_t top[MODP_2048_LEN];
	bool ok;

	ok = p && BN_sub_word(p, 1) && BN_bn2binpad(p, top, sizeof(top)) == (int)sizeof(top) &&
	     memcmp(peer, one, sizeof(one)) > 0 && memcmp(peer, top, sizeof(top)) < 0;
	BN_free(p);
	return ok;
}

/* Decoding a point checks that it is on the curve; the cofactor is 1 */
static EVP_PKEY *import_peer(const struct crypto_lib *lib, enum crypto_ke_kind kind,
			     const uint8_t *peer)
{
	const struct group *g = &groups[kind];
	uint8_t encoded[1 + CRYPTO_KE_PUBLIC_MAX];
	size_t skip = g->ec ? 1 : 0;
	EVP_PKEY *pkey;

	if (!lib->domain[kind])
		return EVP_PKEY_new_raw_public_key_ex(NULL, g->algorithm, NULL, peer,
						      g->public_len);
	if (kind == CRYPTO_KE_MODP_2048 && !modp_in_range(peer))
		return NULL;
	encoded[0] = POINT_UNCOMPRESSED;
	memcpy(encoded + skip, peer, g->public_len);
	pkey = EVP_PKEY_new();
	if (pkey && EVP_PKEY_copy_parameters(pkey, lib->domain[kind]) == 1 &&
	    EVP_PKEY_set1_encoded_public_key(pkey, encoded, g->public_len + skip) == 1)
		return pkey;
	EVP_PKEY_free(pkey);
	return NULL;
}

static enum crypto_status derive(const struct crypto_ke *ke, EVP_PKEY *peer,
				 struct crypto_shared *out)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ke->pkey, NULL);
	enum crypto_status status = CRYPTO_INTERNAL;
	unsigned int pad = 1;
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_uint(OSSL_EXCHANGE_PARAM_PAD, &pad),
		OSSL_PARAM_construct_end(),
	};
	bool modp = ke->kind == CRYPTO_KE_MODP_2048;

	out->len = sizeof(out->data);
	/* the peer's key is checked already; OpenSSL's own check costs as much again */
	if (ctx && EVP_PKEY_derive_init_ex(ctx, modp ? params : NULL) == 1 &&
	    EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1) {
		if (EVP_PKEY_derive(ctx, out->data, &out->len) == 1)
			status = CRYPTO_OK;
		else if (ke->kind == CRYPTO_KE_X25519)
			/* what it says to a point of small order: RFC 7748 section 6.1 */
			status = CRYPTO_BAD_PEER_KEY;
	}
	EVP_PKEY_CTX_free(ctx);
	return status;
}

enum crypto_status crypto_ke_derive(const struct crypto_lib *lib, const struct crypto_ke *ke,
				    struct wire_chunk peer, struct crypto_shared *out)
{
	static const uint8_t zeros[CRYPTO_SHARED_MAX];
	const struct group *g = &groups[ke->kind];
	size_t expected = g->ec ? g->public_len / 2 : g->public_len;
	enum crypto_status status;
	EVP_PKEY *pkey;

	crypto_shared_clear(out);
	if (peer.len != g->public_len)
		return CRYPTO_BAD_PEER_KEY;
	pkey = import_peer(lib, ke->kind, peer.data);
	if (!pkey) {
		ERR_clear_error();
		return CRYPTO_BAD_PEER_KEY;
	}
	status = derive(ke, pkey, out);
	EVP_PKEY_free(pkey);
	if (status == CRYPTO_OK && out->len != expected)
		status = CRYPTO_INTERNAL;
	if (status == CRYPTO_OK && crypto_equal(out->data, zeros, expected))
		status = CRYPTO_BAD_PEER_KEY;
	if (status) {
		crypto_shared_clear(out);
		ERR_clear_error();
	}
	return status;
}
