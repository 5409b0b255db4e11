/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One-line descriptions for logs; no key, nonce, AUTH value or other secret */
#ifndef WIRE_DUMP_H
#define WIRE_DUMP_H

#include "wire/message.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

/**
 * wire_dump() - describe a message
 * @out: text, always terminated, cut at @cap
 * @cap: size of @out
 * @msg: parsed message
 * @inner: its decrypted chain, or NULL
 *
 * For example "IKE_AUTH request 1 [SK{IDi AUTH SA TSi TSr N(MOBIKE_SUPPORTED)}]".
 *
 * Return: @out.
 */
const char *wire_dump(char *out, size_t cap, const struct wire_message *msg,
		      const struct wire_payloads *inner);

/**
 * wire_dump_proposal() - describe a proposal as configured, e.g.
 *	"ESP:AES_GCM_16-256/NO_ESN"
 * @out: text, always terminated, cut at @cap
 * @cap: size of @out
 * @prop: proposal
 *
 * Return: @out.
 */
const char *wire_dump_proposal(char *out, size_t cap, const struct wire_proposal *prop);

/**
 * wire_dump_sa() - describe every proposal, separated by ", "
 * @out: text, always terminated, cut at @cap
 * @cap: size of @out
 * @sa: proposals
 *
 * Return: @out.
 */
const char *wire_dump_sa(char *out, size_t cap, const struct wire_sa *sa);

/**
 * wire_dump_ts() - describe selectors: "10.0.0.3-10.0.0.9, ::/0 proto 6 port 443"
 * @out: text, always terminated, cut at @cap
 * @cap: size of @out
 * @list: selectors
 *
 * A range that is a prefix is written as one.
 *
 * Return: @out.
 */
const char *wire_dump_ts(char *out, size_t cap, const struct wire_ts_list *list);

/**
 * wire_dump_id() - describe an identity: text, address, or hex for other types
 *	and anything with unprintable octets
 * @out: text, always terminated, cut at @cap
 * @cap: size of @out
 * @type: enum ikev2_id_type
 * @data: identification data
 *
 * Return: @out.
 */
const char *wire_dump_id(char *out, size_t cap, uint8_t type, struct wire_chunk data);

#endif /* WIRE_DUMP_H */
