// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_SA_INIT, responder. Until it is known that the sender receives at its
 * address and that a tunnel is for it, no state is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/candidates.h"
#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/id_match.h"
#include "ike/nat_detect.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/transitions.h"
#include "ike/window.h"

#define STRANGERS_MORE	30	/* above the cookies' threshold: so long they last */
#define PROVEN_SHARE	8	/* of all half-open IKE SAs, for one who returned a cookie */

/* ---- answers that leave no state ---------------------------------------- */

static void reply(struct ike_engine *e, const struct ike_message *m, uint16_t notify,
		  struct wire_chunk data)
{
	struct wire_header h = { .spi_i = m->raw->header.spi_i,
				 .exchange = IKEV2_IKE_SA_INIT,
				 .flags = IKEV2_FLAG_RESPONSE };
	struct wire_builder b;
	size_t len;

	wire_build_message(&b, &h, e->packet, WIRE_MESSAGE_MAX);
	wire_add_notify(&b, notify, data);
	if (wire_build_end(&b, &len) == WIRE_OK)
		ike_emit_send(e, &m->local, &m->remote, NULL, e->packet, len);
}

static void reply_group(struct ike_engine *e, const struct ike_message *m, uint16_t group)
{
	uint8_t data[2];

	e->counters.invalid_ke++;
	wire_store_u16(data, group);
	reply(e, m, IKEV2_N_INVALID_KE_PAYLOAD, wire_chunk(data, sizeof(data)));
}

/* ---- limits ------------------------------------------------------------- */

static unsigned int half_open_of(const struct ike_engine *e, const struct net_addr *remote)
{
	struct table_node *node = table_find(&e->by_source, ike_source_key(remote));
	unsigned int n = 0;

	for (; node; node = table_next(node))
		n++;
	return n;
}

/*
 * How many half-open IKE SAs a sender may have. For whom paths are configured
 * by address, and who has shown to receive there, may come with many at once;
 * yet nobody alone can take all that there are.
 */
static bool too_many(const struct ike_engine *e, const struct ike_message *m,
		     const struct ike_candidates *c, bool proven)
{
	const struct conf_daemon *d = &e->conf->daemon;
	uint64_t allowed = d->half_open_per_address;

	if (e->n_half_open >= d->half_open_max)
		return true;
	if (!allowed)
		return false;
	allowed += 2 * (uint64_t)c->n_named;
	if (proven)
		allowed += d->half_open_max / PROVEN_SHARE;
	return half_open_of(e, &m->remote) >= allowed;
}

/* Those answered without state are load as well; one a second is forgotten */
static unsigned int strangers(struct ike_engine *e)
{
	uint64_t seconds = (e->now - e->strangers_since) / 1000;

	e->strangers -= seconds < e->strangers ? (unsigned int)seconds : e->strangers;
	e->strangers_since += seconds * 1000;
	return e->strangers;
}

static void stranger(struct ike_engine *e)
{
	if (strangers(e) < e->conf->daemon.cookie_threshold + STRANGERS_MORE)
		e->strangers++;
}

/* Under load the sender must first prove that it receives (section 2.6) */
static bool admitted(struct ike_engine *e, const struct ike_message *m,
		     const struct ike_candidates *c, struct wire_chunk ni)
{
	uint8_t cookie[IKE_COOKIE_LEN];
	bool proven = false;
	struct wire_notify n;

	if (wire_find_notify(m->p, IKEV2_N_COOKIE, &n)) {
		proven = ike_cookie_valid(e, m, ni, n.data);
		if (!proven)
			e->counters.cookies_wrong++;
	}
	if (e->n_half_open + strangers(e) >= e->conf->daemon.cookie_threshold && !proven) {
		if (ike_cookie_make(e, m, ni, cookie)) {
			e->counters.cookies_sent++;
			reply(e, m, IKEV2_N_COOKIE, wire_chunk(cookie, sizeof(cookie)));
		}
		return false;
	}
	if (too_many(e, m, c, proven)) {
		e->counters.init_dropped++;
		return false;
	}
	return true;
}

/* ---- retransmitted requests --------------------------------------------- */

/* By the whole message: two clients behind one NAT may choose one SPI (2.1) */
static struct ike_sa *known_request(const struct ike_engine *e, const struct ike_message *m)
{
	struct table_node *node = table_find(&e->by_init, m->raw->header.spi_i);

	for (; node; node = table_next(node)) {
		struct ike_sa *sa = container_of(node, struct ike_sa, by_init);
		const struct ike_packet *p = &sa->hs->request;

		if (p->len == m->raw->len && !memcmp(p->data, m->raw->data, p->len))
			return sa;
	}
	return NULL;
}

