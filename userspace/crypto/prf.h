/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pseudo-random functions and prf+ (RFC 7296 sections 2.13; RFC 4868) */
#ifndef CRYPTO_PRF_H
#define CRYPTO_PRF_H

#include "crypto/crypto.h"

/**
 * crypto_prf_len() - output and preferred key length of a PRF
 * @prf: enum ikev2_prf
 *
 * Return: octets, 0 when unsupported. Any thread.
 */
size_t crypto_prf_len(uint16_t prf);

/**
 * crypto_prf() - one application
 * @lib: handle
 * @prf: enum ikev2_prf
 * @key: any length, also 0
 * @in: pieces, taken as one string
 * @n: how many pieces
 * @out: crypto_prf_len(@prf) octets
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_prf(struct crypto_lib *lib, uint16_t prf, struct wire_chunk key,
			      const struct wire_chunk *in, unsigned int n, uint8_t *out);

/**
 * crypto_prf_plus() - expand: T1 | T2 | ..., Tn = prf(key, Tn-1 | in | n)
 * @lib: handle
 * @prf: enum ikev2_prf
 * @key: key
 * @in: pieces, at most 8
 * @n: how many pieces
 * @out: result
 * @len: octets wanted, at most 255 times the PRF's output
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK, CRYPTO_UNSUPPORTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_prf_plus(struct crypto_lib *lib, uint16_t prf, struct wire_chunk key,
				   const struct wire_chunk *in, unsigned int n,
				   uint8_t *out, size_t len);

/**
 * crypto_nat_hash() - content of NAT_DETECTION_*_IP (RFC 7296 section 2.23)
 * @lib: handle
 * @spi_i: as in the header of the message that carries it
 * @spi_r: as in that header, 0 in the first request
 * @addr: 4 or 16 octets, network order
 * @port: host order
 * @out: result
 *
 * Context: the thread that owns @lib.
 * Return: CRYPTO_OK or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_nat_hash(struct crypto_lib *lib, uint64_t spi_i, uint64_t spi_r,
				   struct wire_chunk addr, uint16_t port,
				   uint8_t out[IKEV2_NAT_HASH_LEN]);

#endif /* CRYPTO_PRF_H */
