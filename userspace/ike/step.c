// SPDX-License-Identifier: GPL-2.0-or-later
/* One event in, effects out */
#include <string.h>

#include "ike/config.h"
#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/trouble.h"
#include "ike/window.h"

/* ---- events of the kernel ----------------------------------------------- */

static struct ike_path *path_of(const struct ike_engine *e, const char *tunnel, uint32_t id)
{
	struct ike_tunnel *t = ike_find_tunnel(e, tunnel);

	return t ? ike_find_path(t, id) : NULL;
}

static void sa_limit(struct ike_engine *e, const struct ike_event *ev)
{
	struct ike_path *path = path_of(e, ev->limit.tunnel, ev->limit.path);
	struct ike_child *c = NULL;
	struct ike_sa *sa;

	if (!path)
		return;
	if (ev->limit.inbound) {
		c = ike_child_find(e, ev->limit.spi);
	} else {
		TAILQ_FOREACH(sa, &path->sas, on_path) {
			c = ike_child_find_out(sa, ev->limit.spi);
			if (c)
				break;
		}
	}
	if (c && c->path == path)
		ike_child_limit(c, ev->limit.hard);
}

static void address_changed(struct ike_engine *e, const struct ike_event *ev)
{
	struct ike_path *path = path_of(e, ev->address.tunnel, ev->address.path);

	if (path && path->sending && path->sending->sa->udp && ev->address.remote.port)
		ike_sa_set_remote(path->sending->sa, &ev->address.remote);
}

/* ---- the admin, traffic ------------------------------------------------- */

static void up(struct ike_path *path)
{
	ike_path_admin(path, true);
}

static void down(struct ike_path *path)
{
	ike_path_admin(path, false);
}

static void device(struct ike_path *path)
{
	ike_path_device(path, true);
}

static void no_device(struct ike_path *path)
{
	ike_path_device(path, false);
}

static void acquire(struct ike_path *path)
{
	if (path->tunnel->conf->start == CONF_START_TRAFFIC)
		ike_path_want(path, false);
}

static void rekey_children(struct ike_path *path)
{
	struct ike_sa *sa = ike_path_sa(path);
	struct ike_child *c;

	if (!sa)
		return;
	TAILQ_FOREACH(c, &sa->children, link)
		c->want_rekey = c->sending;
	ike_sa_kick(sa);
}

static void rekey_ike(struct ike_path *path)
{
	struct ike_sa *sa = ike_path_sa(path);

	if (!sa)
		return;
	sa->want_rekey = true;
	ike_sa_kick(sa);
}

static void for_paths(struct ike_engine *e, const struct ike_event *ev,
		      void (*fn)(struct ike_path *path))
{
	struct ike_tunnel *t = ike_find_tunnel(e, ev->tunnel.tunnel);
	unsigned int i;

	for (i = 0; t && i < t->n_paths; i++)
		if (!ev->tunnel.path || ev->tunnel.path == t->paths[i]->conf->id)
			fn(t->paths[i]);
}

/* ---- the host ----------------------------------------------------------- */

/* One that is connecting asks again at once, or anew when it has another address */
static void hurry(struct ike_path *path, const struct net_addr *now)
{
	bool any = path->engine->env.source && net_addr_is_any(&path->conf->local);
	struct ike_sa *sa, *next;

	IKE_TAILQ_EACH_SAFE(sa, &path->sas, on_path, next) {
		bool setup = sa->initiator && (sa->state == IKE_SA_INIT ||
					       sa->state == IKE_SA_AUTH);

		if (setup && any && !net_addr_same_ip(&sa->local, now)) {
			ike_sa_destroy(sa);
			ike_path_start(path);
			return;
		}
		ike_request_hurry(sa);
	}
}

/*
 * Only what concerns a path wakes it: that its way to the peer is there again,
 * or another one. On a router something changes all the time.
 */
