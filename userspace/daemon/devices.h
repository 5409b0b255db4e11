/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device belongs to which tunnel, and bringing devices to what the
 * configuration says. A device is created when it is absent and stays: the
 * daemon never removes one, so that routes, BGP sessions and counters survive
 * reloads and restarts. One that somebody else removes is created again. One
 * that is moved into another network namespace goes on with its SAs and paths;
 * its addresses and whether it is up are for that namespace.
 */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "daemon/moved.h"
#include "kernel/kernel.h"
#include "util/table.h"

/**
 * struct device - the device of one tunnel
 * @tunnel: its configuration, with a reference
 * @ifindex: 0 while there is no usable device of that name
 * @leaving: the tunnel is no longer configured; the engine may still delete
 *           what it had
 * @up: administratively up, as last seen
 * @under: the device or VRF by which its outer packets leave, 0 any; kept when
 *         it is created again
 * @unusable: bit N-1: the log has it that the kernel cannot use path N
 * @told: the engine knows that there is no device
 * @create_at: when to create one in place of one that vanished, 0 never
 * @seen: scratch of a reload
 */
struct device {
	struct conf_tunnel *tunnel;
	uint32_t ifindex;
	bool leaving;
	bool up;
	uint32_t under;
	uint32_t unusable;
	bool told;
	ike_time create_at;
	bool seen;
	struct table_node by_name;
	struct table_node by_ifindex;
};

/**
 * struct devices - all of them, found by tunnel and by ifindex
 *
 * Zeroed is empty.
 * @moved: where the daemon before had devices, until they are found
 */
struct devices {
	struct device **list;
	size_t n;
	struct table by_name;		/* by FNV-1a of the tunnel's */
	struct table by_ifindex;
	struct moved moved;
};

/**
 * devices_apply() - bring devices to what @conf says
 *
 * What cannot be done is logged and leaves that tunnel without a device;
 * devices of tunnels that are gone lose the addresses put there and are kept
 * as "leaving" until devices_sweep().
 *
 * Return: 0, or ENOMEM with nothing changed
 */
int devices_apply(struct devices *t, struct kernel *k, const struct conf *conf);

/**
 * devices_await_traffic() - let traffic ask for SAs
 * @tunnel: of this tunnel, NULL: of all
 *
 * With "start = traffic" the device must accept packets before there is any
 * SA, for it is they that make the kernel ask for one. It does so as long as
 * it has a path, so each path is put there, down, when the engine has none.
 */
void devices_await_traffic(const struct devices *t, struct kernel *k,
			   const char *tunnel);

/** devices_route() - how a tunnel's packets to @remote leave, see struct kernel_ops */
int devices_route(const struct device *d, struct kernel *k,
		  const struct net_addr *local, const struct net_addr *remote,
		  struct kernel_route *out);

/** devices_require() - find or create the device of a tunnel that has none */
void devices_require(struct devices *t, struct kernel *k, struct device *d);

/** devices_sweep() - forget tunnels that are leaving and have no path left */
void devices_sweep(struct devices *t, struct kernel *k);

void devices_free(struct devices *t);

/** devices_by_tunnel() - NULL when there is none */
struct device *devices_by_tunnel(const struct devices *t, const char *tunnel);

/** devices_by_ifindex() - NULL when it is none of ours */
struct device *devices_by_ifindex(const struct devices *t, uint32_t ifindex);

/**
 * devices_link() - take in what rtnetlink says of a link
 * @appeared: set when a tunnel has a device again that it had lost
 *
 * Return: the device concerned, NULL when it is none of ours
 */
struct device *devices_link(struct devices *t, struct kernel *k,
			    const struct kernel_link *link, bool *appeared);

/**
 * devices_moved() - a device is in another network namespace now
 * @to: its number there
 *
 * Return: the device concerned, NULL when it is none of ours
 */
struct device *devices_moved(struct devices *t, uint32_t ifindex, uint32_t to);

/**
 * devices_still_there() - has nobody removed a device in another namespace?
 *
 * Nothing is told of what happens there. It may have been moved on: then it is
 * found by its paths.
 */
bool devices_still_there(struct devices *t, struct kernel *k, struct device *d);

/** devices_link_gone() - the device that was lost, NULL when none of ours */
struct device *devices_link_gone(struct devices *t, uint32_t ifindex);

#endif
