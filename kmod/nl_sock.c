// SPDX-License-Identifier: GPL-2.0-only
/* Commands about UDP sockets */
#include <linux/fdtable.h>
#include <linux/file.h>

#include "net.h"
#include "nl.h"
#include "sock.h"

static struct netlink_range_validation family_range = {
	.min = AF_INET,
	.max = AF_INET6,
};

static const struct nla_policy fd_policy[IKEVTI_SOCKET_A_MAX + 1] = {
	[IKEVTI_SOCKET_A_FD]		= { .type = NLA_U32 },
};

static const struct nla_policy key_policy[IKEVTI_SOCKET_A_MAX + 1] = {
	[IKEVTI_SOCKET_A_FAMILY]	= NLA_POLICY_FULL_RANGE(NLA_U16,
								&family_range),
	[IKEVTI_SOCKET_A_LOCAL_PORT]	= NLA_POLICY_MIN(NLA_U16, 1),
};

const struct nla_policy ikevti_nl_sock_fd_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_SOCKET]	= NLA_POLICY_NESTED(fd_policy),
};

const struct nla_policy ikevti_nl_sock_key_policy[IKEVTI_A_MAX + 1] = {
	[IKEVTI_A_SOCKET]	= NLA_POLICY_NESTED(key_policy),
};

int ikevti_nl_socket_attach(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_SOCKET_A_MAX + 1];
	int err;

	if (!info->attrs[IKEVTI_A_SOCKET])
		return ikevti_nl_miss(info, "SOCKET");
	err = nla_parse_nested(tb, IKEVTI_SOCKET_A_MAX,
			       info->attrs[IKEVTI_A_SOCKET], fd_policy,
			       info->extack);
	if (err)
		return err;
	if (!tb[IKEVTI_SOCKET_A_FD])
		return ikevti_nl_miss(info, "SOCKET_FD");

	return ikevti_sock_attach(ikevti_pernet(genl_info_net(info)),
				  nla_get_u32(tb[IKEVTI_SOCKET_A_FD]),
				  info->snd_portid, info->extack);
}

/* Context: ikevti_mutex */
static struct ikevti_sock *find_sock(struct genl_info *info)
{
	struct nlattr *tb[IKEVTI_SOCKET_A_MAX + 1];
	struct ikevti_sock *s;
	int err;

	if (!info->attrs[IKEVTI_A_SOCKET])
		return ERR_PTR(ikevti_nl_miss(info, "SOCKET"));
	err = nla_parse_nested(tb, IKEVTI_SOCKET_A_MAX,
			       info->attrs[IKEVTI_A_SOCKET], key_policy,
			       info->extack);
	if (err)
		return ERR_PTR(err);
	if (!tb[IKEVTI_SOCKET_A_FAMILY])
		return ERR_PTR(ikevti_nl_miss(info, "SOCKET_FAMILY"));
	if (!tb[IKEVTI_SOCKET_A_LOCAL_PORT])
		return ERR_PTR(ikevti_nl_miss(info, "SOCKET_LOCAL_PORT"));
	s = ikevti_sock_find(ikevti_pernet(genl_info_net(info)),
			     nla_get_u16(tb[IKEVTI_SOCKET_A_FAMILY]),
			     htons(nla_get_u16(tb[IKEVTI_SOCKET_A_LOCAL_PORT])));
	if (!s)
		return ERR_PTR(ikevti_nl_bad(info, info->attrs[IKEVTI_A_SOCKET],
					     -ENOENT,
					     "SOCKET: none is attached for this family and port"));
	return s;
}

int ikevti_nl_socket_detach(struct sk_buff *skb, struct genl_info *info)
{
	struct ikevti_sock *s;

	mutex_lock(&ikevti_mutex);
	s = find_sock(info);
	if (!IS_ERR(s))
		ikevti_sock_detach(s);
	mutex_unlock(&ikevti_mutex);
	return PTR_ERR_OR_ZERO(s);
}

static int put_sock(struct sk_buff *msg, const struct ikevti_sock *s, int fd)
{
	struct nlattr *nest = nla_nest_start(msg, IKEVTI_A_SOCKET);

	if (!nest || nla_put_u32(msg, IKEVTI_SOCKET_A_FD, fd) ||
	    nla_put_u16(msg, IKEVTI_SOCKET_A_FAMILY, s->family) ||
	    nla_put_u16(msg, IKEVTI_SOCKET_A_LOCAL_PORT, ntohs(s->port)))
		return -EMSGSIZE;
	nla_nest_end(msg, nest);
	return 0;
}

/* Context: ikevti_mutex. Gives the caller a descriptor of an orphan's file. */
static int take(struct genl_info *info, struct sk_buff *msg, void *hdr)
{
	struct ikevti_sock *s = find_sock(info);
	int fd, err;

	if (IS_ERR(s)) {
		err = PTR_ERR(s);
		goto free;
	}
	if (s->owner) {
		err = ikevti_nl_bad(info, info->attrs[IKEVTI_A_SOCKET], -EBUSY,
				    "SOCKET: its owner is alive");
		goto free;
	}
	/* A security module may object that this process gets the file */
	fd = ikevti_receive_fd(s->file, O_CLOEXEC);
	if (fd < 0) {
		err = fd;
		goto free;
	}
	err = put_sock(msg, s, fd);
	if (err)
		goto close;
	genlmsg_end(msg, hdr);
	err = genlmsg_reply(msg, info);
	msg = NULL;
	if (err)
		goto close;
	s->owner = info->snd_portid;
	return 0;
close:
	close_fd(fd);
free:
	nlmsg_free(msg);
	return err;
}

int ikevti_nl_socket_take(struct sk_buff *skb, struct genl_info *info)
{
	struct sk_buff *msg;
	void *hdr;
	int err;

	msg = ikevti_nl_reply(info, &hdr);
	if (!msg)
		return -ENOMEM;
	mutex_lock(&ikevti_mutex);
	err = take(info, msg, hdr);
	mutex_unlock(&ikevti_mutex);
	return err;
}
