/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Devices that come and go while the daemon runs */
#ifndef DAEMON_DEVICE_EVENTS_H
#define DAEMON_DEVICE_EVENTS_H

#include "daemon/daemon.h"

/** device_events_link() - a link is new, has changed, was moved or is gone */
void device_events_link(struct daemon *d, const struct kernel_event *kev);

/** device_events_tell() - tell the engine whether a tunnel has a device */
void device_events_tell(struct daemon *d, struct device *dev);

/** device_events_tell_all() - the same of all tunnels, with a new configuration */
void device_events_tell_all(struct daemon *d);

/** device_events_create() - create devices in place of those removed */
void device_events_create(struct daemon *d);

/** device_events_elsewhere() - look after devices in other network namespaces */
void device_events_elsewhere(struct daemon *d);

/** device_events_module() - the module was unloaded, or is loaded again */
void device_events_module(struct daemon *d, bool loaded);

#endif
