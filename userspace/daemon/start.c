// SPDX-License-Identifier: GPL-2.0-or-later
/* From nothing to a running daemon, and back */
#include "daemon/start.h"

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "control/control.h"
#include "crypto/job_pool.h"
#include "daemon/control_ops.h"
#include "daemon/device_events.h"
#include "daemon/landlock.h"
#include "daemon/loop.h"
#include "daemon/privileges.h"
#include "daemon/rival.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "daemon/sd_notify.h"

#if defined(__SANITIZE_ADDRESS__)
#define START_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define START_SANITIZED 1
#endif
#endif

#define START_WORKERS_MAX	8
#define START_JOBS_MAX		4096
#define START_WHY_LEN		512

/* ---- what the engine may not have of its own ---- */

static void start_random(void *ctx, uint8_t *buf, size_t len)
{
	if (RAND_bytes(buf, (int)len) == 1)
		return;
	/* nonces and SPIs that can be guessed are worse than no daemon */
	while (len) {
		ssize_t n = getrandom(buf, len, 0);

		if (n < 0 && errno != EINTR) {
			log_error("the kernel gives no random numbers");
			abort();
		}
		if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
}

static bool start_source(void *ctx, const struct conf_tunnel *tunnel,
			 const struct net_addr *remote, struct net_addr *local,
			 char *why, size_t len)
{
	struct daemon *d = ctx;
	const struct device *dev = devices_by_tunnel(&d->devices, tunnel->name);
	struct kernel *k = d->kernel;
	char text[NET_ADDR_STRLEN];
	struct kernel_route route;
	struct net_addr to = *remote;
	int err;

	if (!dev)
		return false;
	to.port = 0;
	err = net_addr_is_any(local) ? 0 : k->ops->is_local(k, local, dev->under);
	net_addr_format(local, text);
	if (err == EXDEV) {
		snprintf(why, len,
			 "%s is an address of this host, but down, or in a VRF that device %s is not told of",
			 text, tunnel->device);
		return false;
	}
	if (err) {
		snprintf(why, len, "%s is not an address of this host", text);
		return false;
	}
	err = devices_route(dev, k, local, &to, &route);
	if (err == ELOOP)
		snprintf(why, len, "the route to %s leads into the tunnel",
			 net_addr_format(&to, text));
	else if (err)
		snprintf(why, len, "no route to %s",
			 net_addr_format(&to, text));
	*local = route.local;
	return !err;
}

static int start_engine(struct daemon *d)
{
	struct ike_env env = {
		.random = start_random,
		.source = start_source,
		.ctx = d,
	};
	unsigned int workers = d->conf->daemon.workers;
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	if (!workers)
		workers = cpus > START_WORKERS_MAX ? START_WORKERS_MAX :
			  cpus > 1 ? (unsigned int)cpus : 1;
	d->pool = job_pool_new(workers, START_JOBS_MAX);
	if (!d->pool) {
		log_error("cannot start workers: %s", strerror(errno));
		return -1;
	}
	d->engine = ike_engine_new(&env);
	if (!d->engine) {
		log_error("cannot set up the IKE engine: out of memory, or OpenSSL lacks an algorithm");
		return -1;
	}
	return 0;
}

/* ---- sockets ---- */

/* Sockets that the module kept since the daemon before ended */
static void start_take_sockets(struct daemon *d)
{
	unsigned int i;
	int fd;

	for (i = 0; i < UDP_SOCKETS; i++) {
		const struct udp_socket *s = udp_socket(d->udp, i);

		if (!s->natt || s->fd >= 0)
			continue;
		if (!d->kernel->ops->socket_take(d->kernel, s->family, s->port,
						 &fd))
			udp_offer(d->udp, fd);
	}
}

int start_attach_sockets(struct daemon *d)
{
	char name[32];
	unsigned int i;

	for (i = 0; i < UDP_SOCKETS; i++) {
		const struct udp_socket *s = udp_socket(d->udp, i);
		int err;

		if (!s->natt || s->fd < 0)
			continue;
		err = d->kernel->ops->socket_attach(d->kernel, s->fd);
		if (err) {
			log_error("the kernel does not take UDP socket %u: %s",
				  s->port, kernel_why(d->kernel));
			return -1;
		}
		snprintf(name, sizeof(name), "natt-%s",
			 s->family == AF_INET ? "ipv4" : "ipv6");
		sd_notify_keep_fd(s->fd, name);
	}
	return 0;
}

static int start_sockets(struct daemon *d, int kept)
{
	char why[UDP_WHY_LEN], who[128];
	int fd, err;

	d->udp = udp_new(d->conf->daemon.port, d->conf->daemon.natt_port);
	if (!d->udp) {
		log_error("out of memory");
		return -1;
	}
	for (fd = SD_FDS_FIRST; fd < SD_FDS_FIRST + kept; fd++)
		udp_offer(d->udp, fd);
	start_take_sockets(d);
	err = udp_open(d->udp, why);
	if (err == EADDRINUSE)
		log_error("%s; %s", why, rival_find("", who, sizeof(who)) ? who :
			  "another IKE daemon may have it, see \"ss -lnup\"");
	else if (err)
		log_error("%s", why);
	if (err)
		return -1;
	return start_attach_sockets(d);
}

/* ---- the rest ---- */

/* Without the group nobody but root has a use for it */
static void start_status_socket(struct daemon *d)
{
	const struct group *group = getgrnam(CONTROL_GROUP);
	char why[START_WHY_LEN], path[PATH_MAX];

	if (!group)
		return;
	snprintf(path, sizeof(path), "%s/" CONTROL_STATUS_NAME,
		 d->options.runtime_dir);
	if (control_listen_status(d->control, path, group->gr_gid, why,
				  sizeof(why)))
		log_warn("no socket for the group " CONTROL_GROUP ": %s", why);
}

static int start_control(struct daemon *d)
{
	struct control_ops ops;
	char path[PATH_MAX];
	char why[START_WHY_LEN] = "out of memory";

	snprintf(path, sizeof(path), "%s/" CONTROL_SOCKET_NAME,
		 d->options.runtime_dir);
	control_ops_fill(&ops, d);
	d->control = control_new(d->base, &ops);
	if (!d->control ||
	    control_listen(d->control, path, why, sizeof(why))) {
		log_error("no control socket: %s", why);
		return -1;
	}
	start_status_socket(d);
	return 0;
}

static int start_sandbox(struct daemon *d)
{
#ifdef START_SANITIZED
	/* the leak checker stops and reads its own process at the end */
	return 0;
#else
	char why[START_WHY_LEN];

	if (!sandbox_enter(why, sizeof(why)))
		return 0;
	if (d->options.no_sandbox) {
		log_warn("running without a system call filter: %s", why);
		return 0;
	}
	log_error("no system call filter: %s; --no-sandbox starts without", why);
	return -1;
#endif
}

/* Before there is any other thread: it binds each */
static void start_files(struct daemon *d)
{
	char why[START_WHY_LEN];

	if (!d->options.no_sandbox &&
	    landlock_enter(d->options.runtime_dir, why, sizeof(why)))
		log_info("this kernel's Landlock does not keep the daemon from writing files: %s",
			 why);
}

static void start_adopt(struct daemon *d)
{
	struct adopt_found found;
	int err;

	err = adopt_start(&d->adopt, d->kernel, &d->devices, daemon_now(),
			  &found);
	if (err)
		log_error("cannot read back what is in the kernel: %s",
			  kernel_why(d->kernel));
	if (found.sas)
		log_info("%zu SA%s on %zu path%s still carry traffic, until they are replaced",
			 found.sas, found.sas == 1 ? "" : "s", found.paths,
			 found.paths == 1 ? "" : "s");
	if (found.removed)
		log_info("leftovers of an earlier daemon that were removed: %zu",
			 found.removed);
}

int start(struct daemon *d, int kept)
{
	char why[START_WHY_LEN];

	d->lock_fd = runtime_lock(d->options.runtime_dir, why, sizeof(why));
	if (d->lock_fd < 0) {
		log_error("%s", why);
		return -1;
	}
	/* before there is any other thread: capabilities belong to each */
	if (privileges_drop(why, sizeof(why))) {
		log_error("%s", why);
		return -1;
	}
	start_files(d);
	d->kernel = kernel_netlink_new(why);
	if (!d->kernel) {
		log_error("%s", why);
		return -1;
	}
	d->base = event_base_new();
	if (!d->base) {
		log_error("cannot set up the event loop");
		return -1;
	}
	if (start_sockets(d, kept) || start_engine(d))
		return -1;
	steer_build(&d->steer, d->conf);
	moved_load(&d->devices.moved, d->options.runtime_dir);
	if (devices_apply(&d->devices, d->kernel, d->conf)) {
		log_error("out of memory");
		return -1;
	}
	start_adopt(d);
	if (start_control(d) || loop_start(d)) {
		log_error("cannot start");
		return -1;
	}
	return 0;
}

int start_ready(struct daemon *d)
{
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };

	if (start_sandbox(d))
		return -1;
	ev.config.conf = d->conf;
	daemon_step(d, &ev);
	device_events_tell_all(d);
	devices_await_traffic(&d->devices, d->kernel, NULL);
	host_changed(&d->host, d->kernel, &d->devices, d->conf);
	log_info("ikevtid " IKEVTI_VERSION " is ready, %zu tunnel%s configured",
		 d->conf->n_tunnels, d->conf->n_tunnels == 1 ? "" : "s");
	return 0;
}

