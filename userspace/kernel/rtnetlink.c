// SPDX-License-Identifier: GPL-2.0-or-later
/* Links, addresses and routes through rtnetlink */
#include "kernel/rtnetlink.h"

#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RTNETLINK_DUMP_TRIES	8
#define RTNETLINK_EVENT_BURST	64

/* Added to <linux/if_addr.h> in 5.18; older headers may build this */
#define RTNETLINK_IFA_PROTO	11

struct rtnetlink_request {
	uint8_t buf[1024];
	struct nlmsghdr *nlh;
};

static void *rtnetlink_begin(struct rtnetlink_request *q, uint16_t type,
			     uint16_t flags, size_t header)
{
	memset(q->buf, 0, sizeof(q->buf));
	q->nlh = mnl_nlmsg_put_header(q->buf);
	q->nlh->nlmsg_type = type;
	q->nlh->nlmsg_flags = flags;
	return mnl_nlmsg_put_extra_header(q->nlh, header);
}

static struct ifinfomsg *rtnetlink_begin_link(struct rtnetlink_request *q,
					      uint16_t type, uint16_t flags,
					      uint32_t ifindex)
{
	struct ifinfomsg *ifi = rtnetlink_begin(q, type, flags, sizeof(*ifi));

	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)ifindex;
	return ifi;
}

int rtnetlink_open(struct rtnetlink *r, struct elsewhere *elsewhere,
		   char *why)
{
	static const unsigned int groups[] = {
		RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,
	};
	size_t i;
	int err;

	memset(r, 0, sizeof(*r));
	r->elsewhere = elsewhere;
	r->why = why;
	err = nl_open(&r->ask, NETLINK_ROUTE, false, why);
	if (err)
		return err;
	err = nl_open(&r->events, NETLINK_ROUTE, true, why);
	for (i = 0; !err && i < sizeof(groups) / sizeof(groups[0]); i++) {
		err = nl_join(&r->events, groups[i]);
		if (err)
			snprintf(why, KERNEL_WHY_LEN,
				 "cannot listen to changes of links and routes: %s",
				 strerror(err));
	}
	if (err)
		rtnetlink_close(r);
	return err;
}

void rtnetlink_close(struct rtnetlink *r)
{
	nl_close(&r->ask);
	nl_close(&r->events);
}

/* ---- links ---- */

static bool rtnetlink_parse_link(const struct nlmsghdr *nlh,
				 struct kernel_link *out)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct nl_attrs a, info, data;
	char kind[32];

	memset(out, 0, sizeof(*out));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifi) ||
	    ifi->ifi_index <= 0)
		return false;
	nl_attrs_msg(&a, nlh, sizeof(*ifi));
	out->ifindex = (uint32_t)ifi->ifi_index;
	out->up = ifi->ifi_flags & IFF_UP;
	out->mtu = nl_u32(&a, IFLA_MTU, 0);
	if (!nl_string(&a, IFLA_IFNAME, out->name, sizeof(out->name)))
		return false;
	if (nl_attrs_nest(&info, &a, IFLA_LINKINFO) &&
	    nl_string(&info, IFLA_INFO_KIND, kind, sizeof(kind)))
		out->ikevti = !strcmp(kind, IKEVTI_KIND);
	if (out->ikevti && nl_attrs_nest(&data, &info, IFLA_INFO_DATA))
		out->under = nl_u32(&data, IFLA_IKEVTI_LINK, 0);
	out->guest = nl_has(&a, IFLA_LINK_NETNSID);
	return true;
}

static int rtnetlink_link_cb(const struct nlmsghdr *nlh, void *ctx)
{
	return rtnetlink_parse_link(nlh, ctx) ? 0 : EBADMSG;
}

int rtnetlink_link_find(struct rtnetlink *r, const char *name,
			struct kernel_link *out)
{
	struct rtnetlink_request q;

	rtnetlink_begin_link(&q, RTM_GETLINK, 0, 0);
	mnl_attr_put_strz(q.nlh, IFLA_IFNAME, name);
	return nl_talk(&r->ask, q.nlh, rtnetlink_link_cb, out);
}

