// SPDX-License-Identifier: GPL-2.0-only
/* The device as rtnetlink and the network core see it */
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/ip_tunnels.h>
#include <net/rtnetlink.h>

#include "dev.h"
#include "esp.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "peer.h"
#include "tx.h"

#define FEATURES	(NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HW_CSUM | \
			 NETIF_F_GSO_SOFTWARE | NETIF_F_HIGHDMA | \
			 NETIF_F_RXCSUM)

/* Until the paths say better: what always fits an outer MTU of 1500 */
#define MTU_INITIAL	1418
#define MSS_CLAMP_MIN	536	/* RFC 9293 section 3.7.1 */
#define MSS_CLAMP_MAX	65495
#define TFC_MIN		sizeof(struct iphdr)
#define TFC_MAX		IP_MAX_MTU

static int link_open(struct net_device *dev)
{
	struct in_device *in4 = __in_dev_get_rtnl(dev);

	/* Packets that leave as they came is what a tunnel router does */
	if (in4)
		IN_DEV_CONF_SET(in4, SEND_REDIRECTS, false);
	return 0;
}

static int link_stop(struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	ikevti_txq_purge(idev);
	skb_queue_purge(&idev->parked);
	return 0;
}

/* The core calls nothing of the device before this */
static int link_init(struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);
	int cpu, err;

	skb_queue_head_init(&idev->parked);
	INIT_WORK(&idev->park_work, ikevti_tx_parked);
	ikevti_spread_out_init(idev);
	err = ikevti_peers_init(idev);
	if (err)
		return err;

	dev->tstats = netdev_alloc_pcpu_stats(struct pcpu_sw_netstats);
	idev->stats = alloc_percpu_gfp(struct ikevti_pcpu_stats,
				       GFP_KERNEL_ACCOUNT);
	if (!dev->tstats || !idev->stats || ikevti_txq_init(idev))
		goto fail;
	if (ikevti_rx_init(idev)) {
		ikevti_txq_destroy(idev);
		goto fail;
	}
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(idev->stats, cpu)->syncp);
	return 0;
fail:
	ikevti_peers_destroy(idev);
	free_percpu(dev->tstats);
	free_percpu(idev->stats);
	dev->tstats = NULL;
	idev->stats = NULL;
	return -ENOMEM;
}

/*
 * No longer visible, and closed: no packet enters from above. After this the
 * core waits for those already inside, and for every reference, before
 * link_destroy().
 */
static void link_uninit(struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	ikevti_dev_unlink(idev);
}

/* Nobody can reach the device. Also after a failed registration. */
static void link_destroy(struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	if (!idev->stats)
		return;
	ikevti_txq_destroy(idev);
	cancel_work_sync(&idev->park_work);
	ikevti_spread_out_destroy(idev);
	skb_queue_purge(&idev->parked);
	ikevti_rx_destroy(idev);
	ikevti_peers_destroy(idev);
	free_percpu(dev->tstats);
	free_percpu(idev->stats);
}

/*
 * An MTU given by the administrator is fixed. Given the one that was computed,
 * the device goes back to computing it.
 */
static int change_mtu(struct net_device *dev, int mtu)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	if (!idev->mtu_ours)
		idev->mtu_fixed = mtu != READ_ONCE(idev->mtu);
	WRITE_ONCE(dev->mtu, mtu);
	return 0;
}

/*
 * Anything but the own index: link-watch then reports carrier at once, and not
 * up to a second later.
 */
static int get_iflink(const struct net_device *dev)
{
	const struct ikevti_dev *idev = netdev_priv(dev);

	return READ_ONCE(idev->link);
}

static const struct net_device_ops netdev_ops = {
	.ndo_init		= link_init,
	.ndo_uninit		= link_uninit,
	.ndo_open		= link_open,
	.ndo_stop		= link_stop,
	.ndo_start_xmit		= ikevti_xmit,
	.ndo_change_mtu		= change_mtu,
	.ndo_get_stats64	= ikevti_get_stats64,
	.ndo_get_iflink		= get_iflink,
};

static const struct device_type dev_type = { .name = IKEVTI_KIND };

