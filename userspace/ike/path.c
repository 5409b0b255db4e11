// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is to become of a path: when to connect, when to try again, and what
 * the kernel knows of it. All policy of "start" is here.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/candidates.h"
#include "ike/exchange.h"
#include "ike/sa.h"
#include "linux/ikevti.h"

#define PATH_TIMERS	2
#define RETRY_FIRST_MS	1000
#define RETRY_MAX_MS	60000
#define SOON_MS		1000
#define START_GAP_MS	2	/* between paths that start by themselves */
#define START_BURST	64	/* so many at once */

static void retry_timer(struct ike_engine *e, struct ike_timer *t);
static void child_retry_timer(struct ike_engine *e, struct ike_timer *t);

struct ike_path *ike_path_new(struct ike_tunnel *t, const struct conf_path *conf,
			      struct ike_engine *e)
{
	struct ike_path *path;

	if (!ike_timers_reserve(&e->timers, PATH_TIMERS))
		return NULL;
	path = calloc(1, sizeof(*path));
	if (!path) {
		ike_timers_release(&e->timers, PATH_TIMERS);
		return NULL;
	}
	path->engine = e;
	path->tunnel = t;
	path->conf = conf;
	path->since = e->now;
	path->state = IKE_PATH_LISTEN;
	path->retry.fire = retry_timer;
	path->child_retry.fire = child_retry_timer;
	TAILQ_INIT(&path->sas);
	TAILQ_INIT(&path->lingers);
	if (!ike_candidates_add(path)) {
		ike_path_free(path);
		return NULL;
	}
	return path;
}

void ike_path_free(struct ike_path *path)
{
	struct ike_engine *e = path->engine;

	while (!TAILQ_EMPTY(&path->lingers))
		ike_linger_end(TAILQ_FIRST(&path->lingers));
	ike_timer_stop(&e->timers, &path->retry);
	ike_timer_stop(&e->timers, &path->child_retry);
	ike_timers_release(&e->timers, PATH_TIMERS);
	ike_candidates_remove(path);
	free(path);
}

struct ike_sa *ike_path_sa(const struct ike_path *path)
{
	struct ike_sa *sa;

	TAILQ_FOREACH_REVERSE(sa, &path->sas, ike_sa_list, on_path)
		if (sa->state == IKE_SA_ESTABLISHED && !sa->redundant && !sa->closing)
			return sa;
	return NULL;
}

/* Is it ours to bring up, without being asked? */
bool ike_path_may_run(const struct ike_path *path)
{
	if (path->admin_down || path->gone || path->no_device || path->engine->stopping ||
	    (net_addr_is_any(&path->conf->remote) && !ike_path_sa(path)))
		return false;
	return path->tunnel->conf->start == CONF_START_ALWAYS || path->wanted;
}

static const struct ike_sa *connecting(const struct ike_path *path)
{
	const struct ike_sa *sa;

	TAILQ_FOREACH(sa, &path->sas, on_path)
		if (sa->state == IKE_SA_INIT || sa->state == IKE_SA_AUTH)
			return sa;
	return NULL;
}

static bool has_child(const struct ike_path *path)
{
	const struct ike_sa *sa;
	const struct ike_child *c;

	TAILQ_FOREACH(sa, &path->sas, on_path)
		TAILQ_FOREACH(c, &sa->children, link)
			if ((c->state == IKE_CHILD_NEGOTIATING ||
			     c->state == IKE_CHILD_INSTALLED) && !c->want_delete)
				return true;
	return false;
}

static enum ike_path_state current_state(const struct ike_path *path)
{
	if (path->admin_down)
		return IKE_PATH_DOWN;
	if (path->sending)
		return IKE_PATH_UP;
	if (ike_path_sa(path))
		return IKE_PATH_NO_CHILD;
	if (connecting(path))
		return IKE_PATH_CONNECT;
	if (path->retry.slot)
		return IKE_PATH_WAIT;
	if (path->tunnel->conf->start == CONF_START_TRAFFIC &&
	    !net_addr_is_any(&path->conf->remote))
		return IKE_PATH_TRAFFIC;
	return IKE_PATH_LISTEN;
}

