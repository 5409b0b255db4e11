// SPDX-License-Identifier: GPL-2.0-or-later
/* What must hold between values of a configuration */
#include <stdlib.h>
#include <string.h>

#include "config/draft.h"

/* One tunnel under examination */
struct look {
	struct conf_draft *d;
	struct conf_tunnel *t;
	const struct conf_draft_tunnel *place;
	bool complete;		/* no syntax error hides what seems missing */
};

static const struct conf_node *items(const struct conf_node *section)
{
	return section ? section->children : NULL;
}

/* Where @key stands in @section, or where the section itself does */
static const struct conf_pos *where(const struct look *l,
				    const struct conf_node *section,
				    const char *key)
{
	const struct conf_node *n = conf_node_key(items(section), key);

	if (n && n->n_values)
		return &n->values[0].pos;
	if (n)
		return &n->key.pos;
	return section ? &section->key.pos : &l->place->node->key.pos;
}

/* Names as they were written, for one that was refused is in no object */
static const char *title_of(const struct conf_node *section)
{
	return section->args[0].s;
}

static const char *title(const struct look *l)
{
	return title_of(l->place->node);
}

static void check_device(const struct look *l)
{
	struct conf_why why;

	if (conf_node_key(items(l->place->node), "device") || !*l->t->name)
		return;
	if (!conf_parse_ifname(l->t->name, l->t->device, &why))
		conf_error_at(l->d->errors, &l->place->node->args[0].pos,
			      "tunnel '%s' needs 'device = NAME', since its own name is none for a device (1 to %d characters)",
			      l->t->name, CONF_IFNAME_MAX - 1);
}

static void check_mtu(const struct look *l)
{
	unsigned int i;

	if (!l->t->mtu || l->t->mtu >= 1280)
		return;
	for (i = 0; i < l->t->n_addresses; i++) {
		if (l->t->addresses[i].addr.family != AF_INET6)
			continue;
		conf_error_at(l->d->errors, where(l, l->place->node, "mtu"),
			      "IPv6, of which the device has an address, needs an MTU of 1280 at least");
		return;
	}
}

static void check_remote(const struct look *l, unsigned int n)
{
	const struct conf_node *node = l->place->paths[n];
	const struct conf_node *remote = conf_node_key(node->children, "remote");

	if (!remote && l->complete)
		conf_error_at(l->d->errors, &node->key.pos,
			      "path '%s' has no 'remote = ADDRESS'",
			      title_of(node));
	if (!remote || !remote->n_values || l->t->start == CONF_START_LISTEN)
		return;
	if (!strcmp(remote->values[0].s, "any") ||
	    !strcmp(remote->values[0].s, "%any"))
		conf_error_at(l->d->errors, &remote->values[0].pos,
			      "'remote = any' goes with 'start = listen' only: there is nobody to call");
}

static void check_path(const struct look *l, unsigned int n)
{
	const struct conf_node *node = l->place->paths[n];
	const struct conf_path *p = &l->t->paths[n], *q;
	unsigned int i;

	check_remote(l, n);
	if (p->local.family && p->remote.family) {
		if (p->local.family != p->remote.family)
			conf_error_at(l->d->errors, where(l, node, "remote"),
				      "local and remote of path '%s' must both be IPv4 or both be IPv6",
				      title_of(node));
		else if (net_addr_same_ip(&p->local, &p->remote))
			conf_error_at(l->d->errors, where(l, node, "remote"),
				      "local and remote of path '%s' are the same address",
				      title_of(node));
	}
	for (i = 0; i < n; i++) {
		q = &l->t->paths[i];
		if (*p->name && !strcmp(p->name, q->name))
			conf_error_at(l->d->errors, &node->args[0].pos,
				      "there is a path '%s' already, at line %u",
				      p->name, l->place->paths[i]->key.pos.line);
		else if (p->remote.family &&
			 net_addr_same_ip(&p->remote, &q->remote) &&
			 net_addr_same_ip(&p->local, &q->local))
			conf_error_at(l->d->errors, where(l, node, "remote"),
				      "paths '%s' and '%s' have the same addresses",
				      title_of(l->place->paths[i]),
				      title_of(node));
	}
}

static void check_paths(const struct look *l)
{
	unsigned int i;

	if (!l->t->n_paths && l->complete)
		conf_error_at(l->d->errors, &l->place->node->key.pos,
			      "tunnel '%s' needs at least one 'path NAME { remote = ADDRESS }'",
			      title(l));
	for (i = 0; i < l->t->n_paths; i++)
		check_path(l, i);
}

