// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_SA_INIT, responder. Until it is known that the sender receives at its
 * address and that a tunnel is for it, no state is kept.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/cookie.h"
#include "ike/exchange.h"
#include "ike/id_match.h"
#include "ike/nat_detect.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/transitions.h"
#include "ike/window.h"

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
		ike_emit_send(e, &m->local, &m->remote, 0, e->packet, len);
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
	const struct ike_sa *sa;
	unsigned int n = 0;

	TAILQ_FOREACH(sa, &e->half_open, half)
		n += net_addr_same_ip(&sa->remote, remote);
	return n;
}

/* Under load the sender must first prove that it receives (section 2.6) */
static bool admitted(struct ike_engine *e, const struct ike_message *m, struct wire_chunk ni)
{
	const struct conf_daemon *d = &e->conf->daemon;
	uint8_t cookie[IKE_COOKIE_LEN];
	bool proven = false;
	struct wire_notify n;

	if (wire_find_notify(m->p, IKEV2_N_COOKIE, &n)) {
		proven = ike_cookie_valid(e, m, ni, n.data);
		if (!proven)
			e->counters.cookies_wrong++;
	}
	if (e->n_half_open >= d->cookie_threshold && !proven) {
		if (ike_cookie_make(e, m, ni, cookie)) {
			e->counters.cookies_sent++;
			reply(e, m, IKEV2_N_COOKIE, wire_chunk(cookie, sizeof(cookie)));
		}
		return false;
	}
	if (e->n_half_open >= d->half_open_max ||
	    (d->half_open_per_address &&
	     half_open_of(e, &m->remote) >= d->half_open_per_address)) {
		e->counters.init_dropped++;
		return false;
	}
	return true;
}

/* ---- retransmitted requests --------------------------------------------- */

/* By the whole message: two clients behind one NAT may choose one SPI (2.1) */
static struct ike_sa *known_request(const struct ike_engine *e, const struct ike_message *m)
{
	struct ike_node *node = ike_table_find(&e->by_init, m->raw->header.spi_i);

	for (; node; node = ike_table_next(node)) {
		struct ike_sa *sa = ike_container(node, struct ike_sa, by_init);
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

/* ---- which tunnels might it be for -------------------------------------- */

struct candidates {
	struct ike_choice choice;
	const struct conf_tunnel *conf;
	const struct conf_tunnel *first;	/* endpoints fit */
};

static bool endpoints_fit(const struct ike_tunnel *t, const struct ike_message *m)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (!t->paths[i]->admin_down &&
		    ike_path_matches(t->paths[i], &m->local, &m->remote))
			return true;
	return false;
}

/* The peer is not known yet: take the first tunnel with transforms in common */
static bool choose(struct ike_engine *e, const struct ike_message *m, uint16_t group,
		   struct candidates *c)
{
	struct ike_choice choice;
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < e->n_tunnels; i++) {
		struct ike_offer offer = ike_ike_offer(e->tunnels[i]->conf);

		if (!endpoints_fit(e->tunnels[i], m))
			continue;
		if (!c->first)
			c->first = e->tunnels[i]->conf;
		if (!ike_offer_select(&choice, &offer, &e->sa_in, group))
			continue;
		if (!c->conf || choice.suite.group == group) {
			c->choice = choice;
			c->conf = e->tunnels[i]->conf;
		}
		if (choice.suite.group == group)
			break;
	}
	return c->conf;
}

static void complain_proposals(struct ike_engine *e, const struct ike_message *m,
			       const struct conf_tunnel *conf)
{
	struct ike_offer offer = ike_ike_offer(conf);
	struct ike_tunnel *t = ike_find_tunnel(e, conf->name);
	char theirs[IKE_TEXT_MAX], ours[IKE_TEXT_MAX], peer[NET_ADDR_STRLEN];
	unsigned int i;

	e->counters.no_proposal++;
	if (!t || !ike_log_allowed(e))
		return;
	net_addr_format(&m->remote, peer);
	ike_theirs_text(&e->sa_in, theirs, sizeof(theirs) / 2);
	ike_offer_text(&offer, ours, sizeof(ours) / 2);
	for (i = 0; i < t->n_paths; i++)
		if (ike_path_matches(t->paths[i], &m->local, &m->remote))
			ike_complain(t->paths[i],
				     "no IKE proposal in common with %s: theirs %s; ours %s",
				     peer, theirs, ours);
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
		/* An invalid public value: no answer worth making (2.21.1) */
		e->counters.malformed++;
		ike_sa_destroy(sa);
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
		      const struct candidates *c, const struct wire_ke *ke,
		      struct wire_chunk ni)
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
	sa->suite = c->choice.suite;
	sa->fragmentation = wire_find_notify(m->p, IKEV2_N_FRAGMENTATION_SUPPORTED, NULL);
	ike_nat_check(sa, m);
	/* Claimed in our answer; whether it is the right tunnel's is seen later */
	sa->udp = c->conf->encap == CONF_ENCAP_UDP;
	ike_nonce_make(e, &sa->hs->nr);
	ike_table_add(&e->by_init, &sa->by_init, sa->spi_i);
	ike_sa_half_open(sa, true);
	ike_timer_arm(&e->timers, &sa->life, e->now + IKE_HALF_OPEN_MS);
	t->proposal_num = c->choice.num;
	t->group = ke->group;
	memcpy(t->peer_ke, ke->data.data, ke->data.len);
	t->peer_ke_len = ke->data.len;
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

void ike_init_request(struct ike_engine *e, const struct ike_message *m)
{
	struct ike_sa *known = known_request(e, m);
	char local[NET_ADDR_STRLEN], remote[NET_ADDR_STRLEN];
	struct candidates c;
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
	if (e->stopping || !e->conf || !admitted(e, m, ni))
		return;
	if (!choose(e, m, ke.group, &c)) {
		reply(e, m, IKEV2_N_NO_PROPOSAL_CHOSEN, wire_chunk(NULL, 0));
		if (c.first) {
			complain_proposals(e, m, c.first);
			return;
		}
		e->counters.init_unknown_address++;
		if (ike_log_allowed(e))
			ike_log(e, IKE_LOG_INFO, NULL, "no tunnel is for %s at our %s",
				net_addr_format(&m->remote, remote),
				net_addr_format(&m->local, local));
		return;
	}
	if (c.choice.suite.group != ke.group)
		reply_group(e, m, c.choice.suite.group);
	else if (ke.data.len != crypto_ke_public_len(ke.group))
		e->counters.malformed++;
	else
		negotiate(e, m, &c, &ke, ni);
}