static void emit_path(struct ike_path *path)
{
	struct ike_effect *f = ike_emit(path->engine, IKE_EFFECT_PATH_SET);

	if (f)
		f->path = path->kernel;
}

static uint8_t kernel_state(const struct ike_path *path)
{
	if (!path->sending)
		return IKEVTI_PATH_DOWN;
	return ike_path_stands_by(path) ? IKEVTI_PATH_STANDBY : IKEVTI_PATH_UP;
}

static void sync_state(struct ike_path *path)
{
	uint8_t state = kernel_state(path);

	if (!path->in_kernel || path->kernel.state == state)
		return;
	path->kernel.state = state;
	emit_path(path);
}

static bool same_kernel_path(const struct ike_kernel_path *a, const struct ike_kernel_path *b)
{
	return !strcmp(a->tunnel, b->tunnel) && a->path == b->path &&
	       net_addr_equal(&a->local, &b->local) && net_addr_equal(&a->remote, &b->remote) &&
	       a->udp == b->udp && a->state == b->state && a->priority == b->priority &&
	       a->weight == b->weight && a->keepalive == b->keepalive;
}

void ike_path_sync(struct ike_path *path, const struct ike_sa *sa)
{
	const struct conf_tunnel *conf = path->tunnel->conf;
	struct ike_kernel_path k;

	memset(&k, 0, sizeof(k));
	memcpy(k.tunnel, conf->name, sizeof(k.tunnel));
	k.path = path->conf->id;
	k.local = sa->local;
	k.remote = sa->remote;
	k.udp = sa->udp;
	if (!k.udp) {
		k.local.port = 0;
		k.remote.port = 0;
	}
	k.state = kernel_state(path);
	k.priority = path->conf->priority;
	k.weight = path->conf->weight;
	k.keepalive = k.udp ? conf->keepalive : 0;
	if (path->in_kernel && same_kernel_path(&k, &path->kernel))
		return;
	path->kernel = k;
	path->in_kernel = true;
	emit_path(path);
}

/*
 * Any other child that may still begin to send takes over. One that has sent
 * before must not: a rekey makes it good again.
 */
static void find_sender(struct ike_path *path)
{
	struct ike_sa *sa;
	struct ike_child *c;

	TAILQ_FOREACH_REVERSE(sa, &path->sas, ike_sa_list, on_path) {
		if (sa->state != IKE_SA_ESTABLISHED && sa->state != IKE_SA_REKEYED)
			continue;
		TAILQ_FOREACH_REVERSE(c, &sa->children, ike_child_list, link) {
			if (c->state != IKE_CHILD_INSTALLED || c->redundant ||
			    c->want_delete)
				continue;
			if (!c->spent) {
				ike_child_send(c, "child-up");
				return;
			}
			c->want_rekey = true;
			ike_sa_kick(sa);
		}
	}
}

/* Not all at once: neither we nor a peer with many of them could keep up */
ike_time ike_start_slot(struct ike_engine *e)
{
	ike_time ahead = (ike_time)START_BURST * START_GAP_MS, at;

	if (e->next_start < e->now)
		e->next_start = e->now;
	at = e->next_start > e->now + ahead ? e->next_start - ahead : e->now;
	e->next_start += START_GAP_MS;
	return at;
}

