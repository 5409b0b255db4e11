/* SPDX-License-Identifier: GPL-2.0-only */
/* What the module keeps per (underlay) network namespace */
#ifndef _IKEVTI_NET_H
#define _IKEVTI_NET_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/notifier.h>
#include <linux/workqueue.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "spi.h"

#define IKEVTI_OUT_HASH_BITS	10

/**
 * struct ikevti_net - state of one underlay namespace
 * @net: the namespace
 * @devs: devices whose outer packets belong here (ikevti_dev.list)
 * @socks: attached UDP sockets
 * @n_socks: how many
 * @n_sas: SAs of both directions, larval ones included
 * @spi: inbound SAs
 * @larval: inbound SAs without key, oldest first
 * @out: outbound SAs by SPI, RCU, for ICMP errors about them
 * @freeing: paths that are no longer reachable, with their cached routes
 * @generation: changes with every object made or removed, for dumps
 * @refresh: looks again at all devices (watch.c)
 * @look_again: and another time after that, any context
 * @fib_nb: is told about routes, rules and next hops
 * @fib_watched: it is registered, written by @refresh
 * @unknown_at: jiffies of the last unknown-SPI event
 * @unknown: unknown SPIs since then
 * @held: octets of packets that wait for the key of their SA
 *
 * Everything but @spi and @out (read under RCU), @freeing, @unknown_at,
 * @unknown, @held and what watch.c has is protected by ikevti_mutex.
 */
struct ikevti_net {
	struct net *net;
	struct list_head devs;
	struct list_head socks;
	unsigned int n_socks;
	unsigned int n_sas;
	struct ikevti_spi_table spi;
	struct list_head larval;
	DECLARE_HASHTABLE(out, IKEVTI_OUT_HASH_BITS);
	atomic_t freeing;
	u32 generation;
	struct delayed_work refresh;
	bool look_again;
	struct notifier_block fib_nb;
	bool fib_watched;
	unsigned long unknown_at;
	atomic64_t unknown;
	atomic_long_t held;
};

extern unsigned int ikevti_net_id;
/*
 * One lock for all configuration, inside rtnl_lock() where both are held.
 * Packets never take it.
 */
extern struct mutex ikevti_mutex;
extern struct workqueue_struct *ikevti_wq;

static inline struct ikevti_net *ikevti_pernet(const struct net *net)
{
	return net_generic(net, ikevti_net_id);
}

/* Objects of this namespace changed: a dump in progress is inconsistent */
static inline void ikevti_net_changed(struct ikevti_net *in)
{
	if (!++in->generation)
		in->generation = 1;
}

void ikevti_reap_soon(unsigned long delay);

#endif /* _IKEVTI_NET_H */
