/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taking over what a daemon that died left in the kernel. There are no keys
 * to be had back and no IKE SA any more, but the SAs still carry traffic: they
 * go on doing so until new ones have replaced them, and are removed then.
 * What no tunnel of the configuration stands for is removed at once.
 *
 * All is read from the kernel and nothing kept on disk, so that dying again,
 * at any moment, changes nothing.
 */
#ifndef DAEMON_ADOPT_H
#define DAEMON_ADOPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/devices.h"
#include "ike/ike.h"
#include "kernel/kernel.h"

/* An old inbound SA still receives this long after its successor came */
#define ADOPT_GRACE_MS		10000
/* How long the engine may fail before a silent old path is given up */
#define ADOPT_PATIENCE_MS	60000
/* No authenticated packet for this long is silence */
#define ADOPT_SILENCE_MS	15000

struct adopt_sa {
	uint32_t ifindex;
	uint32_t path;
	uint32_t lane;
	uint32_t spi;
	bool inbound;
	ike_time deadline;	/* when to remove it */
};

/**
 * struct adopt_path - a path with old SAs
 * @held: the engine wanted it otherwise, kept back in @wanted
 * @owned: the engine has set it up itself since
 * @until: when to look whether the peer is still there, UINT64_MAX: no need
 */
struct adopt_path {
	uint32_t ifindex;
	uint32_t path;
	bool held;
	bool owned;
	ike_time until;
	struct ike_kernel_path wanted;
};

/* Zeroed is empty */
struct adopt {
	struct adopt_sa *sas;
	size_t n_sas;
	struct adopt_path *paths;
	size_t n_paths;
};

/* What was found, for the log */
struct adopt_found {
	size_t paths;		/* adopted */
	size_t sas;
	size_t removed;		/* devices flushed, paths and SAs removed */
};

/**
 * adopt_start() - read the kernel back, once, before the engine begins
 *
 * Return: 0 or a positive errno; what could be read is adopted in any case
 */
int adopt_start(struct adopt *a, struct kernel *k, const struct devices *t,
		ike_time now, struct adopt_found *found);

/**
 * adopt_hold() - may the engine's PATH_SET be carried out now?
 *
 * A path that still carries traffic on old SAs is not taken down or moved
 * while the engine has only begun to negotiate.
 *
 * Return: true when the request is kept back; it counts as done
 */
bool adopt_hold(struct adopt *a, uint32_t ifindex,
		const struct ike_kernel_path *p, ike_time now);

/** adopt_replaced() - the engine's own outbound SA now serves the lane */
void adopt_replaced(struct adopt *a, struct kernel *k, uint32_t ifindex,
		    uint32_t path, uint32_t lane, ike_time now);

/** adopt_path_gone() - the path was removed with all that was on it */
void adopt_path_gone(struct adopt *a, uint32_t ifindex, uint32_t path);

/**
 * adopt_release() - the device's tunnel is configured no longer, or otherwise
 *
 * Removes the paths adopted on it with their SAs: who may use them is not
 * what it was when they were made.
 */
void adopt_release(struct adopt *a, struct kernel *k, uint32_t ifindex);

/** adopt_device_moved() - a device has another number from now on */
void adopt_device_moved(struct adopt *a, uint32_t from, uint32_t to);

/** adopt_path_wanted() - is the kernel's path one that the configuration means? */
bool adopt_path_wanted(const struct conf_tunnel *c, const struct kernel_path *p);

/** adopt_device_gone() - the same for a whole device */
void adopt_device_gone(struct adopt *a, uint32_t ifindex);

/** adopt_limit() - an adopted SA hit its hard limit: remove it */
bool adopt_limit(struct adopt *a, struct kernel *k, uint32_t ifindex,
		 bool inbound, uint32_t spi);

/** adopt_busy() - is there anything left that adopt_timer() must look after? */
bool adopt_busy(const struct adopt *a);

/** adopt_timer() - remove what is due; to be called about once a second */
void adopt_timer(struct adopt *a, struct kernel *k, ike_time now);

void adopt_free(struct adopt *a);

#endif
