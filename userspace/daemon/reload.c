// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Putting a configuration in force. What is wrong changes nothing; what did
 * not change is not touched.
 */
#include <stdio.h>
#include <string.h>

#include "control/control.h"
#include "daemon/daemon.h"
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

/* Sockets and workers are opened once, at the start */
static void reload_fixed(const struct conf *old, const struct conf *new)
{
	if (old->daemon.port != new->daemon.port ||
	    old->daemon.natt_port != new->daemon.natt_port)
		log_warn("the daemon's ports change at its next start only");
	if (old->daemon.workers != new->daemon.workers)
		log_warn("the number of workers changes at the next start only");
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
	new = conf_load(d->options.conf_path, errors);
	if (!new || devices_apply(&d->devices, d->kernel, new)) {
		conf_unref(new);
		log_error("the configuration was not reloaded, the one before stays in force");
		sd_notify_send("READY=1");
		return -1;
	}
	reload_count(old, new, done);
	reload_fixed(old, new);
	d->conf = new;
	ev.config.conf = new;
	daemon_step(d, &ev);
	devices_await_traffic(&d->devices, d->kernel, NULL);
	conf_unref(old);
	log_info("configuration reloaded: %u tunnels added, %u removed, %u changed, %u unchanged",
		 done->added, done->removed, done->changed, done->unchanged);
	sd_notify_send("READY=1");
	return 0;
}
