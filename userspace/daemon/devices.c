// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices of tunnels */
#include "daemon/devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/adopt.h"
#include "daemon/log.h"
#include "util/fnv1a.h"

/* Never without carrier as long as there is a path, see uapi */
#define DEVICES_HOLD_FOREVER	UINT32_MAX

/* Names and numbers come from the admin and the kernel: no secret is needed */
#define DEVICES_MIX	0x9e3779b97f4a7c15u

static uint64_t devices_key(const char *tunnel)
{
	return fnv1a(FNV1A_BASIS, tunnel, strlen(tunnel));
}

struct device *devices_by_tunnel(const struct devices *t, const char *tunnel)
{
	struct table_node *node = t->n ? table_find(&t->by_name, devices_key(tunnel)) : NULL;

	for (; node; node = table_next(node)) {
		struct device *d = container_of(node, struct device, by_name);

		if (!strcmp(d->tunnel->name, tunnel))
			return d;
	}
	return NULL;
}

struct device *devices_by_ifindex(const struct devices *t, uint32_t ifindex)
{
	struct table_node *node = t->n ? table_find(&t->by_ifindex, ifindex) : NULL;

	return node ? container_of(node, struct device, by_ifindex) : NULL;
}

static void devices_set_ifindex(struct devices *t, struct device *d,
				uint32_t ifindex)
{
	table_remove(&t->by_ifindex, &d->by_ifindex);
	d->ifindex = ifindex;
	if (ifindex)
		table_add(&t->by_ifindex, &d->by_ifindex, ifindex);
}

/* Make room for @n devices */
static int devices_reserve(struct devices *t, size_t n)
{
	struct device **list = reallocarray(t->list, n ? n : 1, sizeof(struct device *));

	if (!list)
		return ENOMEM;
	t->list = list;
	if ((!t->by_name.bucket && !table_init(&t->by_name, DEVICES_MIX)) ||
	    (!t->by_ifindex.bucket && !table_init(&t->by_ifindex, DEVICES_MIX)))
		return ENOMEM;
	return 0;
}

static void devices_remove(struct devices *t, size_t i)
{
	struct device *d = t->list[i];

	table_remove(&t->by_name, &d->by_name);
	devices_set_ifindex(t, d, 0);
	t->list[i] = t->list[--t->n];
	conf_tunnel_unref(d->tunnel);
	free(d);
}

void devices_free(struct devices *t)
{
	while (t->n)
		devices_remove(t, t->n - 1);
	free(t->list);
	table_free(&t->by_name);
	table_free(&t->by_ifindex);
	moved_free(&t->moved);
	memset(t, 0, sizeof(*t));
}

static void devices_log(enum ike_log_level level, const struct device *d,
			const char *what, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "device %s: %s%s%s", d->tunnel->device,
		 what, *why ? ": " : "", why);
	log_write(level, d->tunnel->name, text);
}

static bool devices_has_prefix(const struct conf_prefix *list, size_t n,
			       const struct conf_prefix *p)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (net_addr_same_ip(&list[i].addr, &p->addr) &&
		    list[i].len == p->len)
			return true;
	return false;
}

/* Add and remove the difference; addresses of others are not looked at */
static void devices_addresses(struct device *d, struct kernel *k,
			      const struct conf_prefix *want, size_t n_want)
{
	struct conf_prefix *have;
	size_t n_have, i;

	if (kernel_is_elsewhere(d->ifindex))
		return;
	if (k->ops->address_list(k, d->ifindex, &have, &n_have)) {
		devices_log(IKE_LOG_WARN, d, "cannot read its addresses",
			    kernel_why(k));
		return;
	}
	for (i = 0; i < n_have; i++)
		if (!devices_has_prefix(want, n_want, &have[i]) &&
		    k->ops->address_del(k, d->ifindex, &have[i]))
			devices_log(IKE_LOG_WARN, d, "cannot remove an address",
				    kernel_why(k));
	for (i = 0; i < n_want; i++)
		if (!devices_has_prefix(have, n_have, &want[i]) &&
		    k->ops->address_add(k, d->ifindex, &want[i]))
			devices_log(IKE_LOG_ERROR, d, "cannot add an address",
				    kernel_why(k));
	free(have);
}

