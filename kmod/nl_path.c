// SPDX-License-Identifier: GPL-2.0-only
/* Commands about paths */
#include <linux/slab.h>
#include <net/ipv6.h>

#include "dev.h"
#include "net.h"
#include "nl.h"
#include "path.h"
#include "peer.h"
#include "path_state.h"
#include "sa.h"
#include "sock.h"

#define KEEPALIVE_MAX	86400	/* seconds */
#define WEIGHT_MAX	255

static const struct nla_policy set_policy[IKEVTI_PATH_A_MAX + 1] = {
	[IKEVTI_PATH_A_ID]		= { .type = NLA_U32 },
	[IKEVTI_PATH_A_LOCAL4]		= NLA_POLICY_EXACT_LEN(4),
	[IKEVTI_PATH_A_LOCAL6]		= NLA_POLICY_EXACT_LEN(16),
	[IKEVTI_PATH_A_REMOTE4]		= NLA_POLICY_EXACT_LEN(4),
	[IKEVTI_PATH_A_REMOTE6]		= NLA_POLICY_EXACT_LEN(16),
	[IKEVTI_PATH_A_ENCAP]		= NLA_POLICY_MAX(NLA_U8,
							 IKEVTI_ENCAP_UDP),
	[IKEVTI_PATH_A_LOCAL_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
	[IKEVTI_PATH_A_REMOTE_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
	[IKEVTI_PATH_A_STATE]		= NLA_POLICY_MAX(NLA_U8,
							 IKEVTI_PATH_HELD),
	[IKEVTI_PATH_A_PRIORITY]	= { .type = NLA_U32 },
	[IKEVTI_PATH_A_WEIGHT]		= NLA_POLICY_RANGE(NLA_U32, 1,
							   WEIGHT_MAX),
	[IKEVTI_PATH_A_KEEPALIVE]	= { .type = NLA_U32 },
};

static const struct nla_policy key_policy[IKEVTI_PATH_A_MAX + 1] = {
	[IKEVTI_PATH_A_ID]		= { .type = NLA_U32 },
};

const struct nla_policy ikevti_nl_path_set_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_PATH]		= NLA_POLICY_NESTED(set_policy),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

const struct nla_policy ikevti_nl_path_key_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_IFINDEX]	= NLA_POLICY_MIN(NLA_U32, 1),
	[IKEVTI_A_PATH]		= NLA_POLICY_NESTED(key_policy),
	[IKEVTI_A_NETNSID]	= { .type = NLA_S32 },
	[IKEVTI_A_PEER]		= NLA_POLICY_NESTED(ikevti_nl_peer_name),
};

static int parse(struct genl_info *info, struct nlattr **tb,
		 const struct nla_policy *policy)
{
	int err;

	if (!info->attrs[IKEVTI_A_PATH])
		return ikevti_nl_miss(info, "PATH");
	err = nla_parse_nested(tb, IKEVTI_PATH_A_MAX,
			       info->attrs[IKEVTI_A_PATH], policy,
			       info->extack);
	if (err)
		return err;
	return tb[IKEVTI_PATH_A_ID] ? 0 : ikevti_nl_miss(info, "PATH_ID");
}

static bool bad_address4(__be32 addr)
{
	return ipv4_is_multicast(addr) || ipv4_is_lbcast(addr) ||
	       ipv4_is_zeronet(addr);
}

static bool bad_address6(const struct in6_addr *addr)
{
	return ipv6_addr_is_multicast(addr) || ipv6_addr_any(addr) ||
	       ipv6_addr_v4mapped(addr) ||
	       ipv6_addr_type(addr) & IPV6_ADDR_LINKLOCAL;
}

/* One address of an endpoint from whichever attribute is there */
static int parse_address(struct genl_info *info, struct nlattr *a4,
			 struct nlattr *a6, u16 *family,
			 union ikevti_addr *addr)
{
	if (a4 && a6)
		return ikevti_nl_bad(info, a6, -EINVAL,
				     "an IPv4 and an IPv6 address for the same side");
	if (a4) {
		memset(addr, 0, sizeof(*addr));
		addr->ip4 = nla_get_in_addr(a4);
		*family = AF_INET;
		if (bad_address4(addr->ip4))
			return ikevti_nl_bad(info, a4, -EADDRNOTAVAIL,
					     "not a unicast address");
	} else if (a6) {
		addr->ip6 = nla_get_in6_addr(a6);
		*family = AF_INET6;
		if (bad_address6(&addr->ip6))
			return ikevti_nl_bad(info, a6, -EADDRNOTAVAIL,
					     "not a global unicast address");
	}
	return 0;
}