static void policy(struct ike_path *path)
{
	struct ike_engine *e = path->engine;
	struct ike_sa *sa = ike_path_sa(path);
	ike_time at;

	if (!ike_path_may_run(path)) {
		ike_timer_stop(&e->timers, &path->retry);
		ike_timer_stop(&e->timers, &path->child_retry);
		path->child_wanted = false;
		return;
	}
	if (!sa && !connecting(path) && !path->retry.slot) {
		at = path->retry_at > e->now ? path->retry_at : ike_start_slot(e);
		ike_timer_arm(&e->timers, &path->retry, at);
	}
	if (sa && !has_child(path) && !path->child_retry.slot && !path->child_wanted) {
		uint64_t wait = (uint64_t)SOON_MS << (path->child_failures < 6 ?
						      path->child_failures : 6);

		/* The responder lets the initiator go first */
		if (!sa->initiator)
			wait *= 3;
		ike_timer_arm(&e->timers, &path->child_retry,
			      e->now + ike_jitter(e, wait / 2, wait));
	}
}

/* Whether one stands by depends on the others */
static void sync_others(const struct ike_path *path)
{
	const struct ike_tunnel *t = path->tunnel;
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i] && t->paths[i] != path && t->paths[i]->silent)
			sync_state(t->paths[i]);
}

static void tell_connecting(struct ike_path *path)
{
	const struct ike_sa *sa = connecting(path);
	char from[NET_ADDR_STRLEN], to[NET_ADDR_STRLEN];

	if (!sa || !sa->initiator) {
		ike_emit_state(path->engine, path, "connecting", NULL);
		return;
	}
	ike_emit_state(path->engine, path, "connecting", "calling %s from %s",
		       net_addr_format(&sa->remote, to), net_addr_format(&sa->local, from));
}

static void tell_state(struct ike_path *path, enum ike_path_state from)
{
	struct ike_engine *e = path->engine;
	const struct ike_child *c = path->sending;
	char peer[IKE_TEXT_MAX];

	switch (path->state) {
	case IKE_PATH_UP:
		ike_emit_state(e, path, "up", "up with %s, IKE %s, ESP %s, SPIs %08x in, %08x out",
			       ike_sa_peer(c->sa, peer, sizeof(peer)), c->sa->proposal,
			       c->proposal, c->spi_in, c->spi_out);
		return;
	case IKE_PATH_CONNECT:
		tell_connecting(path);
		return;
	case IKE_PATH_NO_CHILD:
		ike_emit_state(e, path, "no-child", from == IKE_PATH_UP ?
			       "down: its ESP SA is gone, the IKE SA is not" : NULL);
		return;
	default:
		break;
	}
	if (from == IKE_PATH_UP || path->state == IKE_PATH_DOWN)
		ike_emit_state(e, path, "down", "down");
	else
		ike_emit_state(e, path, path->state == IKE_PATH_WAIT ? "waiting" :
			       path->state == IKE_PATH_LISTEN ? "listening" :
			       "awaiting-traffic", NULL);
}

void ike_path_update(struct ike_path *path)
{
	enum ike_path_state state, before = path->state;

	if (path->gone)
		return;
	if (!path->sending)
		find_sender(path);
	if (!path->sending)
		ike_path_forget_silence(path);
	policy(path);
	sync_state(path);
	sync_others(path);
	state = current_state(path);
	if (state == path->state)
		return;
	path->state = state;
	path->since = path->engine->now;
	if (state == IKE_PATH_UP)
		path->ups++;
	tell_state(path, before);
}

void ike_path_failed(struct ike_path *path, bool soon)
{
	struct ike_engine *e = path->engine;
	unsigned int shift;
	uint64_t wait;

	if (soon)
		path->failures = 0;
	shift = path->failures < 6 ? path->failures : 6;
	wait = soon ? SOON_MS : (uint64_t)RETRY_FIRST_MS << shift;
	if (wait > RETRY_MAX_MS)
		wait = RETRY_MAX_MS;
	path->failures++;
	path->wanted = false;
	path->retry_at = e->now + ike_jitter(e, wait / 2, wait);
}

void ike_path_child_failed(struct ike_path *path)
{
	path->engine->counters.child_failed++;
	path->child_failures++;
	ike_path_update(path);
}

void ike_path_child_up(struct ike_path *path)
{
	path->child_wanted = false;
	ike_timer_stop(&path->engine->timers, &path->child_retry);
	ike_path_update(path);
}

