// SPDX-License-Identifier: GPL-2.0-or-later
/* Life of an IKE SA */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/window.h"

#define SA_TIMERS	4	/* window, life, liveness, backoff */
#define LONG_LIVED_MS	10000	/* an SA that lasted so long was no failure */
#define INIT_KNOWN_MS	30000	/* a late copy of its IKE_SA_INIT is recognised */
#define BACKOFF_FIRST_MS 1000
#define DETECT_MS	30000	/* without a tunnel to say it */

static void life_timer(struct ike_engine *e, struct ike_timer *t);
static void liveness_timer(struct ike_engine *e, struct ike_timer *t);
static void backoff_timer(struct ike_engine *e, struct ike_timer *t);

static uint64_t fresh_spi(struct ike_engine *e)
{
	uint64_t spi;

	do {
		ike_random(e, &spi, sizeof(spi));
	} while (!spi || table_find(&e->by_spi, spi));
	return spi;
}

struct ike_sa *ike_sa_new(struct ike_engine *e, bool initiator)
{
	struct ike_sa *sa;

	if (!ike_timers_reserve(&e->timers, SA_TIMERS))
		return NULL;
	sa = calloc(1, sizeof(*sa));
	if (!sa) {
		ike_timers_release(&e->timers, SA_TIMERS);
		return NULL;
	}
	sa->engine = e;
	sa->initiator = initiator;
	sa->began = initiator;
	sa->created = e->now;
	TAILQ_INIT(&sa->children);
	sa->life.fire = life_timer;
	sa->liveness.fire = liveness_timer;
	sa->backoff.fire = backoff_timer;
	ike_window_init(sa);
	if (initiator)
		sa->spi_i = fresh_spi(e);
	else
		sa->spi_r = fresh_spi(e);
	table_add(&e->by_spi, &sa->by_spi, ike_local_spi(sa));
	TAILQ_INSERT_TAIL(&e->sas, sa, all);
	e->n_sas++;
	return sa;
}

void ike_sa_attach(struct ike_sa *sa, struct ike_path *path)
{
	sa->path = path;
	if (!sa->conf)
		sa->conf = conf_tunnel_ref(path->tunnel->conf);
	TAILQ_INSERT_TAIL(&path->sas, sa, on_path);
}

static void detach(struct ike_sa *sa)
{
	if (!sa->path)
		return;
	TAILQ_REMOVE(&sa->path->sas, sa, on_path);
	sa->path = NULL;
}

bool ike_sa_set_keys(struct ike_sa *sa)
{
	struct crypto_ike_keys *k = &sa->keys;
	struct crypto_lib *lib = sa->engine->crypto;

	sa->sk_out = crypto_sk_new(lib, &sa->suite, sa->initiator ? &k->ei : &k->er,
				   sa->initiator ? &k->ai : &k->ar, NULL);
	sa->sk_in = crypto_sk_new(lib, &sa->suite, sa->initiator ? &k->er : &k->ei,
				  sa->initiator ? &k->ar : &k->ai, NULL);
	return sa->sk_out && sa->sk_in;
}

uint64_t ike_source_key(const struct net_addr *remote)
{
	uint8_t prefix[8] = { 0 };

	memcpy(prefix, remote->ip, remote->family == AF_INET6 ? 8 : 4);
	return wire_load_u64(prefix);
}

void ike_sa_half_open(struct ike_sa *sa, bool on)
{
	if (sa->half_open == on)
		return;
	sa->half_open = on;
	if (on) {
		sa->engine->n_half_open++;
		table_add(&sa->engine->by_source, &sa->by_source,
			  ike_source_key(&sa->remote));
	} else {
		sa->engine->n_half_open--;
		table_remove(&sa->engine->by_source, &sa->by_source);
	}
}

void ike_sa_handshake_free(struct ike_sa *sa)
{
	struct ike_handshake *hs = sa->hs;

	if (!hs)
		return;
	table_remove(&sa->engine->by_init, &sa->by_init);
	free(hs->request.data);
	free(hs->response.data);
	free(hs->remote_id_body.data);
	crypto_cleanse(hs, sizeof(*hs));
	free(hs);
	sa->hs = NULL;
}

const char *ike_sa_peer(const struct ike_sa *sa, char *buf, size_t size)
{
	char addr[NET_ADDR_STRLEN];

	net_addr_format(&sa->remote, addr);
	if (sa->remote_id)
		snprintf(buf, size, "'%s' at %s", sa->remote_id->text, addr);
	else
		snprintf(buf, size, "%s", addr);
	return buf;
}

/* ---- the end ------------------------------------------------------------ */

static void destroy_children(struct ike_sa *sa)
{
	struct ike_child *c, *next;

	IKE_TAILQ_EACH_SAFE(c, &sa->children, link, next)
		ike_child_destroy(c);
}

