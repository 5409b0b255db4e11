// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that came together leave together: each is encrypted in its own
 * memory and has its own headers, and they travel as a list behind the first
 * of them, the way GRO makes lists of datagrams (SKB_GSO_FRAGLIST). So route,
 * netfilter, queueing and driver are passed once, and unlike the segments of
 * other GSO packets they are not copied for that. No packet of a list is longer
 * than the first, whose length is what routers hold against an MTU, unless it
 * is so short that it fits anyway. A program that pulls at the list, or one that
 * wants it linear, leaves nothing to tell the packets apart by but that length:
 * where there may be one, all have it, and the last may be shorter, as with GRO's
 * lists. Others are the next list.
 *
 * They share the first one's metadata, so only those that have the same there
 * travel together. Of the hash the first one's counts: where a transmit queue
 * is chosen, packets of one receive queue have that in common.
 */
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "path.h"
#include "sa.h"
#include "tx.h"

#define IPV4_LEAST	576	/* octets that any host takes, RFC 791 */

static bool same_head(struct ikevti_head a, struct ikevti_head b)
{
	return a.tos == b.tos && a.ttl == b.ttl && a.df == b.df;
}

/* May it travel with the first one? */
static bool alike(const struct ikevti_train *train, const struct sk_buff *skb)
{
	const struct sk_buff *first = train->skb[0];

	return same_head(train->head, ikevti_outer_head(&train->tx, skb)) &&
	       first->priority == skb->priority &&
	       first->queue_mapping == skb->queue_mapping &&
#ifdef CONFIG_NETWORK_SECMARK
	       first->secmark == skb->secmark &&
#endif
	       first->tstamp == skb->tstamp;
}

/**
 * ikevti_train_add() - have a packet leave with others
 * @train: its way out, owner and limit are set
 * @skb: inner packet that fits, nobody pays for it, consumed
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 */
void ikevti_train_add(struct ikevti_train *train, struct sk_buff *skb)
{
	const struct ikevti_tx *tx = &train->tx;
	const struct ikevti_format *f = &tx->choice.sa->format;
	unsigned int len = ikevti_esp_len(f, skb->len, f->align);

	if (train->n && (train->n >= train->max || !alike(train, skb) ||
			 train->len + len > IP_MAX_MTU))
		ikevti_train_send(train);
	skb = ikevti_single_prepare(tx, skb);
	if (unlikely(!skb))
		return;
	if (!train->n) {
		train->max = min(train->limit,
				 ikevti_tx_run_max(tx));
		train->head = ikevti_outer_head(tx, skb);
		train->bytes = 0;
		train->len = ikevti_outer_len(tx->ep->family, true);
	}
	train->skb[train->n++] = skb;
	train->bytes += skb->len;
	train->len += len;
}

/* Number and encrypt all. What the cipher refuses is gone afterwards. */
static void seal(struct ikevti_train *train, u64 seq)
{
	const struct ikevti_tx *tx = &train->tx;
	struct ikevti_sa *sa = tx->choice.sa;
	unsigned int i, n = 0;
	struct sk_buff *skb;

	for (i = 0; i < train->n; i++) {
		skb = train->skb[i];
		if (unlikely(ikevti_single_seal(sa, skb, seq + i))) {
			ikevti_count(tx->idev, sa, IKEVTI_STAT_A_TX_CRYPTO);
			ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_CRYPTO);
			continue;
		}
		train->skb[n++] = skb;
	}
	train->n = n;
}

/*
 * May a list have packets of different lengths? Not where a program may see it.
 * A device that takes no lists gets its packets one by one, right behind the
 * programs of its egress; what a veth sends is seen at the other end next.
 */
static bool may_mix(struct net_device *dev)
{
	const struct net_device *peer;

	if (ikevti_dev_has_egress(dev))
		return false;
	if (!(dev->features & NETIF_F_GSO_FRAGLIST))
		return true;
	if (!dev->rtnl_link_ops || strcmp(dev->rtnl_link_ops->kind, "veth"))
		return false;
	peer = dev->netdev_ops->ndo_get_peer_dev(dev);
	return peer && !ikevti_dev_has_ingress(peer);
}

/* ESP in UDP that a router need not hold against an MTU: RFC 791, RFC 8200 */
static unsigned int fits_always(const struct ikevti_tx *tx)
{
	return (tx->ep->family == AF_INET ? IPV4_LEAST - sizeof(struct iphdr) :
		IPV6_MIN_MTU - sizeof(struct ipv6hdr)) - sizeof(struct udphdr);
}

/* How many of the packets from @first on can be one list? */
static unsigned int list_length(const struct ikevti_train *train,
				unsigned int first, bool mix)
{
	unsigned int len = train->skb[first]->len, n = 1;
	unsigned int most = mix ? max(len, fits_always(&train->tx)) : len;

	while (first + n < train->n && train->skb[first + n]->len <= most)
		if (train->skb[first + n++]->len != len && !mix)
			break;
	return n;
}

/* Make @n packets from @first on a list, of which the first is the head */
static void couple(struct ikevti_train *train, unsigned int first,
		   unsigned int n, u64 seq)
{
	struct sk_buff *head = train->skb[first], **tail, *skb;
	const struct ikevti_tx *tx = &train->tx;
	unsigned int i;

	skb_shinfo(head)->gso_size = head->len;
	skb_shinfo(head)->gso_segs = n;
	skb_shinfo(head)->gso_type = SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST;
	tail = &skb_shinfo(head)->frag_list;
	for (i = 1; i < n; i++) {
		skb = train->skb[first + i];
		if (!train->owner)
			ikevti_single_clean(tx, skb);
		ikevti_outer_member(tx, skb, train->head, seq + i);
		*tail = skb;
		tail = &skb->next;
		head->len += skb->len;
		head->data_len += skb->len;
		head->truesize += skb->truesize;
	}
}

/* Send @n sealed packets from @first on as one */
static void send_list(struct ikevti_train *train, unsigned int first,
		      unsigned int n, u64 seq)
{
	struct sk_buff *skb = train->skb[first];

	/* Segments are fresh, others were packets before */
	if (!train->owner)
		ikevti_single_clean(&train->tx, skb);
	if (likely(n > 1))
		couple(train, first, n, seq);
	if (train->owner)
		ikevti_keep_owner(skb, train->owner);
	ikevti_outer_send(&train->tx, skb, train->head, seq);
}

/**
 * ikevti_train_send() - encrypt and send what was added
 * @train: empty afterwards, its way out remains
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 */
void ikevti_train_send(struct ikevti_train *train)
{
	const struct ikevti_tx *tx = &train->tx;
	unsigned int i, n = train->n;
	u64 seq = 0;
	bool mix;

	if (n > 1)
		seq = ikevti_tx_run(tx, n, train->bytes);
	if (!seq) {
		/* Alone, or near a limit, which so is kept to exactly */
		for (i = 0; i < n; i++) {
			if (train->owner)
				ikevti_keep_owner(train->skb[i], train->owner);
			ikevti_single_xmit(tx, train->skb[i]);
		}
		train->n = 0;
		return;
	}

	seal(train, seq);
	if (unlikely(!train->n))
		return;
	dev_sw_netstats_tx_add(tx->idev->dev, train->n, train->bytes);
	ikevti_tx_sent(tx);
	mix = may_mix(tx->dst->dev);
	for (i = 0; i < train->n; i += n) {
		n = list_length(train, i, mix);
		send_list(train, i, n, seq + i);
	}
	train->n = 0;
}
