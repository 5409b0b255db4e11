// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Putting a configuration in force. What is wrong changes nothing; what did
 * not change is not touched.
 */
#include <stdio.h>
#include <string.h>

#include "control/control.h"
#include "daemon/daemon.h"
#include "daemon/device_events.h"
#include "daemon/kernel_events.h"
#include "daemon/sd_notify.h"

static void reload_count(const struct conf *old, const struct conf *new,
			 struct control_reload *done)
{
	size_t i;

	memset(done, 0, sizeof(*done));
	for (i = 0; i < new->n_tunnels; i++) {
		const struct conf_tunnel *before =
			conf_find_tunnel(old, new->tunnels[i]->name);

		if (!before)
			done->added++;
		else if (conf_tunnel_same(before, new->tunnels[i]))
			done->unchanged++;
		else
			done->changed++;
	}
	for (i = 0; i < old->n_tunnels; i++)
		done->removed += !conf_find_tunnel(new, old->tunnels[i]->name);
}

/* Devices that no tunnel has any more: nobody else says that they are there */
static void reload_left(const struct devices *t, const struct conf *old,
			const struct conf *new, struct control_reload *done)
{
	size_t i;

	for (i = 0; i < old->n_tunnels && done->n_left < CONTROL_LEFT_MAX; i++) {
		const struct device *dev;

		if (conf_find_tunnel(new, old->tunnels[i]->name))
			continue;
		dev = devices_by_tunnel(t, old->tunnels[i]->name);
		/* one that another tunnel has taken over is not left */
		if (dev && dev->ifindex)
			memcpy(done->left[done->n_left++], dev->tunnel->device,
			       CONF_IFNAME_MAX);
	}
}

/*
 * Sockets and workers are opened once, at the start; the engine must go on
 * with those that there are. Nobody else has seen the new configuration yet.
 */
static void reload_fixed(const struct conf *old, struct conf *new)
{
	if (old->daemon.port != new->daemon.port ||
	    old->daemon.natt_port != new->daemon.natt_port)
		log_warn("the daemon's ports change at its next start only");
	if (old->daemon.workers != new->daemon.workers)
		log_warn("the number of workers changes at the next start only");
	new->daemon.port = old->daemon.port;
	new->daemon.natt_port = old->daemon.natt_port;
	new->daemon.workers = old->daemon.workers;
}

/* What a daemon before this one left to tunnels that are not the same now */
static void reload_adopted(struct daemon *d, const struct conf *new)
{
	size_t i;

	if (!adopt_busy(&d->adopt))
		return;
	for (i = 0; i < d->conf->n_tunnels; i++) {
		const struct conf_tunnel *before = d->conf->tunnels[i];
		const struct conf_tunnel *now = conf_find_tunnel(new, before->name);
		const struct device *dev;

		if (now && conf_tunnel_same(before, now))
			continue;
		dev = devices_by_tunnel(&d->devices, before->name);
		if (dev && dev->ifindex)
			adopt_release(&d->adopt, d->kernel, dev->ifindex);
	}
}

static void reload_notify_begin(void)
{
	char state[64];

	/* what Type=notify-reload wants beside the word */
	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)daemon_now() * 1000);
	sd_notify_send(state);
}

int daemon_reload(struct daemon *d, struct conf_errors *errors,
		  struct control_reload *done)
{
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };
	struct conf *old = d->conf;
	struct conf *new;

	reload_notify_begin();
	/* of devices as they are now, not as they were when last heard of */
	kernel_events_read(d);
	new = conf_load(d->options.conf_path, errors);
	if (new) {
		reload_fixed(old, new);
		conf_keep_path_ids(old, new);
		reload_adopted(d, new);
	}
	if (!new || devices_apply(&d->devices, d->kernel, new)) {
		conf_unref(new);
		log_error("the configuration was not reloaded, the one before stays in force");
		sd_notify_send("READY=1");
		return -1;
	}
	reload_count(old, new, done);
	reload_left(&d->devices, old, new, done);
	d->conf = new;
	steer_build(&d->steer, new);
	ev.config.conf = new;
	daemon_step(d, &ev);
	device_events_tell_all(d);
	devices_await_traffic(&d->devices, d->kernel, NULL);
	host_changed(&d->host, d->kernel, &d->devices, new);
	conf_unref(old);
	log_info("configuration reloaded, of its tunnels %u added, %u removed, %u changed, %u unchanged",
		 done->added, done->removed, done->changed, done->unchanged);
	sd_notify_send("READY=1");
	return 0;
}
