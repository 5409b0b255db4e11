// SPDX-License-Identifier: GPL-2.0-or-later
/* From a datagram to the handler of its transition */
#include <stdio.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/transitions.h"
#include "ike/window.h"

#define CLEAR_REPLIES_PER_SECOND 20

bool ike_first_error(const struct wire_payloads *p, struct wire_notify *n)
{
	unsigned int pos = 0;

	while (wire_next_notify(p, &pos, n))
		if (wire_notify_is_error(n->type))
			return true;
	return false;
}

/* ---- answers without protection ----------------------------------------- */

static bool clear_reply_allowed(struct ike_engine *e)
{
	if (e->now - e->clear_refill >= 1000) {
		e->clear_replies = CLEAR_REPLIES_PER_SECOND;
		e->clear_refill = e->now;
	}
	if (!e->clear_replies)
		return false;
	e->clear_replies--;
	return true;
}

/*
 * One notify to whoever sent a request we cannot place. Never in answer to a
 * response, and rarely: it must not become an amplifier.
 */
static void reply_clear(struct ike_engine *e, const struct ike_event *ev,
			const struct wire_header *h, uint16_t notify, struct wire_chunk data)
{
	struct wire_builder b;
	struct wire_header r;
	size_t len;

	if (h->flags & IKEV2_FLAG_RESPONSE || !clear_reply_allowed(e))
		return;
	memset(&r, 0, sizeof(r));
	r.spi_i = h->spi_i;
	r.spi_r = h->spi_r;
	r.exchange = h->exchange;
	r.flags = IKEV2_FLAG_RESPONSE |
		  (h->flags & IKEV2_FLAG_INITIATOR ? 0 : IKEV2_FLAG_INITIATOR);
	r.message_id = h->message_id;
	wire_build_message(&b, &r, e->packet, WIRE_MESSAGE_MAX);
	wire_add_notify(&b, notify, data);
	if (wire_build_end(&b, &len) == WIRE_OK)
		ike_emit_send(e, &ev->packet.local, &ev->packet.remote, NULL, e->packet, len);
}

/* ---- errors in authenticated messages ----------------------------------- */

void ike_invalid_syntax(struct ike_sa *sa, const struct ike_message *m, const char *what)
{
	char peer[IKE_TEXT_MAX];

	sa->engine->counters.invalid_syntax++;
	if (!m->response)
		ike_send_notify_response(sa, m->exchange, IKEV2_N_INVALID_SYNTAX,
					 wire_chunk(NULL, 0));
	ike_sa_failed(sa, "%s sent an invalid %s %s: %s",
		      ike_sa_peer(sa, peer, sizeof(peer)), ikev2_exchange_name(m->exchange),
		      m->response ? "response" : "request", what);
}

void ike_refuse_temporarily(struct ike_sa *sa, const struct ike_message *m)
{
	sa->engine->counters.temporary_failures++;
	ike_send_notify_response(sa, m->exchange, IKEV2_N_TEMPORARY_FAILURE,
				 wire_chunk(NULL, 0));
}

static void unsupported_critical(struct ike_sa *sa, const struct ike_message *m, uint8_t type)
{
	char peer[IKE_TEXT_MAX];

	sa->engine->counters.unsupported_critical++;
	if (m->response) {
		ike_invalid_syntax(sa, m, "unknown critical payload in a response");
		return;
	}
	ike_send_notify_response(sa, m->exchange, IKEV2_N_UNSUPPORTED_CRITICAL_PAYLOAD,
				 wire_chunk(&type, 1));
	if (m->exchange == IKEV2_IKE_AUTH)
		ike_sa_failed(sa, "%s wants payload %u in IKE_AUTH, which we do not know",
			      ike_sa_peer(sa, peer, sizeof(peer)), type);
}

/* ---- an authenticated message ------------------------------------------- */

static void handle(struct ike_sa *sa, const struct ike_message *m,
		   const struct ike_transition *row)
{
	/* An IKE SA that waits for a collision's outcome is being used: it won */
	if (sa->replaces && !m->response && !ike_deletes_ike(m->p))
		ike_rekey_used(sa);
	row->handler(sa, m);
}

static void dispatch(struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_transition *row = NULL;
	enum ike_match match;
	bool well_formed;
	uint8_t bad = 0;

	if (m->p->unknown_critical) {
		if (m->response)
			ike_request_answered(sa);
		unsupported_critical(sa, m, m->p->unknown_critical);
		return;
	}
	match = ike_transition_find(sa, m, &row);
	if (match == IKE_MATCH_NONE) {
		sa->engine->counters.unexpected++;
		return;
	}
	if (m->response)
		ike_request_answered(sa);
	well_formed = wire_check_payloads(m->p, &bad) == WIRE_OK;
	if (well_formed)
		bad = ike_duplicates(m->p);
	if (!well_formed || bad)
		ike_invalid_syntax(sa, m, ikev2_payload_name(bad));
	else if (match == IKE_MATCH_SHAPE)
		ike_invalid_syntax(sa, m, "payloads are missing");
	else
		handle(sa, m, row);
	if (!sa->dead)
		ike_sa_kick(sa);
}

