// SPDX-License-Identifier: GPL-2.0-or-later
/* Taking over what a daemon that died left in the kernel */
#include "daemon/adopt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"

static struct adopt_path *adopt_find_path(const struct adopt *a,
					  uint32_t ifindex, uint32_t path)
{
	size_t i;

	for (i = 0; i < a->n_paths; i++)
		if (a->paths[i].ifindex == ifindex && a->paths[i].path == path)
			return &a->paths[i];
	return NULL;
}

static void adopt_forget_path(struct adopt *a, struct adopt_path *p)
{
	*p = a->paths[--a->n_paths];
}

/* ---- start ---- */

static const struct conf_path *adopt_conf_path(const struct conf_tunnel *c,
					       uint32_t id)
{
	unsigned int i;

	for (i = 0; i < c->n_paths; i++)
		if (c->paths[i].id == id)
			return &c->paths[i];
	return NULL;
}

bool adopt_path_wanted(const struct conf_tunnel *c, const struct kernel_path *p)
{
	const struct conf_path *conf = adopt_conf_path(c, p->id);

	if (!conf)
		return false;
	if (!net_addr_is_any(&conf->remote) &&
	    !net_addr_same_ip(&conf->remote, &p->remote))
		/* behind a NAT a peer may have moved; its SAs prove it */
		return p->udp;
	return net_addr_is_any(&conf->local) ||
	       net_addr_same_ip(&conf->local, &p->local);
}

/* No SA outlives its lifetime for want of somebody who replaces it */
static ike_time adopt_expiry(const struct conf_tunnel *c,
			     const struct kernel_sa *sa, ike_time now)
{
	uint64_t life = sa->hard_seconds ? sa->hard_seconds :
			(uint64_t)c->esp_lifetime + c->esp_lifetime / 4;

	return now + (life > sa->age ? life - sa->age : 0) * 1000;
}

static int adopt_sa(struct adopt *a, const struct conf_tunnel *c,
		    const struct kernel_sa *sa, ike_time now)
{
	struct adopt_sa *list;

	list = reallocarray(a->sas, a->n_sas + 1, sizeof(*list));
	if (!list)
		return ENOMEM;
	a->sas = list;
	list[a->n_sas++] = (struct adopt_sa){
		.ifindex = sa->ifindex,
		.path = sa->path,
		.lane = sa->lane,
		.spi = sa->spi,
		.inbound = sa->inbound,
		.deadline = adopt_expiry(c, sa, now),
	};
	return 0;
}

static int adopt_path(struct adopt *a, const struct kernel_path *p)
{
	struct adopt_path *list;

	list = reallocarray(a->paths, a->n_paths + 1, sizeof(*list));
	if (!list)
		return ENOMEM;
	a->paths = list;
	list[a->n_paths++] = (struct adopt_path){
		.ifindex = p->ifindex,
		.path = p->id,
		.until = UINT64_MAX,
	};
	return 0;
}

/* Adopt the SAs of one path; a path without any is removed */
static int adopt_path_sas(struct adopt *a, struct kernel *k,
			  const struct conf_tunnel *c,
			  const struct kernel_path *p,
			  const struct kernel_sa *sas, size_t n, ike_time now,
			  struct adopt_found *found)
{
	size_t before = a->n_sas;
	size_t i;
	int err = 0;

	for (i = 0; i < n && !err; i++) {
		if (sas[i].path != p->id)
			continue;
		if (sas[i].state == IKEVTI_SA_ACTIVE) {
			err = adopt_sa(a, c, &sas[i], now);
			continue;
		}
		/* promised to a peer by a negotiation that died, or used up */
		k->ops->sa_del(k, p->ifindex, sas[i].inbound, sas[i].spi, p->id,
			       sas[i].lane);
		found->removed++;
	}
	if (!err && a->n_sas > before)
		err = adopt_path(a, p);
	if (err || a->n_sas == before) {
		a->n_sas = before;
		k->ops->path_del(k, p->ifindex, p->id);
		found->removed++;
		return err;
	}
	found->paths++;
	found->sas += a->n_sas - before;
	return 0;
}

