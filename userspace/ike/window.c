// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/trouble.h"
#include "ike/window.h"

#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "ike/sa.h"

/*
 * Datagrams of at most 1280 octets pass every IPv6 link and nearly every IPv4
 * one (RFC 7383 section 2.5.1); headers and the non-ESP marker count.
 */
#define FRAGMENT_MAX_V4 (1280 - 20 - 8 - 4)
#define FRAGMENT_MAX_V6 (1280 - 40 - 8 - 4)

/* Before there is an SA the peer may be slow or not there yet */
#define SETUP_INTERVAL_MS	500
#define SETUP_INTERVAL_MAX_MS	8000
#define SETUP_PATIENCE_MS	30000

static void window_timer(struct ike_engine *e, struct ike_timer *timer);

void ike_window_init(struct ike_sa *sa)
{
	sa->win.timer.fire = window_timer;
}

void ike_packets_clear(struct ike_packets *p)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		free(p->list[i].data);
	free(p->list);
	p->list = NULL;
	p->n = 0;
}

void ike_window_free(struct ike_sa *sa)
{
	struct ike_window *w = &sa->win;

	ike_timer_stop(&sa->engine->timers, &w->timer);
	ike_packets_clear(&w->request);
	ike_packets_clear(&w->response);
	wire_reassembly_reset(&w->requests);
	wire_reassembly_reset(&w->responses);
}

void ike_build(struct ike_engine *e, struct wire_builder *b)
{
	wire_build_inner(b, e->build, WIRE_MESSAGE_MAX);
}

/* ---- making datagrams --------------------------------------------------- */

static bool packets_alloc(struct ike_packets *p, unsigned int n)
{
	ike_packets_clear(p);
	p->list = calloc(n, sizeof(*p->list));
	p->n = p->list ? n : 0;
	return p->list;
}

bool ike_packet_keep(struct ike_packet *p, const uint8_t *data, size_t len)
{
	free(p->data);
	p->len = 0;
	p->data = malloc(len);
	if (!p->data)
		return false;
	memcpy(p->data, data, len);
	p->len = len;
	return true;
}

static bool seal_fragments(struct ike_sa *sa, const struct wire_header *h, uint8_t first,
			   struct wire_chunk plain, size_t max, struct ike_packets *out)
{
	struct ike_engine *e = sa->engine;
	size_t part = crypto_sk_fragment_capacity(sa->sk_out, max);
	unsigned int n = part ? wire_fragments_needed(plain.len, part) : 0;
	struct wire_fragment f;
	size_t len;

	if (!n || !packets_alloc(out, n))
		return false;
	f.total = (uint16_t)n;
	for (f.number = 1; f.number <= n; f.number++) {
		size_t from = (f.number - 1) * part;
		size_t size = plain.len - from < part ? plain.len - from : part;

		if (crypto_sk_seal_fragment(sa->sk_out, &e->random, h, first, &f,
					    wire_chunk(plain.data + from, size), e->packet,
					    WIRE_MESSAGE_MAX, &len) != CRYPTO_OK)
			return false;
		if (!ike_packet_keep(&out->list[f.number - 1], e->packet, len))
			return false;
	}
	e->counters.fragments_sent += n;
	return true;
}

static bool seal_plain(struct ike_sa *sa, const struct wire_header *h, uint8_t first,
		       struct wire_chunk plain, struct ike_packets *out)
{
	size_t max = sa->remote.family == AF_INET6 ? FRAGMENT_MAX_V6 : FRAGMENT_MAX_V4;
	struct ike_engine *e = sa->engine;
	size_t len = 0;

	if (sa->fragmentation && crypto_sk_message_len(sa->sk_out, plain.len) > max)
		return seal_fragments(sa, h, first, plain, max, out);
	if (crypto_sk_seal(sa->sk_out, &e->random, h, first, plain, e->packet,
			   WIRE_MESSAGE_MAX, &len) != CRYPTO_OK)
		return false;
	return packets_alloc(out, 1) && ike_packet_keep(&out->list[0], e->packet, len);
}

/* One message as the datagrams it takes */
static bool seal(struct ike_sa *sa, const struct wire_header *h, struct wire_builder *b,
		 struct ike_packets *out)
{
	struct ike_engine *e = sa->engine;
	size_t len = 0;
	bool done;

	if (!sa->sk_out || wire_build_end(b, &len) != WIRE_OK)
		return false;
	done = seal_plain(sa, h, b->first, wire_chunk(e->build, len), out);
	crypto_cleanse(e->build, len);
	return done;
}