/* Apply the request to an endpoint, and see that it makes sense as a whole */
static int parse_endpoint(struct genl_info *info, struct nlattr **tb,
			  struct ikevti_net *in, struct ikevti_endpoint *ep)
{
	u16 local = ep->family, remote = ep->family;
	int err;

	err = parse_address(info, tb[IKEVTI_PATH_A_LOCAL4],
			    tb[IKEVTI_PATH_A_LOCAL6], &local, &ep->local);
	if (!err)
		err = parse_address(info, tb[IKEVTI_PATH_A_REMOTE4],
				    tb[IKEVTI_PATH_A_REMOTE6], &remote,
				    &ep->remote);
	if (err)
		return err;
	if (!local)
		return ikevti_nl_miss(info, "PATH_LOCAL4 or PATH_LOCAL6");
	if (!remote)
		return ikevti_nl_miss(info, "PATH_REMOTE4 or PATH_REMOTE6");
	if (local != remote)
		return ikevti_nl_bad(info, info->attrs[IKEVTI_A_PATH], -EINVAL,
				     "PATH: local and remote address of different families");
	ep->family = local;

	if (tb[IKEVTI_PATH_A_ENCAP])
		ep->encap = nla_get_u8(tb[IKEVTI_PATH_A_ENCAP]);
	if (tb[IKEVTI_PATH_A_LOCAL_PORT])
		ep->local_port = htons(nla_get_u16(tb[IKEVTI_PATH_A_LOCAL_PORT]));
	if (tb[IKEVTI_PATH_A_REMOTE_PORT])
		ep->remote_port = htons(nla_get_u16(tb[IKEVTI_PATH_A_REMOTE_PORT]));
	if (ep->encap == IKEVTI_ENCAP_NONE) {
		if (tb[IKEVTI_PATH_A_LOCAL_PORT])
			return ikevti_nl_bad(info, tb[IKEVTI_PATH_A_LOCAL_PORT],
					     -EINVAL,
					     "PATH_LOCAL_PORT needs UDP encapsulation");
		if (tb[IKEVTI_PATH_A_REMOTE_PORT])
			return ikevti_nl_bad(info,
					     tb[IKEVTI_PATH_A_REMOTE_PORT],
					     -EINVAL,
					     "PATH_REMOTE_PORT needs UDP encapsulation");
		ep->local_port = 0;
		ep->remote_port = 0;
		return 0;
	}
	if (!ep->local_port)
		return ikevti_nl_miss(info, "PATH_LOCAL_PORT");
	if (!ep->remote_port)
		return ikevti_nl_miss(info, "PATH_REMOTE_PORT");
	if (!ikevti_sock_find(in, ep->family, ep->local_port))
		return ikevti_nl_bad(info, tb[IKEVTI_PATH_A_LOCAL_PORT] ?:
				     info->attrs[IKEVTI_A_PATH], -ENOENT,
				     "PATH_LOCAL_PORT: no socket is attached for this family and port");
	return 0;
}

static bool names_endpoint(struct nlattr **tb)
{
	return tb[IKEVTI_PATH_A_LOCAL4] || tb[IKEVTI_PATH_A_LOCAL6] ||
	       tb[IKEVTI_PATH_A_REMOTE4] || tb[IKEVTI_PATH_A_REMOTE6] ||
	       tb[IKEVTI_PATH_A_ENCAP] || tb[IKEVTI_PATH_A_LOCAL_PORT] ||
	       tb[IKEVTI_PATH_A_REMOTE_PORT];
}

/* Attributes that can be applied without failing */
static void set_simple(struct ikevti_path *path, struct nlattr **tb)
{
	if (tb[IKEVTI_PATH_A_STATE])
		WRITE_ONCE(path->state,
			   nla_get_u8(tb[IKEVTI_PATH_A_STATE]));
	if (tb[IKEVTI_PATH_A_PRIORITY])
		path->priority = nla_get_u32(tb[IKEVTI_PATH_A_PRIORITY]);
	if (tb[IKEVTI_PATH_A_WEIGHT])
		path->weight = nla_get_u32(tb[IKEVTI_PATH_A_WEIGHT]);
	if (tb[IKEVTI_PATH_A_KEEPALIVE])
		WRITE_ONCE(path->keepalive_ms,
			   nla_get_u32(tb[IKEVTI_PATH_A_KEEPALIVE]) * 1000);
}

