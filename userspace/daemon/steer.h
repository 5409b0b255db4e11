/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By which mark and device a tunnel's outer packets leave. The module sees to
 * ESP; IKE is sent by the daemon, and answers to peers that are not identified
 * yet leave by what their addresses are configured for.
 */
#ifndef DAEMON_STEER_H
#define DAEMON_STEER_H

#include <stddef.h>

#include "config/conf.h"
#include "kernel/kernel.h"

struct devices;

struct steer_entry {
	struct net_addr remote;
	struct net_addr local;
	const struct conf_tunnel *tunnel;
};

/* Zeroed is empty */
struct steer {
	struct steer_entry *list;
	size_t n;
};

/** steer_build() - of a configuration, which must outlive it or the next call */
void steer_build(struct steer *s, const struct conf *conf);

/** steer_tunnel() - how packets of a tunnel are routed */
struct kernel_way steer_tunnel(const struct devices *t, const char *tunnel);

/** steer_address() - how an answer from @local to @remote is, whoever that is */
struct kernel_way steer_address(const struct steer *s, const struct devices *t,
				const struct net_addr *local,
				const struct net_addr *remote);

void steer_free(struct steer *s);

#endif
