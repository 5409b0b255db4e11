/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers: who is at the other end of a device */
#ifndef _IKEVTI_PEER_H
#define _IKEVTI_PEER_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/rhashtable-types.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <linux/ikevti.h>

struct ikevti_dev;
struct ikevti_net;
struct ikevti_peer;
struct ikevti_select;

/**
 * struct ikevti_nexthop - inner address that routes name
 * @addr: network byte order; IPv4 in the first four octets, then zeros
 * @family: AF_INET or AF_INET6
 *
 * A key of a hash table: no holes.
 */
struct ikevti_nexthop {
	struct in6_addr addr;
	u32 family;
};

/**
 * struct ikevti_hop - entry of a multipoint device's table of next hops
 * @node: in ikevti_dev.hops
 * @nexthop: key
 * @peer: whom it leads to
 * @rcu: frees
 */
struct ikevti_hop {
	struct rhash_head node;
	struct ikevti_nexthop nexthop;
	struct ikevti_peer *peer;
	struct rcu_head rcu;
};

/**
 * struct ikevti_peer - what belongs to one remote
 * @select: table of usable paths, RCU, NULL for none
 * @idev: device
 * @acquire_at: jiffies of the last acquire event
 * @expired: nothing can send because SAs have reached their hard limit
 * @id: chosen by userspace, 0 the one a device is born with
 *
 * Under ikevti_mutex:
 * @state: enum ikevti_dev_state
 * @mtu: inner MTU computed from the paths, 0 unknown
 * @n_paths: how many
 * @n_hops: how many
 * @paths: paths, also read under RCU
 * @sas: all SAs
 * @hop: next hops that lead here
 * @gap_since: 64-bit jiffies since when there is no usable path, if dormant
 * @timer: has it looked at later
 * @rcu: frees
 *
 * Under ikevti_dev.dirty_lock:
 * @dirty: in ikevti_dev.dirty, to be looked at
 * @gone: not to be looked at any more
 */
struct ikevti_peer {
	struct ikevti_select __rcu *select;
	struct ikevti_dev *idev;
	unsigned long acquire_at;
	bool expired;
	u32 id;

	u8 state;
	u8 n_paths;
	u8 n_hops;
	u32 mtu;
	struct list_head paths;
	struct list_head sas;
	struct ikevti_hop *hop[IKEVTI_NEXTHOPS_MAX];
	u64 gap_since;
	struct timer_list timer;
	struct rcu_head rcu;

	struct list_head dirty;
	bool gone;
};

/* peer.c */
int ikevti_peers_init(struct ikevti_dev *idev);
void ikevti_peers_destroy(struct ikevti_dev *idev);
struct ikevti_peer *ikevti_peer_find(struct ikevti_dev *idev, u32 id);
struct ikevti_peer *ikevti_peer_from(struct ikevti_dev *idev, u64 id);
struct ikevti_peer *ikevti_peer_create(struct ikevti_net *in,
				       struct ikevti_dev *idev, u32 id);
int ikevti_peer_set_hops(struct ikevti_peer *peer,
			 const struct ikevti_nexthop *nexthop, unsigned int n);
void ikevti_peer_flush(struct ikevti_net *in, struct ikevti_peer *peer);
void ikevti_peer_remove(struct ikevti_net *in, struct ikevti_peer *peer);
struct ikevti_peer *ikevti_hop_peer(struct ikevti_dev *idev,
				    const struct ikevti_nexthop *nexthop);
void ikevti_peer_note(struct sk_buff *skb, const struct net_device *dev);
void ikevti_peer_unreachable(struct sk_buff *skb);

/* dev.c */
void ikevti_peer_setup(struct ikevti_peer *peer, struct ikevti_dev *idev,
		       u32 id);
void ikevti_peer_schedule(struct ikevti_peer *peer);
void ikevti_peer_refresh(struct ikevti_peer *peer);
void ikevti_peer_retire(struct ikevti_peer *peer);

/* All peers, the one a device is born with first. Context: ikevti_mutex. */
#define ikevti_for_each_peer(peer, idev)				\
	for (peer = ikevti_peer_from(idev, 0); peer;			\
	     peer = ikevti_peer_from(idev, (peer)->id + 1ULL))

/**
 * ikevti_nexthop_of() - next hop of a packet that leaves a multipoint device
 * @skb: ikevti_peer_note() has seen it
 *
 * Kept with the packet, since the route it is taken from may be gone when the
 * packet has waited for others.
 */
static inline struct ikevti_nexthop *ikevti_nexthop_of(const struct sk_buff *skb)
{
	return (struct ikevti_nexthop *)skb->cb;
}

#endif /* _IKEVTI_PEER_H */