static int set_path(struct genl_info *info, struct nlattr **tb,
		    struct ikevti_net *in, struct ikevti_peer *peer)
{
	u32 id = nla_get_u32(tb[IKEVTI_PATH_A_ID]);
	struct ikevti_path *path = ikevti_path_find(peer, id);
	struct ikevti_path *new = NULL;
	struct ikevti_endpoint *ep;
	int err;

	if (path && !names_endpoint(tb))
		goto simple;
	if (!path && peer->n_paths >= IKEVTI_PATHS_MAX)
		return ikevti_nl_bad(info, tb[IKEVTI_PATH_A_ID], -ENOSPC,
				     "PATH_ID: the peer has its maximum of paths");

	ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	if (!ep)
		return -ENOMEM;
	if (path) {
		*ep = *ikevti_path_endpoint(path);
		memset(&ep->rcu, 0, sizeof(ep->rcu));
	} else {
		new = ikevti_path_alloc(peer, id);
		path = new;
	}
	err = path ? parse_endpoint(info, tb, in, ep) : -ENOMEM;
	if (err) {
		kfree(ep);
		if (new)
			ikevti_path_free(new);
		return err;
	}
	ikevti_path_set_endpoint(in, path, ep);
	if (new)
		ikevti_path_link(in, path);
simple:
	set_simple(path, tb);
	ikevti_keepalive_update(path);
	return 0;
}

int ikevti_nl_path_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_PATH_A_MAX + 1];
	struct ikevti_peer *peer;
	struct ikevti_dev *idev;
	int err;

	err = parse(info, tb, set_policy);
	if (err)
		return err;
	if (tb[IKEVTI_PATH_A_KEEPALIVE] &&
	    nla_get_u32(tb[IKEVTI_PATH_A_KEEPALIVE]) > KEEPALIVE_MAX)
		return ikevti_nl_bad(info, tb[IKEVTI_PATH_A_KEEPALIVE], -ERANGE,
				     "PATH_KEEPALIVE is more than a day");
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	peer = ikevti_nl_find_peer(info, idev);
	err = PTR_ERR_OR_ZERO(peer);
	if (!err)
		err = set_path(info, tb, ikevti_pernet(genl_info_net(info)),
			       peer);
	ikevti_nl_unlock_dev(idev, err ? NULL : peer);
	return err;
}

/* Context: ikevti_mutex */
static struct ikevti_path *find_path(struct genl_info *info,
				     struct ikevti_dev *idev,
				     struct nlattr **tb)
{
	struct ikevti_peer *peer = ikevti_nl_find_peer(info, idev);
	struct ikevti_path *path;

	if (IS_ERR(peer))
		return ERR_CAST(peer);
	path = ikevti_path_find(peer, nla_get_u32(tb[IKEVTI_PATH_A_ID]));
	if (!path)
		return ERR_PTR(ikevti_nl_bad(info, tb[IKEVTI_PATH_A_ID],
					     -ENOENT,
					     "PATH_ID: the peer has no such path"));
	return path;
}

int ikevti_nl_path_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_PATH_A_MAX + 1];
	struct ikevti_peer *peer = NULL;
	struct ikevti_path *path;
	struct ikevti_dev *idev;
	int err;

	err = parse(info, tb, key_policy);
	if (err)
		return err;
	idev = ikevti_nl_lock_dev(info);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	path = find_path(info, idev, tb);
	if (!IS_ERR(path)) {
		peer = path->peer;
		ikevti_path_remove(ikevti_pernet(genl_info_net(info)), path);
	}
	ikevti_nl_unlock_dev(idev, peer);
	return PTR_ERR_OR_ZERO(path);
}

static int put_endpoint(struct sk_buff *skb, const struct ikevti_endpoint *ep)
{
	int err;

	if (ep->family == AF_INET)
		err = nla_put_in_addr(skb, IKEVTI_PATH_A_LOCAL4,
				      ep->local.ip4) ?:
		      nla_put_in_addr(skb, IKEVTI_PATH_A_REMOTE4,
				      ep->remote.ip4);
	else
		err = nla_put_in6_addr(skb, IKEVTI_PATH_A_LOCAL6,
				       &ep->local.ip6) ?:
		      nla_put_in6_addr(skb, IKEVTI_PATH_A_REMOTE6,
				       &ep->remote.ip6);
	if (err || nla_put_u8(skb, IKEVTI_PATH_A_ENCAP, ep->encap))
		return -EMSGSIZE;
	if (ep->encap == IKEVTI_ENCAP_NONE)
		return 0;
	return nla_put_u16(skb, IKEVTI_PATH_A_LOCAL_PORT,
			   ntohs(ep->local_port)) ?:
	       nla_put_u16(skb, IKEVTI_PATH_A_REMOTE_PORT,
			   ntohs(ep->remote_port));
}

