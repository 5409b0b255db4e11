// SPDX-License-Identifier: GPL-2.0-only
#include <linux/ethtool.h>
#include <linux/netdevice.h>

#include "dev.h"
#include "drop.h"
#include "sa.h"
#include "stats.h"
#include "trace.h"

/* Names for ethtool -S, by enum ikevti_stat_attr */
static const char names[__IKEVTI_STAT_A_MAX][ETH_GSTRING_LEN] = {
	[IKEVTI_STAT_A_RX_PACKETS]	 = "rx_packets",
	[IKEVTI_STAT_A_RX_BYTES]	 = "rx_bytes",
	[IKEVTI_STAT_A_TX_PACKETS]	 = "tx_packets",
	[IKEVTI_STAT_A_TX_BYTES]	 = "tx_bytes",
	[IKEVTI_STAT_A_RX_REPLAY]	 = "rx_replay",
	[IKEVTI_STAT_A_RX_AUTH_FAILED]	 = "rx_auth_failed",
	[IKEVTI_STAT_A_RX_MALFORMED]	 = "rx_malformed",
	[IKEVTI_STAT_A_RX_SELECTOR]	 = "rx_selector",
	[IKEVTI_STAT_A_RX_EXPIRED]	 = "rx_expired",
	[IKEVTI_STAT_A_RX_DUMMY]	 = "rx_dummy",
	[IKEVTI_STAT_A_RX_WRONG_ADDRESS] = "rx_wrong_address",
	[IKEVTI_STAT_A_RX_ECN]		 = "rx_ecn",
	[IKEVTI_STAT_A_RX_NO_MEMORY]	 = "rx_no_memory",
	[IKEVTI_STAT_A_TX_NO_SA]	 = "tx_no_sa",
	[IKEVTI_STAT_A_TX_SELECTOR]	 = "tx_selector",
	[IKEVTI_STAT_A_TX_SEQ_END]	 = "tx_seq_end",
	[IKEVTI_STAT_A_TX_EXPIRED]	 = "tx_expired",
	[IKEVTI_STAT_A_TX_TOO_BIG]	 = "tx_too_big",
	[IKEVTI_STAT_A_TX_NO_ROUTE]	 = "tx_no_route",
	[IKEVTI_STAT_A_TX_NO_MEMORY]	 = "tx_no_memory",
	[IKEVTI_STAT_A_TX_CRYPTO]	 = "tx_crypto",
	[IKEVTI_STAT_A_RX_NO_KEY]	 = "rx_no_key",
	[IKEVTI_STAT_A_RX_SOURCE]	 = "rx_source",
};

/**
 * ikevti_drop_reason() - what a drop is called outside of this module
 * @what: counter
 *
 * Return: the nearest reason that the kernel has; where none is near, that it
 * is not specified, for a wrong one is worse.
 */
enum skb_drop_reason ikevti_drop_reason(enum ikevti_stat_attr what)
{
	switch (what) {
	case IKEVTI_STAT_A_RX_MALFORMED:
		return SKB_DROP_REASON_HDR_TRUNC;
	case IKEVTI_STAT_A_RX_SELECTOR:
	case IKEVTI_STAT_A_TX_SELECTOR:
		return SKB_DROP_REASON_XFRM_POLICY;
	case IKEVTI_STAT_A_RX_WRONG_ADDRESS:
		return SKB_DROP_REASON_OTHERHOST;
	case IKEVTI_STAT_A_RX_SOURCE:
		return SKB_DROP_REASON_IP_RPFILTER;
	case IKEVTI_STAT_A_RX_ECN:
		return IKEVTI_REASON_TUNNEL_ECN;
	case IKEVTI_STAT_A_RX_NO_MEMORY:
	case IKEVTI_STAT_A_TX_NO_MEMORY:
		return SKB_DROP_REASON_NOMEM;
	case IKEVTI_STAT_A_TX_NO_SA:
		return IKEVTI_REASON_NO_TARGET;
	case IKEVTI_STAT_A_TX_TOO_BIG:
		return SKB_DROP_REASON_PKT_TOO_BIG;
	case IKEVTI_STAT_A_TX_NO_ROUTE:
		return SKB_DROP_REASON_IP_OUTNOROUTES;
	default:
		return SKB_DROP_REASON_NOT_SPECIFIED;
	}
}

static bool is_tx(enum ikevti_stat_attr what)
{
	return what == IKEVTI_STAT_A_TX_PACKETS ||
	       what == IKEVTI_STAT_A_TX_BYTES ||
	       (what >= IKEVTI_STAT_A_TX_NO_SA &&
		what <= IKEVTI_STAT_A_TX_CRYPTO);
}

/* Of its own direction, which is all that an SA can drop for */
static atomic64_t *drops(struct ikevti_sa *sa, enum ikevti_stat_attr what)
{
	BUILD_BUG_ON(IKEVTI_STAT_A_TX_CRYPTO - IKEVTI_STAT_A_TX_NO_SA >=
		     IKEVTI_SA_DROPS);
	if (is_tx(what))
		return &sa->drops[what - IKEVTI_STAT_A_TX_NO_SA];
	return &sa->drops[what < IKEVTI_STAT_A_TX_NO_SA ?
			  what - IKEVTI_STAT_A_RX_REPLAY :
			  what - IKEVTI_STAT_A_TX_CRYPTO - 1 +
			  IKEVTI_SA_DROPS_1];
}

/**
 * ikevti_count() - count a drop
 * @idev: device
 * @sa: SA it happened to, or NULL
 * @what: counter
 *
 * Context: BH disabled.
 */
void ikevti_count(struct ikevti_dev *idev, struct ikevti_sa *sa,
		  enum ikevti_stat_attr what)
{
	struct ikevti_pcpu_stats *stats = this_cpu_ptr(idev->stats);

