// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "crypto/lib.h"
#include "crypto/sk.h"

#define GCM_SALT_LEN	4
#define GCM_IV_LEN	8
#define GCM_ICV_LEN	16
#define CBC_BLOCK_LEN	16
#define PAD_LENGTH_LEN	1

/**
 * struct crypto_sk - keys of one direction
 * @aead: AES-GCM, otherwise AES-CBC with HMAC
 * @iv_len: of the explicit IV
 * @icv_len: of the checksum
 * @block: plaintext, padding and pad length together are a multiple of this
 * @salt: of AES-GCM
 * @counter: last explicit IV used with AES-GCM
 * @key: cipher key, for the context not made yet
 * @cipher: which
 * @ctx: keyed contexts, [1] seals and [0] opens, made when first used
 * @mac: keyed, without AEAD
 */
struct crypto_sk {
	bool aead;
	size_t iv_len;
	size_t icv_len;
	size_t block;
	uint8_t salt[GCM_SALT_LEN];
	uint64_t counter;
	struct crypto_secret key;
	const EVP_CIPHER *cipher;
	struct evp_cipher_ctx_st *ctx[2];
	EVP_MAC_CTX *mac;
};

static const EVP_CIPHER *find_cipher(const struct crypto_lib *lib, const struct crypto_suite *suite)
{
	bool aead = crypto_encr_is_aead(suite->encr);

	switch (suite->encr_bits) {
	case 128:
		return lib->cipher[aead ? CRYPTO_AES_128_GCM : CRYPTO_AES_128_CBC];
	case 192:
		return aead ? NULL : lib->cipher[CRYPTO_AES_192_CBC];
	case 256:
		return lib->cipher[aead ? CRYPTO_AES_256_GCM : CRYPTO_AES_256_CBC];
	}
	return NULL;
}

static enum crypto_status setup(struct crypto_sk *sk, const struct crypto_lib *lib,
				const struct crypto_suite *suite, const struct crypto_secret *sk_e,
				const struct crypto_secret *sk_a)
{
	enum crypto_hash hash = crypto_integ_hash(suite->integ);
	size_t key_len = sk_e->len;

	sk->aead = crypto_encr_is_aead(suite->encr);
	sk->cipher = find_cipher(lib, suite);
	if (sk->aead) {
		key_len -= GCM_SALT_LEN;
		memcpy(sk->salt, sk_e->data + key_len, GCM_SALT_LEN);
		sk->iv_len = GCM_IV_LEN;
		sk->icv_len = GCM_ICV_LEN;
		sk->block = 1;
	} else {
		sk->iv_len = CBC_BLOCK_LEN;
		sk->icv_len = crypto_integ_icv_len(suite->integ);
		sk->block = CBC_BLOCK_LEN;
		sk->mac = EVP_MAC_CTX_dup(lib->mac[hash]);
		if (!sk->mac)
			return CRYPTO_NO_MEMORY;
		if (!crypto_mac_key(sk->mac, crypto_secret_chunk(sk_a)))
			return CRYPTO_INTERNAL;
	}
	sk->key.len = key_len;
	memcpy(sk->key.data, sk_e->data, key_len);
	return sk->cipher ? CRYPTO_OK : CRYPTO_INTERNAL;
}

struct crypto_sk *crypto_sk_new(struct crypto_lib *lib, const struct crypto_suite *suite,
				const struct crypto_secret *sk_e,
				const struct crypto_secret *sk_a,
				enum crypto_status *status)
{
	bool aead = crypto_encr_is_aead(suite->encr);
	size_t integ_len = crypto_integ_key_len(suite->integ);
	enum crypto_status unused;
	struct crypto_sk *sk;

	if (!status)
		status = &unused;
	*status = CRYPTO_UNSUPPORTED;
	if (!sk_e->len || sk_e->len != crypto_encr_key_len(suite->encr, suite->encr_bits))
		return NULL;
	if (aead ? suite->integ != IKEV2_INTEG_NONE : !integ_len || sk_a->len != integ_len)
		return NULL;
	*status = CRYPTO_NO_MEMORY;
	sk = calloc(1, sizeof(*sk));
	if (!sk)
		return NULL;
	*status = setup(sk, lib, suite, sk_e, sk_a);
	if (*status) {
		crypto_sk_free(sk);
		return NULL;
	}
	return sk;
}

void crypto_sk_free(struct crypto_sk *sk)
{
	if (!sk)
		return;
	EVP_CIPHER_CTX_free(sk->ctx[0]);
	EVP_CIPHER_CTX_free(sk->ctx[1]);
	EVP_MAC_CTX_free(sk->mac);
	crypto_cleanse(sk, sizeof(*sk));
	free(sk);
}