static void rtnetlink_put_params(struct nlmsghdr *nlh,
				 const struct kernel_link_params *p)
{
	struct nlattr *info, *data;

	if (p->mtu)
		mnl_attr_put_u32(nlh, IFLA_MTU, p->mtu);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, IKEVTI_KIND);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_IKEVTI_FWMARK, p->fwmark);
	mnl_attr_put_u32(nlh, IFLA_IKEVTI_MSS_CLAMP, p->mss_clamp);
	mnl_attr_put_u32(nlh, IFLA_IKEVTI_HOLD_TIME, p->hold_ms);
	if (p->under)
		mnl_attr_put_u32(nlh, IFLA_IKEVTI_LINK, p->under);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

int rtnetlink_link_create(struct rtnetlink *r, const char *name,
			  const struct kernel_link_params *p)
{
	struct rtnetlink_request q;
	int err;

	rtnetlink_begin_link(&q, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0);
	mnl_attr_put_strz(q.nlh, IFLA_IFNAME, name);
	rtnetlink_put_params(q.nlh, p);
	err = nl_talk(&r->ask, q.nlh, NULL, NULL);
	if (err == EOPNOTSUPP)
		snprintf(r->why, KERNEL_WHY_LEN,
			 "the kernel has no devices of kind %s", IKEVTI_KIND);
	return err;
}

int rtnetlink_link_change(struct rtnetlink *r, uint32_t ifindex,
			  const struct kernel_link_params *p)
{
	struct rtnetlink_request q;

	rtnetlink_begin_link(&q, RTM_NEWLINK, 0, ifindex);
	rtnetlink_put_params(q.nlh, p);
	return nl_talk(&r->ask, q.nlh, NULL, NULL);
}

int rtnetlink_link_up(struct rtnetlink *r, uint32_t ifindex)
{
	struct rtnetlink_request q;
	struct ifinfomsg *ifi;

	ifi = rtnetlink_begin_link(&q, RTM_NEWLINK, 0, ifindex);
	ifi->ifi_flags = IFF_UP;
	ifi->ifi_change = IFF_UP;
	return nl_talk(&r->ask, q.nlh, NULL, NULL);
}

int rtnetlink_link_delete(struct rtnetlink *r, uint32_t ifindex)
{
	struct rtnetlink_request q;

	rtnetlink_begin_link(&q, RTM_DELLINK, 0, ifindex);
	return nl_talk(&r->ask, q.nlh, NULL, NULL);
}

/* ---- addresses ---- */

struct rtnetlink_addresses {
	uint32_t ifindex;
	bool every;		/* of every device, whatever @ifindex is */
	bool all;		/* not only those that this daemon put there */
	struct conf_prefix *list;
	size_t n;
	size_t cap;
};

static int rtnetlink_address_cb(const struct nlmsghdr *nlh, void *ctx)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct rtnetlink_addresses *l = ctx;
	struct net_addr addr;
	struct nl_attrs a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*ifa))
		return EBADMSG;
	nl_attrs_msg(&a, nlh, sizeof(*ifa));
	/* IPv4: IFA_ADDRESS is the peer's; IPv6 has IFA_LOCAL only with one */
	nl_address(&a, ifa->ifa_family == AF_INET ? IFA_LOCAL : NL_ATTRS,
		   nl_has(&a, IFA_LOCAL) ? IFA_LOCAL : IFA_ADDRESS, &addr);
	if (a.bad)
		return EBADMSG;
	if ((ifa->ifa_index != l->ifindex && !l->every) || !addr.family)
		return 0;
	if (!l->all && nl_u8(&a, RTNETLINK_IFA_PROTO, 0) != RTNETLINK_PROTOCOL)
		return 0;
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		void *list = reallocarray(l->list, cap, sizeof(*l->list));

		if (!list)
			return ENOMEM;
		l->list = list;
		l->cap = cap;
	}
	l->list[l->n].addr = addr;
	l->list[l->n++].len = ifa->ifa_prefixlen;
	return 0;
}

