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
#include "net.h"
#include "path.h"
#include "pmtu.h"
#include "route.h"
#include "sa.h"
#include "select.h"
#include "sock.h"

#define PARKED_MAX	1024	/* packets */
#define PARKED_BATCH	64

/**
 * struct tx - one packet's way out, shared by its segments
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
struct tx {
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

static void drop(struct ikevti_dev *idev, struct ikevti_sa *sa,
		 enum ikevti_stat_attr why, struct sk_buff *skb)
{
	ikevti_count(idev, sa, why);
	kfree_skb_list(skb);
}

/*
 * Let the socket that pays for @from pay for @to, so that TCP small queues
 * and socket buffers see the packet until the device below has sent it. Other
 * destructors (packet rings, AF_XDP) keep state in the skb that @to lacks.
 */
static void move_owner(struct sk_buff *to, struct sk_buff *from)
{
	struct sock *sk = from->sk;
	int delta;

	if (!sk || !from->destructor || !sk_fullsock(sk) ||
	    from->destructor == sock_efree || from->destructor == sock_edemux)
		return;
	if (from->destructor != sock_wfree && !sk_is_tcp(sk))
		return;

	to->sk = sk;
	to->destructor = from->destructor;
	from->sk = NULL;
	from->destructor = NULL;
	delta = to->truesize - from->truesize;
	if (delta >= 0)
		refcount_add(delta, &sk->sk_wmem_alloc);
	else
		WARN_ON_ONCE(refcount_sub_and_test(-delta, &sk->sk_wmem_alloc));
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
	move_owner(copy, skb);
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
static int seal(const struct ikevti_sa *sa, struct sk_buff *skb, u64 seq,
		u8 nexthdr)
{
	unsigned int len = ikevti_esp_trailer(skb, nexthdr);
	struct ip_esp_hdr *esph = skb_push(skb, IKEVTI_ESP_HLEN);

	skb_reset_transport_header(skb);
	esph->spi = htonl(sa->spi);
	esph->seq_no = htonl((u32)seq);
	put_unaligned_be64(seq, esph->enc_data);
	return ikevti_crypt_seal(sa, seq, skb->data, len);
}

static void send4(const struct tx *tx, struct sk_buff *skb, u8 tos)
{
	const struct ikevti_endpoint *ep = tx->ep;
	struct rtable *rt = container_of(tx->dst, struct rtable, dst);
	__be16 df = tx->fragment ? 0 : htons(IP_DF);
	u8 ttl = ip4_dst_hoplimit(tx->dst);

	/* Without a device nothing is counted below: it was counted here */
	skb->dev = NULL;
	skb->mark = READ_ONCE(tx->idev->fwmark);
	dst_hold(tx->dst);
	if (ep->encap == IKEVTI_ENCAP_UDP)
		ikevti_udp4_xmit(rt, tx->sk, skb, ep->local.ip4, ep->remote.ip4,
				 tos, ttl, df, ep->local_port, ep->remote_port,
				 false);
	else
		ikevti_ip4_xmit(rt, skb, ep->local.ip4, ep->remote.ip4,
				IPPROTO_ESP, tos, ttl, df, false);
}

static void send6(const struct tx *tx, struct sk_buff *skb, u8 tos)
{
	const struct ikevti_endpoint *ep = tx->ep;
	u8 ttl = ip6_dst_hoplimit(tx->dst);
	struct flowi6 fl6 = {};
	struct ipv6hdr *ip6h;
	__be32 label;

	/* RFC 6438: the inner flow, hashed, is what routers may balance by */
	label = ip6_make_flowlabel(tx->net, skb, 0, true, &fl6);

	skb->mark = READ_ONCE(tx->idev->fwmark);
	skb->ignore_df = tx->fragment;
	dst_hold(tx->dst);
	if (ep->encap == IKEVTI_ENCAP_UDP) {
		ikevti_udp6_xmit(tx->dst, tx->sk, skb, &ep->local.ip6,
				 &ep->remote.ip6, tos, ttl, label,
				 ep->local_port, ep->remote_port);
		return;
	}

	skb_dst_set(skb, tx->dst);
	ip6h = skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, tos, label);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = IPPROTO_ESP;
	ip6h->hop_limit = ttl;
	ip6h->saddr = ep->local.ip6;
	ip6h->daddr = ep->remote.ip6;
	ip6tunnel_xmit(NULL, skb, NULL);
}

/*
 * Encrypt and send one packet that fits. Its sequence number is taken last: a
 * whole batch's taken at once would let other CPUs overtake it by more than
 * the 32 packets that many peers' replay windows are wide. What is dropped
 * before that does not count against the SA's limits.
 */
static void tx_one(const struct tx *tx, struct sk_buff *skb)
{
	struct ikevti_sa *sa = tx->choice.sa;
	struct ikevti_dev *idev = tx->idev;
	unsigned int len = skb->len;
	enum ikevti_stat_attr why;
	u8 tos, nexthdr;
	u64 seq;

	skb = prepare(skb, LL_RESERVED_SPACE(tx->dst->dev) +
			   ikevti_outer_len(tx->ep->family, tx->sk) +
			   IKEVTI_ESP_HLEN,
		      ikevti_esp_pad(len) + IKEVTI_ESP_TRAILER +
		      IKEVTI_ESP_ICV_LEN);
	if (unlikely(!skb)) {
		ikevti_count(idev, sa, IKEVTI_STAT_A_TX_NO_MEMORY);
		return;
	}

	/* DSCP and ECN are copied: RFC 6040 section 4.1, normal mode */
	if (skb->protocol == htons(ETH_P_IP)) {
		tos = ip_hdr(skb)->tos;
		nexthdr = IPPROTO_IPIP;
	} else {
		tos = ipv6_get_dsfield(ipv6_hdr(skb));
		nexthdr = IPPROTO_IPV6;
	}

	seq = ikevti_sa_next(sa, len, &why);
	if (unlikely(!seq)) {
		drop(idev, sa, why, skb);
		return;
	}
	if (unlikely(seal(sa, skb, seq, nexthdr))) {
		drop(idev, sa, IKEVTI_STAT_A_TX_CRYPTO, skb);
		return;
	}
	dev_sw_netstats_tx_add(idev->dev, 1, len);
	ikevti_path_sent(tx->choice.path);

	/* The hash of the inner flow stays, for transmit queues and labels */
	skb_scrub_packet(skb, tx->xnet);
	skb->encapsulation = 0;
	skb_reset_inner_headers(skb);
	if (tx->ep->family == AF_INET)
		send4(tx, skb, tos);
	else
		send6(tx, skb, tos);
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
static struct sk_buff *cut(struct sk_buff *skb, const struct tx *tx, bool fragment)
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
static void tx_list(const struct tx *tx, struct sk_buff *list)
{
	struct sk_buff *skb, *next;

	for (skb = list; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		tx_one(tx, skb);
	}
}

/* Choose where the packet goes until there is a route for it, or nothing */
static enum ikevti_stat_attr find_way(struct tx *tx, struct sk_buff *skb)
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

static void look_at_mtu(struct tx *tx)
{
	struct ikevti_lane *lane = tx->choice.lane;
	u32 pmtu = dst_mtu(tx->dst);

	tx->mtu = ikevti_esp_mtu(pmtu, tx->ep->family, tx->sk);
	if (unlikely(READ_ONCE(lane->mtu) != pmtu)) {
		WRITE_ONCE(lane->mtu, pmtu);
		ikevti_dev_schedule(tx->idev);
	}
}

static void clamp_mss(const struct tx *tx, struct sk_buff *skb)
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
	struct tx tx = { .idev = idev };
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
