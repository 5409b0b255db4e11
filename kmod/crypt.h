/* SPDX-License-Identifier: GPL-2.0-only */
/* The AEAD: one synchronous request per CPU */
#ifndef _IKEVTI_CRYPT_H
#define _IKEVTI_CRYPT_H

#include <crypto/aead.h>
#include <linux/skbuff.h>

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

struct crypto_aead *ikevti_crypt_alloc(const u8 *key, unsigned int keylen,
				       struct netlink_ext_ack *extack);
int ikevti_crypt_seal(const struct ikevti_sa *sa, u64 seq, u8 *esp,
		      unsigned int len);
int ikevti_crypt_open(const struct ikevti_sa *sa, u64 seq, const u8 *esp,
		      unsigned int len, u8 *to);
int ikevti_crypt_open_skb(const struct ikevti_sa *sa, u64 seq,
			  struct sk_buff *skb, unsigned int len, u8 *to);
int ikevti_crypt_init(void);
void ikevti_crypt_exit(void);

#endif /* _IKEVTI_CRYPT_H */