static int rtnetlink_addresses(struct rtnetlink *r, struct rtnetlink_addresses *l)
{
	int tries = RTNETLINK_DUMP_TRIES;
	struct rtnetlink_request q;
	struct ifaddrmsg *ifa;
	int err;

	do {
		l->n = 0;
		ifa = rtnetlink_begin(&q, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
		ifa->ifa_family = AF_UNSPEC;
		ifa->ifa_index = l->ifindex;
		err = nl_talk(&r->ask, q.nlh, rtnetlink_address_cb, l);
	} while (err == EINTR && --tries);

	if (err || !l->n) {
		free(l->list);
		l->list = NULL;
		l->n = 0;
	}
	return err;
}

int rtnetlink_address_list(struct rtnetlink *r, uint32_t ifindex, bool all,
			   struct conf_prefix **list, size_t *n)
{
	struct rtnetlink_addresses l = { .ifindex = ifindex, .all = all };
	int err = rtnetlink_addresses(r, &l);

	*list = l.list;
	*n = l.n;
	return err;
}

static int rtnetlink_address(struct rtnetlink *r, uint16_t type, uint16_t flags,
			     uint32_t ifindex, const struct conf_prefix *p)
{
	size_t len = net_addr_len(&p->addr);
	struct rtnetlink_request q;
	struct ifaddrmsg *ifa;

	ifa = rtnetlink_begin(&q, type, flags, sizeof(*ifa));
	ifa->ifa_family = (uint8_t)p->addr.family;
	ifa->ifa_prefixlen = p->len;
	ifa->ifa_index = ifindex;
	mnl_attr_put(q.nlh, IFA_LOCAL, len, p->addr.ip);
	mnl_attr_put(q.nlh, IFA_ADDRESS, len, p->addr.ip);
	if (type == RTM_NEWADDR)
		mnl_attr_put_u8(q.nlh, RTNETLINK_IFA_PROTO, RTNETLINK_PROTOCOL);
	/* nobody else is on a point-to-point device: no duplicate detection */
	if (type == RTM_NEWADDR && p->addr.family == AF_INET6)
		mnl_attr_put_u32(q.nlh, IFA_FLAGS, IFA_F_NODAD);
	return nl_talk(&r->ask, q.nlh, NULL, NULL);
}

int rtnetlink_address_add(struct rtnetlink *r, uint32_t ifindex,
			  const struct conf_prefix *p)
{
	int err = rtnetlink_address(r, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL,
				    ifindex, p);

	return err == EEXIST ? 0 : err;
}

int rtnetlink_address_del(struct rtnetlink *r, uint32_t ifindex,
			  const struct conf_prefix *p)
{
	int err = rtnetlink_address(r, RTM_DELADDR, 0, ifindex, p);

	return err == EADDRNOTAVAIL ? 0 : err;
}

/* ---- routes ---- */

struct rtnetlink_found {
	struct net_addr local;
	uint32_t oif;
	unsigned char type;
};

static int rtnetlink_route_cb(const struct nlmsghdr *nlh, void *ctx)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	struct rtnetlink_found *found = ctx;
	struct nl_attrs a;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*rtm))
		return EBADMSG;
	nl_attrs_msg(&a, nlh, sizeof(*rtm));
	nl_address(&a, rtm->rtm_family == AF_INET ? RTA_PREFSRC : NL_ATTRS,
		   RTA_PREFSRC, &found->local);
	found->oif = nl_u32(&a, RTA_OIF, 0);
	found->type = rtm->rtm_type;
	return a.bad ? EBADMSG : 0;
}

/* Ask for the route to @to; @from and @way as far as there are any */
static int rtnetlink_get_route(struct rtnetlink *r, const struct net_addr *from,
			       const struct net_addr *to, struct kernel_way way,
			       struct rtnetlink_found *found)
{
	size_t len = net_addr_len(to);
	struct rtnetlink_request q;
	struct rtmsg *rtm;

	memset(found, 0, sizeof(*found));
	rtm = rtnetlink_begin(&q, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = (uint8_t)to->family;
	rtm->rtm_dst_len = (uint8_t)(len * 8);
	mnl_attr_put(q.nlh, RTA_DST, len, to->ip);
	if (from && !net_addr_is_any(from) && from->family == to->family) {
		rtm->rtm_src_len = (uint8_t)(len * 8);
		mnl_attr_put(q.nlh, RTA_SRC, len, from->ip);
	}
	if (way.under)
		mnl_attr_put_u32(q.nlh, RTA_OIF, way.under);
	if (way.fwmark)
		mnl_attr_put_u32(q.nlh, RTA_MARK, way.fwmark);
	return nl_talk(&r->ask, q.nlh, rtnetlink_route_cb, found);
}

int rtnetlink_route(struct rtnetlink *r, const struct net_addr *local,
		    const struct net_addr *remote, struct kernel_way way,
		    struct kernel_route *out)
{
	struct rtnetlink_found found;
	int err;

