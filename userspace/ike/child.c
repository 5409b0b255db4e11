// SPDX-License-Identifier: GPL-2.0-or-later
/* Life of a child SA: keys, kernel, lifetime, the switch from old to new */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"
#include "ike/proposal_select.h"
#include "ike/ts_narrow.h"

#define CHILD_TIMERS	2
#define SALT_LEN	4

static void life_timer(struct ike_engine *e, struct ike_timer *t);
static void switch_timer(struct ike_engine *e, struct ike_timer *t);

struct ike_child *ike_child_new(struct ike_sa *sa, bool initiator)
{
	struct ike_engine *e = sa->engine;
	struct ike_child *c;

	if (!ike_timers_reserve(&e->timers, CHILD_TIMERS))
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c) {
		ike_timers_release(&e->timers, CHILD_TIMERS);
		return NULL;
	}
	c->engine = e;
	c->sa = sa;
	c->path = sa->path;
	c->initiator = initiator;
	c->state = IKE_CHILD_NEGOTIATING;
	c->life.fire = life_timer;
	c->switch_timer.fire = switch_timer;
	TAILQ_INSERT_TAIL(&sa->children, c, link);
	sa->n_children++;
	return c;
}

void ike_child_set_spi(struct ike_child *c, uint32_t spi)
{
	c->spi_in = spi;
	table_add(&c->engine->children, &c->node, spi);
}

struct ike_child *ike_child_find(const struct ike_engine *e, uint32_t spi_in)
{
	struct table_node *node = spi_in ? table_find(&e->children, spi_in) : NULL;

	return node ? container_of(node, struct ike_child, node) : NULL;
}

struct ike_child *ike_child_find_out(const struct ike_sa *sa, uint32_t spi_out)
{
	struct ike_child *c;

	TAILQ_FOREACH(c, &sa->children, link)
		if (c->spi_out == spi_out && spi_out && c->state != IKE_CHILD_NEGOTIATING)
			return c;
	return NULL;
}

bool ike_child_derive(struct ike_child *c, const struct ike_task *t,
		      const struct ike_nonce *ni, const struct ike_nonce *nr)
{
	struct crypto_nonces nonces = { ike_nonce_chunk(ni), ike_nonce_chunk(nr) };
	struct ike_sa *sa = c->sa;
	struct crypto_child_keys keys;
	enum crypto_status status;

	status = crypto_child_keys_derive(c->engine->crypto, sa->suite.prf, &sa->keys.d,
					  &c->suite, t->group ? &t->shared : NULL, &nonces,
					  &keys);
	if (status == CRYPTO_OK) {
		c->out_key = c->initiator ? keys.encr_i : keys.encr_r;
		c->out_auth = c->initiator ? keys.integ_i : keys.integ_r;
		c->in_key = c->initiator ? keys.encr_r : keys.encr_i;
		c->in_auth = c->initiator ? keys.integ_r : keys.integ_i;
	}
	crypto_child_keys_clear(&keys);
	c->low_nonce = ike_nonce_lower(ni, nr) ? *ni : *nr;
	ike_suite_text(&c->suite, c->esn, c->proposal, sizeof(c->proposal));
	return status == CRYPTO_OK;
}

/* Time comes from our own timer; the kernel's is the end should we be gone */
static void limits(const struct ike_child *c, struct ike_kernel_sa *ks)
{
	const struct conf_tunnel *conf = c->sa->conf;
	unsigned int percent = c->initiator ? 85 : 93;
	struct ike_engine *e = c->engine;

	/* Both ends count the same traffic: the creator gets there first */
	percent += ike_random_below(e, 7);
	if (conf->esp_bytes) {
		ks->soft_bytes = conf->esp_bytes / 100 * percent + conf->esp_bytes % 100;
		ks->hard_bytes = conf->esp_bytes + conf->esp_bytes / 4;
	}
	if (conf->esp_packets) {
		ks->soft_packets = conf->esp_packets / 100 * percent + conf->esp_packets % 100;
		ks->hard_packets = conf->esp_packets + conf->esp_packets / 4;
	}
	if (conf->esp_lifetime)
		ks->hard_seconds = conf->esp_lifetime + conf->esp_lifetime / 10 + 60;
}

