/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between kernel versions. This is the only file of the module
 * that asks which kernel it is built for.
 */
#ifndef _IKEVTI_COMPAT_H
#define _IKEVTI_COMPAT_H

#include <linux/version.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/timer.h>
#include <net/genetlink.h>
#include <net/gro.h>
#include <net/rtnetlink.h>
#include <net/udp_tunnel.h>
#include <crypto/aead.h>
#include <crypto/internal/simd.h>
#include <asm/simd.h>

#if !IS_ENABLED(CONFIG_IPV6) || !IS_ENABLED(CONFIG_XFRM)
#error "ikevti needs a kernel with CONFIG_IPV6 and CONFIG_XFRM"
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "ikevti needs Linux 6.1 or later"
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

#ifndef from_timer
#define from_timer	timer_container_of
#endif

/* timer_delete_sync() came in 6.2, del_timer_sync() went in 6.15 */
static inline void ikevti_timer_stop(struct timer_list *timer)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
	timer_delete_sync(timer);
#else
	del_timer_sync(timer);
#endif
}

/* Transmit without the queue lock: a feature bit until 6.12 */
static inline void ikevti_dev_lockless(struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
	dev->lltx = true;
#else
	dev->features |= NETIF_F_LLTX;
#endif
}

/* Give the calling process a file: a third argument since 6.8 */
static inline int ikevti_receive_fd(struct file *file, unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return receive_fd(file, NULL, flags);
#else
	return receive_fd(file, flags);
#endif
}

/* Where GRO found the (outer) IP header, from the packet's data */
static inline int ikevti_gro_network_offset(const struct sk_buff *skb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
	return NAPI_GRO_CB(skb)->network_offset;
#else
	return skb_network_offset(skb);
#endif
}

/* Attributes of a dump request */
static inline struct nlattr **ikevti_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/*
 * Joining the group needs CAP_NET_ADMIN in the namespace's user namespace. The
 * flag that says so came in 6.7 and was backported (6.1.67; Debian's 6.1 and
 * 6.12 have it). Before, the flag of commands meant the same for groups.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define IKEVTI_MCGRP_FLAGS	.flags = GENL_MCAST_CAP_NET_ADMIN,
#else
#define IKEVTI_MCGRP_FLAGS	.flags = GENL_UNS_ADMIN_PERM,
#endif

/*
 * User-mode Linux has no kernel FPU sections that a softirq could interrupt,
 * but its generic may_use_simd() refuses every softirq.
 */
static inline bool ikevti_simd_usable(void)
{
#ifdef CONFIG_UML
	return true;
#else
	return crypto_simd_usable();
#endif
}

/* A cipher's completion gets its data; before 6.3 the request, which has it */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
#define IKEVTI_DONE_ARG		void
#define ikevti_done_data(arg)	(arg)
#else
#define IKEVTI_DONE_ARG		struct crypto_async_request
#define ikevti_done_data(arg)	((arg)->data)
#endif

/* When a packet is to leave, and by which clock that is meant */
static inline void ikevti_copy_tstamp(struct sk_buff *to,
				      const struct sk_buff *from)
{
	to->tstamp = from->tstamp;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	to->tstamp_type = from->tstamp_type;
#else
	to->mono_delivery_time = from->mono_delivery_time;
#endif
}

/* Has a process mapped a page? Before 6.9 large folios had to be counted through. */
static inline bool ikevti_page_mapped(struct page *page)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
	return folio_mapped(page_folio(page));
#else
	return atomic_read(&page->_mapcount) >= 0;
#endif
}

/* Is there something at a device's ingress that may redirect or change packets? */
static inline bool ikevti_dev_has_ingress(const struct net_device *dev)
{
	if (rcu_access_pointer(dev->xdp_prog))
		return true;
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_XGRESS
	if (rcu_access_pointer(dev->tcx_ingress))
		return true;
#endif
#elif defined(CONFIG_NET_CLS_ACT)
	if (rcu_access_pointer(dev->miniq_ingress))
		return true;
#endif
#ifdef CONFIG_NETFILTER_INGRESS
	if (rcu_access_pointer(dev->nf_hooks_ingress))
		return true;
#endif
	return false;
}

