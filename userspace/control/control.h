/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket: how ikevtictl and other programs on this host look at
 * the daemon and tell it what to do. A unix stream socket that speaks JSON,
 * one object per line; the protocol is described in ikevtid(8).
 *
 * The server runs on the daemon's event loop, never blocks, and bounds what a
 * client can make it hold: number of clients, length of a request, and what
 * waits to be written. Long answers are made piece by piece as the client
 * reads them.
 */
#ifndef CONTROL_CONTROL_H
#define CONTROL_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "config/conf.h"
#include "ike/ike.h"
#include "linux/ikevti.h"
#include "net/addr.h"

struct control;
struct event_base;

#define CONTROL_SOCKET_NAME	"control.sock"	/* in the runtime directory */
#define CONTROL_STATUS_NAME	"status.sock"	/* beside it, for those who only look */
#define CONTROL_GROUP		"ikevti"	/* whose members may */
#define CONTROL_SOCKET_DEFAULT	"/run/ikevti/" CONTROL_SOCKET_NAME

/**
 * struct control_stats - the kernel's counters of a device or an SA
 * @have: bit N is set when the kernel gave counter N
 * @value: by enum ikevti_stat_attr
 */
struct control_stats {
	uint32_t have;
	uint64_t value[IKEVTI_STAT_A_MAX + 1];
};

/* What the kernel says of a tunnel's device */
struct control_device {
	char ifname[CONF_IFNAME_MAX];
	uint32_t ifindex;		/* where it is */
	int32_t nsid;			/* network namespace, -1: the daemon's */
	uint32_t state;			/* enum ikevti_dev_state */
	bool up;			/* administratively, as ip link set has it */
	uint32_t mtu;			/* that the device has */
	uint32_t auto_mtu;		/* that the module computed, 0: not known */
	struct control_stats stats;
};

/* What the kernel says of one path */
struct control_path {
	uint8_t state;			/* enum ikevti_path_state */
	bool usable;
	uint8_t reason;			/* why not, enum ikevti_reason */
	bool udp;
	struct net_addr local;		/* with port when encapsulated */
	struct net_addr remote;
	uint32_t pmtu;			/* 0: not known */
	uint32_t rx_age_ms;		/* UINT32_MAX: never received */
	uint32_t tx_age_ms;
	struct control_stats stats;
};

/* What the kernel says of one SA */
struct control_sa {
	uint8_t state;			/* enum ikevti_sa_state */
	uint32_t age;			/* seconds */
	uint64_t seq;			/* out: last used; in: highest seen */
	uint32_t replay_window;
	struct control_stats stats;
};

#define CONTROL_LEFT_MAX	64

/* What a reload did */
struct control_reload {
	unsigned int added;
	unsigned int removed;
	unsigned int changed;
	unsigned int unchanged;
	/* devices of removed tunnels, which stay; of many the first */
	unsigned int n_left;
	char left[CONTROL_LEFT_MAX][CONF_IFNAME_MAX];
};

/**
 * struct control_ops - what the server needs of the daemon
 *
 * All are called on the thread of the event loop and must not block longer
 * than a request to the kernel takes. @ctx is the first argument of all.
 *
 * @engine: the engine, for reading its status
 * @conf: the configuration in force; borrowed, never NULL
 * @conf_path: the file it came from
 * @now: the engine's clock
 * @event: give @ev to the engine and carry out the effects
 * @reload: read the file again and put it in force. Returns 0 and fills @done,
 *          or -1 with @errors filled and nothing changed.
 * @kernel_device: false when there is none, or the kernel does not answer
 * @kernel_addresses: all addresses of the device, to be freed; false: not known
 * @kernel_path: the same as @kernel_device
 * @kernel_sa: the same; @spi is host order, as in the netlink family
 * @log: one line for the daemon's log
 * @log_level: how much the log has, "error" to "debug"; with @set not NULL
 *             changed to that first. NULL: there is no such level
 */
struct control_ops {
	void *ctx;
	struct ike_engine *(*engine)(void *ctx);
	struct conf *(*conf)(void *ctx);
	const char *(*conf_path)(void *ctx);
	ike_time (*now)(void *ctx);
	void (*event)(void *ctx, const struct ike_event *ev);
	int (*reload)(void *ctx, struct conf_errors *errors,
		      struct control_reload *done);
	bool (*kernel_device)(void *ctx, const struct conf_tunnel *tunnel,
			      struct control_device *out);
	bool (*kernel_addresses)(void *ctx, const struct conf_tunnel *tunnel,
				 struct conf_prefix **list, size_t *n);
	bool (*kernel_path)(void *ctx, const struct conf_tunnel *tunnel,
			    uint32_t path, struct control_path *out);
	bool (*kernel_sa)(void *ctx, const struct conf_tunnel *tunnel,
			  uint32_t path, uint32_t lane, uint32_t spi,
			  bool inbound, struct control_sa *out);
	void (*log)(void *ctx, enum ike_log_level level, const char *text);
	const char *(*log_level)(void *ctx, const char *set);
};

/**
 * control_new() - a server without a socket yet
 * @base: the loop it runs on; must outlive it
 * @ops: copied
 *
 * The process must ignore SIGPIPE: clients leave when they like.
 *
 * Return: NULL when memory is short
 */
struct control *control_new(struct event_base *base,
			    const struct control_ops *ops);

/**
 * control_listen() - make the socket @path, mode 0600, and serve on it
 * @err: filled with a sentence when it fails
 *
 * A socket left behind by a daemon that died is replaced; one that is
 * answered by a running daemon is not.
 *
 * Return: 0 or -1
 */
int control_listen(struct control *c, const char *path, char *err,
		   size_t err_len);

/**
 * control_listen_status() - make a second socket @path, to look and change nothing
 * @group: whose members are served, and root
 *
 * Anybody may connect to it: giving the file to the group would take a
 * capability that the daemon does not have. Who is in the group is asked of
 * the kernel. The commands are those that show something.
 *
 * Return: 0 or -1, with a sentence in @err
 */
int control_listen_status(struct control *c, const char *path, gid_t group,
			  char *err, size_t err_len);

/**
 * control_serve() - serve one connected client (socket pairs in tests)
 * @fd: a stream socket; taken over, closed on failure too
 *
 * Return: 0, or -1 when there are too many clients or memory is short
 */
int control_serve(struct control *c, int fd);

/**
 * control_effect() - tell those who monitor of a STATE or LOG effect
 *
 * Call it with every effect; others are ignored. A client that does not read
 * misses events, is told how many, and never holds the daemon up.
 */
void control_effect(struct control *c, const struct ike_effect *effect);

/** control_show_findings() - what is wrong in a configuration, a list @key */
struct json_out;
void control_show_findings(struct json_out *o, const char *key,
			   const struct conf_error *list, size_t n);

/** control_path_name() - the name of a path of @t by its number, "" for none */
const char *control_path_name(const struct conf_tunnel *t, uint32_t id);

/** control_free() - end all connections, remove the socket */
void control_free(struct control *c);

#endif
