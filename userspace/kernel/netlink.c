// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel this process runs on, behind struct kernel_ops */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/genl_ikevti.h"
#include "kernel/kernel.h"
#include "kernel/rtnetlink.h"

struct netlink {
	struct kernel k;
	struct elsewhere elsewhere;
	struct genl_ikevti genl;
	struct rtnetlink rt;
};

static struct genl_ikevti *genl(struct kernel *k)
{
	return &((struct netlink *)k)->genl;
}

static struct rtnetlink *rt(struct kernel *k)
{
	return &((struct netlink *)k)->rt;
}

static void netlink_free(struct kernel *k)
{
	rtnetlink_close(rt(k));
	genl_ikevti_close(genl(k));
	elsewhere_free(&((struct netlink *)k)->elsewhere);
	free(k);
}

static int netlink_link_find(struct kernel *k, const char *name,
			     struct kernel_link *out)
{
	return rtnetlink_link_find(rt(k), name, out);
}

static int netlink_link_create(struct kernel *k, const char *name,
			       const struct kernel_link_params *p)
{
	return rtnetlink_link_create(rt(k), name, p);
}

static int netlink_link_change(struct kernel *k, uint32_t ifindex,
			       const struct kernel_link_params *p)
{
	return rtnetlink_link_change(rt(k), ifindex, p);
}

static int netlink_link_up(struct kernel *k, uint32_t ifindex)
{
	return rtnetlink_link_up(rt(k), ifindex);
}

static int netlink_link_delete(struct kernel *k, uint32_t ifindex)
{
	return rtnetlink_link_delete(rt(k), ifindex);
}

static int netlink_address_list(struct kernel *k, uint32_t ifindex,
				struct conf_prefix **list, size_t *n)
{
	return rtnetlink_address_list(rt(k), ifindex, false, list, n);
}

static int netlink_address_all(struct kernel *k, uint32_t ifindex,
			       struct conf_prefix **list, size_t *n)
{
	return rtnetlink_address_list(rt(k), ifindex, true, list, n);
}

static int netlink_address_add(struct kernel *k, uint32_t ifindex,
			       const struct conf_prefix *p)
{
	return rtnetlink_address_add(rt(k), ifindex, p);
}

static int netlink_address_del(struct kernel *k, uint32_t ifindex,
			       const struct conf_prefix *p)
{
	return rtnetlink_address_del(rt(k), ifindex, p);
}

static int netlink_route(struct kernel *k, const struct net_addr *local,
			 const struct net_addr *remote, struct kernel_way way,
			 struct kernel_route *out)
{
	return rtnetlink_route(rt(k), local, remote, way, out);
}

static int netlink_is_local(struct kernel *k, const struct net_addr *addr,
			    uint32_t under)
{
	return rtnetlink_is_local(rt(k), addr, under);
}

static int netlink_device_get(struct kernel *k, uint32_t ifindex,
			      struct kernel_device *out)
{
	return genl_device_get(genl(k), ifindex, out);
}

static int netlink_device_list(struct kernel *k, struct kernel_device **list,
			       size_t *n)
{
	return genl_device_list(genl(k), list, n);
}

static int netlink_path_set(struct kernel *k, uint32_t ifindex,
			    const struct ike_kernel_path *p)
{
	return genl_path_set(genl(k), ifindex, p);
}

static int netlink_path_del(struct kernel *k, uint32_t ifindex, uint32_t id)
{
	return genl_path_del(genl(k), ifindex, id);
}

static int netlink_path_get(struct kernel *k, uint32_t ifindex, uint32_t id,
			    struct kernel_path *out)
{
	return genl_path_get(genl(k), ifindex, id, out);
}

static int netlink_path_list(struct kernel *k, uint32_t ifindex,
			     struct kernel_path **list, size_t *n)
{
	return genl_path_list(genl(k), ifindex, list, n);
}

static int netlink_spi_alloc(struct kernel *k, uint32_t ifindex,
			     const struct ike_kernel_sa *sa, uint32_t *spi)
{
	return genl_spi_alloc(genl(k), ifindex, sa, spi);
}

