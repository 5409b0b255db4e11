// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A fake kernel: SAs as the netlink contract has them, and traffic through
 * them, which shows at once whether both ends agree.
 */
#include <errno.h>
#include <string.h>

#include "linux/ikevti.h"
#include "tests/sim/sim.h"
#include "util/fnv1a.h"

#define DATA_INTERVAL_MS 50

struct sim_kernel_path *sim_kernel_path(struct sim_kernel *k, const char *tunnel, uint32_t path)
{
	unsigned int i;

	for (i = 0; i < SIM_TUNNELS * SIM_PATHS; i++)
		if (k->paths[i].exists && k->paths[i].set.path == path &&
		    !strcmp(k->paths[i].tunnel, tunnel))
			return &k->paths[i];
	return NULL;
}

struct sim_kernel_sa *sim_kernel_out(struct sim_kernel *k, const char *tunnel, uint32_t path)
{
	unsigned int i;

	for (i = 0; i < SIM_SAS_MAX; i++)
		if (k->sas[i].state == SIM_SA_OUT && k->sas[i].path == path &&
		    !strcmp(k->sas[i].tunnel, tunnel))
			return &k->sas[i];
	return NULL;
}

static struct sim_kernel_sa *find_in(struct sim_kernel *k, uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < SIM_SAS_MAX; i++)
		if ((k->sas[i].state == SIM_SA_IN || k->sas[i].state == SIM_SA_LARVAL) &&
		    k->sas[i].spi == spi)
			return &k->sas[i];
	return NULL;
}

struct sim_kernel_sa *sim_kernel_in(struct sim_kernel *k, uint32_t spi)
{
	struct sim_kernel_sa *sa = find_in(k, spi);

	return sa && sa->state == SIM_SA_IN ? sa : NULL;
}

static struct sim_kernel_sa *free_slot(struct sim_kernel *k)
{
	unsigned int i;

	for (i = 0; i < SIM_SAS_MAX; i++)
		if (k->sas[i].state == SIM_SA_FREE)
			return &k->sas[i];
	return NULL;
}

unsigned int sim_kernel_count(const struct sim_kernel *k)
{
	unsigned int i, n = 0;

	for (i = 0; i < SIM_SAS_MAX; i++)
		n += k->sas[i].state != SIM_SA_FREE;
	return n;
}

void sim_kernel_flush(struct sim_node *n)
{
	memset(n->kernel.sas, 0, sizeof(n->kernel.sas));
	memset(n->kernel.paths, 0, sizeof(n->kernel.paths));
}

static uint32_t age(const struct sim_world *w, ike_time last)
{
	return last ? (uint32_t)(w->now - last) : UINT32_MAX;
}

/* ---- effects ------------------------------------------------------------ */

static void answer(struct sim_node *n, const struct ike_effect *f, int error, uint32_t spi)
{
	const struct sim_kernel_path *p;
	struct sim_world *w = n->world;
	struct sim_event *ev = sim_schedule(w, SIM_KERNEL, n->index,
					    w->now + sim_rng_below(&w->rng, 4));

	ev->ike.type = IKE_EVENT_KERNEL_DONE;
	ev->ike.kernel.op = f->op;
	ev->ike.kernel.error = error;
	ev->ike.kernel.spi = spi;
	p = f->type == IKE_EFFECT_RX_AGE ?
		sim_kernel_path(&n->kernel, f->path.tunnel, f->path.path) : NULL;
	ev->ike.kernel.rx_age = age(w, p ? p->last_rx : 0);
	ev->ike.kernel.tx_age = age(w, p ? p->last_tx : 0);
	if (error)
		snprintf(ev->ike.kernel.text, sizeof(ev->ike.kernel.text), "no luck");
}

