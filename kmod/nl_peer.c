// SPDX-License-Identifier: GPL-2.0-only
/* Commands about peers */
#include <net/ipv6.h>

#include "dev.h"
#include "net.h"
#include "nl.h"
#include "peer.h"

static const struct nla_policy nexthops_policy[IKEVTI_NEXTHOPS_A_MAX + 1] = {
	[IKEVTI_NEXTHOPS_A_IP4]	= NLA_POLICY_EXACT_LEN(4),
	[IKEVTI_NEXTHOPS_A_IP6]	= NLA_POLICY_EXACT_LEN(16),
};

static const struct nla_policy set_policy[IKEVTI_PEER_A_MAX + 1] = {
	[IKEVTI_PEER_A_ID]	= { .type = NLA_U32 },
	[IKEVTI_PEER_A_NEXTHOPS] = NLA_POLICY_NESTED(nexthops_policy),
};

/* What names a peer, in commands about what it has, too */
const struct nla_policy ikevti_nl_peer_name[IKEVTI_PEER_A_MAX + 1] = {
	[IKEVTI_PEER_A_ID]	= { .type = NLA_U32 },
};

const struct nla_policy ikevti_nl_peer_set_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(set_policy),
};

const struct nla_policy ikevti_nl_peer_key_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

static int parse(struct genl_info *info, struct nlattr **tb,
		 const struct nla_policy *policy)
{
	int err;

	if (!info->attrs[IKEVTI_A_PEER])
		return ikevti_nl_miss(info, "PEER");
	err = nla_parse_nested(tb, IKEVTI_PEER_A_MAX,
			       info->attrs[IKEVTI_A_PEER], policy,
			       info->extack);
	if (err)
		return err;
	return tb[IKEVTI_PEER_A_ID] ? 0 : ikevti_nl_miss(info, "PEER_ID");
}

/**
 * ikevti_nl_find_peer() - the peer that a request names
 * @info: request
 * @idev: its device
 *
 * Without a name that is the only peer of a point-to-point device.
 *
 * Context: ikevti_mutex.
 * Return: the peer or an error pointer.
 */
struct ikevti_peer *ikevti_nl_find_peer(struct genl_info *info,
					struct ikevti_dev *idev)
{
	struct nlattr *tb[IKEVTI_PEER_A_MAX + 1];
	struct ikevti_peer *peer;
	u32 id;
	int err;

	if (!info->attrs[IKEVTI_A_PEER]) {
		if (!idev->multipoint)
			return &idev->peer;
		return ERR_PTR(ikevti_nl_miss(info, "PEER, of a multipoint device,"));
	}
	err = parse(info, tb, ikevti_nl_peer_name);
	if (err)
		return ERR_PTR(err);
	id = nla_get_u32(tb[IKEVTI_PEER_A_ID]);
	peer = !id && idev->multipoint ? NULL : ikevti_peer_find(idev, id);
	if (!peer)
		return ERR_PTR(ikevti_nl_bad(info, tb[IKEVTI_PEER_A_ID],
					     -ENOENT,
					     "PEER_ID: the device has no such peer"));
	return peer;
}

static bool good_nexthop4(__be32 addr)
{
	return !ipv4_is_multicast(addr) && !ipv4_is_lbcast(addr) &&
	       !ipv4_is_zeronet(addr) && !ipv4_is_loopback(addr);
}

/* Link-local ones are what IPv6 routing protocols like best */
static bool good_nexthop6(const struct in6_addr *addr)
{
	return !ipv6_addr_is_multicast(addr) && !ipv6_addr_any(addr) &&
	       !ipv6_addr_loopback(addr) && !ipv6_addr_v4mapped(addr);
}

static int parse_nexthop(struct genl_info *info, struct nlattr *attr,
			 struct ikevti_nexthop *nexthop)
{
	memset(nexthop, 0, sizeof(*nexthop));
	if (nla_type(attr) == IKEVTI_NEXTHOPS_A_IP4) {
		nexthop->family = AF_INET;
		nexthop->addr.s6_addr32[0] = nla_get_in_addr(attr);
		if (good_nexthop4(nla_get_in_addr(attr)))
			return 0;
	} else {
		nexthop->family = AF_INET6;
		nexthop->addr = nla_get_in6_addr(attr);
		if (good_nexthop6(&nexthop->addr))
			return 0;
	}
	return ikevti_nl_bad(info, attr, -EADDRNOTAVAIL,
			     "PEER_NEXTHOPS: not a unicast address");
}

