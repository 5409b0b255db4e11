/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Encrypted payloads: SK (RFC 7296 section 3.14, RFC 5282 for AES-GCM) and SKF
 * (RFC 7383 section 2.5). One object holds one direction's keys of one IKE SA.
 */
#ifndef CRYPTO_SK_H
#define CRYPTO_SK_H

#include "crypto/crypto.h"
#include "crypto/keys.h"
#include "wire/fragment.h"
#include "wire/message.h"

struct crypto_sk;

/**
 * crypto_sk_new() - set up one direction
 * @lib: handle; must outlive the result
 * @suite: encr, encr_bits and integ are used
 * @sk_e: SK_ei or SK_er
 * @sk_a: SK_ai or SK_ar; empty with an AEAD
 * @status: why NULL was returned, may be NULL
 *
 * AES-GCM: the explicit IV counts up from 1 on every seal; one object must do
 * all sealing under its keys, and never be made twice for sealing.
 *
 * Context: the thread that owns @lib; so too for every function below.
 * Return: the object, freed with crypto_sk_free(); NULL on failure.
 */
struct crypto_sk *crypto_sk_new(struct crypto_lib *lib, const struct crypto_suite *suite,
				const struct crypto_secret *sk_e,
				const struct crypto_secret *sk_a,
				enum crypto_status *status);

/**
 * crypto_sk_free() - cleanse and free
 * @sk: object or NULL
 */
void crypto_sk_free(struct crypto_sk *sk);

/**
 * crypto_sk_message_len() - length of the message a plaintext becomes
 * @sk: object
 * @plain_len: octets of the inner chain
 *
 * Return: IKE header, SK payload, padding and ICV together.
 */
size_t crypto_sk_message_len(const struct crypto_sk *sk, size_t plain_len);

/**
 * crypto_sk_fragment_capacity() - inner octets that fit in one fragment
 * @sk: object
 * @message_max: largest IKE message wanted, without UDP, IP and non-ESP marker
 *
 * Return: octets, 0 when @message_max is too small for anything.
 */
size_t crypto_sk_fragment_capacity(const struct crypto_sk *sk, size_t message_max);

/**
 * crypto_sk_seal() - make an encrypted message
 * @sk: object of our direction
 * @rnd: source of IVs for AES-CBC
 * @h: header; Next Payload and length are filled in
 * @first: type of the first inner payload, 0 for an empty chain
 * @plain: inner chain
 * @out: message from the initiator SPI on; must not overlap @plain
 * @cap: size of @out
 * @len: length of the message
 *
 * Return: CRYPTO_OK, CRYPTO_NO_SPACE (also above 65535 octets),
 * CRYPTO_EXHAUSTED or CRYPTO_INTERNAL.
 */
enum crypto_status crypto_sk_seal(struct crypto_sk *sk, const struct crypto_random *rnd,
				  const struct wire_header *h, uint8_t first,
				  struct wire_chunk plain, uint8_t *out, size_t cap,
				  size_t *len);

/**
 * crypto_sk_seal_fragment() - make one fragment of an encrypted message
 * @sk: object of our direction
 * @rnd: source of IVs for AES-CBC
 * @h: header; Next Payload and length are filled in
 * @first: type of the first inner payload; used in fragment 1 only
 * @f: fragment number and total
 * @plain: this fragment's part of the inner chain
 * @out: message; must not overlap @plain
 * @cap: size of @out
 * @len: length of the message
 *
 * Return: as crypto_sk_seal(); CRYPTO_MALFORMED for an impossible @f.
 */
enum crypto_status crypto_sk_seal_fragment(struct crypto_sk *sk, const struct crypto_random *rnd,
					   const struct wire_header *h, uint8_t first,
					   const struct wire_fragment *f,
					   struct wire_chunk plain, uint8_t *out, size_t cap,
					   size_t *len);

/**
 * crypto_sk_open() - authenticate and decrypt an SK or SKF payload
 * @sk: object of the peer's direction
 * @msg: result of wire_parse(), its last payload SK or SKF; its buffer is read
 *	only
 * @plain: inner chain, or a fragment's part of it, without padding
 * @cap: size of @plain; msg->len always suffices
 * @len: length of @plain
 *
 * The first inner payload's type is in wire_encrypted(msg)->next; a fragment's
 * numbers come from wire_parse_fragment(). Nothing of the plaintext is left in
 * @plain on error.
 *
 * Return: CRYPTO_OK; CRYPTO_BAD_ICV for whatever anybody could have sent: also
 * without encrypted payload, too short, or of an impossible length;
 * CRYPTO_MALFORMED when after a good ICV the padding is wrong (RFC 7296 section
 * 2.21.3: INVALID_SYNTAX); CRYPTO_NO_SPACE; CRYPTO_INTERNAL.
 */
enum crypto_status crypto_sk_open(struct crypto_sk *sk, const struct wire_message *msg,
				  uint8_t *plain, size_t cap, size_t *len);

#endif /* CRYPTO_SK_H */
