/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink family "ikevti" */
#ifndef _IKEVTI_NL_H
#define _IKEVTI_NL_H

#include <net/genetlink.h>
#include <linux/ikevti.h>

struct ikevti_dev;
struct ikevti_net;
struct ikevti_nexthop;
struct ikevti_path;
struct ikevti_peer;
struct ikevti_sa;

/* Holds the largest answer, an SA with all selectors it may have */
#define IKEVTI_NL_SIZE	8192

extern struct genl_family ikevti_genl;

int ikevti_nl_init(void);
void ikevti_nl_exit(void);

/* nl.c: what the commands share */
struct ikevti_dev *ikevti_nl_find_dev(struct net *net, struct nlattr **attrs,
				      struct netlink_ext_ack *extack);
struct ikevti_dev *ikevti_nl_lock_dev(struct genl_info *info);
void ikevti_nl_unlock_dev(struct ikevti_dev *idev, struct ikevti_peer *changed);
int ikevti_nl_put_dev_name(struct sk_buff *skb, const struct net *net,
			   const struct ikevti_dev *idev);
int ikevti_nl_put_stats(struct sk_buff *skb, int attr, const u64 *count,
			const unsigned long *have);
struct sk_buff *ikevti_nl_reply(struct genl_info *info, void **hdr);
int ikevti_nl_answer(struct genl_info *info,
		     int (*put)(struct sk_buff *msg, struct genl_info *info,
				struct ikevti_dev *idev));
void *ikevti_nl_item_begin(struct sk_buff *skb, struct netlink_callback *cb,
			   struct ikevti_dev *idev, u8 cmd);
int ikevti_nl_item_end(struct sk_buff *skb, struct netlink_callback *cb,
		       void *hdr, int err);

/**
 * ikevti_nl_miss() - complain about an attribute that is not there
 */
#define ikevti_nl_miss(info, name)					\
({									\
	NL_SET_ERR_MSG((info)->extack, name " is missing");		\
	-EINVAL;							\
})

/**
 * ikevti_nl_bad() - complain about an attribute that is there
 */
#define ikevti_nl_bad(info, attr, err, text)				\
({									\
	NL_SET_ERR_MSG_ATTR((info)->extack, attr, text);		\
	err;								\
})

/*
 * A dump's place in the list of devices, among a device's peers (by number,
 * until @peers_done: the last number has no next one) and in a peer's list.
 * Objects made or removed in between change the generation, and the reader
 * learns that.
 */
struct ikevti_nl_place {
	unsigned long dev;
	u32 peer;
	bool peers_done;
	unsigned long item;
};

#define ikevti_nl_place(cb)	((struct ikevti_nl_place *)(cb)->args)

int ikevti_nl_dump(struct sk_buff *skb, struct netlink_callback *cb,
		   int (*dump_dev)(struct sk_buff *skb,
				   struct netlink_callback *cb,
				   struct ikevti_dev *idev));
int ikevti_nl_dump_peers(struct sk_buff *skb, struct netlink_callback *cb,
			 struct ikevti_dev *idev,
			 int (*dump_peer)(struct sk_buff *skb,
					  struct netlink_callback *cb,
					  struct ikevti_peer *peer));

/* nl_dev.c */
extern const struct nla_policy ikevti_nl_dev_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_flush_policy[IKEVTI_A_MAX + 1];
int ikevti_nl_dev_get(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_dev_dump(struct sk_buff *skb, struct netlink_callback *cb);
int ikevti_nl_flush(struct sk_buff *skb, struct genl_info *info);

/* nl_peer.c */
extern const struct nla_policy ikevti_nl_peer_name[IKEVTI_PEER_A_MAX + 1];
extern const struct nla_policy ikevti_nl_peer_set_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_peer_key_policy[IKEVTI_A_MAX + 1];
struct ikevti_peer *ikevti_nl_find_peer(struct genl_info *info,
					struct ikevti_dev *idev);
int ikevti_nl_put_peer_id(struct sk_buff *skb, const struct ikevti_peer *peer);
int ikevti_nl_put_nexthop(struct sk_buff *skb, const struct ikevti_peer *peer,
			  const struct ikevti_nexthop *nexthop);
int ikevti_nl_peer_set(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_peer_del(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_peer_get(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_peer_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* nl_path.c */
extern const struct nla_policy ikevti_nl_path_set_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_path_key_policy[IKEVTI_A_MAX + 1];
int ikevti_nl_path_set(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_path_del(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_path_get(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_path_dump(struct sk_buff *skb, struct netlink_callback *cb);
int ikevti_nl_put_path(struct sk_buff *skb, struct ikevti_path *path);

/* nl_sa.c */
extern const struct nla_policy ikevti_nl_spi_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_sa_set_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_sa_key_policy[IKEVTI_A_MAX + 1];
int ikevti_nl_spi_alloc(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_sa_set(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_sa_del(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_sa_get(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_sa_dump_start(struct netlink_callback *cb);
int ikevti_nl_sa_dump(struct sk_buff *skb, struct netlink_callback *cb);

/* nl_sock.c */
extern const struct nla_policy ikevti_nl_sock_fd_policy[IKEVTI_A_MAX + 1];
extern const struct nla_policy ikevti_nl_sock_key_policy[IKEVTI_A_MAX + 1];
int ikevti_nl_socket_attach(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_socket_detach(struct sk_buff *skb, struct genl_info *info);
int ikevti_nl_socket_take(struct sk_buff *skb, struct genl_info *info);

#endif /* _IKEVTI_NL_H */