bool ike_path_way(struct ike_path *path, const struct net_addr *remote, struct net_addr *local,
		  char *why, size_t len)
{
	struct ike_engine *e = path->engine;

	*local = path->conf->local;
	if (e->env.source && !e->env.source(e->env.ctx, path->tunnel->conf, remote, local, why,
					    len)) {
		memset(&path->way, 0, sizeof(path->way));
		return false;
	}
	path->way = *local;
	return true;
}

void ike_path_start(struct ike_path *path)
{
	struct ike_engine *e = path->engine;
	struct net_addr local, remote = path->conf->remote;
	uint16_t port = path->conf->remote_port;
	char why[IKE_TEXT_MAX] = "there is no device";

	ike_timer_stop(&e->timers, &path->retry);
	if (!ike_path_way(path, &remote, &local, why, sizeof(why))) {
		ike_complain(path, "%s", why);
		ike_path_failed(path, false);
		ike_path_update(path);
		return;
	}
	remote.port = port ? port : IKEV2_PORT;
	/* Only port 500 is without the non-ESP marker */
	local.port = remote.port == IKEV2_PORT ? e->conf->daemon.port :
						 e->conf->daemon.natt_port;
	path->attempts++;
	if (!ike_init_start(path, &local, &remote))
		ike_path_failed(path, false);
	ike_path_update(path);
}

static void retry_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_path *path = container_of(t, struct ike_path, retry);

	if (ike_path_may_run(path) && !ike_path_sa(path) && !connecting(path))
		ike_path_start(path);
	else
		ike_path_update(path);
}

static void child_retry_timer(struct ike_engine *e, struct ike_timer *t)
{
	struct ike_path *path = container_of(t, struct ike_path, child_retry);
	struct ike_sa *sa = ike_path_sa(path);

	path->child_wanted = sa && !has_child(path);
	if (path->child_wanted)
		ike_sa_kick(sa);
	ike_path_update(path);
}

void ike_path_want(struct ike_path *path, bool now)
{
	struct ike_engine *e = path->engine;
	struct ike_sa *sa = ike_path_sa(path);

	if (path->admin_down || path->gone || e->stopping)
		return;
	path->wanted = true;
	if (now) {
		path->failures = 0;
		path->child_failures = 0;
		path->retry_at = e->now;
		ike_timer_stop(&e->timers, &path->retry);
	}
	if (sa && !has_child(path) && (now || !path->child_retry.slot)) {
		path->child_wanted = true;
		ike_timer_stop(&e->timers, &path->child_retry);
		ike_sa_kick(sa);
	}
	ike_path_update(path);
}

static void close_all(struct ike_path *path, const char *why)
{
	while (!TAILQ_EMPTY(&path->sas))
		ike_sa_close(TAILQ_FIRST(&path->sas), why);
	while (!TAILQ_EMPTY(&path->lingers))
		ike_linger_end(TAILQ_FIRST(&path->lingers));
}

void ike_path_admin(struct ike_path *path, bool up)
{
	path->admin_down = !up;
	ike_candidates_count(path);
	if (up) {
		ike_path_want(path, true);
		return;
	}
	path->wanted = false;
	close_all(path, "taken down");
	ike_path_update(path);
}

void ike_path_shutdown(struct ike_path *path, const char *why)
{
	struct ike_engine *e = path->engine;
	struct ike_effect *f;

	path->gone = true;
	ike_candidates_remove(path);
	ike_timer_stop(&e->timers, &path->retry);
	ike_timer_stop(&e->timers, &path->child_retry);
	close_all(path, why);
	if (path->state == IKE_PATH_UP)
		ike_emit_state(e, path, "down", "down: %s", why);
	path->state = IKE_PATH_DOWN;
	path->since = e->now;
	sync_others(path);
	if (!path->in_kernel)
		return;
	path->in_kernel = false;
	f = ike_emit(e, IKE_EFFECT_PATH_DEL);
	if (f)
		f->path = path->kernel;
}