static int adopt_device(struct adopt *a, struct kernel *k,
			const struct conf_tunnel *c, uint32_t ifindex,
			ike_time now, struct adopt_found *found)
{
	struct kernel_path *paths;
	struct kernel_sa *sas;
	size_t n_paths, n_sas, i;
	int err;

	err = k->ops->path_list(k, ifindex, &paths, &n_paths);
	if (err)
		return err;
	err = k->ops->sa_list(k, ifindex, &sas, &n_sas);
	if (err) {
		free(paths);
		return err;
	}
	for (i = 0; i < n_paths && !err; i++) {
		if (adopt_path_wanted(c, &paths[i])) {
			err = adopt_path_sas(a, k, c, &paths[i], sas, n_sas,
					     now, found);
			continue;
		}
		k->ops->path_del(k, ifindex, paths[i].id);
		found->removed++;
	}
	free(paths);
	free(sas);
	return err;
}

static void adopt_flush(struct kernel *k, uint32_t ifindex,
			struct adopt_found *found)
{
	struct kernel_path *paths;
	size_t n;

	if (k->ops->path_list(k, ifindex, &paths, &n) || !n)
		return;
	free(paths);
	if (!k->ops->flush(k, ifindex))
		found->removed++;
}

int adopt_start(struct adopt *a, struct kernel *k, const struct devices *t,
		ike_time now, struct adopt_found *found)
{
	struct kernel_device *list;
	int err, first = 0;
	size_t n, i;

	memset(found, 0, sizeof(*found));
	err = k->ops->device_list(k, &list, &n);
	if (err)
		return err;
	for (i = 0; i < n; i++) {
		const struct device *d = devices_by_ifindex(t, list[i].ifindex);

		if (!d) {
			adopt_flush(k, list[i].ifindex, found);
			continue;
		}
		err = adopt_device(a, k, d->tunnel, d->ifindex, now, found);
		if (err) {
			/* better no SA than one that nobody looks after */
			adopt_device_gone(a, d->ifindex);
			k->ops->flush(k, d->ifindex);
			first = first ? first : err;
		}
	}
	free(list);
	return first;
}

/* ---- later ---- */

bool adopt_hold(struct adopt *a, uint32_t ifindex,
		const struct ike_kernel_path *p, ike_time now)
{
	struct adopt_path *path = adopt_find_path(a, ifindex, p->path);

	if (!path)
		return false;
	if (p->state != IKEVTI_PATH_DOWN) {
		/* the engine is ready to use it: from now on it is its own */
		path->held = false;
		path->owned = true;
		path->until = UINT64_MAX;
		return false;
	}
	if (!path->held)
		path->until = now + ADOPT_PATIENCE_MS;
	path->held = true;
	path->wanted = *p;
	return true;
}

/* Remove one SA from the kernel and from the list */
static void adopt_remove_sa(struct adopt *a, struct kernel *k, size_t i)
{
	const struct adopt_sa sa = a->sas[i];

	k->ops->sa_del(k, sa.ifindex, sa.inbound, sa.spi, sa.path, sa.lane);
	a->sas[i] = a->sas[--a->n_sas];
}

/* A path whose old SAs are all gone is the engine's alone */
static void adopt_tidy_path(struct adopt *a, struct kernel *k,
			    uint32_t ifindex, uint32_t path)
{
	struct adopt_path *p = adopt_find_path(a, ifindex, path);
	size_t i;

	if (!p)
		return;
	for (i = 0; i < a->n_sas; i++)
		if (a->sas[i].ifindex == ifindex && a->sas[i].path == path)
			return;
	if (p->held)
		k->ops->path_set(k, ifindex, &p->wanted);
	else if (!p->owned)
		k->ops->path_del(k, ifindex, path);
	adopt_forget_path(a, p);
}

void adopt_replaced(struct adopt *a, struct kernel *k, uint32_t ifindex,
		    uint32_t path, uint32_t lane, ike_time now)
{
	struct adopt_path *p = adopt_find_path(a, ifindex, path);
	size_t i = 0;

	if (!p)
		return;
	p->held = false;
	p->owned = true;
	p->until = UINT64_MAX;
	while (i < a->n_sas) {
		struct adopt_sa *sa = &a->sas[i];

		if (sa->ifindex != ifindex || sa->path != path) {
			i++;
			continue;
		}
		if (sa->inbound || sa->lane != lane) {
			if (sa->deadline > now + ADOPT_GRACE_MS)
				sa->deadline = now + ADOPT_GRACE_MS;
			i++;
			continue;
		}
		/* the kernel freed the lane's old outbound SA itself */
		a->sas[i] = a->sas[--a->n_sas];
	}
	adopt_tidy_path(a, k, ifindex, path);
}

