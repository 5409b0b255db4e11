/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of the library handle, for crypto/ alone */
#ifndef CRYPTO_LIB_H
#define CRYPTO_LIB_H

#include <openssl/evp.h>

#include "crypto/crypto.h"

enum crypto_hash {
	CRYPTO_SHA256,
	CRYPTO_SHA384,
	CRYPTO_SHA512,
	CRYPTO_HASHES,
};

enum crypto_cipher {
	CRYPTO_AES_128_CBC,
	CRYPTO_AES_192_CBC,
	CRYPTO_AES_256_CBC,
	CRYPTO_AES_128_GCM,
	CRYPTO_AES_256_GCM,
	CRYPTO_CIPHERS,
};

enum crypto_ke_kind {
	CRYPTO_KE_MODP_2048,
	CRYPTO_KE_ECP_256,
	CRYPTO_KE_ECP_384,
	CRYPTO_KE_ECP_521,
	CRYPTO_KE_X25519,
	CRYPTO_KE_KINDS,
};

/**
 * struct crypto_lib - everything fetched from OpenSSL
 * @sha1: for NAT detection only
 * @shake: expands the seeds of reproducible key pairs
 * @cipher: by enum crypto_cipher
 * @domain: EVP_PKEY with a group's parameters, NULL for X25519 which has none
 * @mac: HMAC contexts with their hash set, keyed anew for each use; these and
 *	@md are what binds a handle to one thread
 * @md: scratch context for @sha1
 */
struct crypto_lib {
	EVP_MD *sha1;
	EVP_MD *shake;
	struct evp_cipher_st *cipher[CRYPTO_CIPHERS];
	struct evp_pkey_st *domain[CRYPTO_KE_KINDS];
	struct evp_mac_ctx_st *mac[CRYPTO_HASHES];
	EVP_MD_CTX *md;
};

/**
 * crypto_ke_domains_init() - fill in lib->domain
 * @lib: handle under construction; what was made is freed by crypto_free()
 *
 * Return: false on failure.
 */
bool crypto_ke_domains_init(struct crypto_lib *lib);

struct crypto_ke;

/**
 * crypto_ke_import() - make a pair from a private key, for test vectors
 * @group: enum ikev2_group
 * @private: big-endian number; X25519: as in RFC 7748
 *
 * Context: any thread. Return: the pair, NULL on failure.
 */
struct crypto_ke *crypto_ke_import(uint16_t group, struct wire_chunk private);

/**
 * crypto_mac() - HMAC of pieces
 * @mac: context after crypto_mac_key() or crypto_mac_again()
 * @in: pieces
 * @n: how many
 * @out: whole output of the hash
 * @cap: size of @out
 *
 * Return: false when OpenSSL refuses.
 */
bool crypto_mac(EVP_MAC_CTX *mac, const struct wire_chunk *in, unsigned int n,
		uint8_t *out, size_t cap);

/**
 * crypto_mac_key() - key an HMAC context
 * @mac: context with its hash set
 * @key: key of any length
 */
bool crypto_mac_key(EVP_MAC_CTX *mac, struct wire_chunk key);

/**
 * crypto_mac_again() - make ready for another text under the same key
 * @mac: context that has been keyed
 */
bool crypto_mac_again(EVP_MAC_CTX *mac);

/* Output octets of a hash; 0 of CRYPTO_HASHES */
size_t crypto_hash_len(enum crypto_hash hash);

/* Hash of a PRF or integrity transform; CRYPTO_HASHES when unsupported */
enum crypto_hash crypto_prf_hash(uint16_t prf);
enum crypto_hash crypto_integ_hash(uint16_t integ);

#endif /* CRYPTO_LIB_H */
