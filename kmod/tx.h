/* SPDX-License-Identifier: GPL-2.0-only */
/* The way out: what its stages hand each other */
#ifndef _IKEVTI_TX_H
#define _IKEVTI_TX_H

#include <linux/skbuff.h>
#include <net/dsfield.h>
#include <net/dst.h>

#include "dev.h"
#include "path.h"
#include "sa.h"
#include "select.h"

struct ikevti_cutter;
struct ikevti_tx_job;
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
 * @limit: largest where the outer one may be fragmented, 0 if it must not
 * @tfc: octets to pad inner packets to, 0 not
 * @xnet: device and underlay are different namespaces
 * @fragment: the outer packet may be fragmented
 * @job: numbers packets and keeps them until it is their turn, or NULL
 */
struct ikevti_tx {
	struct ikevti_dev *idev;
	struct net *net;
	struct ikevti_choice choice;
	const struct ikevti_endpoint *ep;
	struct sock *sk;
	struct dst_entry *dst;
	unsigned int mtu;
	unsigned int limit;
	unsigned int tfc;
	bool xnet;
	bool fragment;
	struct ikevti_tx_job *job;
};

/**
 * struct ikevti_tx_kept - a way out that outlives its RCU section
 * @tx: the way; of @choice only the SA is there
 * @ep: its outer addresses
 */
struct ikevti_tx_kept {
	struct ikevti_tx tx;
	struct ikevti_endpoint ep;
};

/**
 * struct ikevti_later - packets of one way that another CPU may encrypt
 * @list: inner packets that fit, or GSO packets of such
 * @n: how many ESP packets they will be
 * @bytes: octets of inner packets
 */
struct ikevti_later {
	struct sk_buff_head list;
	unsigned int n;
	unsigned int bytes;
};

/**
 * struct ikevti_head - what outer headers have from the inner packet
 * @tos: DS field and ECN
 * @ttl: TTL or hop limit, 0: the route's
 * @df: IPv4: must not be fragmented
 */
struct ikevti_head {
	u8 tos;
	u8 ttl;
	bool df;
};

/**
 * struct ikevti_train - packets that leave together
 * @tx: their way out
 * @on: @tx is valid, its route owned
 * @same: every packet of the device goes this way
 * @couples: this way takes them together
 * @spread: other CPUs are to encrypt
 * @later: they, if @spread; the rest is of no use then
 * @head: of their outer headers
 * @owner: packet they were cut from, whose sender pays for them, or NULL
 * @limit: so many should be enough
 * @n: how many there are
 * @max: and at most
 * @bytes: octets of inner packets
 * @len: octets of the outer packet
 * @skb: they, prepared
 */
struct ikevti_train {
	struct ikevti_tx tx;
	bool on;
	bool same;
	bool couples;
	bool spread;
	struct ikevti_later later;
	struct ikevti_head head;
	struct sk_buff *owner;
	unsigned int limit;
	unsigned int n;
	unsigned int max;
	unsigned int bytes;
	unsigned int len;
	struct sk_buff *skb[IKEVTI_RUN_MAX];
};

/* tx.c */
void ikevti_tx_list(struct ikevti_dev *idev, struct sk_buff_head *list);
void ikevti_tx_together(const struct ikevti_tx *tx, struct sk_buff_head *list);

/* tx_kept.c */
bool ikevti_tx_keep(struct ikevti_tx_kept *kept, const struct ikevti_tx *tx);
void ikevti_tx_release(struct ikevti_tx_kept *kept);

/* spread_out.c */
void ikevti_spread_out(const struct ikevti_tx *tx, struct ikevti_later *later);
void ikevti_spread_out_init(struct ikevti_dev *idev);
void ikevti_spread_out_destroy(struct ikevti_dev *idev);
u64 ikevti_job_numbers(struct ikevti_tx_job *job, unsigned int n);
void ikevti_job_keep(struct ikevti_tx_job *job, struct sk_buff *skb,
		     struct ikevti_head head, u64 seq);

