/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out: what its stages hand each other */
#ifndef _IKEVTI_TX_H
#define _IKEVTI_TX_H

#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/dst.h>

#include "select.h"

struct ikevti_cutter;
struct ikevti_dev;
struct ikevti_endpoint;
struct ikevti_sa;
struct net;
struct sock;

/**
 * struct ikevti_tx - the way out that packets share
 * @idev: device
 * @net: underlay namespace
 * @choice: path, lane and SA
 * @ep: outer addresses
 * @sk: sending socket, NULL without UDP encapsulation
 * @dst: outer route, owned
 * @mtu: largest inner packet, octets
 * @xnet: device and underlay are different namespaces
 * @fragment: the outer packet may be fragmented
 */
struct ikevti_tx {
	struct ikevti_dev *idev;
	struct net *net;
	struct ikevti_choice choice;
	const struct ikevti_endpoint *ep;
	struct sock *sk;
	struct dst_entry *dst;
	unsigned int mtu;
	bool xnet;
	bool fragment;
};

/* outer.c */
unsigned int ikevti_outer_room(const struct ikevti_tx *tx);
bool ikevti_outer_batches(const struct ikevti_tx *tx);
void ikevti_outer_send(const struct ikevti_tx *tx, struct sk_buff *skb, u8 tos,
		       u64 seq);

/* owner.c */
void ikevti_share_owner(struct sk_buff *to, struct sk_buff *from);
void ikevti_move_owner(struct sk_buff *to, struct sk_buff *from);
void ikevti_inherit(struct sk_buff *to, const struct sk_buff *from, bool xnet);

/* super.c */
unsigned int ikevti_super_xmit(const struct ikevti_tx *tx,
			       const struct ikevti_cutter *cut,
			       struct sk_buff *owner);

/* Next header that tells what an inner packet is */
static inline u8 ikevti_inner_proto(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ? IPPROTO_IPIP : IPPROTO_IPV6;
}

/* DSCP and ECN are copied: RFC 6040 section 4.1, normal mode */
static inline u8 ikevti_inner_tos(const struct sk_buff *skb)
{
	return skb->protocol == htons(ETH_P_IP) ?
	       ip_hdr(skb)->tos : ipv6_get_dsfield(ipv6_hdr(skb));
}

#endif /* _IKEVTI_TX_H */