static void devices_params(const struct conf_tunnel *c,
			   struct kernel_link_params *p)
{
	memset(p, 0, sizeof(*p));
	p->fwmark = c->fwmark;
	p->mss_clamp = c->mss_clamp;
	p->hold_ms = c->start == CONF_START_TRAFFIC ? DEVICES_HOLD_FOREVER :
		     c->hold_ms;
	p->mtu = c->mtu;
}

/*
 * The tunnel's MTU was fixed and is automatic now: setting it to what the
 * module computes lets the module follow it again.
 */
static void devices_mtu_auto(struct device *d, struct kernel *k)
{
	struct kernel_link_params params;
	struct kernel_device dev;

	if (kernel_is_elsewhere(d->ifindex) ||
	    k->ops->device_get(k, d->ifindex, &dev) || !dev.mtu)
		return;
	devices_params(d->tunnel, &params);
	params.mtu = dev.mtu;
	k->ops->link_change(k, d->ifindex, &params);
}

/* Bring a device that exists to what its tunnel says */
static void devices_configure(struct device *d, struct kernel *k)
{
	const struct conf_tunnel *c = d->tunnel;

	/* up first: a device that is down keeps no IPv6 address */
	if (k->ops->link_up(k, d->ifindex))
		devices_log(IKE_LOG_ERROR, d, "cannot set it up", kernel_why(k));
	else
		d->up = true;
	devices_addresses(d, k, c->addresses, c->n_addresses);
}

/* Give up a device: what is on it belongs to nobody any more */
static void devices_release(struct devices *t, struct device *d,
			    struct kernel *k)
{
	if (!d->ifindex)
		return;
	devices_addresses(d, k, NULL, 0);
	if (k->ops->flush(k, d->ifindex))
		devices_log(IKE_LOG_WARN, d, "cannot remove its SAs",
			    kernel_why(k));
	devices_set_ifindex(t, d, 0);
}

/* The tunnel's device takes @ifindex, whoever had it before */
static void devices_claim(struct devices *t, struct device *d,
			  struct kernel *k, uint32_t ifindex)
{
	struct device *before = devices_by_ifindex(t, ifindex);

	if (before == d)
		return;
	if (before)
		devices_release(t, before, k);
	devices_set_ifindex(t, d, ifindex);
}

/* The tunnel's device is in another network namespace, and can stay there */
static bool devices_elsewhere(struct devices *t, struct device *d,
			      struct kernel *k)
{
	uint32_t number = moved_take(&t->moved, k, d->tunnel->device);
	struct kernel_device dev;

	if (number) {
		devices_claim(t, d, k, number);
		if (!k->ops->device_get(k, number, &dev))
			d->under = dev.under;
		return true;
	}
	if (!kernel_is_elsewhere(d->ifindex))
		return false;
	devices_log(IKE_LOG_WARN, d,
		    "it is in another network namespace, where its attributes and addresses cannot be changed",
		    "");
	return true;
}

/* Find or create the device of a tunnel and configure it */
static void devices_ensure(struct devices *t, struct device *d,
			   struct kernel *k)
{
	struct kernel_link_params params;
	struct kernel_link link;
	int err;

	if (devices_elsewhere(t, d, k)) {
		d->create_at = 0;
		return;
	}
	devices_params(d->tunnel, &params);
	err = k->ops->link_find(k, d->tunnel->device, &link);
	if (err == ENODEV) {
		params.under = d->under;
		err = k->ops->link_create(k, d->tunnel->device, &params);
		if (!err)
			err = k->ops->link_find(k, d->tunnel->device, &link);
	} else if (!err && !link.ikevti) {
		devices_log(IKE_LOG_ERROR, d,
			    "a link of this name exists and is not of kind "
			    IKEVTI_KIND, "");
		return;
	} else if (!err && link.guest) {
		devices_log(IKE_LOG_ERROR, d,
			    "a link of this name was created from another network namespace, which alone can use it",
			    "");
		return;
	} else if (!err && k->ops->link_change(k, link.ifindex, &params)) {
		devices_log(IKE_LOG_ERROR, d, "cannot change it", kernel_why(k));
	}
	if (err) {
		devices_log(IKE_LOG_ERROR, d, "cannot create it", kernel_why(k));
		return;
	}
	devices_claim(t, d, k, link.ifindex);
	d->under = link.under;
	devices_configure(d, k);
	d->create_at = 0;
}

