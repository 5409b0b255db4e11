// SPDX-License-Identifier: GPL-2.0-or-later
/* What the kernel tells, in the engine's terms */
#include "daemon/kernel_events.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include "control/control.h"
#include "daemon/device_events.h"
#include "kernel/reason.h"

/* Addresses and routes change in bursts: wait for the end of one */
#define KERNEL_EVENTS_ADDRESS_MS	300
#define KERNEL_EVENTS_ROUTE_MS		1000
/* With so many paths a look at all of them takes its time */
#define KERNEL_EVENTS_PATHS_MANY	1000
#define KERNEL_EVENTS_ROUTE_MANY_MS	10000

bool kernel_events_map(const struct devices *t, const struct kernel_event *kev,
		       struct ike_event *ev)
{
	const struct device *dev = devices_by_ifindex(t, kev->ifindex);

	memset(ev, 0, sizeof(*ev));
	if (!dev)
		return false;
	switch (kev->type) {
	case KERNEL_EVENT_ACQUIRE:
		ev->type = IKE_EVENT_ACQUIRE;
		memcpy(ev->tunnel.tunnel, dev->tunnel->name, CONF_NAME_MAX);
		ev->tunnel.path = kev->path;
		return !dev->leaving;
	case KERNEL_EVENT_SA_LIMIT:
		ev->type = IKE_EVENT_SA_LIMIT;
		memcpy(ev->limit.tunnel, dev->tunnel->name, CONF_NAME_MAX);
		ev->limit.path = kev->path;
		ev->limit.spi = kev->spi;
		ev->limit.inbound = kev->inbound;
		ev->limit.hard = kev->hard;
		ev->limit.limit = kev->limit;
		return kev->spi != 0;
	case KERNEL_EVENT_ADDRESS:
		ev->type = IKE_EVENT_ADDRESS;
		memcpy(ev->address.tunnel, dev->tunnel->name, CONF_NAME_MAX);
		ev->address.path = kev->path;
		ev->address.remote = kev->remote;
		return kev->remote.family != AF_UNSPEC;
	default:
		return false;
	}
}

static const char *kernel_events_path_name(const struct device *dev,
					   uint32_t path, char *buf, size_t size)
{
	const char *name = control_path_name(dev->tunnel, path);

	snprintf(buf, size, "%.63s", name);
	/* one that no tunnel has any more */
	if (!*name)
		snprintf(buf, size, "number %u", path);
	return buf;
}

/* The log and those who monitor are told the same */
static void kernel_events_tell(struct daemon *d, const struct device *dev,
			       const struct kernel_event *kev,
			       enum ike_log_level level, const char *what,
			       char *text)
{
	struct ike_effect e = { .type = IKE_EFFECT_STATE };
	char line[512], path[CONF_NAME_MAX];

	snprintf(line, sizeof(line), "path %s: %s",
		 kernel_events_path_name(dev, kev->path, path, sizeof(path)), text);
	log_write(level, dev->tunnel->name, line);
	memcpy(e.state.tunnel, dev->tunnel->name, sizeof(e.state.tunnel));
	e.state.path = kev->path;
	snprintf(e.state.what, sizeof(e.state.what), "%s", what);
	e.state.text = text;
	if (d->control)
		control_effect(d->control, &e);
}

/*
 * Only what contradicts the engine, which has said itself that the path is up
 * or down: the kernel cannot use it, and again when that is over. While a path
 * comes up it is without an SA for a moment.
 */
static void kernel_events_path(struct daemon *d, struct device *dev,
			       const struct kernel_event *kev)
{
	uint32_t bit = kev->path && kev->path <= 32 ? 1U << (kev->path - 1) : 0;
	char text[256], why[192];

	if (kev->usable || kev->state != IKEVTI_PATH_UP) {
		if (kev->usable && (dev->unusable & bit)) {
			snprintf(text, sizeof(text), "usable again");
			kernel_events_tell(d, dev, kev, IKE_LOG_INFO, "usable",
					   text);
		}
		dev->unusable &= ~bit;
		return;
	}
	if (kev->reason == IKEVTI_REASON_NO_SA)
		return;
	dev->unusable |= bit;
	snprintf(text, sizeof(text), "unusable: %s",
		 kernel_reason_text(kev->reason, &kev->local, &kev->remote, why,
				    sizeof(why)));
	kernel_events_tell(d, dev, kev, IKE_LOG_WARN, "unusable", text);
}

static void kernel_events_note(struct daemon *d, struct device *dev,
			       const struct kernel_event *kev)
{
	char text[256], path[CONF_NAME_MAX];

	switch (kev->type) {
	case KERNEL_EVENT_PATH_STATE:
		kernel_events_path(d, dev, kev);
		break;
	case KERNEL_EVENT_PMTU:
		snprintf(text, sizeof(text), "path %s of %s has an MTU of %u",
			 kernel_events_path_name(dev, kev->path, path, sizeof(path)),
			 dev->tunnel->device, kev->pmtu);
		log_write(IKE_LOG_DEBUG, dev->tunnel->name, text);
		break;
	case KERNEL_EVENT_AUTH_FAILURES:
		snprintf(text, sizeof(text),
			 "%" PRIu64 " ESP packets with SPI %08x failed their integrity check on %s",
			 kev->count, kev->spi, dev->tunnel->device);
		log_write(IKE_LOG_WARN, dev->tunnel->name, text);
		break;
	default:
		break;
	}
}

