// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way out: choose path and SA, see that the packet fits, and hand it to
 * who encrypts and sends it:
 *
 * - a GSO packet is cut in one pass and leaves as batches (gso.c, super.c);
 * - packets of a burst wait for each other (txq.c) and leave together (train.c);
 * - everything else goes by itself (single.c).
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
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "gso.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "pmtu.h"
#include "route.h"
#include "sa.h"
#include "select.h"
#include "sock.h"
#include "tx.h"

#define PARKED_MAX	1024	/* packets */
#define PARKED_BATCH	64
#define ROOM_MAX	512	/* octets */
#define LATER_MAX	64	/* packets for another CPU at once */

static void drop(struct ikevti_dev *idev, struct ikevti_sa *sa,
		 enum ikevti_stat_attr why, struct sk_buff *skb)
{
	ikevti_count(idev, sa, why);
	ikevti_drop_skb(skb, why);
}

/* Send the segments of a GSO packet, from @i on, one by one */
static void tx_segments(const struct ikevti_tx *tx,
			const struct ikevti_cutter *cut, unsigned int i,
			struct sk_buff *owner)
{
	struct sk_buff *skb;

	for (; i < cut->n; i++) {
		skb = ikevti_single_segment(tx, cut, i);
		if (unlikely(!skb))
			continue;
		if (i + 1 < cut->n)
			ikevti_share_owner(skb, owner);
		else
			ikevti_move_owner(skb, owner);
		ikevti_single_xmit(tx, skb);
	}
}

/* Send them as lists of about equal length */
static void tx_lists(const struct ikevti_tx *tx,
		     const struct ikevti_cutter *cut, struct sk_buff *owner)
{
	unsigned int max = ikevti_tx_run_max(tx);
	struct ikevti_train train;
	struct sk_buff *skb;
	unsigned int i;

	train.tx = *tx;
	train.owner = owner;
	train.limit = DIV_ROUND_UP(cut->n, DIV_ROUND_UP(cut->n, max));
	train.n = 0;
	for (i = 0; i < cut->n; i++) {
		skb = ikevti_single_segment(tx, cut, i);
		if (likely(skb))
			ikevti_train_add(&train, skb);
	}
	ikevti_train_send(&train);
}

/*
 * May segments of the packet leave as lists? If a socket pays, they keep their
 * packet (ikevti_keep_owner()), and the module, until they have left: a user
 * with a namespace of his own must not make that take as long as he likes.
 */
static bool may_list(const struct ikevti_tx *tx, const struct sk_buff *skb)
{
	return tx->net->user_ns == &init_user_ns || !skb->sk;
}

/*
 * A GSO packet that fits. Where the stack would have to cut batches again, it
 * gets lists, which it only takes apart.
 *
 * Returns false if it is none to cut in one pass.
 */
