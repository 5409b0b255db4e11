/* SPDX-License-Identifier: GPL-2.0-only */
/* Peers: who is at the other end of a device */
#ifndef _IKEVTI_PEER_H
#define _IKEVTI_PEER_H

#include <linux/list.h>
#include <linux/ikevti.h>

struct ikevti_dev;
struct ikevti_select;

/**
 * struct ikevti_peer - what belongs to one remote
 * @idev: device, which has it inside
 * @select: table of usable paths, RCU, NULL for none
 * @acquire_at: jiffies of the last acquire event
 * @expired: nothing can send because SAs have reached their hard limit
 *
 * Under ikevti_mutex:
 * @paths: paths, also read under RCU
 * @n_paths: how many
 * @sas: all SAs
 * @gap_since: 64-bit jiffies since when there is no usable path, if dormant
 * @state: enum ikevti_dev_state
 */
struct ikevti_peer {
	struct ikevti_dev *idev;
	struct ikevti_select __rcu *select;
	unsigned long acquire_at;
	bool expired;

	struct list_head paths;
	unsigned int n_paths;
	struct list_head sas;
	u64 gap_since;
	enum ikevti_dev_state state;
};

void ikevti_peer_setup(struct ikevti_peer *peer, struct ikevti_dev *idev);

#endif /* _IKEVTI_PEER_H */
