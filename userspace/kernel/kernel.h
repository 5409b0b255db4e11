/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the daemon needs of the kernel: ikevti devices with their paths and
 * SAs, addresses, routes and events. There are two behind one table of
 * operations: netlink (netlink.c) and one in memory for tests (fake.c).
 *
 * Every operation returns 0 or a positive errno; kernel_why() then has a
 * sentence, with the kernel's own words where it gave any. All are
 * synchronous: netlink answers within the system call, so that nothing here
 * waits for anybody but the kernel's own locks.
 */
#ifndef KERNEL_KERNEL_H
#define KERNEL_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "ike/ike.h"
#include "kernel/elsewhere.h"
#include "linux/ikevti.h"
#include "net/addr.h"

#define KERNEL_WHY_LEN 384

/**
 * struct kernel_stats - counters of a device or an SA
 * @have: bit N is set when the kernel gave counter N
 * @value: by enum ikevti_stat_attr
 */
struct kernel_stats {
	uint32_t have;
	uint64_t value[IKEVTI_STAT_A_MAX + 1];
};

/* A link of any kind, as rtnetlink tells it */
struct kernel_link {
	uint32_t ifindex;
	char name[CONF_IFNAME_MAX];
	bool ikevti;
	bool up;		/* administratively */
	bool guest;		/* created from another namespace, which has its SAs */
	uint32_t under;		/* ikevti: by which outer packets leave, 0 any */
	uint32_t mtu;
};

/**
 * struct kernel_way - what decides on the route of a tunnel's outer packets
 * @under: index of the device by which they leave, or of a VRF; 0 any
 */
struct kernel_way {
	uint32_t fwmark;
	uint32_t under;
};

/* The answer: where packets come from, and by which device they leave */
struct kernel_route {
	struct net_addr local;
	uint32_t oif;
};

/* What a device is created with, and changed to by a reload */
struct kernel_link_params {
	uint32_t fwmark;
	uint32_t mss_clamp;
	uint32_t hold_ms;
	uint32_t mtu;		/* 0: the module computes and follows it */
	uint32_t under;		/* 0: as it is */
};

/**
 * struct kernel_device - a device that was created from this namespace
 * @ifindex: its number in all operations; while it is in another network
 *           namespace that is none of an interface of this one (elsewhere.h)
 * @nsid: that namespace's id, -1: it is here
 * @index: its ifindex there
 */
struct kernel_device {
	uint32_t ifindex;
	int32_t nsid;
	uint32_t index;
	char name[CONF_IFNAME_MAX];
	uint32_t under;		/* as in struct kernel_link */
	uint32_t state;		/* enum ikevti_dev_state */
	uint32_t mtu;		/* computed, 0 while unknown */
	struct kernel_stats stats;
};

struct kernel_path {
	uint32_t ifindex;
	uint32_t id;
	struct net_addr local;	/* with port when @udp */
	struct net_addr remote;
	bool udp;
	uint8_t state;		/* enum ikevti_path_state */
	uint32_t priority;
	uint32_t weight;
	uint32_t keepalive;
	bool usable;
	uint8_t reason;		/* why not, enum ikevti_reason */
	uint32_t pmtu;
	uint32_t rx_age_ms;	/* UINT32_MAX: never */
	uint32_t tx_age_ms;
	struct kernel_stats stats;
};

struct kernel_sa {
	uint32_t ifindex;
	uint32_t path;
	uint32_t lane;
	uint32_t spi;
	uint32_t peer_spi;	/* of the other direction, inbound only */
	bool inbound;
	uint8_t state;		/* enum ikevti_sa_state */
	bool esn;
	uint32_t replay_window;
	uint64_t seq;
	uint64_t soft_bytes;	/* limits, 0: none */
	uint64_t hard_bytes;
	uint64_t soft_packets;
	uint64_t hard_packets;
	uint32_t soft_seconds;
	uint32_t hard_seconds;
	uint32_t age;		/* seconds */
	struct kernel_stats stats;
};

enum kernel_event_type {
	KERNEL_EVENT_SA_LIMIT,
	KERNEL_EVENT_ACQUIRE,
	KERNEL_EVENT_ADDRESS,
	KERNEL_EVENT_UNKNOWN_SPI,
	KERNEL_EVENT_PATH_STATE,
	KERNEL_EVENT_PMTU,
	KERNEL_EVENT_AUTH_FAILURES,
	KERNEL_EVENT_LINK,	/* a link is new or has changed */
	KERNEL_EVENT_LINK_GONE,
	KERNEL_EVENT_LINK_MOVED, /* to another namespace, where it is @to */
	KERNEL_EVENT_MODULE,	/* the module was unloaded, or loaded again */
	KERNEL_EVENT_HOST,	/* addresses or routes of the host changed */
	KERNEL_EVENT_LOST,	/* events were lost: read SAs and paths back */
	KERNEL_EVENT_LINKS_LOST, /* the same of links, addresses and routes */
};

struct kernel_event {
	enum kernel_event_type type;
	uint32_t ifindex;
	uint32_t path;
	uint32_t spi;
	bool inbound;
	bool hard;
	bool addresses;		/* HOST: not only routes */
	bool loaded;		/* MODULE */
	uint32_t to;		/* LINK_MOVED: number of the device from now on */
	uint32_t limit;		/* enum ikevti_limit */
	uint64_t count;
	uint8_t state;
	bool usable;
	uint8_t reason;
	uint32_t pmtu;
	struct net_addr local;
	struct net_addr remote;
	struct kernel_link link;
};

struct kernel;

typedef void (*kernel_event_cb)(void *ctx, const struct kernel_event *ev);

