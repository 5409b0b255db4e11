// SPDX-License-Identifier: GPL-2.0-only
/*
 * The family's table of commands, and what they share.
 *
 * Every command needs CAP_NET_ADMIN in the user namespace that owns the
 * caller's network namespace, and acts on that namespace only. Policies are
 * per command and strict: an attribute a command does not know is an error.
 */
#include <linux/netdevice.h>
#include <net/sock.h>

#include "dev.h"
#include "net.h"
#include "nl.h"
#include "peer.h"
#include "sock.h"

/**
 * ikevti_nl_find_dev() - the device a request names
 * @net: underlay namespace, the caller's
 * @attrs: of the request
 * @extack: says what failed
 *
 * Context: ikevti_mutex, which keeps the device.
 * Return: the device or an error pointer.
 */
struct ikevti_dev *ikevti_nl_find_dev(struct net *net, struct nlattr **attrs,
				      struct netlink_ext_ack *extack)
{
	struct ikevti_dev *idev = NULL;
	struct net *home = NULL;
	struct net_device *dev;

	if (!attrs[IKEVTI_A_IFINDEX]) {
		NL_SET_ERR_MSG(extack, "IFINDEX is missing");
		return ERR_PTR(-EINVAL);
	}
	if (attrs[IKEVTI_A_NETNSID]) {
		home = get_net_ns_by_id(net, nla_get_s32(attrs[IKEVTI_A_NETNSID]));
		if (!home) {
			NL_SET_ERR_MSG_ATTR(extack, attrs[IKEVTI_A_NETNSID],
					    "NETNSID: no such network namespace");
			return ERR_PTR(-EINVAL);
		}
	}

	rcu_read_lock();
	dev = dev_get_by_index_rcu(home ?: net,
				   nla_get_u32(attrs[IKEVTI_A_IFINDEX]));
	if (dev && dev->rtnl_link_ops == &ikevti_link_ops)
		idev = netdev_priv(dev);
	/* Linked devices stay until they are unlinked under the mutex */
	if (idev && rcu_access_pointer(idev->underlay) != net)
		idev = NULL;
	rcu_read_unlock();
	if (home)
		put_net(home);
	if (!idev) {
		NL_SET_ERR_MSG_ATTR(extack, attrs[IKEVTI_A_IFINDEX],
				    "IFINDEX: no ikevti device over this namespace");
		return ERR_PTR(-ENODEV);
	}
	return idev;
}

/**
 * ikevti_nl_lock_dev() - take the lock and find the request's device
 * @info: request
 *
 * Return: the device, ikevti_mutex held and the device referenced until
 * ikevti_nl_unlock_dev(); or an error pointer, nothing held.
 */
struct ikevti_dev *ikevti_nl_lock_dev(struct genl_info *info)
{
	struct ikevti_dev *idev;

	mutex_lock(&ikevti_mutex);
	idev = ikevti_nl_find_dev(genl_info_net(info), info->attrs,
				  info->extack);
	if (IS_ERR(idev))
		mutex_unlock(&ikevti_mutex);
	else
		dev_hold(idev->dev);
	return idev;
}

/**
 * ikevti_nl_unlock_dev() - counterpart of ikevti_nl_lock_dev()
 * @idev: device
 * @changed: peer to bring up to date before the caller gets its answer, or NULL
 */
void ikevti_nl_unlock_dev(struct ikevti_dev *idev, struct ikevti_peer *changed)
{
	if (changed)
		ikevti_peer_refresh(changed);
	mutex_unlock(&ikevti_mutex);
	if (changed)
		ikevti_dev_sync_mtu(idev);
	dev_put(idev->dev);
}

