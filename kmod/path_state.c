// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whether a path is usable, why it is not, and what it carried. Packets are
 * counted by SAs; a path adds up those it has and keeps the sums of those it
 * had, so counting costs packets nothing. What an SA still carries after its
 * removal, within a grace period, is not in it.
 */
#include <linux/bitmap.h>

#include "net.h"
#include "path.h"
#include "path_state.h"
#include "sa.h"
#include "stats.h"

/**
 * ikevti_path_judge() - may a path send, and if not, why?
 * @path: the path
 * @lanes: how many of its lanes can send, or an error if they are as before
 * @route: what ikevti_route_probe() said, -ENOTCONN for want of a socket
 *
 * Of several reasons the one that userspace gave is told, then the one that
 * keeps IKE from working, too.
 *
 * Context: ikevti_mutex.
 * Return: IKEVTI_REASON_NONE if it may.
 */
enum ikevti_reason ikevti_path_judge(const struct ikevti_path *path, int lanes,
				     int route)
{
	switch (path->state) {
	case IKEVTI_PATH_UP:
		break;
	case IKEVTI_PATH_STANDBY:
		return IKEVTI_REASON_STANDBY;
	case IKEVTI_PATH_HELD:
		return IKEVTI_REASON_HELD;
	default:
		return IKEVTI_REASON_ADMIN;
	}
	switch (route) {
	case -ENETDOWN:
		return IKEVTI_REASON_DEVICE;
	case -EADDRNOTAVAIL:
		return IKEVTI_REASON_ADDRESS;
	case -ENOTCONN:
		return IKEVTI_REASON_SOCKET;
	case -ELOOP:
		return IKEVTI_REASON_LOOP;
	}
	if (route < 0)
		return IKEVTI_REASON_ROUTE;
	if (lanes)
		return IKEVTI_REASON_NONE;
	return ikevti_path_expired(path) ? IKEVTI_REASON_LIMIT :
					   IKEVTI_REASON_NO_SA;
}

/**
 * ikevti_path_add_sa() - make an SA part of its path's sums
 * @sa: new, with or without a path
 *
 * Context: ikevti_mutex.
 */
void ikevti_path_add_sa(struct ikevti_sa *sa)
{
	if (sa->path)
		list_add_tail(&sa->of_path, &sa->path->sas);
}

/**
 * ikevti_path_drop_sa() - an SA goes; what it carried stays in its path's sums
 * @sa: from ikevti_path_add_sa(); with its path, if it has one
 *
 * Context: ikevti_mutex.
 */
void ikevti_path_drop_sa(struct ikevti_sa *sa)
{
	unsigned int i;
	u64 value;

	if (!sa->path)
		return;
	list_del(&sa->of_path);
	for (i = IKEVTI_STAT_FIRST; i < __IKEVTI_STAT_A_MAX; i++)
		if (ikevti_sa_counter(sa, i, &value))
			sa->path->gone[i] += value;
}

/**
 * ikevti_path_counters() - sums of a path
 * @path: the path
 * @count: result, __IKEVTI_STAT_A_MAX of them
 * @have: bitmap of those that a path has
 *
 * Context: ikevti_mutex.
 */
void ikevti_path_counters(const struct ikevti_path *path, u64 *count,
			  unsigned long *have)
{
	struct ikevti_sa *sa;
	unsigned int i;
	u64 value;

	memcpy(count, path->gone, sizeof(path->gone));
	list_for_each_entry(sa, &path->sas, of_path)
		for (i = IKEVTI_STAT_FIRST; i < __IKEVTI_STAT_A_MAX; i++)
			if (ikevti_sa_counter(sa, i, &value))
				count[i] += value;

	bitmap_zero(have, __IKEVTI_STAT_A_MAX);
	bitmap_set(have, IKEVTI_STAT_FIRST,
		   __IKEVTI_STAT_A_MAX - IKEVTI_STAT_FIRST);
	/* No SA, no path */
	clear_bit(IKEVTI_STAT_A_TX_NO_SA, have);
	clear_bit(IKEVTI_STAT_A_TX_EXPIRED, have);
	clear_bit(IKEVTI_STAT_A_TX_NO_ROUTE, have);
}
