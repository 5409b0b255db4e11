// SPDX-License-Identifier: GPL-2.0-only
/*
 * A peer of a multipoint device may send from addresses of its own only, or any
 * peer could take the part of every other. Nobody configures which these are:
 * they are those that packets back would go to this peer for. So the route to
 * the source, looked for where the device is (its namespace, its VRF), has to
 * lead to the device and to a next hop of the peer; of a multipath route one of
 * the ways has to.
 *
 * An address that is itself somebody's next hop is his, whatever routes say:
 * routing protocols speak from it before there is a route. They also use
 * addresses that no route tells apart: link-local ones of IPv6, which are
 * nobody's unless they are a next hop, and "unspecified" to all on the link.
 *
 * A verdict is good for the tick it was made in, and each receive queue
 * remembers some, so that of many packets few are looked up.
 */
#include <linux/jhash.h>
#include <linux/inetdevice.h>
#include <net/addrconf.h>
#include <net/ip6_fib.h>
#include <net/ip6_route.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/nexthop.h>

#include "burst.h"
#include "dev.h"
#include "path.h"
#include "sa.h"
#include "source.h"

/* One way of a route */
struct way {
	const struct ikevti_peer *peer;
	struct ikevti_nexthop to;
};

static bool is_way_to(const struct way *way, const struct net_device *dev,
		      const struct ikevti_nexthop *nexthop)
{
	struct ikevti_dev *idev = way->peer->idev;

	return dev == idev->dev &&
	       ikevti_hop_peer(idev, nexthop) == way->peer;
}

static bool nhc_leads(const struct way *way, const struct fib_nh_common *nhc)
{
	struct ikevti_nexthop nexthop = way->to;

	if (nhc->nhc_gw_family == AF_INET) {
		memset(&nexthop, 0, sizeof(nexthop));
		nexthop.family = AF_INET;
		nexthop.addr.s6_addr32[0] = nhc->nhc_gw.ipv4;
	} else if (nhc->nhc_gw_family == AF_INET6) {
		nexthop.family = AF_INET6;
		nexthop.addr = nhc->nhc_gw.ipv6;
	}
	return is_way_to(way, nhc->nhc_dev, &nexthop);
}

/* Context: RCU read side */
static bool route4_leads(const struct way *way, const struct iphdr *iph)
{
	const struct net_device *dev = way->peer->idev->dev;
	struct fib_result res;
	struct flowi4 fl4 = {
		.flowi4_oif = l3mdev_master_ifindex_rcu(dev),
		.flowi4_iif = LOOPBACK_IFINDEX,
		.daddr = iph->saddr,
		.saddr = iph->daddr,
	};
	int i;

	if (fib_lookup(dev_net(dev), &fl4, &res, FIB_LOOKUP_NOREF) ||
	    res.type != RTN_UNICAST)
		return false;
	for (i = 0; i < fib_info_num_path(res.fi); i++)
		if (nhc_leads(way, fib_info_nhc(res.fi, i)))
			return true;
	return false;
}

static int nh6_leads(struct fib6_nh *nh, void *way)
{
	return nhc_leads(way, &nh->nh_common);
}

/* The ways of a multipath route. Context: RCU read side. */
static bool siblings_lead(struct way *way, struct fib6_info *from)
{
	unsigned int n = READ_ONCE(from->fib6_nsiblings);
	struct fib6_info *info;

	if (from->nh)
		return nexthop_for_each_fib6_nh(from->nh, nh6_leads, way);
	/* It may be taken out of the list meanwhile, so its length ends this */
	list_for_each_entry_rcu(info, &from->fib6_siblings, fib6_siblings) {
		if (!n--)
			break;
		if (nhc_leads(way, &info->fib6_nh->nh_common))
			return true;
	}
	return nhc_leads(way, &from->fib6_nh->nh_common);
}

