// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers of a device. A point-to-point device has one, which is part of it. A
 * multipoint device has as many as userspace makes, and the next hop of a
 * packet's route says for which of them the packet is: its gateway, or where
 * there is none its destination. There is no other selector.
 *
 * The one peer that a multipoint device is born with, too, has no next hop and
 * no path. It keeps larval SAs of which nobody knows yet whose they will be.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "dev.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "sa.h"
#include "select.h"

static const struct rhashtable_params hop_params = {
	.key_len = sizeof(struct ikevti_nexthop),
	.key_offset = offsetof(struct ikevti_hop, nexthop),
	.head_offset = offsetof(struct ikevti_hop, node),
	.automatic_shrinking = true,
};

/**
 * ikevti_peers_init() - make the tables of a device's peers
 * @idev: device being registered
 *
 * Return: 0 or an error.
 */
int ikevti_peers_init(struct ikevti_dev *idev)
{
	return idev->multipoint ? rhashtable_init(&idev->hops, &hop_params) : 0;
}

/**
 * ikevti_peers_destroy() - counterpart of ikevti_peers_init()
 * @idev: device without peers for a grace period
 *
 * Context: process, may sleep.
 */
void ikevti_peers_destroy(struct ikevti_dev *idev)
{
	if (idev->multipoint)
		rhashtable_destroy(&idev->hops);
	xa_destroy(&idev->peers);
}

/**
 * ikevti_peer_from() - go through the peers of a device
 * @idev: device
 * @id: where to begin; one more than the last number there can be is an end
 *
 * Context: ikevti_mutex.
 * Return: the peer with the lowest number from @id on, or NULL.
 */
struct ikevti_peer *ikevti_peer_from(struct ikevti_dev *idev, u64 id)
{
	unsigned long index = id;

	if (!id)
		return &idev->peer;
	if (id > U32_MAX)
		return NULL;
	return xa_find(&idev->peers, &index, U32_MAX, XA_PRESENT);
}

/**
 * ikevti_peer_find() - a peer by number
 * @idev: device
 * @id: chosen by userspace, or 0
 *
 * Context: ikevti_mutex.
 * Return: the peer or NULL.
 */
struct ikevti_peer *ikevti_peer_find(struct ikevti_dev *idev, u32 id)
{
	return id ? xa_load(&idev->peers, id) : &idev->peer;
}

/**
 * ikevti_peer_create() - give a multipoint device one more peer
 * @in: underlay namespace
 * @idev: device
 * @id: not 0, and not in use
 *
 * Context: ikevti_mutex, may sleep.
 * Return: the peer or an error pointer.
 */
struct ikevti_peer *ikevti_peer_create(struct ikevti_net *in,
				       struct ikevti_dev *idev, u32 id)
{
	struct ikevti_peer *peer = kzalloc(sizeof(*peer), GFP_KERNEL_ACCOUNT);
	int err;

	if (!peer)
		return ERR_PTR(-ENOMEM);
	ikevti_peer_setup(peer, idev, id);
	err = xa_insert(&idev->peers, id, peer, GFP_KERNEL_ACCOUNT);
	if (err) {
		kfree(peer);
		return ERR_PTR(err);
	}
	idev->n_peers++;
	ikevti_net_changed(in);
	return peer;
}

static void remove_hop(struct ikevti_hop *hop)
{
	rhashtable_remove_fast(&hop->peer->idev->hops, &hop->node, hop_params);
	kfree_rcu(hop, rcu);
}

static struct ikevti_hop *find_hop(struct ikevti_dev *idev,
				   const struct ikevti_nexthop *nexthop)
{
	return rhashtable_lookup_fast(&idev->hops, nexthop, hop_params);
}

/* Context: ikevti_mutex, may sleep. Returns an error pointer for failure. */
static struct ikevti_hop *add_hop(struct ikevti_peer *peer,
				  const struct ikevti_nexthop *nexthop)
{
	struct ikevti_hop *hop = kzalloc(sizeof(*hop), GFP_KERNEL_ACCOUNT);
	int err;

	if (!hop)
		return ERR_PTR(-ENOMEM);
	hop->nexthop = *nexthop;
	hop->peer = peer;
	err = rhashtable_insert_fast(&peer->idev->hops, &hop->node, hop_params);
	if (!err)
		return hop;
	kfree(hop);
	return ERR_PTR(err);
}

static bool has_hop(struct ikevti_hop *const *list, unsigned int n,
		    const struct ikevti_hop *hop)
{
	while (n--)
		if (list[n] == hop)
			return true;
	return false;
}

/**
 * ikevti_peer_set_hops() - say which next hops lead to a peer
 * @peer: of a multipoint device, not the one it was born with
 * @nexthop: they, none twice
 * @n: how many, at most IKEVTI_NEXTHOPS_MAX
 *
 * Those it has already are not without it for a moment.
 *
 * Context: ikevti_mutex, may sleep.
 * Return: 0, or an error with nothing changed: -EEXIST if one of them leads to
 * another peer.
 */
