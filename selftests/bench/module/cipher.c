// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a cipher with its key takes of the machine's memory: the part of an
 * SA's that belongs to the crypto API.
 */
#include <crypto/aead.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "bench.h"

#define CIPHERS_MAX	100000
#define KEY		32

static u64 free_octets(void)
{
	struct sysinfo info;

	si_meminfo(&info);
	return (u64)info.freeram << PAGE_SHIFT;
}

/* The implementation that tunnels use: one that others wrap, or if there is none the best */
static struct crypto_aead *make(void)
{
	static const u8 key[KEY] = { 1, 2, 3 };
	struct crypto_aead *tfm;
	int err;

	tfm = crypto_alloc_aead("__gcm(aes)", CRYPTO_ALG_INTERNAL,
				CRYPTO_ALG_INTERNAL | CRYPTO_ALG_ASYNC);
	if (IS_ERR(tfm))
		tfm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(tfm))
		return tfm;
	err = crypto_aead_setkey(tfm, key, sizeof(key));
	if (!err)
		return tfm;
	crypto_free_aead(tfm);
	return ERR_PTR(err);
}

/**
 * bench_cipher() - octets of memory that a cipher takes
 * @args: command, @args->packets is how many are made
 * @res: result
 *
 * Return: 0 or an error.
 */
int bench_cipher(const struct bench_args *args, struct bench_result *res)
{
	struct crypto_aead **tfm;
	unsigned int n;
	int err = 0;
	u64 before;

	if (!args->packets || args->packets > CIPHERS_MAX)
		return -EINVAL;
	tfm = kvcalloc(args->packets, sizeof(*tfm), GFP_KERNEL);
	if (!tfm)
		return -ENOMEM;
	before = free_octets();
	for (n = 0; n < args->packets; n++) {
		tfm[n] = make();
		if (IS_ERR(tfm[n])) {
			err = PTR_ERR(tfm[n]);
			break;
		}
	}
	res->unit = "octets";
	res->value = div_u64(before - free_octets(), args->packets);
	while (n--)
		crypto_free_aead(tfm[n]);
	kvfree(tfm);
	return err;
}
