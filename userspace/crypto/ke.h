/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key exchange methods: MODP-2048 (RFC 3526), ECP-256/384/521 (RFC 5903) and
 * X25519 (RFC 8031). Both operations are slow and meant for worker threads:
 * they share nothing but the constant parts of the handle.
 */
#ifndef CRYPTO_KE_H
#define CRYPTO_KE_H

#include "crypto/crypto.h"

#define CRYPTO_KE_PUBLIC_MAX	256
#define CRYPTO_KE_SEED_LEN	64

struct crypto_ke;

/**
 * crypto_ke_public_len() - length of a group's KE payload data
 * @group: enum ikev2_group
 *
 * Return: octets, 0 when unsupported: also the test for support. Any thread.
 */
size_t crypto_ke_public_len(uint16_t group);

/**
 * crypto_ke_generate() - make a key pair
 * @lib: handle
 * @group: enum ikev2_group
 * @seed: CRYPTO_KE_SEED_LEN octets that determine the private key, for
 *	reproducible simulation; NULL in earnest: OpenSSL's own generation
 * @status: why NULL was returned, may be NULL
 *
 * Context: any thread; slow.
 * Return: the pair, freed with crypto_ke_free(); NULL on failure.
 */
struct crypto_ke *crypto_ke_generate(const struct crypto_lib *lib, uint16_t group,
				     const uint8_t *seed, enum crypto_status *status);

/**
 * crypto_ke_group() - group of a pair
 * @ke: pair
 */
uint16_t crypto_ke_group(const struct crypto_ke *ke);

/**
 * crypto_ke_public() - our public value, the KE payload's data
 * @ke: pair
 *
 * Return: octets owned by @ke, of the group's exact length.
 */
struct wire_chunk crypto_ke_public(const struct crypto_ke *ke);

/**
 * crypto_ke_derive() - the shared secret g^ir with a peer's public value
 * @lib: handle
 * @ke: our pair; not changed, so several threads may derive from one pair
 * @peer: KE payload data of the peer
 * @out: result, leading zeros kept; cleared on error
 *
 * Context: any thread; slow.
 * Return: CRYPTO_OK; CRYPTO_BAD_PEER_KEY when @peer has the wrong length, is out
 * of range, not on the curve, or gives an all-zero result; CRYPTO_INTERNAL.
 */
enum crypto_status crypto_ke_derive(const struct crypto_lib *lib, const struct crypto_ke *ke,
				    struct wire_chunk peer, struct crypto_shared *out);

/**
 * crypto_ke_free() - cleanse and free a pair
 * @ke: pair or NULL
 */
void crypto_ke_free(struct crypto_ke *ke);

#endif /* CRYPTO_KE_H */