/**
 * ikevti_nl_put_dev_name() - name a device in a message
 * @skb: message
 * @net: namespace of the reader, the underlay
 * @idev: device
 *
 * Context: any.
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_put_dev_name(struct sk_buff *skb, const struct net *net,
			   const struct ikevti_dev *idev)
{
	const struct net_device *dev = idev->dev;
	char name[IFNAMSIZ];
	struct net *home;
	int id, err = 0;

	strscpy(name, dev->name, sizeof(name));
	if (nla_put_u32(skb, IKEVTI_A_IFINDEX, READ_ONCE(dev->ifindex)) ||
	    nla_put_string(skb, IKEVTI_A_IFNAME, name))
		return -EMSGSIZE;
	/* The device may be moving out of a namespace that ends */
	rcu_read_lock();
	home = dev_net(dev);
	if (!net_eq(net, home)) {
		id = peernet2id_alloc((struct net *)net, home, GFP_ATOMIC);
		err = nla_put_s32(skb, IKEVTI_A_NETNSID, id);
	}
	rcu_read_unlock();
	return err;
}

/**
 * ikevti_nl_put_stats() - a nest of counters
 * @skb: message
 * @attr: the nest's attribute
 * @count: values, by enum ikevti_stat_attr
 * @have: bitmap of those to put, NULL all
 *
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_put_stats(struct sk_buff *skb, int attr, const u64 *count,
			const unsigned long *have)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = IKEVTI_STAT_FIRST; i < __IKEVTI_STAT_A_MAX; i++)
		if ((!have || test_bit(i, have)) &&
		    nla_put_u64_64bit(skb, i, count[i], IKEVTI_STAT_A_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * ikevti_nl_reply() - begin the answer to a request
 * @info: request
 * @hdr: result, for genlmsg_end()
 *
 * Return: the message or NULL.
 */
struct sk_buff *ikevti_nl_reply(struct genl_info *info, void **hdr)
{
	struct sk_buff *msg = genlmsg_new(IKEVTI_NL_SIZE +
					  IKEVTI_REPLAY_MAP_MAX, GFP_KERNEL);

	if (!msg)
		return NULL;
	*hdr = genlmsg_put_reply(msg, info, &ikevti_genl, 0,
				 info->genlhdr->cmd);
	if (*hdr)
		return msg;
	nlmsg_free(msg);
	return NULL;
}

/**
 * ikevti_nl_answer() - answer a request about a device or an object of its
 * @info: request
 * @put: finds the object, and puts it behind the device's name
 *
 * Context: may sleep; @put is called under ikevti_mutex.
 * Return: 0 or an error.
 */
int ikevti_nl_answer(struct genl_info *info,
		     int (*put)(struct sk_buff *msg, struct genl_info *info,
				struct ikevti_dev *idev))
{
	struct ikevti_dev *idev;
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = ikevti_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	idev = ikevti_nl_lock_dev(info);
	err = PTR_ERR_OR_ZERO(idev);
	if (err)
		goto fail;
	err = ikevti_nl_put_dev_name(msg, genl_info_net(info), idev) ?:
	      put(msg, info, idev);
	ikevti_nl_unlock_dev(idev, NULL);
	if (err)
		goto fail;
	genlmsg_end(msg, hdr);
	return genlmsg_reply(msg, info);
fail:
	nlmsg_free(msg);
	return err;
}

/**
 * ikevti_nl_item_begin() - begin a dump's message about an object
 * @skb: what is being filled
 * @cb: dump
 * @idev: device, which is named
 * @cmd: what the object is
 *
 * Return: for ikevti_nl_item_end(), NULL if there is no room.
 */
void *ikevti_nl_item_begin(struct sk_buff *skb, struct netlink_callback *cb,
			   struct ikevti_dev *idev, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &ikevti_genl, NLM_F_MULTI,
				cmd);

	if (hdr && ikevti_nl_put_dev_name(skb, sock_net(skb->sk), idev)) {
		genlmsg_cancel(skb, hdr);
		return NULL;
	}
	return hdr;
}