int ikevti_peer_set_hops(struct ikevti_peer *peer,
			 const struct ikevti_nexthop *nexthop, unsigned int n)
{
	struct ikevti_hop *new[IKEVTI_NEXTHOPS_MAX], *hop;
	unsigned int i;
	int err = 0;

	for (i = 0; i < n; i++) {
		hop = find_hop(peer->idev, &nexthop[i]);
		if (!hop)
			hop = add_hop(peer, &nexthop[i]);
		else if (hop->peer != peer)
			hop = ERR_PTR(-EEXIST);
		if (IS_ERR(hop)) {
			err = PTR_ERR(hop);
			break;
		}
		new[i] = hop;
	}
	if (err) {
		while (i--)
			if (!has_hop(peer->hop, peer->n_hops, new[i]))
				remove_hop(new[i]);
		return err;
	}
	for (i = 0; i < peer->n_hops; i++)
		if (!has_hop(new, n, peer->hop[i]))
			remove_hop(peer->hop[i]);
	memcpy(peer->hop, new, n * sizeof(new[0]));
	peer->n_hops = n;
	return 0;
}

/**
 * ikevti_peer_flush() - remove a peer's paths and SAs
 * @in: underlay namespace
 * @peer: the peer
 *
 * Context: ikevti_mutex, may sleep. The caller refreshes the peer afterwards.
 */
void ikevti_peer_flush(struct ikevti_net *in, struct ikevti_peer *peer)
{
	struct ikevti_path *path, *next;
	struct ikevti_sa *sa, *next_sa;

	/* No table of the paths that remain for each that goes: they are dear */
	list_for_each_entry(path, &peer->paths, list)
		path->usable = false;
	ikevti_select_update(peer);
	list_for_each_entry_safe(path, next, &peer->paths, list)
		ikevti_path_remove(in, path);
	/* Larval ones may belong to no path yet */
	list_for_each_entry_safe(sa, next_sa, &peer->sas, list)
		ikevti_sa_remove(in, sa);
}

/**
 * ikevti_peer_remove() - take a peer from its device
 * @in: underlay namespace
 * @peer: not the one the device was born with; freed after a grace period
 *
 * Context: ikevti_mutex, may sleep. The caller syncs the device's MTU.
 */
void ikevti_peer_remove(struct ikevti_net *in, struct ikevti_peer *peer)
{
	struct ikevti_dev *idev = peer->idev;
	unsigned int i;

	for (i = 0; i < peer->n_hops; i++)
		remove_hop(peer->hop[i]);
	peer->n_hops = 0;
	ikevti_peer_flush(in, peer);
	ikevti_peer_retire(peer);
	xa_erase(&idev->peers, peer->id);
	idev->n_peers--;
	ikevti_net_changed(in);
	kfree_rcu(peer, rcu);
}

/**
 * ikevti_hop_peer() - the peer that a next hop leads to
 * @idev: multipoint device
 * @nexthop: next hop
 *
 * Context: RCU read side.
 * Return: the peer or NULL.
 */
struct ikevti_peer *ikevti_hop_peer(struct ikevti_dev *idev,
				    const struct ikevti_nexthop *nexthop)
{
	struct ikevti_hop *hop;

	hop = rhashtable_lookup(&idev->hops, nexthop, hop_params);
	return hop ? hop->peer : NULL;
}

static void note4(struct ikevti_nexthop *to, const struct sk_buff *skb,
		  const struct dst_entry *dst)
{
	__be32 daddr = ip_hdr(skb)->daddr;
	const struct rtable *rt;

	to->family = AF_INET;
	to->addr.s6_addr32[0] = daddr;
	if (!dst || dst->ops->family != AF_INET)
		return;
	rt = container_of(dst, struct rtable, dst);
	/* RFC 8950: IPv4 by way of an IPv6 router */
	if (unlikely(rt->rt_gw_family == AF_INET6)) {
		to->family = AF_INET6;
		to->addr = rt->rt_gw6;
	} else {
		to->addr.s6_addr32[0] = rt_nexthop(rt, daddr);
	}
}

static void note6(struct ikevti_nexthop *to, const struct sk_buff *skb,
		  const struct dst_entry *dst)
{
	const struct in6_addr *daddr = &ipv6_hdr(skb)->daddr;
	const struct rt6_info *rt;

	to->family = AF_INET6;
	to->addr = *daddr;
	if (!dst || dst->ops->family != AF_INET6)
		return;
	rt = container_of(dst, struct rt6_info, dst);
	to->addr = *rt6_nexthop(rt, daddr);
}

/**
 * ikevti_peer_note() - find out the next hop of a packet
 * @skb: data at the network header; ikevti_nexthop_of() is set
 * @dev: multipoint device it leaves by
 *
 * That of the route which led it here. Without one, or where something else
 * led it here, its destination.
 *
 * Context: RCU read side.
 */
void ikevti_peer_note(struct sk_buff *skb, const struct net_device *dev)
{
	struct ikevti_nexthop *to = ikevti_nexthop_of(skb);
	const struct dst_entry *dst = skb_dst(skb);

	BUILD_BUG_ON(sizeof(*to) > sizeof(skb->cb));
	memset(to, 0, sizeof(*to));
	if (unlikely(dst && dst->dev != dev))
		dst = NULL;
	if (ip_hdr(skb)->version == 4)
		note4(to, skb, dst);
	else
		note6(to, skb, dst);
}

/**
 * ikevti_peer_unreachable() - tell a sender that nobody takes his packet
 * @skb: data at the network header
 *
 * Context: BH disabled.
 */
void ikevti_peer_unreachable(struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP))
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
	else
		icmpv6_ndo_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_ADDR_UNREACH,
				0);
}