/* The one local or remote address that all paths have, or NULL */
static const struct net_addr *common_address(const struct conf_tunnel *t,
					     bool local)
{
	const struct net_addr *a, *first = NULL;
	unsigned int i;

	for (i = 0; i < t->n_paths; i++) {
		a = local ? &t->paths[i].local : &t->paths[i].remote;
		if (!a->family || (first && !net_addr_same_ip(first, a)))
			return NULL;
		first = a;
	}
	return first;
}

static bool default_id(const struct look *l, bool local)
{
	const struct conf_node *section = local ? l->place->local :
						  l->place->remote;
	struct conf_id *id = local ? &l->t->local.id : &l->t->remote.id;
	const char *name = local ? "local" : "remote";
	const struct net_addr *a;

	if (conf_node_key(items(section), "id"))
		return id->type || *id->text;
	a = common_address(l->t, local);
	if (a) {
		conf_id_from_address(a, id);
		return true;
	}
	/* without any path that is said already */
	if (l->complete && l->t->n_paths)
		conf_error_at(l->d->errors, section ? &section->key.pos :
			      &l->place->node->key.pos,
			      "tunnel '%s' needs '%s { id = … }': its paths have no one %s address to take for it",
			      title(l), name, name);
	return false;
}

/* Said once: the other tunnels have no secret for the same reason */
static void no_secrets_file(const struct look *l)
{
	const struct conf_pos pos = { .file = l->d->secrets_name };
	const struct conf_id *id = l->t->remote.id.type ? &l->t->remote.id :
							  &l->t->local.id;

	conf_error_at(l->d->errors, &pos,
		      "there is no such file, and tunnel '%s' needs a secret in it: psk %s = \"…\"",
		      title(l), id->text);
	l->d->secret_tree.broken = true;
}

static void check_auth(const struct look *l)
{
	struct conf_tunnel *t = l->t;
	bool local = default_id(l, true), remote = default_id(l, false);

	if (!local || !remote || !l->complete)
		return;
	if (t->remote.id.type && conf_id_same(&t->local.id, &t->remote.id)) {
		conf_error_at(l->d->errors, where(l, l->place->remote, "id"),
			      "local and remote have the same identity '%s'",
			      t->remote.id.text);
		return;
	}
	if (conf_secrets_find(&l->d->secrets, &t->local.id, &t->remote.id,
			      &t->local))
		return;
	/* a secret that was found faulty is not also missing */
	if (l->d->secret_tree.broken)
		return;
	if (l->d->no_secrets) {
		no_secrets_file(l);
		return;
	}
	conf_error_at(l->d->errors, where(l, l->place->remote, "id"),
		      "no secret for tunnel '%s'; put 'psk %s = \"…\"' into %s",
		      title(l), t->remote.id.type ? t->remote.id.text :
		      t->local.id.text, l->d->secrets_name);
}

/* ---- inner addresses ----------------------------------------------------- */

static bool is_link_local(const struct net_addr *a)
{
	return a->family == AF_INET6 && a->ip[0] == 0xfe &&
	       (a->ip[1] & 0xc0) == 0x80;
}

static bool overlaps(const struct conf_selector *s, const struct net_addr *start,
		     const struct net_addr *end)
{
	return s->start.family == start->family &&
	       memcmp(s->start.ip, end->ip, sizeof(end->ip)) <= 0 &&
	       memcmp(s->end.ip, start->ip, sizeof(start->ip)) >= 0;
}

static bool any_overlaps(const struct conf_selector *list, unsigned int n,
			 const struct net_addr *start, const struct net_addr *end)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (overlaps(&list[i], start, end))
			return true;
	return false;
}

static void check_address(const struct look *l, unsigned int n,
			  const struct conf_text *text)
{
	const struct conf_prefix *p = &l->t->addresses[n];
	struct conf_selector network;

	if (is_link_local(&p->addr))
		return;
	if (!any_overlaps(l->t->local_ts, l->t->n_local_ts, &p->addr, &p->addr)) {
		conf_warn_at(l->d->errors, &text->pos,
			     "'%s' is in none of the 'networks' of 'local': what this host sends from it is dropped",
			     text->s);
		return;
	}
	conf_selector_of(&network, p);
	if (!net_addr_same_ip(&network.start, &network.end) &&
	    !any_overlaps(l->t->remote_ts, l->t->n_remote_ts, &network.start,
			  &network.end))
		conf_warn_at(l->d->errors, &text->pos,
			     "the network of '%s' is in none of the 'networks' of 'remote': the peer's address in it cannot be reached",
			     text->s);
}

/* A default "networks" has everything, so only those that were given matter */
static void check_addresses(const struct look *l)
{
	const struct conf_node *key = conf_node_key(items(l->place->node),
						    "address");
	unsigned int i;

	/* with a faulty one, values and addresses do not go together */
	if (!key || key->n_values != l->t->n_addresses)
		return;
	for (i = 0; i < l->t->n_addresses; i++)
		check_address(l, i, &key->values[i]);
}

