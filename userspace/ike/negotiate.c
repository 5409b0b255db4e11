// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a child SA shall be: transforms and traffic selectors, offered, chosen
 * and checked; the same for IKE_AUTH and CREATE_CHILD_SA.
 */
#include <stdio.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/proposal_select.h"
#include "ike/sa.h"
#include "ike/ts_narrow.h"
#include "wire/dump.h"

struct ike_offer ike_child_offer(const struct ike_sa *sa, bool with_ke)
{
	struct ike_offer offer = { sa->conf->esp, sa->conf->n_esp, IKEV2_PROTO_ESP, with_ke };

	return offer;
}

void ike_child_propose(struct ike_child *c, const struct ike_child *old)
{
	const struct conf_tunnel *conf = c->sa->conf;
	struct ike_selectors *ts = &c->ts;

	if (old) {
		c->lane = old->lane;
		c->rekeys = old->rekeys + 1;
	}
	if (old && !old->reselect) {
		/* A rekey must not narrow: what is in use is asked for again (2.9.2) */
		*ts = old->ts;
		return;
	}
	ts->n_local = conf->n_local_ts;
	memcpy(ts->local, conf->local_ts, sizeof(ts->local[0]) * ts->n_local);
	ts->n_remote = conf->n_remote_ts;
	memcpy(ts->remote, conf->remote_ts, sizeof(ts->remote[0]) * ts->n_remote);
}

void ike_child_add_sa(struct wire_builder *b, const struct ike_task *t, bool with_ke)
{
	struct ike_offer offer = ike_child_offer(t->sa, with_ke);
	struct wire_sa *sa = &t->sa->engine->sa_out;

	ike_offer_build(sa, &offer, t->child->spi_in, t->group);
	wire_add_sa(b, sa);
}

void ike_child_add_ts(struct wire_builder *b, const struct ike_child *c)
{
	struct wire_ts_list *local = &c->engine->tsi;
	struct wire_ts_list *remote = &c->engine->tsr;

	ike_ts_build(local, c->ts.local, c->ts.n_local);
	ike_ts_build(remote, c->ts.remote, c->ts.n_remote);
	wire_add_ts(b, IKEV2_PL_TSI, c->initiator ? local : remote);
	wire_add_ts(b, IKEV2_PL_TSR, c->initiator ? remote : local);
}

void ike_child_add_answer(struct wire_builder *b, const struct ike_task *t)
{
	const struct ike_child *c = t->child;
	struct ike_choice choice = { .suite = c->suite, .esn = c->esn, .num = c->proposal_num };
	struct wire_proposal *p = &c->engine->sa_out.proposals[0];

	ike_choice_proposal(p, &choice, IKEV2_PROTO_ESP, c->spi_in);
	wire_add_proposal(b, p);
	if (t->group)
		wire_add_ke(b, t->group, crypto_ke_public(t->ke));
	ike_child_add_ts(b, c);
}

static void take_choice(struct ike_child *c, const struct ike_choice *choice)
{
	c->suite = choice->suite;
	c->esn = choice->esn;
	c->proposal_num = choice->num;
	c->spi_out = (uint32_t)choice->spi;
}

/* ---- responder ---------------------------------------------------------- */

static bool parse_ts(struct ike_engine *e, const struct ike_message *m)
{
	return wire_parse_ts(&e->tsi, wire_find(m->p, IKEV2_PL_TSI)) == WIRE_OK &&
	       wire_parse_ts(&e->tsr, wire_find(m->p, IKEV2_PL_TSR)) == WIRE_OK;
}

static void complain_proposal(struct ike_child *c, const struct ike_offer *offer)
{
	char theirs[IKE_TEXT_MAX / 2], ours[IKE_TEXT_MAX / 2];

	c->engine->counters.no_proposal++;
	ike_theirs_text(&c->engine->sa_in, theirs, sizeof(theirs));
	ike_offer_text(offer, ours, sizeof(ours));
	ike_complain(c->path, "no ESP proposal in common: theirs %s; ours %s", theirs, ours);
}

static bool narrow(struct ike_child *c)
{
	const struct conf_tunnel *conf = c->sa->conf;
	struct ike_engine *e = c->engine;
	char theirs[IKE_TEXT_MAX / 4], theirs_r[IKE_TEXT_MAX / 4];
	char ours[IKE_TEXT_MAX / 4], ours_r[IKE_TEXT_MAX / 4];

	c->ts.n_remote = ike_ts_narrow(c->ts.remote, &e->tsi, conf->remote_ts,
				       conf->n_remote_ts);
	c->ts.n_local = ike_ts_narrow(c->ts.local, &e->tsr, conf->local_ts, conf->n_local_ts);
	if (c->ts.n_local && c->ts.n_remote &&
	    ike_ts_common_family(c->ts.local, c->ts.n_local, c->ts.remote, c->ts.n_remote))
		return true;
	e->counters.ts_unacceptable++;
	wire_dump_ts(theirs, sizeof(theirs), &e->tsi);
	wire_dump_ts(theirs_r, sizeof(theirs_r), &e->tsr);
	ike_ts_text(conf->remote_ts, conf->n_remote_ts, ours, sizeof(ours));
	ike_ts_text(conf->local_ts, conf->n_local_ts, ours_r, sizeof(ours_r));
	ike_complain(c->path, "no traffic selectors in common: theirs %s === %s; ours %s === %s",
		     theirs, theirs_r, ours, ours_r);
	return false;
}

