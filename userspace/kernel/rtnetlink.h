/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links, addresses and routes through rtnetlink */
#ifndef KERNEL_RTNETLINK_H
#define KERNEL_RTNETLINK_H

#include "kernel/kernel.h"
#include "kernel/nl.h"

/**
 * RTNETLINK_PROTOCOL - marks addresses that ikevtid put on a device
 *
 * The kernel keeps it with the address (IFA_PROTO) and "ip address" shows it,
 * so that a reload or a restarted daemon takes away its own addresses only and
 * never one that an administrator added.
 */
#define RTNETLINK_PROTOCOL 0x49

struct rtnetlink {
	struct nl ask;
	struct nl events;
	struct elsewhere *elsewhere;	/* borrowed */
	char *why;
};

int rtnetlink_open(struct rtnetlink *r, struct elsewhere *elsewhere,
		   char *why);
void rtnetlink_close(struct rtnetlink *r);

/* As the operations of the same name in struct kernel_ops */
int rtnetlink_link_find(struct rtnetlink *r, const char *name,
			struct kernel_link *out);
int rtnetlink_link_create(struct rtnetlink *r, const char *name,
			  const struct kernel_link_params *p);
int rtnetlink_link_change(struct rtnetlink *r, uint32_t ifindex,
			  const struct kernel_link_params *p);
int rtnetlink_link_up(struct rtnetlink *r, uint32_t ifindex);
int rtnetlink_link_delete(struct rtnetlink *r, uint32_t ifindex);
int rtnetlink_address_list(struct rtnetlink *r, uint32_t ifindex, bool all,
			   struct conf_prefix **list, size_t *n);
int rtnetlink_address_add(struct rtnetlink *r, uint32_t ifindex,
			  const struct conf_prefix *p);
int rtnetlink_address_del(struct rtnetlink *r, uint32_t ifindex,
			  const struct conf_prefix *p);
int rtnetlink_route(struct rtnetlink *r, const struct net_addr *local,
		    const struct net_addr *remote, struct kernel_way way,
		    struct kernel_route *out);
int rtnetlink_is_local(struct rtnetlink *r, const struct net_addr *addr,
		       uint32_t under);
void rtnetlink_events(struct rtnetlink *r, kernel_event_cb cb, void *ctx);

#endif