static void request_again(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_engine *e = sa->engine;

	e->counters.duplicate_requests++;
	/* Not once IKE_AUTH was seen, nor while the answer is being made */
	if (sa->state == IKE_SA_AUTH && sa->win.expected == 1 && !sa->peer_task)
		ike_resend_response(sa, m);
}

/* ---- for nobody --------------------------------------------------------- */

static void no_tunnel(struct ike_engine *e, const struct ike_message *m,
		      const struct ike_candidates *c)
{
	char local[NET_ADDR_STRLEN], remote[NET_ADDR_STRLEN];
	const struct ike_path *down = NULL;
	unsigned int i;

	e->counters.init_unknown_address++;
	if (!ike_log_allowed(e))
		return;
	net_addr_format(&m->local, local);
	net_addr_format(&m->remote, remote);
	for (i = 0; i < IKE_ENDPOINTS_MAX && !down; i++)
		down = c->at[i] ? TAILQ_FIRST(&c->at[i]->paths) : NULL;
	if (down)
		ike_log(e, IKE_LOG_INFO, down->tunnel->conf->name,
			"%s at our %s asks for path %s, which is taken down by the administrator",
			remote, local, down->conf->name);
	else
		ike_log(e, IKE_LOG_INFO, NULL, "no tunnel is for %s at our %s", remote, local);
}

/* The only candidate is told, of several none is to blame */
static void no_proposal(struct ike_engine *e, const struct ike_message *m,
			const struct ike_candidates *c)
{
	char theirs[IKE_TEXT_MAX / 2], ours[IKE_TEXT_MAX / 2], peer[NET_ADDR_STRLEN];
	struct ike_tunnel *only = ike_candidates_only(c);
	const struct ike_path *first = NULL;
	struct ike_offer offer;
	unsigned int i;

	e->counters.no_proposal++;
	if (!ike_log_allowed(e))
		return;
	for (i = 0; i < IKE_ENDPOINTS_MAX && !first; i++)
		first = c->at[i] && c->at[i]->n_paths ? TAILQ_FIRST(&c->at[i]->paths) : NULL;
	if (!first)
		return;
	offer = ike_ike_offer(first->tunnel->conf);
	net_addr_format(&m->remote, peer);
	ike_theirs_text(&e->sa_in, theirs, sizeof(theirs));
	ike_offer_text(&offer, ours, sizeof(ours));
	for (i = 0; only && i < only->n_paths; i++)
		if (ike_path_matches(only->paths[i], &m->local, &m->remote))
			ike_complain(only->paths[i],
				     "no IKE proposal in common with %s: theirs %s; ours %s",
				     peer, theirs, ours);
	if (!only)
		ike_log(e, IKE_LOG_WARN, NULL,
			"no IKE proposal in common with %s: theirs %s; ours %s (tunnel %s), and others",
			peer, theirs, ours, first->tunnel->conf->name);
}

/* ---- a negotiation ------------------------------------------------------ */

static void respond(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;
	struct ike_engine *e = sa->engine;
	struct wire_header h = { .spi_i = sa->spi_i, .spi_r = sa->spi_r,
				 .exchange = IKEV2_IKE_SA_INIT,
				 .flags = IKEV2_FLAG_RESPONSE };
	struct ike_choice choice = { .suite = sa->suite, .num = t->proposal_num };
	struct wire_proposal *p = &e->sa_out.proposals[0];
	struct wire_builder b;
	size_t len;

	if (error || !ike_init_keys(sa, t)) {
		/*
		 * An invalid public value: no answer worth making (2.21.1). It
		 * cost as much as a good one, so it stays half-open and counts.
		 */
		e->counters.malformed++;
		ike_task_end(t);
		return;
	}
	wire_build_message(&b, &h, e->build, WIRE_MESSAGE_MAX);
	ike_choice_proposal(p, &choice, IKEV2_PROTO_IKE, 0);
	wire_add_proposal(&b, p);
	wire_add_ke(&b, t->group, crypto_ke_public(t->ke));
	wire_add_nonce(&b, ike_nonce_chunk(&sa->hs->nr));
	ike_nat_add(e, &b, sa, sa->udp);
	if (sa->fragmentation)
		wire_add_notify(&b, IKEV2_N_FRAGMENTATION_SUPPORTED, wire_chunk(NULL, 0));
	if (wire_build_end(&b, &len) != WIRE_OK ||
	    !ike_packet_keep(&sa->hs->response, e->build, len) ||
	    !ike_send_clear_response(sa, e->build, len)) {
		ike_sa_destroy(sa);
		return;
	}
	sa->state = IKE_SA_AUTH;
	ike_task_end(t);
}

