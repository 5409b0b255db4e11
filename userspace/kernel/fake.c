// SPDX-License-Identifier: GPL-2.0-or-later
/* A kernel in memory for tests */
#include "kernel/fake.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fake *fake(struct kernel *k)
{
	return (struct fake *)k;
}

static int fake_result(struct kernel *k, int err)
{
	snprintf(k->why, sizeof(k->why), "%s", err ? strerror(err) : "");
	return err;
}

/* Should @op fail now? */
static int fake_failure(struct kernel *k, const char *op)
{
	struct fake *f = fake(k);

	f->calls++;
	if (!f->fail_op || strcmp(f->fail_op, op))
		return 0;
	f->fail_op = NULL;
	return fake_result(k, f->fail);
}

/* A copy of the elements of @from that belong to @ifindex, 0: all */
static int fake_copy(const void *from, size_t n, size_t size, uint32_t ifindex,
		     void **list, size_t *count)
{
	size_t i, kept = 0;
	char *out;

	*list = NULL;
	*count = 0;
	out = calloc(n ? n : 1, size);
	if (!out)
		return ENOMEM;
	for (i = 0; i < n; i++) {
		const char *element = (const char *)from + i * size;

		/* every element begins with its ifindex */
		if (!ifindex || *(const uint32_t *)(const void *)element == ifindex)
			memcpy(out + kept++ * size, element, size);
	}
	if (!kept) {
		free(out);
		return 0;
	}
	*list = out;
	*count = kept;
	return 0;
}

static size_t fake_link_index(const struct fake *f, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < f->n_links; i++)
		if (f->links[i].link.ifindex == ifindex)
			break;
	return i;
}

static bool fake_is_device(const struct fake *f, uint32_t ifindex)
{
	size_t i = fake_link_index(f, ifindex);

	return i < f->n_links && f->links[i].link.ikevti;
}

uint32_t fake_link(struct fake *f, const char *name, bool ikevti)
{
	struct kernel_link *l;

	if (f->n_links == FAKE_LINKS)
		return 0;
	l = &f->links[f->n_links++].link;
	memset(l, 0, sizeof(*l));
	l->ifindex = f->next_ifindex++;
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->ikevti = ikevti;
	l->mtu = 1446;
	return l->ifindex;
}

void fake_event(struct fake *f, const struct kernel_event *ev)
{
	if (f->n_events < FAKE_EVENTS)
		f->events[f->n_events++] = *ev;
}

size_t fake_count_sas(const struct fake *f, uint32_t ifindex)
{
	size_t i, n = 0;

	for (i = 0; i < f->n_sas; i++)
		n += f->sas[i].ifindex == ifindex;
	return n;
}

const struct kernel_sa *fake_find_sa(const struct fake *f, uint32_t ifindex,
				     bool inbound, uint32_t spi)
{
	size_t i;

	for (i = 0; i < f->n_sas; i++)
		if (f->sas[i].ifindex == ifindex &&
		    f->sas[i].inbound == inbound && f->sas[i].spi == spi)
			return &f->sas[i];
	return NULL;
}

/* Remove SAs of a device, of one of its paths when @path is not NULL */
static void fake_drop_sas(struct fake *f, uint32_t ifindex,
			  const uint32_t *path)
{
	size_t i = 0;

	while (i < f->n_sas) {
		if (f->sas[i].ifindex == ifindex &&
		    (!path || f->sas[i].path == *path))
			f->sas[i] = f->sas[--f->n_sas];
		else
			i++;
	}
}

/* ---- links and addresses ---- */

static int fake_link_find(struct kernel *k, const char *name,
			  struct kernel_link *out)
{
	struct fake *f = fake(k);
	size_t i;

	for (i = 0; i < f->n_links; i++) {
		if (strcmp(f->links[i].link.name, name))
			continue;
		*out = f->links[i].link;
		return 0;
	}
	return fake_result(k, ENODEV);
}

static int fake_link_create(struct kernel *k, const char *name,
			    const struct kernel_link_params *p)
{
	int err = fake_failure(k, "link_create");
	struct fake *f = fake(k);
	struct kernel_link l;

	if (err)
		return err;
	if (!fake_link_find(k, name, &l))
		return fake_result(k, EEXIST);
	if (!fake_link(f, name, true))
		return fake_result(k, ENOMEM);
	f->links[f->n_links - 1].params = *p;
	return 0;
}

static int fake_link_change(struct kernel *k, uint32_t ifindex,
			    const struct kernel_link_params *p)
{
	int err = fake_failure(k, "link_change");
	struct fake *f = fake(k);

	if (err)
		return err;
	if (!fake_is_device(f, ifindex))
		return fake_result(k, ENODEV);
	f->links[fake_link_index(f, ifindex)].params = *p;
	return 0;
}

