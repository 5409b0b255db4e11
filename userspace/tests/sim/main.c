// SPDX-License-Identifier: GPL-2.0-or-later
/* sim: run schedules out of seeds, KTAP on standard output */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/sim.h"

#define KINDS 3	/* schedules by seed modulo this */

struct options {
	uint64_t seed;
	uint64_t schedules;
	bool replay;
	bool verbose;
	const char *broken;
};

struct totals {
	uint64_t runs;
	uint64_t failed;
	uint64_t data;
	uint64_t packets;
	uint64_t collisions;
	uint64_t rekeys;
};

static int usage(FILE *out)
{
	fputs("usage: sim [--seed N] [--schedules N] [--break NAME]\n"
	      "       sim --replay SEED [--verbose]\n\n"
	      "  --seed N       first seed (1)\n"
	      "  --schedules N  how many seeds (2000)\n"
	      "  --replay SEED  run one seed\n"
	      "  --verbose      print what happens\n"
	      "  --break NAME   break something on purpose, the run must fail:\n"
	      "                 response-cache retransmission grace leak wrong-key\n", out);
	return out == stdout ? 0 : 2;
}

static bool parse(int argc, char **argv, struct options *o, int *status)
{
	static const struct option longs[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "schedules", required_argument, NULL, 'n' },
		{ "replay", required_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "break", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			o->seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			o->schedules = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			o->seed = strtoull(optarg, NULL, 0);
			o->replay = true;
			o->schedules = 1;
			break;
		case 'v':
			o->verbose = true;
			break;
		case 'b':
			o->broken = optarg;
			break;
		default:
			*status = usage(c == 'h' ? stdout : stderr);
			return false;
		}
	}
	return true;
}

static void describe(const struct sim_world *w)
{
	const struct sim_plan *p = &w->plan;
	const char *network = p->patient ? "patient" : "chaos";

	if (p->loss_free)
		network = "loss-free";
	printf("# seed %llu: %s, %u tunnels, %u paths, nat %d, pfs %d, esn %d, groups %d, ",
	       (unsigned long long)w->seed, network, p->tunnels, p->paths, w->net.natted, p->pfs,
	       p->esn, p->other_group);
	printf("async %d, starts %d/%d, lifetimes %u/%u, loss %u%%, detect %u ms\n",
	       p->async_jobs, p->start[0], p->start[1], p->ike_lifetime, p->esp_lifetime,
	       w->net.loss, p->detect_ms);
}

static void show_path(void *ctx, const struct ike_status_path *p)
{
	printf("#   %s %s/%u %s, last error: %s\n", (const char *)ctx, p->tunnel, p->path,
	       ike_path_state_name(p->state), p->last_error);
}

static void show_sa(void *ctx, const struct ike_status_sa *s)
{
	printf("#   %s   %016llx/%016llx %s %s %s\n", (const char *)ctx,
	       (unsigned long long)s->spi_i, (unsigned long long)s->spi_r,
	       s->initiator ? "initiator" : "responder", ike_sa_state_name(s->state), s->task);
}

static void show_child(void *ctx, const struct ike_status_child *c)
{
	printf("#   %s     %08x/%08x %s%s since %llu\n", (const char *)ctx, c->spi_in,
	       c->spi_out, ike_child_state_name(c->state), c->sending ? " sending" : "",
	       (unsigned long long)c->established);
}

/* The ends as they stand after a failure */
static void show(struct sim_world *w)
{
	static const struct ike_status_visitor v = { show_path, show_sa, show_child };
	unsigned int i;

	for (i = 0; i < SIM_NODES; i++)
		if (w->nodes[i].engine)
			ike_status_walk(w->nodes[i].engine, NULL, &v,
					(void *)(uintptr_t)w->nodes[i].name);
}

static bool run_seed(const struct options *o, struct crypto_lib *crypto, uint64_t seed,
		     struct totals *totals)
{
	struct sim_world *w = calloc(1, sizeof(*w));
	unsigned int i;
	bool ok;

	if (!w)
		abort();
	w->verbose = o->verbose;
	w->broken = o->broken;
	sim_world_init(w, seed, crypto);
	if (o->verbose)
		describe(w);
	ok = sim_schedule_run(w);
	if (!ok)
		printf("# seed %llu failed at %llu ms: %s\n# again: sim --replay %llu --verbose\n",
		       (unsigned long long)seed, (unsigned long long)w->now, w->error,
		       (unsigned long long)seed);
	if (!ok && o->verbose)
		show(w);
	totals->runs++;
	totals->failed += !ok;
	totals->data += w->data_sent;
	totals->packets += w->ike_sent;
	for (i = 0; i < SIM_NODES; i++) {
		const struct ike_counters *c = w->nodes[i].engine ?
			ike_counters(w->nodes[i].engine) : NULL;

		totals->collisions += c ? c->rekey_collisions : 0;
		totals->rekeys += c ? c->child_rekeys + c->ike_rekeys : 0;
	}
	sim_world_free(w);
	free(w);
	return ok;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
	static const char *const names[] = {
		"rekeys and collisions lose no packet",
		"a little loss ends no IKE SA",
		"chaos ends in agreement",
	};
	struct options o = { .seed = 1, .schedules = 2000 };
	struct totals totals[KINDS];
	struct crypto_lib *crypto;
	double start = seconds();
	int status = 0;
	unsigned int failures = 0;
	uint64_t i;

	if (!parse(argc, argv, &o, &status))
		return status;
	memset(totals, 0, sizeof(totals));
	crypto = crypto_init();
	if (!crypto)
		return 2;
	printf("KTAP version 1\n1..%d\n", KINDS);
	for (i = 0; i < o.schedules; i++) {
		uint64_t seed = o.seed + i;

		if (!run_seed(&o, crypto, seed, &totals[seed % KINDS]) &&
		    ++failures >= 20)
			break;
	}
	for (i = 0; i < KINDS; i++) {
		const struct totals *t = &totals[i];

		if (!t->runs) {
			printf("ok %llu %s # SKIP\n", (unsigned long long)i + 1, names[i]);
			continue;
		}
		printf("%sok %llu %s: %llu schedules, %llu failed, ",
		       t->failed ? "not " : "", (unsigned long long)i + 1, names[i],
		       (unsigned long long)t->runs, (unsigned long long)t->failed);
		printf("%llu packets, %llu data, %llu rekeys, %llu collisions\n",
		       (unsigned long long)t->packets, (unsigned long long)t->data,
		       (unsigned long long)t->rekeys, (unsigned long long)t->collisions);
		status |= t->failed ? 1 : 0;
	}
	printf("# %.1f s\n", seconds() - start);
	crypto_free(crypto);
	return status;
}
