/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cryptographic library handle, randomness and secrets.
 *
 * Every algorithm is fetched from OpenSSL once, in crypto_init(). The handle
 * also holds keyed-hash contexts that are used again and again: functions that
 * take a plain "struct crypto_lib *" belong to one thread at a time, those
 * that take "const struct crypto_lib *" may run in any thread at once.
 */
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/buf.h"
#include "wire/ikev2.h"

#define CRYPTO_HASH_MAX		64	/* SHA-512 */
#define CRYPTO_SECRET_MAX	64
#define CRYPTO_SHARED_MAX	256	/* MODP-2048 */

/**
 * enum crypto_status - result of every crypto_ function that can fail
 * @CRYPTO_OK: done
 * @CRYPTO_UNSUPPORTED: algorithm, key length or group we do not do
 * @CRYPTO_BAD_PEER_KEY: peer's public value is malformed, not on the curve, out
 *	of range or gives an all-zero secret
 * @CRYPTO_BAD_ICV: not shown to be from the peer: the integrity check failed, or
 *	there is nothing to check
 * @CRYPTO_MALFORMED: from the peer, the integrity check passed, but wrongly framed
 * @CRYPTO_NO_SPACE: output buffer too small
 * @CRYPTO_EXHAUSTED: no more IVs under this key: rekey
 * @CRYPTO_NO_MEMORY: allocation failed
 * @CRYPTO_INTERNAL: the library refused; see its error queue
 */
enum crypto_status {
	CRYPTO_OK = 0,
	CRYPTO_UNSUPPORTED,
	CRYPTO_BAD_PEER_KEY,
	CRYPTO_BAD_ICV,
	CRYPTO_MALFORMED,
	CRYPTO_NO_SPACE,
	CRYPTO_EXHAUSTED,
	CRYPTO_NO_MEMORY,
	CRYPTO_INTERNAL,
};

/**
 * crypto_status_text() - a status in words, for logs
 * @status: any value
 *
 * Return: a static string, never NULL.
 */
const char *crypto_status_text(enum crypto_status status);

struct crypto_lib;

/**
 * crypto_init() - fetch every algorithm once
 *
 * Return: the handle, owned by the caller; NULL when an algorithm is missing or
 * memory is short.
 */
struct crypto_lib *crypto_init(void);

/**
 * crypto_free() - release the handle
 * @lib: handle or NULL; nothing made with it may be used afterwards
 */
void crypto_free(struct crypto_lib *lib);

/**
 * struct crypto_secret - a key of up to 64 octets
 * @len: octets used, 0 when unset
 * @data: cleansed by crypto_secret_clear()
 */
struct crypto_secret {
	size_t len;
	uint8_t data[CRYPTO_SECRET_MAX];
};

/**
 * struct crypto_shared - the secret of a key exchange
 * @len: octets used, 0 when unset
 * @data: cleansed by crypto_shared_clear()
 */
struct crypto_shared {
	size_t len;
	uint8_t data[CRYPTO_SHARED_MAX];
};

static inline struct wire_chunk crypto_secret_chunk(const struct crypto_secret *s)
{
	return wire_chunk(s->data, s->len);
}

/* Overwrite so that the compiler cannot leave it out. Any thread. */
void crypto_cleanse(void *data, size_t len);
void crypto_secret_clear(struct crypto_secret *s);
void crypto_shared_clear(struct crypto_shared *s);

/**
 * crypto_equal() - compare in constant time
 * @a: octets
 * @b: octets
 * @len: how many
 */
bool crypto_equal(const void *a, const void *b, size_t len);

/**
 * struct crypto_random - where nonces, IVs, SPIs and cookies come from
 * @fill: writes @len octets, returns false when it cannot
 * @ctx: passed to @fill
 *
 * The daemon uses crypto_random_os(); a simulation passes a seeded generator
 * and so replays exactly.
 */
struct crypto_random {
	bool (*fill)(void *ctx, uint8_t *out, size_t len);
	void *ctx;
};

/**
 * crypto_random_os() - the operating system's generator, through OpenSSL
 *
 * Return: a source that may be used from any thread.
 */
struct crypto_random crypto_random_os(void);

static inline bool crypto_random_fill(const struct crypto_random *rnd, void *out, size_t len)
{
	return rnd->fill(rnd->ctx, out, len);
}

#endif /* CRYPTO_CRYPTO_H */
