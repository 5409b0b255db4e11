/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel tells, in the engine's terms */
#ifndef DAEMON_KERNEL_EVENTS_H
#define DAEMON_KERNEL_EVENTS_H

#include "daemon/daemon.h"

/**
 * kernel_events_map() - say a kernel event with the tunnel's name
 * Return: false when it is not for the engine, or of none of our devices
 */
bool kernel_events_map(const struct devices *t, const struct kernel_event *kev,
		       struct ike_event *ev);

/** kernel_events_read() - read what waits, and act on it */
void kernel_events_read(struct daemon *d);

/** kernel_events_host() - look soon whether paths leave otherwise; @addresses: surely */
void kernel_events_host(struct daemon *d, bool addresses);

/**
 * kernel_events_resync() - events were lost: look at everything instead
 * @links: links, addresses and routes; otherwise SAs and paths
 */
void kernel_events_resync(struct daemon *d, bool links);

#endif
