// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/transitions.h"

#include "ike/exchange.h"
#include "ike/sa.h"

#define S(state) (1u << IKE_SA_##state)
#define P(type) (1u << (IKEV2_PL_##type - IKEV2_PL_SA))

#define CHILD_PAYLOADS (P(SA) | P(NONCE) | P(TSI) | P(TSR))

static void abandoned(struct ike_sa *sa, const struct ike_message *m);

static const struct ike_transition table[] = {
	/* IKE_SA_INIT requests belong to no SA yet: sa_init_respond.c */
	{
		/* IKE_SA_INIT answered */
		.states = S(INIT), .exchange = IKEV2_IKE_SA_INIT, .response = true,
		.role = IKE_ROLE_INITIATOR,
		.required = P(SA) | P(KE) | P(NONCE),
		.handler = ike_init_response,
	}, {
		/* IKE_SA_INIT refused, or asked for again */
		.states = S(INIT), .exchange = IKEV2_IKE_SA_INIT, .response = true,
		.role = IKE_ROLE_INITIATOR,
		.required = P(NOTIFY), .forbidden = P(SA),
		.handler = ike_init_error,
	}, {
		/* IKE_AUTH request */
		.states = S(AUTH), .exchange = IKEV2_IKE_AUTH, .response = false,
		.role = IKE_ROLE_RESPONDER,
		.required = P(IDI),
		.handler = ike_auth_request,
	}, {
		/* IKE_AUTH answered */
		.states = S(AUTH), .exchange = IKEV2_IKE_AUTH, .response = true,
		.role = IKE_ROLE_INITIATOR,
		.required = P(IDR) | P(AUTH),
		.handler = ike_auth_response,
	}, {
		/* IKE_AUTH refused */
		.states = S(AUTH), .exchange = IKEV2_IKE_AUTH, .response = true,
		.role = IKE_ROLE_INITIATOR, .error = true,
		.required = P(NOTIFY), .forbidden = P(AUTH),
		.handler = ike_auth_error,
	}, {
		/* new child or child rekey requested */
		.states = S(ESTABLISHED), .exchange = IKEV2_CREATE_CHILD_SA,
		.required = CHILD_PAYLOADS,
		.handler = ike_child_request,
	}, {
		/* IKE SA rekey requested */
		.states = S(ESTABLISHED), .exchange = IKEV2_CREATE_CHILD_SA,
		.required = P(SA) | P(NONCE) | P(KE), .forbidden = P(TSI) | P(TSR),
		.handler = ike_rekey_request,
	}, {
		/* CREATE_CHILD_SA on an IKE SA being replaced or closed */
		.states = S(REKEYED) | S(DELETING), .exchange = IKEV2_CREATE_CHILD_SA,
		.handler = ike_refuse_temporarily,
	}, {
		/* child created */
		.states = S(ESTABLISHED), .exchange = IKEV2_CREATE_CHILD_SA,
		.response = true, .required = CHILD_PAYLOADS,
		.handler = ike_child_response,
	}, {
		/* IKE SA rekeyed */
		.states = S(ESTABLISHED) | S(REKEYED) | S(DELETING),
		.exchange = IKEV2_CREATE_CHILD_SA, .response = true,
		.required = P(SA) | P(NONCE) | P(KE), .forbidden = P(TSI) | P(TSR),
		.handler = ike_rekey_response,
	}, {
		/* CREATE_CHILD_SA refused */
		.states = S(ESTABLISHED) | S(REKEYED), .exchange = IKEV2_CREATE_CHILD_SA,
		.response = true, .error = true, .required = P(NOTIFY),
		.handler = ike_child_error,
	}, {
		/* INFORMATIONAL request */
		.states = S(ESTABLISHED) | S(REKEYED) | S(DELETING),
		.exchange = IKEV2_INFORMATIONAL,
		.handler = ike_informational_request,
	}, {
		/* INFORMATIONAL answered */
		.states = S(ESTABLISHED) | S(REKEYED) | S(DELETING),
		.exchange = IKEV2_INFORMATIONAL, .response = true,
		.handler = ike_informational_response,
	}, {
		/* answer to an exchange given up */
		.states = S(DELETING), .exchange = IKEV2_CREATE_CHILD_SA, .response = true,
		.handler = abandoned,
	},
};

#define ROWS (sizeof(table) / sizeof(table[0]))

static bool row_applies(const struct ike_transition *row, const struct ike_sa *sa,
			uint8_t exchange, bool response)
{
	enum ike_sa_state state = sa->closing ? IKE_SA_DELETING : sa->state;

	/* Refused before it was established: it only repeats its last answer */
	if (sa->closing && !sa->established)
		return false;
	if (row->exchange != exchange || row->response != response ||
	    !(row->states & 1u << state))
		return false;
	return row->role == IKE_ROLE_ANY ||
	       (row->role == IKE_ROLE_INITIATOR) == sa->initiator;
}

bool ike_transition_expected(const struct ike_sa *sa, uint8_t exchange, bool response)
{
	size_t i;

	for (i = 0; i < ROWS; i++)
		if (row_applies(&table[i], sa, exchange, response))
			return true;
	return false;
}

static uint32_t present(const struct wire_payloads *p)
{
	uint32_t mask = 0;
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		uint8_t type = p->at[i].type;

		if (type >= IKEV2_PL_SA && type < IKEV2_PL_SA + 32)
			mask |= 1u << (type - IKEV2_PL_SA);
	}
	return mask;
}

enum ike_match ike_transition_find(const struct ike_sa *sa, const struct ike_message *m,
				   const struct ike_transition **row)
{
	enum ike_match best = IKE_MATCH_NONE;
	uint32_t have = present(m->p);
	struct wire_notify n;
	size_t i;

	for (i = 0; i < ROWS; i++) {
		const struct ike_transition *t = &table[i];

		if (!row_applies(t, sa, m->exchange, m->response))
			continue;
		best = IKE_MATCH_SHAPE;
		if ((have & t->required) != t->required || have & t->forbidden)
			continue;
		if (t->error && !ike_first_error(m->p, &n))
			continue;
		*row = t;
		return IKE_MATCH_OK;
	}
	return best;
}

uint8_t ike_duplicates(const struct wire_payloads *p)
{
	static const uint8_t single[] = {
		IKEV2_PL_SA, IKEV2_PL_KE, IKEV2_PL_IDI, IKEV2_PL_IDR, IKEV2_PL_AUTH,
		IKEV2_PL_NONCE, IKEV2_PL_TSI, IKEV2_PL_TSR, IKEV2_PL_EAP,
	};
	size_t i;

	for (i = 0; i < sizeof(single); i++)
		if (wire_count(p, single[i]) > 1)
			return single[i];
	return 0;
}

/* The IKE SA is being closed: what the exchange was to make is not wanted */
static void abandoned(struct ike_sa *sa, const struct ike_message *m)
{
	if (sa->task)
		ike_task_abort(sa->task);
}
