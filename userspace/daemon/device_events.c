// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices that come and go while the daemon runs */
#include "daemon/device_events.h"

#include <string.h>

#include "daemon/kernel_events.h"
#include "daemon/start.h"
#include "ike/status.h"

/* Who removes a device may want to make it himself, otherwise */
#define DEVICE_EVENTS_CREATE_MS		1000
#define DEVICE_EVENTS_CREATE_AGAIN_MS	30000

static void device_events_say(struct daemon *d, struct device *dev, bool there)
{
	struct ike_event ev = { .type = IKE_EVENT_DEVICE };

	dev->told = !there;
	ev.tunnel.there = there;
	memcpy(ev.tunnel.tunnel, dev->tunnel->name, CONF_NAME_MAX);
	daemon_step(d, &ev);
}

void device_events_tell(struct daemon *d, struct device *dev)
{
	if (dev->leaving || dev->told == !dev->ifindex)
		return;
	device_events_say(d, dev, dev->ifindex);
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

	if (d->module_gone)
		return;
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

static void device_events_save(struct daemon *d)
{
	moved_save(&d->devices, d->kernel, d->options.runtime_dir);
}

static void device_events_gone(struct daemon *d, uint32_t ifindex)
{
	struct device *dev = devices_link_gone(&d->devices, ifindex);

	if (!dev)
		return;
	adopt_device_gone(&d->adopt, ifindex);
	dev->create_at = daemon_now() + DEVICE_EVENTS_CREATE_MS;
	device_events_tell(d, dev);
}

static void device_events_there(struct daemon *d, const struct kernel_link *link)
{
	const struct device *known = devices_by_ifindex(&d->devices, link->ifindex);
	uint32_t under = known ? known->under : 0;
	struct device *dev;
	bool appeared;

	dev = devices_link(&d->devices, d->kernel, link, &appeared);
	if (dev && dev->under != under)
		kernel_events_host(d, true);
	if (!dev || !appeared)
		return;
	/* Another one, in place of one whose end nobody told us of */
	if (!dev->told)
		device_events_say(d, dev, false);
	device_events_tell(d, dev);
}

static void device_events_moved(struct daemon *d, const struct kernel_event *kev)
{
	struct device *dev = devices_moved(&d->devices, kev->ifindex, kev->to);

	if (!dev)
		return;
	adopt_device_moved(&d->adopt, kev->ifindex, kev->to);
	log_write(IKE_LOG_INFO, dev->tunnel->name,
		  "its device is in another network namespace now");
	device_events_save(d);
}

void device_events_link(struct daemon *d, const struct kernel_event *kev)
{
	switch (kev->type) {
	case KERNEL_EVENT_LINK:
		device_events_there(d, &kev->link);
		break;
	case KERNEL_EVENT_LINK_GONE:
		device_events_gone(d, kev->ifindex);
		break;
	case KERNEL_EVENT_LINK_MOVED:
		device_events_moved(d, kev);
		break;
	default:
		break;
	}
}

void device_events_elsewhere(struct daemon *d)
{
	bool changed = false;
	size_t i;

	for (i = 0; i < d->devices.n; i++) {
		struct device *dev = d->devices.list[i];
		uint32_t before = dev->ifindex;

		if (!kernel_is_elsewhere(before))
			continue;
		if (!devices_still_there(&d->devices, d->kernel, dev))
			device_events_gone(d, before);
		else if (dev->ifindex != before)
			adopt_device_moved(&d->adopt, before, dev->ifindex);
		changed |= dev->ifindex != before;
	}
	if (changed)
		device_events_save(d);
}

void device_events_module(struct daemon *d, bool loaded)
{
	size_t i;

	if (!loaded) {
		d->module_gone = true;
		log_error("the kernel module ikevti was unloaded: all tunnels are down until it is loaded again");
		return;
	}
	log_info("the kernel module ikevti is loaded again");
	d->module_gone = false;
	start_attach_sockets(d);
	for (i = 0; i < d->devices.n; i++)
		if (!d->devices.list[i]->ifindex)
			d->devices.list[i]->create_at = daemon_now();
	device_events_create(d);
}