	trace_ikevti_drop(idev, sa, names[what]);
	u64_stats_update_begin(&stats->syncp);
	u64_stats_inc(&stats->count[what]);
	u64_stats_update_end(&stats->syncp);
	if (sa)
		atomic64_inc(drops(sa, what));
}

/**
 * ikevti_dev_counters() - sums of a device
 * @idev: device
 * @count: result, __IKEVTI_STAT_A_MAX of them
 */
void ikevti_dev_counters(struct ikevti_dev *idev, u64 *count)
{
	struct rtnl_link_stats64 sw = {};
	struct ikevti_pcpu_stats *stats;
	unsigned int i, start;
	u64 value;
	int cpu;

	memset(count, 0, __IKEVTI_STAT_A_MAX * sizeof(*count));
	for_each_possible_cpu(cpu) {
		stats = per_cpu_ptr(idev->stats, cpu);
		for (i = IKEVTI_STAT_FIRST; i < __IKEVTI_STAT_A_MAX; i++) {
			do {
				start = u64_stats_fetch_begin(&stats->syncp);
				value = u64_stats_read(&stats->count[i]);
			} while (u64_stats_fetch_retry(&stats->syncp, start));
			count[i] += value;
		}
	}
	dev_fetch_sw_netstats(&sw, idev->dev->tstats);
	count[IKEVTI_STAT_A_RX_PACKETS] = sw.rx_packets;
	count[IKEVTI_STAT_A_RX_BYTES] = sw.rx_bytes;
	count[IKEVTI_STAT_A_TX_PACKETS] = sw.tx_packets;
	count[IKEVTI_STAT_A_TX_BYTES] = sw.tx_bytes;
}

/**
 * ikevti_sa_counter() - one counter of an SA
 * @sa: SA
 * @what: counter
 * @value: result
 *
 * Return: false if an SA of this direction has no such counter.
 */
bool ikevti_sa_counter(struct ikevti_sa *sa, enum ikevti_stat_attr what,
		       u64 *value)
{
	bool out = sa->dir == IKEVTI_SA_OUT;

	if (is_tx(what) != out)
		return false;

	switch (what) {
	case IKEVTI_STAT_A_RX_PACKETS:
	case IKEVTI_STAT_A_TX_PACKETS:
		*value = ikevti_sa_packets(sa);
		return true;
	case IKEVTI_STAT_A_RX_BYTES:
	case IKEVTI_STAT_A_TX_BYTES:
		*value = atomic64_read(&sa->bytes);
		return true;
	case IKEVTI_STAT_A_TX_NO_SA:
	case IKEVTI_STAT_A_TX_EXPIRED:
	case IKEVTI_STAT_A_TX_NO_ROUTE:
		return false;
	default:
		*value = atomic64_read(drops(sa, what));
		return true;
	}
}

/**
 * ikevti_get_stats64() - ndo_get_stats64
 * @dev: device
 * @st: result
 */
void ikevti_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *st)
{
	u64 count[__IKEVTI_STAT_A_MAX];
	unsigned int i;

	ikevti_dev_counters(netdev_priv(dev), count);
	netdev_stats_to_stats64(st, &dev->stats);
	st->rx_packets = count[IKEVTI_STAT_A_RX_PACKETS];
	st->rx_bytes = count[IKEVTI_STAT_A_RX_BYTES];
	st->tx_packets = count[IKEVTI_STAT_A_TX_PACKETS];
	st->tx_bytes = count[IKEVTI_STAT_A_TX_BYTES];
	for (i = IKEVTI_STAT_A_RX_REPLAY; i < __IKEVTI_STAT_A_MAX; i++) {
		switch (i) {
		case IKEVTI_STAT_A_RX_DUMMY:
			break;
		case IKEVTI_STAT_A_RX_NO_MEMORY:
		case IKEVTI_STAT_A_RX_NO_KEY:
			st->rx_dropped += count[i];
			break;
		case IKEVTI_STAT_A_TX_NO_SA:
		case IKEVTI_STAT_A_TX_NO_ROUTE:
			st->tx_carrier_errors += count[i];
			st->tx_errors += count[i];
			break;
		case IKEVTI_STAT_A_TX_NO_MEMORY:
		case IKEVTI_STAT_A_TX_SELECTOR:
			st->tx_dropped += count[i];
			break;
		default:
			if (is_tx(i))
				st->tx_errors += count[i];
			else
				st->rx_errors += count[i];
		}
	}
}

static void get_strings(struct net_device *dev, u32 set, u8 *buf)
{
	if (set == ETH_SS_STATS)
		memcpy(buf, names[IKEVTI_STAT_FIRST],
		       (__IKEVTI_STAT_A_MAX - IKEVTI_STAT_FIRST) *
		       ETH_GSTRING_LEN);
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? __IKEVTI_STAT_A_MAX - IKEVTI_STAT_FIRST :
				     -EOPNOTSUPP;
}

static void get_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	u64 count[__IKEVTI_STAT_A_MAX];

	ikevti_dev_counters(netdev_priv(dev), count);
	memcpy(data, count + IKEVTI_STAT_FIRST,
	       (__IKEVTI_STAT_A_MAX - IKEVTI_STAT_FIRST) * sizeof(*data));
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, IKEVTI_KIND, sizeof(info->driver));
}

const struct ethtool_ops ikevti_ethtool_ops = {
	.get_drvinfo		= get_drvinfo,
	.get_link		= ethtool_op_get_link,
	.get_strings		= get_strings,
	.get_sset_count		= get_sset_count,
	.get_ethtool_stats	= get_ethtool_stats,
};