static void link_setup(struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	dev->netdev_ops = &netdev_ops;
	dev->ethtool_ops = &ikevti_ethtool_ops;
	dev->header_ops = &ip_tunnel_header_ops;
	dev->type = ARPHRD_NONE;
	dev->flags = IFF_POINTOPOINT | IFF_NOARP | IFF_MULTICAST;
	/* netpoll sends out of interrupts, where the cipher may be in use */
	dev->priv_flags |= IFF_NO_QUEUE | IFF_DISABLE_NETPOLL;
	dev->features |= FEATURES;
	dev->hw_features |= FEATURES;
	dev->hw_enc_features |= FEATURES;
	ikevti_dev_lockless(dev);
	/* ICMP errors about packets that do not fit follow the packet's route */
	netif_keep_dst(dev);
	/* Grows with what paths need; too much, and forwarding copies packets */
	dev->needed_headroom = 0;
	dev->needed_tailroom = IKEVTI_ESP_TAILROOM;
	dev->mtu = MTU_INITIAL;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = IP_MAX_MTU - IKEVTI_OUTER_MAX - IKEVTI_ESP_TAILROOM;
	dev->needs_free_netdev = true;
	dev->priv_destructor = link_destroy;
	SET_NETDEV_DEVTYPE(dev, &dev_type);

	idev->dev = dev;
	idev->mss_clamp = IKEVTI_MSS_AUTO;
	idev->hold_time = IKEVTI_HOLD_DEFAULT;
	idev->ttl = IKEVTI_TTL_DEFAULT;
	idev->dscp = IKEVTI_DSCP_COPY;
	idev->df = IKEVTI_DF_SET;
	ikevti_dev_setup(idev);
}

static bool valid_mss(u32 mss)
{
	return mss == IKEVTI_MSS_OFF || mss == IKEVTI_MSS_AUTO ||
	       (mss >= MSS_CLAMP_MIN && mss <= MSS_CLAMP_MAX);
}

static bool valid_tfc(u32 tfc)
{
	return tfc == IKEVTI_TFC_OFF || tfc == IKEVTI_TFC_PMTU ||
	       (tfc >= TFC_MIN && tfc <= TFC_MAX);
}

static int link_validate(struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *mss = data ? data[IFLA_IKEVTI_MSS_CLAMP] : NULL;
	const struct nlattr *tfc = data ? data[IFLA_IKEVTI_TFC] : NULL;

	if (mss && !valid_mss(nla_get_u32(mss))) {
		NL_SET_ERR_MSG_ATTR(extack, mss,
				    "MSS clamp is 0 (off), 1 (auto) or 536..65495");
		return -ERANGE;
	}
	if (tfc && !valid_tfc(nla_get_u32(tfc))) {
		NL_SET_ERR_MSG_ATTR(extack, tfc,
				    "TFC padding is 0 (off), 1 (path MTU) or 20..65535");
		return -ERANGE;
	}
	return 0;
}

/* What outer headers are to have */
static void set_head(struct ikevti_dev *idev, struct nlattr *data[])
{
	bool own;

	if (data[IFLA_IKEVTI_TTL])
		WRITE_ONCE(idev->ttl, nla_get_u32(data[IFLA_IKEVTI_TTL]));
	if (data[IFLA_IKEVTI_DSCP])
		WRITE_ONCE(idev->dscp, nla_get_u32(data[IFLA_IKEVTI_DSCP]));
	if (data[IFLA_IKEVTI_DF])
		WRITE_ONCE(idev->df, nla_get_u32(data[IFLA_IKEVTI_DF]));
	own = idev->ttl != IKEVTI_TTL_DEFAULT ||
	      idev->dscp != IKEVTI_DSCP_COPY || idev->df != IKEVTI_DF_SET;
	WRITE_ONCE(idev->own_head, own);
}

/* By which device outer packets are to leave: our attribute or the usual one */
static struct nlattr *link_attr(struct nlattr *tb[], struct nlattr *data[])
{
	if (data && data[IFLA_IKEVTI_LINK])
		return data[IFLA_IKEVTI_LINK];
	return tb[IFLA_LINK];
}

/* Context: RTNL; @net is the underlay, or NULL when it is gone */
static int check_link(struct net *net, const struct net_device *dev,
		      const struct nlattr *attr,
		      struct netlink_ext_ack *extack)
{
	const struct net_device *link;

	if (!attr || !nla_get_u32(attr))
		return 0;
	link = net ? __dev_get_by_index(net, nla_get_u32(attr)) : NULL;
	if (!link) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "no such device in the underlay namespace");
		return -ENODEV;
	}
	if (link == dev) {
		NL_SET_ERR_MSG_ATTR(extack, attr,
				    "a device cannot be its own underlay");
		return -ELOOP;
	}
	return 0;
}