static void check_tunnel(struct conf_draft *d, size_t n)
{
	struct look l = {
		.d = d,
		.t = d->conf->tunnels[n],
		.place = &d->places[n],
		.complete = !d->places[n].node->broken,
	};

	check_device(&l);
	check_mtu(&l);
	check_paths(&l);
	check_auth(&l);
	check_addresses(&l);
}

/* ---- across tunnels ------------------------------------------------------ */

static const struct conf_tunnel *tunnel_at(const struct conf_draft *d, size_t n)
{
	return d->conf->tunnels[n];
}

static const char *title_at(const struct conf_draft *d, size_t n)
{
	return title_of(d->places[n].node);
}

static int by_place(size_t x, size_t y)
{
	return x < y ? -1 : x > y;
}

static int by_name(const void *a, const void *b, void *d)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int r = strcmp(tunnel_at(d, x)->name, tunnel_at(d, y)->name);

	return r ? r : by_place(x, y);
}

static int by_device(const void *a, const void *b, void *d)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int r = strcmp(tunnel_at(d, x)->device, tunnel_at(d, y)->device);

	return r ? r : by_place(x, y);
}

static void check_names(struct conf_draft *d, size_t *order)
{
	struct conf *c = d->conf;
	size_t i;

	qsort_r(order, c->n_tunnels, sizeof(*order), by_name, d);
	for (i = 0; i < c->n_tunnels; i++) {
		c->by_name[i] = c->tunnels[order[i]];
		if (!i || !*c->by_name[i]->name ||
		    strcmp(c->by_name[i]->name, c->by_name[i - 1]->name))
			continue;
		conf_error_at(d->errors, &d->places[order[i]].node->args[0].pos,
			      "there is a tunnel '%s' already, at %s:%u",
			      c->by_name[i]->name,
			      d->places[order[i - 1]].node->key.pos.file,
			      d->places[order[i - 1]].node->key.pos.line);
	}
	qsort_r(order, c->n_tunnels, sizeof(*order), by_device, d);
	for (i = 1; i < c->n_tunnels; i++) {
		const struct conf_tunnel *a = c->tunnels[order[i - 1]];
		const struct conf_tunnel *b = c->tunnels[order[i]];
		const struct conf_node *node = d->places[order[i]].node;
		const struct conf_node *key;

		/* one name twice has been said already */
		if (!*b->device || strcmp(a->device, b->device) ||
		    !strcmp(title_at(d, order[i - 1]), title_at(d, order[i])))
			continue;
		key = conf_node_key(node->children, "device");
		conf_error_at(d->errors, key ? &key->values[0].pos :
			      &node->args[0].pos,
			      "tunnels '%s' and '%s' have the same device '%s'; each needs its own, several paths go into one tunnel",
			      title_at(d, order[i - 1]), title_at(d, order[i]),
			      b->device);
	}
}

struct end {
	size_t tunnel;
	unsigned int path;
};

static int compare_addr(const struct net_addr *a, const struct net_addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->ip, b->ip, sizeof(a->ip));
}

/* By what a responder can tell tunnels apart by: addresses and identities */
static int compare_ends(const struct conf_draft *d, const struct end *x,
			const struct end *y)
{
	const struct conf_tunnel *a = tunnel_at(d, x->tunnel);
	const struct conf_tunnel *b = tunnel_at(d, y->tunnel);
	const struct conf_id *ids[4] = { &a->local.id, &b->local.id,
					 &a->remote.id, &b->remote.id };
	unsigned int i;
	int r;

	r = compare_addr(&a->paths[x->path].local, &b->paths[y->path].local);
	if (!r)
		r = compare_addr(&a->paths[x->path].remote,
				 &b->paths[y->path].remote);
	for (i = 0; i < 4 && !r; i += 2) {
		r = ids[i]->type - ids[i + 1]->type;
		if (!r)
			r = ids[i]->len - ids[i + 1]->len;
		if (!r)
			r = memcmp(ids[i]->data, ids[i + 1]->data, ids[i]->len);
	}
	return r;
}

static int by_ends(const void *a, const void *b, void *d)
{
	const struct end *x = a, *y = b;
	int r = compare_ends(d, x, y);

	return r ? r : by_place(x->tunnel, y->tunnel);
}