/* Time since a packet, absent if there was none */
static int put_age(struct sk_buff *skb, int attr, bool ever, unsigned long at)
{
	if (!ever)
		return 0;
	return nla_put_u32(skb, attr, jiffies_to_msecs(jiffies - at));
}

/**
 * ikevti_nl_put_path() - describe a path, and say whose it is
 * @skb: message
 * @path: the path
 *
 * Context: ikevti_mutex.
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_put_path(struct sk_buff *skb, struct ikevti_path *path)
{
	DECLARE_BITMAP(have, __IKEVTI_STAT_A_MAX);
	u64 count[__IKEVTI_STAT_A_MAX];
	const struct ikevti_endpoint *ep;
	struct nlattr *nest;

	if (ikevti_nl_put_peer_id(skb, path->peer))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, IKEVTI_A_PATH);
	ep = ikevti_path_endpoint(path);
	ikevti_path_counters(path, count, have);
	if (!nest || put_endpoint(skb, ep) ||
	    nla_put_u32(skb, IKEVTI_PATH_A_ID, path->id) ||
	    nla_put_u8(skb, IKEVTI_PATH_A_STATE, path->state) ||
	    nla_put_u32(skb, IKEVTI_PATH_A_PRIORITY, path->priority) ||
	    nla_put_u32(skb, IKEVTI_PATH_A_WEIGHT, path->weight) ||
	    nla_put_u32(skb, IKEVTI_PATH_A_KEEPALIVE,
			path->keepalive_ms / 1000) ||
	    nla_put_u32(skb, IKEVTI_PATH_A_PMTU, path->pmtu) ||
	    nla_put_u8(skb, IKEVTI_PATH_A_USABLE, path->usable) ||
	    nla_put_u8(skb, IKEVTI_PATH_A_REASON, path->reason) ||
	    put_age(skb, IKEVTI_PATH_A_RX_AGE, READ_ONCE(path->rx_ever),
		    READ_ONCE(path->rx_at)) ||
	    put_age(skb, IKEVTI_PATH_A_TX_AGE, READ_ONCE(path->tx_ever),
		    READ_ONCE(path->tx_at)) ||
	    ikevti_nl_put_stats(skb, IKEVTI_PATH_A_STATS, count, have))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int answer(struct sk_buff *msg, struct genl_info *info,
		  struct ikevti_dev *idev)
{
	struct nlattr *tb[IKEVTI_PATH_A_MAX + 1];
	struct ikevti_path *path;
	int err;

	err = parse(info, tb, key_policy);
	if (err)
		return err;
	path = find_path(info, idev, tb);
	if (IS_ERR(path))
		return PTR_ERR(path);
	return ikevti_nl_put_path(msg, path);
}

int ikevti_nl_path_get(struct sk_buff *skb, struct genl_info *info)
{
	return ikevti_nl_answer(info, answer);
}

static int dump_peer(struct sk_buff *skb, struct netlink_callback *cb,
		     struct ikevti_peer *peer)
{
	struct ikevti_nl_place *place = ikevti_nl_place(cb);
	struct ikevti_path *path;
	unsigned long i = 0;
	void *hdr;

	list_for_each_entry(path, &peer->paths, list) {
		if (i++ < place->item)
			continue;
		hdr = ikevti_nl_item_begin(skb, cb, peer->idev,
					   IKEVTI_CMD_PATH_GET);
		if (!hdr ||
		    ikevti_nl_item_end(skb, cb, hdr, ikevti_nl_put_path(skb, path)))
			return -EMSGSIZE;
		place->item = i;
	}
	return 0;
}

static int dump_dev(struct sk_buff *skb, struct netlink_callback *cb,
		    struct ikevti_dev *idev)
{
	return ikevti_nl_dump_peers(skb, cb, idev, dump_peer);
}

int ikevti_nl_path_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	return ikevti_nl_dump(skb, cb, dump_dev);
}
