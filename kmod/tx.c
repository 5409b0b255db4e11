// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out: choose path and SA, see that the packet fits, cut it into
 * segments, give each a sequence number, encrypt it in place or in a fresh
 * linear copy, put outer headers in front and send.
 *
 * Everything a packet touches is found under RCU; the only shared writes are
 * the SA's atomic counters.
 */
#include <linux/ipv6.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/ip6_tunnel.h>
#include <net/ip_tunnels.h>
#include <net/route.h>

#include "crypt.h"
#include "dev.h"
#include "esp.h"
#include "event.h"
#include "gso.h"
#include "net.h"
#include "path.h"
#include "pmtu.h"
#include "route.h"
#include "sa.h"
#include "select.h"
#include "sock.h"
#include "tx.h"

#define PARKED_MAX	1024	/* packets */
#define PARKED_BATCH	64

static void drop(struct ikevti_dev *idev, struct ikevti_sa *sa,
		 enum ikevti_stat_attr why, struct sk_buff *skb)
{
	ikevti_count(idev, sa, why);
	kfree_skb_list(skb);
}

/* Copy a packet, finishing its checksum on the way */
static int copy_packet(const struct sk_buff *skb, u8 *to)
{
	__wsum csum;
	int start;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return skb_copy_bits(skb, 0, to, skb->len);

	start = skb_checksum_start_offset(skb);
	if (skb_copy_bits(skb, 0, to, start))
		return -EFAULT;
	csum = skb_copy_and_csum_bits(skb, start, to + start, skb->len - start);
	*(__sum16 *)(to + start + skb->csum_offset) =
		csum_fold(csum) ?: CSUM_MANGLED_0;
	return 0;
}

static struct sk_buff *copy_linear(struct sk_buff *skb, unsigned int head,
				   unsigned int tail)
{
	struct sk_buff *copy = alloc_skb(head + skb->len + tail, GFP_ATOMIC);

	if (unlikely(!copy))
		goto fail;
	skb_reserve(copy, head);
	if (unlikely(copy_packet(skb, skb_put(copy, skb->len))))
		goto fail;

	skb_copy_header(copy, skb);
	copy->ip_summed = CHECKSUM_NONE;
	skb_gso_reset(copy);
	skb_reset_mac_header(copy);
	skb_reset_network_header(copy);
	ikevti_move_owner(copy, skb);
	consume_skb(skb);
	return copy;
fail:
	kfree_skb(copy);
	kfree_skb(skb);
	return NULL;
}

/**
 * prepare() - make a packet linear, private and roomy
 * @skb: consumed on failure
 * @head: octets needed before it
 * @tail: octets needed after it
 *
 * Return: @skb or its copy, checksum complete, or NULL.
 */
static struct sk_buff *prepare(struct sk_buff *skb, unsigned int head,
			       unsigned int tail)
{
	if (skb_is_nonlinear(skb) || skb_cloned(skb) ||
	    skb_headroom(skb) < head || skb_tailroom(skb) < tail)
		return copy_linear(skb, head, tail);

	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb)) {
		kfree_skb(skb);
		return NULL;
	}
	skb->ip_summed = CHECKSUM_NONE;
	return skb;
}

/* ESP header, trailer and encryption around a prepared packet */
static int seal(const struct ikevti_sa *sa, struct sk_buff *skb, u64 seq)
{
	unsigned int len = skb->len;
	u8 *esp = skb_push(skb, IKEVTI_ESP_HLEN);

	len = ikevti_esp_fill(esp, len, IKEVTI_ESP_ALIGN, sa->spi,
			      ikevti_inner_proto(skb));
	__skb_put(skb, IKEVTI_ESP_HLEN + len + IKEVTI_ESP_ICV_LEN - skb->len);
	ikevti_esp_number(esp, seq);
	return ikevti_crypt_seal(sa, seq, esp, len);
}

/*
 * Encrypt and send one packet that fits. Its sequence number is taken last, so
 * that what is dropped before does not count against the SA's limits.
 */