/* Returns the number of next hops, or an error */
static int parse_nexthops(struct genl_info *info, struct nlattr *nest,
			  struct ikevti_nexthop *nexthop)
{
	struct nlattr *attr;
	int left, err, i, n = 0;

	nla_for_each_nested(attr, nest, left) {
		if (n == IKEVTI_NEXTHOPS_MAX)
			return ikevti_nl_bad(info, attr, -E2BIG,
					     "PEER_NEXTHOPS: too many");
		err = parse_nexthop(info, attr, &nexthop[n]);
		if (err)
			return err;
		for (i = 0; i < n; i++)
			if (!memcmp(&nexthop[i], &nexthop[n], sizeof(*nexthop)))
				return ikevti_nl_bad(info, attr, -EINVAL,
						     "PEER_NEXTHOPS: the same twice");
		n++;
	}
	return n;
}

/* Context: ikevti_mutex */
static struct ikevti_peer *create(struct genl_info *info, struct nlattr *id,
				  struct ikevti_dev *idev)
{
	if (!nla_get_u32(id))
		return ERR_PTR(ikevti_nl_bad(info, id, -EINVAL,
					     "PEER_ID: 0 is the peer of a point-to-point device"));
	if (idev->n_peers >= IKEVTI_PEERS_MAX)
		return ERR_PTR(ikevti_nl_bad(info, id, -ENOSPC,
					     "PEER_ID: the device has its maximum of peers"));
	return ikevti_peer_create(ikevti_pernet(genl_info_net(info)), idev,
				  nla_get_u32(id));
}

/* Context: ikevti_mutex */
static int set_peer(struct genl_info *info, struct nlattr **tb,
		    struct ikevti_dev *idev,
		    const struct ikevti_nexthop *nexthop, int n)
{
	struct nlattr *id = tb[IKEVTI_PEER_A_ID];
	struct ikevti_peer *peer, *new = NULL;
	int err;

	if (!idev->multipoint)
		return ikevti_nl_bad(info, info->attrs[IKEVTI_A_PEER],
				     -EOPNOTSUPP,
				     "PEER: the device is point-to-point, and has one peer for ever");
	peer = nla_get_u32(id) ? ikevti_peer_find(idev, nla_get_u32(id)) : NULL;
	if (!peer) {
		new = create(info, id, idev);
		if (IS_ERR(new))
			return PTR_ERR(new);
		peer = new;
	}
	if (!tb[IKEVTI_PEER_A_NEXTHOPS])
		return 0;
	err = ikevti_peer_set_hops(peer, nexthop, n);
	if (err && new)
		ikevti_peer_remove(ikevti_pernet(genl_info_net(info)), new);
	if (err == -EEXIST)
		return ikevti_nl_bad(info, tb[IKEVTI_PEER_A_NEXTHOPS], err,
				     "PEER_NEXTHOPS: one of them leads to another peer");
	return err;
}

int ikevti_nl_peer_set(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_nexthop nexthop[IKEVTI_NEXTHOPS_MAX];
	struct nlattr *tb[IKEVTI_PEER_A_MAX + 1];
	struct ikevti_dev *idev;
	int err, n = 0;

	err = parse(info, tb, set_policy);
	if (err)
		return err;
	if (tb[IKEVTI_PEER_A_NEXTHOPS])
		n = parse_nexthops(info, tb[IKEVTI_PEER_A_NEXTHOPS], nexthop);
	if (n < 0)
		return n;
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	err = set_peer(info, tb, idev, nexthop, n);
	ikevti_nl_unlock_dev(idev, NULL);
	return err;
}

