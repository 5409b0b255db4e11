/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which device belongs to which tunnel, and bringing devices to what the
 * configuration says. A device is created when it is absent and stays: the
 * daemon never removes one, so that routes, BGP sessions and counters survive
 * reloads and restarts. One that somebody else removes is created again.
 */
#ifndef DAEMON_DEVICES_H
#define DAEMON_DEVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "kernel/kernel.h"

/**
 * struct device - the device of one tunnel
 * @tunnel: its configuration, with a reference
 * @ifindex: 0 while there is no usable device of that name
 * @leaving: the tunnel is no longer configured; the engine may still delete
 *           what it had
 * @up: administratively up, as last seen
 * @told: the engine knows that there is no device
 * @create_at: when to create one in place of one that vanished, 0 never
 * @seen: scratch of a reload
 */
struct device {
	struct conf_tunnel *tunnel;
	uint32_t ifindex;
	bool leaving;
	bool up;
	bool told;
	ike_time create_at;
	bool seen;
	struct device *next_by_name;
	struct device *next_by_ifindex;
};

/**
 * struct devices - all of them, found by tunnel and by ifindex
 *
 * Zeroed is empty.
 */
struct devices {
	struct device **list;
	size_t n;
	struct device **by_name;
	struct device **by_ifindex;
	size_t buckets;
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

/** devices_link_gone() - the device that was lost, NULL when none of ours */
struct device *devices_link_gone(struct devices *t, uint32_t ifindex);

#endif
