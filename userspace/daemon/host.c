// SPDX-License-Identifier: GPL-2.0-or-later
/* Do changes of the host's routes concern any path? */
#include "daemon/host.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/devices.h"

size_t host_paths(const struct conf *conf)
{
	size_t i, n = 0;

	for (i = 0; i < conf->n_tunnels; i++)
		n += conf->tunnels[i]->n_paths;
	return n;
}

static void host_tunnel(struct kernel *k, const struct device *d,
			const struct conf_tunnel *t, struct net_addr *out)
{
	struct kernel_route route;
	unsigned int i;

	for (i = 0; d && i < t->n_paths; i++)
		/* unreachable is an answer, too: no address */
		if (!net_addr_is_any(&t->paths[i].remote) &&
		    !devices_route(d, k, &t->paths[i].local,
				   &t->paths[i].remote, &route))
			out[i] = route.local;
}

bool host_changed(struct host *h, struct kernel *k, const struct devices *t,
		  const struct conf *conf)
{
	size_t i, at = 0, n = host_paths(conf);
	struct net_addr *now = calloc(n ? n : 1, sizeof(*now));
	bool same;

	if (!now)
		return true;
	for (i = 0; i < conf->n_tunnels; i++) {
		host_tunnel(k, devices_by_tunnel(t, conf->tunnels[i]->name),
			    conf->tunnels[i], now + at);
		at += conf->tunnels[i]->n_paths;
	}
	same = h->n == n;
	for (i = 0; same && i < n; i++)
		same = net_addr_same_ip(&h->sources[i], &now[i]);
	free(h->sources);
	h->sources = now;
	h->n = n;
	return !same;
}

void host_free(struct host *h)
{
	free(h->sources);
	memset(h, 0, sizeof(*h));
}
