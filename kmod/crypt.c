// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ciphers through the crypto API. A cipher should be synchronous, so that one
 * preallocated request per CPU is enough and no packet waits for a callback.
 * One that is not is used if there is no other, or if the administrator names
 * it: hardware may be worth it. Then every packet has a request of its own.
 *
 * On x86 before 6.16 the vector implementations of AES-GCM are hidden behind
 * wrappers that are marked asynchronous, since they hand over to cryptd where the
 * vector registers are taken. Excluding asynchronous ones would leave table
 * driven C. The wrapped, internal implementation is asked for instead: it is
 * synchronous, and its one condition, usable vector registers, is checked
 * before every use (ikevti_crypt_usable()).
 */
#include <crypto/authenc.h>
#include <linux/cpumask.h>
#include <linux/moduleparam.h>
#include <linux/percpu.h>
#include <linux/rtnetlink.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "crypt.h"
#include "esp.h"
#include "sa.h"

static char aead_driver[CRYPTO_MAX_ALG_NAME];
module_param_string(aead, aead_driver, sizeof(aead_driver), 0644);
MODULE_PARM_DESC(aead,
		 "AES-GCM implementation for new SAs, as /proc/crypto names it (the kernel's best)");

/* SPI, 64-bit sequence number, and an IV that no nonce is made of */
#define AAD_MAX		(12 + IKEVTI_CBC_IV_LEN)
#define IV_MAX		16
#define REQUEST_MAX	1024	/* octets of context an implementation may want */

/**
 * struct ikevti_op - what one operation needs
 * @src: AAD, then the packet, where that is in pieces
 * @pair: AAD, then one linear buffer
 * @dst: the same for output
 * @aad: RFC 4106 section 5; with CBC the IV behind it
 * @iv: salt and IV, RFC 4106 section 4
 * @req: request, followed by the implementation's context
 *
 * Not on the stack, which cannot be in a scatterlist, nor in per-CPU memory,
 * for the same reason: there is a pointer per CPU.
 */
struct ikevti_op {
	struct scatterlist src[MAX_SKB_FRAGS + 3];
	struct scatterlist pair[2];
	struct scatterlist dst[2];
	u8 aad[AAD_MAX];
	u8 iv[IV_MAX];
	struct aead_request req __aligned(CRYPTO_MINALIGN);
};

static DEFINE_PER_CPU(struct ikevti_op *, ops);

#define FORMAT_SENT {							\
	.iv = IKEVTI_ESP_IV_LEN,					\
	.hlen = IKEVTI_ESP_HLEN,					\
	.icv = IKEVTI_ESP_ICV_LEN,					\
	.align = IKEVTI_ESP_ALIGN,					\
}

#define FORMAT_IMPLICIT {						\
	.hlen = sizeof(struct ip_esp_hdr),				\
	.icv = IKEVTI_ESP_ICV_LEN,					\
	.align = IKEVTI_ESP_ALIGN,					\
}

#define FORMAT_CBC(icv_len) {						\
	.iv = IKEVTI_CBC_IV_LEN,					\
	.hlen = sizeof(struct ip_esp_hdr) + IKEVTI_CBC_IV_LEN,		\
	.icv = (icv_len),						\
	.align = IKEVTI_CBC_IV_LEN,					\
}