static void tx_one(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	struct ikevti_sa *sa = tx->choice.sa;
	struct ikevti_dev *idev = tx->idev;
	unsigned int len = skb->len;
	enum ikevti_stat_attr why;
	u64 seq;
	u8 tos;

	skb = prepare(skb, ikevti_outer_room(tx) + IKEVTI_ESP_HLEN,
		      ikevti_esp_pad(len) + IKEVTI_ESP_TRAILER +
		      IKEVTI_ESP_ICV_LEN);
	if (unlikely(!skb)) {
		ikevti_count(idev, sa, IKEVTI_STAT_A_TX_NO_MEMORY);
		return;
	}
	tos = ikevti_inner_tos(skb);
	seq = ikevti_sa_next(sa, len, &why);
	if (unlikely(!seq)) {
		drop(idev, sa, why, skb);
		return;
	}
	if (unlikely(seal(sa, skb, seq))) {
		drop(idev, sa, IKEVTI_STAT_A_TX_CRYPTO, skb);
		return;
	}
	dev_sw_netstats_tx_add(idev->dev, 1, len);
	ikevti_path_sent(tx->choice.path);

	/* The hash of the inner flow stays, for transmit queues and labels */
	skb_scrub_packet(skb, tx->xnet);
	skb->encapsulation = 0;
	skb_reset_inner_headers(skb);
	ikevti_outer_send(tx, skb, tos, seq);
}

/* Send the segments of a GSO packet, from @i on, one by one */
static void tx_segments(const struct ikevti_tx *tx,
			const struct ikevti_cutter *cut, unsigned int i,
			struct sk_buff *owner)
{
	unsigned int room = ikevti_outer_room(tx) + IKEVTI_ESP_HLEN;
	struct sk_buff *skb;
	unsigned int len;

	for (; i < cut->n; i++) {
		len = ikevti_cut_len(cut, i);
		skb = alloc_skb(room + len + IKEVTI_ESP_TAILROOM, GFP_ATOMIC);
		if (unlikely(!skb)) {
			ikevti_count(tx->idev, tx->choice.sa,
				     IKEVTI_STAT_A_TX_NO_MEMORY);
			continue;
		}
		skb_reserve(skb, room);
		skb_reset_network_header(skb);
		ikevti_cut(cut, i, skb_put(skb, len));
		ikevti_inherit(skb, cut->skb, tx->xnet);
		if (i + 1 < cut->n)
			ikevti_share_owner(skb, owner);
		else
			ikevti_move_owner(skb, owner);
		tx_one(tx, skb);
	}
}

/* A GSO packet that fits. Returns false if it is none to cut in one pass. */
static bool tx_gso(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	struct ikevti_cutter cut;
	unsigned int done = 0;

	if (unlikely(!ikevti_cutter_init(&cut, skb)))
		return false;
	if (ikevti_outer_batches(tx))
		done = ikevti_super_xmit(tx, &cut, skb);
	if (done < cut.n)
		tx_segments(tx, &cut, done, skb);
	consume_skb(skb);
	return true;
}

/* Replace what is too big in a list by fragments; NULL for lack of memory */
static struct sk_buff *fragment_list(struct sk_buff *list, unsigned int mtu)
{
	struct sk_buff *head = NULL, **tail = &head, *skb, *next;

	for (skb = list; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		if (skb->len > mtu) {
			skb = ikevti_fragment(skb, mtu, LL_MAX_HEADER +
							IKEVTI_OUTER_MAX);
			if (!skb) {
				kfree_skb_list(head);
				kfree_skb_list(next);
				return NULL;
			}
		}
		*tail = skb;
		while (*tail)
			tail = &(*tail)->next;
	}
	return head;
}