/* Only where there is more than one peer can a packet be of the wrong one */
static int check_source_check(const struct ikevti_dev *idev,
			      struct nlattr *data[],
			      struct netlink_ext_ack *extack)
{
	if (!data || !data[IFLA_IKEVTI_SOURCE_CHECK] || idev->multipoint)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_SOURCE_CHECK],
			    "the source check is for multipoint devices");
	return -EOPNOTSUPP;
}

static void link_set(struct ikevti_dev *idev, struct nlattr *tb[],
		     struct nlattr *data[])
{
	struct nlattr *link = link_attr(tb, data);

	if (link)
		WRITE_ONCE(idev->link, nla_get_u32(link));
	if (!data)
		return;
	set_head(idev, data);
	if (data[IFLA_IKEVTI_TFC])
		WRITE_ONCE(idev->tfc, nla_get_u32(data[IFLA_IKEVTI_TFC]));
	if (data[IFLA_IKEVTI_FWMARK])
		WRITE_ONCE(idev->fwmark, nla_get_u32(data[IFLA_IKEVTI_FWMARK]));
	if (data[IFLA_IKEVTI_MSS_CLAMP])
		WRITE_ONCE(idev->mss_clamp,
			   nla_get_u32(data[IFLA_IKEVTI_MSS_CLAMP]));
	if (data[IFLA_IKEVTI_HOLD_TIME])
		idev->hold_time = nla_get_u32(data[IFLA_IKEVTI_HOLD_TIME]);
	if (data[IFLA_IKEVTI_HASH_POLICY])
		WRITE_ONCE(idev->hash_policy,
			   nla_get_u32(data[IFLA_IKEVTI_HASH_POLICY]));
	if (data[IFLA_IKEVTI_LANES])
		WRITE_ONCE(idev->lanes_by,
			   nla_get_u32(data[IFLA_IKEVTI_LANES]));
	if (data[IFLA_IKEVTI_SPREAD])
		WRITE_ONCE(idev->spread, nla_get_u32(data[IFLA_IKEVTI_SPREAD]));
	if (data[IFLA_IKEVTI_SOURCE_CHECK])
		WRITE_ONCE(idev->source_check,
			   nla_get_u32(data[IFLA_IKEVTI_SOURCE_CHECK]));
}

/* @link_net is the underlay: IFLA_LINK_NETNSID, or where the caller is */
IKEVTI_NEWLINK(link_new)(struct net *link_net, struct net_device *dev,
			 struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	struct ikevti_dev *idev = netdev_priv(dev);
	int err;

	if (data && data[IFLA_IKEVTI_MULTIPOINT]) {
		idev->multipoint = true;
		idev->source_check = true;
		dev->flags &= ~IFF_POINTOPOINT;
	}
	err = check_link(link_net, dev, link_attr(tb, data), extack);
	if (!err)
		err = check_source_check(idev, data, extack);
	if (err)
		return err;
	link_set(idev, tb, data);
	idev->mtu_fixed = tb[IFLA_MTU];
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	ikevti_dev_link(ikevti_pernet(link_net), idev);
	return 0;
}

/*
 * Mark and link decide how the underlay routes: who may administer only the
 * namespace inside must not choose them.
 */
static bool may_steer(const struct ikevti_dev *idev)
{
	struct net *net = rtnl_dereference(idev->underlay);

	return !net || net_eq(net, dev_net(idev->dev)) ||
	       ns_capable(net->user_ns, CAP_NET_ADMIN);
}

static int check_steering(const struct ikevti_dev *idev, struct nlattr *tb[],
			  struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct nlattr *link = link_attr(tb, data);

	if (data && data[IFLA_IKEVTI_FWMARK] && !may_steer(idev)) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_FWMARK],
				    "the mark is the underlay namespace's affair");
		return -EPERM;
	}
	if (link && !may_steer(idev)) {
		NL_SET_ERR_MSG_ATTR(extack, link,
				    "the link is the underlay namespace's affair");
		return -EPERM;
	}
	return check_link(rtnl_dereference(idev->underlay), idev->dev, link,
			  extack);
}

static int link_change(struct net_device *dev, struct nlattr *tb[],
		       struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct ikevti_dev *idev = netdev_priv(dev);
	struct ikevti_peer *peer;
	struct ikevti_path *path;
	int err;

	if (data && data[IFLA_IKEVTI_MULTIPOINT] && !idev->multipoint) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_MULTIPOINT],
				    "a device is multipoint from its creation on, or never");
		return -EOPNOTSUPP;
	}
	err = check_steering(idev, tb, data, extack);
	if (!err)
		err = check_source_check(idev, data, extack);
	if (err)
		return err;
	mutex_lock(&ikevti_mutex);
	link_set(idev, tb, data);
	ikevti_for_each_peer(peer, idev)
		list_for_each_entry(path, &peer->paths, list)
			ikevti_path_reset_routes(path);
	mutex_unlock(&ikevti_mutex);
	ikevti_dev_schedule(idev);
	return 0;
}