void ike_sa_destroy(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;
	struct ike_path *path = sa->path;

	if (sa->dead)
		return;
	sa->dead = true;
	if (sa->maker)
		sa->maker->new_sa = NULL;
	/* Off its path first: what its children's end triggers must not use it */
	detach(sa);
	if (sa->task)
		ike_task_abort(sa->task);
	if (sa->peer_task)
		ike_task_abort(sa->peer_task);
	destroy_children(sa);
	ike_op_cancel(&sa->rx_age);
	ike_sa_half_open(sa, false);
	table_remove(&e->by_spi, &sa->by_spi);
	table_remove(&e->by_init, &sa->by_init);
	ike_window_free(sa);
	ike_timer_stop(&e->timers, &sa->life);
	ike_timer_stop(&e->timers, &sa->liveness);
	ike_timer_stop(&e->timers, &sa->backoff);
	ike_timers_release(&e->timers, SA_TIMERS);
	if (sa->kicked)
		TAILQ_REMOVE(&e->kicked, sa, kick_link);
	TAILQ_REMOVE(&e->sas, sa, all);
	e->n_sas--;
	TAILQ_INSERT_TAIL(&e->dead_sas, sa, grave);
	if (path)
		ike_path_update(path);
}

void ike_sa_free_dead(struct ike_engine *e)
{
	struct ike_sa *sa;

	while ((sa = TAILQ_FIRST(&e->dead_sas))) {
		TAILQ_REMOVE(&e->dead_sas, sa, grave);
		ike_sa_handshake_free(sa);
		crypto_sk_free(sa->sk_in);
		crypto_sk_free(sa->sk_out);
		crypto_ike_keys_clear(&sa->keys);
		free(sa->local_id);
		free(sa->remote_id);
		conf_tunnel_unref(sa->conf);
		crypto_cleanse(sa, sizeof(*sa));
		free(sa);
	}
}

void ike_sa_close(struct ike_sa *sa, const char *why)
{
	struct ike_engine *e = sa->engine;
	struct ike_path *path = sa->path;
	char peer[IKE_TEXT_MAX];

	if (sa->dead || sa->closing)
		return;
	if (sa->state == IKE_SA_INIT || sa->state == IKE_SA_AUTH) {
		ike_sa_destroy(sa);
		return;
	}
	ike_log(e, IKE_LOG_INFO, sa->conf ? sa->conf->name : NULL,
		"closing IKE SA with %s: %s", ike_sa_peer(sa, peer, sizeof(peer)), why);
	sa->closing = true;
	sa->redundant = true;
	sa->want_rekey = false;
	sa->want_probe = false;
	detach(sa);
	if (sa->peer_task)
		ike_task_abort(sa->peer_task);
	/*
	 * An exchange under way must be answered first: the window is one. The
	 * peer has moved to the IKE SA a rekey made: that one is to be deleted.
	 */
	if (sa->task && !sa->win.outstanding &&
	    !(sa->task->kind == IKE_TASK_IKE_REKEY && sa->task->nr.len))
		ike_task_abort(sa->task);
	destroy_children(sa);
	ike_op_cancel(&sa->rx_age);
	ike_timer_stop(&e->timers, &sa->liveness);
	ike_timer_stop(&e->timers, &sa->backoff);
	ike_timer_arm(&e->timers, &sa->life, e->now + 2 * IKE_CLOSE_MAX_MS);
	if (sa->win.outstanding && sa->win.patience > IKE_CLOSE_MAX_MS)
		sa->win.patience = IKE_CLOSE_MAX_MS;
	ike_sa_kick(sa);
	if (path)
		ike_path_update(path);
}

void ike_sa_failed(struct ike_sa *sa, const char *format, ...)
{
	struct ike_engine *e = sa->engine;
	struct ike_path *path = sa->path;
	struct ike_sa *heir = ike_rekey_pending(sa);
	char text[IKE_TEXT_MAX];
	va_list args;

	if (sa->dead)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (heir) {
		ike_rekey_adopt(sa, heir);
		path = NULL;
	}
	if (path && sa->state != IKE_SA_REKEYED) {
		ike_complain(path, "%s", text);
		/* Only without another IKE SA does the path have to wait */
		if (!ike_path_sa(path) || ike_path_sa(path) == sa)
			ike_path_failed(path, sa->established &&
					e->now - sa->established > LONG_LIVED_MS);
	} else if (!sa->closing && ike_log_allowed(e)) {
		ike_log(e, IKE_LOG_WARN, sa->conf ? sa->conf->name : NULL, "%s", text);
	}
	ike_sa_destroy(sa);
}

/* ---- established -------------------------------------------------------- */

