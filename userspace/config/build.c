// SPDX-License-Identifier: GPL-2.0-or-later
/* The tree of a file -> struct conf */
#include <stdlib.h>
#include <string.h>

#include "config/draft.h"

struct tunnel_build {
	struct conf_draft *d;
	struct conf_tunnel *t;
	struct conf_draft_tunnel *place;
};

static void no_nested(void *ctx, const struct conf_node *node,
		      const struct conf_section *section)
{
}

static void build_path(struct tunnel_build *b, const struct conf_node *node)
{
	struct conf_tunnel *t = b->t;
	struct conf_path *path;
	struct conf_why why;

	if (t->n_paths == CONF_PATHS_MAX) {
		conf_error_at(b->d->errors, &node->key.pos,
			      "a tunnel has at most %d paths", CONF_PATHS_MAX);
		return;
	}
	b->place->paths[t->n_paths] = node;
	path = &t->paths[t->n_paths++];
	path->id = t->n_paths;
	if (!conf_parse_name(node->args[0].s, path->name, &why))
		conf_error_at(b->d->errors, &node->args[0].pos, "%s", why.text);
	conf_read_section(&b->d->tree, node->children, CONF_SECTION_PATH, path,
			  no_nested, NULL);
}

static void tunnel_nested(void *ctx, const struct conf_node *node,
			  const struct conf_section *section)
{
	struct tunnel_build *b = ctx;

	if (section->id == CONF_SECTION_PATH) {
		build_path(b, node);
		return;
	}
	if (section->id == CONF_SECTION_LOCAL)
		b->place->local = node;
	else if (section->id == CONF_SECTION_REMOTE)
		b->place->remote = node;
	conf_read_section(&b->d->tree, node->children, section->id, b->t,
			  no_nested, NULL);
}

static bool grow(struct conf_draft *d)
{
	size_t cap = d->cap ? d->cap * 2 : 16;
	struct conf_draft_tunnel *places;
	struct conf_tunnel **tunnels;

	if (d->conf->n_tunnels < d->cap)
		return true;
	tunnels = realloc(d->conf->tunnels, cap * sizeof(struct conf_tunnel *));
	if (!tunnels)
		return false;
	d->conf->tunnels = tunnels;
	places = realloc(d->places, cap * sizeof(*places));
	if (!places)
		return false;
	d->places = places;
	d->cap = cap;
	return true;
}

static void build_tunnel(struct conf_draft *d, const struct conf_node *node)
{
	struct tunnel_build b = { .d = d };
	struct conf_why why;

	if (d->conf->n_tunnels == CONF_TUNNELS_MAX) {
		conf_error_at(d->errors, &node->key.pos,
			      "there are more than %d tunnels",
			      CONF_TUNNELS_MAX);
		return;
	}
	if (!grow(d)) {
		d->no_memory = true;
		return;
	}
	b.t = calloc(1, sizeof(*b.t));
	if (!b.t) {
		d->no_memory = true;
		return;
	}
	b.t->refs = 1;
	b.t->line = node->key.pos.line;
	b.place = &d->places[d->conf->n_tunnels];
	memset(b.place, 0, sizeof(*b.place));
	b.place->node = node;
	d->conf->tunnels[d->conf->n_tunnels++] = b.t;
	if (!conf_parse_name(node->args[0].s, b.t->name, &why))
		conf_error_at(d->errors, &node->args[0].pos, "%s", why.text);
	conf_read_section(&d->tree, node->children, CONF_SECTION_TUNNEL, b.t,
			  tunnel_nested, &b);
	if (!b.t->n_local_ts) {
		conf_selector_all(&b.t->local_ts[0], AF_INET);
		conf_selector_all(&b.t->local_ts[1], AF_INET6);
		b.t->n_local_ts = 2;
	}
	if (!b.t->n_remote_ts) {
		conf_selector_all(&b.t->remote_ts[0], AF_INET);
		conf_selector_all(&b.t->remote_ts[1], AF_INET6);
		b.t->n_remote_ts = 2;
	}
	/* what has no section of its own has its defaults all the same */
	if (!conf_node_section(node->children, "ike"))
		conf_read_section(&d->tree, NULL, CONF_SECTION_IKE, b.t,
				  no_nested, NULL);
	if (!conf_node_section(node->children, "esp"))
		conf_read_section(&d->tree, NULL, CONF_SECTION_ESP, b.t,
				  no_nested, NULL);
}

static void top_nested(void *ctx, const struct conf_node *node,
		       const struct conf_section *section)
{
	struct conf_draft *d = ctx;

	if (section->id == CONF_SECTION_DAEMON)
		conf_read_section(&d->tree, node->children, CONF_SECTION_DAEMON,
				  &d->conf->daemon, no_nested, NULL);
	else if (!d->no_memory)
		build_tunnel(d, node);
}

void conf_build(struct conf_draft *d)
{
	conf_read_section(&d->tree, d->tree.first, CONF_SECTION_TOP, d->conf,
			  top_nested, d);
	if (!conf_node_section(d->tree.first, "daemon"))
		conf_read_section(&d->tree, NULL, CONF_SECTION_DAEMON,
				  &d->conf->daemon, no_nested, NULL);
	if (d->no_memory)
		conf_error_at(d->errors, NULL, "out of memory");
}