void kernel_events_host(struct daemon *d, bool addresses)
{
	unsigned int ms = addresses ? KERNEL_EVENTS_ADDRESS_MS :
			  host_paths(d->conf) > KERNEL_EVENTS_PATHS_MANY ?
			  KERNEL_EVENTS_ROUTE_MANY_MS : KERNEL_EVENTS_ROUTE_MS;
	struct timeval delay = {
		.tv_sec = ms / 1000,
		.tv_usec = (suseconds_t)(ms % 1000) * 1000,
	};

	if (!d->ev_host)
		return;
	/* what has been seen already waits no longer than before */
	if (event_pending(d->ev_host, EV_TIMEOUT, NULL) &&
	    (!addresses || d->addresses_changed))
		return;
	d->addresses_changed |= addresses;
	event_add(d->ev_host, &delay);
}

static void kernel_events_one(void *ctx, const struct kernel_event *kev)
{
	struct daemon *d = ctx;
	struct device *dev;
	struct ike_event ev;

	switch (kev->type) {
	case KERNEL_EVENT_LOST:
	case KERNEL_EVENT_LINKS_LOST:
		kernel_events_resync(d, kev->type == KERNEL_EVENT_LINKS_LOST);
		return;
	case KERNEL_EVENT_HOST:
		kernel_events_host(d, kev->addresses);
		return;
	case KERNEL_EVENT_LINK:
	case KERNEL_EVENT_LINK_GONE:
	case KERNEL_EVENT_LINK_MOVED:
		device_events_link(d, kev);
		return;
	case KERNEL_EVENT_MODULE:
		device_events_module(d, kev->loaded);
		return;
	case KERNEL_EVENT_UNKNOWN_SPI:
		log_debug("%" PRIu64 " ESP packets with the unknown SPI %08x",
			  kev->count, kev->spi);
		return;
	default:
		break;
	}
	/* an SA from before this process: the engine does not know it */
	if (kev->type == KERNEL_EVENT_SA_LIMIT && kev->hard &&
	    adopt_limit(&d->adopt, d->kernel, kev->ifindex, kev->inbound,
			kev->spi))
		return;
	if (kernel_events_map(&d->devices, kev, &ev)) {
		daemon_step(d, &ev);
		return;
	}
	dev = devices_by_ifindex(&d->devices, kev->ifindex);
	if (dev)
		kernel_events_note(d, dev, kev);
}

void kernel_events_read(struct daemon *d)
{
	d->kernel->ops->events(d->kernel, kernel_events_one, d);
}

static uint64_t kernel_events_bytes(const struct kernel_sa *sa)
{
	return sa->stats.value[sa->inbound ? IKEVTI_STAT_A_RX_BYTES :
			       IKEVTI_STAT_A_TX_BYTES];
}

static uint64_t kernel_events_packets(const struct kernel_sa *sa)
{
	return sa->stats.value[sa->inbound ? IKEVTI_STAT_A_RX_PACKETS :
			       IKEVTI_STAT_A_TX_PACKETS];
}

/* The event that an SA's numbers stand for, had it not been lost */
static bool kernel_events_passed(const struct kernel_sa *sa,
				 struct kernel_event *kev)
{
	memset(kev, 0, sizeof(*kev));
	kev->type = KERNEL_EVENT_SA_LIMIT;
	kev->ifindex = sa->ifindex;
	kev->path = sa->path;
	kev->spi = sa->spi;
	kev->inbound = sa->inbound;
	kev->hard = sa->state == IKEVTI_SA_EXPIRED;
	if (sa->state == IKEVTI_SA_LARVAL)
		return false;
	if (sa->soft_seconds && sa->age >= sa->soft_seconds)
		kev->limit = IKEVTI_LIMIT_SECONDS;
	else if (sa->soft_packets &&
		 kernel_events_packets(sa) >= sa->soft_packets)
		kev->limit = IKEVTI_LIMIT_PACKETS;
	else if (sa->soft_bytes && kernel_events_bytes(sa) >= sa->soft_bytes)
		kev->limit = IKEVTI_LIMIT_BYTES;
	else
		return kev->hard;
	return true;
}

static void kernel_events_resync_device(struct daemon *d, uint32_t ifindex)
{
	struct kernel_event kev;
	struct kernel_sa *sas;
	size_t n, i;

	if (d->kernel->ops->sa_list(d->kernel, ifindex, &sas, &n))
		return;
	for (i = 0; i < n; i++)
		if (kernel_events_passed(&sas[i], &kev))
			kernel_events_one(d, &kev);
	free(sas);
}

/* Devices that came or went unheard */
static void kernel_events_resync_link(struct daemon *d, struct device *dev)
{
	struct kernel_event kev = { .type = KERNEL_EVENT_LINK };
	int err;

	if (kernel_is_elsewhere(dev->ifindex))
		return;
	err = d->kernel->ops->link_find(d->kernel, dev->tunnel->device,
					&kev.link);
	if (dev->ifindex && (err || kev.link.ifindex != dev->ifindex) &&
	    devices_still_there(&d->devices, d->kernel, dev))
		return;
	if (dev->ifindex && (err || kev.link.ifindex != dev->ifindex)) {
		struct kernel_event gone = {
			.type = KERNEL_EVENT_LINK_GONE,
			.ifindex = dev->ifindex,
		};

		kernel_events_one(d, &gone);
	}
	if (!err)
		kernel_events_one(d, &kev);
}

void kernel_events_resync(struct daemon *d, bool links)
{
	size_t i;

	log_info("events of the kernel were lost, reading %s back",
		 links ? "links" : "SAs");
	for (i = 0; i < d->devices.n; i++) {
		struct device *dev = d->devices.list[i];

		if (links && !dev->leaving)
			kernel_events_resync_link(d, dev);
		if (!links && dev->ifindex)
			kernel_events_resync_device(d, dev->ifindex);
	}
	if (links)
		kernel_events_host(d, true);
}