void devices_require(struct devices *t, struct kernel *k, struct device *d)
{
	if (!d->ifindex && !d->leaving)
		devices_ensure(t, d, k);
}

/* Enter the tunnels of @conf; new ones have no device yet */
static int devices_enter(struct devices *t, const struct conf *conf)
{
	size_t before = t->n;
	size_t i;

	if (devices_reserve(t, t->n + conf->n_tunnels))
		return ENOMEM;
	for (i = 0; i < conf->n_tunnels; i++) {
		struct conf_tunnel *c = conf->tunnels[i];
		struct device *d;

		if (devices_by_tunnel(t, c->name))
			continue;
		d = calloc(1, sizeof(*d));
		if (!d) {
			while (t->n > before)
				devices_remove(t, t->n - 1);
			return ENOMEM;
		}
		d->tunnel = conf_tunnel_ref(c);
		table_add(&t->by_name, &d->by_name, devices_key(c->name));
		t->list[t->n++] = d;
	}
	return 0;
}

static bool devices_same(const struct device *d, const struct conf_tunnel *c)
{
	return d->ifindex && !d->leaving && d->tunnel != c &&
	       conf_tunnel_same(d->tunnel, c);
}

int devices_apply(struct devices *t, struct kernel *k, const struct conf *conf)
{
	size_t i;

	if (devices_enter(t, conf))
		return ENOMEM;
	for (i = 0; i < t->n; i++)
		t->list[i]->seen = false;
	for (i = 0; i < conf->n_tunnels; i++)
		devices_by_tunnel(t, conf->tunnels[i]->name)->seen = true;

	/* what leaves goes first: another tunnel may want its addresses */
	for (i = 0; i < t->n; i++) {
		struct device *d = t->list[i];

		if (d->seen || d->leaving)
			continue;
		d->leaving = true;
		if (d->ifindex)
			devices_addresses(d, k, NULL, 0);
	}
	for (i = 0; i < conf->n_tunnels; i++) {
		struct conf_tunnel *c = conf->tunnels[i];
		struct device *d = devices_by_tunnel(t, c->name);
		bool mtu_freed = d->ifindex && d->tunnel->mtu && !c->mtu;
		bool same = devices_same(d, c);

		if (strcmp(d->tunnel->device, c->device))
			devices_release(t, d, k);
		if (d->tunnel != c) {
			conf_tunnel_unref(d->tunnel);
			d->tunnel = conf_tunnel_ref(c);
		}
		d->leaving = false;
		/* others may have taken the addresses of an untouched tunnel */
		if (same)
			devices_addresses(d, k, c->addresses, c->n_addresses);
		else
			devices_ensure(t, d, k);
		if (mtu_freed && d->ifindex)
			devices_mtu_auto(d, k);
	}
	return 0;
}

int devices_route(const struct device *d, struct kernel *k,
		  const struct net_addr *local, const struct net_addr *remote,
		  struct kernel_route *out)
{
	struct kernel_way way = {
		.fwmark = d->tunnel->fwmark,
		.under = d->under,
	};
	int err = k->ops->route(k, local, remote, way, out);

	/* it would go round and round */
	return !err && out->oif && out->oif == d->ifindex ? ELOOP : err;
}

static void devices_await_path(const struct device *d, struct kernel *k,
			       const struct conf_path *c)
{
	struct ike_kernel_path p = {
		.path = c->id,
		.local = c->local,
		.remote = c->remote,
		.state = IKEVTI_PATH_DOWN,
		.priority = c->priority,
		.weight = c->weight,
	};
	struct kernel_route route;
	struct kernel_path there;

	if (net_addr_is_any(&c->remote) ||
	    k->ops->path_get(k, d->ifindex, c->id, &there) != ENOENT)
		return;
	if (net_addr_is_any(&c->local) &&
	    devices_route(d, k, &c->local, &c->remote, &route))
		return;	/* the engine could not begin either */
	if (net_addr_is_any(&c->local))
		p.local = route.local;
	if (k->ops->path_set(k, d->ifindex, &p))
		devices_log(IKE_LOG_WARN, d, "cannot wait for traffic",
			    kernel_why(k));
}

static void devices_await(const struct device *d, struct kernel *k)
{
	unsigned int i;

	if (d->tunnel->start != CONF_START_TRAFFIC || d->leaving || !d->ifindex)
		return;
	for (i = 0; i < d->tunnel->n_paths; i++)
		devices_await_path(d, k, &d->tunnel->paths[i]);
}