static void remember_reply(struct ike_sa *sa, const struct ike_message *m)
{
	sa->win.reply_local = m->local;
	sa->win.reply_remote = m->remote;
}

static void handle_plain(struct ike_sa *sa, struct ike_message *m, uint8_t first, size_t len)
{
	struct ike_engine *e = sa->engine;

	ike_sa_heard(sa, m);
	if (!m->response)
		remember_reply(sa, m);
	if (wire_parse_payloads(&e->inner, first, e->plain, len) != WIRE_OK) {
		if (m->response)
			ike_request_answered(sa);
		ike_invalid_syntax(sa, m, "malformed payloads");
	} else {
		m->p = &e->inner;
		dispatch(sa, m);
	}
	crypto_cleanse(e->plain, len);
}

static void handle_fragment(struct ike_sa *sa, struct ike_message *m,
			    const struct wire_payload *skf, size_t len)
{
	struct wire_reassembly *r = m->response ? &sa->win.responses : &sa->win.requests;
	struct ike_engine *e = sa->engine;
	enum wire_fragment_result result;
	struct wire_fragment f;
	uint8_t first;

	e->counters.fragments_received++;
	if (wire_parse_fragment(&f, skf) != WIRE_OK) {
		e->counters.fragments_dropped++;
		return;
	}
	result = wire_reassembly_add(r, m->id, &f, skf->next, wire_chunk(e->plain, len));
	crypto_cleanse(e->plain, len);
	if (result == WIRE_FRAGMENT_COMPLETE) {
		if (wire_reassembly_take(r, e->plain, WIRE_REASSEMBLY_BYTES, &first,
					 &len) == WIRE_OK)
			handle_plain(sa, m, first, len);
	} else if (result != WIRE_FRAGMENT_STORED) {
		e->counters.fragments_dropped++;
	}
}

/* Authentic, yet not what the cipher makes: as bad as any other (2.21.3) */
static void bad_padding(struct ike_sa *sa, struct ike_message *m)
{
	if (m->response)
		ike_request_answered(sa);
	else
		remember_reply(sa, m);
	ike_invalid_syntax(sa, m, "padding");
}

/* A request seen before: same answer, once for all of its fragments */
static bool repeated(const struct wire_payload *sk)
{
	struct wire_fragment f;

	return sk->type == IKEV2_PL_SK ||
	       (wire_parse_fragment(&f, sk) == WIRE_OK && f.number == 1);
}

/* Before decrypting: is it one we do not have? */
static bool wanted_fragment(const struct ike_sa *sa, const struct ike_message *m,
			    const struct wire_payload *skf)
{
	const struct wire_reassembly *r = m->response ? &sa->win.responses :
							&sa->win.requests;
	struct wire_fragment f;

	return sa->fragmentation && wire_parse_fragment(&f, skf) == WIRE_OK &&
	       wire_reassembly_wants(r, m->id, &f);
}

enum window_place { WINDOW_NEW, WINDOW_AGAIN, WINDOW_OUTSIDE };

static enum window_place window_place(const struct ike_sa *sa, const struct ike_message *m)
{
	const struct ike_window *w = &sa->win;

	if (m->response)
		return w->outstanding && m->id == w->next && m->exchange == w->exchange ?
		       WINDOW_NEW : WINDOW_OUTSIDE;
	if (m->id == w->expected)
		return WINDOW_NEW;
	return m->id + 1 == w->expected ? WINDOW_AGAIN : WINDOW_OUTSIDE;
}

static void handle_protected(struct ike_sa *sa, struct ike_message *m,
			     const struct wire_payload *sk)
{
	enum window_place place = window_place(sa, m);
	struct ike_engine *e = sa->engine;
	enum crypto_status status;
	size_t len = 0;

	if (place == WINDOW_OUTSIDE) {
		e->counters.out_of_window++;
		return;
	}
	if (place == WINDOW_NEW &&
	    !ike_transition_expected(sa, m->exchange, m->response)) {
		e->counters.unexpected++;
		return;
	}
	/* The request is still being worked on: its answer will come */
	if (place == WINDOW_NEW && !m->response && sa->peer_task)
		return;
	if (place == WINDOW_NEW && sk->type == IKEV2_PL_SKF && !wanted_fragment(sa, m, sk)) {
		e->counters.fragments_dropped++;
		return;
	}
	status = crypto_sk_open(sa->sk_in, m->raw, e->plain, WIRE_REASSEMBLY_BYTES, &len);
	if (status == CRYPTO_BAD_ICV) {
		e->counters.integrity_failed++;
		return;
	}
	if (status != CRYPTO_OK && status != CRYPTO_MALFORMED)
		return;
	if (place == WINDOW_AGAIN) {
		e->counters.duplicate_requests++;
		if (repeated(sk))
			ike_resend_response(sa, m);
		return;
	}
	if (status == CRYPTO_MALFORMED)
		bad_padding(sa, m);
	else if (sk->type == IKEV2_PL_SKF)
		handle_fragment(sa, m, sk, len);
	else
		handle_plain(sa, m, sk->next, len);
}