static size_t link_size(const struct net_device *dev)
{
	return IFLA_IKEVTI_MAX * nla_total_size(sizeof(u32));
}

static int link_fill(struct sk_buff *skb, const struct net_device *dev)
{
	const struct ikevti_dev *idev = netdev_priv(dev);

	if (nla_put_u32(skb, IFLA_IKEVTI_FWMARK, READ_ONCE(idev->fwmark)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_MSS_CLAMP,
			READ_ONCE(idev->mss_clamp)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_HOLD_TIME,
			READ_ONCE(idev->hold_time)) ||
	    (idev->multipoint && nla_put_flag(skb, IFLA_IKEVTI_MULTIPOINT)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_HASH_POLICY,
			READ_ONCE(idev->hash_policy)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_TTL, READ_ONCE(idev->ttl)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_DSCP, READ_ONCE(idev->dscp)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_DF, READ_ONCE(idev->df)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_LINK, READ_ONCE(idev->link)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_TFC, READ_ONCE(idev->tfc)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_LANES, READ_ONCE(idev->lanes_by)) ||
	    nla_put_u32(skb, IFLA_IKEVTI_SPREAD, READ_ONCE(idev->spread)) ||
	    (idev->multipoint && nla_put_u32(skb, IFLA_IKEVTI_SOURCE_CHECK,
					     READ_ONCE(idev->source_check))))
		return -EMSGSIZE;
	return 0;
}

/* Under RTNL, which the underlay's end takes before it clears the pointer */
static struct net *link_net(const struct net_device *dev)
{
	const struct ikevti_dev *idev = netdev_priv(dev);
	struct net *net = rtnl_dereference(idev->underlay);

	return net ?: dev_net(dev);
}

static size_t xstats_size(const struct net_device *dev, int attr)
{
	if (attr != IFLA_STATS_LINK_XSTATS)
		return 0;
	return nla_total_size(0) +
	       IKEVTI_STAT_A_MAX * nla_total_size_64bit(sizeof(u64));
}

/* "ip link xstats"; @prividx is for those who send it in parts */
static int xstats_fill(struct sk_buff *skb, const struct net_device *dev,
		       int *prividx, int attr)
{
	u64 count[__IKEVTI_STAT_A_MAX];

	if (attr != IFLA_STATS_LINK_XSTATS)
		return 0;
	ikevti_dev_counters(netdev_priv(dev), count);
	return ikevti_nl_put_stats(skb, IKEVTI_LINK_XSTATS, count, NULL);
}

static const struct nla_policy link_policy[IFLA_IKEVTI_MAX + 1] = {
	[IFLA_IKEVTI_FWMARK]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_MSS_CLAMP]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_HOLD_TIME]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_MULTIPOINT] = { .type = NLA_FLAG },
	[IFLA_IKEVTI_HASH_POLICY] = NLA_POLICY_MAX(NLA_U32,
						   IKEVTI_HASH_INNER_L3),
	[IFLA_IKEVTI_TTL]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_TTL_DEFAULT),
	[IFLA_IKEVTI_DSCP]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_DSCP_COPY),
	[IFLA_IKEVTI_DF]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_DF_INHERIT),
	[IFLA_IKEVTI_LINK]	= NLA_POLICY_MIN(NLA_S32, 0),
	[IFLA_IKEVTI_TFC]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_LANES]	= NLA_POLICY_MAX(NLA_U32, IKEVTI_LANES_BY_CPU),
	[IFLA_IKEVTI_SPREAD]	= NLA_POLICY_MAX(NLA_U32, 1),
	[IFLA_IKEVTI_SOURCE_CHECK] = NLA_POLICY_MAX(NLA_U32, 1),
};

struct rtnl_link_ops ikevti_link_ops __read_mostly = {
	.kind		= IKEVTI_KIND,
	.maxtype	= IFLA_IKEVTI_MAX,
	.policy		= link_policy,
	.priv_size	= sizeof(struct ikevti_dev),
	.setup		= link_setup,
	.validate	= link_validate,
	.newlink	= link_new,
	.changelink	= link_change,
	.get_size	= link_size,
	.fill_info	= link_fill,
	.get_link_net	= link_net,
	.get_linkxstats_size	= xstats_size,
	.fill_linkxstats	= xstats_fill,
};