static void arm_life(struct ike_sa *sa, ike_time from)
{
	struct ike_engine *e = sa->engine;
	uint64_t life = (uint64_t)sa->conf->ike_lifetime * 1000;

	sa->rekey_at = 0;
	sa->hard_at = 0;
	ike_timer_stop(&e->timers, &sa->life);
	if (!life)
		return;
	sa->rekey_at = from + (sa->initiator ? ike_jitter(e, life * 85 / 100, life * 92 / 100) :
					       ike_jitter(e, life * 93 / 100, life));
	/* A shorter lifetime may be over already: that is no reason to break it off */
	if (sa->rekey_at < e->now) {
		sa->rekey_at = ike_start_slot(e);
		from = e->now;
	}
	sa->hard_at = from + life + life / 10 + 30000;
	ike_timer_arm(&e->timers, &sa->life, sa->rekey_at);
}

void ike_sa_lifetime(struct ike_sa *sa)
{
	if (!sa->want_rekey)
		arm_life(sa, sa->established);
}

void ike_sa_rekey_soon(struct ike_sa *sa)
{
	ike_time at = ike_start_slot(sa->engine);

	if (sa->want_rekey || (sa->life.slot && sa->life.at <= at))
		return;
	sa->rekey_at = at;
	ike_timer_arm(&sa->engine->timers, &sa->life, at);
}

uint32_t ike_sa_detect_ms(const struct ike_sa *sa)
{
	return sa->conf && sa->conf->detect_ms ? sa->conf->detect_ms : DETECT_MS;
}

void ike_sa_liveness(struct ike_sa *sa)
{
	ike_timer_arm(&sa->engine->timers, &sa->liveness,
		      sa->last_heard + ike_sa_detect_ms(sa) / 2);
}

void ike_sa_established(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;

	sa->state = IKE_SA_ESTABLISHED;
	sa->established = e->now;
	if (!sa->began_at)
		sa->began_at = e->now;
	sa->last_heard = e->now;
	crypto_secret_clear(&sa->keys.pi);
	crypto_secret_clear(&sa->keys.pr);
	e->counters.ike_established++;
	ike_sa_half_open(sa, false);
	arm_life(sa, e->now);
	ike_sa_liveness(sa);
	ike_sa_kick(sa);
}

static void wanted_again(struct ike_sa *sa)
{
	struct ike_child *c;

	sa->redundant = false;
	TAILQ_FOREACH(c, &sa->children, link) {
		if (!c->redundant)
			continue;
		c->redundant = false;
		ike_timer_stop(&sa->engine->timers, &c->switch_timer);
	}
	arm_life(sa, sa->engine->now);
	ike_path_update(sa->path);
	ike_sa_kick(sa);
}

static void life_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_sa *sa = container_of(t, struct ike_sa, life);

	if (sa->state == IKE_SA_INIT || sa->state == IKE_SA_AUTH || sa->closing) {
		/* Half-open and never authenticated, or its Delete got no answer */
		ike_sa_destroy(sa);
	} else if (sa->redundant || sa->state == IKE_SA_REKEYED) {
		/* A superseded SA is needed again when its rival is gone */
		if (sa->state == IKE_SA_ESTABLISHED && sa->path && !ike_path_sa(sa->path))
			wanted_again(sa);
		else
			ike_sa_close(sa, "replaced, and not deleted by the peer");
	} else if (sa->hard_at && e->now >= sa->hard_at) {
		ike_complain(sa->path, "IKE SA reached its end before a rekey succeeded");
		ike_sa_close(sa, "lifetime over");
	} else {
		sa->want_rekey = true;
		ike_timer_arm(&e->timers, &sa->life, sa->hard_at ? sa->hard_at : IKE_NEVER);
		ike_sa_kick(sa);
	}
}

/* ---- liveness ----------------------------------------------------------- */

static void liveness_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_sa *sa = container_of(t, struct ike_sa, liveness);
	uint32_t half = ike_sa_detect_ms(sa) / 2;

	if (sa->state != IKE_SA_ESTABLISHED || sa->closing || !sa->path)
		return;
	if (e->now - sa->established >= INIT_KNOWN_MS)
		ike_sa_handshake_free(sa);
	if (e->now - sa->last_heard < half) {
		ike_sa_liveness(sa);
		return;
	}
	/* An exchange under way finds a dead peer by itself */
	ike_timer_arm(&e->timers, t, e->now + half);
	if (sa->task || sa->rx_age)
		return;
	if (sa->path->sending)
		ike_op_rx_age(sa);
	else
		ike_sa_rx_age(sa, 0, UINT32_MAX, UINT32_MAX);
}

