/* SPDX-License-Identifier: GPL-2.0-only */
/* Choice of path and lane for a packet */
#ifndef _IKEVTI_SELECT_H
#define _IKEVTI_SELECT_H

#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/ikevti.h>

struct ikevti_dev;
struct ikevti_lane;
struct ikevti_path;
struct ikevti_peer;
struct ikevti_sa;

#define IKEVTI_BUCKETS	256

/**
 * struct ikevti_select - usable paths of a peer
 * @rcu: frees
 * @n_best: paths of the highest priority that is usable
 * @n: all usable paths, at least one
 * @weight: of the paths when the table was made
 * @bucket: path number of each flow bucket, if @n_best is over one; behind @path
 * @path: highest priority first
 */
struct ikevti_select {
	struct rcu_head rcu;
	u8 n_best;
	u8 n;
	u8 weight[IKEVTI_PATHS_MAX];
	u8 *bucket;
	struct ikevti_path *path[];
};

/**
 * struct ikevti_choice - how a packet leaves
 * @path: path
 * @lane: lane of it
 * @sa: the lane's SA
 */
struct ikevti_choice {
	struct ikevti_path *path;
	struct ikevti_lane *lane;
	struct ikevti_sa *sa;
};

bool ikevti_select(struct ikevti_peer *peer, struct sk_buff *skb,
		   struct ikevti_choice *choice);
bool ikevti_select_same(const struct ikevti_dev *idev,
			const struct ikevti_choice *choice);
void ikevti_select_update(struct ikevti_peer *peer);

#endif /* _IKEVTI_SELECT_H */