static void header(const struct ike_sa *sa, uint8_t exchange, bool response, uint32_t id,
		   struct wire_header *h)
{
	memset(h, 0, sizeof(*h));
	h->spi_i = sa->spi_i;
	h->spi_r = sa->spi_r;
	h->exchange = exchange;
	h->flags = (sa->initiator ? IKEV2_FLAG_INITIATOR : 0) |
		   (response ? IKEV2_FLAG_RESPONSE : 0);
	h->message_id = id;
}

static void transmit(struct ike_sa *sa, const struct ike_packets *p,
		     const struct net_addr *local, const struct net_addr *remote)
{
	struct ike_effect *f;
	unsigned int i;

	for (i = 0; i < p->n; i++) {
		f = ike_emit_send(sa->engine, local, remote, sa->conf, p->list[i].data,
				  p->list[i].len);
		if (f)
			f->send.spi = ike_local_spi(sa);
	}
}

/* ---- our requests ------------------------------------------------------- */

/*
 * Who asks many peers, or one for many tunnels, must not ask again for all of
 * them at once: a limit of the peer's would let the same few through each time.
 */
static void arm(struct ike_sa *sa, bool setup, ike_time end)
{
	struct ike_engine *e = sa->engine;
	struct ike_window *w = &sa->win;
	ike_time next = e->now + w->interval;

	if (setup)
		next = e->now + ike_jitter(e, w->interval - w->interval / 4,
					   w->interval + w->interval / 4);
	ike_timer_arm(&e->timers, &w->timer, next < end ? next : end);
}

static bool is_setup(uint8_t exchange)
{
	return exchange == IKEV2_IKE_SA_INIT || exchange == IKEV2_IKE_AUTH;
}

/*
 * "detect" is the time from the peer's last sign of life to its being given
 * up. Half of it is silence before a probe, the other half is the probe's
 * retransmission: intervals that grow by half, five transmissions in all.
 * Other requests have the whole of it. A Delete is not worth waiting long for.
 */
static void schedule(struct ike_sa *sa, uint8_t exchange)
{
	uint32_t detect = ike_sa_detect_ms(sa);
	struct ike_window *w = &sa->win;

	if (is_setup(exchange)) {
		w->interval = SETUP_INTERVAL_MS;
		w->patience = SETUP_PATIENCE_MS;
	} else {
		w->patience = detect;
		if (sa->task && sa->task->kind == IKE_TASK_PROBE)
			w->patience = detect / 2;
		if (sa->closing && w->patience > IKE_CLOSE_MAX_MS)
			w->patience = IKE_CLOSE_MAX_MS;
		w->interval = w->patience * 2 / 17;	/* 1 + 3/2 + 9/4 + 27/8 */
		if (w->interval < 20)
			w->interval = 20;
		if (w->interval > 4000)
			w->interval = 4000;
	}
	w->exchange = exchange;
	w->first_sent = sa->engine->now;
	w->tries = 1;
	w->outstanding = true;
	arm(sa, is_setup(exchange), w->first_sent + w->patience);
}

bool ike_send_request(struct ike_sa *sa, uint8_t exchange, struct wire_builder *b)
{
	struct ike_window *w = &sa->win;
	struct wire_header h;

	header(sa, exchange, false, w->next, &h);
	if (!seal(sa, &h, b, &w->request))
		return false;
	transmit(sa, &w->request, &sa->local, &sa->remote);
	schedule(sa, exchange);
	return true;
}

bool ike_send_clear_request(struct ike_sa *sa, const uint8_t *data, size_t len)
{
	struct ike_window *w = &sa->win;

	if (!packets_alloc(&w->request, 1) || !ike_packet_keep(&w->request.list[0], data, len))
		return false;
	transmit(sa, &w->request, &sa->local, &sa->remote);
	schedule(sa, IKEV2_IKE_SA_INIT);
	return true;
}

void ike_request_answered(struct ike_sa *sa)
{
	struct ike_window *w = &sa->win;

	ike_timer_stop(&sa->engine->timers, &w->timer);
	ike_packets_clear(&w->request);
	wire_reassembly_reset(&w->responses);
	w->outstanding = false;
	/* IKE_SA_INIT may be repeated with a cookie: still ID 0 (section 2.2) */
	if (w->exchange != IKEV2_IKE_SA_INIT)
		w->next++;
}