void ike_child_kernel_sa(const struct ike_child *c, bool inbound, struct ike_kernel_sa *ks)
{
	const struct crypto_secret *auth = inbound ? &c->in_auth : &c->out_auth;
	const struct crypto_secret *key = inbound ? &c->in_key : &c->out_key;

	memcpy(ks->tunnel, c->path->tunnel->conf->name, sizeof(ks->tunnel));
	ks->path = c->path->conf->id;
	ks->lane = c->lane;
	ks->inbound = inbound;
	ks->spi = inbound ? c->spi_in : c->spi_out;
	ks->peer_spi = inbound ? c->spi_out : c->spi_in;
	ks->encr = c->suite.encr;
	ks->key_len = (uint8_t)key->len;
	if (crypto_encr_is_aead(c->suite.encr) && key->len > SALT_LEN) {
		ks->key_len = (uint8_t)(key->len - SALT_LEN);
		memcpy(ks->salt, key->data + ks->key_len, SALT_LEN);
	}
	if (ks->key_len > sizeof(ks->key))
		ks->key_len = sizeof(ks->key);
	memcpy(ks->key, key->data, ks->key_len);
	ks->integ = c->suite.integ;
	ks->auth_key_len = (uint8_t)auth->len;
	memcpy(ks->auth_key, auth->data, ks->auth_key_len);
	ks->esn = c->esn;
	ks->replay_window = c->sa->conf->replay_window;
	limits(c, ks);
	if (ike_ts_everything(c->ts.local, c->ts.n_local) &&
	    ike_ts_everything(c->ts.remote, c->ts.n_remote))
		return;
	ks->n_local_ts = c->ts.n_local;
	memcpy(ks->local_ts, c->ts.local, c->ts.n_local * sizeof(ks->local_ts[0]));
	ks->n_remote_ts = c->ts.n_remote;
	memcpy(ks->remote_ts, c->ts.remote, c->ts.n_remote * sizeof(ks->remote_ts[0]));
}

void ike_child_installed(struct ike_child *c)
{
	const struct conf_tunnel *conf = c->sa->conf;
	struct ike_engine *e = c->engine;
	uint64_t life = (uint64_t)conf->esp_lifetime * 1000;

	c->state = IKE_CHILD_INSTALLED;
	c->established = e->now;
	e->counters.child_established++;
	c->path->child_failures = 0;
	if (!life)
		return;
	/* The creator goes first, so that both ends seldom rekey at once */
	c->rekey_at = e->now + (c->initiator ? ike_jitter(e, life * 85 / 100, life * 92 / 100) :
					       ike_jitter(e, life * 93 / 100, life));
	c->hard_at = e->now + life + life / 10 + 30000;
	ike_timer_arm(&e->timers, &c->life, c->rekey_at);
}

void ike_child_send(struct ike_child *c, const char *what)
{
	struct ike_path *path = c->path;
	bool was_up = path->state == IKE_PATH_UP;
	char peer[IKE_TEXT_MAX];

	if (c->sending || c->spent)
		return;
	ike_timer_stop(&c->engine->timers, &c->switch_timer);
	c->redundant = false;
	if (path->sending)
		path->sending->sending = false;
	path->sending = c;
	c->sending = true;
	c->spent = true;
	ike_op_sa_out(c);
	crypto_secret_clear(&c->out_key);
	crypto_secret_clear(&c->out_auth);
	ike_path_child_up(path);
	/* with its first child the path itself came up, which was told */
	if (was_up)
		ike_emit_state(c->engine, path, what,
			       "%s with %s, ESP %s, SPIs %08x in, %08x out",
			       strcmp(what, "child-up") ? "ESP SA rekeyed" : "new ESP SA",
			       ike_sa_peer(c->sa, peer, sizeof(peer)), c->proposal, c->spi_in,
			       c->spi_out);
}

/*
 * The peer may not have our answer yet, so it may not receive on the new SA
 * yet: only its Delete of the old one proves that (section 2.8).
 */
