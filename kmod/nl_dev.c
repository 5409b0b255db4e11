// SPDX-License-Identifier: GPL-2.0-only
/* Commands about devices */
#include "dev.h"
#include "net.h"
#include "nl.h"

const struct nla_policy ikevti_nl_dev_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
};

static int put_dev(struct sk_buff *skb, const struct net *net,
		   struct ikevti_dev *idev)
{
	u64 count[__IKEVTI_STAT_A_MAX];
	struct nlattr *nest;

	if (ikevti_nl_put_dev_name(skb, net, idev))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, IKEVTI_A_DEV);
	if (!nest)
		return -EMSGSIZE;
	ikevti_dev_counters(idev, count);
	if (nla_put_u32(skb, IKEVTI_DEV_A_STATE, idev->state) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_MTU, READ_ONCE(idev->mtu)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_FWMARK, READ_ONCE(idev->fwmark)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_MSS_CLAMP,
			READ_ONCE(idev->mss_clamp)) ||
	    nla_put_u32(skb, IKEVTI_DEV_A_HOLD_TIME,
			READ_ONCE(idev->hold_time)) ||
	    ikevti_nl_put_stats(skb, IKEVTI_DEV_A_STATS, count, NULL))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

int ikevti_nl_dev_get(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_dev *idev;
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = ikevti_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev)) {
		nlmsg_free(msg);
		return PTR_ERR(idev);
	}
	err = put_dev(msg, genl_info_net(info), idev);
	ikevti_nl_unlock_dev(idev, false);
	if (err) {
		nlmsg_free(msg);
		return err;
	}
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
}

static int dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		    struct net *net, struct ikevti_dev *idev)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &ikevti_genl, NLM_F_MULTI,
				IKEVTI_CMD_DEV_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_dev(skb, net, idev)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

int ikevti_nl_dev_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ikevti_nl_dump(skb, cb, dump_dev);
}

int ikevti_nl_flush(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_dev *idev = ikevti_nl_lock_dev(info);

	if (IS_ERR(idev))
		return PTR_ERR(idev);
	ikevti_dev_flush(ikevti_pernet(genl_info_net(info)), idev);
	ikevti_nl_unlock_dev(idev, true);
	return 0;
}
