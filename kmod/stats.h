/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of a device (per CPU) and of an SA */
#ifndef _IKEVTI_STATS_H
#define _IKEVTI_STATS_H

#include <linux/atomic.h>
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <linux/ikevti.h>

struct ikevti_dev;
struct ikevti_sa;

/**
 * struct ikevti_pcpu_stats - what one CPU counted for a device
 * @count: by enum ikevti_stat_attr
 * @syncp: makes 64-bit reads whole on 32-bit machines
 */
struct ikevti_pcpu_stats {
	u64_stats_t count[__IKEVTI_STAT_A_MAX];
	struct u64_stats_sync syncp;
};

/* Octets of the longest name of a counter, in trace events */
#define IKEVTI_REASON_LEN	24

#define IKEVTI_STAT_FIRST	IKEVTI_STAT_A_RX_PACKETS

void ikevti_count(struct ikevti_dev *idev, struct ikevti_sa *sa,
		  enum ikevti_stat_attr what);
void ikevti_dev_counters(struct ikevti_dev *idev, u64 *count);
bool ikevti_sa_counter(struct ikevti_sa *sa, enum ikevti_stat_attr what,
		       u64 *value);
void ikevti_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st);

extern const struct ethtool_ops ikevti_ethtool_ops;

#endif /* _IKEVTI_STATS_H */