int ikevti_nl_peer_del(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_peer *peer;
	struct ikevti_dev *idev;
	int err;

	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	peer = ikevti_nl_find_peer(info, idev);
	err = PTR_ERR_OR_ZERO(peer);
	if (!err && !peer->id)
		err = ikevti_nl_bad(info, info->attrs[IKEVTI_A_PEER],
				    -EOPNOTSUPP,
				    "PEER: the device is point-to-point, and has one peer for ever");
	if (!err)
		ikevti_peer_remove(ikevti_pernet(genl_info_net(info)), peer);
	ikevti_nl_unlock_dev(idev, err ? NULL : &idev->peer);
	return err;
}

static int put_nexthop(struct sk_buff *skb, const struct ikevti_nexthop *nexthop)
{
	if (nexthop->family == AF_INET)
		return nla_put_in_addr(skb, IKEVTI_NEXTHOPS_A_IP4,
				       nexthop->addr.s6_addr32[0]);
	return nla_put_in6_addr(skb, IKEVTI_NEXTHOPS_A_IP6, &nexthop->addr);
}

static int put_nexthops(struct sk_buff *skb, const struct ikevti_peer *peer)
{
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_PEER_A_NEXTHOPS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < peer->n_hops; i++)
		if (put_nexthop(skb, &peer->hop[i]->nexthop))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Context: ikevti_mutex */
static int put_peer(struct sk_buff *skb, const struct ikevti_peer *peer)
{
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_A_PEER);

	if (!nest || nla_put_u32(skb, IKEVTI_PEER_A_ID, peer->id) ||
	    (peer->n_hops && put_nexthops(skb, peer)) ||
	    nla_put_u32(skb, IKEVTI_PEER_A_STATE, peer->state) ||
	    nla_put_u32(skb, IKEVTI_PEER_A_MTU, peer->mtu))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * ikevti_nl_put_peer_id() - say whose something is
 * @skb: message
 * @peer: nothing is said of the only peer of a point-to-point device
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_put_peer_id(struct sk_buff *skb, const struct ikevti_peer *peer)
{
	struct nlattr *nest;

	if (!peer->id)
		return 0;
	nest = nla_nest_start(skb, IKEVTI_A_PEER);
	if (!nest || nla_put_u32(skb, IKEVTI_PEER_A_ID, peer->id))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * ikevti_nl_put_nexthop() - say where a packet was to go
 * @skb: message
 * @peer: who is there, or NULL
 * @nexthop: next hop
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_put_nexthop(struct sk_buff *skb, const struct ikevti_peer *peer,
			  const struct ikevti_nexthop *nexthop)
{
	struct nlattr *nest = nla_nest_start(skb, IKEVTI_A_PEER), *inner;

	if (!nest || (peer && nla_put_u32(skb, IKEVTI_PEER_A_ID, peer->id)))
		return -EMSGSIZE;
	inner = nla_nest_start(skb, IKEVTI_PEER_A_NEXTHOPS);
	if (!inner || put_nexthop(skb, nexthop))
		return -EMSGSIZE;
	nla_nest_end(skb, inner);
	nla_nest_end(skb, nest);
	return 0;
}

static int answer(struct sk_buff *msg, struct genl_info *info,
		  struct ikevti_dev *idev)
{
	struct ikevti_peer *peer = ikevti_nl_find_peer(info, idev);

	return IS_ERR(peer) ? PTR_ERR(peer) : put_peer(msg, peer);
}

int ikevti_nl_peer_get(struct sk_buff *skb, struct genl_info *info)
{
	return ikevti_nl_answer(info, answer);
}

static int dump_peer(struct sk_buff *skb, struct netlink_callback *cb,
		     struct ikevti_peer *peer)
{
	struct ikevti_dev *idev = peer->idev;
	void *hdr;

	if (idev->multipoint && !peer->id)
		return 0;
	hdr = ikevti_nl_item_begin(skb, cb, idev, IKEVTI_CMD_PEER_GET);
	if (!hdr)
		return -EMSGSIZE;
	return ikevti_nl_item_end(skb, cb, hdr, put_peer(skb, peer));
}

static int dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		    struct ikevti_dev *idev)
{
	return ikevti_nl_dump_peers(skb, cb, idev, dump_peer);
}

int ikevti_nl_peer_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ikevti_nl_dump(skb, cb, dump_dev);
}