static bool tx_gso(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	bool batches = ikevti_outer_batches(tx) && tx->choice.sa->batches;
	struct ikevti_cutter cut;
	unsigned int done = 0;

	if (unlikely(!ikevti_cutter_init(&cut, skb)))
		return false;
	if (batches && !(tx->dst->dev->features & NETIF_F_GSO_UDP_L4)) {
		batches = false;
		if (may_list(tx, skb)) {
			tx_lists(tx, &cut, skb);
			consume_skb(skb);
			return true;
		}
	}
	if (batches)
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
static struct sk_buff *cut(struct sk_buff *skb, const struct ikevti_tx *tx,
			   bool fragment)
{
	struct sk_buff *segs;

	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, 0);
		if (IS_ERR(segs)) {
			ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_NO_MEMORY);
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
static void tx_segs(const struct ikevti_tx *tx, struct sk_buff *list)
{
	struct sk_buff *skb, *next;

	for (skb = list; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		ikevti_single_xmit(tx, skb);
	}
}

/* For whom is the packet? NULL if nobody is at its next hop. */
static struct ikevti_peer *peer_of(struct ikevti_dev *idev,
				   const struct sk_buff *skb)
{
	if (likely(!idev->multipoint))
		return &idev->peer;
	return ikevti_hop_peer(idev, ikevti_nexthop_of(skb));
}

/* A device that goes down says so well before its routes are gone */
static bool can_send(const struct net_device *dev)
{
	return netif_running(dev) && netif_carrier_ok(dev);
}

/* Choose where the packet goes until there is a route for it, or nothing */
static enum ikevti_stat_attr find_way(struct ikevti_tx *tx,
				      struct ikevti_peer *peer,
				      struct sk_buff *skb)
{
	enum ikevti_stat_attr why = IKEVTI_STAT_A_TX_NO_SA;
	struct ikevti_sock *sock;
	struct ikevti_path *path;

	while (ikevti_select(peer, skb, &tx->choice)) {
		path = tx->choice.path;
		tx->ep = rcu_dereference(path->endpoint);
		sock = rcu_dereference(path->sock);
		tx->sk = sock ? sock->sk : NULL;
		if (likely(tx->sk || tx->ep->encap == IKEVTI_ENCAP_NONE)) {
			tx->dst = ikevti_route(tx->idev, tx->net, path, tx->ep,
					       tx->choice.lane);
			if (!IS_ERR(tx->dst)) {
				if (likely(can_send(tx->dst->dev)))
					return 0;
				dst_release(tx->dst);
			}
		}
		/* Not this path, until somebody looked at it again */
		why = IKEVTI_STAT_A_TX_NO_ROUTE;
		WRITE_ONCE(path->no_route, true);
		ikevti_peer_schedule(peer);
	}
	return why;
}

/*
 * Ask for as much room in front of packets as they need, and not for more: who
 * forwards packets of a driver copies them where they have less.
 */
static void ask_for_room(const struct ikevti_tx *tx)
{
	unsigned int room = ikevti_outer_room(tx) + tx->choice.sa->format.hlen;
	struct net_device *dev = tx->idev->dev;

	/* The stack adds HH_DATA_MOD and rounds down to a multiple of it */
	room = min_t(unsigned int, HH_DATA_ALIGN(room) - HH_DATA_MOD, ROOM_MAX);
	if (unlikely(room > READ_ONCE(dev->needed_headroom)))
		WRITE_ONCE(dev->needed_headroom, room);
}

/* Padding is not worth a fragment */
static unsigned int tfc_len(const struct ikevti_tx *tx)
{
	u32 tfc = READ_ONCE(tx->idev->tfc);

	if (likely(tfc == IKEVTI_TFC_OFF))
		return 0;
	return tfc == IKEVTI_TFC_PMTU ? tx->mtu : min(tfc, tx->mtu);
}

static void look_at_mtu(struct ikevti_tx *tx)
{
	struct ikevti_lane *lane = tx->choice.lane;
	u32 pmtu = dst_mtu(tx->dst);

	tx->mtu = ikevti_esp_mtu(&tx->choice.sa->format, pmtu, tx->ep->family,
				 tx->sk);
	tx->limit = 0;
	if (unlikely(READ_ONCE(tx->idev->df) == IKEVTI_DF_CLEAR))
		tx->limit = READ_ONCE(tx->idev->dev->mtu);
	tx->tfc = tfc_len(tx);
	if (unlikely(READ_ONCE(lane->mtu) != pmtu)) {
		WRITE_ONCE(lane->mtu, pmtu);
		ikevti_peer_schedule(tx->choice.path->peer);
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

/* Drop a packet that cannot leave, and say so to who should know */
static void no_way(struct ikevti_dev *idev, struct ikevti_peer *peer,
		   enum ikevti_stat_attr why, struct sk_buff *skb)
{
	if (why == IKEVTI_STAT_A_TX_NO_SA) {
		if (wants_tunnel(skb))
			ikevti_event_acquire(idev, peer, skb);
		if (peer && READ_ONCE(peer->expired))
			why = IKEVTI_STAT_A_TX_EXPIRED;
	}
	if (idev->multipoint)
		ikevti_peer_unreachable(skb);
	drop(idev, NULL, why, skb);
}

/*
 * Find the way out to @peer, NULL if there is none, or drop the packet. The
 * caller owns the route then.
 */
static bool begin(struct ikevti_tx *tx, struct ikevti_dev *idev,
		  struct ikevti_peer *peer, struct sk_buff *skb)
{
	enum ikevti_stat_attr why;

	tx->idev = idev;
	tx->job = NULL;
	tx->fragment = false;
	tx->net = rcu_dereference(idev->underlay);
	why = likely(tx->net && peer) ? find_way(tx, peer, skb) :
					IKEVTI_STAT_A_TX_NO_SA;
	if (unlikely(why)) {
		no_way(idev, peer, why, skb);
		return false;
	}
	tx->xnet = !net_eq(tx->net, dev_net(idev->dev));
	look_at_mtu(tx);
	ask_for_room(tx);
	return true;
}

/* See that the packet may go this way, or drop it */
static bool check(const struct ikevti_tx *tx, struct sk_buff *skb,
		  enum ikevti_fit *fit)
{
	struct ikevti_sa *sa = tx->choice.sa;

	if (unlikely(!ikevti_sa_admits(sa, skb))) {
		drop(tx->idev, sa, IKEVTI_STAT_A_TX_SELECTOR, skb);
		return false;
	}
	clamp_mss(tx, skb);
	*fit = ikevti_pmtu_check(skb, tx->mtu, tx->limit);
	if (unlikely(*fit == IKEVTI_TOO_BIG)) {
		drop(tx->idev, sa, IKEVTI_STAT_A_TX_TOO_BIG, skb);
		return false;
	}
	/* What the flow label is made from cannot be seen after encryption */
	if (tx->ep->family == AF_INET6)
		skb_get_hash(skb);
	return true;
}

/* Send a packet by itself */
static void tx_this(struct ikevti_tx *tx, struct sk_buff *skb,
		    enum ikevti_fit fit)
{
	if (skb_is_gso(skb) && fit == IKEVTI_FITS && tx_gso(tx, skb))
		return;
	tx->fragment = fit == IKEVTI_FRAGMENT_OUTER;
	skb = cut(skb, tx, fit == IKEVTI_FRAGMENT_INNER);
	if (likely(skb))
		tx_segs(tx, skb);
	else
		ikevti_count(tx->idev, tx->choice.sa,
			     IKEVTI_STAT_A_TX_NO_MEMORY);
	tx->fragment = false;
}

/* The way out of what follows is in the train */
static void start_train(struct ikevti_train *train)
{
	train->owner = NULL;
	train->limit = IKEVTI_RUN_MAX;
	train->n = 0;
	train->couples = ikevti_outer_couples(&train->tx) &&
			 train->tx.choice.sa->batches;
}

static void end_train(struct ikevti_train *train)
{
	if (!train->on)
		return;
	if (unlikely(train->spread))
		ikevti_spread_out(&train->tx, &train->later);
	else
		ikevti_train_send(train);
	dst_release(train->tx.dst);
	train->on = false;
}

/* Is the packet's way that of the train? */
static bool same_way(struct ikevti_train *train, struct ikevti_peer *peer,
		     struct sk_buff *skb)
{
	const struct ikevti_choice *old = &train->tx.choice;
	struct ikevti_choice new;

	if (unlikely(!train->on))
		return false;
	if (likely(train->same))
		return !ikevti_sa_expired(old->sa) &&
		       !READ_ONCE(old->path->no_route);
	return peer && ikevti_select(peer, skb, &new) && new.sa == old->sa;
}

/* How many ESP packets a GSO packet will be; 0: it has to be cut before */
static unsigned int count_segments(struct sk_buff *skb, enum ikevti_fit fit)
{
	struct ikevti_cutter cut;

	if (skb_is_gso(skb) && fit == IKEVTI_FITS &&
	    ikevti_cutter_init(&cut, skb))
		return cut.n;
	return 0;
}

static void start_later(struct ikevti_later *later)
{
	__skb_queue_head_init(&later->list);
	later->n = 0;
	later->bytes = 0;
}

static void queue_later(struct ikevti_later *later, struct sk_buff *skb,
			unsigned int n)
{
	/* Of no more use, and perhaps good in this RCU section only */
	skb_dst_drop(skb);
	__skb_queue_tail(&later->list, skb);
	later->n += n;
	later->bytes += skb->len;
}

/* Have a packet, or what it is cut to, encrypted with others by another CPU */
static void add_later(struct ikevti_train *train, struct sk_buff *skb,
		      enum ikevti_fit fit)
{
	unsigned int n = count_segments(skb, fit);
	struct ikevti_later *later = &train->later;
	bool fragment = fit == IKEVTI_FRAGMENT_OUTER;
	struct ikevti_tx *tx = &train->tx;
	struct sk_buff *next;

	if (later->n + n > LATER_MAX || tx->fragment != fragment)
		ikevti_spread_out(tx, later);
	tx->fragment = fragment;
	if (n) {
		queue_later(later, skb, n);
		return;
	}
	skb = cut(skb, tx, fit == IKEVTI_FRAGMENT_INNER);
	if (unlikely(!skb))
		ikevti_count(tx->idev, tx->choice.sa,
			     IKEVTI_STAT_A_TX_NO_MEMORY);
	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		queue_later(later, skb, 1);
		if (later->n >= LATER_MAX)
			ikevti_spread_out(tx, later);
	}
}

static void tx_with_others(struct ikevti_train *train, struct ikevti_dev *idev,
			   struct sk_buff *skb)
{
	struct ikevti_peer *peer = peer_of(idev, skb);
	enum ikevti_fit fit;

	if (unlikely(!same_way(train, peer, skb))) {
		end_train(train);
		if (unlikely(!begin(&train->tx, idev, peer, skb)))
			return;
		train->on = true;
		train->same = ikevti_select_same(idev, &train->tx.choice);
		start_train(train);
		if (unlikely(train->spread))
			start_later(&train->later);
	}
	if (unlikely(!check(&train->tx, skb, &fit)))
		return;
	if (unlikely(train->spread)) {
		add_later(train, skb, fit);
		return;
	}
	if (likely(fit == IKEVTI_FITS && train->couples)) {
		ikevti_train_add(train, skb);
		return;
	}
	ikevti_train_send(train);
	tx_this(&train->tx, skb, fit);
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
 * ikevti_tx_together() - encrypt and send packets that go the same way
 * @tx: the way
 * @list: inner packets that fit, or GSO packets of such; consumed
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 */
void ikevti_tx_together(const struct ikevti_tx *tx, struct sk_buff_head *list)
{
	struct ikevti_train train = { .tx = *tx };
	struct sk_buff *skb;

	start_train(&train);
	while ((skb = __skb_dequeue(list))) {
		/* A socket pays until the packet has left, by itself */
		if (train.couples && !skb_is_gso(skb) && !skb->sk &&
		    !skb->destructor) {
			ikevti_train_add(&train, skb);
			continue;
		}
		ikevti_train_send(&train);
		if (skb_is_gso(skb) && tx_gso(tx, skb))
			continue;
		ikevti_single_xmit(tx, skb);
	}
	ikevti_train_send(&train);
}

/* Other CPUs are to encrypt, or do so with what must not be overtaken */
static bool spreads(const struct ikevti_dev *idev)
{
	return READ_ONCE(idev->spread) || atomic_read(&idev->out_jobs);
}

/**
 * ikevti_tx_list() - send packets that came together
 * @idev: device
 * @list: packets, no GSO, nobody pays for them; consumed
 *
 * Context: BH disabled.
 */
void ikevti_tx_list(struct ikevti_dev *idev, struct sk_buff_head *list)
{
	struct ikevti_train train;
	struct sk_buff *skb;

	train.on = false;
	train.spread = spreads(idev);
	rcu_read_lock();
	while ((skb = __skb_dequeue(list))) {
		if (likely(ikevti_crypt_usable()))
			tx_with_others(&train, idev, skb);
		else
			park(idev, skb);
	}
	end_train(&train);
	rcu_read_unlock();
}

/* Have other CPUs encrypt. Context: as tx_packet() */
static void tx_spread(struct ikevti_dev *idev, struct sk_buff *skb)
{
	struct ikevti_train train;

	train.on = false;
	train.spread = true;
	tx_with_others(&train, idev, skb);
	end_train(&train);
}

/* Context: BH disabled, RCU read side. Consumes the packet. */
static void tx_packet(struct ikevti_dev *idev, struct sk_buff *skb)
{
	enum ikevti_fit fit;
	struct ikevti_tx tx;

	if (unlikely(spreads(idev))) {
		tx_spread(idev, skb);
		return;
	}
	if (unlikely(!begin(&tx, idev, peer_of(idev, skb), skb)))
		return;
	if (likely(check(&tx, skb, &fit)))
		tx_this(&tx, skb, fit);
	dst_release(tx.dst);
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
		kfree_skb_reason(skb, SKB_DROP_REASON_IP_INHDR);
		return NETDEV_TX_OK;
	}
	if (idev->multipoint)
		ikevti_peer_note(skb, dev);
	if (unlikely(!ikevti_crypt_usable() ||
		     !skb_queue_empty_lockless(&idev->parked))) {
		park(idev, skb);
		return NETDEV_TX_OK;
	}
	rcu_read_lock();
	if (!ikevti_txq_take(idev, skb))
		tx_packet(idev, skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;
}
