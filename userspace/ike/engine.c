// SPDX-License-Identifier: GPL-2.0-or-later
/* The engine's tables, and the tunnels a configuration brings */
#include <stdlib.h>
#include <string.h>

#include "ike/candidates.h"
#include "ike/config.h"
#include "ike/sa.h"
#include "util/fnv1a.h"

static uint64_t hash_name(const char *name)
{
	return fnv1a(FNV1A_BASIS, name, strlen(name));
}

struct ike_tunnel *ike_find_tunnel(const struct ike_engine *e, const char *name)
{
	struct table_node *node = table_find(&e->tunnels_by_name, hash_name(name));

	for (; node; node = table_next(node)) {
		struct ike_tunnel *t = container_of(node, struct ike_tunnel, by_name);

		if (!strcmp(t->conf->name, name))
			return t;
	}
	return NULL;
}

struct ike_path *ike_find_path(const struct ike_tunnel *t, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i]->conf->id == id)
			return t->paths[i];
	return NULL;
}

/* ---- made and freed ----------------------------------------------------- */

static bool fill_random(void *ctx, uint8_t *out, size_t len)
{
	ike_random(ctx, out, len);
	return true;
}

static bool init_tables(struct ike_engine *e)
{
	struct table *tables[] = {
		&e->by_spi, &e->by_init, &e->children, &e->ops, &e->tunnels_by_name,
		&e->endpoints, &e->by_peer, &e->expected, &e->by_source,
	};
	uint64_t mix;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		ike_random(e, &mix, sizeof(mix));
		if (!table_init(tables[i], mix))
			return false;
	}
	e->plain = malloc(WIRE_REASSEMBLY_BYTES);
	e->build = malloc(WIRE_MESSAGE_MAX);
	e->packet = malloc(WIRE_MESSAGE_MAX);
	return e->plain && e->build && e->packet;
}

struct ike_engine *ike_engine_new(const struct ike_env *env)
{
	struct ike_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->env = *env;
	e->crypto = env->crypto ? env->crypto : crypto_init();
	e->own_crypto = !env->crypto;
	e->random.fill = fill_random;
	e->random.ctx = e;
	TAILQ_INIT(&e->sas);
	TAILQ_INIT(&e->kicked);
	TAILQ_INIT(&e->dead_sas);
	TAILQ_INIT(&e->dead_children);
	TAILQ_INIT(&e->dead_tasks);
	TAILQ_INIT(&e->dead_paths);
	TAILQ_INIT(&e->dead_tunnels);
	if (!e->crypto || !init_tables(e) || !ike_timers_reserve(&e->timers, 1)) {
		ike_engine_free(e);
		return NULL;
	}
	return e;
}

static void tunnel_free(struct ike_tunnel *t)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		ike_path_free(t->paths[i]);
	free(t->paths);
	conf_tunnel_unref(t->conf);
	free(t);
}

void ike_free_dead(struct ike_engine *e)
{
	struct ike_tunnel *tunnel;
	struct ike_child *child;
	struct ike_path *path;
	struct ike_task *task;

	while ((task = TAILQ_FIRST(&e->dead_tasks))) {
		TAILQ_REMOVE(&e->dead_tasks, task, grave);
		crypto_cleanse(task, sizeof(*task));
		free(task);
	}
	while ((child = TAILQ_FIRST(&e->dead_children))) {
		TAILQ_REMOVE(&e->dead_children, child, grave);
		free(child);
	}
	ike_sa_free_dead(e);
	while ((path = TAILQ_FIRST(&e->dead_paths))) {
		TAILQ_REMOVE(&e->dead_paths, path, grave);
		ike_path_free(path);
	}
	while ((tunnel = TAILQ_FIRST(&e->dead_tunnels))) {
		TAILQ_REMOVE(&e->dead_tunnels, tunnel, grave);
		tunnel_free(tunnel);
	}
}

void ike_engine_free(struct ike_engine *e)
{
	size_t i;

	if (!e)
		return;
	e->out = NULL;
	e->stopping = true;
	while (!TAILQ_EMPTY(&e->sas))
		ike_sa_destroy(TAILQ_FIRST(&e->sas));
	for (i = 0; i < e->n_tunnels; i++)
		TAILQ_INSERT_TAIL(&e->dead_tunnels, e->tunnels[i], grave);
	free(e->tunnels);
	ike_free_dead(e);
	if (e->ops.bucket)
		ike_ops_free(e);
	table_free(&e->by_spi);
	table_free(&e->by_init);
	table_free(&e->children);
	table_free(&e->ops);
	table_free(&e->tunnels_by_name);
	table_free(&e->endpoints);
	table_free(&e->by_peer);
	table_free(&e->expected);
	table_free(&e->by_source);
	ike_timers_free(&e->timers);
	conf_unref(e->conf);
	if (e->plain)
		crypto_cleanse(e->plain, WIRE_REASSEMBLY_BYTES);
	if (e->build)
		crypto_cleanse(e->build, WIRE_MESSAGE_MAX);
	free(e->plain);
	free(e->build);
	free(e->packet);
	if (e->own_crypto)
		crypto_free(e->crypto);
	crypto_cleanse(e, sizeof(*e));
	free(e);
}

/* ---- configuration ------------------------------------------------------ */

static struct ike_tunnel *tunnel_new(struct ike_engine *e, struct conf_tunnel *conf)
{
	struct ike_tunnel *t = calloc(1, sizeof(*t));
	unsigned int i;