/**
 * ikevti_nl_item_end() - end it
 * @skb: what is being filled
 * @cb: dump
 * @hdr: from ikevti_nl_item_begin()
 * @err: whether the object fitted
 *
 * Return: 0 or -EMSGSIZE.
 */
int ikevti_nl_item_end(struct sk_buff *skb, struct netlink_callback *cb,
		       void *hdr, int err)
{
	if (err) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genl_dump_check_consistent(cb, hdr);
	genlmsg_end(skb, hdr);
	return 0;
}

static int dump_one_dev(struct sk_buff *skb, struct netlink_callback *cb,
			struct net *net, struct nlattr **attrs,
			int (*dump_dev)(struct sk_buff *skb,
					struct netlink_callback *cb,
					struct ikevti_dev *idev))
{
	struct ikevti_nl_place *place = ikevti_nl_place(cb);
	struct ikevti_dev *idev;
	int err;

	if (place->dev)
		return 0;
	idev = ikevti_nl_find_dev(net, attrs, cb->extack);
	if (IS_ERR(idev))
		return PTR_ERR(idev);
	err = dump_dev(skb, cb, idev);
	place->dev = !err;
	return err;
}

/**
 * ikevti_nl_dump() - go through one device or all
 * @skb: message being filled
 * @cb: dump
 * @dump_dev: puts one device's objects from its place on, and returns 0 or
 *	-EMSGSIZE with the place at the first that did not fit
 *
 * Return: for dumpit.
 */
int ikevti_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		   int (*dump_dev)(struct sk_buff *skb,
				   struct netlink_callback *cb,
				   struct ikevti_dev *idev))
{
	struct ikevti_nl_place *place = ikevti_nl_place(cb);
	struct nlattr **attrs = ikevti_dump_attrs(cb);
	struct net *net = sock_net(skb->sk);
	struct ikevti_net *in = ikevti_pernet(net);
	struct ikevti_dev *idev;
	unsigned long i = 0;
	int err = 0;

	mutex_lock(&ikevti_mutex);
	cb->seq = in->generation;
	if (attrs && attrs[IKEVTI_A_IFINDEX]) {
		err = dump_one_dev(skb, cb, net, attrs, dump_dev);
		goto unlock;
	}
	list_for_each_entry(idev, &in->devs, list) {
		if (i++ < place->dev)
			continue;
		err = dump_dev(skb, cb, idev);
		if (err)
			break;
		place->dev++;
		place->peer = 0;
		place->peers_done = false;
		place->item = 0;
	}
unlock:
	mutex_unlock(&ikevti_mutex);
	/* A full message is not an error unless nothing is in it */
	return err && err != -EMSGSIZE ? err : skb->len ?: err;
}

/**
 * ikevti_nl_dump_peers() - go through the peers of one device
 * @skb: message being filled
 * @cb: dump
 * @idev: device
 * @dump_peer: puts one peer's objects from place->item on, and returns 0 or
 *	-EMSGSIZE with place->item at the first that did not fit
 *
 * Context: ikevti_mutex.
 * Return: for ikevti_nl_dump().
 */
int ikevti_nl_dump_peers(struct sk_buff *skb, struct netlink_callback *cb,
			 struct ikevti_dev *idev,
			 int (*dump_peer)(struct sk_buff *skb,
					  struct netlink_callback *cb,
					  struct ikevti_peer *peer))
{
	struct ikevti_nl_place *place = ikevti_nl_place(cb);
	struct ikevti_peer *peer;
	int err;

	BUILD_BUG_ON(sizeof(*place) > sizeof(cb->args));
	while (!place->peers_done &&
	       (peer = ikevti_peer_from(idev, place->peer))) {
		/* The one it was at is gone */
		if (peer->id != place->peer)
			place->item = 0;
		place->peer = peer->id;
		err = dump_peer(skb, cb, peer);
		if (err)
			return err;
		place->peer = peer->id + 1;
		place->peers_done = !place->peer;
		place->item = 0;
	}
	return 0;
}