static const struct ikevti_cipher ciphers[] = {
	[IKEVTI_AEAD_AES_GCM_16] = {
		.name = "gcm(aes)",
		.internal = "__gcm(aes)",
		.keys = { 16, 24, 32 },
		.format = FORMAT_SENT,
	},
	[IKEVTI_AEAD_CHACHA20_POLY1305] = {
		.name = "rfc7539(chacha20,poly1305)",
		.keys = { 32 },
		.format = FORMAT_SENT,
	},
	[IKEVTI_AEAD_AES_GCM_16_IIV] = {
		.name = "gcm(aes)",
		.internal = "__gcm(aes)",
		.keys = { 16, 24, 32 },
		.format = FORMAT_IMPLICIT,
	},
	[IKEVTI_AEAD_CHACHA20_POLY1305_IIV] = {
		.name = "rfc7539(chacha20,poly1305)",
		.keys = { 32 },
		.format = FORMAT_IMPLICIT,
	},
	[IKEVTI_AEAD_AES_CBC_HMAC_SHA256_128] = {
		.name = "authenc(hmac(sha256),cbc(aes))",
		.esn_name = "authencesn(hmac(sha256),cbc(aes))",
		.keys = { 16, 32 },
		.auth_key = 32,
		.format = FORMAT_CBC(16),
	},
	[IKEVTI_AEAD_AES_CBC_HMAC_SHA384_192] = {
		.name = "authenc(hmac(sha384),cbc(aes))",
		.esn_name = "authencesn(hmac(sha384),cbc(aes))",
		.keys = { 16, 32 },
		.auth_key = 48,
		.format = FORMAT_CBC(24),
	},
	[IKEVTI_AEAD_AES_CBC_HMAC_SHA512_256] = {
		.name = "authenc(hmac(sha512),cbc(aes))",
		.esn_name = "authencesn(hmac(sha512),cbc(aes))",
		.keys = { 16, 32 },
		.auth_key = 64,
		.format = FORMAT_CBC(32),
	},
};

/**
 * ikevti_cipher_find() - what an algorithm is
 * @aead: enum ikevti_aead
 *
 * Return: the cipher, or NULL if there is no such.
 */
const struct ikevti_cipher *ikevti_cipher_find(u32 aead)
{
	return aead < ARRAY_SIZE(ciphers) && ciphers[aead].name ?
	       &ciphers[aead] : NULL;
}

/**
 * ikevti_cipher_takes() - may its key be so long?
 * @cipher: cipher
 * @keylen: octets
 */
bool ikevti_cipher_takes(const struct ikevti_cipher *cipher,
			 unsigned int keylen)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cipher->keys) && cipher->keys[i]; i++)
		if (cipher->keys[i] == keylen)
			return true;
	return false;
}

static struct crypto_aead *alloc_named(void)
{
	char name[CRYPTO_MAX_ALG_NAME];

	kernel_param_lock(THIS_MODULE);
	strscpy(name, strim(aead_driver), sizeof(name));
	kernel_param_unlock(THIS_MODULE);
	return *name ? crypto_alloc_aead(name, 0, 0) : NULL;
}

/* Did the administrator name an implementation of something else? */
static bool is_it(const struct ikevti_cipher *cipher, const char *name,
		  struct crypto_aead *tfm)
{
	const char *is = crypto_tfm_alg_name(crypto_aead_tfm(tfm));

	return !strcmp(is, name) ||
	       (cipher->internal && !strcmp(is, cipher->internal));
}

static struct crypto_aead *alloc_best(const struct ikevti_cipher *cipher,
				      const char *name)
{
	struct crypto_aead *tfm = ERR_PTR(-ENOENT);
	static bool no_internal;

	/* Asking for an unknown name starts modprobe: only once */
	if (cipher->internal && !READ_ONCE(no_internal)) {
		/* The wrapper's name is what gets the modules loaded */
		crypto_has_alg(name, 0, 0);
		tfm = ikevti_alloc_internal(cipher->internal);
		if (tfm == ERR_PTR(-ENOENT))
			WRITE_ONCE(no_internal, true);
	}
	if (IS_ERR(tfm))
		tfm = crypto_alloc_aead(name, 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(tfm))
		tfm = crypto_alloc_aead(name, 0, 0);
	return tfm;
}

/* Both keys as "authenc" wants them */
static int set_two_keys(struct crypto_aead *tfm, const u8 *key,
			unsigned int keylen, const u8 *auth_key,
			unsigned int auth_len)
{
	struct {
		struct rtattr rta;
		struct crypto_authenc_key_param param;
		u8 keys[IKEVTI_AUTH_KEY_MAX + IKEVTI_KEY_MAX];
	} both = {
		.rta.rta_len = RTA_LENGTH(sizeof(both.param)),
		.rta.rta_type = CRYPTO_AUTHENC_KEYA_PARAM,
		.param.enckeylen = cpu_to_be32(keylen),
	};
	int err;

	memcpy(both.keys, auth_key, auth_len);
	memcpy(both.keys + auth_len, key, keylen);
	err = crypto_aead_setkey(tfm, (u8 *)&both,
				 both.keys + auth_len + keylen - (u8 *)&both);
	memzero_explicit(&both, sizeof(both));
	return err;
}

