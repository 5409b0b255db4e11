/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Security Association payload: proposals and transforms (RFC 7296 section 3.3) */
#ifndef WIRE_SA_PAYLOAD_H
#define WIRE_SA_PAYLOAD_H

#include "wire/message.h"

#define WIRE_PROPOSALS_MAX	64
#define WIRE_TRANSFORMS_MAX	64
#define WIRE_SPI_MAX		8

/**
 * struct wire_transform - one algorithm offered
 * @type: enum ikev2_transform_type, or unknown
 * @unusable: it carries an attribute we do not understand or a malformed key
 *	length; it must never be chosen, but the proposal's others may be
 * @id: IANA number within @type
 * @keylen: key length attribute in bits, 0 when absent
 */
struct wire_transform {
	uint8_t type;
	bool unusable;
	uint16_t id;
	uint16_t keylen;
};

/**
 * struct wire_proposal - one proposal
 * @num: proposal number
 * @protocol: enum ikev2_protocol, or unknown
 * @unusable: never choose it: an SPI of a size that @protocol does not have, a
 *	transform type we do not know (section 3.3.6), or more transforms than
 *	fit here
 * @spi_len: 0 (first IKE SA), 4 (ESP, AH) or 8 (IKE rekey)
 * @spi: as on the wire; see wire_proposal_spi32() and wire_proposal_spi64()
 * @n: number of transforms
 * @transforms: in order of preference within each type
 */
struct wire_proposal {
	uint8_t num;
	uint8_t protocol;
	bool unusable;
	uint8_t spi_len;
	uint8_t spi[WIRE_SPI_MAX];
	unsigned int n;
	struct wire_transform transforms[WIRE_TRANSFORMS_MAX];
};

/**
 * struct wire_sa - all proposals of an SA payload (about 25 KiB)
 * @n: number of proposals, at least one after a parse
 * @skipped: further proposals, well-formed but beyond the limit
 * @proposals: in order of preference
 */
struct wire_sa {
	unsigned int n;
	unsigned int skipped;
	struct wire_proposal proposals[WIRE_PROPOSALS_MAX];
};

/**
 * wire_parse_sa() - decode an SA payload
 * @sa: result; only the first sa->n proposals are written
 * @p: payload of type SA
 *
 * Unknown protocols, transform types, IDs and attributes are kept or marked
 * unusable, not refused (section 3.3.6). Proposal numbers must rise, beginning
 * at 1 or above: the same number twice meant "both" in older drafts.
 *
 * Return: WIRE_OK, or why the payload is malformed.
 */
enum wire_status wire_parse_sa(struct wire_sa *sa, const struct wire_payload *p);

/**
 * wire_add_sa() - append an SA payload
 * @b: builder
 * @sa: proposals; @unusable is ignored; zero proposals sets the overflow flag
 */
void wire_add_sa(struct wire_builder *b, const struct wire_sa *sa);

/**
 * wire_add_proposal() - append an SA payload of one proposal, as in answers
 * @b: builder
 * @prop: the choice
 */
void wire_add_proposal(struct wire_builder *b, const struct wire_proposal *prop);

/**
 * wire_proposal_transform() - append a transform to a proposal
 * @prop: proposal
 * @type: enum ikev2_transform_type
 * @id: IANA number
 * @keylen: bits, 0 for none
 *
 * Return: false when the proposal is full.
 */
bool wire_proposal_transform(struct wire_proposal *prop, uint8_t type, uint16_t id,
			     uint16_t keylen);

/* SPI accessors in host order; 0 when the proposal has none of that size */
uint32_t wire_proposal_spi32(const struct wire_proposal *prop);
uint64_t wire_proposal_spi64(const struct wire_proposal *prop);
void wire_proposal_set_spi32(struct wire_proposal *prop, uint32_t spi);
void wire_proposal_set_spi64(struct wire_proposal *prop, uint64_t spi);

#endif /* WIRE_SA_PAYLOAD_H */