static int netlink_sa_add(struct kernel *k, uint32_t ifindex,
			  const struct ike_kernel_sa *sa)
{
	return genl_sa_add(genl(k), ifindex, sa);
}

static int netlink_sa_del(struct kernel *k, uint32_t ifindex, bool inbound,
			  uint32_t spi, uint32_t path, uint32_t lane)
{
	return genl_sa_del(genl(k), ifindex, inbound, spi, path, lane);
}

static int netlink_sa_get(struct kernel *k, uint32_t ifindex, bool inbound,
			  uint32_t spi, uint32_t path, uint32_t lane,
			  struct kernel_sa *out)
{
	return genl_sa_get(genl(k), ifindex, inbound, spi, path, lane, out);
}

static int netlink_sa_list(struct kernel *k, uint32_t ifindex,
			   struct kernel_sa **list, size_t *n)
{
	return genl_sa_list(genl(k), ifindex, list, n);
}

static int netlink_flush(struct kernel *k, uint32_t ifindex)
{
	return genl_flush(genl(k), ifindex);
}

static int netlink_socket_attach(struct kernel *k, int fd)
{
	return genl_socket_attach(genl(k), fd);
}

static int netlink_socket_detach(struct kernel *k, sa_family_t family,
				 uint16_t port)
{
	return genl_socket_detach(genl(k), family, port);
}

static int netlink_socket_take(struct kernel *k, sa_family_t family,
			       uint16_t port, int *fd)
{
	return genl_socket_take(genl(k), family, port, fd);
}

static uint32_t netlink_elsewhere(struct kernel *k, int32_t nsid, uint32_t index)
{
	return elsewhere_number(&((struct netlink *)k)->elsewhere, nsid, index);
}

static int netlink_fds(struct kernel *k, int *fds, int max)
{
	if (max < 2)
		return 0;
	fds[0] = mnl_socket_get_fd(genl(k)->events.sock);
	fds[1] = mnl_socket_get_fd(rt(k)->events.sock);
	return 2;
}

static void netlink_events(struct kernel *k, kernel_event_cb cb, void *ctx)
{
	/* links first: an event about a device that is new makes sense then */
	rtnetlink_events(rt(k), cb, ctx);
	genl_events(genl(k), cb, ctx);
}

static const struct kernel_ops netlink_ops = {
	.free = netlink_free,
	.link_find = netlink_link_find,
	.link_create = netlink_link_create,
	.link_change = netlink_link_change,
	.link_up = netlink_link_up,
	.link_delete = netlink_link_delete,
	.address_list = netlink_address_list,
	.address_all = netlink_address_all,
	.address_add = netlink_address_add,
	.address_del = netlink_address_del,
	.route = netlink_route,
	.is_local = netlink_is_local,
	.device_get = netlink_device_get,
	.device_list = netlink_device_list,
	.path_set = netlink_path_set,
	.path_del = netlink_path_del,
	.path_get = netlink_path_get,
	.path_list = netlink_path_list,
	.spi_alloc = netlink_spi_alloc,
	.sa_add = netlink_sa_add,
	.sa_del = netlink_sa_del,
	.sa_get = netlink_sa_get,
	.sa_list = netlink_sa_list,
	.flush = netlink_flush,
	.socket_attach = netlink_socket_attach,
	.socket_detach = netlink_socket_detach,
	.socket_take = netlink_socket_take,
	.elsewhere = netlink_elsewhere,
	.fds = netlink_fds,
	.events = netlink_events,
};

struct kernel *kernel_netlink_new(char *why)
{
	struct netlink *n = calloc(1, sizeof(*n));

	if (!n) {
		snprintf(why, KERNEL_WHY_LEN, "out of memory");
		return NULL;
	}
	n->k.ops = &netlink_ops;
	if (rtnetlink_open(&n->rt, &n->elsewhere, n->k.why))
		goto fail;
	if (genl_ikevti_open(&n->genl, &n->elsewhere, n->k.why)) {
		rtnetlink_close(&n->rt);
		goto fail;
	}
	return &n->k;
fail:
	snprintf(why, KERNEL_WHY_LEN, "%s", n->k.why);
	free(n);
	return NULL;
}