static int fake_link_up(struct kernel *k, uint32_t ifindex)
{
	int err = fake_failure(k, "link_up");
	struct fake *f = fake(k);

	if (err)
		return err;
	if (!fake_is_device(f, ifindex))
		return fake_result(k, ENODEV);
	f->links[fake_link_index(f, ifindex)].link.up = true;
	return 0;
}

static int fake_link_delete(struct kernel *k, uint32_t ifindex)
{
	struct fake *f = fake(k);
	size_t i = fake_link_index(f, ifindex);

	if (i == f->n_links)
		return fake_result(k, ENODEV);
	k->ops->flush(k, ifindex);
	f->links[i] = f->links[--f->n_links];
	return 0;
}

static int fake_address_list(struct kernel *k, uint32_t ifindex,
			     struct conf_prefix **list, size_t *n)
{
	struct fake *f = fake(k);
	size_t i = fake_link_index(f, ifindex);
	void *copy;
	int err;

	*list = NULL;
	*n = 0;
	if (i == f->n_links)
		return fake_result(k, ENODEV);
	err = fake_copy(f->links[i].addresses, f->links[i].n_addresses,
			sizeof(**list), 0, &copy, n);
	*list = copy;
	return fake_result(k, err);
}

static bool fake_same_prefix(const struct conf_prefix *a,
			     const struct conf_prefix *b)
{
	return net_addr_same_ip(&a->addr, &b->addr) && a->len == b->len;
}

static int fake_address_add(struct kernel *k, uint32_t ifindex,
			    const struct conf_prefix *p)
{
	int err = fake_failure(k, "address_add");
	struct fake *f = fake(k);
	size_t i = fake_link_index(f, ifindex);
	size_t j;

	if (err)
		return err;
	if (i == f->n_links)
		return fake_result(k, ENODEV);
	for (j = 0; j < f->links[i].n_addresses; j++)
		if (fake_same_prefix(&f->links[i].addresses[j], p))
			return 0;
	if (j == FAKE_ADDRESSES)
		return fake_result(k, ENOMEM);
	f->links[i].addresses[j] = *p;
	f->links[i].n_addresses++;
	return 0;
}

static int fake_address_del(struct kernel *k, uint32_t ifindex,
			    const struct conf_prefix *p)
{
	int err = fake_failure(k, "address_del");
	struct fake *f = fake(k);
	size_t i = fake_link_index(f, ifindex);
	size_t j;

	if (err)
		return err;
	if (i == f->n_links)
		return fake_result(k, ENODEV);
	for (j = 0; j < f->links[i].n_addresses; j++) {
		if (!fake_same_prefix(&f->links[i].addresses[j], p))
			continue;
		f->links[i].addresses[j] =
			f->links[i].addresses[--f->links[i].n_addresses];
		break;
	}
	return 0;
}

static int fake_route(struct kernel *k, const struct net_addr *local,
		      const struct net_addr *remote, struct kernel_way way,
		      struct kernel_route *out)
{
	const char *text = remote->family == AF_INET ? "192.0.2.1" :
			   "2001:db8:2::1";
	int err = fake(k)->fail_op && !strcmp(fake(k)->fail_op, "route") ?
		  fake_failure(k, "route") : 0;

	fake(k)->way = way;
	out->oif = fake(k)->oif;
	out->local = *local;
	if (err || (net_addr_is_any(local) && !net_addr_parse(&out->local, text)))
		return fake_result(k, EHOSTUNREACH);
	return 0;
}

static int fake_is_local(struct kernel *k, const struct net_addr *addr,
			 uint32_t under)
{
	return fake_result(k, fake(k)->not_local ? EADDRNOTAVAIL : 0);
}

/* ---- devices, paths, SAs ---- */

static int fake_device_get(struct kernel *k, uint32_t ifindex,
			   struct kernel_device *out)
{
	struct fake *f = fake(k);

	memset(out, 0, sizeof(*out));
	if (!fake_is_device(f, ifindex))
		return fake_result(k, ENODEV);
	out->ifindex = ifindex;
	out->index = ifindex & ~ELSEWHERE;
	out->nsid = kernel_is_elsewhere(ifindex) ? 0 : -1;
	memcpy(out->name, f->links[fake_link_index(f, ifindex)].link.name,
	       sizeof(out->name));
	out->mtu = 1446;
	return 0;
}

static int fake_device_list(struct kernel *k, struct kernel_device **list,
			    size_t *n)
{
	struct fake *f = fake(k);
	size_t i;

	*n = 0;
	*list = calloc(FAKE_LINKS, sizeof(**list));
	if (!*list)
		return fake_result(k, ENOMEM);
	for (i = 0; i < f->n_links; i++)
		if (f->links[i].link.ikevti)
			fake_device_get(k, f->links[i].link.ifindex,
					&(*list)[(*n)++]);
	return 0;
}

