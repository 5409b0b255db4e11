// SPDX-License-Identifier: GPL-2.0-or-later
/* By which mark and device a tunnel's outer packets leave */
#include "daemon/steer.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/devices.h"

static int steer_compare_addr(const struct net_addr *a, const struct net_addr *b)
{
	bool any_a = net_addr_is_any(a), any_b = net_addr_is_any(b);

	if (any_a || any_b)
		return (int)any_b - (int)any_a;
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->ip, b->ip, net_addr_len(a));
}

static int steer_compare(const void *a, const void *b)
{
	const struct steer_entry *x = a, *y = b;
	int remote = steer_compare_addr(&x->remote, &y->remote);

	return remote ? remote : steer_compare_addr(&x->local, &y->local);
}

void steer_build(struct steer *s, const struct conf *conf)
{
	size_t i, n = 0;
	unsigned int j;

	steer_free(s);
	for (i = 0; i < conf->n_tunnels; i++)
		n += conf->tunnels[i]->n_paths;
	s->list = calloc(n ? n : 1, sizeof(*s->list));
	if (!s->list)
		return;	/* answers to strangers leave by the usual route then */
	for (i = 0; i < conf->n_tunnels; i++) {
		const struct conf_tunnel *t = conf->tunnels[i];

		for (j = 0; j < t->n_paths; j++) {
			struct steer_entry *e = &s->list[s->n++];

			e->remote = t->paths[j].remote;
			e->local = t->paths[j].local;
			e->tunnel = t;
		}
	}
	qsort(s->list, s->n, sizeof(*s->list), steer_compare);
}

void steer_free(struct steer *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}

struct kernel_way steer_tunnel(const struct devices *t, const char *tunnel)
{
	const struct device *d = devices_by_tunnel(t, tunnel);
	struct kernel_way way = { 0 };

	if (d) {
		way.fwmark = d->tunnel->fwmark;
		way.under = d->under;
	}
	return way;
}

/* The most exact of what is configured: a known peer before an unknown one */
struct kernel_way steer_address(const struct steer *s, const struct devices *t,
				const struct net_addr *local,
				const struct net_addr *remote)
{
	static const struct net_addr any;
	const struct steer_entry keys[] = {
		{ .remote = *remote, .local = *local },
		{ .remote = *remote, .local = any },
		{ .remote = any, .local = *local },
		{ .remote = any, .local = any },
	};
	const struct steer_entry *found = NULL;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]) && s->n && !found; i++)
		found = bsearch(&keys[i], s->list, s->n, sizeof(*s->list),
				steer_compare);
	return found ? steer_tunnel(t, found->tunnel->name) :
	       (struct kernel_way){ 0 };
}
