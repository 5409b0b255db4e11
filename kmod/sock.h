/* SPDX-License-Identifier: GPL-2.0-only */
/* UDP sockets handed over by userspace, for ESP in UDP (RFC 3948) */
#ifndef _IKEVTI_SOCK_H
#define _IKEVTI_SOCK_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/net.h>

struct ikevti_net;
struct netlink_ext_ack;

/**
 * struct ikevti_sock - an attached socket
 * @rcu: frees
 * @in: underlay namespace
 * @sk: the socket, valid under RCU while this object is
 * @file: reference that keeps it open
 * @list: in ikevti_net.socks
 * @family: AF_INET or AF_INET6
 * @port: local port
 * @owner: netlink port of who attached it, 0 nobody
 * @orphan_until: seconds since boot when it may be let go, if there is no owner
 *
 * @sk, @list, @family and @port are read under RCU too, the rest under
 * ikevti_mutex. As long as it is attached its file is held,
 * so the socket cannot be destroyed underneath.
 */
struct ikevti_sock {
	struct rcu_head rcu;
	struct ikevti_net *in;
	struct sock *sk;
	struct file *file;
	struct list_head list;
	u16 family;
	__be16 port;
	u32 owner;
	u32 orphan_until;
};

int ikevti_sock_attach(struct ikevti_net *in, int fd, u32 owner,
		       struct netlink_ext_ack *extack);
void ikevti_sock_detach(struct ikevti_sock *s);
struct ikevti_sock *ikevti_sock_find(struct ikevti_net *in, u16 family,
				     __be16 port);
void ikevti_sock_orphan(struct ikevti_net *in, u32 owner);
bool ikevti_sock_reap(struct ikevti_net *in);

#endif /* _IKEVTI_SOCK_H */
