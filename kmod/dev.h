/* SPDX-License-Identifier: GPL-2.0-only */
/* The network device */
#ifndef _IKEVTI_DEV_H
#define _IKEVTI_DEV_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <linux/ikevti.h>

#include "peer.h"
#include "spread.h"
#include "stats.h"

struct ikevti_net;
struct ikevti_rxq;
struct ikevti_txq;

/* Hold time that never ends: dormant, never down, while there is a path */
#define IKEVTI_HOLD_FOREVER	U32_MAX
#define IKEVTI_HOLD_DEFAULT	5000	/* ms */

/**
 * struct ikevti_out_queue - packets of a lane that other CPUs encrypt
 * @spread: in their order
 * @work: sends them
 */
struct ikevti_out_queue {
	struct ikevti_spread spread;
	struct work_struct work;
};

/**
 * struct ikevti_dev - private part of a device
 * @dev: the device
 * @underlay: namespace of the outer packets, NULL when it is gone, RCU; not
 *	counted, so that a device never keeps a namespace alive
 * @stats: counters
 * @rxq: receive queues
 * @txq: packets that wait for others
 * @fwmark: mark of outer packets
 * @mss_clamp: IKEVTI_MSS_* or octets
 * @multipoint: there are many peers, found by next hop; fixed at creation
 * @source_check: inner sources have to be the peer's, only if @multipoint
 * @peer: the peer of a point-to-point device
 * @hops: struct ikevti_hop by next hop, only if @multipoint, RCU
 * @acquire_at: jiffies of the last acquire event, if @multipoint
 * @acquire_key: hash of the next hop it told
 * @hash_policy: enum ikevti_hash
 * @lanes_by: enum ikevti_lanes_by
 * @spread: the packets of an SA are for all CPUs
 * @ttl: of outer packets, IKEVTI_TTL_* or 1..255
 * @dscp: of outer packets, IKEVTI_DSCP_COPY or 0..63
 * @df: enum ikevti_df
 * @tfc: octets that inner packets are padded to, or IKEVTI_TFC_*
 * @link: index of the device outer packets leave by, 0 any
 * @own_head: one of @ttl, @dscp, @df is not the default
 * @parked: packets whose encryption waits for a context that can do it
 * @park_work: encrypts them
 * @out: what other CPUs encrypt, by a hash of the lane
 * @out_jobs: how many jobs that are
 *
 * Under ikevti_mutex:
 * @list: in ikevti_net.devs of the underlay
 * @peers: other peers by number, if @multipoint
 * @n_peers: how many
 * @hold_time: ms without usable path before carrier off
 * @mtu: inner MTU of the peer that has the largest, 0 unknown
 * @n_widest: how many peers have it
 * @update: brings peers, carrier and MTU up to date
 * @walked_at: jiffies when it last had a look at all peers
 * @timer: starts it later
 *
 * Under @dirty_lock:
 * @dirty: peers to look at
 * @look_at_all: they all are; without the lock
 *
 * Under RTNL:
 * @mtu_fixed: the administrator set an MTU
 * @mtu_ours: the change being made comes from @update
 */
struct ikevti_dev {
	struct net_device *dev;
	struct net __rcu *underlay;
	struct ikevti_pcpu_stats __percpu *stats;
	struct ikevti_rxq __percpu *rxq;
	struct ikevti_txq __percpu *txq;
	u32 fwmark;
	u32 mss_clamp;
	bool multipoint;
	bool source_check;
	struct ikevti_peer peer;
	struct rhashtable hops;
	unsigned long acquire_at;
	u32 acquire_key;
	u8 hash_policy;
	u8 lanes_by;
	bool spread;
	u32 ttl;
	u32 dscp;
	u32 df;
	u32 tfc;
	int link;
	bool own_head;
	struct sk_buff_head parked;
	struct work_struct park_work;
	struct ikevti_out_queue out[IKEVTI_SPREAD_HASH];
	atomic_t out_jobs;

	struct list_head list;
	struct xarray peers;
	unsigned int n_peers;
	u32 hold_time;
	u32 mtu;
	unsigned int n_widest;
	struct work_struct update;
	unsigned long walked_at;
	struct timer_list timer;

	spinlock_t dirty_lock;	/* protects @dirty and peers' membership */
	struct list_head dirty;
	bool look_at_all;

	bool mtu_fixed;
	bool mtu_ours;
};

/* dev.c */
void ikevti_dev_setup(struct ikevti_dev *idev);
void ikevti_dev_link(struct ikevti_net *in, struct ikevti_dev *idev);
void ikevti_dev_unlink(struct ikevti_dev *idev);
void ikevti_dev_schedule(struct ikevti_dev *idev);
enum ikevti_dev_state ikevti_dev_state(const struct ikevti_dev *idev);
void ikevti_dev_sync_mtu(struct ikevti_dev *idev);
void ikevti_dev_flush(struct ikevti_net *in, struct ikevti_dev *idev);

/* link.c */
extern struct rtnl_link_ops ikevti_link_ops;

/* tx.c */
netdev_tx_t ikevti_xmit(struct sk_buff *skb, struct net_device *dev);
void ikevti_tx_parked(struct work_struct *work);

/* rx.c */
int ikevti_rx_init(struct ikevti_dev *idev);
void ikevti_rx_destroy(struct ikevti_dev *idev);

/* mss.c */
void ikevti_mss_clamp(struct sk_buff *skb, unsigned int mss4,
		      unsigned int mss6);

#endif /* _IKEVTI_DEV_H */