	memset(out, 0, sizeof(*out));
	err = rtnetlink_get_route(r, local, remote, way, &found);
	if (err)
		return err;
	if (found.type != RTN_UNICAST && found.type != RTN_LOCAL)
		err = EHOSTUNREACH;
	else if (!net_addr_is_any(local))
		found.local = *local;
	else if (!found.local.family)
		err = EADDRNOTAVAIL;
	if (err)
		snprintf(r->why, KERNEL_WHY_LEN, "%s", strerror(err));
	out->local = found.local;
	out->local.port = 0;
	out->oif = found.oif;
	return err;
}

/* Has any device of this namespace the address, in whatever VRF it is? */
static bool rtnetlink_has_address(struct rtnetlink *r, const struct net_addr *addr)
{
	struct rtnetlink_addresses l = { .every = true, .all = true };
	bool found = false;
	size_t i;

	rtnetlink_addresses(r, &l);
	for (i = 0; i < l.n && !found; i++)
		found = net_addr_same_ip(&l.list[i].addr, addr);
	free(l.list);
	return found;
}

int rtnetlink_is_local(struct rtnetlink *r, const struct net_addr *addr,
		       uint32_t under)
{
	struct kernel_way way = { .under = under };
	struct rtnetlink_found found;
	int err;

	/* A VRF has a table of local addresses of its own; a device has not */
	err = rtnetlink_get_route(r, NULL, addr, way, &found);
	if (!err && found.type == RTN_LOCAL)
		return 0;
	way.under = 0;
	if (under)
		err = rtnetlink_get_route(r, NULL, addr, way, &found);
	if (!err && found.type == RTN_LOCAL)
		return 0;
	return rtnetlink_has_address(r, addr) ? EXDEV : EADDRNOTAVAIL;
}

/* ---- events ---- */

struct rtnetlink_event_ctx {
	struct rtnetlink *r;
	kernel_event_cb cb;
	void *ctx;
	bool addresses;
	bool routes;
};

/* Not removed but moved? The kernel says where to, and what it is called there. */
static void rtnetlink_moved(struct rtnetlink *r, const struct nlmsghdr *nlh,
			    struct kernel_event *ev)
{
	struct nl_attrs a;

	nl_attrs_msg(&a, nlh, sizeof(struct ifinfomsg));
	if (!ev->link.ikevti || !nl_has(&a, IFLA_NEW_NETNSID) ||
	    !nl_has(&a, IFLA_NEW_IFINDEX))
		return;
	ev->to = elsewhere_number(r->elsewhere,
				  (int32_t)nl_u32(&a, IFLA_NEW_NETNSID, 0),
				  nl_u32(&a, IFLA_NEW_IFINDEX, 0));
	if (ev->to && !a.bad)
		ev->type = KERNEL_EVENT_LINK_MOVED;
}

static int rtnetlink_event_cb(const struct nlmsghdr *nlh, void *ctx)
{
	struct rtnetlink_event_ctx *c = ctx;
	struct kernel_event ev = { 0 };

	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		if (!rtnetlink_parse_link(nlh, &ev.link))
			return 0;
		ev.type = nlh->nlmsg_type == RTM_NEWLINK ?
			  KERNEL_EVENT_LINK : KERNEL_EVENT_LINK_GONE;
		ev.ifindex = ev.link.ifindex;
		if (nlh->nlmsg_type == RTM_DELLINK)
			rtnetlink_moved(c->r, nlh, &ev);
		c->cb(c->ctx, &ev);
		return 0;
	/* said once for all that came together */
	case RTM_NEWADDR:
	case RTM_DELADDR:
		c->addresses = true;
		return 0;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		c->routes = true;
		return 0;
	default:
		return 0;
	}
}

void rtnetlink_events(struct rtnetlink *r, kernel_event_cb cb, void *ctx)
{
	struct rtnetlink_event_ctx c = { .r = r, .cb = cb, .ctx = ctx };
	struct kernel_event ev = { 0 };

	if (nl_read(&r->events, RTNETLINK_EVENT_BURST, rtnetlink_event_cb, &c)) {
		ev.type = KERNEL_EVENT_LINKS_LOST;
		cb(ctx, &ev);
	}
	if (c.addresses || c.routes) {
		ev.type = KERNEL_EVENT_HOST;
		ev.addresses = c.addresses;
		cb(ctx, &ev);
	}
}