void ike_child_switch_later(struct ike_child *c, uint32_t replaces)
{
	struct ike_child *old = ike_child_find(c->engine, replaces);
	struct ike_child *sending = c->path->sending;

	if (old && ike_child_successor(old)) {
		/* Ours won, and is about to be sent on */
		ike_child_redundant(c);
		return;
	}
	c->replaces = replaces;
	if (!old || old->state != IKE_CHILD_INSTALLED || old->want_delete) {
		/* Ours won meanwhile, so the peer will delete this one; or the
		 * old one has come to its end, so there is none but this
		 */
		if (sending && sending != old)
			ike_child_redundant(c);
		else
			ike_child_send(c, "child-rekeyed");
		return;
	}
	c->rekeys = old->rekeys + 1;
	ike_timer_arm(&c->engine->timers, &c->switch_timer, c->engine->now + IKE_SWITCH_MS);
}

/*
 * The peer should receive on the new SA before it answers, but there are some
 * that answer first (OpenIKED). The old one is as good for a little longer.
 */
void ike_child_switch_soon(struct ike_child *c, const struct ike_child *old)
{
	struct ike_engine *e = c->engine;
	bool good = old->state == IKE_CHILD_INSTALLED && !old->want_delete && old->sending;

	c->replaces = old->spi_in;
	ike_timer_arm(&e->timers, &c->switch_timer, e->now + (good ? IKE_SETTLE_MS : 0));
}

void ike_child_redundant(struct ike_child *c)
{
	if (c->sending)
		return;
	c->redundant = true;
	ike_timer_arm(&c->engine->timers, &c->switch_timer,
		      c->engine->now + IKE_REDUNDANT_MS);
}

void ike_child_first(struct ike_child *c)
{
	ike_child_installed(c);
	if (c->sa->redundant)
		ike_child_redundant(c);
	else
		ike_child_send(c, "child-up");
}

struct ike_child *ike_child_successor(const struct ike_child *old)
{
	struct ike_child *c;

	TAILQ_FOREACH(c, &old->sa->children, link)
		if (c->replaces == old->spi_in && c->state == IKE_CHILD_INSTALLED &&
		    !c->redundant && !c->want_delete)
			return c;
	return NULL;
}

static void switch_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_child *c = container_of(t, struct ike_child, switch_timer);
	struct ike_child *old;

	if (c->redundant) {
		c->want_delete = true;
		ike_sa_kick(c->sa);
		return;
	}
	old = ike_child_find(e, c->replaces);
	ike_child_send(c, "child-rekeyed");
	if (old && old->state == IKE_CHILD_INSTALLED) {
		old->state = IKE_CHILD_REKEYED;
		old->want_rekey = false;
		/* Who began deletes it, but not before what was sent on it last */
		ike_timer_arm(&e->timers, &old->life, e->now +
			      (c->initiator ? IKE_SETTLE_MS : IKE_REDUNDANT_MS));
	}
	ike_sa_kick(c->sa);	/* it may have waited with a rekey of its own */
}

static void life_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_child *c = container_of(t, struct ike_child, life);

	if (c->state == IKE_CHILD_REKEYED || (c->hard_at && e->now >= c->hard_at)) {
		if (c->state == IKE_CHILD_INSTALLED)
			ike_complain(c->path, "child SA %08x reached its end before a rekey succeeded",
				     c->spi_in);
		c->want_delete = true;
		c->want_rekey = false;
		ike_sa_kick(c->sa);
		return;
	}
	c->want_rekey = true;
	ike_timer_arm(&e->timers, &c->life, c->hard_at ? c->hard_at : IKE_NEVER);
	ike_sa_kick(c->sa);
}

void ike_child_rekey_soon(struct ike_child *c)
{
	struct ike_timers *timers = &c->engine->timers;
	ike_time at = ike_start_slot(c->engine);

	if (c->want_rekey || (c->life.slot && c->life.at <= at))
		return;
	c->rekey_at = at;
	ike_timer_arm(timers, &c->life, at);
}