/* A direction seals or opens, hardly ever both: the other context is not made */
static EVP_CIPHER_CTX *get_ctx(struct crypto_sk *sk, int seal)
{
	EVP_CIPHER_CTX *ctx = sk->ctx[seal];

	if (ctx)
		return ctx;
	ctx = EVP_CIPHER_CTX_new();
	if (ctx && EVP_CipherInit_ex2(ctx, sk->cipher, sk->key.data, NULL, seal, NULL) == 1) {
		sk->ctx[seal] = ctx;
		return ctx;
	}
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

/* Octets between the beginning of the message and the IV: what AEAD covers as AAD */
static size_t head_len(bool fragment)
{
	return IKEV2_HEADER_LEN + IKEV2_PAYLOAD_HEADER_LEN + (fragment ? WIRE_SKF_HEADER_LEN : 0);
}

static size_t padded_len(const struct crypto_sk *sk, size_t plain_len)
{
	size_t len = plain_len + PAD_LENGTH_LEN;

	return (len + sk->block - 1) / sk->block * sk->block;
}

size_t crypto_sk_message_len(const struct crypto_sk *sk, size_t plain_len)
{
	return head_len(false) + sk->iv_len + padded_len(sk, plain_len) + sk->icv_len;
}

size_t crypto_sk_fragment_capacity(const struct crypto_sk *sk, size_t message_max)
{
	size_t overhead = head_len(true) + sk->iv_len + sk->icv_len;
	size_t room;

	if (message_max <= overhead)
		return 0;
	room = (message_max - overhead) / sk->block * sk->block;
	return room ? room - PAD_LENGTH_LEN : 0;
}

/* One pass of the cipher over @len octets; @aad and @icv are for AES-GCM alone */
static bool run_cipher(struct crypto_sk *sk, int seal, const uint8_t *iv, struct wire_chunk aad,
		       const uint8_t *in, uint8_t *out, size_t len, uint8_t *icv)
{
	EVP_CIPHER_CTX *ctx = get_ctx(sk, seal);
	uint8_t nonce[GCM_SALT_LEN + GCM_IV_LEN];
	int n;

	if (!ctx)
		return false;
	if (sk->aead) {
		memcpy(nonce, sk->salt, GCM_SALT_LEN);
		memcpy(nonce + GCM_SALT_LEN, iv, GCM_IV_LEN);
		iv = nonce;
	}
	if (EVP_CipherInit_ex2(ctx, NULL, NULL, iv, seal, NULL) != 1 ||
	    EVP_CIPHER_CTX_set_padding(ctx, 0) != 1)
		return false;
	if (sk->aead && EVP_CipherUpdate(ctx, NULL, &n, aad.data, (int)aad.len) != 1)
		return false;
	if (EVP_CipherUpdate(ctx, out, &n, in, (int)len) != 1 || (size_t)n != len)
		return false;
	if (sk->aead && !seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, GCM_ICV_LEN, icv) != 1)
		return false;
	if (EVP_CipherFinal_ex(ctx, out + len, &n) != 1)
		return false;
	if (sk->aead && seal &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, GCM_ICV_LEN, icv) != 1)
		return false;
	return true;
}

/* HMAC over everything before the checksum: encrypt, then authenticate */
static bool run_mac(struct crypto_sk *sk, const uint8_t *message, size_t len,
		    uint8_t icv[CRYPTO_HASH_MAX])
{
	struct wire_chunk in = wire_chunk(message, len);

	return crypto_mac_again(sk->mac) && crypto_mac(sk->mac, &in, 1, icv, CRYPTO_HASH_MAX);
}

static enum crypto_status make_iv(struct crypto_sk *sk, const struct crypto_random *rnd,
				  uint8_t *iv)
{
	if (!sk->aead)
		return crypto_random_fill(rnd, iv, sk->iv_len) ? CRYPTO_OK : CRYPTO_INTERNAL;
	if (sk->counter == UINT64_MAX)
		return CRYPTO_EXHAUSTED;
	wire_store_u64(iv, ++sk->counter);
	return CRYPTO_OK;
}

/* IKE header, generic header and, of a fragment, its number and total */
static void put_head(struct wire_writer *w, const struct wire_header *h, uint8_t first,
		     const struct wire_fragment *f, size_t len)
{
	struct wire_header header = *h;

	header.next_payload = f ? IKEV2_PL_SKF : IKEV2_PL_SK;
	header.length = (uint32_t)len;
	wire_put_header(w, &header);
	wire_put_u8(w, first);
	wire_put_u8(w, 0);
	wire_put_u16(w, (uint16_t)(len - IKEV2_HEADER_LEN));
	if (f) {
		wire_put_u16(w, f->number);
		wire_put_u16(w, f->total);
	}
}

