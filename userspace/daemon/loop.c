// SPDX-License-Identifier: GPL-2.0-or-later
/* The event loop: who wakes the engine */
#include "daemon/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "config/conf.h"
#include "control/control.h"
#include "crypto/job_pool.h"
#include "daemon/device_events.h"
#include "daemon/kernel_events.h"
#include "daemon/sd_notify.h"
#include "ike/status.h"

/* A graceful stop waits this long for peers to confirm */
#define LOOP_STOP_SECONDS	4

static void loop_packet(void *ctx, const struct net_addr *local,
			const struct net_addr *remote, const uint8_t *data,
			size_t len)
{
	struct ike_event ev = { .type = IKE_EVENT_PACKET };

	ev.packet.local = *local;
	ev.packet.remote = *remote;
	ev.packet.data = data;
	ev.packet.len = len;
	daemon_step(ctx, &ev);
}

/* The peer's host, or one on the way, refused a message: whose was it? */
static void loop_refused(void *ctx, const struct net_addr *remote, int error,
			 const uint8_t *data, size_t len)
{
	struct ike_event ev = { .type = IKE_EVENT_TROUBLE };
	char to[NET_ADDR_STRLEN];
	struct net_addr host = *remote;

	ev.trouble.spi = ike_own_spi(data, len);
	if (!ev.trouble.spi)
		return;
	host.port = 0;
	net_addr_format(&host, to);
	if (error == ECONNREFUSED)
		snprintf(ev.trouble.text, sizeof(ev.trouble.text),
			 "%s refuses UDP port %u", to, remote->port);
	else
		snprintf(ev.trouble.text, sizeof(ev.trouble.text),
			 "a router says of %s: %s", to, strerror(error));
	daemon_step(ctx, &ev);
}

static void loop_udp(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;
	unsigned int i;

	for (i = 0; i < UDP_SOCKETS; i++)
		if (udp_socket(d->udp, i)->fd == fd) {
			udp_read(d->udp, i, loop_packet, d);
			udp_read_errors(d->udp, i, loop_refused, d);
		}
}

static void loop_kernel(evutil_socket_t fd, short what, void *ctx)
{
	kernel_events_read(ctx);
}

static void loop_jobs(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;

	job_pool_reap(d->pool);
}

static void loop_timer(evutil_socket_t fd, short what, void *ctx)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	daemon_step(ctx, &ev);
}

static void loop_host(evutil_socket_t fd, short what, void *ctx)
{
	struct ike_event ev = { .type = IKE_EVENT_LOCAL_ADDRESS };
	struct daemon *d = ctx;
	bool changed = d->addresses_changed;

	d->addresses_changed = false;
	if (host_changed(&d->host, d->kernel, &d->devices, d->conf) || changed)
		daemon_step(d, &ev);
	if (!d->stopping)
		devices_await_traffic(&d->devices, d->kernel, NULL);
}

/* What does not need to be done at once */
static void loop_tick(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;
	struct ike_gauges g;
	char status[128];

	if (adopt_busy(&d->adopt))
		adopt_timer(&d->adopt, d->kernel, daemon_now());
	devices_sweep(&d->devices, d->kernel);
	if (d->stopping)
		return;
	device_events_elsewhere(d);
	device_events_create(d);
	ike_gauges(d->engine, &g);
	snprintf(status, sizeof(status), "STATUS=%zu of %zu path%s up",
		 g.paths_up, g.paths, g.paths == 1 ? "" : "s");
	/* only what is new is worth a message */
	if (strcmp(status, d->status)) {
		memcpy(d->status, status, sizeof(status));
		sd_notify_send(status);
	}
}

static void loop_watchdog(evutil_socket_t fd, short what, void *ctx)
{
	sd_notify_send("WATCHDOG=1");
}

static void loop_stop_late(evutil_socket_t fd, short what, void *ctx)
{
	struct daemon *d = ctx;

	log_warn("not every peer confirmed in time that its SAs are deleted");
	d->stopped = true;
	event_base_loopexit(d->base, NULL);
}

void loop_stop(struct daemon *d)
{
	static const struct timeval patience = { .tv_sec = LOOP_STOP_SECONDS };
	struct ike_event ev = { .type = IKE_EVENT_STOP };

	if (d->stopping) {
		d->stopped = true;
		event_base_loopexit(d->base, NULL);
		return;
	}
	log_info("stopping: deleting all SAs");
	sd_notify_send("STOPPING=1\nSTATUS=deleting SAs");
	d->stopping = true;
	event_add(d->ev_stop, &patience);
	daemon_step(d, &ev);
}