void ike_child_limit(struct ike_child *c, bool hard)
{
	if (c->state != IKE_CHILD_INSTALLED)
		return;
	if (hard)
		c->want_delete = true;
	else
		c->want_rekey = true;
	ike_sa_kick(c->sa);
}

static void emit_del(struct ike_engine *e, const struct ike_path *path, uint32_t lane,
		     uint32_t spi, bool inbound)
{
	struct ike_effect *f = ike_emit(e, IKE_EFFECT_SA_DEL);

	if (!f)
		return;
	memcpy(f->sa.tunnel, path->tunnel->conf->name, sizeof(f->sa.tunnel));
	f->sa.path = path->conf->id;
	f->sa.lane = lane;
	f->sa.spi = spi;
	f->sa.inbound = inbound;
}

/* ---- the end ------------------------------------------------------------ */

void ike_linger_end(struct ike_linger *l)
{
	struct ike_path *path = l->path;
	struct ike_engine *e = path->engine;

	emit_del(e, path, l->lane, l->spi, true);
	ike_timer_stop(&e->timers, &l->timer);
	ike_timers_release(&e->timers, 1);
	TAILQ_REMOVE(&path->lingers, l, link);
	path->n_lingers--;
	free(l);
}

static void linger_timer(struct ike_engine *e, struct ike_timer *t)
{
	ike_linger_end(container_of(t, struct ike_linger, timer));
}

/* Packets sent before the peer switched may still be under way */
static bool linger(struct ike_child *c)
{
	struct ike_path *path = c->path;
	struct ike_engine *e = c->engine;
	struct ike_linger *l;

	if (path->n_lingers >= IKE_LINGER_MAX)
		ike_linger_end(TAILQ_FIRST(&path->lingers));
	if (!ike_timers_reserve(&e->timers, 1))
		return false;
	l = calloc(1, sizeof(*l));
	if (!l) {
		ike_timers_release(&e->timers, 1);
		return false;
	}
	l->path = path;
	l->spi = c->spi_in;
	l->lane = c->lane;
	l->timer.fire = linger_timer;
	TAILQ_INSERT_TAIL(&path->lingers, l, link);
	path->n_lingers++;
	ike_timer_arm(&e->timers, &l->timer, e->now + IKE_GRACE_MS);
	return true;
}

static void leave_task(struct ike_task *t, struct ike_child *c)
{
	if (t && t->child == c)
		t->child = NULL;
}

static void unlink_child(struct ike_child *c, bool lingering)
{
	struct ike_engine *e = c->engine;
	struct ike_path *path = c->path;

	if (c->dead)
		return;
	c->dead = true;
	leave_task(c->sa->task, c);
	leave_task(c->sa->peer_task, c);
	ike_op_cancel(&c->op);
	if (c->sending) {
		emit_del(e, path, c->lane, c->spi_out, false);
		c->sending = false;
		path->sending = NULL;
	}
	if (c->spi_in && !lingering)
		emit_del(e, path, c->lane, c->spi_in, true);
	table_remove(&e->children, &c->node);
	ike_timer_stop(&e->timers, &c->life);
	ike_timer_stop(&e->timers, &c->switch_timer);
	ike_timers_release(&e->timers, CHILD_TIMERS);
	crypto_secret_clear(&c->in_key);
	crypto_secret_clear(&c->in_auth);
	crypto_secret_clear(&c->out_key);
	crypto_secret_clear(&c->out_auth);
	TAILQ_REMOVE(&c->sa->children, c, link);
	c->sa->n_children--;
	TAILQ_INSERT_TAIL(&e->dead_children, c, grave);
	ike_path_update(path);
}

void ike_child_retire(struct ike_child *c, bool grace)
{
	c->engine->counters.child_deleted++;
	unlink_child(c, grace && c->in_kernel && linger(c));
}

void ike_child_destroy(struct ike_child *c)
{
	unlink_child(c, false);
}

void ike_child_move(struct ike_child *c, struct ike_sa *to)
{
	TAILQ_REMOVE(&c->sa->children, c, link);
	c->sa->n_children--;
	c->sa = to;
	TAILQ_INSERT_TAIL(&to->children, c, link);
	to->n_children++;
}
