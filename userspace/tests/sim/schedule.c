// SPDX-License-Identifier: GPL-2.0-or-later
/* What a seed makes happen, and how a run is judged */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

#define CONVERGE_MS	300000
#define QUIET_MS	40000
#define SETTLE_MS	40000

static uint32_t pick(struct sim_world *w, const uint32_t *list, unsigned int n)
{
	return list[sim_rng_below(&w->rng, n)];
}

static void plan_network(struct sim_world *w)
{
	struct sim_net *net = &w->net;

	net->delay_min = 1 + sim_rng_below(&w->rng, 20);
	net->delay_max = net->delay_min + sim_rng_below(&w->rng, 120);
	net->mapping = 10000;
	if (w->plan.loss_free) {
		net->duplicate = sim_rng_below(&w->rng, 2) ? 10 : 0;
		return;
	}
	if (w->plan.patient) {
		net->loss = 3;
		net->duplicate = 5;
		return;
	}
	net->loss = sim_rng_below(&w->rng, 30);
	net->duplicate = sim_rng_below(&w->rng, 20);
	net->corrupt = sim_rng_below(&w->rng, 3) ? 0 : 5;
}

void sim_plan_make(struct sim_world *w)
{
	static const uint32_t lifetimes[] = { 20, 40, 3600, 3600 };
	static const uint32_t detects[] = { 4000, 10000, 10000, 30000 };
	struct sim_rng *r = &w->rng;
	struct sim_plan *p = &w->plan;

	p->loss_free = w->seed % 3 == 0;
	p->patient = w->seed % 3 == 1;
	p->tunnels = 1 + (sim_rng_below(r, 4) == 0);
	p->paths = 1 + (sim_rng_below(r, 3) == 0);
	w->net.natted = sim_rng_below(r, 3) == 0;
	/* Behind one NAT the paths could not be told apart by address */
	if (w->net.natted)
		p->paths = 1;
	p->pfs = sim_rng_below(r, 2);
	p->esn = sim_rng_below(r, 2);
	p->other_group = sim_rng_below(r, 6) == 0;
	p->async_jobs = sim_rng_below(r, 2);
	p->gcm_ike = sim_rng_below(r, 2);
	p->v6 = sim_rng_below(r, 4) == 0;
	p->encap = sim_rng_below(r, 4) ? CONF_ENCAP_AUTO : CONF_ENCAP_UDP;
	p->start[0] = sim_rng_below(r, 4) ? CONF_START_ALWAYS : CONF_START_TRAFFIC;
	p->start[1] = sim_rng_below(r, 2) ? CONF_START_ALWAYS : CONF_START_LISTEN;
	p->ike_lifetime = pick(w, lifetimes, 4);
	p->esp_lifetime = pick(w, lifetimes, 4);
	p->esp_packets = sim_rng_below(r, 3) ? 0 : 300 + sim_rng_below(r, 300);
	p->detect_ms = p->patient ? 30000 : pick(w, detects, 4);
	p->cookie_threshold = sim_rng_below(r, 3) ? 30 : 0;
	p->long_ids = sim_rng_below(r, 3) ? 0 : 160;
	p->disturbances = 5 + sim_rng_below(r, 25);
	plan_network(w);
}

/* ---- disturbances ------------------------------------------------------- */

/* On one end, the other, or both within a few milliseconds */
static void rekey(struct sim_world *w, bool ike_sa)
{
	unsigned int tunnel = sim_rng_below(&w->rng, w->plan.tunnels);
	uint32_t who = sim_rng_below(&w->rng, 4);

	sim_trace(w, NULL, "disturbance: rekey %s by %s", ike_sa ? "IKE SA" : "child",
		  who == 0 ? "A" : who == 1 ? "B" : "both");
	if (who != 1)
		sim_tunnel_event(&w->nodes[0], IKE_EVENT_REKEY, tunnel, 0, ike_sa);
	if (who != 0)
		sim_tunnel_event(&w->nodes[1], IKE_EVENT_REKEY, tunnel, 0,
				 who == 3 ? !ike_sa : ike_sa);
}