static void path_set(struct sim_node *n, const struct ike_effect *f)
{
	struct sim_kernel *k = &n->kernel;
	struct sim_kernel_path *p = sim_kernel_path(k, f->path.tunnel, f->path.path);
	unsigned int i;

	for (i = 0; !p && i < SIM_TUNNELS * SIM_PATHS; i++)
		if (!k->paths[i].exists)
			p = &k->paths[i];
	if (!p) {
		sim_fail(n->world, "%s: too many paths in the kernel", n->name);
		return;
	}
	if (!p->exists)
		memset(p, 0, sizeof(*p));
	p->exists = true;
	snprintf(p->tunnel, sizeof(p->tunnel), "%s", f->path.tunnel);
	p->set = f->path;
	sim_trace(n->world, n, "kernel path %s/%u %s", p->tunnel, p->set.path,
		  p->set.state == IKEVTI_PATH_UP ? "up" : "down");
}

static void path_del(struct sim_node *n, const struct ike_effect *f)
{
	struct sim_kernel *k = &n->kernel;
	struct sim_kernel_path *p = sim_kernel_path(k, f->path.tunnel, f->path.path);
	unsigned int i;

	if (!p) {
		sim_fail(n->world, "%s: PATH_DEL of a path the kernel does not have", n->name);
		return;
	}
	p->exists = false;
	for (i = 0; i < SIM_SAS_MAX; i++)
		if (k->sas[i].path == f->path.path && k->sas[i].state != SIM_SA_FREE &&
		    !strcmp(k->sas[i].tunnel, f->path.tunnel))
			k->sas[i].state = SIM_SA_FREE;
}

static void spi_alloc(struct sim_node *n, const struct ike_effect *f)
{
	struct sim_kernel *k = &n->kernel;
	struct sim_kernel_sa *sa = free_slot(k);

	if (!sim_kernel_path(k, f->sa.tunnel, f->sa.path)) {
		sim_fail(n->world, "%s: SPI_ALLOC before PATH_SET", n->name);
		return;
	}
	if (!sa || sim_rng_percent(&n->world->rng, k->fail_percent)) {
		answer(n, f, ENOSPC, 0);
		return;
	}
	memset(sa, 0, sizeof(*sa));
	sa->state = SIM_SA_LARVAL;
	sa->spi = ++k->next_spi;
	sa->path = f->sa.path;
	snprintf(sa->tunnel, sizeof(sa->tunnel), "%s", f->sa.tunnel);
	answer(n, f, 0, sa->spi);
}

/* FNV over key and salt: enough to see whether two are the same */
static uint64_t key_print(const struct ike_kernel_sa *s)
{
	uint64_t h = fnv1a(FNV1A_BASIS, s->key, s->key_len);

	return fnv1a(h, s->salt, sizeof(s->salt)) ^ s->esn;
}

static void check_fresh_key(struct sim_node *n, uint64_t print)
{
	struct sim_world *w = n->world;
	size_t i;

	for (i = 0; i < w->n_out_keys; i++)
		if (w->out_keys[i] == print)
			sim_fail(w, "%s: a key sends for the second time: IVs repeat", n->name);
	if (w->n_out_keys < SIM_KEYS_MAX)
		w->out_keys[w->n_out_keys++] = print;
}

/* --break grace: old inbound SAs end when the outbound one is switched */
static void drop_inbound(struct sim_kernel *k, const struct ike_effect *f)
{
	unsigned int i;

	for (i = 0; i < SIM_SAS_MAX; i++)
		if (k->sas[i].state == SIM_SA_IN && k->sas[i].path == f->sa.path &&
		    k->sas[i].spi != f->sa.peer_spi && !strcmp(k->sas[i].tunnel, f->sa.tunnel))
			k->sas[i].state = SIM_SA_FREE;
}

