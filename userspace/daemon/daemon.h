/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own state. One thread, the event loop's, owns all of it; the
 * only others are the workers of the job pool, which see nothing but their
 * job.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "daemon/adopt.h"
#include "daemon/devices.h"
#include "daemon/host.h"
#include "daemon/log.h"
#include "daemon/steer.h"
#include "ike/ike.h"
#include "kernel/kernel.h"
#include "net/udp.h"

struct control;
struct event;
struct event_base;
struct job_pool;

#define DAEMON_KERNEL_FDS	4

struct daemon_options {
	const char *conf_path;
	const char *runtime_dir;
	bool foreground;
	bool no_sandbox;
	enum log_format log_format;
	enum ike_log_level log_level;
};

/* Answers to the engine, given after the effects of a step are carried out */
struct daemon_queue {
	struct ike_event *list;
	size_t first;
	size_t n;
	size_t cap;
};

/**
 * struct daemon - everything
 * @stepping: inside ike_step() or carrying out its effects
 * @stopping: IKE_EVENT_STOP was given
 * @stopped: everything is deleted, or it took too long
 * @addresses_changed: of this host, the engine has not been told yet
 * @module_gone: the kernel has nothing that this daemon is for
 * @status: what the service manager was told last
 */
struct daemon {
	struct daemon_options options;
	struct event_base *base;
	struct conf *conf;
	struct kernel *kernel;
	struct udp *udp;
	struct ike_engine *engine;
	struct ike_effects effects;
	struct daemon_queue queue;
	struct devices devices;
	struct adopt adopt;
	struct host host;
	struct steer steer;
	struct job_pool *pool;
	struct control *control;
	int lock_fd;
	bool stepping;
	bool stopping;
	bool stopped;
	bool addresses_changed;
	bool module_gone;
	char status[128];

	struct event *ev_udp[UDP_SOCKETS];
	struct event *ev_kernel[DAEMON_KERNEL_FDS];
	struct event *ev_jobs;
	struct event *ev_timer;		/* the engine's deadline */
	struct event *ev_tick;		/* once a second */
	struct event *ev_host;		/* the host's addresses changed */
	struct event *ev_stop;		/* the end of a graceful stop */
	struct event *ev_watchdog;
	struct event *ev_signals[4];
};

/** daemon_now() - the engine's clock */
ike_time daemon_now(void);

/** daemon_post() - an answer for the engine, after the step under way */
void daemon_post(struct daemon *d, const struct ike_event *ev);

/**
 * daemon_step() - give an event to the engine and carry out what comes of it,
 * and of the answers to that
 *
 * Called while a step is under way it only queues; a PACKET must not be given
 * then, for its data does not live long enough.
 */
void daemon_step(struct daemon *d, const struct ike_event *ev);

/** daemon_reload() - read the configuration again and put it in force */
struct control_reload;
int daemon_reload(struct daemon *d, struct conf_errors *errors,
		  struct control_reload *done);

#endif