/**
 * ikevti_crypt_alloc() - a cipher for an SA
 * @cipher: which
 * @esn: with extended sequence numbers
 * @key: key
 * @keylen: its octets, ikevti_cipher_takes()
 * @auth_key: @cipher->auth_key octets
 * @extack: says what failed
 *
 * Context: process, may sleep and load modules.
 * Return: the cipher, to be freed with crypto_free_aead(), or an error pointer.
 */
struct crypto_aead *ikevti_crypt_alloc(const struct ikevti_cipher *cipher,
				       bool esn, const u8 *key,
				       unsigned int keylen, const u8 *auth_key,
				       struct netlink_ext_ack *extack)
{
	const char *name = esn && cipher->esn_name ? cipher->esn_name :
						     cipher->name;
	/* What can be named are implementations of AES-GCM */
	struct crypto_aead *tfm = cipher->internal ? alloc_named() : NULL;
	int err;

	if (!tfm)
		tfm = alloc_best(cipher, name);
	if (IS_ERR(tfm)) {
		NL_SET_ERR_MSG(extack, "the kernel has no such cipher");
		return tfm;
	}

	err = -EINVAL;
	if (!is_it(cipher, name, tfm)) {
		NL_SET_ERR_MSG(extack, "module parameter aead names something else than AES-GCM");
		goto free;
	}
	err = -EOPNOTSUPP;
	if (crypto_aead_reqsize(tfm) > REQUEST_MAX) {
		NL_SET_ERR_MSG(extack, "the cipher's implementation wants too much memory");
		goto free;
	}
	err = crypto_aead_setauthsize(tfm, cipher->format.icv);
	if (!err)
		err = cipher->auth_key ?
		      set_two_keys(tfm, key, keylen, auth_key,
				   cipher->auth_key) :
		      crypto_aead_setkey(tfm, key, keylen);
	if (!err)
		return tfm;
	NL_SET_ERR_MSG(extack, "the cipher refused the key");
free:
	crypto_free_aead(tfm);
	return ERR_PTR(err);
}

/* What else there is than a salt and an IV of the usual length */
static unsigned int fill_unusual(struct ikevti_op *op,
				 const struct ikevti_sa *sa, u64 seq,
				 const u8 *iv, unsigned int aad)
{
	if (!sa->format.iv) {
		/* RFC 8750 section 3 */
		memcpy(op->iv, sa->salt, IKEVTI_SALT_LEN);
		put_unaligned_be64(seq, op->iv + IKEVTI_SALT_LEN);
		return aad;
	}
	/* The IV is authenticated, RFC 4303 section 3.3.2.1 */
	memcpy(op->iv, iv, IKEVTI_CBC_IV_LEN);
	memcpy(op->aad + aad, iv, IKEVTI_CBC_IV_LEN);
	return aad + IKEVTI_CBC_IV_LEN;
}

/*
 * Fill nonce and AAD. The IV of what is sent is the sequence number, so it never
 * repeats. To "authencesn" the upper half of the number is given where AEADs
 * have it, too; it puts it where RFC 4303 wants it, behind the ciphertext.
 */
static void fill(struct ikevti_op *op, const struct ikevti_sa *sa, u64 seq,
		 const u8 *esp)
{
	const u8 *iv = esp + sizeof(struct ip_esp_hdr);
	unsigned int aad;

	put_unaligned_be32(sa->spi, op->aad);
	if (sa->esn) {
		put_unaligned_be64(seq, op->aad + 4);
		aad = 12;
	} else {
		put_unaligned_be32(seq, op->aad + 4);
		aad = 8;
	}
	if (likely(sa->format.iv == IKEVTI_ESP_IV_LEN)) {
		memcpy(op->iv, sa->salt, IKEVTI_SALT_LEN);
		memcpy(op->iv + IKEVTI_SALT_LEN, iv, IKEVTI_ESP_IV_LEN);
	} else {
		aad = fill_unusual(op, sa, seq, iv, aad);
	}

	aead_request_set_tfm(&op->req, sa->tfm);
	aead_request_set_callback(&op->req, 0, NULL, NULL);
	aead_request_set_ad(&op->req, aad);
}

