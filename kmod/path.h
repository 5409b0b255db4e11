/* SPDX-License-Identifier: GPL-2.0-only */
/* Paths: pairs of outer endpoints, and their lanes */
#ifndef _IKEVTI_PATH_H
#define _IKEVTI_PATH_H

#include <linux/in6.h>
#include <linux/list.h>
#include <linux/timer.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>
#include <linux/ikevti.h>

#include "net.h"

struct ikevti_dev;
struct ikevti_net;
struct ikevti_peer;
struct ikevti_sa;
struct ikevti_sock;

/* An outer address, network byte order */
union ikevti_addr {
	__be32 ip4;
	struct in6_addr ip6;
};

/**
 * struct ikevti_endpoint - outer addresses of a path
 * @rcu: frees
 * @family: AF_INET or AF_INET6
 * @encap: enum ikevti_encap
 * @local_port: UDP port here, 0 without encapsulation
 * @remote_port: UDP port there
 * @local: address here
 * @remote: address there
 *
 * Never changed: a path gets a new one.
 */
struct ikevti_endpoint {
	struct rcu_head rcu;
	u16 family;
	u8 encap;
	__be16 local_port;
	__be16 remote_port;
	union ikevti_addr local;
	union ikevti_addr remote;
};

/**
 * struct ikevti_source - where an outer packet came from
 * @addr: address
 * @port: UDP port
 * @family: AF_INET or AF_INET6
 * @udp: UDP encapsulated, so @port means something
 */
struct ikevti_source {
	union ikevti_addr addr;
	__be16 port;
	u8 family;
	bool udp;
};

/**
 * struct ikevti_lane - one pair of SAs of a path
 * @out: its current outbound SA, RCU
 * @dst: outer route
 * @id: number on the path
 * @mtu: outer path MTU when last looked at, 0 never
 */
struct ikevti_lane {
	struct ikevti_sa __rcu *out;
	struct dst_cache dst;
	u32 id;
	u32 mtu;
};

/**
 * struct ikevti_lanes - the lanes that can send
 * @rcu: frees
 * @n: how many, at least one
 * @lane: they
 */
struct ikevti_lanes {
	struct rcu_head rcu;
	unsigned int n;
	struct ikevti_lane *lane[];
};

/**
 * struct ikevti_path - one pair of outer endpoints, one IKE SA
 * @idev: device, outlives the path by RCU
 * @peer: peer, outlives it too
 * @endpoint: addresses, RCU
 * @sock: attached socket that sends, RCU, NULL without UDP encapsulation
 * @active: lanes that can send, RCU, NULL for none
 * @no_route: the data path found no outer route
 * @rx_at: jiffies of the last authenticated packet
 * @tx_at: jiffies of the last packet sent
 * @rx_ever: @rx_at is valid
 * @tx_ever: @tx_at is valid
 * @address_at: jiffies of the last address change event
 * @address_key: hash of the address it told
 * @keepalive_ms: silence before a NAT keepalive, 0 off
 * @keepalive: sends them
 *
 * The rest under ikevti_mutex:
 * @list: in ikevti_peer.paths, RCU
 * @id: chosen by userspace
 * @state: enum ikevti_path_state
 * @priority: higher is preferred
 * @weight: share among equals
 * @pmtu: outer path MTU, 0 unknown
 * @usable: may be chosen for sending
 * @n_lanes: room for lanes
 * @reason: why not, enum ikevti_reason
 * @oif: device that outer packets last had a way through, 0 none
 * @sas: its SAs
 * @gone: counters of those it had, by enum ikevti_stat_attr
 * @lane: all lanes, by number, made when needed
 * @in: namespace of its routes, when it is removed
 * @rwork: frees after a grace period
 */
struct ikevti_path {
	struct ikevti_dev *idev;
	struct ikevti_peer *peer;
	struct ikevti_endpoint __rcu *endpoint;
	struct ikevti_sock __rcu *sock;
	struct ikevti_lanes __rcu *active;
	bool no_route;
	unsigned long rx_at;
	unsigned long tx_at;
	bool rx_ever;
	bool tx_ever;
	unsigned long address_at;
	u32 address_key;
	u32 keepalive_ms;
	struct timer_list keepalive;

	struct list_head list;
	u32 id;
	u8 state;
	u32 priority;
	u32 weight;
	u32 pmtu;
	bool usable;
	unsigned int n_lanes;
	struct ikevti_lane **lane;
	u8 reason;
	int oif;
	struct list_head sas;
	u64 gone[__IKEVTI_STAT_A_MAX];
	struct ikevti_net *in;
	struct rcu_work rwork;
};

struct ikevti_path *ikevti_path_find(struct ikevti_peer *peer, u32 id);
struct ikevti_path *ikevti_path_alloc(struct ikevti_peer *peer, u32 id);
void ikevti_path_free(struct ikevti_path *path);
void ikevti_path_link(struct ikevti_net *in, struct ikevti_path *path);
void ikevti_path_remove(struct ikevti_net *in, struct ikevti_path *path);
void ikevti_path_set_endpoint(struct ikevti_net *in, struct ikevti_path *path,
			      struct ikevti_endpoint *ep);
struct ikevti_lane *ikevti_path_lane(struct ikevti_path *path, u32 id);
int ikevti_path_update_lanes(struct ikevti_path *path);
bool ikevti_path_expired(const struct ikevti_path *path);
void ikevti_path_reset_routes(struct ikevti_path *path);
void ikevti_paths_wait(struct ikevti_net *in);

/**
 * ikevti_path_endpoint() - addresses of a path, for configuration
 * @path: the path
 *
 * Context: ikevti_mutex.
 */
static inline struct ikevti_endpoint *
ikevti_path_endpoint(const struct ikevti_path *path)
{
	return rcu_dereference_protected(path->endpoint,
					 lockdep_is_held(&ikevti_mutex));
}

/* Note that a packet was authenticated or sent, without dirtying for nothing */
static inline void ikevti_path_received(struct ikevti_path *path)
{
	unsigned long now = jiffies;

	if (READ_ONCE(path->rx_at) != now || !READ_ONCE(path->rx_ever)) {
		WRITE_ONCE(path->rx_at, now);
		WRITE_ONCE(path->rx_ever, true);
	}
}

static inline void ikevti_path_sent(struct ikevti_path *path)
{
	unsigned long now = jiffies;

	if (READ_ONCE(path->tx_at) != now || !READ_ONCE(path->tx_ever)) {
		WRITE_ONCE(path->tx_at, now);
		WRITE_ONCE(path->tx_ever, true);
	}
}

/* keepalive.c */
void ikevti_keepalive_init(struct ikevti_path *path);
void ikevti_keepalive_update(struct ikevti_path *path);

#endif /* _IKEVTI_PATH_H */