/* Cut a packet into what goes into ESP; NULL when that failed */
static struct sk_buff *cut(struct sk_buff *skb, const struct ikevti_tx *tx, bool fragment)
{
	struct sk_buff *segs;

	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, 0);
		if (IS_ERR(segs)) {
			kfree_skb(skb);
			return NULL;
		}
		if (segs) {
			consume_skb(skb);
			skb = segs;
		}
	}
	return fragment ? fragment_list(skb, tx->mtu) : skb;
}

/* Send a list of packets under one SA */
static void tx_list(const struct ikevti_tx *tx, struct sk_buff *list)
{
	struct sk_buff *skb, *next;

	for (skb = list; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		tx_one(tx, skb);
	}
}

/* Choose where the packet goes until there is a route for it, or nothing */
static enum ikevti_stat_attr find_way(struct ikevti_tx *tx, struct sk_buff *skb)
{
	enum ikevti_stat_attr why = IKEVTI_STAT_A_TX_NO_SA;
	struct ikevti_sock *sock;
	struct ikevti_path *path;

	while (ikevti_select(tx->idev, skb, &tx->choice)) {
		path = tx->choice.path;
		tx->ep = rcu_dereference(path->endpoint);
		sock = rcu_dereference(path->sock);
		tx->sk = sock ? sock->sk : NULL;
		if (likely(tx->sk || tx->ep->encap == IKEVTI_ENCAP_NONE)) {
			tx->dst = ikevti_route(tx->idev, tx->net, path, tx->ep,
					       tx->choice.lane);
			if (!IS_ERR(tx->dst)) {
				if (likely(netif_carrier_ok(tx->dst->dev)))
					return 0;
				dst_release(tx->dst);
			}
		}
		/* Not this path, until somebody looked at it again */
		why = IKEVTI_STAT_A_TX_NO_ROUTE;
		WRITE_ONCE(path->no_route, true);
		ikevti_dev_schedule(tx->idev);
	}
	return why;
}

static void look_at_mtu(struct ikevti_tx *tx)
{
	struct ikevti_lane *lane = tx->choice.lane;
	u32 pmtu = dst_mtu(tx->dst);

	tx->mtu = ikevti_esp_mtu(pmtu, tx->ep->family, tx->sk);
	if (unlikely(READ_ONCE(lane->mtu) != pmtu)) {
		WRITE_ONCE(lane->mtu, pmtu);
		ikevti_dev_schedule(tx->idev);
	}
}

static void clamp_mss(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	u32 mss = READ_ONCE(tx->idev->mss_clamp);

	if (mss == IKEVTI_MSS_OFF)
		return;
	if (mss != IKEVTI_MSS_AUTO)
		ikevti_mss_clamp(skb, mss, mss);
	else if (tx->mtu > 100)
		ikevti_mss_clamp(skb, tx->mtu - 40, max(tx->mtu, 1280U) - 60);
}

/*
 * Is it worth a tunnel? What a host says by itself on any link that comes up is
 * not: multicast listener reports, router and neighbour solicitations.
 */
static bool wants_tunnel(const struct sk_buff *skb)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);

	if (ip_hdr(skb)->version == 4)
		return ip_hdr(skb)->protocol != IPPROTO_IGMP;
	return !ipv6_addr_is_multicast(&ip6h->daddr) ||
	       (ip6h->nexthdr != IPPROTO_ICMPV6 &&
		ip6h->nexthdr != NEXTHDR_HOP);
}

