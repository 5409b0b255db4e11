// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor: AES-256-GCM alone as ESP with extended sequence numbers uses it,
 * encryption and decryption of a packet in place, in one piece of memory.
 */
#include <crypto/aead.h>
#include <linux/math64.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "bench.h"

#define AAD		12
#define ICV		16
#define KEY		32
#define BATCH		64
#define SIZE_MAX_	16384

struct work {
	struct crypto_aead *tfm;
	struct aead_request *req;
	struct scatterlist sg;
	u8 *buf;
	u8 iv[12];
};

static int both(struct work *w, unsigned int size)
{
	int err;

	aead_request_set_crypt(w->req, &w->sg, &w->sg, size, w->iv);
	err = crypto_aead_encrypt(w->req);
	if (err)
		return err;
	aead_request_set_crypt(w->req, &w->sg, &w->sg, size + ICV, w->iv);
	return crypto_aead_decrypt(w->req);
}

/* In a softirq's place, where tunnels work too */
static int batch(struct work *w, unsigned int size)
{
	int err = 0, i;

	local_bh_disable();
	for (i = 0; !err && i < BATCH; i++)
		err = both(w, size);
	local_bh_enable();
	return err;
}

static int prepare(struct work *w, unsigned int size)
{
	static const u8 key[KEY] = { 1, 2, 3 };
	int err;

	w->tfm = crypto_alloc_aead("gcm(aes)", 0, 0);
	if (IS_ERR(w->tfm))
		return PTR_ERR(w->tfm);
	w->req = aead_request_alloc(w->tfm, GFP_KERNEL);
	w->buf = kzalloc(AAD + size + ICV, GFP_KERNEL);
	err = w->req && w->buf ? crypto_aead_setauthsize(w->tfm, ICV) : -ENOMEM;
	if (!err)
		err = crypto_aead_setkey(w->tfm, key, sizeof(key));
	if (err)
		return err;
	sg_init_one(&w->sg, w->buf, AAD + size + ICV);
	aead_request_set_callback(w->req, 0, NULL, NULL);
	aead_request_set_ad(w->req, AAD);
	return 0;
}

/**
 * bench_aead() - nanoseconds of CPU time for encryption and decryption
 * @args: command
 * @res: result, thousandths of a nanosecond for both together
 *
 * Return: 0, or -EINPROGRESS if the cipher does not run where it is called, so
 * that nothing measured in this machine would mean anything.
 */
int bench_aead(const struct bench_args *args, struct bench_result *res)
{
	struct work w = {};
	u64 cpu, now, n = 0;
	int err;

	if (!args->size || args->size > SIZE_MAX_)
		return -EINVAL;
	err = prepare(&w, args->size);
	if (!err)
		err = batch(&w, args->size);
	cpu = bench_cpu_ns();
	now = cpu;
	while (!err && now - cpu < args->cpu_ms * NSEC_PER_MSEC) {
		err = batch(&w, args->size);
		n += BATCH;
		now = bench_cpu_ns();
		cond_resched();
	}
	if (!err) {
		res->unit = "ns";
		res->value = div64_u64((now - cpu) * 1000, n);
		res->value2 = n;
	}
	aead_request_free(w.req);
	kfree(w.buf);
	if (!IS_ERR(w.tfm))
		crypto_free_aead(w.tfm);
	return err;
}