static void sa_add(struct sim_node *n, const struct ike_effect *f)
{
	struct sim_kernel *k = &n->kernel;
	struct sim_kernel_sa *sa;

	sim_trace(n->world, n, "kernel SA_ADD %s %08x", f->sa.inbound ? "in" : "out", f->sa.spi);
	if (f->sa.key_len != 32)
		sim_fail(n->world, "%s: key of %u octets", n->name, f->sa.key_len);
	if (f->sa.inbound) {
		sa = find_in(k, f->sa.spi);
		if (!sa || sa->state != SIM_SA_LARVAL) {
			sim_fail(n->world, "%s: inbound SA_ADD of SPI %08x, which was not allocated or is in use",
				 n->name, f->sa.spi);
			return;
		}
	} else {
		check_fresh_key(n, key_print(&f->sa));
		if (sim_broken(n->world, "grace"))
			drop_inbound(k, f);
		sa = sim_kernel_out(k, f->sa.tunnel, f->sa.path);
		if (!sa)
			sa = free_slot(k);
	}
	if (!sa || sim_rng_percent(&n->world->rng, k->fail_percent)) {
		answer(n, f, ENOMEM, 0);
		return;
	}
	memset(sa, 0, sizeof(*sa));
	sa->state = f->sa.inbound ? SIM_SA_IN : SIM_SA_OUT;
	sa->spi = f->sa.spi;
	sa->path = f->sa.path;
	snprintf(sa->tunnel, sizeof(sa->tunnel), "%s", f->sa.tunnel);
	sa->print = key_print(&f->sa);
	if (f->sa.inbound && sim_broken(n->world, "wrong-key") && !(f->sa.spi % 8))
		sa->print ^= 1;
	sa->soft_packets = f->sa.soft_packets;
	sa->hard_packets = f->sa.hard_packets;
	answer(n, f, 0, 0);
}

static void sa_del(struct sim_node *n, const struct ike_effect *f)
{
	struct sim_kernel *k = &n->kernel;
	struct sim_kernel_sa *sa = f->sa.inbound ? find_in(k, f->sa.spi) :
		sim_kernel_out(k, f->sa.tunnel, f->sa.path);

	sim_trace(n->world, n, "kernel SA_DEL %s %08x", f->sa.inbound ? "in" : "out", f->sa.spi);
	if (sa && sa->spi == f->sa.spi && !sim_broken(n->world, "leak"))
		sa->state = SIM_SA_FREE;
}

void sim_kernel_effect(struct sim_node *n, const struct ike_effect *f)
{
	switch (f->type) {
	case IKE_EFFECT_PATH_SET:
		path_set(n, f);
		break;
	case IKE_EFFECT_PATH_DEL:
		path_del(n, f);
		break;
	case IKE_EFFECT_SPI_ALLOC:
		spi_alloc(n, f);
		break;
	case IKE_EFFECT_SA_ADD:
		sa_add(n, f);
		break;
	case IKE_EFFECT_SA_DEL:
		sa_del(n, f);
		break;
	case IKE_EFFECT_RX_AGE:
		answer(n, f, 0, 0);
		break;
	default:
		break;
	}
}

/* ---- traffic ------------------------------------------------------------ */

static void limit_event(struct sim_node *n, const struct sim_kernel_sa *sa, bool hard)
{
	struct sim_event *ev = sim_schedule(n->world, SIM_KERNEL, n->index, n->world->now);

	ev->ike.type = IKE_EVENT_SA_LIMIT;
	ev->ike.limit.spi = sa->spi;
	ev->ike.limit.inbound = sa->state == SIM_SA_IN;
	ev->ike.limit.hard = hard;
	ev->ike.limit.limit = IKEVTI_LIMIT_PACKETS;
	ev->ike.limit.path = sa->path;
	snprintf(ev->ike.limit.tunnel, sizeof(ev->ike.limit.tunnel), "%s", sa->tunnel);
}

/* Return: false when the SA is at its end */
static bool count_packet(struct sim_node *n, struct sim_kernel_sa *sa)
{
	sa->seq++;
	if (sa->soft_packets && sa->seq >= sa->soft_packets && !sa->soft_said) {
		sa->soft_said = true;
		limit_event(n, sa, false);
	}
	if (!sa->hard_packets || sa->seq < sa->hard_packets)
		return true;
	if (!sa->hard_said) {
		sa->hard_said = true;
		limit_event(n, sa, true);
	}
	return false;
}

