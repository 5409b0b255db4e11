// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/status.h"

#include "ike/sa.h"

const char *ike_path_state_name(enum ike_path_state state)
{
	static const char *const names[] = {
		[IKE_PATH_DOWN] = "down",
		[IKE_PATH_LISTEN] = "listen",
		[IKE_PATH_TRAFFIC] = "traffic",
		[IKE_PATH_WAIT] = "wait",
		[IKE_PATH_CONNECT] = "connect",
		[IKE_PATH_NO_CHILD] = "no-child",
		[IKE_PATH_UP] = "up",
	};

	return names[state];
}

const char *ike_sa_state_name(enum ike_sa_state state)
{
	static const char *const names[] = {
		[IKE_SA_INIT] = "init",
		[IKE_SA_AUTH] = "auth",
		[IKE_SA_ESTABLISHED] = "established",
		[IKE_SA_REKEYED] = "rekeyed",
		[IKE_SA_DELETING] = "deleting",
	};

	return names[state];
}

const char *ike_child_state_name(enum ike_child_state state)
{
	static const char *const names[] = {
		[IKE_CHILD_NEGOTIATING] = "negotiating",
		[IKE_CHILD_INSTALLED] = "installed",
		[IKE_CHILD_REKEYED] = "rekeyed",
		[IKE_CHILD_DELETING] = "deleting",
	};

	return names[state];
}

static void show_child(const struct ike_child *c, const struct ike_status_visitor *v, void *ctx)
{
	struct ike_status_child s = {
		.tunnel = c->path->tunnel->conf->name,
		.path = c->path->conf->id,
		.lane = c->lane,
		.ike_spi_i = c->sa->spi_i,
		.ike_spi_r = c->sa->spi_r,
		.state = c->state,
		.sending = c->sending,
		.spi_in = c->spi_in,
		.spi_out = c->spi_out,
		.proposal = c->proposal,
		.esn = c->esn,
		.local_ts = c->ts.local,
		.n_local_ts = c->ts.n_local,
		.remote_ts = c->ts.remote,
		.n_remote_ts = c->ts.n_remote,
		.established = c->established,
		.rekey_at = c->rekey_at,
		.rekeys = c->rekeys,
	};

	v->child(ctx, &s);
}

static void show_sa(const struct ike_sa *sa, const struct ike_status_visitor *v, void *ctx)
{
	struct ike_status_sa s = {
		.tunnel = sa->path ? sa->path->tunnel->conf->name : "",
		.path = sa->path ? sa->path->conf->id : 0,
		.spi_i = sa->spi_i,
		.spi_r = sa->spi_r,
		.initiator = sa->initiator,
		.state = sa->state,
		.local = sa->local,
		.remote = sa->remote,
		.local_id = sa->local_id ? sa->local_id->text : "",
		.remote_id = sa->remote_id ? sa->remote_id->text : "",
		.nat_local = sa->nat_local,
		.nat_remote = sa->nat_remote,
		.fragmentation = sa->fragmentation,
		.proposal = sa->proposal,
		.created = sa->created,
		.established = sa->established,
		.rekey_at = sa->rekey_at,
		.next_request = sa->win.next,
		.expected_request = sa->win.expected,
		.task = ike_task_name(sa->task),
		.retransmits = sa->retransmits,
		.last_heard = sa->last_heard,
	};
	const struct ike_child *c;

	if (v->sa)
		v->sa(ctx, &s);
	if (!v->child)
		return;
	TAILQ_FOREACH(c, &sa->children, link)
		show_child(c, v, ctx);
}

static void show_path(const struct ike_path *path, const struct ike_status_visitor *v, void *ctx)
{
	struct ike_status_path s = {
		.tunnel = path->tunnel->conf->name,
		.path = path->conf->id,
		.name = path->conf->name,
		.state = path->state,
		.since = path->since,
		.retry_at = path->state == IKE_PATH_WAIT ? path->retry.at : 0,
		.attempts = path->attempts,
		.last_error_at = path->last_error_at,
		.last_error = path->last_error,
		.local = path->conf->local,
		.remote = path->conf->remote,
		.silent = path->silent,
		.ups = path->ups,
		.retransmits = path->retransmits,
		.conf = path->tunnel->conf,
	};
	const struct ike_sa *sa = ike_path_sa(path);

	if (!sa)
		sa = TAILQ_FIRST(&path->sas);
	if (sa) {
		s.local = sa->local;
		s.remote = sa->remote;
		s.udp = sa->udp;
	}
	if (v->path)
		v->path(ctx, &s);
	TAILQ_FOREACH(sa, &path->sas, on_path)
		show_sa(sa, v, ctx);
}

bool ike_status_walk(const struct ike_engine *e, const char *tunnel,
		     const struct ike_status_visitor *v, void *ctx)
{
	const struct ike_tunnel *only = tunnel ? ike_find_tunnel(e, tunnel) : NULL;
	const struct ike_sa *sa;
	size_t i;

	if (tunnel && !only)
		return false;
	for (i = 0; i < e->n_tunnels; i++) {
		unsigned int j;

		if (only && e->tunnels[i] != only)
			continue;
		for (j = 0; j < e->tunnels[i]->n_paths; j++)
			show_path(e->tunnels[i]->paths[j], v, ctx);
	}
	if (tunnel)
		return true;
	TAILQ_FOREACH(sa, &e->sas, all)
		if (!sa->path)
			show_sa(sa, v, ctx);
	return true;
}

const struct ike_counters *ike_counters(const struct ike_engine *e)
{
	return &e->counters;
}

void ike_gauges(const struct ike_engine *e, struct ike_gauges *g)
{
	const struct ike_sa *sa;
	size_t i;

	*g = (struct ike_gauges){ .tunnels = e->n_tunnels, .half_open = e->n_half_open,
				  .child_sas = e->children.n };
	TAILQ_FOREACH(sa, &e->sas, all)
		g->ike_sas += sa->state == IKE_SA_ESTABLISHED;
	for (i = 0; i < e->n_tunnels; i++) {
		unsigned int j;

		g->paths += e->tunnels[i]->n_paths;
		for (j = 0; j < e->tunnels[i]->n_paths; j++)
			g->paths_up += e->tunnels[i]->paths[j]->state == IKE_PATH_UP;
	}
}
