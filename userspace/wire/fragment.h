/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE message fragments (RFC 7383): the fragment header and reassembly. Only
 * fragments that crypto_sk_open() has authenticated go into a reassembly.
 */
#ifndef WIRE_FRAGMENT_H
#define WIRE_FRAGMENT_H

#include "wire/message.h"

#define WIRE_FRAGMENTS_MAX	64
#define WIRE_REASSEMBLY_BYTES	65536
#define WIRE_SKF_HEADER_LEN	4	/* Fragment Number, Total Fragments */

/**
 * struct wire_fragment - the clear part of an SKF payload
 * @number: from 1
 * @total: how many there are
 */
struct wire_fragment {
	uint16_t number;
	uint16_t total;
};

/**
 * wire_parse_fragment() - read and check the fragment header
 * @f: result
 * @p: payload of type SKF
 *
 * Return: WIRE_OK; WIRE_BAD_VALUE for number 0 or above total; WIRE_TOO_MANY
 * above WIRE_FRAGMENTS_MAX.
 */
enum wire_status wire_parse_fragment(struct wire_fragment *f, const struct wire_payload *p);

/**
 * struct wire_reassembly - the fragments of one message so far
 * @active: there is something in it
 * @first: Next Payload field of fragment 1
 * @total: of the message being put together
 * @have: how many of them are there
 * @message_id: of that message
 * @bytes: content kept
 * @part: copies, by number from 0
 *
 * Zero-initialise; one per direction (requests, responses) of an IKE SA. All
 * members are private.
 */
struct wire_reassembly {
	bool active;
	uint8_t first;
	uint16_t total;
	uint16_t have;
	uint32_t message_id;
	size_t bytes;
	struct {
		uint8_t *data;
		size_t len;
	} part[WIRE_FRAGMENTS_MAX];
};

/**
 * enum wire_fragment_result - what became of a fragment
 * @WIRE_FRAGMENT_STORED: kept, more are missing
 * @WIRE_FRAGMENT_COMPLETE: it was the last one: call wire_reassembly_take()
 * @WIRE_FRAGMENT_DUPLICATE: already there, or of a smaller total than known
 *	(RFC 7383 section 2.6): dropped
 * @WIRE_FRAGMENT_REFUSED: limits exceeded; the whole message was discarded
 * @WIRE_FRAGMENT_NO_MEMORY: not kept
 */
enum wire_fragment_result {
	WIRE_FRAGMENT_STORED,
	WIRE_FRAGMENT_COMPLETE,
	WIRE_FRAGMENT_DUPLICATE,
	WIRE_FRAGMENT_REFUSED,
	WIRE_FRAGMENT_NO_MEMORY,
};

/**
 * wire_reassembly_wants() - cheap test before decrypting
 * @r: reassembly
 * @message_id: of the fragment's message
 * @f: its fragment header
 *
 * Return: false when wire_reassembly_add() would call it a duplicate.
 */
bool wire_reassembly_wants(const struct wire_reassembly *r, uint32_t message_id,
			   const struct wire_fragment *f);

/**
 * wire_reassembly_add() - keep a decrypted, authenticated fragment
 * @r: reassembly
 * @message_id: of its message; another one than before discards what was kept,
 *	so the caller checks the message ID against its window first
 * @f: fragment header, checked by wire_parse_fragment()
 * @first: Next Payload field of the SKF payload, used of fragment 1 only
 * @plain: content without padding, copied
 *
 * Return: see enum wire_fragment_result.
 */
enum wire_fragment_result wire_reassembly_add(struct wire_reassembly *r, uint32_t message_id,
					      const struct wire_fragment *f, uint8_t first,
					      struct wire_chunk plain);

/**
 * wire_reassembly_take() - collect the complete message and start afresh
 * @r: a complete reassembly
 * @out: plaintext chain for wire_parse_payloads()
 * @cap: size of @out; WIRE_REASSEMBLY_BYTES always suffices
 * @first: type of the first payload
 * @len: length of the plaintext
 *
 * Return: WIRE_OK; WIRE_BAD_VALUE when not complete; WIRE_NO_SPACE.
 */
enum wire_status wire_reassembly_take(struct wire_reassembly *r, uint8_t *out, size_t cap,
				      uint8_t *first, size_t *len);

/**
 * wire_reassembly_reset() - forget and free everything kept
 * @r: reassembly, usable again afterwards
 */
void wire_reassembly_reset(struct wire_reassembly *r);

/**
 * wire_fragments_needed() - how many fragments a plaintext takes
 * @plain_len: octets of the inner chain
 * @per_fragment: octets that fit in one, see crypto_sk_fragment_capacity()
 *
 * Return: 1..WIRE_FRAGMENTS_MAX; 0 when it cannot be done within the limits.
 */
unsigned int wire_fragments_needed(size_t plain_len, size_t per_fragment);

#endif /* WIRE_FRAGMENT_H */