static const struct genl_ops ops[] = {
	{
		.cmd	 = IKEVTI_CMD_DEV_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_dev_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_dev_get,
		.dumpit	 = ikevti_nl_dev_dump,
	}, {
		.cmd	 = IKEVTI_CMD_SOCKET_ATTACH,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sock_fd_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_socket_attach,
	}, {
		.cmd	 = IKEVTI_CMD_SOCKET_DETACH,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sock_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_socket_detach,
	}, {
		.cmd	 = IKEVTI_CMD_SOCKET_TAKE,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sock_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_socket_take,
	}, {
		.cmd	 = IKEVTI_CMD_PATH_SET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_path_set_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_path_set,
	}, {
		.cmd	 = IKEVTI_CMD_PATH_DEL,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_path_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_path_del,
	}, {
		.cmd	 = IKEVTI_CMD_PATH_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_path_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_path_get,
		.dumpit	 = ikevti_nl_path_dump,
	}, {
		.cmd	 = IKEVTI_CMD_SPI_ALLOC,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_spi_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_spi_alloc,
	}, {
		.cmd	 = IKEVTI_CMD_SA_SET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sa_set_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_sa_set,
	}, {
		.cmd	 = IKEVTI_CMD_SA_DEL,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sa_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_sa_del,
	}, {
		.cmd	 = IKEVTI_CMD_SA_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_sa_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_sa_get,
		.start	 = ikevti_nl_sa_dump_start,
		.dumpit	 = ikevti_nl_sa_dump,
	}, {
		.cmd	 = IKEVTI_CMD_FLUSH,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_flush_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_flush,
	}, {
		.cmd	 = IKEVTI_CMD_PEER_SET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_peer_set_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_peer_set,
	}, {
		.cmd	 = IKEVTI_CMD_PEER_DEL,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_peer_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_peer_del,
	}, {
		.cmd	 = IKEVTI_CMD_PEER_GET,
		.flags	 = GENL_UNS_ADMIN_PERM,
		.policy	 = ikevti_nl_peer_key_policy,
		.maxattr = IKEVTI_A_MAX,
		.doit	 = ikevti_nl_peer_get,
		.dumpit	 = ikevti_nl_peer_dump,
	},
};

static const struct genl_multicast_group groups[] = {
	{ .name = IKEVTI_MCGRP_EVENTS, IKEVTI_MCGRP_FLAGS },
};

struct genl_family ikevti_genl __ro_after_init = {
	.name		= IKEVTI_GENL_NAME,
	.version	= IKEVTI_GENL_VERSION,
	.netnsok	= true,
	/* ikevti_mutex is lock enough */
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/* A netlink socket closed: sockets it had attached are orphans now */
static int netlink_closed(struct notifier_block *nb, unsigned long event,
			  void *data)
{
	const struct netlink_notify *n = data;

	if (event != NETLINK_URELEASE || n->protocol != NETLINK_GENERIC)
		return NOTIFY_DONE;
	mutex_lock(&ikevti_mutex);
	ikevti_sock_orphan(ikevti_pernet(n->net), n->portid);
	mutex_unlock(&ikevti_mutex);
	return NOTIFY_DONE;
}

static struct notifier_block netlink_nb = { .notifier_call = netlink_closed };

/**
 * ikevti_nl_init() - register the family
 *
 * Return: 0 or an error.
 */
int ikevti_nl_init(void)
{
	int err = netlink_register_notifier(&netlink_nb);

	if (err)
		return err;
	err = genl_register_family(&ikevti_genl);
	if (err)
		netlink_unregister_notifier(&netlink_nb);
	return err;
}

/* Counterpart of ikevti_nl_init() */
void ikevti_nl_exit(void)
{
	genl_unregister_family(&ikevti_genl);
	netlink_unregister_notifier(&netlink_nb);
}
