// SPDX-License-Identifier: GPL-2.0-or-later
/* What must hold after every step, at convergence, and after a stop */
#include <string.h>

#include "ike/sa.h"
#include "linux/ikevti.h"
#include "tests/sim/sim.h"

/* ---- after every step --------------------------------------------------- */

static void check_path(struct sim_world *w, struct sim_node *n, struct ike_path *path)
{
	const struct ike_sa *sa;
	const struct ike_child *c;
	unsigned int sending = 0;

	TAILQ_FOREACH(sa, &path->sas, on_path) {
		unsigned int children = 0;

		if (sa->dead || sa->path != path)
			sim_fail(w, "%s: a dead IKE SA is on its path", n->name);
		TAILQ_FOREACH(c, &sa->children, link) {
			children++;
			sending += c->sending;
			if (c->sa != sa || c->dead)
				sim_fail(w, "%s: a child is linked wrongly", n->name);
		}
		if (children != sa->n_children || children > IKE_CHILDREN_MAX)
			sim_fail(w, "%s: %u children, counted as %u", n->name, children,
				 sa->n_children);
	}
	if (sending != (path->sending ? 1u : 0u))
		sim_fail(w, "%s: %u children send on one path", n->name, sending);
	if (path->state == IKE_PATH_UP && !path->sending)
		sim_fail(w, "%s: a path is up without a child", n->name);
	if (path->n_lingers > IKE_LINGER_MAX)
		sim_fail(w, "%s: %u SPIs linger", n->name, path->n_lingers);
}

void sim_check_step(struct sim_world *w, struct sim_node *n)
{
	const struct ike_engine *e = n->engine;
	const struct ike_sa *sa;
	size_t i, half_open = 0, sas = 0;
	unsigned int j;

	TAILQ_FOREACH(sa, &e->sas, all) {
		sas++;
		half_open += sa->half_open;
		if (sa->win.outstanding && !sa->task)
			sim_fail(w, "%s: a request waits for an answer nobody wants", n->name);
		if (sa->task && !sa->win.outstanding && !sa->task->op)
			sim_fail(w, "%s: %s waits for nothing", n->name,
				 ike_task_name(sa->task));
		if (sa->peer_task && !sa->peer_task->op)
			sim_fail(w, "%s: answer to %s waits for nothing", n->name,
				 ike_task_name(sa->peer_task));
	}
	if (half_open != e->n_half_open || sas != e->n_sas)
		sim_fail(w, "%s: %zu half-open of %zu, counted as %zu of %zu", n->name,
			 half_open, sas, e->n_half_open, e->n_sas);
	if (!TAILQ_EMPTY(&e->dead_sas) || !TAILQ_EMPTY(&e->kicked))
		sim_fail(w, "%s: a step left work behind", n->name);
	for (i = 0; i < e->n_tunnels; i++)
		for (j = 0; j < e->tunnels[i]->n_paths; j++)
			check_path(w, n, e->tunnels[i]->paths[j]);
}

/* ---- at convergence ----------------------------------------------------- */

static struct ike_path *engine_path(struct sim_node *n, unsigned int tunnel, unsigned int path)
{
	return n->engine->tunnels[tunnel]->paths[path];
}

static const char *one_end(struct sim_node *n, struct ike_path *path)
{
	const char *tunnel = path->tunnel->conf->name;
	struct sim_kernel_path *k = sim_kernel_path(&n->kernel, tunnel, path->conf->id);
	struct ike_sa *sa = TAILQ_FIRST(&path->sas);

	if (path->state != IKE_PATH_UP)
		return "a path is not up";
	if (!k || k->set.state != IKEVTI_PATH_UP)
		return "a path is not up in the kernel";
	if (!sa || TAILQ_NEXT(sa, on_path))
		return "not exactly one IKE SA";
	if (sa->state != IKE_SA_ESTABLISHED || sa->redundant || sa->closing)
		return "IKE SA not established";
	if (sa->n_children != 1 || !TAILQ_FIRST(&sa->children)->sending)
		return "not exactly one child that sends";
	return NULL;
}