static void config(struct sim_world *w, bool change)
{
	struct sim_node *n = &w->nodes[sim_rng_below(&w->rng, SIM_NODES)];
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };

	if (!n->engine)
		return;
	sim_trace(w, n, "disturbance: reload%s", change ? " with a change" : "");
	n->variant += change;
	conf_unref(n->conf);
	n->conf = sim_conf_make(w, n->index, n->variant);
	ev.config.conf = n->conf;
	sim_node_step(n, &ev);
}

static void admin(struct sim_world *w)
{
	struct sim_node *n = &w->nodes[sim_rng_below(&w->rng, SIM_NODES)];
	enum ike_event_type type = sim_rng_below(&w->rng, 2) ? IKE_EVENT_DOWN : IKE_EVENT_UP;

	sim_trace(w, n, "disturbance: %s", type == IKE_EVENT_DOWN ? "down" : "up");
	sim_tunnel_event(n, type, sim_rng_below(&w->rng, w->plan.tunnels),
			 sim_rng_below(&w->rng, w->plan.paths + 1), false);
}

static void crash(struct sim_world *w)
{
	struct sim_node *n = &w->nodes[sim_rng_below(&w->rng, SIM_NODES)];

	if (!n->engine)
		return;
	sim_node_crash(n);
	if (!sim_node_start(n))
		sim_fail(w, "%s does not start again", n->name);
}

static void disturb_lossy(struct sim_world *w)
{
	switch (sim_rng_below(&w->rng, 14)) {
	case 0:
	case 1:
		admin(w);
		break;
	case 2:
		crash(w);
		break;
	case 3:
		config(w, false);
		break;
	case 4:
		config(w, true);
		break;
	case 5:
		w->net.black_hole = !w->net.black_hole;
		sim_trace(w, NULL, "disturbance: black hole %d", w->net.black_hole);
		break;
	case 6:
		w->nodes[sim_rng_below(&w->rng, SIM_NODES)].kernel.fail_percent =
			sim_rng_below(&w->rng, 2) ? 40 : 0;
		break;
	case 7:
		if (w->net.natted)
			sim_net_rebind(w);
		break;
	case 8:
	case 9:
		sim_net_forge(w);
		break;
	case 10:
		sim_net_replay(w);
		break;
	case 11:
		rekey(w, true);
		break;
	default:
		rekey(w, false);
	}
}

void sim_disturb(struct sim_world *w)
{
	if (w->healed)
		return;
	if ((w->plan.loss_free || w->plan.patient) && !sim_rng_below(&w->rng, 6))
		config(w, sim_rng_below(&w->rng, 2));
	else if (w->plan.loss_free || w->plan.patient)
		rekey(w, sim_rng_below(&w->rng, 2));
	else
		disturb_lossy(w);
}

static void plan_disturbances(struct sim_world *w, ike_time from)
{
	ike_time at = from;
	unsigned int i;

	for (i = 0; i < w->plan.disturbances; i++) {
		/* Some at once, some far apart */
		at += sim_rng_below(&w->rng, sim_rng_below(&w->rng, 2) ? 200 : 8000);
		sim_schedule(w, SIM_DISTURB, 0, at);
	}
	w->plan.disturb_until = at;
}

static void heal(struct sim_world *w)
{
	unsigned int i, t;

	sim_trace(w, NULL, "the network heals");
	w->healed = true;
	w->net.loss = 0;
	w->net.corrupt = 0;
	w->net.black_hole = false;
	for (i = 0; i < SIM_NODES; i++) {
		w->nodes[i].kernel.fail_percent = 0;
		for (t = 0; t < w->plan.tunnels && !w->plan.loss_free; t++) {
			struct ike_path *path;
			unsigned int p;

			/* Only what the admin took down has to be brought up */
			for (p = 0; p < w->plan.paths; p++) {
				path = w->nodes[i].engine->tunnels[t]->paths[p];
				if (path->admin_down)
					sim_tunnel_event(&w->nodes[i], IKE_EVENT_UP, t,
							 p + 1, false);
			}
		}
	}
}

/* ---- a run -------------------------------------------------------------- */

