// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that come and go while the daemon runs */
#include "daemon/device_events.h"

#include <string.h>

#include "ike/status.h"

/* Who removes a device may want to make it himself, otherwise */
#define DEVICE_EVENTS_CREATE_MS		1000
#define DEVICE_EVENTS_CREATE_AGAIN_MS	30000

void device_events_tell(struct daemon *d, struct device *dev)
{
	struct ike_event ev = { .type = IKE_EVENT_DEVICE };

	if (dev->leaving || dev->told == !dev->ifindex)
		return;
	dev->told = !dev->ifindex;
	ev.tunnel.there = dev->ifindex;
	memcpy(ev.tunnel.tunnel, dev->tunnel->name, CONF_NAME_MAX);
	daemon_step(d, &ev);
	if (dev->ifindex)
		devices_await_traffic(&d->devices, d->kernel,
				      dev->tunnel->name);
}

void device_events_tell_all(struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->devices.n; i++) {
		struct device *dev = d->devices.list[i];

		/* what it knew was of the configuration before */
		if (!dev->ifindex)
			dev->told = false;
		device_events_tell(d, dev);
	}
}

static void device_events_path_down(void *ctx, const struct ike_status_path *p)
{
	bool *down = ctx;

	if (p->state != IKE_PATH_DOWN)
		*down = false;
}

/* Did the admin take the tunnel down? Then nobody needs its device. */
static bool device_events_is_down(const struct daemon *d,
				  const struct device *dev)
{
	static const struct ike_status_visitor v = {
		.path = device_events_path_down,
	};
	bool down = true;

	return ike_status_walk(d->engine, dev->tunnel->name, &v, &down) && down;
}

void device_events_create(struct daemon *d)
{
	ike_time now = daemon_now();
	size_t i;

	for (i = 0; i < d->devices.n; i++) {
		struct device *dev = d->devices.list[i];

		if (!dev->create_at || dev->create_at > now)
			continue;
		dev->create_at = 0;
		if (device_events_is_down(d, dev))
			continue;
		devices_require(&d->devices, d->kernel, dev);
		if (dev->ifindex)
			device_events_tell(d, dev);
		else
			dev->create_at = now + DEVICE_EVENTS_CREATE_AGAIN_MS;
	}
}

void device_events_link(struct daemon *d, const struct kernel_event *kev)
{
	struct device *dev;
	bool appeared;

	if (kev->type == KERNEL_EVENT_LINK) {
		dev = devices_link(&d->devices, d->kernel, &kev->link, &appeared);
		if (dev && appeared)
			device_events_tell(d, dev);
		return;
	}
	dev = devices_link_gone(&d->devices, kev->ifindex);
	if (!dev)
		return;
	adopt_device_gone(&d->adopt, kev->ifindex);
	dev->create_at = daemon_now() + DEVICE_EVENTS_CREATE_MS;
	device_events_tell(d, dev);
}