uint16_t ike_child_accept(struct ike_task *t, const struct ike_message *m,
			  const struct wire_ke *ke, bool with_ke)
{
	struct ike_offer offer = ike_child_offer(t->sa, with_ke);
	struct ike_engine *e = t->sa->engine;
	struct ike_child *c = t->child;
	struct ike_choice choice;

	if (wire_parse_sa(&e->sa_in, wire_find(m->p, IKEV2_PL_SA)) != WIRE_OK ||
	    !parse_ts(e, m))
		return IKEV2_N_INVALID_SYNTAX;
	if (!ike_offer_select(&choice, &offer, &e->sa_in, ke ? ke->group : 0) ||
	    choice.spi < 256) {
		complain_proposal(c, &offer);
		return IKEV2_N_NO_PROPOSAL_CHOSEN;
	}
	take_choice(c, &choice);
	t->group = choice.suite.group;
	if (t->group && (!ke || !ike_task_take_key(t, ke)))
		return IKEV2_N_INVALID_KE_PAYLOAD;
	return narrow(c) ? 0 : IKEV2_N_TS_UNACCEPTABLE;
}

/* ---- initiator ---------------------------------------------------------- */

static bool selectors_agreed(struct ike_child *c)
{
	struct ike_engine *e = c->engine;
	struct ike_selectors ts = { .n_local = 0 };

	ts.n_local = ike_ts_inside(ts.local, &e->tsi, c->ts.local, c->ts.n_local);
	ts.n_remote = ike_ts_inside(ts.remote, &e->tsr, c->ts.remote, c->ts.n_remote);
	if (!ts.n_local || !ts.n_remote ||
	    !ike_ts_common_family(ts.local, ts.n_local, ts.remote, ts.n_remote))
		return false;
	c->ts = ts;
	return true;
}

bool ike_child_agreed(struct ike_task *t, const struct ike_message *m, bool with_ke)
{
	struct ike_offer offer = ike_child_offer(t->sa, with_ke);
	struct ike_engine *e = t->sa->engine;
	struct ike_child *c = t->child;
	char theirs[IKE_TEXT_MAX / 2];
	struct ike_choice choice;

	if (wire_parse_sa(&e->sa_in, wire_find(m->p, IKEV2_PL_SA)) != WIRE_OK ||
	    !parse_ts(e, m))
		return false;
	if (!ike_offer_verify(&choice, &offer, &e->sa_in) || choice.spi < 256 ||
	    (with_ke && choice.suite.group != t->group)) {
		ike_theirs_text(&e->sa_in, theirs, sizeof(theirs));
		ike_complain(c->path, "peer chose an ESP proposal we did not offer: %s", theirs);
		return false;
	}
	take_choice(c, &choice);
	if (selectors_agreed(c))
		return true;
	wire_dump_ts(theirs, sizeof(theirs), &e->tsr);
	ike_complain(c->path, "peer chose traffic selectors we did not offer, or for one protocol only: %s",
		     theirs);
	return false;
}

void ike_child_refuse(struct ike_child *c)
{
	struct ike_path *path = c->path;

	/* The peer has it: it must be told */
	c->state = IKE_CHILD_INSTALLED;
	c->spent = true;
	c->want_delete = true;
	ike_sa_kick(c->sa);
	ike_path_child_failed(path);
}

void ike_child_complain(struct ike_sa *sa, const struct ike_child *c, uint16_t notify)
{
	struct ike_offer offer = ike_child_offer(sa, true);
	char ours[IKE_TEXT_MAX / 2], ours_r[IKE_TEXT_MAX / 2];
	struct ike_path *path = sa->path;

	switch (notify) {
	case IKEV2_N_NO_PROPOSAL_CHOSEN:
		sa->engine->counters.no_proposal++;
		ike_complain(path, "peer accepts none of our ESP proposals (NO_PROPOSAL_CHOSEN); ours: %s",
			     ike_offer_text(&offer, ours, sizeof(ours)));
		break;
	case IKEV2_N_TS_UNACCEPTABLE:
		sa->engine->counters.ts_unacceptable++;
		ike_ts_text(sa->conf->local_ts, sa->conf->n_local_ts, ours, sizeof(ours));
		ike_ts_text(sa->conf->remote_ts, sa->conf->n_remote_ts, ours_r,
			    sizeof(ours_r));
		ike_complain(path, "peer accepts none of our traffic selectors (TS_UNACCEPTABLE); ours: %s === %s",
			     ours, ours_r);
		break;
	case 0:
		ike_complain(path, "peer answered without a child SA and without a reason");
		break;
	default:
		ike_complain(path, "peer refused the child SA with %s (%u)",
			     ikev2_notify_name(notify), notify);
	}
}