static void check_ends(struct conf_draft *d)
{
	struct conf *c = d->conf;
	struct end *ends;
	size_t i, n = 0;
	unsigned int k;

	for (i = 0; i < c->n_tunnels; i++)
		n += c->tunnels[i]->n_paths;
	if (!n)
		return;
	ends = calloc(n, sizeof(*ends));
	if (!ends) {
		conf_error_at(d->errors, NULL, "out of memory");
		return;
	}
	n = 0;
	for (i = 0; i < c->n_tunnels; i++)
		for (k = 0; k < c->tunnels[i]->n_paths; k++)
			ends[n++] = (struct end){ .tunnel = i, .path = k };
	qsort_r(ends, n, sizeof(*ends), by_ends, d);
	for (i = 1; i < n; i++) {
		const struct end *x = &ends[i - 1], *y = &ends[i];

		/* one name twice has been said already */
		if (x->tunnel == y->tunnel || compare_ends(d, x, y) ||
		    !strcmp(title_at(d, x->tunnel), title_at(d, y->tunnel)) ||
		    d->places[x->tunnel].node->broken ||
		    d->places[y->tunnel].node->broken)
			continue;
		conf_error_at(d->errors,
			      &d->places[y->tunnel].paths[y->path]->key.pos,
			      "tunnels '%s' and '%s' have the same identities and addresses, so that nothing tells them apart; give them other identities",
			      title_at(d, x->tunnel), title_at(d, y->tunnel));
	}
	free(ends);
}

struct inner {
	size_t tunnel;
	unsigned int index;	/* of the address in it */
};

static const struct conf_prefix *prefix_of(const struct conf_draft *d,
					   const struct inner *x)
{
	return &tunnel_at(d, x->tunnel)->addresses[x->index];
}

static int by_address(const void *a, const void *b, void *d)
{
	const struct inner *x = a, *y = b;
	int r = compare_addr(&prefix_of(d, x)->addr, &prefix_of(d, y)->addr);

	return r ? r : by_place(x->tunnel, y->tunnel);
}

static void warn_same_address(struct conf_draft *d, const struct inner *x,
			      const struct inner *y)
{
	const struct conf_node *node = d->places[y->tunnel].node, *key;
	const struct conf_prefix *p = prefix_of(d, y);
	unsigned int host = p->addr.family == AF_INET ? 32 : 128;
	char address[NET_ADDR_STRLEN];

	if (x->tunnel == y->tunnel || is_link_local(&p->addr) ||
	    compare_addr(&prefix_of(d, x)->addr, &p->addr))
		return;
	/* devices may share an address of the host that brings no network */
	if (p->len == host && prefix_of(d, x)->len == host)
		return;
	key = conf_node_key(node->children, "address");
	conf_warn_at(d->errors, key && y->index < key->n_values ?
		     &key->values[y->index].pos : &node->key.pos,
		     "tunnels '%s' and '%s' both have the address %s, so that its network is reached by one of them only; write '%s/%u' in both to share it",
		     title_at(d, x->tunnel), title_at(d, y->tunnel),
		     net_addr_format(&p->addr, address), address, host);
}

static void check_same_address(struct conf_draft *d)
{
	struct conf *c = d->conf;
	struct inner *list;
	size_t i, n = 0;
	unsigned int k;

	for (i = 0; i < c->n_tunnels; i++)
		n += c->tunnels[i]->n_addresses;
	if (!n)
		return;
	list = calloc(n, sizeof(*list));
	if (!list) {
		conf_error_at(d->errors, NULL, "out of memory");
		return;
	}
	n = 0;
	for (i = 0; i < c->n_tunnels; i++)
		for (k = 0; k < c->tunnels[i]->n_addresses; k++)
			list[n++] = (struct inner){ .tunnel = i, .index = k };
	qsort_r(list, n, sizeof(*list), by_address, d);
	for (i = 1; i < n; i++)
		warn_same_address(d, &list[i - 1], &list[i]);
	free(list);
}

static void check_daemon(struct conf_draft *d)
{
	const struct conf_node *s = conf_node_section(d->tree.first, "daemon");
	const struct conf_node *key;

	if (d->conf->daemon.port != d->conf->daemon.natt_port || !s)
		return;
	key = conf_node_key(s->children, "natt-port");
	conf_error_at(d->errors, key ? &key->values[0].pos : &s->key.pos,
		      "port and natt-port must differ");
}

void conf_validate(struct conf_draft *d)
{
	struct conf *c = d->conf;
	size_t *order;
	size_t i;

	check_daemon(d);
	for (i = 0; i < c->n_tunnels; i++)
		check_tunnel(d, i);
	order = calloc(c->n_tunnels + 1, sizeof(*order));
	c->by_name = calloc(c->n_tunnels + 1, sizeof(struct conf_tunnel *));
	if (!order || !c->by_name) {
		conf_error_at(d->errors, NULL, "out of memory");
		free(order);
		return;
	}
	for (i = 0; i < c->n_tunnels; i++)
		order[i] = i;
	check_names(d, order);
	check_ends(d);
	check_same_address(d);
	free(order);
}