static enum crypto_status seal(struct crypto_sk *sk, const struct crypto_random *rnd,
			       const struct wire_header *h, uint8_t first,
			       const struct wire_fragment *f, struct wire_chunk plain,
			       uint8_t *out, size_t cap, size_t *len)
{
	size_t head = head_len(f);
	uint8_t mac[CRYPTO_HASH_MAX];
	enum crypto_status status;
	struct wire_writer w;
	size_t body, total;
	uint8_t *iv, *icv;
	bool ok;

	if (plain.len > WIRE_MESSAGE_MAX)
		return CRYPTO_NO_SPACE;
	body = padded_len(sk, plain.len);
	total = head + sk->iv_len + body + sk->icv_len;
	if (total > cap || total > WIRE_MESSAGE_MAX)
		return CRYPTO_NO_SPACE;
	iv = out + head;
	icv = out + total - sk->icv_len;
	status = make_iv(sk, rnd, iv);
	if (status)
		return status;

	wire_writer_init(&w, out, total);
	put_head(&w, h, first, f, total);
	w.len += sk->iv_len;
	wire_put(&w, plain.data, plain.len);
	wire_put_zero(&w, body - plain.len - PAD_LENGTH_LEN);
	wire_put_u8(&w, (uint8_t)(body - plain.len - PAD_LENGTH_LEN));

	ok = run_cipher(sk, 1, iv, wire_chunk(out, head), iv + sk->iv_len, iv + sk->iv_len, body,
			icv);
	if (ok && !sk->aead) {
		ok = run_mac(sk, out, total - sk->icv_len, mac);
		memcpy(icv, mac, sk->icv_len);
	}
	if (!ok) {
		crypto_cleanse(out, total);
		return CRYPTO_INTERNAL;
	}
	*len = total;
	return CRYPTO_OK;
}

enum crypto_status crypto_sk_seal(struct crypto_sk *sk, const struct crypto_random *rnd,
				  const struct wire_header *h, uint8_t first,
				  struct wire_chunk plain, uint8_t *out, size_t cap,
				  size_t *len)
{
	return seal(sk, rnd, h, first, NULL, plain, out, cap, len);
}

enum crypto_status crypto_sk_seal_fragment(struct crypto_sk *sk, const struct crypto_random *rnd,
					   const struct wire_header *h, uint8_t first,
					   const struct wire_fragment *f,
					   struct wire_chunk plain, uint8_t *out, size_t cap,
					   size_t *len)
{
	if (!f->number || f->number > f->total)
		return CRYPTO_MALFORMED;
	/* RFC 7383 section 2.5: the inner type is told in the first one only */
	return seal(sk, rnd, h, f->number == 1 ? first : IKEV2_PL_NONE, f, plain, out, cap, len);
}

/* Where the parts of a received encrypted payload are */
struct parts {
	const uint8_t *iv;
	const uint8_t *body;
	const uint8_t *icv;
	size_t len;		/* of body */
	struct wire_chunk head;	/* what comes before the IV */
};

static bool find_parts(const struct crypto_sk *sk, const struct wire_message *msg, struct parts *p)
{
	const struct wire_payload *pl = wire_encrypted(msg);
	size_t skip, len;

	if (!pl)
		return false;
	skip = pl->type == IKEV2_PL_SKF ? WIRE_SKF_HEADER_LEN : 0;
	if (pl->len < skip + sk->iv_len + sk->icv_len)
		return false;
	len = pl->len - skip - sk->iv_len - sk->icv_len;
	if (!len || len % sk->block)
		return false;
	p->iv = pl->body + skip;
	p->body = p->iv + sk->iv_len;
	p->icv = p->body + len;
	p->len = len;
	p->head = wire_chunk(msg->data, (size_t)(p->iv - msg->data));
	return true;
}

static enum crypto_status decrypt(struct crypto_sk *sk, const struct wire_message *msg,
				  const struct parts *p, uint8_t *plain)
{
	uint8_t icv[CRYPTO_HASH_MAX];

	if (sk->aead) {
		memcpy(icv, p->icv, sk->icv_len);
	} else {
		if (!run_mac(sk, msg->data, (size_t)(p->icv - msg->data), icv))
			return CRYPTO_INTERNAL;
		if (!crypto_equal(icv, p->icv, sk->icv_len))
			return CRYPTO_BAD_ICV;
	}
	if (run_cipher(sk, 0, p->iv, p->head, p->body, plain, p->len, icv))
		return CRYPTO_OK;
	return sk->aead ? CRYPTO_BAD_ICV : CRYPTO_INTERNAL;
}

enum crypto_status crypto_sk_open(struct crypto_sk *sk, const struct wire_message *msg,
				  uint8_t *plain, size_t cap, size_t *len)
{
	enum crypto_status status;
	struct parts p;
	size_t trailer;

	/* nothing can be authentic that has no room for an ICV and a pad length */
	if (!find_parts(sk, msg, &p))
		return CRYPTO_BAD_ICV;
	if (p.len > cap)
		return CRYPTO_NO_SPACE;
	status = decrypt(sk, msg, &p, plain);
	if (status == CRYPTO_OK) {
		/* any padding content and length is fine as long as it fits */
		trailer = (size_t)plain[p.len - 1] + PAD_LENGTH_LEN;
		if (trailer <= p.len) {
			*len = p.len - trailer;
			return CRYPTO_OK;
		}
		status = CRYPTO_MALFORMED;
	}
	crypto_cleanse(plain, p.len);
	return status;
}