static const char *direction(struct sim_node *from, struct sim_node *to, struct ike_path *path)
{
	const char *tunnel = path->tunnel->conf->name;
	struct sim_kernel_sa *out = sim_kernel_out(&from->kernel, tunnel, path->conf->id);
	struct sim_kernel_sa *in = out ? sim_kernel_in(&to->kernel, out->spi) : NULL;

	if (!out)
		return "no outbound SA in the kernel";
	if (!in)
		return "the other end does not have the SA";
	if (in->print != out->print)
		return "the ends have different keys";
	return NULL;
}

static const char *both_ends(struct sim_world *w, unsigned int tunnel, unsigned int path)
{
	struct sim_node *a = &w->nodes[0], *b = &w->nodes[1];
	struct ike_path *pa = engine_path(a, tunnel, path);
	struct ike_path *pb = engine_path(b, tunnel, path);
	const char *wrong = one_end(a, pa);
	struct ike_sa *sa, *sb;

	if (!wrong)
		wrong = one_end(b, pb);
	if (!wrong)
		wrong = direction(a, b, pa);
	if (!wrong)
		wrong = direction(b, a, pb);
	if (wrong)
		return wrong;
	sa = TAILQ_FIRST(&pa->sas);
	sb = TAILQ_FIRST(&pb->sas);
	if (sa->spi_i != sb->spi_i || sa->spi_r != sb->spi_r || sa->initiator == sb->initiator)
		return "the ends have different IKE SAs";
	if (memcmp(&sa->keys.d, &sb->keys.d, sizeof(sa->keys.d)))
		return "the ends derived different IKE keys";
	if (sa->udp != sb->udp)
		return "the ends encapsulate differently";
	return NULL;
}

/* Inbound SAs of before a rekey, there for a while yet */
static unsigned int lingering(struct sim_node *n)
{
	const struct ike_engine *e = n->engine;
	unsigned int j, sum = 0;
	size_t i;

	for (i = 0; i < e->n_tunnels; i++)
		for (j = 0; j < e->tunnels[i]->n_paths; j++)
			sum += e->tunnels[i]->paths[j]->n_lingers;
	return sum;
}

bool sim_agreed(struct sim_world *w, char *why, size_t size)
{
	unsigned int t, p, i;

	for (i = 0; i < SIM_NODES; i++) {
		struct sim_node *n = &w->nodes[i];

		if (!n->engine) {
			snprintf(why, size, "%s does not run", n->name);
			return false;
		}
	}
	for (t = 0; t < w->plan.tunnels; t++) {
		for (p = 0; p < w->plan.paths; p++) {
			const char *wrong = both_ends(w, t, p);

			if (!wrong)
				continue;
			snprintf(why, size, "t%u/%u: %s", t, p + 1, wrong);
			return false;
		}
	}
	for (i = 0; i < SIM_NODES; i++) {
		struct sim_node *n = &w->nodes[i];
		unsigned int want = 2 * w->plan.tunnels * w->plan.paths + lingering(n);

		if (n->engine->n_sas != w->plan.tunnels * w->plan.paths ||
		    n->engine->n_half_open) {
			snprintf(why, size, "%s has %zu IKE SAs, %zu of them half-open", n->name,
				 n->engine->n_sas, n->engine->n_half_open);
			return false;
		}
		if (sim_kernel_count(&n->kernel) != want) {
			snprintf(why, size, "%s has %u SAs in the kernel instead of %u", n->name,
				 sim_kernel_count(&n->kernel), want);
			return false;
		}
	}
	return true;
}

/* ---- after a stop ------------------------------------------------------- */

void sim_check_stopped(struct sim_world *w, struct sim_node *n)
{
	if (!n->stopped)
		sim_fail(w, "%s did not stop", n->name);
	if (sim_kernel_count(&n->kernel))
		sim_fail(w, "%s left %u SAs in the kernel", n->name,
			 sim_kernel_count(&n->kernel));
	if (n->engine->n_sas || n->engine->children.n)
		sim_fail(w, "%s left %zu IKE SAs and %zu children", n->name, n->engine->n_sas,
			 n->engine->children.n);
}