static void loop_reload(struct daemon *d)
{
	struct conf_errors errors = { 0 };
	struct control_reload done;

	if (d->stopping)
		return;
	daemon_reload(d, &errors, &done);
	log_findings(&errors);
	conf_errors_free(&errors);
}

static void loop_signal(evutil_socket_t signo, short what, void *ctx)
{
	struct daemon *d = ctx;

	if (signo == SIGHUP)
		loop_reload(d);
	else
		loop_stop(d);
}

/* ---- setting up ---- */

static int loop_watch(struct daemon *d, struct event **ev, int fd, short what,
		      event_callback_fn cb)
{
	*ev = event_new(d->base, fd, what, cb, d);
	if (!*ev || event_add(*ev, NULL))
		return ENOMEM;
	return 0;
}

static int loop_every(struct daemon *d, struct event **ev,
		      event_callback_fn cb, uint64_t usec)
{
	struct timeval tv = {
		.tv_sec = (time_t)(usec / 1000000),
		.tv_usec = (suseconds_t)(usec % 1000000),
	};

	*ev = event_new(d->base, -1, EV_PERSIST, cb, d);
	if (!*ev || event_add(*ev, &tv))
		return ENOMEM;
	return 0;
}

static int loop_start_fds(struct daemon *d)
{
	int fds[DAEMON_KERNEL_FDS];
	int err = 0;
	int i, n;

	for (i = 0; i < UDP_SOCKETS && !err; i++)
		if (udp_socket(d->udp, (unsigned int)i)->fd >= 0)
			err = loop_watch(d, &d->ev_udp[i],
					 udp_socket(d->udp, (unsigned int)i)->fd,
					 EV_READ | EV_PERSIST, loop_udp);
	n = d->kernel->ops->fds(d->kernel, fds, DAEMON_KERNEL_FDS);
	for (i = 0; i < n && !err; i++)
		err = loop_watch(d, &d->ev_kernel[i], fds[i],
				 EV_READ | EV_PERSIST, loop_kernel);
	if (!err)
		err = loop_watch(d, &d->ev_jobs, job_pool_fd(d->pool),
				 EV_READ | EV_PERSIST, loop_jobs);
	return err;
}

int loop_start(struct daemon *d)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGHUP };
	uint64_t watchdog = sd_notify_watchdog();
	size_t i;
	int err;

	d->ev_timer = event_new(d->base, -1, 0, loop_timer, d);
	d->ev_host = event_new(d->base, -1, 0, loop_host, d);
	d->ev_stop = event_new(d->base, -1, 0, loop_stop_late, d);
	if (!d->ev_timer || !d->ev_host || !d->ev_stop)
		return ENOMEM;
	err = loop_start_fds(d);
	if (!err)
		err = loop_every(d, &d->ev_tick, loop_tick, 1000000);
	if (!err && watchdog)
		err = loop_every(d, &d->ev_watchdog, loop_watchdog,
				 watchdog / 2 ? watchdog / 2 : 1);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]) && !err; i++)
		err = loop_watch(d, &d->ev_signals[i], signals[i],
				 EV_SIGNAL | EV_PERSIST, loop_signal);
	signal(SIGPIPE, SIG_IGN);
	return err;
}

void loop_run(struct daemon *d)
{
	while (!d->stopped && event_base_dispatch(d->base) == 0)
		;
}

static void loop_unwatch(struct event **ev)
{
	if (*ev)
		event_free(*ev);
	*ev = NULL;
}

void loop_end(struct daemon *d)
{
	size_t i;

	for (i = 0; i < UDP_SOCKETS; i++)
		loop_unwatch(&d->ev_udp[i]);
	for (i = 0; i < DAEMON_KERNEL_FDS; i++)
		loop_unwatch(&d->ev_kernel[i]);
	for (i = 0; i < sizeof(d->ev_signals) / sizeof(d->ev_signals[0]); i++)
		loop_unwatch(&d->ev_signals[i]);
	loop_unwatch(&d->ev_jobs);
	loop_unwatch(&d->ev_timer);
	loop_unwatch(&d->ev_tick);
	loop_unwatch(&d->ev_host);
	loop_unwatch(&d->ev_stop);
	loop_unwatch(&d->ev_watchdog);
}