/* Is there a program, or another filter, at a device's egress? */
static inline bool ikevti_dev_has_egress(const struct net_device *dev)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#ifdef CONFIG_NET_XGRESS
	return rcu_access_pointer(dev->tcx_egress);
#endif
#elif defined(CONFIG_NET_CLS_ACT)
	return rcu_access_pointer(dev->miniq_egress);
#endif
	return false;
}

/* A socket was named by struct socket until 7.x: told by the type, not the version */
static inline void ikevti_setup_udp_sock(struct net *net, struct sock *sk,
					 struct udp_tunnel_sock_cfg *cfg)
{
	typedef void by_sock(struct net *, struct sock *,
			     struct udp_tunnel_sock_cfg *);

	setup_udp_tunnel_sock(net,
			      __builtin_choose_expr(__same_type(setup_udp_tunnel_sock,
								by_sock),
						    sk, sk->sk_socket),
			      cfg);
}

/*
 * Since 6.16 GRO keeps a list of tunnels' sockets and a count for each
 * gro_receive of theirs, which it calls directly when it is the only one. What
 * else takes a socket out of both is only its end.
 */
static inline void ikevti_udp_forget(struct sock *sk)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	udp_tunnel_cleanup_gro(sk);
#endif
}

/* What keeps a namespace alive; a member of struct ns_common until 6.18 */
static inline int ikevti_net_users(const struct net *net)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return ns_ref_read(net);
#else
	return refcount_read(&net->ns.count);
#endif
}

/* Vector ciphers hide behind asynchronous wrappers before 6.16, see crypt.c */
static inline struct crypto_aead *ikevti_alloc_internal(const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	return ERR_PTR(-ENOENT);
#else
	return crypto_alloc_aead(name, CRYPTO_ALG_INTERNAL,
				 CRYPTO_ALG_INTERNAL | CRYPTO_ALG_ASYNC);
#endif
}

/* The arguments of rtnl_link_ops.newlink are a struct since 6.15 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 15, 0)
#define IKEVTI_NEWLINK(name)						\
static int name##_args(struct net *link_net, struct net_device *dev,	\
		       struct nlattr *tb[], struct nlattr *data[],	\
		       struct netlink_ext_ack *extack);			\
static int name(struct net_device *dev,					\
		struct rtnl_newlink_params *params,			\
		struct netlink_ext_ack *extack)				\
{									\
	return name##_args(rtnl_newlink_link_net(params), dev,		\
			   params->tb, params->data, extack);		\
}									\
static int name##_args
#else
#define IKEVTI_NEWLINK(name)	static int name
#endif

/* IP control block flags of the outer packet are a parameter since 6.17 */
static inline void
ikevti_udp4_xmit(struct rtable *rt, struct sock *sk, struct sk_buff *skb,
		 __be32 src, __be32 dst, u8 tos, u8 ttl, __be16 df,
		 __be16 sport, __be16 dport, bool xnet)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport, dport,
			    xnet, true, 0);
#else
	udp_tunnel_xmit_skb(rt, sk, skb, src, dst, tos, ttl, df, sport, dport,
			    xnet, true);
#endif
}

static inline void
ikevti_udp6_xmit(struct dst_entry *dst, struct sock *sk, struct sk_buff *skb,
		 const struct in6_addr *src, const struct in6_addr *daddr,
		 u8 prio, u8 ttl, __be32 label, __be16 sport, __be16 dport)
{
	struct in6_addr s = *src, d = *daddr;

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, &s, &d, prio, ttl, label,
			     sport, dport, false, 0);
#else
	udp_tunnel6_xmit_skb(dst, sk, skb, NULL, &s, &d, prio, ttl, label,
			     sport, dport, false);
#endif
}

/* Reasons that came in 6.12 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define IKEVTI_REASON_TUNNEL_ECN	SKB_DROP_REASON_IP_TUNNEL_ECN
#define IKEVTI_REASON_NO_TARGET		SKB_DROP_REASON_NO_TX_TARGET
#else
#define IKEVTI_REASON_TUNNEL_ECN	SKB_DROP_REASON_NOT_SPECIFIED
#define IKEVTI_REASON_NO_TARGET		SKB_DROP_REASON_NOT_SPECIFIED
#endif

#endif /* _IKEVTI_COMPAT_H */
