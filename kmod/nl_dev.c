// SPDX-License-Identifier: GPL-2.0-only
/* Commands about devices */
#include "dev.h"
#include "net.h"
#include "nl.h"
#include "peer.h"

const struct nla_policy ikevti_nl_dev_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
};

const struct nla_policy ikevti_nl_flush_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

static int put_dev(struct sk_buff *skb, struct ikevti_dev *idev)
{
	u64 count[__IKEVTI_STAT_A_MAX];
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_A_DEV);

	if (!nest)
		return -EMSGSIZE;
	ikevti_dev_counters(idev, count);
	if (nla_put_u32(skb, IKEVTI_DEV_A_STATE, ikevti_dev_state(idev)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_MTU, READ_ONCE(idev->mtu)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_FWMARK, READ_ONCE(idev->fwmark)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_MSS_CLAMP,
			READ_ONCE(idev->mss_clamp)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_HOLD_TIME,
			READ_ONCE(idev->hold_time)) ||
	    (idev->multipoint &&
	     nla_put_u32(skb, IKEVTI_DEV_A_PEERS, idev->n_peers)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_HASH_POLICY,
			READ_ONCE(idev->hash_policy)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_TTL, READ_ONCE(idev->ttl)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_DSCP, READ_ONCE(idev->dscp)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_DF, READ_ONCE(idev->df)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_LINK, READ_ONCE(idev->link)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_TFC, READ_ONCE(idev->tfc)) ||
	    ikevti_nl_put_stats(skb, IKEVTI_DEV_A_STATS, count, NULL))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int answer(struct sk_buff *msg, struct genl_info *info,
		  struct ikevti_dev *idev)
{
	return put_dev(msg, idev);
}

int ikevti_nl_dev_get(struct sk_buff *skb, struct genl_info *info)
{
	return ikevti_nl_answer(info, answer);
}

static int dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		    struct ikevti_dev *idev)
{
	void *hdr = ikevti_nl_item_begin(skb, cb, idev, IKEVTI_CMD_DEV_GET);

	if (!hdr)
		return -EMSGSIZE;
	return ikevti_nl_item_end(skb, cb, hdr, put_dev(skb, idev));
}

int ikevti_nl_dev_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ikevti_nl_dump(skb, cb, dump_dev);
}

int ikevti_nl_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_net *in = ikevti_pernet(genl_info_net(info));
	struct ikevti_dev *idev = ikevti_nl_lock_dev(info);
	struct ikevti_peer *peer;

	if (IS_ERR(idev))
		return PTR_ERR(idev);
	peer = info->attrs[IKEVTI_A_PEER] ? ikevti_nl_find_peer(info, idev) :
					    &idev->peer;
	if (IS_ERR(peer)) {
		ikevti_nl_unlock_dev(idev, NULL);
		return PTR_ERR(peer);
	}
	if (info->attrs[IKEVTI_A_PEER])
		ikevti_peer_flush(in, peer);
	else
		ikevti_dev_flush(in, idev);
	ikevti_nl_unlock_dev(idev, peer);
	return 0;
}