/* Context: BH disabled, RCU read side. Consumes the packet. */
static void tx_packet(struct ikevti_dev *idev, struct sk_buff *skb)
{
	struct ikevti_tx tx = { .idev = idev };
	enum ikevti_stat_attr why;
	enum ikevti_fit fit;
	struct ikevti_sa *sa;

	tx.net = rcu_dereference(idev->underlay);
	why = tx.net ? find_way(&tx, skb) : IKEVTI_STAT_A_TX_NO_SA;
	if (unlikely(why)) {
		if (why == IKEVTI_STAT_A_TX_NO_SA) {
			if (wants_tunnel(skb))
				ikevti_event_acquire(idev);
			if (READ_ONCE(idev->expired))
				why = IKEVTI_STAT_A_TX_EXPIRED;
		}
		drop(idev, NULL, why, skb);
		return;
	}
	sa = tx.choice.sa;
	tx.xnet = !net_eq(tx.net, dev_net(idev->dev));

	if (unlikely(!ikevti_sa_admits(sa, skb))) {
		drop(idev, sa, IKEVTI_STAT_A_TX_SELECTOR, skb);
		goto out;
	}
	look_at_mtu(&tx);
	clamp_mss(&tx, skb);
	fit = ikevti_pmtu_check(skb, tx.mtu);
	if (unlikely(fit == IKEVTI_TOO_BIG)) {
		drop(idev, sa, IKEVTI_STAT_A_TX_TOO_BIG, skb);
		goto out;
	}
	tx.fragment = fit == IKEVTI_FRAGMENT_OUTER;
	/* What the flow label is made from cannot be seen after encryption */
	if (tx.ep->family == AF_INET6)
		skb_get_hash(skb);

	if (skb_is_gso(skb) && fit == IKEVTI_FITS && tx_gso(&tx, skb))
		goto out;
	skb = cut(skb, &tx, fit == IKEVTI_FRAGMENT_INNER);
	if (likely(skb))
		tx_list(&tx, skb);
	else
		ikevti_count(idev, sa, IKEVTI_STAT_A_TX_NO_MEMORY);
out:
	dst_release(tx.dst);
}

/* Is this a whole IPv4 or IPv6 header, as the packet's protocol says? */
static bool valid_packet(struct sk_buff *skb)
{
	skb_reset_network_header(skb);
	switch (skb->protocol) {
	case htons(ETH_P_IP):
		return pskb_may_pull(skb, sizeof(struct iphdr)) &&
		       ip_hdr(skb)->version == 4 && ip_hdr(skb)->ihl >= 5 &&
		       pskb_may_pull(skb, ip_hdrlen(skb));
	case htons(ETH_P_IPV6):
		return pskb_may_pull(skb, sizeof(struct ipv6hdr)) &&
		       ipv6_hdr(skb)->version == 6;
	}
	return false;
}

/* The cipher cannot run here: continue from a workqueue, in order */
static void park(struct ikevti_dev *idev, struct sk_buff *skb)
{
	if (skb_queue_len(&idev->parked) >= PARKED_MAX) {
		drop(idev, NULL, IKEVTI_STAT_A_TX_NO_MEMORY, skb);
		return;
	}
	skb_dst_force(skb);
	skb_queue_tail(&idev->parked, skb);
	queue_work(ikevti_wq, &idev->park_work);
}

/**
 * ikevti_tx_parked() - send the packets that waited
 * @work: in struct ikevti_dev
 */
void ikevti_tx_parked(struct work_struct *work)
{
	struct ikevti_dev *idev = container_of(work, struct ikevti_dev,
					       park_work);
	unsigned int left = PARKED_BATCH;
	struct sk_buff *skb;

	local_bh_disable();
	rcu_read_lock();
	while (left-- && (skb = skb_dequeue(&idev->parked)))
		tx_packet(idev, skb);
	rcu_read_unlock();
	local_bh_enable();
	if (!skb_queue_empty_lockless(&idev->parked))
		queue_work(ikevti_wq, work);
}

/**
 * ikevti_xmit() - ndo_start_xmit
 * @skb: packet, consumed
 * @dev: device
 *
 * Context: BH disabled.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t ikevti_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct ikevti_dev *idev = netdev_priv(dev);

	skb_mark_not_on_list(skb);
	if (unlikely(!valid_packet(skb))) {
		DEV_STATS_INC(dev, tx_errors);
		kfree_skb(skb);
		return NETDEV_TX_OK;
	}
	if (unlikely(!ikevti_crypt_usable() ||
		     !skb_queue_empty_lockless(&idev->parked))) {
		park(idev, skb);
		return NETDEV_TX_OK;
	}
	rcu_read_lock();
	tx_packet(idev, skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