void ike_sa_rx_age(struct ike_sa *sa, int error, uint32_t rx_age, uint32_t tx_age)
{
	uint32_t half = ike_sa_detect_ms(sa) / 2;

	if (!error && sa->path)
		ike_path_silence(sa->path, half, rx_age, tx_age);

	if (!error && rx_age < half) {
		ike_timer_arm(&sa->engine->timers, &sa->liveness,
			      sa->engine->now + (half - rx_age));
		return;
	}
	sa->want_probe = true;
	ike_sa_kick(sa);
}

void ike_sa_set_remote(struct ike_sa *sa, const struct net_addr *remote)
{
	struct ike_engine *e = sa->engine;
	char from[NET_ADDR_STRLEN], to[NET_ADDR_STRLEN];

	if (net_addr_equal(&sa->remote, remote) || !sa->nat_remote || sa->nat_local)
		return;
	ike_log(e, IKE_LOG_INFO, sa->conf ? sa->conf->name : NULL,
		"peer moved from %s to %s", net_addr_format(&sa->remote, from),
		net_addr_format(remote, to));
	e->counters.address_changes++;
	sa->remote = *remote;
	if (sa->path && sa->path->sending && sa->path->sending->sa == sa)
		ike_path_sync(sa->path, sa);
}

void ike_sa_heard(struct ike_sa *sa, const struct ike_message *m)
{
	sa->last_heard = sa->engine->now;
	if (sa->state == IKE_SA_ESTABLISHED)
		ike_sa_set_remote(sa, &m->remote);
}

/* ---- what to send next -------------------------------------------------- */

static void backoff_timer(struct ike_engine *e, struct ike_timer *t)
{
	ike_sa_kick(container_of(t, struct ike_sa, backoff));
}

/*
 * The peer is busy with something that excludes our exchange (section 2.25).
 * Both ends draw their own time, so one comes first; and where one wants to
 * rekey the IKE SA while the other rekeys a child, the child does: it has the
 * nearer end.
 */
void ike_sa_temporary_failure(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;
	unsigned int shift = sa->failures < 5 ? sa->failures : 5;
	uint64_t wait = (uint64_t)BACKOFF_FIRST_MS << shift;

	sa->failures++;
	if (sa->want_rekey)
		wait *= 3;
	sa->not_before = e->now + ike_jitter(e, wait / 2, wait * 3 / 2);
	ike_timer_arm(&e->timers, &sa->backoff, sa->not_before);
}

void ike_sa_kick(struct ike_sa *sa)
{
	if (sa->dead || sa->kicked)
		return;
	sa->kicked = true;
	TAILQ_INSERT_TAIL(&sa->engine->kicked, sa, kick_link);
}

static struct ike_child *wants_rekey(const struct ike_sa *sa)
{
	struct ike_child *c;

	TAILQ_FOREACH(c, &sa->children, link)
		/* One that waits for the switch may not be known to the peer yet */
		if (c->want_rekey && (c->sending || c->spent) && !c->want_delete &&
		    c->state == IKE_CHILD_INSTALLED && !ike_child_successor(c))
			return c;
	return NULL;
}

static bool wants_delete(const struct ike_sa *sa)
{
	const struct ike_child *c;

	TAILQ_FOREACH(c, &sa->children, link)
		if (c->want_delete && c->state != IKE_CHILD_DELETING &&
		    c->state != IKE_CHILD_NEGOTIATING)
			return true;
	return false;
}

/* CREATE_CHILD_SA exchanges exclude one another and wait after a refusal */
static void next_create(struct ike_sa *sa)
{
	struct ike_path *path = sa->path;
	struct ike_child *c;

	if (sa->redundant || !path || sa->engine->now < sa->not_before || sa->peer_task)
		return;
	c = wants_rekey(sa);
	if (sa->want_rekey)
		ike_rekey_start(sa);
	else if (path->child_wanted && ike_path_sa(path) == sa)
		ike_child_start(sa, NULL);
	else if (c && sa->n_children < IKE_CHILDREN_MAX)
		ike_child_start(sa, c);
}

void ike_sa_next(struct ike_sa *sa)
{
	if (sa->dead || sa->task || sa->win.outstanding)
		return;
	if (sa->state != IKE_SA_ESTABLISHED && sa->state != IKE_SA_REKEYED)
		return;
	if (sa->closing) {
		ike_delete_ike_start(sa);
		return;
	}
	if (sa->path && !sa->peer_task)
		ike_sa_reconfigure(sa);
	if (sa->dead || sa->closing)
		return;
	if (sa->state == IKE_SA_REKEYED)
		return;
	/* Not under the peer's rekey: the children are about to move (2.25.2) */
	if (wants_delete(sa) && !(sa->peer_task && sa->peer_task->kind == IKE_TASK_IKE_REKEY)) {
		ike_delete_children_start(sa);
		return;
	}
	next_create(sa);
	if (!sa->task && !sa->dead && sa->want_probe)
		ike_probe_start(sa);
}
