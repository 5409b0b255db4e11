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
	return 0;
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
	dev->priv_flags |= IFF_NO_QUEUE;
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
	ikevti_dev_setup(idev);
}

static int link_validate(struct nlattr *tb[], struct nlattr *data[],
			 struct netlink_ext_ack *extack)
{
	u32 mss;

	if (!data || !data[IFLA_IKEVTI_MSS_CLAMP])
		return 0;
	mss = nla_get_u32(data[IFLA_IKEVTI_MSS_CLAMP]);
	if (mss == IKEVTI_MSS_OFF || mss == IKEVTI_MSS_AUTO ||
	    (mss >= MSS_CLAMP_MIN && mss <= MSS_CLAMP_MAX))
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_MSS_CLAMP],
			    "MSS clamp is 0 (off), 1 (auto) or 536..65495");
	return -ERANGE;
}

static void link_set(struct ikevti_dev *idev, struct nlattr *data[])
{
	if (!data)
		return;
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
		dev->flags &= ~IFF_POINTOPOINT;
	}
	link_set(idev, data);
	idev->mtu_fixed = tb[IFLA_MTU];
	netif_carrier_off(dev);
	err = register_netdevice(dev);
	if (err)
		return err;
	ikevti_dev_link(ikevti_pernet(link_net), idev);
	return 0;
}

/*
 * The mark decides how the underlay routes: who may administer only the
 * namespace inside must not choose it.
 */
static bool may_mark(const struct ikevti_dev *idev)
{
	struct net *net = rtnl_dereference(idev->underlay);

	return !net || net_eq(net, dev_net(idev->dev)) ||
	       ns_capable(net->user_ns, CAP_NET_ADMIN);
}

static int link_change(struct net_device *dev, struct nlattr *tb[],
		       struct nlattr *data[], struct netlink_ext_ack *extack)
{
	struct ikevti_dev *idev = netdev_priv(dev);
	struct ikevti_peer *peer;
	struct ikevti_path *path;

	if (data && data[IFLA_IKEVTI_MULTIPOINT] && !idev->multipoint) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_MULTIPOINT],
				    "a device is multipoint from its creation on, or never");
		return -EOPNOTSUPP;
	}
	if (data && data[IFLA_IKEVTI_FWMARK] && !may_mark(idev)) {
		NL_SET_ERR_MSG_ATTR(extack, data[IFLA_IKEVTI_FWMARK],
				    "the mark is the underlay namespace's affair");
		return -EPERM;
	}
	mutex_lock(&ikevti_mutex);
	link_set(idev, data);
	ikevti_for_each_peer(peer, idev)
		list_for_each_entry(path, &peer->paths, list)
			ikevti_path_reset_routes(path);
	mutex_unlock(&ikevti_mutex);
	ikevti_dev_schedule(idev);
	return 0;
}

static size_t link_size(const struct net_device *dev)
{
	return 4 * nla_total_size(sizeof(u32)) + nla_total_size(0);
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
			READ_ONCE(idev->hash_policy)))
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

static const struct nla_policy link_policy[IFLA_IKEVTI_MAX + 1] = {
	[IFLA_IKEVTI_FWMARK]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_MSS_CLAMP]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_HOLD_TIME]	= { .type = NLA_U32 },
	[IFLA_IKEVTI_MULTIPOINT] = { .type = NLA_FLAG },
	[IFLA_IKEVTI_HASH_POLICY] = NLA_POLICY_MAX(NLA_U32,
						   IKEVTI_HASH_INNER_L3),
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
};