/* ---- an unprotected message --------------------------------------------- */

/*
 * Anybody can send one. It ends nothing: it is remembered for the log, and
 * makes us ask the peer in a way it can only answer with the keys (2.21.4).
 */
static void handle_clear_error(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_engine *e = sa->engine;
	struct wire_notify n;

	if (!m->response || !ike_first_error(m->p, &n)) {
		e->counters.unexpected++;
		return;
	}
	e->counters.clear_errors++;
	if (sa->state == IKE_SA_ESTABLISHED && !sa->closing) {
		if (!sa->task && e->now - sa->last_heard > 1000)
			sa->want_probe = true;
		ike_sa_kick(sa);
	} else if (sa->state == IKE_SA_AUTH && sa->hs && sa->initiator) {
		char peer[NET_ADDR_STRLEN];

		sa->hs->error = n.type;
		snprintf(sa->hs->error_text, sizeof(sa->hs->error_text),
			 "IKE_AUTH unanswered but for an unprotected %s (%u) from %s",
			 ikev2_notify_name(n.type), n.type,
			 net_addr_format(&m->remote, peer));
	}
}

static void handle_clear(struct ike_sa *sa, struct ike_message *m)
{
	struct ike_engine *e = sa->engine;
	const struct ike_transition *row = NULL;

	if (m->exchange != IKEV2_IKE_SA_INIT || sa->state != IKE_SA_INIT ||
	    !m->response || !sa->task) {
		handle_clear_error(sa, m);
		return;
	}
	/* The answer comes from where the request went, or is none */
	if (window_place(sa, m) != WINDOW_NEW || sa->task->op ||
	    !net_addr_equal(&m->remote, &sa->remote)) {
		e->counters.out_of_window++;
		return;
	}
	if (m->p->unknown_critical || wire_check_payloads(m->p, NULL) != WIRE_OK ||
	    ike_duplicates(m->p) || ike_transition_find(sa, m, &row) != IKE_MATCH_OK) {
		ike_init_useless(sa, m);
		return;
	}
	row->handler(sa, m);
}

/* ---- which SA ----------------------------------------------------------- */

static struct ike_sa *find_sa(const struct ike_engine *e, const struct wire_header *h)
{
	bool from_initiator = h->flags & IKEV2_FLAG_INITIATOR;
	uint64_t local = from_initiator ? h->spi_r : h->spi_i;
	uint64_t remote = from_initiator ? h->spi_i : h->spi_r;
	struct table_node *node = local ? table_find(&e->by_spi, local) : NULL;
	struct ike_sa *sa;

	if (!node)
		return NULL;
	sa = container_of(node, struct ike_sa, by_spi);
	if (sa->initiator == from_initiator)
		return NULL;
	/* Until IKE_SA_INIT is answered we do not know the peer's SPI */
	if (ike_remote_spi(sa) != remote && sa->state != IKE_SA_INIT)
		return NULL;
	return sa;
}

static bool header_ok(struct ike_engine *e, const struct ike_event *ev,
		      struct wire_header *h)
{
	static const uint8_t version = 2;
	enum wire_status status;

	status = wire_parse_header(h, ev->packet.data, ev->packet.len);
	if (status == WIRE_BAD_VERSION) {
		e->counters.unsupported_version++;
		reply_clear(e, ev, h, IKEV2_N_INVALID_MAJOR_VERSION,
			    wire_chunk(&version, 1));
		return false;
	}
	if (status != WIRE_OK || !h->spi_i) {
		e->counters.malformed++;
		return false;
	}
	return true;
}

void ike_receive(struct ike_engine *e, const struct ike_event *ev)
{
	struct ike_message m = { .local = ev->packet.local, .remote = ev->packet.remote };
	const struct wire_payload *sk;
	struct wire_header h;
	struct ike_sa *sa;

	e->counters.packets_received++;
	if (!header_ok(e, ev, &h))
		return;
	m.exchange = h.exchange;
	m.response = h.flags & IKEV2_FLAG_RESPONSE;
	m.id = h.message_id;
	m.raw = &e->msg;
	m.p = &e->msg.payloads;
	sa = find_sa(e, &h);
	if (!sa && (h.exchange != IKEV2_IKE_SA_INIT || m.response || h.spi_r)) {
		e->counters.unknown_spi++;
		reply_clear(e, ev, &h, IKEV2_N_INVALID_IKE_SPI, wire_chunk(NULL, 0));
		return;
	}
	if (wire_parse(&e->msg, ev->packet.data, ev->packet.len) != WIRE_OK) {
		e->counters.malformed++;
		return;
	}
	if (!sa) {
		ike_init_request(e, &m);
		return;
	}
	sk = wire_encrypted(&e->msg);
	if (sk && sa->sk_in)
		handle_protected(sa, &m, sk);
	else if (!sk)
		handle_clear(sa, &m);
	else
		e->counters.unexpected++;
}
