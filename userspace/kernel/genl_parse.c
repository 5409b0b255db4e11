// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages of the family "ikevti" into structs */
#include "kernel/genl_parse.h"

#include <linux/genetlink.h>
#include <string.h>

static void genl_parse_stats(struct nl_attrs *parent, unsigned int type,
			     struct kernel_stats *s)
{
	struct nl_attrs a;
	unsigned int i;

	memset(s, 0, sizeof(*s));
	if (!nl_attrs_nest(&a, parent, type))
		return;
	for (i = IKEVTI_STAT_A_RX_PACKETS; i <= IKEVTI_STAT_A_MAX; i++) {
		if (!nl_has(&a, i))
			continue;
		s->value[i] = nl_u64(&a, i, 0);
		s->have |= 1u << i;
	}
	if (a.bad)
		parent->bad = true;
}

bool genl_parse_elsewhere(const struct nlmsghdr *nlh, int32_t *nsid)
{
	struct nl_attrs top;

	nl_attrs_msg(&top, nlh, sizeof(struct genlmsghdr));
	*nsid = (int32_t)nl_u32(&top, IKEVTI_A_NETNSID, UINT32_MAX);
	return nl_has(&top, IKEVTI_A_NETNSID) && !top.bad;
}

bool genl_parse_device(const struct nlmsghdr *nlh, struct kernel_device *d)
{
	struct nl_attrs top, a;

	memset(d, 0, sizeof(*d));
	nl_attrs_msg(&top, nlh, sizeof(struct genlmsghdr));
	d->ifindex = nl_u32(&top, IKEVTI_A_IFINDEX, 0);
	d->index = d->ifindex;
	d->nsid = (int32_t)nl_u32(&top, IKEVTI_A_NETNSID, UINT32_MAX);
	nl_string(&top, IKEVTI_A_IFNAME, d->name, sizeof(d->name));
	if (!nl_attrs_nest(&a, &top, IKEVTI_A_DEV))
		return false;
	d->state = nl_u32(&a, IKEVTI_DEV_A_STATE, IKEVTI_DEV_DOWN);
	d->mtu = nl_u32(&a, IKEVTI_DEV_A_MTU, 0);
	d->under = nl_u32(&a, IKEVTI_DEV_A_LINK, 0);
	genl_parse_stats(&a, IKEVTI_DEV_A_STATS, &d->stats);
	return !top.bad && !a.bad && d->ifindex;
}

static void genl_parse_endpoints(struct nl_attrs *a, struct kernel_path *p)
{
	nl_address(a, IKEVTI_PATH_A_LOCAL4, IKEVTI_PATH_A_LOCAL6, &p->local);
	nl_address(a, IKEVTI_PATH_A_REMOTE4, IKEVTI_PATH_A_REMOTE6, &p->remote);
	p->local.port = nl_u16(a, IKEVTI_PATH_A_LOCAL_PORT, 0);
	p->remote.port = nl_u16(a, IKEVTI_PATH_A_REMOTE_PORT, 0);
}

bool genl_parse_path(const struct nlmsghdr *nlh, struct kernel_path *p)
{
	struct nl_attrs top, a;

	memset(p, 0, sizeof(*p));
	nl_attrs_msg(&top, nlh, sizeof(struct genlmsghdr));
	p->ifindex = nl_u32(&top, IKEVTI_A_IFINDEX, 0);
	if (!nl_attrs_nest(&a, &top, IKEVTI_A_PATH) ||
	    !nl_has(&a, IKEVTI_PATH_A_ID))
		return false;
	p->id = nl_u32(&a, IKEVTI_PATH_A_ID, 0);
	genl_parse_endpoints(&a, p);
	p->udp = nl_u8(&a, IKEVTI_PATH_A_ENCAP, IKEVTI_ENCAP_NONE) ==
		 IKEVTI_ENCAP_UDP;
	p->state = nl_u8(&a, IKEVTI_PATH_A_STATE, IKEVTI_PATH_DOWN);
	p->priority = nl_u32(&a, IKEVTI_PATH_A_PRIORITY, 0);
	p->weight = nl_u32(&a, IKEVTI_PATH_A_WEIGHT, 1);
	p->keepalive = nl_u32(&a, IKEVTI_PATH_A_KEEPALIVE, 0);
	p->usable = nl_u8(&a, IKEVTI_PATH_A_USABLE, 0);
	p->pmtu = nl_u32(&a, IKEVTI_PATH_A_PMTU, 0);
	p->rx_age_ms = nl_u32(&a, IKEVTI_PATH_A_RX_AGE, UINT32_MAX);
	p->tx_age_ms = nl_u32(&a, IKEVTI_PATH_A_TX_AGE, UINT32_MAX);
	p->reason = nl_u8(&a, IKEVTI_PATH_A_REASON, IKEVTI_REASON_NONE);
	genl_parse_stats(&a, IKEVTI_PATH_A_STATS, &p->stats);
	return !top.bad && !a.bad && p->ifindex;
}