	if (!t)
		return NULL;
	t->conf = conf_tunnel_ref(conf);
	t->paths = calloc(conf->n_paths ? conf->n_paths : 1, sizeof(struct ike_path *));
	if (!t->paths) {
		tunnel_free(t);
		return NULL;
	}
	for (i = 0; i < conf->n_paths; i++) {
		t->paths[i] = ike_path_new(t, &conf->paths[i], e);
		if (!t->paths[i]) {
			tunnel_free(t);
			return NULL;
		}
		t->n_paths++;
	}
	table_add(&e->tunnels_by_name, &t->by_name, hash_name(conf->name));
	return t;
}

static void tunnel_remove(struct ike_engine *e, struct ike_tunnel *t, const char *why)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		ike_path_shutdown(t->paths[i], why);
	table_remove(&e->tunnels_by_name, &t->by_name);
	TAILQ_INSERT_TAIL(&e->dead_tunnels, t, grave);
}

/* The same endpoints under the same name: priority and weight are the kernel's */
static bool same_path(const struct conf_path *a, const struct conf_path *b)
{
	return a->id == b->id && !strcmp(a->name, b->name) &&
	       net_addr_equal(&a->local, &b->local) &&
	       net_addr_equal(&a->remote, &b->remote) && a->remote_port == b->remote_port;
}

static struct ike_path *take_same(struct ike_path **paths, unsigned int n,
				  const struct conf_path *conf)
{
	struct ike_path *found;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!paths[i] || !same_path(paths[i]->conf, conf))
			continue;
		found = paths[i];
		paths[i] = NULL;
		return found;
	}
	return NULL;
}

static void path_remove(struct ike_engine *e, struct ike_path *path)
{
	ike_path_shutdown(path, "its path is no longer configured");
	TAILQ_INSERT_TAIL(&e->dead_paths, path, grave);
}

/* A path more of a tunnel is in the state the others are all in */
static struct ike_path *path_add(struct ike_tunnel *t, const struct conf_path *conf,
				 struct ike_engine *e, bool admin_down, bool no_device)
{
	struct ike_path *path = ike_path_new(t, conf, e);

	if (!path) {
		ike_log(e, IKE_LOG_ERROR, t->conf->name, "out of memory");
		return NULL;
	}
	path->admin_down = admin_down;
	path->no_device = no_device;
	ike_candidates_count(path);
	return path;
}

static bool all_down(const struct ike_tunnel *t)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (!t->paths[i]->admin_down)
			return false;
	return t->n_paths;
}

/* Only what differs changes; what has to be negotiated follows by rekeys */
static void tunnel_change(struct ike_engine *e, struct ike_tunnel *t, struct conf_tunnel *conf)
{
	struct ike_path **paths = calloc(conf->n_paths ? conf->n_paths : 1,
					 sizeof(struct ike_path *));
	bool down = all_down(t), no_device = t->n_paths && t->paths[0]->no_device;
	struct conf_tunnel *before = t->conf;
	unsigned int i, n = 0;

	if (!paths) {
		ike_log(e, IKE_LOG_ERROR, conf->name,
			"out of memory: the old configuration stays");
		return;
	}
	for (i = 0; i < t->n_paths; i++)
		ike_candidates_remove(t->paths[i]);
	for (i = 0; i < conf->n_paths; i++)
		paths[i] = take_same(t->paths, t->n_paths, &conf->paths[i]);
	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i])
			path_remove(e, t->paths[i]);
	t->conf = conf_tunnel_ref(conf);
	for (i = 0; i < conf->n_paths; i++) {
		struct ike_path *path = paths[i];

		if (path) {
			path->conf = &conf->paths[i];
			if (!ike_candidates_add(path))
				ike_log(e, IKE_LOG_ERROR, conf->name, "out of memory");
		} else {
			path = path_add(t, &conf->paths[i], e, down, no_device);
		}
		if (path)
			paths[n++] = path;
	}
	free(t->paths);
	t->paths = paths;
	t->n_paths = n;
	for (i = 0; i < n; i++)
		ike_path_reconfigure(paths[i]);
	conf_tunnel_unref(before);
}

static bool still_there(const struct ike_tunnel *t, const struct conf *conf)
{
	const struct conf_tunnel *now = conf_find_tunnel(conf, t->conf->name);

	return now && !ike_config_anew(now, t->conf);
}

void ike_config_apply(struct ike_engine *e, struct conf *conf)
{
	struct ike_tunnel **list = calloc(conf->n_tunnels ? conf->n_tunnels : 1,
					  sizeof(struct ike_tunnel *));
	struct conf *before = e->conf;
	size_t i, n = 0;

	if (!list) {
		ike_log(e, IKE_LOG_ERROR, NULL, "out of memory: the old configuration stays");
		return;
	}
	e->conf = conf_ref(conf);
	for (i = 0; i < e->n_tunnels; i++) {
		struct ike_tunnel *t = e->tunnels[i];

		if (!still_there(t, conf))
			tunnel_remove(e, t, conf_find_tunnel(conf, t->conf->name) ?
				      "its identity, secret or device changed" :
				      "it is no longer configured");
	}
	for (i = 0; i < conf->n_tunnels; i++) {
		struct ike_tunnel *t = ike_find_tunnel(e, conf->tunnels[i]->name);

		if (t)
			tunnel_change(e, t, conf->tunnels[i]);
		else
			t = tunnel_new(e, conf->tunnels[i]);
		if (t)
			list[n++] = t;
		else
			ike_log(e, IKE_LOG_ERROR, conf->tunnels[i]->name, "out of memory");
	}
	free(e->tunnels);
	e->tunnels = list;
	e->n_tunnels = n;
	conf_unref(before);
	ike_each_path(e, ike_path_update);
}

void ike_each_path(struct ike_engine *e, void (*fn)(struct ike_path *path))
{
	size_t i;

	for (i = 0; i < e->n_tunnels; i++) {
		unsigned int j;

		for (j = 0; j < e->tunnels[i]->n_paths; j++)
			fn(e->tunnels[i]->paths[j]);
	}
}
