/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which message is taken in which state, by whom: one declared table */
#ifndef IKE_TRANSITIONS_H
#define IKE_TRANSITIONS_H

#include "ike/engine.h"

enum ike_role { IKE_ROLE_ANY, IKE_ROLE_INITIATOR, IKE_ROLE_RESPONDER };

/**
 * struct ike_transition - one row
 * @states: bit per enum ike_sa_state in which it is taken
 * @exchange: of the message
 * @response: it answers a request of ours
 * @role: ours in the IKE SA
 * @error: it must hold an error notify; otherwise that is not looked at
 * @required: bit per payload type that must be there
 * @forbidden: types that must not; all others are allowed and, where the
 *             handler has no use for them, passed over (section 2.5)
 * @handler: called with a checked message of the right ID
 */
struct ike_transition {
	unsigned int states;
	uint8_t exchange;
	bool response;
	enum ike_role role;
	bool error;
	uint32_t required;
	uint32_t forbidden;
	void (*handler)(struct ike_sa *sa, const struct ike_message *m);
};

enum ike_match {
	IKE_MATCH_NONE,		/* not expected in this state: dropped */
	IKE_MATCH_SHAPE,	/* expected, but with other payloads: INVALID_SYNTAX */
	IKE_MATCH_OK,
};

/** ike_transition_expected() - could such a message be taken, payloads apart? */
bool ike_transition_expected(const struct ike_sa *sa, uint8_t exchange, bool response);

/** ike_transition_find() - the row for a decrypted message */
enum ike_match ike_transition_find(const struct ike_sa *sa, const struct ike_message *m,
				   const struct ike_transition **row);

/** ike_duplicates() - type of a payload that occurs twice and must not, or 0 */
uint8_t ike_duplicates(const struct wire_payloads *p);

#endif