static void negotiate(struct ike_engine *e, const struct ike_message *m,
		      const struct ike_choice *choice, bool claim_nat,
		      const struct wire_ke *ke, struct wire_chunk ni)
{
	struct ike_sa *sa = ike_sa_new(e, false);
	struct ike_task *t;

	if (!sa)
		return;
	sa->hs = calloc(1, sizeof(*sa->hs));
	t = sa->hs ? ike_task_new(sa, IKE_TASK_INIT, false) : NULL;
	if (!t || !ike_packet_keep(&sa->hs->request, m->raw->data, m->raw->len) ||
	    !ike_nonce_set(&sa->hs->ni, ni)) {
		ike_sa_destroy(sa);
		return;
	}
	sa->spi_i = m->raw->header.spi_i;
	sa->local = m->local;
	sa->remote = m->remote;
	sa->win.reply_local = m->local;
	sa->win.reply_remote = m->remote;
	sa->suite = choice->suite;
	sa->fragmentation = wire_find_notify(m->p, IKEV2_N_FRAGMENTATION_SUPPORTED, NULL);
	ike_nat_check(sa, m);
	/* Claimed in our answer; whether it is the right tunnel's is seen later */
	sa->udp = claim_nat;
	ike_nonce_make(e, &sa->hs->nr);
	table_add(&e->by_init, &sa->by_init, sa->spi_i);
	ike_sa_half_open(sa, true);
	ike_timer_arm(&e->timers, &sa->life, e->now + IKE_HALF_OPEN_MS);
	t->proposal_num = choice->num;
	t->group = ke->group;
	ike_task_take_key(t, ke);
	ike_op_ke(t, true, respond);
}

static bool well_formed(struct ike_engine *e, const struct ike_message *m,
			struct wire_ke *ke, struct wire_chunk *ni)
{
	const struct wire_payload *sa = wire_find(m->p, IKEV2_PL_SA);
	const struct wire_payload *k = wire_find(m->p, IKEV2_PL_KE);
	const struct wire_payload *n = wire_find(m->p, IKEV2_PL_NONCE);

	return sa && k && n && !m->id && m->raw->header.flags & IKEV2_FLAG_INITIATOR &&
	       wire_check_payloads(m->p, NULL) == WIRE_OK && !ike_duplicates(m->p) &&
	       wire_parse_sa(&e->sa_in, sa) == WIRE_OK && wire_parse_ke(ke, k) == WIRE_OK &&
	       wire_parse_nonce(ni, n) == WIRE_OK;
}

static void admitted_request(struct ike_engine *e, const struct ike_message *m,
			     const struct ike_candidates *c, const struct wire_ke *ke,
			     struct wire_chunk ni)
{
	const struct ike_path *expected = ike_candidates_expected(e, c, &m->remote);
	struct ike_choice choice;

	if (!ike_candidates_choose(c, expected, &e->sa_in, ke->group, &choice)) {
		stranger(e);
		reply(e, m, IKEV2_N_NO_PROPOSAL_CHOSEN, wire_chunk(NULL, 0));
		if (c->n_paths)
			no_proposal(e, m, c);
		else
			no_tunnel(e, m, c);
	} else if (choice.suite.group != ke->group) {
		reply_group(e, m, choice.suite.group);
	} else if (ke->data.len != crypto_ke_public_len(ke->group)) {
		stranger(e);
		e->counters.malformed++;
	} else {
		negotiate(e, m, &choice, ike_candidates_claim_nat(c, expected), ke, ni);
	}
}

void ike_init_request(struct ike_engine *e, const struct ike_message *m)
{
	struct ike_sa *known = known_request(e, m);
	struct ike_candidates c;
	struct wire_chunk ni;
	struct wire_ke ke;

	e->counters.init_received++;
	if (known) {
		request_again(known, m);
		return;
	}
	if (m->p->unknown_critical) {
		e->counters.unsupported_critical++;
		reply(e, m, IKEV2_N_UNSUPPORTED_CRITICAL_PAYLOAD,
		      wire_chunk(&m->p->unknown_critical, 1));
		return;
	}
	if (!well_formed(e, m, &ke, &ni)) {
		e->counters.malformed++;
		return;
	}
	if (e->stopping || !e->conf)
		return;
	ike_candidates_find(e, &m->local, &m->remote, &c);
	if (admitted(e, m, &c, ni))
		admitted_request(e, m, &c, &ke, ni);
}
