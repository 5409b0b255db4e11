/* SPDX-License-Identifier: GPL-2.0-only */
/* Ciphers: one request per CPU, or where it is asynchronous, per packet */
#ifndef _IKEVTI_CRYPT_H
#define _IKEVTI_CRYPT_H

#include <crypto/aead.h>
#include <linux/skbuff.h>

#include "esp.h"

struct ikevti_op;
struct ikevti_sa;
struct netlink_ext_ack;

/**
 * ikevti_crypt_usable() - may this context run ciphers now?
 *
 * False where a softirq interrupted somebody's use of the vector registers.
 * The packet is then parked and continued from a workqueue.
 */
static inline bool ikevti_crypt_usable(void)
{
	return ikevti_simd_usable();
}

/* May requests end later than the call that makes them? */
static inline bool ikevti_crypt_is_async(struct crypto_aead *tfm)
{
	return crypto_aead_alg(tfm)->base.cra_flags & CRYPTO_ALG_ASYNC;
}

/**
 * struct ikevti_cipher - how one of enum ikevti_aead is done
 * @name: as the crypto API calls it
 * @internal: the same without a wrapper that is asynchronous, NULL: no such
 * @esn_name: with extended sequence numbers, NULL: the same
 * @keys: octets that a key may have, 0 after the last
 * @auth_key: octets of the key for integrity; 0: an AEAD, with a salt instead
 * @format: what its packets look like
 */
struct ikevti_cipher {
	const char *name;
	const char *internal;
	const char *esn_name;
	u8 keys[3];
	u8 auth_key;
	struct ikevti_format format;
};

const struct ikevti_cipher *ikevti_cipher_find(u32 aead);
bool ikevti_cipher_takes(const struct ikevti_cipher *cipher,
			 unsigned int keylen);
struct crypto_aead *ikevti_crypt_alloc(const struct ikevti_cipher *cipher,
				       bool esn, const u8 *key,
				       unsigned int keylen, const u8 *auth_key,
				       struct netlink_ext_ack *extack);
int ikevti_crypt_seal(const struct ikevti_sa *sa, u64 seq, u8 *esp,
		      unsigned int len);
struct ikevti_op *ikevti_crypt_op_alloc(const struct ikevti_sa *sa);
int ikevti_crypt_seal_async(const struct ikevti_sa *sa, struct ikevti_op *op,
			    u64 seq, u8 *esp, unsigned int len,
			    crypto_completion_t done, void *data);
int ikevti_crypt_open(const struct ikevti_sa *sa, u64 seq, const u8 *esp,
		      unsigned int len, u8 *to);
int ikevti_crypt_open_skb(const struct ikevti_sa *sa, u64 seq,
			  struct sk_buff *skb, unsigned int len, u8 *to);
int ikevti_crypt_open_async(const struct ikevti_sa *sa, struct ikevti_op *op,
			    u64 seq, u8 *esp, unsigned int len,
			    crypto_completion_t done, void *data);
int ikevti_crypt_init(void);
void ikevti_crypt_exit(void);

#endif /* _IKEVTI_CRYPT_H */
