/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offering and choosing transforms (RFC 7296 sections 2.7 and 3.3). Pure. */
#ifndef IKE_PROPOSAL_SELECT_H
#define IKE_PROPOSAL_SELECT_H

#include "config/conf.h"
#include "crypto/keys.h"
#include "wire/sa_payload.h"

/**
 * struct ike_offer - which proposals are on the table
 * @list: as configured
 * @n: how many
 * @protocol: IKEV2_PROTO_IKE or IKEV2_PROTO_ESP
 * @with_ke: groups count: not so for the child of IKE_AUTH
 */
struct ike_offer {
	const struct conf_proposal *list;
	unsigned int n;
	uint8_t protocol;
	bool with_ke;
};

/**
 * struct ike_choice - what was agreed on
 * @num: number of the initiator's proposal
 * @spi: of the peer: 4 octets for ESP, 8 for an IKE rekey, 0 for none
 */
struct ike_choice {
	struct crypto_suite suite;
	bool esn;
	uint8_t num;
	uint64_t spi;
};

/**
 * ike_offer_build() - write our proposals as an SA payload's content
 * @spi: ours; 4 octets for ESP, 8 for an IKE rekey when not 0
 * @group_first: put this group before others (INVALID_KE was answered), or 0
 */
void ike_offer_build(struct wire_sa *sa, const struct ike_offer *offer, uint64_t spi,
		     uint16_t group_first);

/**
 * ike_offer_select() - responder: our most preferred proposal the peer offers
 * @ke_group: group of the peer's KE payload, preferred; 0: it sent none
 *
 * With a choice whose group differs from @ke_group, INVALID_KE_PAYLOAD is due.
 *
 * Return: false when nothing matches
 */
bool ike_offer_select(struct ike_choice *choice, const struct ike_offer *offer,
		      const struct wire_sa *theirs, uint16_t ke_group);

/** ike_offer_verify() - initiator: is the answer one of what we offered? */
bool ike_offer_verify(struct ike_choice *choice, const struct ike_offer *offer,
		      const struct wire_sa *answer);

/** ike_offer_groups() - which groups are offered, in order, each once */
unsigned int ike_offer_groups(const struct ike_offer *offer, uint16_t *groups,
			      unsigned int max);

/** ike_choice_proposal() - the answer's single proposal */
void ike_choice_proposal(struct wire_proposal *p, const struct ike_choice *choice,
			 uint8_t protocol, uint64_t spi);

/** ike_suite_text() - "aes256gcm16-prfsha256-x25519", "-esn" at the end */
const char *ike_suite_text(const struct crypto_suite *suite, bool esn, char *buf,
			   size_t size);

/** ike_theirs_text() - a peer's proposals in the same words */
const char *ike_theirs_text(const struct wire_sa *sa, char *buf, size_t size);

/** ike_offer_text() - all of ours, for a sentence */
const char *ike_offer_text(const struct ike_offer *offer, char *buf, size_t size);

#endif
