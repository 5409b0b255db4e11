/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inside of the control server: clients and their requests (server.c), what
 * each command does (commands.c), and the objects it shows (show_*.c).
 */
#ifndef CONTROL_INTERNAL_H
#define CONTROL_INTERNAL_H

#include <sys/types.h>

#include "control/control.h"
#include "control/json_out.h"
#include "ike/status.h"

struct bufferevent;
struct event;
struct evconnlistener;

#define CONTROL_CLIENTS_MAX	64
#define CONTROL_LOOKERS_MAX	32	/* of these, on the socket for looking */
#define CONTROL_REQUEST_MAX	4096	/* octets of a line */
#define CONTROL_OUTPUT_HIGH	(256U << 10)	/* no more is made beyond */
#define CONTROL_OUTPUT_LOW	(32U << 10)	/* more is made below */
#define CONTROL_IDLE_SECONDS	300
#define CONTROL_WRITE_SECONDS	30	/* a client that reads nothing is let go */

struct control_listener {
	struct control *control;
	struct evconnlistener *listener;
	struct event *resume;		/* accept again after a failure */
	char *path;			/* of the socket, once it is ours */
	bool look;			/* commands that change nothing, only */
	gid_t group;			/* whose members may look */
};

struct control {
	struct event_base *base;
	struct control_ops ops;
	struct control_listener full;	/* for root */
	struct control_listener status;	/* for those who look */
	struct control_client *clients[CONTROL_CLIENTS_MAX];
	unsigned int n_clients;
	unsigned int n_lookers;
	struct json_out line;		/* scratch for one line of output */
	size_t usable;			/* scratch: paths shown as up */
	ike_time started;
};

/* Shows one tunnel as an object of its own, if there is anything to show */
typedef void (*control_show)(struct control *c, const struct conf_tunnel *t,
			     struct json_out *o);

/* An answer of many lines, made as the client reads */
struct control_answer {
	control_show show;
	/* what belongs to no tunnel; NULL: nothing */
	void (*rest)(struct control *c, struct json_out *o);
	struct conf *conf;		/* a reference */
	struct conf_tunnel *only;	/* a reference; NULL: all */
	size_t next;
	size_t usable;			/* of the paths shown */
};

struct control_client {
	struct control *control;
	struct bufferevent *bev;
	pid_t pid;
	uid_t uid;
	bool look;			/* came by the socket for looking */
	bool has_id;			/* of the request being answered */
	uint64_t id;
	bool answering;
	struct control_answer answer;
	bool monitor;
	char monitor_tunnel[CONF_NAME_MAX];	/* "": all */
	uint64_t missed;
	bool eof;			/* nothing more will be asked */
	bool closing;			/* end it once everything is written */
};

/** control_command() - carry out one request, a line without its newline */
void control_command(struct control_client *cl, const char *line, size_t len);

/** control_answer_step() - write the next line of the answer under way */
void control_answer_step(struct control_client *cl);

/** control_send() - write control->line, ended by a newline, to the client */
void control_send(struct control_client *cl);

/** control_line() - begin a line of output: an object with the request's id */
struct json_out *control_line(struct control_client *cl);

/** control_error() - the end of an answer: it failed, and why */
__attribute__((format(printf, 4, 5)))
void control_error(struct control_client *cl, const char *code,
		   const char *suggestion, const char *format, ...);

/* show_*.c: the objects themselves, documented in ikevtictl(1) */
void control_show_status(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o);
void control_show_sas(struct control *c, const struct conf_tunnel *t,
		      struct json_out *o);
void control_show_half_open(struct control *c, struct json_out *o);
void control_show_tunnel(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o);
void control_show_counters(struct control *c, const struct conf_tunnel *t,
			   struct json_out *o);
void control_show_engine_counters(struct control *c, struct json_out *o);
void control_show_daemon(const struct conf *conf, struct json_out *o);

/**
 * control_show_summary() - numbers of everything
 * @usable: paths that IKE and the kernel have up; SIZE_MAX: the kernel was not
 *          asked, IKE's number has to do
 */
void control_show_summary(struct control *c, size_t usable, struct json_out *o);

/** control_show_device() - the device, its kernel state and counters */
void control_show_device(struct control *c, const struct conf_tunnel *t,
			 struct json_out *o);

/** control_show_device_as() - the same of what the kernel said already; NULL: absent */
void control_show_device_as(const struct control_device *dev,
			    const struct conf_tunnel *t, struct json_out *o);

/** control_show_stats() - the kernel's counters as an object @key */
void control_show_stats(struct json_out *o, const char *key,
			const struct control_stats *stats);

/** control_show_address() - an address, with its port when it has one */
void control_show_address(struct json_out *o, const char *key,
			  const struct net_addr *a);

/* How long ago, or until then, in seconds; null when never */
void control_show_age(struct json_out *o, const char *key, ike_time now,
		      ike_time then);
void control_show_until(struct json_out *o, const char *key, ike_time now,
			ike_time then);

/** control_show_selectors() - a list of "10.0.0.0/8" or "a-b" */
void control_show_selectors(struct json_out *o, const char *key,
			    const struct conf_selector *list, unsigned int n);

#endif