static bool wait_agreed(struct sim_world *w, ike_time within, const char *when)
{
	ike_time end = w->now + within;
	char why[256] = "";

	while (w->now < end && !w->errors) {
		if (sim_agreed(w, why, sizeof(why)))
			return true;
		sim_run_until(w, w->now + 100);
	}
	if (!w->errors)
		sim_fail(w, "no agreement %s: %s", when, why);
	return false;
}

/* Rekeys and probes are allowed in quiet times, negotiation loops are not */
static uint64_t packets_allowed(const struct sim_world *w)
{
	const struct sim_plan *p = &w->plan;
	uint64_t per_path = 40 + 8 * (QUIET_MS / (p->detect_ms / 2));

	per_path += 40 * (QUIET_MS / 1000) / p->ike_lifetime;
	per_path += 40 * (QUIET_MS / 1000) / p->esp_lifetime;
	if (p->esp_packets)
		per_path += 40 * (QUIET_MS / 50) / (p->esp_packets / 2);
	return per_path * p->tunnels * p->paths;
}

static bool run_quiet(struct sim_world *w)
{
	uint64_t before = w->ike_sent;
	uint64_t inits[SIM_NODES];
	unsigned int i;

	for (i = 0; i < SIM_NODES; i++)
		inits[i] = ike_counters(w->nodes[i].engine)->init_sent;
	sim_run_until(w, w->now + QUIET_MS);
	if (w->errors)
		return false;
	for (i = 0; i < SIM_NODES; i++)
		if (ike_counters(w->nodes[i].engine)->init_sent != inits[i])
			sim_fail(w, "%s began anew although all was well", w->nodes[i].name);
	if (w->ike_sent - before > packets_allowed(w))
		sim_fail(w, "%llu IKE packets in quiet times",
			 (unsigned long long)(w->ike_sent - before));
	return !w->errors && wait_agreed(w, SETTLE_MS, "after quiet times");
}

static void stop(struct sim_world *w)
{
	struct ike_event ev = { .type = IKE_EVENT_STOP };
	bool together = sim_rng_below(&w->rng, 2);
	unsigned int i;

	w->strict_from = UINT64_MAX;
	for (i = 0; i < SIM_NODES && !w->errors; i++) {
		sim_node_step(&w->nodes[i], &ev);
		if (!together)
			sim_run_until(w, w->now + 5000);
	}
	if (together)
		sim_run_until(w, w->now + 5000);
	for (i = 0; i < SIM_NODES && !w->errors; i++)
		sim_check_stopped(w, &w->nodes[i]);
}

static void start_traffic(struct sim_world *w)
{
	unsigned int i, t, p;

	for (i = 0; i < SIM_NODES; i++) {
		for (t = 0; t < w->plan.tunnels; t++) {
			for (p = 0; p < w->plan.paths; p++) {
				struct sim_event *ev = sim_schedule(w, SIM_SEND_DATA, i,
								    w->now + 20);

				ev->path = p + 1;
				snprintf(ev->tunnel, sizeof(ev->tunnel), "t%u", t);
			}
		}
	}
}

/* Retransmission, and answers kept for it, must outlast a little loss */
static void check_none_died(struct sim_world *w)
{
	unsigned int i;

	for (i = 0; i < SIM_NODES; i++)
		if (ike_counters(w->nodes[i].engine)->peers_dead)
			sim_fail(w, "%s gave its peer up although little was lost",
				 w->nodes[i].name);
}

bool sim_schedule_run(struct sim_world *w)
{
	unsigned int i;

	for (i = 0; i < SIM_NODES; i++)
		if (!sim_node_start(&w->nodes[i]))
			return false;
	start_traffic(w);
	if (w->plan.loss_free) {
		if (!wait_agreed(w, 60000, "at first"))
			return false;
		w->strict_from = w->now;
	}
	plan_disturbances(w, w->now);
	sim_run_until(w, w->plan.disturb_until + 1000);
	if (w->errors)
		return false;
	if (w->plan.patient)
		check_none_died(w);
	heal(w);
	/* Who was found dead just now has to be found so first */
	sim_run_until(w, w->now + 2 * w->plan.detect_ms + 1000);
	if (!wait_agreed(w, CONVERGE_MS, "after the network healed") || !run_quiet(w))
		return false;
	stop(w);
	return !w->errors;
}