void ike_request_hurry(struct ike_sa *sa)
{
	struct ike_window *w = &sa->win;

	if (!w->outstanding)
		return;
	if (w->interval > SETUP_INTERVAL_MS)
		w->interval = SETUP_INTERVAL_MS;
	ike_timer_arm(&sa->engine->timers, &w->timer, sa->engine->now);
}

void ike_resend_request_now(struct ike_sa *sa)
{
	struct ike_window *w = &sa->win;

	if (!w->outstanding)
		return;
	transmit(sa, &w->request, &sa->local, &sa->remote);
	w->tries++;
	sa->retransmits++;
	if (sa->path)
		sa->path->retransmits++;
	sa->engine->counters.retransmits++;
}

static void gave_up(struct ike_sa *sa)
{
	/* fractions of a second matter to short times only */
	uint32_t ms = sa->win.patience < 10000 ? sa->win.patience :
						 sa->win.patience / 1000 * 1000;
	struct ike_engine *e = sa->engine;
	char peer[IKE_TEXT_MAX], time[32], hint[IKE_TEXT_MAX];
	bool setup = is_setup(sa->win.exchange);

	conf_format_duration(ms, time, sizeof(time));
	e->counters.timeouts++;
	if (sa->closing) {
		ike_sa_destroy(sa);
		return;
	}
	if (setup && sa->hs && sa->hs->error) {
		e->counters.ike_failed++;
		ike_sa_failed(sa, "%s", sa->hs->error_text);
	} else if (setup) {
		e->counters.ike_failed++;
		ike_sa_failed(sa, "no answer from %s to %s after %u transmissions in %s%s",
			      net_addr_format(&sa->remote, peer),
			      ikev2_exchange_name(sa->win.exchange), sa->win.tries, time,
			      ike_trouble_hint(sa, hint, sizeof(hint)));
	} else {
		e->counters.peers_dead++;
		ike_sa_failed(sa, "peer %s is dead: no answer to %s after %u transmissions in %s%s",
			      ike_sa_peer(sa, peer, sizeof(peer)), ike_task_name(sa->task),
			      sa->win.tries, time, ike_trouble_hint(sa, hint, sizeof(hint)));
	}
}

static void window_timer(struct ike_engine *e, struct ike_timer *timer)
{
	struct ike_window *w = container_of(timer, struct ike_window, timer);
	struct ike_sa *sa = container_of(w, struct ike_sa, win);
	ike_time end = w->first_sent + w->patience;
	bool setup = is_setup(w->exchange);

	if (e->now >= end) {
		gave_up(sa);
		return;
	}
	ike_resend_request_now(sa);
	w->interval += setup ? w->interval : w->interval / 2;
	if (setup && w->interval > SETUP_INTERVAL_MAX_MS)
		w->interval = SETUP_INTERVAL_MAX_MS;
	arm(sa, setup, end);
}

/* ---- our answers -------------------------------------------------------- */

static void remember_response(struct ike_sa *sa, uint8_t exchange)
{
	struct ike_window *w = &sa->win;

	transmit(sa, &w->response, &w->reply_local, &w->reply_remote);
	w->response_exchange = exchange;
	wire_reassembly_reset(&w->requests);
	w->expected++;
}

bool ike_send_response(struct ike_sa *sa, uint8_t exchange, struct wire_builder *b)
{
	struct wire_header h;

	header(sa, exchange, true, sa->win.expected, &h);
	if (!seal(sa, &h, b, &sa->win.response))
		return false;
	remember_response(sa, exchange);
	return true;
}

bool ike_send_clear_response(struct ike_sa *sa, const uint8_t *data, size_t len)
{
	struct ike_window *w = &sa->win;

	if (!packets_alloc(&w->response, 1) || !ike_packet_keep(&w->response.list[0], data, len))
		return false;
	remember_response(sa, IKEV2_IKE_SA_INIT);
	return true;
}

void ike_send_notify_response(struct ike_sa *sa, uint8_t exchange, uint16_t notify,
			      struct wire_chunk data)
{
	struct wire_builder b;

	ike_build(sa->engine, &b);
	wire_add_notify(&b, notify, data);
	ike_send_response(sa, exchange, &b);
}

void ike_resend_response(struct ike_sa *sa, const struct ike_message *m)
{
	if (!sa->win.response.n)
		return;
	sa->engine->counters.responses_resent++;
	transmit(sa, &sa->win.response, &m->local, &m->remote);
}