/* Nobody is to take over after a graceful end: free the ports, too */
static void stop_sockets(struct daemon *d)
{
	unsigned int i;

	for (i = 0; d->udp && i < UDP_SOCKETS; i++) {
		const struct udp_socket *s = udp_socket(d->udp, i);

		if (s->natt && s->fd >= 0)
			d->kernel->ops->socket_detach(d->kernel, s->family,
						      s->port);
	}
	sd_notify_send("FDSTOREREMOVE=1\nFDNAME=natt-ipv4");
	sd_notify_send("FDSTOREREMOVE=1\nFDNAME=natt-ipv6");
}

/* What the engine did not delete, because it had no time to, goes here */
static void stop_kernel(struct daemon *d)
{
	size_t i;

	for (i = 0; i < d->devices.n; i++) {
		const struct device *dev = d->devices.list[i];

		if (dev->ifindex && d->kernel->ops->flush(d->kernel, dev->ifindex))
			log_write(IKE_LOG_WARN, dev->tunnel->name,
				  kernel_why(d->kernel));
	}
}

void stop(struct daemon *d)
{
	struct ike_engine *engine = d->engine;

	/* only who had begun owns what is in the kernel */
	if (d->stopping) {
		stop_kernel(d);
		stop_sockets(d);
	}
	loop_end(d);
	/* jobs that come back from now on find no engine */
	d->engine = NULL;
	job_pool_free(d->pool);
	d->pool = NULL;
	control_free(d->control);
	ike_engine_free(engine);
	ike_effects_free(&d->effects);
	free(d->queue.list);
	adopt_free(&d->adopt);
	host_free(&d->host);
	steer_free(&d->steer);
	devices_free(&d->devices);
	udp_free(d->udp);
	if (d->kernel)
		d->kernel->ops->free(d->kernel);
	if (d->base)
		event_base_free(d->base);
	conf_unref(d->conf);
	runtime_unlock(d->options.runtime_dir, d->lock_fd);
}
