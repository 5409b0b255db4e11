// SPDX-License-Identifier: GPL-2.0-or-later
/* Clock, event queue and random numbers of a simulation */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/sim.h"

static uint64_t splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void sim_rng_seed(struct sim_rng *r, uint64_t seed)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

static uint64_t rotl(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

/* xoshiro256** */
uint64_t sim_rng_next(struct sim_rng *r)
{
	uint64_t result = rotl(r->s[1] * 5, 7) * 9;
	uint64_t t = r->s[1] << 17;

	r->s[2] ^= r->s[0];
	r->s[3] ^= r->s[1];
	r->s[1] ^= r->s[2];
	r->s[0] ^= r->s[3];
	r->s[2] ^= t;
	r->s[3] = rotl(r->s[3], 45);
	return result;
}

uint32_t sim_rng_below(struct sim_rng *r, uint32_t limit)
{
	return limit ? (uint32_t)(sim_rng_next(r) % limit) : 0;
}

bool sim_rng_percent(struct sim_rng *r, unsigned int percent)
{
	return sim_rng_below(r, 100) < percent;
}

void sim_rng_fill(struct sim_rng *r, void *buf, size_t len)
{
	uint8_t *p = buf;

	while (len) {
		uint64_t v = sim_rng_next(r);
		size_t n = len < sizeof(v) ? len : sizeof(v);

		memcpy(p, &v, n);
		p += n;
		len -= n;
	}
}

void sim_fail(struct sim_world *w, const char *format, ...)
{
	va_list args;

	if (!w->errors++) {
		va_start(args, format);
		vsnprintf(w->error, sizeof(w->error), format, args);
		va_end(args);
	}
	if (w->verbose) {
		printf("# %8llu ms VIOLATION: ", (unsigned long long)w->now);
		va_start(args, format);
		vprintf(format, args);
		va_end(args);
		printf("\n");
	}
}

void sim_trace(struct sim_world *w, const struct sim_node *n, const char *format, ...)
{
	va_list args;

	if (!w->verbose)
		return;
	printf("# %8llu ms %s ", (unsigned long long)w->now, n ? n->name : "-");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

bool sim_broken(const struct sim_world *w, const char *what)
{
	return w->broken && !strcmp(w->broken, what);
}

/* ---- event queue -------------------------------------------------------- */

static bool before(const struct sim_event *a, const struct sim_event *b)
{
	return a->at != b->at ? a->at < b->at : a->seq < b->seq;
}

static void push(struct sim_world *w, struct sim_event *ev)
{
	size_t i;

	if (w->n_heap == w->cap_heap) {
		w->cap_heap = w->cap_heap ? w->cap_heap * 2 : 256;
		w->heap = realloc(w->heap, w->cap_heap * sizeof(struct sim_event *));
		if (!w->heap)
			abort();
	}
	i = w->n_heap++;
	while (i && before(ev, w->heap[(i - 1) / 2])) {
		w->heap[i] = w->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->heap[i] = ev;
}

static struct sim_event *pop(struct sim_world *w)
{
	struct sim_event *first = w->heap[0];
	struct sim_event *last = w->heap[--w->n_heap];
	size_t i = 0;

	for (;;) {
		size_t c = 2 * i + 1;

		if (c >= w->n_heap)
			break;
		if (c + 1 < w->n_heap && before(w->heap[c + 1], w->heap[c]))
			c++;
		if (!before(w->heap[c], last))
			break;
		w->heap[i] = w->heap[c];
		i = c;
	}
	w->heap[i] = last;
	return first;
}

struct sim_event *sim_schedule(struct sim_world *w, enum sim_event_type type,
			       unsigned int node, ike_time at)
{
	struct sim_event *ev = calloc(1, sizeof(*ev));

	if (!ev)
		abort();
	ev->type = type;
	ev->node = node;
	ev->generation = w->nodes[node].generation;
	ev->at = at < w->now ? w->now : at;
	ev->seq = w->next_seq++;
	push(w, ev);
	return ev;
}

static void free_event(struct sim_event *ev)
{
	if (ev->job)
		ike_job_free(ev->job);
	free(ev->data);
	free(ev);
}

static void run_timer(struct sim_node *n)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	/* Also when it came too early: the step arms the next */
	if (n->engine)
		sim_node_step(n, &ev);
}

static void run(struct sim_world *w, struct sim_event *ev)
{
	struct sim_node *n = &w->nodes[ev->node];
	bool stale = ev->generation != n->generation || !n->engine;

	switch (ev->type) {
	case SIM_PACKET:
		sim_net_deliver(w, ev);
		break;
	case SIM_DATA:
		sim_kernel_receive(w, ev);
		break;
	case SIM_SEND_DATA:
		sim_kernel_send_data(w, ev);
		break;
	case SIM_TIMER:
		if (n->timer_at == ev->at)
			n->timer_at = 0;
		if (!stale)
			run_timer(n);
		break;
	case SIM_JOB:
		n->jobs--;
		if (!stale) {
			ev->ike.type = IKE_EVENT_JOB;
			ev->ike.job.job = ev->job;
			ev->job = NULL;
			sim_node_step(n, &ev->ike);
		}
		break;
	case SIM_KERNEL:
		if (!stale)
			sim_node_step(n, &ev->ike);
		break;
	case SIM_DISTURB:
		sim_disturb(w);
		break;
	}
}

void sim_run_until(struct sim_world *w, ike_time until)
{
	while (w->n_heap && w->heap[0]->at <= until && !w->errors) {
		struct sim_event *ev = pop(w);

		w->now = ev->at;
		run(w, ev);
		free_event(ev);
	}
	if (w->now < until)
		w->now = until;
}

bool sim_world_init(struct sim_world *w, uint64_t seed, struct crypto_lib *crypto)
{
	static const char *const names[SIM_NODES] = { "A", "B" };
	unsigned int i;

	w->seed = seed;
	w->crypto = crypto;
	w->now = 1000;
	w->strict_from = UINT64_MAX;
	sim_rng_seed(&w->rng, seed);
	for (i = 0; i < SIM_NODES; i++) {
		w->nodes[i].world = w;
		w->nodes[i].index = i;
		w->nodes[i].name = names[i];
		w->nodes[i].kernel.next_spi = 0x1000000 * (i + 1);
		sim_rng_seed(&w->nodes[i].rng, sim_rng_next(&w->rng));
	}
	sim_plan_make(w);
	return true;
}

void sim_world_free(struct sim_world *w)
{
	unsigned int i;

	while (w->n_heap)
		free_event(pop(w));
	free(w->heap);
	for (i = 0; i < SIM_NODES; i++) {
		ike_engine_free(w->nodes[i].engine);
		conf_unref(w->nodes[i].conf);
		ike_effects_free(&w->nodes[i].effects);
	}
}