bool genl_parse_sa(const struct nlmsghdr *nlh, struct kernel_sa *sa)
{
	struct nl_attrs top, a;

	memset(sa, 0, sizeof(*sa));
	nl_attrs_msg(&top, nlh, sizeof(struct genlmsghdr));
	sa->ifindex = nl_u32(&top, IKEVTI_A_IFINDEX, 0);
	if (!nl_attrs_nest(&a, &top, IKEVTI_A_SA) ||
	    !nl_has(&a, IKEVTI_SA_A_SPI))
		return false;
	sa->spi = nl_u32(&a, IKEVTI_SA_A_SPI, 0);
	sa->inbound = nl_u8(&a, IKEVTI_SA_A_DIR, IKEVTI_SA_IN) == IKEVTI_SA_IN;
	sa->path = nl_u32(&a, IKEVTI_SA_A_PATH, 0);
	sa->lane = nl_u32(&a, IKEVTI_SA_A_LANE, 0);
	sa->peer_spi = nl_u32(&a, IKEVTI_SA_A_PEER_SPI, 0);
	sa->state = nl_u8(&a, IKEVTI_SA_A_STATE, IKEVTI_SA_LARVAL);
	sa->esn = nl_has(&a, IKEVTI_SA_A_ESN);
	sa->replay_window = nl_u32(&a, IKEVTI_SA_A_REPLAY_WINDOW, 0);
	sa->seq = nl_u64(&a, IKEVTI_SA_A_SEQ, 0);
	sa->soft_bytes = nl_u64(&a, IKEVTI_SA_A_SOFT_BYTES, 0);
	sa->soft_packets = nl_u64(&a, IKEVTI_SA_A_SOFT_PACKETS, 0);
	sa->soft_seconds = nl_u32(&a, IKEVTI_SA_A_SOFT_SECONDS, 0);
	sa->hard_bytes = nl_u64(&a, IKEVTI_SA_A_HARD_BYTES, 0);
	sa->hard_packets = nl_u64(&a, IKEVTI_SA_A_HARD_PACKETS, 0);
	sa->hard_seconds = nl_u32(&a, IKEVTI_SA_A_HARD_SECONDS, 0);
	sa->age = nl_u32(&a, IKEVTI_SA_A_AGE, 0);
	genl_parse_stats(&a, IKEVTI_SA_A_STATS, &sa->stats);
	return !top.bad && !a.bad && sa->ifindex;
}

bool genl_parse_fd(const struct nlmsghdr *nlh, int *fd)
{
	struct nl_attrs top, a;

	nl_attrs_msg(&top, nlh, sizeof(struct genlmsghdr));
	if (!nl_attrs_nest(&a, &top, IKEVTI_A_SOCKET) ||
	    !nl_has(&a, IKEVTI_SOCKET_A_FD))
		return false;
	*fd = (int)nl_u32(&a, IKEVTI_SOCKET_A_FD, 0);
	return !top.bad && !a.bad && *fd >= 0;
}

static bool genl_event_type(uint8_t cmd, enum kernel_event_type *type)
{
	static const struct {
		uint8_t cmd;
		enum kernel_event_type type;
	} events[] = {
		{ IKEVTI_CMD_EVENT_SA_LIMIT, KERNEL_EVENT_SA_LIMIT },
		{ IKEVTI_CMD_EVENT_ACQUIRE, KERNEL_EVENT_ACQUIRE },
		{ IKEVTI_CMD_EVENT_ADDRESS, KERNEL_EVENT_ADDRESS },
		{ IKEVTI_CMD_EVENT_UNKNOWN_SPI, KERNEL_EVENT_UNKNOWN_SPI },
		{ IKEVTI_CMD_EVENT_PATH_STATE, KERNEL_EVENT_PATH_STATE },
		{ IKEVTI_CMD_EVENT_PMTU, KERNEL_EVENT_PMTU },
		{ IKEVTI_CMD_EVENT_AUTH_FAILURES, KERNEL_EVENT_AUTH_FAILURES },
	};
	size_t i;

	for (i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
		if (events[i].cmd == cmd) {
			*type = events[i].type;
			return true;
		}
	}
	return false;
}

bool genl_parse_event(const struct nlmsghdr *nlh, struct kernel_event *ev)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct nl_attrs top, path, sa, more;
	struct kernel_path p = { 0 };

	memset(ev, 0, sizeof(*ev));
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl) ||
	    !genl_event_type(genl->cmd, &ev->type))
		return false;

	nl_attrs_msg(&top, nlh, sizeof(*genl));
	ev->ifindex = nl_u32(&top, IKEVTI_A_IFINDEX, 0);
	nl_attrs_nest(&sa, &top, IKEVTI_A_SA);
	ev->spi = nl_u32(&sa, IKEVTI_SA_A_SPI, 0);
	ev->inbound = nl_u8(&sa, IKEVTI_SA_A_DIR, IKEVTI_SA_IN) == IKEVTI_SA_IN;
	ev->path = nl_u32(&sa, IKEVTI_SA_A_PATH, 0);

	nl_attrs_nest(&path, &top, IKEVTI_A_PATH);
	ev->path = nl_u32(&path, IKEVTI_PATH_A_ID, ev->path);
	genl_parse_endpoints(&path, &p);
	ev->local = p.local;
	ev->remote = p.remote;
	ev->state = nl_u8(&path, IKEVTI_PATH_A_STATE, IKEVTI_PATH_DOWN);
	ev->usable = nl_u8(&path, IKEVTI_PATH_A_USABLE, 0);
	ev->reason = nl_u8(&path, IKEVTI_PATH_A_REASON, IKEVTI_REASON_NONE);
	ev->pmtu = nl_u32(&path, IKEVTI_PATH_A_PMTU, 0);

	nl_attrs_nest(&more, &top, IKEVTI_A_EVENT);
	ev->limit = nl_u32(&more, IKEVTI_EVENT_A_LIMIT, 0);
	ev->hard = nl_has(&more, IKEVTI_EVENT_A_HARD);
	ev->count = nl_u64(&more, IKEVTI_EVENT_A_COUNT, 0);
	if (top.bad || sa.bad || path.bad || more.bad)
		return false;
	/* an unknown SPI belongs to no device */
	return ev->ifindex || ev->type == KERNEL_EVENT_UNKNOWN_SPI;
}