static struct ikevti_op *prepare(const struct ikevti_sa *sa, u64 seq,
				 const u8 *esp)
{
	struct ikevti_op *op = this_cpu_read(ops);

	fill(op, sa, seq, esp);
	return op;
}

/* These tables are made once, and filled for each packet */
static void init_op(struct ikevti_op *op)
{
	sg_init_table(op->pair, 2);
	sg_init_table(op->dst, 2);
}

static struct scatterlist *set_pair(struct ikevti_op *op,
				    struct scatterlist *sg, const u8 *data,
				    unsigned int len)
{
	sg_set_buf(&sg[0], op->aad, op->req.assoclen);
	sg_set_buf(&sg[1], data, len);
	return sg;
}

static struct scatterlist *set_packet(struct ikevti_op *op,
				      const struct ikevti_sa *sa,
				      const u8 *esp, unsigned int len)
{
	return set_pair(op, op->pair, esp + sa->format.hlen,
			len + sa->format.icv);
}

static int encrypt(struct ikevti_op *op, const struct ikevti_sa *sa, u8 *esp,
		   unsigned int len)
{
	struct scatterlist *sg = set_packet(op, sa, esp, len);

	aead_request_set_crypt(&op->req, sg, sg, len, op->iv);
	return crypto_aead_encrypt(&op->req);
}

/**
 * ikevti_crypt_seal() - encrypt and authenticate one packet in place
 * @sa: outbound
 * @seq: its sequence number, used for nothing else under this key
 * @esp: ESP header, the IV filled in if it is sent, then plaintext, then room for the ICV
 * @len: octets of plaintext, trailer included
 *
 * Context: BH disabled, ikevti_crypt_usable(). The memory must be linear.
 * Return: 0 or the cipher's error.
 */
int ikevti_crypt_seal(const struct ikevti_sa *sa, u64 seq, u8 *esp,
		      unsigned int len)
{
	return encrypt(prepare(sa, seq, esp), sa, esp, len);
}

/**
 * ikevti_crypt_op_alloc() - a request for an asynchronous cipher
 * @sa: whose cipher
 *
 * Context: any.
 * Return: the request, to be freed with kfree_sensitive(), or NULL.
 */
struct ikevti_op *ikevti_crypt_op_alloc(const struct ikevti_sa *sa)
{
	struct ikevti_op *op;

	op = kzalloc(sizeof(*op) + crypto_aead_reqsize(sa->tfm), GFP_ATOMIC);
	if (likely(op))
		init_op(op);
	return op;
}

/**
 * ikevti_crypt_seal_async() - have one packet encrypted in place
 * @sa: outbound
 * @op: from ikevti_crypt_op_alloc(), used until the end
 * @seq: as of ikevti_crypt_seal()
 * @esp: same
 * @len: same
 * @done: called in the end unless it ends here, and with -EINPROGRESS before
 *	that if the request had to wait
 * @data: for @done
 *
 * Context: BH disabled.
 * Return: 0 if it is done, -EINPROGRESS or -EBUSY if @done will be called,
 * another error if it will not.
 */
int ikevti_crypt_seal_async(const struct ikevti_sa *sa, struct ikevti_op *op,
			    u64 seq, u8 *esp, unsigned int len,
			    crypto_completion_t done, void *data)
{
	fill(op, sa, seq, esp);
	aead_request_set_callback(&op->req, CRYPTO_TFM_REQ_MAY_BACKLOG, done,
				  data);
	return encrypt(op, sa, esp, len);
}