static struct kernel_path *fake_path(struct fake *f, uint32_t ifindex,
				     uint32_t id)
{
	size_t i;

	for (i = 0; i < f->n_paths; i++)
		if (f->paths[i].ifindex == ifindex && f->paths[i].id == id)
			return &f->paths[i];
	return NULL;
}

static int fake_path_set(struct kernel *k, uint32_t ifindex,
			 const struct ike_kernel_path *p)
{
	int err = fake_failure(k, "path_set");
	struct fake *f = fake(k);
	struct kernel_path *path;

	if (err)
		return err;
	if (!fake_is_device(f, ifindex))
		return fake_result(k, ENODEV);
	path = fake_path(f, ifindex, p->path);
	if (!path && f->n_paths == FAKE_PATHS)
		return fake_result(k, ENOMEM);
	if (!path)
		path = &f->paths[f->n_paths++];
	memset(path, 0, sizeof(*path));
	path->ifindex = ifindex;
	path->id = p->path;
	path->local = p->local;
	path->remote = p->remote;
	path->udp = p->udp;
	path->state = p->state;
	path->priority = p->priority;
	path->weight = p->weight;
	path->keepalive = p->keepalive;
	return 0;
}

static int fake_path_del(struct kernel *k, uint32_t ifindex, uint32_t id)
{
	int err = fake_failure(k, "path_del");
	struct fake *f = fake(k);
	struct kernel_path *path = fake_path(f, ifindex, id);

	if (err)
		return err;
	if (!path)
		return fake_result(k, ENOENT);
	fake_drop_sas(f, ifindex, &id);
	*path = f->paths[--f->n_paths];
	return 0;
}

static int fake_path_get(struct kernel *k, uint32_t ifindex, uint32_t id,
			 struct kernel_path *out)
{
	const struct kernel_path *path = fake_path(fake(k), ifindex, id);

	if (!path)
		return fake_result(k, ENOENT);
	*out = *path;
	return 0;
}

static int fake_path_list(struct kernel *k, uint32_t ifindex,
			  struct kernel_path **list, size_t *n)
{
	struct fake *f = fake(k);
	void *copy;
	int err;

	err = fake_copy(f->paths, f->n_paths, sizeof(**list), ifindex, &copy, n);
	*list = copy;
	return fake_result(k, err);
}

static int fake_spi_alloc(struct kernel *k, uint32_t ifindex,
			  const struct ike_kernel_sa *sa, uint32_t *spi)
{
	int err = fake_failure(k, "spi_alloc");
	struct fake *f = fake(k);
	struct kernel_sa *new;

	if (err)
		return err;
	if (!fake_path(f, ifindex, sa->path))
		return fake_result(k, ENOENT);
	if (f->n_sas == FAKE_SAS)
		return fake_result(k, ENOMEM);
	new = &f->sas[f->n_sas++];
	memset(new, 0, sizeof(*new));
	new->ifindex = ifindex;
	new->path = sa->path;
	new->lane = sa->lane;
	new->inbound = true;
	new->spi = *spi = f->next_spi++;
	new->state = IKEVTI_SA_LARVAL;
	return 0;
}

/* Where an SA to be installed goes; NULL with an errno when it may not */
static struct kernel_sa *fake_sa_slot(struct fake *f, uint32_t ifindex,
				      const struct ike_kernel_sa *sa, int *err)
{
	size_t i;

	for (i = 0; i < f->n_sas; i++) {
		struct kernel_sa *old = &f->sas[i];

		if (old->ifindex != ifindex || old->inbound != sa->inbound)
			continue;
		if (sa->inbound ? old->spi == sa->spi :
		    old->path == sa->path && old->lane == sa->lane)
			return old;
	}
	*err = sa->inbound ? ENOENT : ENOMEM;
	if (sa->inbound || f->n_sas == FAKE_SAS)
		return NULL;
	return &f->sas[f->n_sas++];
}

static int fake_sa_add(struct kernel *k, uint32_t ifindex,
		       const struct ike_kernel_sa *sa)
{
	int err = fake_failure(k, "sa_add");
	struct fake *f = fake(k);
	struct kernel_sa *slot;

	if (err)
		return err;
	if (!fake_path(f, ifindex, sa->path))
		return fake_result(k, ENOENT);
	slot = fake_sa_slot(f, ifindex, sa, &err);
	if (!slot)
		return fake_result(k, err);
	memset(slot, 0, sizeof(*slot));
	slot->ifindex = ifindex;
	slot->path = sa->path;
	slot->lane = sa->lane;
	slot->spi = sa->spi;
	slot->peer_spi = sa->peer_spi;
	slot->inbound = sa->inbound;
	slot->state = IKEVTI_SA_ACTIVE;
	slot->esn = sa->esn;
	slot->replay_window = sa->replay_window;
	slot->soft_bytes = sa->soft_bytes;
	slot->soft_packets = sa->soft_packets;
	slot->soft_seconds = sa->soft_seconds;
	slot->hard_bytes = sa->hard_bytes;
	slot->hard_packets = sa->hard_packets;
	slot->hard_seconds = sa->hard_seconds;
	return 0;
}

