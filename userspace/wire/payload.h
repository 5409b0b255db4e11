/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bodies of the small payloads: KE, Nonce, ID, AUTH, Notify, Delete, CERT,
 * CERTREQ, Vendor ID (RFC 7296 sections 3.4 to 3.12). Parsers take a payload
 * found by wire_find(), copy nothing and check every length; the octets they
 * hand out live as long as the parsed buffer. Builders append to an open chain
 * and report through the builder's overflow flag.
 */
#ifndef WIRE_PAYLOAD_H
#define WIRE_PAYLOAD_H

#include "wire/message.h"

struct wire_ke {
	uint16_t group;
	struct wire_chunk data;
};

struct wire_id {
	uint8_t type;		/* enum ikev2_id_type */
	struct wire_chunk data;
};

struct wire_auth {
	uint8_t method;		/* enum ikev2_auth_method */
	struct wire_chunk data;
};

struct wire_cert {
	uint8_t encoding;
	struct wire_chunk data;
};

/**
 * struct wire_notify - a Notify payload
 * @type: enum ikev2_notify, or unknown: unknown errors fail the request,
 *	unknown status types are ignored (section 3.10.1)
 * @protocol: enum ikev2_protocol, 0 when @spi is empty
 * @spi: 4 octets for ESP and AH; any length is taken, so that an unknown
 *	notify does no harm
 * @data: notification data
 */
struct wire_notify {
	uint16_t type;
	uint8_t protocol;
	struct wire_chunk spi;
	struct wire_chunk data;
};

/**
 * struct wire_delete - a Delete payload
 * @protocol: IKE (no SPIs), AH or ESP
 * @n: number of SPIs
 * @spis: @n SPIs of 4 octets, read with wire_delete_spi()
 */
struct wire_delete {
	uint8_t protocol;
	unsigned int n;
	const uint8_t *spis;
};

/*
 * Each returns WIRE_OK, or WIRE_TRUNCATED, WIRE_BAD_LENGTH or WIRE_BAD_VALUE
 * with the result undefined. An empty KE value, nonces outside 16..256 octets,
 * and addresses of the wrong size for their ID type are refused here.
 */
enum wire_status wire_parse_ke(struct wire_ke *ke, const struct wire_payload *p);
enum wire_status wire_parse_nonce(struct wire_chunk *nonce, const struct wire_payload *p);
enum wire_status wire_parse_id(struct wire_id *id, const struct wire_payload *p);
enum wire_status wire_parse_auth(struct wire_auth *auth, const struct wire_payload *p);
enum wire_status wire_parse_cert(struct wire_cert *cert, const struct wire_payload *p);
enum wire_status wire_parse_notify(struct wire_notify *n, const struct wire_payload *p);
enum wire_status wire_parse_delete(struct wire_delete *d, const struct wire_payload *p);

/**
 * wire_notify_spi() - the ESP or AH SPI of a notify
 * @n: parsed notify
 *
 * Return: SPI in host order, 0 when it does not hold one of 4 octets.
 */
uint32_t wire_notify_spi(const struct wire_notify *n);

/**
 * wire_notify_is_error() - whether a notify type reports an error
 * @type: notify type
 */
static inline bool wire_notify_is_error(uint16_t type)
{
	return type < IKEV2_NOTIFY_FIRST_STATUS;
}

/**
 * wire_delete_spi() - one SPI of a Delete payload
 * @d: parsed payload
 * @i: index below d->n
 *
 * Return: SPI in host order.
 */
uint32_t wire_delete_spi(const struct wire_delete *d, unsigned int i);

/**
 * wire_check_payloads() - decode every payload of a chain once
 * @p: chain
 * @bad_type: set to the type of the payload at fault, may be NULL
 *
 * Lets a caller answer INVALID_SYNTAX before it acts on any part of a message.
 * CP and EAP bodies are not looked into.
 *
 * Return: WIRE_OK or the first decoder's error.
 */
enum wire_status wire_check_payloads(const struct wire_payloads *p, uint8_t *bad_type);

/**
 * wire_next_notify() - walk the Notify payloads of a chain
 * @p: chain
 * @pos: 0 to begin with, then left alone
 * @n: the next well-formed notify
 *
 * Malformed ones are passed over: use wire_check_payloads() first.
 *
 * Return: false when there are no more.
 */
bool wire_next_notify(const struct wire_payloads *p, unsigned int *pos, struct wire_notify *n);

/**
 * wire_find_notify() - first Notify of a type
 * @p: chain
 * @type: enum ikev2_notify
 * @n: result, may be NULL
 *
 * Return: whether there is one.
 */
bool wire_find_notify(const struct wire_payloads *p, uint16_t type, struct wire_notify *n);

void wire_add_ke(struct wire_builder *b, uint16_t group, struct wire_chunk data);
void wire_add_nonce(struct wire_builder *b, struct wire_chunk nonce);
void wire_add_auth(struct wire_builder *b, uint8_t method, struct wire_chunk data);
void wire_add_vendor(struct wire_builder *b, struct wire_chunk data);

/**
 * wire_add_id() - append IDi or IDr
 * @b: builder
 * @payload: IKEV2_PL_IDI or IKEV2_PL_IDR
 * @type: enum ikev2_id_type
 * @data: identification data
 */
void wire_add_id(struct wire_builder *b, uint8_t payload, uint8_t type,
		 struct wire_chunk data);

/**
 * wire_id_body() - the ID payload's body, as AUTH covers it (section 2.15)
 * @out: at least 4 + data.len octets
 * @cap: size of @out
 * @type: enum ikev2_id_type
 * @data: identification data
 * @len: length written
 *
 * Return: WIRE_OK or WIRE_NO_SPACE.
 */
enum wire_status wire_id_body(uint8_t *out, size_t cap, uint8_t type,
			      struct wire_chunk data, size_t *len);

/**
 * wire_add_notify() - append a Notify without SPI
 * @b: builder
 * @type: enum ikev2_notify
 * @data: notification data, may be empty
 */
void wire_add_notify(struct wire_builder *b, uint16_t type, struct wire_chunk data);

/**
 * wire_add_notify_spi() - append a Notify that names a child SA
 * @b: builder
 * @type: REKEY_SA, CHILD_SA_NOT_FOUND, ...
 * @protocol: IKEV2_PROTO_ESP or IKEV2_PROTO_AH
 * @spi: the SPI the sender of the notify expects in inbound packets
 * @data: notification data, may be empty
 */
void wire_add_notify_spi(struct wire_builder *b, uint16_t type, uint8_t protocol,
			 uint32_t spi, struct wire_chunk data);

/**
 * wire_add_delete_ike() - append a Delete of the IKE SA itself
 * @b: builder
 */
void wire_add_delete_ike(struct wire_builder *b);

/**
 * wire_add_delete_child() - append a Delete of child SAs
 * @b: builder
 * @protocol: IKEV2_PROTO_ESP or IKEV2_PROTO_AH
 * @spis: inbound SPIs of the sender, host order
 * @n: how many, at least one
 */
void wire_add_delete_child(struct wire_builder *b, uint8_t protocol,
			   const uint32_t *spis, unsigned int n);

#endif /* WIRE_PAYLOAD_H */
