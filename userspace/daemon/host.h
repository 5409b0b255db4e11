/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Do changes of the host's routes concern any path? On a router with BGP
 * routes change all the time, and nearly none of them matters to a tunnel's
 * outer packets.
 */
#ifndef DAEMON_HOST_H
#define DAEMON_HOST_H

#include <stdbool.h>
#include <stddef.h>

#include "config/conf.h"
#include "kernel/kernel.h"

struct devices;

/* The address that packets of each path leave with; zeroed is empty */
struct host {
	struct net_addr *sources;
	size_t n;
};

/**
 * host_changed() - does any path leave from elsewhere than the last time?
 *
 * One route lookup for each path of @conf with a known peer. True when memory
 * is short, too.
 */
bool host_changed(struct host *h, struct kernel *k, const struct devices *t,
		  const struct conf *conf);

/** host_paths() - how many lookups that takes */
size_t host_paths(const struct conf *conf);

void host_free(struct host *h);

#endif