static void local_address(struct ike_path *path)
{
	struct ike_engine *e = path->engine;
	struct ike_sa *sa = ike_path_sa(path);
	const struct net_addr *remote = sa ? &sa->remote : &path->conf->remote;
	char from[NET_ADDR_STRLEN], to[NET_ADDR_STRLEN];
	struct net_addr now, before = path->way;
	char why[IKE_TEXT_MAX];

	if (net_addr_is_any(remote) || !ike_path_way(path, remote, &now, why, sizeof(why)))
		return;
	if (e->env.source && net_addr_same_ip(&now, &before))
		return;
	if (path->retry.slot) {
		ike_timer_arm(&e->timers, &path->retry, e->now);
		return;
	}
	hurry(path, &now);
	sa = ike_path_sa(path);
	if (!sa || !net_addr_is_any(&path->conf->local) || !e->env.source ||
	    net_addr_same_ip(&now, &sa->local))
		return;
	now.port = 0;
	ike_sa_failed(sa, "our address changed from %s to %s",
		      net_addr_format(&sa->local, from), net_addr_format(&now, to));
}

static void stop_timer(struct ike_engine *e, struct ike_timer *t)
{
	while (!TAILQ_EMPTY(&e->sas))
		ike_sa_destroy(TAILQ_FIRST(&e->sas));
}

static void stop_path(struct ike_path *path)
{
	ike_path_shutdown(path, "we stop");
}

static void stop(struct ike_engine *e)
{
	struct ike_sa *sa, *next;

	if (e->stopping)
		return;
	e->stopping = true;
	e->stop_timer.fire = stop_timer;
	ike_timer_arm(&e->timers, &e->stop_timer, e->now + IKE_STOP_MS);
	ike_each_path(e, stop_path);
	IKE_TAILQ_EACH_SAFE(sa, &e->sas, all, next)
		if (!sa->closing && !sa->maker)
			ike_sa_destroy(sa);
}

/* ---- the step ----------------------------------------------------------- */

static void timers(struct ike_engine *e)
{
	struct ike_timer *t;

	while ((t = ike_timers_due(&e->timers, e->now)))
		t->fire(e, t);
}

static void dispatch(struct ike_engine *e, const struct ike_event *ev)
{
	switch (ev->type) {
	case IKE_EVENT_PACKET:
		ike_receive(e, ev);
		break;
	case IKE_EVENT_TIMER:
		timers(e);
		break;
	case IKE_EVENT_JOB:
		ike_op_job_done(e, ev->job.job);
		break;
	case IKE_EVENT_KERNEL_DONE:
		ike_op_kernel_done(e, ev);
		break;
	case IKE_EVENT_ACQUIRE:
		for_paths(e, ev, acquire);
		break;
	case IKE_EVENT_SA_LIMIT:
		sa_limit(e, ev);
		break;
	case IKE_EVENT_ADDRESS:
		address_changed(e, ev);
		break;
	case IKE_EVENT_UP:
		for_paths(e, ev, up);
		break;
	case IKE_EVENT_DOWN:
		for_paths(e, ev, down);
		break;
	case IKE_EVENT_REKEY:
		for_paths(e, ev, ev->tunnel.ike_sa ? rekey_ike : rekey_children);
		break;
	case IKE_EVENT_CONFIG:
		if (!e->stopping)
			ike_config_apply(e, ev->config.conf);
		break;
	case IKE_EVENT_LOCAL_ADDRESS:
		ike_each_path(e, local_address);
		break;
	case IKE_EVENT_TROUBLE:
		ike_trouble(e, ev);
		break;
	case IKE_EVENT_DEVICE:
		for_paths(e, ev, ev->tunnel.there ? device : no_device);
		break;
	case IKE_EVENT_STOP:
		stop(e);
		break;
	}
}

static void run_kicked(struct ike_engine *e)
{
	struct ike_sa *sa;

	while ((sa = TAILQ_FIRST(&e->kicked))) {
		TAILQ_REMOVE(&e->kicked, sa, kick_link);
		sa->kicked = false;
		ike_sa_next(sa);
	}
}

void ike_step(struct ike_engine *e, const struct ike_event *ev, struct ike_effects *out)
{
	if (ev->now > e->now)
		e->now = ev->now;
	e->out = out;
	e->kernel_text[0] = '\0';
	dispatch(e, ev);
	run_kicked(e);
	ike_free_dead(e);
	if (e->stopping && !e->stopped && TAILQ_EMPTY(&e->sas)) {
		e->stopped = true;
		ike_timer_stop(&e->timers, &e->stop_timer);
		ike_emit(e, IKE_EFFECT_STOPPED);
	}
	e->out = NULL;
}

ike_time ike_deadline(const struct ike_engine *e)
{
	return e->timers.n ? e->timers.heap[0]->at : IKE_NEVER;
}