void adopt_path_gone(struct adopt *a, uint32_t ifindex, uint32_t path)
{
	struct adopt_path *p = adopt_find_path(a, ifindex, path);
	size_t i = 0;

	if (!p)
		return;
	adopt_forget_path(a, p);
	while (i < a->n_sas) {
		if (a->sas[i].ifindex == ifindex && a->sas[i].path == path)
			a->sas[i] = a->sas[--a->n_sas];
		else
			i++;
	}
}

void adopt_release(struct adopt *a, struct kernel *k, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < a->n_paths; i++)
		if (a->paths[i].ifindex == ifindex)
			k->ops->path_del(k, ifindex, a->paths[i].path);
	adopt_device_gone(a, ifindex);
}

void adopt_device_moved(struct adopt *a, uint32_t from, uint32_t to)
{
	size_t i;

	for (i = 0; i < a->n_sas; i++)
		if (a->sas[i].ifindex == from)
			a->sas[i].ifindex = to;
	for (i = 0; i < a->n_paths; i++)
		if (a->paths[i].ifindex == from)
			a->paths[i].ifindex = to;
}

void adopt_device_gone(struct adopt *a, uint32_t ifindex)
{
	size_t i = 0;

	while (i < a->n_sas) {
		if (a->sas[i].ifindex == ifindex)
			a->sas[i] = a->sas[--a->n_sas];
		else
			i++;
	}
	i = 0;
	while (i < a->n_paths) {
		if (a->paths[i].ifindex == ifindex)
			a->paths[i] = a->paths[--a->n_paths];
		else
			i++;
	}
}

bool adopt_limit(struct adopt *a, struct kernel *k, uint32_t ifindex,
		 bool inbound, uint32_t spi)
{
	size_t i;

	for (i = 0; i < a->n_sas; i++) {
		uint32_t path = a->sas[i].path;

		if (a->sas[i].ifindex != ifindex || a->sas[i].spi != spi ||
		    a->sas[i].inbound != inbound)
			continue;
		adopt_remove_sa(a, k, i);
		adopt_tidy_path(a, k, ifindex, path);
		return true;
	}
	return false;
}

bool adopt_busy(const struct adopt *a)
{
	return a->n_sas || a->n_paths;
}

/* Has the peer been heard lately on a path the engine wants down? */
static bool adopt_path_alive(struct kernel *k, const struct adopt_path *p)
{
	struct kernel_path path;

	return !k->ops->path_get(k, p->ifindex, p->path, &path) &&
	       path.rx_age_ms < ADOPT_SILENCE_MS;
}

/* Let the engine have its way with a path where nobody is heard any more */
static void adopt_give_up(struct adopt *a, struct kernel *k,
			  struct adopt_path *p)
{
	uint32_t ifindex = p->ifindex, path = p->path;
	size_t i = 0;

	while (i < a->n_sas) {
		if (a->sas[i].ifindex == ifindex && a->sas[i].path == path)
			adopt_remove_sa(a, k, i);
		else
			i++;
	}
	adopt_tidy_path(a, k, ifindex, path);
}

void adopt_timer(struct adopt *a, struct kernel *k, ike_time now)
{
	size_t i = 0;

	while (i < a->n_sas) {
		uint32_t ifindex = a->sas[i].ifindex;
		uint32_t path = a->sas[i].path;

		if (a->sas[i].deadline > now) {
			i++;
			continue;
		}
		adopt_remove_sa(a, k, i);
		adopt_tidy_path(a, k, ifindex, path);
	}
	i = 0;
	while (i < a->n_paths) {
		struct adopt_path *p = &a->paths[i];
		size_t before = a->n_paths;

		if (p->until > now) {
			i++;
			continue;
		}
		if (adopt_path_alive(k, p))
			p->until = now + ADOPT_SILENCE_MS;
		else
			adopt_give_up(a, k, p);
		if (a->n_paths == before)
			i++;
	}
}

void adopt_free(struct adopt *a)
{
	free(a->sas);
	free(a->paths);
	memset(a, 0, sizeof(*a));
}