/* Context: RCU read side */
static bool route6_leads(struct way *way, const struct ipv6hdr *ip6h)
{
	struct net_device *dev = way->peer->idev->dev;
	const struct rt6_info *rt;
	struct fib6_info *from;
	struct dst_entry *dst;
	bool leads = false;
	struct flowi6 fl6 = {
		.flowi6_oif = l3mdev_master_ifindex_rcu(dev),
		.daddr = ip6h->saddr,
		.saddr = ip6h->daddr,
	};

	if (unlikely(!ipv6_mod_enabled()))
		return false;
	dst = ip6_route_output_flags(dev_net(dev), NULL, &fl6, 0);
	rt = container_of(dst, struct rt6_info, dst);
	if (!dst->error && !(rt->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST))) {
		from = rcu_dereference(rt->from);
		leads = from && siblings_lead(way, from);
	}
	dst_release(dst);
	return leads;
}

static bool judge4(struct way *way, const struct iphdr *iph)
{
	if (unlikely(!iph->saddr))
		return ipv4_is_local_multicast(iph->daddr) ||
		       ipv4_is_lbcast(iph->daddr);
	return route4_leads(way, iph);
}

static bool judge6(struct way *way, const struct ipv6hdr *ip6h)
{
	int type = ipv6_addr_type(&ip6h->saddr);

	if (unlikely(type == IPV6_ADDR_ANY))
		return ipv6_addr_is_multicast(&ip6h->daddr) &&
		       IPV6_ADDR_MC_SCOPE(&ip6h->daddr) <=
				IPV6_ADDR_SCOPE_LINKLOCAL;
	if (!(type & IPV6_ADDR_UNICAST))
		return false;
	return type & IPV6_ADDR_LINKLOCAL || route6_leads(way, ip6h);
}

static bool judge(const struct ikevti_peer *peer,
		  const struct ikevti_nexthop *source,
		  const struct sk_buff *skb)
{
	struct way way = { .peer = peer, .to = *source };
	struct ikevti_peer *owner = ikevti_hop_peer(peer->idev, source);

	if (owner)
		return owner == peer;
	return source->family == AF_INET ? judge4(&way, ip_hdr(skb)) :
					   judge6(&way, ipv6_hdr(skb));
}

static void source_of(struct ikevti_nexthop *source, const struct sk_buff *skb)
{
	memset(source, 0, sizeof(*source));
	if (ip_hdr(skb)->version == 4) {
		source->family = AF_INET;
		source->addr.s6_addr32[0] = ip_hdr(skb)->saddr;
	} else {
		source->family = AF_INET6;
		source->addr = ipv6_hdr(skb)->saddr;
	}
}

/* What depends on more than the source is not for others to go by */
static bool lasts(const struct ikevti_nexthop *source)
{
	return !ipv6_addr_any(&source->addr);
}

/**
 * ikevti_source_ok() - does a packet's source belong to the peer it came from?
 * @rxq: queue it came by, of a multipoint device
 * @sa: its SA
 * @skb: network header at the complete fixed IP header
 *
 * Context: owner of the queue's NAPI, RCU read side.
 */
bool ikevti_source_ok(struct ikevti_rxq *rxq, const struct ikevti_sa *sa,
		      const struct sk_buff *skb)
{
	const struct ikevti_peer *peer = sa->path->peer;
	struct ikevti_nexthop source;
	unsigned long now = jiffies;
	struct ikevti_seen *seen;

	source_of(&source, skb);
	seen = &rxq->seen[jhash2((const u32 *)&source, sizeof(source) / 4,
				 peer->id) % IKEVTI_SOURCES];
	if (likely(seen->at == now && seen->peer == peer->id &&
		   !memcmp(&seen->source, &source, sizeof(source))))
		return seen->ok;
	seen->source = source;
	seen->peer = peer->id;
	seen->at = now;
	seen->ok = judge(peer, &source, skb);
	if (unlikely(!lasts(&source)))
		seen->at--;
	return seen->ok;
}