/* txq.c */
bool ikevti_txq_take(struct ikevti_dev *idev, struct sk_buff *skb);
void ikevti_txq_purge(struct ikevti_dev *idev);
int ikevti_txq_init(struct ikevti_dev *idev);
void ikevti_txq_destroy(struct ikevti_dev *idev);

/* single.c */
struct sk_buff *ikevti_single_segment(const struct ikevti_tx *tx,
				      const struct ikevti_cutter *cut,
				      unsigned int i);
struct sk_buff *ikevti_single_prepare(const struct ikevti_tx *tx,
				      struct sk_buff *skb);
int ikevti_single_seal(const struct ikevti_sa *sa, struct sk_buff *skb,
		       u64 seq);
void ikevti_single_clean(const struct ikevti_tx *tx, struct sk_buff *skb);
void ikevti_single_xmit(const struct ikevti_tx *tx, struct sk_buff *skb);

/* async_out.c */
void ikevti_async_xmit(const struct ikevti_tx *tx, struct sk_buff *skb,
		       unsigned int len, struct ikevti_head head, u64 seq);

/* train.c */
void ikevti_train_add(struct ikevti_train *train, struct sk_buff *skb);
void ikevti_train_send(struct ikevti_train *train);

/* outer.c */
unsigned int ikevti_outer_room(const struct ikevti_tx *tx);
bool ikevti_outer_batches(const struct ikevti_tx *tx);
bool ikevti_outer_couples(const struct ikevti_tx *tx);
struct ikevti_head ikevti_outer_own_head(const struct ikevti_dev *idev,
					 const struct sk_buff *skb);
void ikevti_outer_member(const struct ikevti_tx *tx, struct sk_buff *skb,
			 struct ikevti_head head, u64 seq);
void ikevti_outer_send(const struct ikevti_tx *tx, struct sk_buff *skb,
		       struct ikevti_head head, u64 seq);

/* owner.c */
void ikevti_share_owner(struct sk_buff *to, struct sk_buff *from);
void ikevti_move_owner(struct sk_buff *to, struct sk_buff *from);
void ikevti_keep_owner(struct sk_buff *to, struct sk_buff *from);
void ikevti_owner_exit(void);
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

/* What outer headers take from an inner packet, which is still in clear */
static inline struct ikevti_head ikevti_outer_head(const struct ikevti_tx *tx,
						   const struct sk_buff *skb)
{
	struct ikevti_head head = { .tos = ikevti_inner_tos(skb), .df = true };

	if (unlikely(READ_ONCE(tx->idev->own_head)))
		return ikevti_outer_own_head(tx->idev, skb);
	return head;
}

/* As ikevti_sa_run_max(); the numbers of a job are in order whoever sends */
static inline unsigned int ikevti_tx_run_max(const struct ikevti_tx *tx)
{
	return unlikely(tx->job) ? IKEVTI_RUN_MAX :
				   ikevti_sa_run_max(tx->choice.sa);
}

/* As ikevti_sa_run() */
static inline u64 ikevti_tx_run(const struct ikevti_tx *tx, unsigned int n,
				unsigned int bytes)
{
	if (unlikely(tx->job))
		return ikevti_job_numbers(tx->job, n);
	return ikevti_sa_run(tx->choice.sa, n, bytes);
}

/* As ikevti_sa_next() */
static inline u64 ikevti_tx_next(const struct ikevti_tx *tx, unsigned int bytes,
				 enum ikevti_stat_attr *why)
{
	if (unlikely(tx->job)) {
		*why = IKEVTI_STAT_A_TX_EXPIRED;
		return ikevti_job_numbers(tx->job, 1);
	}
	return ikevti_sa_next(tx->choice.sa, bytes, why);
}

/* Something was sent this way; of a job that was said before */
static inline void ikevti_tx_sent(const struct ikevti_tx *tx)
{
	if (likely(!tx->job))
		ikevti_path_sent(tx->choice.path);
}

#endif /* _IKEVTI_TX_H */