static void acquire(struct sim_node *n, const struct sim_event *ev)
{
	struct sim_event *kev;

	/* Rate-limited, as the module does it */
	if (n->world->now < n->next_acquire)
		return;
	n->next_acquire = n->world->now + 500;
	kev = sim_schedule(n->world, SIM_KERNEL, n->index, n->world->now);
	kev->ike.type = IKE_EVENT_ACQUIRE;
	snprintf(kev->ike.tunnel.tunnel, sizeof(kev->ike.tunnel.tunnel), "%s", ev->tunnel);
}

void sim_kernel_send_data(struct sim_world *w, struct sim_event *ev)
{
	struct sim_node *n = &w->nodes[ev->node];
	struct sim_kernel_path *p = sim_kernel_path(&n->kernel, ev->tunnel, ev->path);
	struct sim_kernel_sa *sa = sim_kernel_out(&n->kernel, ev->tunnel, ev->path);
	struct sim_event *again, *d;

	again = sim_schedule(w, SIM_SEND_DATA, ev->node,
			     w->now + DATA_INTERVAL_MS * (w->plan.loss_free ? 1 : 2));
	again->path = ev->path;
	memcpy(again->tunnel, ev->tunnel, sizeof(again->tunnel));
	if (!p || !sa || p->set.state != IKEVTI_PATH_UP) {
		if (w->now >= w->strict_from)
			sim_fail(w, "%s: %s/%u has no usable SA to send on", n->name,
				 ev->tunnel, ev->path);
		if (n->engine && !n->stopped)
			acquire(n, ev);
		return;
	}
	if (!count_packet(n, sa))
		return;
	w->data_sent++;
	p->last_tx = w->now;
	if (w->net.black_hole || sim_rng_percent(&w->rng, w->net.loss))
		return;
	d = sim_schedule(w, SIM_DATA, !ev->node, w->now + w->net.delay_min +
			 sim_rng_below(&w->rng, w->net.delay_max - w->net.delay_min + 1));
	d->spi = sa->spi;
	d->print = sa->print;
	d->path = ev->path;
	memcpy(d->tunnel, ev->tunnel, sizeof(d->tunnel));
	d->from = p->set.local;
	d->to = p->set.remote;
	d->sent = w->now;
	sim_nat_out(w, &d->from);
}

static void address_event(struct sim_node *n, const struct sim_event *d)
{
	struct sim_event *ev = sim_schedule(n->world, SIM_KERNEL, n->index, n->world->now);

	ev->ike.type = IKE_EVENT_ADDRESS;
	ev->ike.address.remote = d->from;
	ev->ike.address.path = d->path;
	snprintf(ev->ike.address.tunnel, sizeof(ev->ike.address.tunnel), "%s", d->tunnel);
}

void sim_kernel_receive(struct sim_world *w, struct sim_event *d)
{
	struct sim_node *n = &w->nodes[d->node];
	struct sim_kernel_sa *sa = sim_kernel_in(&n->kernel, d->spi);
	struct sim_kernel_path *p = sim_kernel_path(&n->kernel, d->tunnel, d->path);

	if (p && p->set.udp && !sim_nat_in(w, &d->to))
		return;
	if (!sa || !p || sa->print != d->print) {
		w->data_lost++;
		if (d->sent >= w->strict_from)
			sim_fail(w, "%s: a data packet for SPI %08x sent at %llu was lost: %s",
				 n->name, d->spi, (unsigned long long)d->sent,
				 sa ? "other key" : "no such SA");
		return;
	}
	if (sa->path != d->path || strcmp(sa->tunnel, d->tunnel)) {
		sim_fail(w, "%s: data of %s/%u arrived on %s/%u", n->name, d->tunnel, d->path,
			 sa->tunnel, sa->path);
		return;
	}
	count_packet(n, sa);
	p->last_rx = w->now;
	if (p->set.udp && n->engine && !n->stopped && !net_addr_equal(&p->set.remote, &d->from))
		address_event(n, d);
}