static int fake_sa_del(struct kernel *k, uint32_t ifindex, bool inbound,
		       uint32_t spi, uint32_t path, uint32_t lane)
{
	int err = fake_failure(k, "sa_del");
	struct fake *f = fake(k);
	const struct kernel_sa *sa = fake_find_sa(f, ifindex, inbound, spi);

	if (err)
		return err;
	if (!sa)
		return fake_result(k, ENOENT);
	f->sas[sa - f->sas] = f->sas[--f->n_sas];
	return 0;
}

static int fake_sa_get(struct kernel *k, uint32_t ifindex, bool inbound,
		       uint32_t spi, uint32_t path, uint32_t lane,
		       struct kernel_sa *out)
{
	const struct kernel_sa *sa;

	sa = fake_find_sa(fake(k), ifindex, inbound, spi);
	if (!sa)
		return fake_result(k, ENOENT);
	*out = *sa;
	return 0;
}

static int fake_sa_list(struct kernel *k, uint32_t ifindex,
			struct kernel_sa **list, size_t *n)
{
	struct fake *f = fake(k);
	void *copy;
	int err;

	err = fake_copy(f->sas, f->n_sas, sizeof(**list), ifindex, &copy, n);
	*list = copy;
	return fake_result(k, err);
}

static int fake_flush(struct kernel *k, uint32_t ifindex)
{
	int err = fake_failure(k, "flush");
	struct fake *f = fake(k);
	size_t i = 0;

	if (err)
		return err;
	if (!fake_is_device(f, ifindex))
		return fake_result(k, ENODEV);
	fake_drop_sas(f, ifindex, NULL);
	while (i < f->n_paths) {
		if (f->paths[i].ifindex == ifindex)
			f->paths[i] = f->paths[--f->n_paths];
		else
			i++;
	}
	return 0;
}

/* ---- sockets, events ---- */

static int fake_socket_attach(struct kernel *k, int fd)
{
	return fake_failure(k, "socket_attach");
}

static int fake_socket_detach(struct kernel *k, sa_family_t family,
			      uint16_t port)
{
	return fake_failure(k, "socket_detach");
}

static int fake_socket_take(struct kernel *k, sa_family_t family,
			    uint16_t port, int *fd)
{
	*fd = -1;
	return fake_result(k, ENOENT);
}

static uint32_t fake_elsewhere(struct kernel *k, int32_t nsid, uint32_t index)
{
	return ELSEWHERE | index;
}

static int fake_fds(struct kernel *k, int *fds, int max)
{
	return 0;
}

static void fake_events(struct kernel *k, kernel_event_cb cb, void *ctx)
{
	struct fake *f = fake(k);
	size_t i;

	for (i = 0; i < f->n_events; i++)
		cb(ctx, &f->events[i]);
	f->n_events = 0;
}

static void fake_free(struct kernel *k)
{
	free(k);
}

static const struct kernel_ops fake_ops = {
	.free = fake_free,
	.link_find = fake_link_find,
	.link_create = fake_link_create,
	.link_change = fake_link_change,
	.link_up = fake_link_up,
	.link_delete = fake_link_delete,
	.address_list = fake_address_list,
	.address_all = fake_address_list,
	.address_add = fake_address_add,
	.address_del = fake_address_del,
	.route = fake_route,
	.is_local = fake_is_local,
	.device_get = fake_device_get,
	.device_list = fake_device_list,
	.path_set = fake_path_set,
	.path_del = fake_path_del,
	.path_get = fake_path_get,
	.path_list = fake_path_list,
	.spi_alloc = fake_spi_alloc,
	.sa_add = fake_sa_add,
	.sa_del = fake_sa_del,
	.sa_get = fake_sa_get,
	.sa_list = fake_sa_list,
	.flush = fake_flush,
	.socket_attach = fake_socket_attach,
	.socket_detach = fake_socket_detach,
	.socket_take = fake_socket_take,
	.elsewhere = fake_elsewhere,
	.fds = fake_fds,
	.events = fake_events,
};

struct kernel *fake_new(void)
{
	struct fake *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->k.ops = &fake_ops;
	f->next_ifindex = 2;
	f->next_spi = 0x1000;
	return &f->k;
}
