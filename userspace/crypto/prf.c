// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "crypto/lib.h"
#include "crypto/prf.h"

#define PRF_PLUS_PIECES	8
#define PRF_PLUS_ROUNDS	255	/* the counter is one octet: RFC 7296 section 2.13 */

enum crypto_hash crypto_prf_hash(uint16_t prf)
{
	switch (prf) {
	case IKEV2_PRF_HMAC_SHA2_256:
		return CRYPTO_SHA256;
	case IKEV2_PRF_HMAC_SHA2_384:
		return CRYPTO_SHA384;
	case IKEV2_PRF_HMAC_SHA2_512:
		return CRYPTO_SHA512;
	}
	return CRYPTO_HASHES;
}

size_t crypto_prf_len(uint16_t prf)
{
	return crypto_hash_len(crypto_prf_hash(prf));
}

/* The context lives as long as the handle: no key may stay behind in it */
static bool forget_key(EVP_MAC_CTX *mac)
{
	return crypto_mac_key(mac, wire_chunk(NULL, 0));
}

enum crypto_status crypto_prf(struct crypto_lib *lib, uint16_t prf, struct wire_chunk key,
			      const struct wire_chunk *in, unsigned int n, uint8_t *out)
{
	enum crypto_hash hash = crypto_prf_hash(prf);
	bool ok;

	if (hash == CRYPTO_HASHES)
		return CRYPTO_UNSUPPORTED;
	ok = crypto_mac_key(lib->mac[hash], key) &&
	     crypto_mac(lib->mac[hash], in, n, out, crypto_prf_len(prf));
	ok &= forget_key(lib->mac[hash]);
	return ok ? CRYPTO_OK : CRYPTO_INTERNAL;
}

enum crypto_status crypto_prf_plus(struct crypto_lib *lib, uint16_t prf, struct wire_chunk key,
				   const struct wire_chunk *in, unsigned int n,
				   uint8_t *out, size_t len)
{
	enum crypto_hash hash = crypto_prf_hash(prf);
	struct wire_chunk piece[PRF_PLUS_PIECES + 2];
	size_t hash_len = crypto_prf_len(prf);
	uint8_t t[CRYPTO_HASH_MAX];
	uint8_t counter = 1;
	size_t done, part;
	bool ok;

	if (hash == CRYPTO_HASHES)
		return CRYPTO_UNSUPPORTED;
	if (n > PRF_PLUS_PIECES || len > PRF_PLUS_ROUNDS * hash_len)
		return CRYPTO_INTERNAL;

	piece[0] = wire_chunk(t, 0);
	if (n)
		memcpy(&piece[1], in, n * sizeof(*in));
	piece[n + 1] = wire_chunk(&counter, 1);

	ok = crypto_mac_key(lib->mac[hash], key);
	for (done = 0; ok && done < len; done += part) {
		if (done)
			ok = crypto_mac_again(lib->mac[hash]);
		ok = ok && crypto_mac(lib->mac[hash], piece, n + 2, t, sizeof(t));
		part = len - done < hash_len ? len - done : hash_len;
		memcpy(out + done, t, part);
		piece[0].len = hash_len;
		counter++;
	}
	ok &= forget_key(lib->mac[hash]);
	crypto_cleanse(t, sizeof(t));
	return ok ? CRYPTO_OK : CRYPTO_INTERNAL;
}

enum crypto_status crypto_nat_hash(struct crypto_lib *lib, uint64_t spi_i, uint64_t spi_r,
				   struct wire_chunk addr, uint16_t port,
				   uint8_t out[IKEV2_NAT_HASH_LEN])
{
	uint8_t buf[8 + 8 + 16 + 2];
	struct wire_writer w;

	wire_writer_init(&w, buf, sizeof(buf));
	wire_put_u64(&w, spi_i);
	wire_put_u64(&w, spi_r);
	wire_put(&w, addr.data, addr.len);
	wire_put_u16(&w, port);
	if (w.overflow || EVP_DigestInit_ex2(lib->md, lib->sha1, NULL) != 1 ||
	    EVP_DigestUpdate(lib->md, buf, w.len) != 1 ||
	    EVP_DigestFinal_ex(lib->md, out, NULL) != 1)
		return CRYPTO_INTERNAL;
	return CRYPTO_OK;
}