void devices_await_traffic(const struct devices *t, struct kernel *k,
			   const char *tunnel)
{
	const struct device *d;
	size_t i;

	if (tunnel) {
		d = devices_by_tunnel(t, tunnel);
		if (d)
			devices_await(d, k);
		return;
	}
	for (i = 0; i < t->n; i++)
		devices_await(t->list[i], k);
}

void devices_sweep(struct devices *t, struct kernel *k)
{
	size_t i = 0;

	while (i < t->n) {
		struct device *d = t->list[i];
		struct kernel_path *paths = NULL;
		size_t n = 0;

		if (d->leaving && d->ifindex)
			k->ops->path_list(k, d->ifindex, &paths, &n);
		free(paths);
		if (!d->leaving || n) {
			i++;
			continue;
		}
		if (d->ifindex)
			devices_log(IKE_LOG_INFO, d,
				    "its tunnel is no longer configured; it stays until \"ip link del\" removes it",
				    "");
		devices_remove(t, i);
	}
}

/* A device of this name is there: whose is it, and has it none yet? */
static struct device *devices_wanting(const struct devices *t,
				      const struct kernel_link *link)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct device *d = t->list[i];

		if ((!d->ifindex || kernel_is_elsewhere(d->ifindex)) &&
		    !d->leaving && !strcmp(d->tunnel->device, link->name))
			return d;
	}
	return NULL;
}

static bool devices_has_paths(struct kernel *k, uint32_t ifindex)
{
	struct kernel_path *paths;
	size_t n;

	if (k->ops->path_list(k, ifindex, &paths, &n))
		return false;
	free(paths);
	return n;
}

struct device *devices_moved(struct devices *t, uint32_t ifindex, uint32_t to)
{
	struct device *d = devices_by_ifindex(t, ifindex);

	if (d && !devices_by_ifindex(t, to))
		devices_set_ifindex(t, d, to);
	return d;
}

/* Is it the device of this tunnel? Paths are put there by nobody but us. */
static bool devices_fits(struct kernel *k, const struct device *d,
			 uint32_t ifindex)
{
	struct kernel_path *paths;
	bool fits = false;
	size_t n, i;

	if (k->ops->path_list(k, ifindex, &paths, &n))
		return false;
	for (i = 0; i < n && !fits; i++)
		fits = adopt_path_wanted(d->tunnel, &paths[i]);
	free(paths);
	return fits;
}

bool devices_still_there(struct devices *t, struct kernel *k, struct device *d)
{
	struct kernel_device dev, *list;
	bool found = false;
	size_t n, i;

	if (!k->ops->device_get(k, d->ifindex, &dev))
		return true;
	if (k->ops->device_list(k, &list, &n))
		return false;
	for (i = 0; i < n && !found; i++) {
		found = kernel_is_elsewhere(list[i].ifindex) &&
			!devices_by_ifindex(t, list[i].ifindex) &&
			devices_fits(k, d, list[i].ifindex);
		if (found)
			devices_set_ifindex(t, d, list[i].ifindex);
	}
	free(list);
	return found;
}

struct device *devices_link(struct devices *t, struct kernel *k,
			    const struct kernel_link *link, bool *appeared)
{
	struct device *d = devices_by_ifindex(t, link->ifindex);

	*appeared = false;
	if (!d) {
		d = link->ikevti && !link->guest ? devices_wanting(t, link) : NULL;
		if (!d)
			return NULL;
		if (d->ifindex && devices_still_there(t, k, d))
			return d;
		/* come back from where it was: with what it has, or without */
		*appeared = !devices_has_paths(k, link->ifindex);
		devices_set_ifindex(t, d, 0);
		devices_ensure(t, d, k);
		*appeared &= d->ifindex != 0;
		return d;
	}
	d->under = link->under;
	/* IPv6 addresses went when it was set down: put them back */
	if (link->up && !d->up && !d->leaving)
		devices_addresses(d, k, d->tunnel->addresses,
				  d->tunnel->n_addresses);
	d->up = link->up;
	return d;
}

struct device *devices_link_gone(struct devices *t, uint32_t ifindex)
{
	struct device *d = devices_by_ifindex(t, ifindex);

	if (d)
		devices_set_ifindex(t, d, 0);
	return d;
}