static int decrypt(struct ikevti_op *op, const struct ikevti_sa *sa,
		   struct scatterlist *in,
		   struct scatterlist *out, unsigned int len)
{
	aead_request_set_crypt(&op->req, in, out, len + sa->format.icv,
			       op->iv);
	return crypto_aead_decrypt(&op->req);
}

/**
 * ikevti_crypt_open() - verify and decrypt one packet
 * @sa: inbound
 * @seq: inferred sequence number
 * @esp: ESP header, all of the packet in one piece behind it
 * @len: octets of ciphertext, without ICV
 * @to: where the plaintext goes, or NULL for in place
 *
 * Context: BH disabled, ikevti_crypt_usable().
 * Return: 0, -EBADMSG if the integrity check fails, or another error.
 */
int ikevti_crypt_open(const struct ikevti_sa *sa, u64 seq, const u8 *esp,
		      unsigned int len, u8 *to)
{
	struct ikevti_op *op = prepare(sa, seq, esp);
	struct scatterlist *in = set_packet(op, sa, esp, len);

	return decrypt(op, sa, in, to ? set_pair(op, op->dst, to, len) : in,
		       len);
}

/**
 * ikevti_crypt_open_skb() - verify and decrypt one packet in page fragments
 * @sa: inbound
 * @seq: inferred sequence number
 * @skb: data at the ESP header and IV, which are in its linear part; without
 *	frag_list
 * @len: octets of ciphertext, without ICV
 * @to: where the plaintext goes
 *
 * Context: BH disabled, ikevti_crypt_usable().
 * Return: 0, -EBADMSG if the integrity check fails, or another error.
 */
int ikevti_crypt_open_skb(const struct ikevti_sa *sa, u64 seq,
			  struct sk_buff *skb, unsigned int len, u8 *to)
{
	struct ikevti_op *op = prepare(sa, seq, skb->data);
	int n;

	sg_init_table(op->src, ARRAY_SIZE(op->src));
	sg_set_buf(&op->src[0], op->aad, op->req.assoclen);
	n = skb_to_sgvec_nomark(skb, &op->src[1], sa->format.hlen,
				len + sa->format.icv);
	if (n < 0)
		return n;
	sg_mark_end(&op->src[n]);
	return decrypt(op, sa, op->src, set_pair(op, op->dst, to, len), len);
}

/**
 * ikevti_crypt_open_async() - have one packet verified and decrypted in place
 * @sa: inbound
 * @op: from ikevti_crypt_op_alloc(), used until the end
 * @seq: inferred sequence number
 * @esp: ESP header, all of the packet in one piece behind it
 * @len: octets of ciphertext, without ICV
 * @done: as of ikevti_crypt_seal_async()
 * @data: for @done
 *
 * Context: BH disabled.
 * Return: as of ikevti_crypt_seal_async().
 */
int ikevti_crypt_open_async(const struct ikevti_sa *sa, struct ikevti_op *op,
			    u64 seq, u8 *esp, unsigned int len,
			    crypto_completion_t done, void *data)
{
	struct scatterlist *in;

	fill(op, sa, seq, esp);
	aead_request_set_callback(&op->req, CRYPTO_TFM_REQ_MAY_BACKLOG, done,
				  data);
	in = set_packet(op, sa, esp, len);
	return decrypt(op, sa, in, in, len);
}

/**
 * ikevti_crypt_init() - allocate the requests
 *
 * Return: 0 or -ENOMEM.
 */
int ikevti_crypt_init(void)
{
	struct ikevti_op *op;
	int cpu;

	for_each_possible_cpu(cpu) {
		op = kzalloc_node(sizeof(*op) + REQUEST_MAX, GFP_KERNEL,
				  cpu_to_node(cpu));
		if (!op) {
			ikevti_crypt_exit();
			return -ENOMEM;
		}
		init_op(op);
		per_cpu(ops, cpu) = op;
	}
	return 0;
}

/* Counterpart of ikevti_crypt_init(), also after its failure */
void ikevti_crypt_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		kfree_sensitive(per_cpu(ops, cpu));
		per_cpu(ops, cpu) = NULL;
	}
}
