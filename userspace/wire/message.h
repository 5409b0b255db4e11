/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IKE header and payload chains (RFC 7296 sections 3.1 and 3.2).
 *
 * Parsing copies nothing: every pointer in the results points into the
 * caller's buffer and lives as long as that does. A chain is walked once into
 * a fixed array; the body of a payload is decoded on demand by payload.h,
 * sa_payload.h and ts_payload.h, each with its own bounds checks.
 *
 * No function here keeps state, allocates or logs. Any thread.
 */
#ifndef WIRE_MESSAGE_H
#define WIRE_MESSAGE_H

#include "wire/buf.h"
#include "wire/ikev2.h"

#define WIRE_PAYLOADS_MAX	64
#define WIRE_MESSAGE_MAX	65535	/* larger headers' length is refused */

/**
 * struct wire_header - the fixed IKE header, numbers in host order
 * @spi_i: SPI of the original initiator
 * @spi_r: SPI of the original responder, 0 in the first request
 * @next_payload: type of the first payload
 * @version: as on the wire, major in the upper half; 0 when building means 2.0
 * @exchange: enum ikev2_exchange
 * @flags: IKEV2_FLAG_*
 * @message_id: of the exchange
 * @length: of the whole message; ignored when building
 */
struct wire_header {
	uint64_t spi_i;
	uint64_t spi_r;
	uint8_t next_payload;
	uint8_t version;
	uint8_t exchange;
	uint8_t flags;
	uint32_t message_id;
	uint32_t length;
};

/**
 * struct wire_payload - one payload of a chain
 * @type: enum ikev2_payload, or a number unknown to us
 * @next: the Next Payload field; for SK and SKF the type of the first inner one
 * @critical: its critical bit
 * @offset: where its generic header begins, from the start of the parsed buffer
 * @body: what follows the generic header
 * @len: length of @body
 */
struct wire_payload {
	uint8_t type;
	uint8_t next;
	bool critical;
	size_t offset;
	const uint8_t *body;
	size_t len;
};

/**
 * struct wire_payloads - a chain, outer or decrypted
 * @at: payloads in the order of arrival
 * @n: how many
 * @unknown_critical: type of the first payload that is unknown to RFC 7296 and
 *	RFC 7383 and has the critical bit set, 0 if none; the request must be
 *	refused with UNSUPPORTED_CRITICAL_PAYLOAD (section 2.5)
 */
struct wire_payloads {
	struct wire_payload at[WIRE_PAYLOADS_MAX];
	unsigned int n;
	uint8_t unknown_critical;
};

/**
 * struct wire_message - a datagram after the outer parse
 * @header: IKE header
 * @payloads: outer chain; when it ends in SK or SKF that one is the last
 * @data: the whole message as given, from the initiator SPI on
 * @len: its length
 */
struct wire_message {
	struct wire_header header;
	struct wire_payloads payloads;
	const uint8_t *data;
	size_t len;
};

/**
 * wire_parse_header() - decode the fixed header alone
 * @h: result; complete also when WIRE_BAD_VERSION is returned, so that the
 *	caller can answer INVALID_MAJOR_VERSION
 * @data: datagram without the non-ESP marker
 * @len: its length
 *
 * The header's length must be exactly @len. A higher minor version is accepted
 * (RFC 7296 section 2.5).
 *
 * Return: WIRE_OK, WIRE_TRUNCATED, WIRE_BAD_LENGTH or WIRE_BAD_VERSION.
 */
enum wire_status wire_parse_header(struct wire_header *h, const uint8_t *data, size_t len);

/**
 * wire_parse() - decode header and outer payload chain
 * @msg: result; header valid as soon as wire_parse_header() would succeed
 * @data: datagram without the non-ESP marker; must outlive @msg
 * @len: its length
 *
 * SK and SKF end the chain and must fill the message to its end.
 *
 * Return: WIRE_OK or why the message is malformed.
 */
enum wire_status wire_parse(struct wire_message *msg, const uint8_t *data, size_t len);

/**
 * wire_parse_payloads() - decode a decrypted chain
 * @p: result
 * @first: type of the first payload: the Next Payload field of SK
 * @data: plaintext without padding; must outlive @p
 * @len: its length; an empty chain (@first 0, @len 0) is valid
 *
 * Return: WIRE_OK or why the chain is malformed; SK or SKF inside is
 * WIRE_BAD_VALUE.
 */
enum wire_status wire_parse_payloads(struct wire_payloads *p, uint8_t first,
				     const uint8_t *data, size_t len);

/**
 * wire_find() - first payload of a type
 * @p: chain
 * @type: enum ikev2_payload
 *
 * Return: the payload, NULL when there is none.
 */
const struct wire_payload *wire_find(const struct wire_payloads *p, uint8_t type);

/**
 * wire_count() - how many payloads of a type, to detect duplicates
 * @p: chain
 * @type: enum ikev2_payload
 */
unsigned int wire_count(const struct wire_payloads *p, uint8_t type);

/**
 * wire_encrypted() - the SK or SKF payload of a message
 * @msg: result of wire_parse()
 *
 * Return: the payload, NULL when the message has none.
 */
const struct wire_payload *wire_encrypted(const struct wire_message *msg);

/**
 * wire_payload_known() - whether critical bit handling applies
 * @type: payload type
 *
 * Return: true for the types of RFC 7296 and RFC 7383.
 */
bool wire_payload_known(uint8_t type);

/**
 * wire_put_header() - write an IKE header
 * @w: where
 * @h: what; Next Payload and length as given here
 */
void wire_put_header(struct wire_writer *w, const struct wire_header *h);

/**
 * struct wire_builder - a message or an inner chain under construction
 * @w: the buffer; do not write to it between two payloads
 * @first: type of the first payload, for SK's Next Payload field
 * @has_header: it is a whole message
 * @next_at: offset of the Next Payload field to chain from, SIZE_MAX: @first
 * @payload_at: offset of the open payload, SIZE_MAX when none is open
 */
struct wire_builder {
	struct wire_writer w;
	uint8_t first;
	bool has_header;
	size_t next_at;
	size_t payload_at;
};

/**
 * wire_build_message() - begin a message with an IKE header
 * @b: builder
 * @h: header; Next Payload and length are filled in by the builder
 * @data: buffer, owned by the caller
 * @cap: its size
 */
void wire_build_message(struct wire_builder *b, const struct wire_header *h,
			void *data, size_t cap);

/**
 * wire_build_inner() - begin a chain that will be encrypted
 * @b: builder
 * @data: buffer, owned by the caller
 * @cap: its size
 */
void wire_build_inner(struct wire_builder *b, void *data, size_t cap);

/**
 * wire_build_end() - finish
 * @b: builder
 * @len: total length; unchanged on error
 *
 * Return: WIRE_OK; WIRE_NO_SPACE when anything did not fit on the way.
 */
enum wire_status wire_build_end(struct wire_builder *b, size_t *len);

/**
 * wire_begin_payload() - open a payload; what is written to b->w is its body
 * @b: builder without an open payload
 * @type: enum ikev2_payload; the critical bit is never set (section 2.5)
 */
void wire_begin_payload(struct wire_builder *b, uint8_t type);

/**
 * wire_end_payload() - close the open payload and fill in its length
 * @b: builder
 */
void wire_end_payload(struct wire_builder *b);

/**
 * wire_add() - append a payload with a given body
 * @b: builder
 * @type: enum ikev2_payload
 * @body: octets after the generic header
 */
void wire_add(struct wire_builder *b, uint8_t type, struct wire_chunk body);

#endif /* WIRE_MESSAGE_H */
