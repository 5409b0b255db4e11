// SPDX-License-Identifier: GPL-2.0-or-later
#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/lib.h"

const char *crypto_status_text(enum crypto_status status)
{
	switch (status) {
	case CRYPTO_OK:
		return "ok";
	case CRYPTO_UNSUPPORTED:
		return "unsupported algorithm";
	case CRYPTO_BAD_PEER_KEY:
		return "invalid public value from the peer";
	case CRYPTO_BAD_ICV:
		return "integrity check failed";
	case CRYPTO_MALFORMED:
		return "authentic, but malformed";
	case CRYPTO_NO_SPACE:
		return "does not fit";
	case CRYPTO_EXHAUSTED:
		return "initialization vectors used up";
	case CRYPTO_NO_MEMORY:
		return "out of memory";
	case CRYPTO_INTERNAL:
		return "cryptographic library failed";
	}
	return "unknown error";
}

size_t crypto_hash_len(enum crypto_hash hash)
{
	switch (hash) {
	case CRYPTO_SHA256:
		return 32;
	case CRYPTO_SHA384:
		return 48;
	case CRYPTO_SHA512:
		return 64;
	case CRYPTO_HASHES:
		break;
	}
	return 0;
}

static bool fetch_ciphers(struct crypto_lib *lib)
{
	static const char *const names[CRYPTO_CIPHERS] = {
		[CRYPTO_AES_128_CBC] = "AES-128-CBC",
		[CRYPTO_AES_192_CBC] = "AES-192-CBC",
		[CRYPTO_AES_256_CBC] = "AES-256-CBC",
		[CRYPTO_AES_128_GCM] = "AES-128-GCM",
		[CRYPTO_AES_256_GCM] = "AES-256-GCM",
	};
	unsigned int i;

	for (i = 0; i < CRYPTO_CIPHERS; i++) {
		lib->cipher[i] = EVP_CIPHER_fetch(NULL, names[i], NULL);
		if (!lib->cipher[i])
			return false;
	}
	return true;
}

static EVP_MAC_CTX *new_hmac(EVP_MAC *hmac, const char *hash)
{
	OSSL_PARAM params[2] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)hash, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac);

	if (ctx && !EVP_MAC_CTX_set_params(ctx, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static bool make_macs(struct crypto_lib *lib)
{
	static const char *const names[CRYPTO_HASHES] = {
		[CRYPTO_SHA256] = "SHA2-256",
		[CRYPTO_SHA384] = "SHA2-384",
		[CRYPTO_SHA512] = "SHA2-512",
	};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	bool ok = hmac;
	unsigned int i;

	for (i = 0; ok && i < CRYPTO_HASHES; i++) {
		lib->mac[i] = new_hmac(hmac, names[i]);
		ok = lib->mac[i];
	}
	/* the contexts hold references of their own */
	EVP_MAC_free(hmac);
	return ok;
}

struct crypto_lib *crypto_init(void)
{
	struct crypto_lib *lib = calloc(1, sizeof(*lib));

	if (!lib)
		return NULL;
	lib->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	lib->shake = EVP_MD_fetch(NULL, "SHAKE256", NULL);
	lib->md = EVP_MD_CTX_new();
	if (!lib->sha1 || !lib->shake || !lib->md || !fetch_ciphers(lib) || !make_macs(lib) ||
	    !crypto_ke_domains_init(lib)) {
		crypto_free(lib);
		return NULL;
	}
	return lib;
}

void crypto_free(struct crypto_lib *lib)
{
	unsigned int i;

	if (!lib)
		return;
	for (i = 0; i < CRYPTO_CIPHERS; i++)
		EVP_CIPHER_free(lib->cipher[i]);
	for (i = 0; i < CRYPTO_HASHES; i++)
		EVP_MAC_CTX_free(lib->mac[i]);
	for (i = 0; i < CRYPTO_KE_KINDS; i++)
		EVP_PKEY_free(lib->domain[i]);
	EVP_MD_CTX_free(lib->md);
	EVP_MD_free(lib->sha1);
	EVP_MD_free(lib->shake);
	free(lib);
}

bool crypto_mac_key(EVP_MAC_CTX *mac, struct wire_chunk key)
{
	/* a NULL key would mean "the one before" */
	return EVP_MAC_init(mac, key.len ? key.data : (const uint8_t *)"", key.len, NULL) == 1;
}

bool crypto_mac_again(EVP_MAC_CTX *mac)
{
	return EVP_MAC_init(mac, NULL, 0, NULL) == 1;
}

bool crypto_mac(EVP_MAC_CTX *mac, const struct wire_chunk *in, unsigned int n,
		uint8_t *out, size_t cap)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < n; i++)
		if (in[i].len && EVP_MAC_update(mac, in[i].data, in[i].len) != 1)
			return false;
	return EVP_MAC_final(mac, out, &len, cap) == 1;
}

void crypto_cleanse(void *data, size_t len)
{
	OPENSSL_cleanse(data, len);
}

void crypto_secret_clear(struct crypto_secret *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
}

void crypto_shared_clear(struct crypto_shared *s)
{
	OPENSSL_cleanse(s, sizeof(*s));
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

static bool fill_from_os(void *ctx, uint8_t *out, size_t len)
{
	(void)ctx;
	return len <= INT_MAX && RAND_bytes(out, (int)len) == 1;
}

struct crypto_random crypto_random_os(void)
{
	return (struct crypto_random){ .fill = fill_from_os };
}
