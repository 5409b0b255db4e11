/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selectors (RFC 7296 section 3.13) */
#ifndef WIRE_TS_PAYLOAD_H
#define WIRE_TS_PAYLOAD_H

#include "wire/message.h"

#define WIRE_TS_MAX	64

/**
 * struct wire_ts - one traffic selector
 * @type: IKEV2_TS_IPV4_ADDR_RANGE or IKEV2_TS_IPV6_ADDR_RANGE
 * @protocol: IP protocol, 0 any
 * @start_port: host order
 * @end_port: inclusive; start 65535 with end 0 is OPAQUE
 * @start: first address, network order, 4 or 16 octets by @type
 * @end: last address
 */
struct wire_ts {
	uint8_t type;
	uint8_t protocol;
	uint16_t start_port;
	uint16_t end_port;
	uint8_t start[16];
	uint8_t end[16];
};

/**
 * struct wire_ts_list - a TSi or TSr payload
 * @n: usable selectors
 * @skipped: selectors passed over: unknown type, or beyond WIRE_TS_MAX. Leaving
 *	them out narrows, which a responder may do; an initiator that finds
 *	any in an answer got what it did not offer
 * @ts: in order
 */
struct wire_ts_list {
	unsigned int n;
	unsigned int skipped;
	struct wire_ts ts[WIRE_TS_MAX];
};

/**
 * wire_ts_addr_len() - octets of an address
 * @type: TS type
 *
 * Return: 4, 16, or 0 for an unknown type.
 */
size_t wire_ts_addr_len(uint8_t type);

/**
 * wire_parse_ts() - decode TSi or TSr
 * @list: result
 * @p: payload
 *
 * Return: WIRE_OK; WIRE_BAD_VALUE for an empty list, for start above end in
 * addresses or ports (OPAQUE apart), otherwise what is malformed.
 */
enum wire_status wire_parse_ts(struct wire_ts_list *list, const struct wire_payload *p);

/**
 * wire_add_ts() - append TSi or TSr
 * @b: builder
 * @payload: IKEV2_PL_TSI or IKEV2_PL_TSR
 * @list: selectors; an empty list or an unknown type sets the overflow flag
 */
void wire_add_ts(struct wire_builder *b, uint8_t payload, const struct wire_ts_list *list);

#endif /* WIRE_TS_PAYLOAD_H */