/**
 * struct kernel_ops - one kernel, real or made up
 *
 * Lists come as one allocation that the caller frees; NULL when empty.
 *
 * @free: give everything back; sockets attached stay the module's for a while
 * @link_find: by name; ENODEV when there is none
 * @link_create: create a device of kind ikevti; EEXIST when the name is taken
 * @link_change: bring what differs of @p in force, on a device that exists
 * @link_up: set the device administratively up
 * @link_delete: remove the device (tests and cleaning up only)
 * @address_list: addresses of the device that this daemon put there
 * @address_all: all addresses of the device, whoever put them there
 * @address_add: EEXIST counts as success
 * @address_del: an address that is gone already counts as success
 * @route: how packets to @remote leave, from @local unless that is "any"
 * @is_local: 0 for an address of this host, EADDRNOTAVAIL for another, EXDEV for
 *            one that is in another VRF than @under, or is not usable
 * @device_get: what the family says of a device
 * @device_list: every ikevti device of the namespace
 * @path_set: create or modify
 * @path_del: with all its SAs; ENOENT when there is none
 * @path_get: one path; ENOENT when there is none
 * @path_list: of one device
 * @spi_alloc: a fresh inbound SPI for @sa->path and @sa->lane
 * @sa_add: install an SA, inbound: one whose SPI was allocated
 * @sa_del: ENOENT when there is none; @path and @lane name an outbound one
 * @sa_get: one SA
 * @sa_list: of one device
 * @flush: remove all paths and SAs of a device
 * @socket_attach: let the module take ESP from this UDP socket
 * @socket_detach: give it back, so that it ends with this process
 * @socket_take: get back a socket that the module kept; ENOENT when none
 * @elsewhere: the number of a device in another namespace, 0 without memory
 * @fds: descriptors to be polled for reading; returns how many, at most @max
 * @events: read what has come in, without waiting; at most a burst
 */
struct kernel_ops {
	void (*free)(struct kernel *k);

	int (*link_find)(struct kernel *k, const char *name,
			 struct kernel_link *out);
	int (*link_create)(struct kernel *k, const char *name,
			   const struct kernel_link_params *p);
	int (*link_change)(struct kernel *k, uint32_t ifindex,
			   const struct kernel_link_params *p);
	int (*link_up)(struct kernel *k, uint32_t ifindex);
	int (*link_delete)(struct kernel *k, uint32_t ifindex);
	int (*address_list)(struct kernel *k, uint32_t ifindex,
			    struct conf_prefix **list, size_t *n);
	int (*address_all)(struct kernel *k, uint32_t ifindex,
			   struct conf_prefix **list, size_t *n);
	int (*address_add)(struct kernel *k, uint32_t ifindex,
			   const struct conf_prefix *p);
	int (*address_del)(struct kernel *k, uint32_t ifindex,
			   const struct conf_prefix *p);
	int (*route)(struct kernel *k, const struct net_addr *local,
		     const struct net_addr *remote, struct kernel_way way,
		     struct kernel_route *out);
	int (*is_local)(struct kernel *k, const struct net_addr *addr,
			uint32_t under);

	int (*device_get)(struct kernel *k, uint32_t ifindex,
			  struct kernel_device *out);
	int (*device_list)(struct kernel *k, struct kernel_device **list,
			   size_t *n);
	int (*path_set)(struct kernel *k, uint32_t ifindex,
			const struct ike_kernel_path *p);
	int (*path_del)(struct kernel *k, uint32_t ifindex, uint32_t id);
	int (*path_get)(struct kernel *k, uint32_t ifindex, uint32_t id,
			struct kernel_path *out);
	int (*path_list)(struct kernel *k, uint32_t ifindex,
			 struct kernel_path **list, size_t *n);
	int (*spi_alloc)(struct kernel *k, uint32_t ifindex,
			 const struct ike_kernel_sa *sa, uint32_t *spi);
	int (*sa_add)(struct kernel *k, uint32_t ifindex,
		      const struct ike_kernel_sa *sa);
	int (*sa_del)(struct kernel *k, uint32_t ifindex, bool inbound,
		      uint32_t spi, uint32_t path, uint32_t lane);
	int (*sa_get)(struct kernel *k, uint32_t ifindex, bool inbound,
		      uint32_t spi, uint32_t path, uint32_t lane,
		      struct kernel_sa *out);
	int (*sa_list)(struct kernel *k, uint32_t ifindex,
		       struct kernel_sa **list, size_t *n);
	int (*flush)(struct kernel *k, uint32_t ifindex);

	int (*socket_attach)(struct kernel *k, int fd);
	int (*socket_detach)(struct kernel *k, sa_family_t family,
			     uint16_t port);
	int (*socket_take)(struct kernel *k, sa_family_t family, uint16_t port,
			   int *fd);

	uint32_t (*elsewhere)(struct kernel *k, int32_t nsid, uint32_t index);
	int (*fds)(struct kernel *k, int *fds, int max);
	void (*events)(struct kernel *k, kernel_event_cb cb, void *ctx);
};

struct kernel {
	const struct kernel_ops *ops;
	char why[KERNEL_WHY_LEN];
};

/** kernel_is_elsewhere() - is the device in another network namespace? */
static inline bool kernel_is_elsewhere(uint32_t ifindex)
{
	return ifindex & ELSEWHERE;
}

/** kernel_why() - why the last operation failed, in words */
static inline const char *kernel_why(const struct kernel *k)
{
	return k->why;
}

/**
 * kernel_netlink_new() - the kernel this process runs on
 * @why: a sentence when it fails, KERNEL_WHY_LEN octets
 *
 * Loads the module if it is installed and not loaded yet (the kernel does so
 * when the family is asked for).
 *
 * Return: NULL on failure
 */
struct kernel *kernel_netlink_new(char *why);

#endif
