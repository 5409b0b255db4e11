// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outer routes. Looked up without the flow's protocol going through xfrm's
 * policies: what leaves here is protected already. Each lane keeps its own
 * route, chosen with a hash of its own, so that lanes spread over the equal
 * next hops of the underlay.
 */
#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <net/addrconf.h>
#include <net/ip6_route.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sock.h>

#include "dev.h"
#include "path.h"
#include "route.h"

/* Tunnels of ours in one another */
#define NESTED_MAX	3

static struct dst_entry *lookup4(struct net *net, u32 mark, int link, u32 hash,
				 const struct ikevti_endpoint *ep)
{
	struct flowi4 fl4 = {
		.flowi4_oif = link,
		.daddr = ep->remote.ip4,
		.saddr = ep->local.ip4,
		.flowi4_mark = mark,
		.flowi4_uid = sock_net_uid(net, NULL),
		.flowi4_multipath_hash = hash,
		.fl4_sport = ep->local_port,
		.fl4_dport = ep->remote_port,
		.flowi4_proto = ep->encap == IKEVTI_ENCAP_UDP ?
				IPPROTO_UDP : IPPROTO_ESP,
	};
	struct rtable *rt = ip_route_output_key_hash(net, &fl4, NULL);

	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

/* The device only tells in which VRF to look. Context: RCU read side. */
static bool address6_here(struct net *net, int link, const struct in6_addr *addr)
{
	struct net_device *dev = link ? dev_get_by_index_rcu(net, link) : NULL;

	return ipv6_chk_addr(net, addr, dev, 0);
}

static struct dst_entry *lookup6(struct net *net, u32 mark, int link, u32 hash,
				 const struct ikevti_endpoint *ep)
{
	struct flowi6 fl6 = {
		.flowi6_oif = link,
		.daddr = ep->remote.ip6,
		.saddr = ep->local.ip6,
		.flowi6_mark = mark,
		.flowi6_uid = sock_net_uid(net, NULL),
		.mp_hash = hash,
		.fl6_sport = ep->local_port,
		.fl6_dport = ep->remote_port,
		.flowi6_proto = ep->encap == IKEVTI_ENCAP_UDP ?
				IPPROTO_UDP : IPPROTO_ESP,
	};
	struct dst_entry *dst;
	int err;

	if (!ipv6_mod_enabled())
		return ERR_PTR(-EAFNOSUPPORT);
	/* IPv4's lookup checks this by itself */
	if (!address6_here(net, link, &ep->local.ip6))
		return ERR_PTR(-EADDRNOTAVAIL);
	dst = ip6_route_output_flags(net, NULL, &fl6,
				     link ? RT6_LOOKUP_F_IFACE : 0);
	err = dst->error;
	if (err) {
		dst_release(dst);
		return ERR_PTR(err);
	}
	return dst;
}

/* Never 0, which would mean "none given" */
static u32 lane_hash(u32 path_id, u32 lane_id)
{
	return jhash_2words(path_id, lane_id, 0) >> 1 | 1;
}

/* Does a route go by this device, or by one of this VRF? */
static bool leaves_by(const struct dst_entry *dst, int link)
{
	return dst->dev->ifindex == link ||
	       l3mdev_master_ifindex_rcu(dst->dev) == link;
}

/* Wherever it leads to */
static struct dst_entry *lookup_any(struct ikevti_dev *idev, struct net *net,
				    const struct ikevti_endpoint *ep, u32 hash)
{
	u32 mark = READ_ONCE(idev->fwmark);
	int link = READ_ONCE(idev->link);
	struct dst_entry *dst;

	if (ep->family == AF_INET)
		dst = lookup4(net, mark, link, hash, ep);
	else
		dst = lookup6(net, mark, link, hash, ep);
	if (IS_ERR(dst) || likely(!link || leaves_by(dst, link)))
		return dst;
	dst_release(dst);
	return ERR_PTR(-ENETUNREACH);
}

static bool leads_to(struct net_device *dev, struct ikevti_dev *idev,
		     unsigned int depth);

/*
 * Do packets that go into @via come to @idev? Of a multipoint device that
 * depends on their next hops; the kernel's limit of nested devices has to do.
 */
static bool passes(struct ikevti_dev *via, struct ikevti_dev *idev,
		   unsigned int depth)
{
	struct net *net = rcu_dereference(via->underlay);
	const struct ikevti_endpoint *ep;
	struct ikevti_path *path;
	struct dst_entry *dst;
	bool loops;

	if (!net || via->multipoint)
		return false;
	list_for_each_entry_rcu(path, &via->peer.paths, list) {
		if (READ_ONCE(path->state) != IKEVTI_PATH_UP)
			continue;
		ep = rcu_dereference(path->endpoint);
		dst = lookup_any(via, net, ep, lane_hash(path->id, 0));
		if (IS_ERR(dst))
			continue;
		loops = leads_to(dst->dev, idev, depth + 1);
		dst_release(dst);
		if (loops)
			return true;
	}
	return false;
}

/* Through itself, or through tunnels that go through it */
static bool leads_to(struct net_device *dev, struct ikevti_dev *idev,
		     unsigned int depth)
{
	if (likely(dev->rtnl_link_ops != &ikevti_link_ops))
		return false;
	return dev == idev->dev || depth == NESTED_MAX ||
	       passes(netdev_priv(dev), idev, depth);
}

static struct dst_entry *lookup(struct ikevti_dev *idev, struct net *net,
				const struct ikevti_endpoint *ep, u32 hash)
{
	struct dst_entry *dst = lookup_any(idev, net, ep, hash);

	if (IS_ERR(dst))
		return dst;
	if (unlikely(leads_to(dst->dev, idev, 0))) {
		dst_release(dst);
		return ERR_PTR(-ELOOP);
	}
	return dst;
}

/**
 * ikevti_route() - route of an outer packet
 * @idev: device
 * @net: underlay namespace
 * @path: path
 * @ep: its endpoint
 * @lane: its lane
 *
 * Context: BH disabled, RCU read side.
 * Return: a route the caller owns, or an error pointer.
 */
struct dst_entry *ikevti_route(struct ikevti_dev *idev, struct net *net,
			       struct ikevti_path *path,
			       const struct ikevti_endpoint *ep,
			       struct ikevti_lane *lane)
{
	struct dst_entry *dst = dst_cache_get(&lane->dst);

	/* A path that changes its family has its routes reset a moment later */
	if (likely(dst && dst->ops->family == ep->family))
		return dst;
	dst_release(dst);

	dst = lookup(idev, net, ep, lane_hash(path->id, lane->id));
	if (IS_ERR(dst))
		return dst;
	if (ep->family == AF_INET)
		dst_cache_set_ip4(&lane->dst, dst, ep->local.ip4);
	else
		dst_cache_set_ip6(&lane->dst, dst, &ep->local.ip6);
	/* The path moved while this looked for the way to where it was */
	if (unlikely(rcu_access_pointer(path->endpoint) != ep))
		dst_cache_reset(&lane->dst);
	return dst;
}

/**
 * ikevti_route_once() - route of an outer packet, not remembered
 * @idev: device
 * @net: underlay namespace
 * @ep: endpoint
 * @path_id: number of the path
 *
 * Context: RCU read side.
 * Return: a route the caller owns, or an error pointer.
 */
struct dst_entry *ikevti_route_once(struct ikevti_dev *idev, struct net *net,
				    const struct ikevti_endpoint *ep,
				    u32 path_id)
{
	return lookup(idev, net, ep, lane_hash(path_id, 0));
}

/* Does the device exist, and can it send? Context: RCU read side. */
static bool device_works(struct net *net, int ifindex)
{
	const struct net_device *dev = dev_get_by_index_rcu(net, ifindex);

	return dev && netif_running(dev) && netif_carrier_ok(dev);
}

/* Context: RCU read side */
static bool address_here(struct net *net, int link,
			 const struct ikevti_endpoint *ep)
{
	if (ep->family == AF_INET)
		return __ip_dev_find(net, ep->local.ip4, false);
	return ipv6_mod_enabled() && address6_here(net, link, &ep->local.ip6);
}

/*
 * Not ip6_update_pmtu() and its like: they look for a route themselves, and do
 * not find the one that our packets take in a VRF or by one of several next hops.
 */
static void learn(struct sk_buff *skb, struct dst_entry *dst, u32 mark, u32 mtu)
{
	int network = skb->network_header;
	struct net_device *dev = skb->dev;
	u32 old_mark = skb->mark;

	/* IPv4 looks the route up again as for a packet that goes this way */
	skb_reset_network_header(skb);
	skb->dev = dst->dev;
	skb->mark = mark;
	dst->ops->update_pmtu(dst, NULL, skb, mtu, false);
	skb->mark = old_mark;
	skb->dev = dev;
	skb->network_header = network;
}

/**
 * ikevti_route_learn() - a router says what fits through the path
 * @idev: device
 * @net: underlay namespace
 * @ep: endpoint
 * @path_id: number of the path
 * @lane_id: number of the lane
 * @skb: data at the IP header of the packet that was too big
 * @mtu: octets
 *
 * Context: softirq, RCU read side.
 */
void ikevti_route_learn(struct ikevti_dev *idev, struct net *net,
			const struct ikevti_endpoint *ep, u32 path_id,
			u32 lane_id, struct sk_buff *skb, u32 mtu)
{
	u32 mark = READ_ONCE(idev->fwmark);
	struct dst_entry *dst;

	dst = lookup(idev, net, ep, lane_hash(path_id, lane_id));
	if (IS_ERR(dst))
		return;
	learn(skb, dst, mark, mtu);
	dst_release(dst);
}

/**
 * ikevti_route_probe() - is there a route, and what fits through it?
 * @idev: device
 * @net: underlay namespace
 * @ep: endpoint
 * @path_id: number of the path
 * @oif: index of the device where there was one last, 0 none; updated
 *
 * A device that goes down takes routes with it, and of IPv6 addresses, too: so
 * it is asked first when there is no route.
 *
 * Context: process or softirq.
 * Return: the path MTU, or -ENETDOWN, -EADDRNOTAVAIL if there is no such
 * local address, -ELOOP if the route leads into the device, and other errors if
 * there is none.
 */
int ikevti_route_probe(struct ikevti_dev *idev, struct net *net,
		       const struct ikevti_endpoint *ep, u32 path_id, int *oif)
{
	struct dst_entry *dst;
	int ret;

	rcu_read_lock();
	dst = ikevti_route_once(idev, net, ep, path_id);
	if (!IS_ERR(dst)) {
		*oif = dst->dev->ifindex;
		ret = device_works(net, *oif) ? dst_mtu(dst) : -ENETDOWN;
		dst_release(dst);
	} else if (*oif && !device_works(net, *oif)) {
		ret = -ENETDOWN;
	} else if (!address_here(net, READ_ONCE(idev->link), ep)) {
		ret = -EADDRNOTAVAIL;
	} else {
		ret = PTR_ERR(dst) == -ELOOP ? -ELOOP : -ENETUNREACH;
	}
	rcu_read_unlock();
	return ret;
}
