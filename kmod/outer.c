// SPDX-License-Identifier: GPL-2.0-only
/*
 * Outer headers, and the way down the stack. Written here and not by the
 * helpers for tunnels: those draw an IPv4 identification for each packet, from
 * counters that all CPUs share. A packet that must not be fragmented needs none
 * (RFC 6864), so it carries the low half of its sequence number; one that may
 * be, by the device's "df", gets one of those.
 */
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>
#include <net/udp.h>

#include "dev.h"
#include "esp.h"
#include "path.h"
#include "trace.h"
#include "tx.h"

/**
 * ikevti_outer_room() - octets to reserve in front of an ESP packet
 * @tx: way out
 */
unsigned int ikevti_outer_room(const struct ikevti_tx *tx)
{
	return LL_RESERVED_SPACE(tx->dst->dev) +
	       ikevti_outer_len(tx->ep->family, tx->sk);
}

/* Can the device below compute checksums of such packets? */
static bool sums(const struct ikevti_tx *tx)
{
	netdev_features_t csum = NETIF_F_HW_CSUM;

	csum |= tx->ep->family == AF_INET ? NETIF_F_IP_CSUM : NETIF_F_IPV6_CSUM;
	return tx->dst->dev->features & csum;
}

/**
 * ikevti_outer_batches() - can batches leave as one packet?
 * @tx: way out
 *
 * A batch is a UDP GSO packet. Where the device cannot segment it the stack
 * does; but where the device cannot compute checksums either, which GSO needs,
 * single packets without one are cheaper.
 */
bool ikevti_outer_batches(const struct ikevti_tx *tx)
{
	return tx->sk && !tx->fragment && !tx->tfc &&
	       tx->dst->dev->features & NETIF_F_SG && sums(tx);
}

/**
 * ikevti_outer_couples() - can packets leave together, as a list?
 * @tx: way out
 *
 * The stack takes the list apart again, which costs next to nothing, and the
 * headers are there. Only checksums that IPv6 asks for must not be left to the
 * processor: single packets are no dearer then.
 */
bool ikevti_outer_couples(const struct ikevti_tx *tx)
{
	netdev_features_t features = tx->dst->dev->features;

	if (!tx->sk || tx->fragment || tx->tfc)
		return false;
	/* Whoever does not take it apart must know lists */
	if (features & NETIF_F_GSO_FRAGLIST && !(features & NETIF_F_FRAGLIST))
		return false;
	return tx->ep->family == AF_INET || sums(tx);
}

/*
 * @len is what the checksum is for. A batch that will be cut needs one; all
 * others, single or in a list, have one only where IPv6 asks.
 */
static void push_udp(const struct ikevti_tx *tx, struct sk_buff *skb,
		     unsigned int len, bool sum)
{
	const struct ikevti_endpoint *ep = tx->ep;
	struct udphdr *uh = skb_push(skb, sizeof(*uh));

	skb_reset_transport_header(skb);
	uh->source = ep->local_port;
	uh->dest = ep->remote_port;
	uh->len = htons(skb->len);
	uh->check = 0;
	if (!sum)
		return;

	len += sizeof(*uh);
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = offsetof(struct udphdr, check);
	if (ep->family == AF_INET)
		uh->check = ~udp_v4_check(len, ep->local.ip4, ep->remote.ip4,
					  0);
	else
		uh->check = ~udp_v6_check(len, &ep->local.ip6, &ep->remote.ip6,
					  0);
}

/**
 * ikevti_outer_own_head() - what outer headers have on a device with own ideas
 * @idev: device
 * @skb: inner packet
 *
 * Context: any.
 */
struct ikevti_head ikevti_outer_own_head(const struct ikevti_dev *idev,
					 const struct sk_buff *skb)
{
	u32 ttl = READ_ONCE(idev->ttl), dscp = READ_ONCE(idev->dscp);
	struct ikevti_head head = { .tos = ikevti_inner_tos(skb) };
	bool ip4 = skb->protocol == htons(ETH_P_IP);

	if (dscp != IKEVTI_DSCP_COPY)
		head.tos = dscp << 2 | (head.tos & INET_ECN_MASK);

	if (ttl == IKEVTI_TTL_INHERIT)
		head.ttl = ip4 ? ip_hdr(skb)->ttl : ipv6_hdr(skb)->hop_limit;
	else if (ttl != IKEVTI_TTL_DEFAULT)
		head.ttl = ttl;

	switch (READ_ONCE(idev->df)) {
	case IKEVTI_DF_SET:
		head.df = true;
		break;
	case IKEVTI_DF_INHERIT:
		head.df = !ip4 || ip_hdr(skb)->frag_off & htons(IP_DF);
		break;
	}
	return head;
}

static void push_ip4(const struct ikevti_tx *tx, struct sk_buff *skb,
		     struct ikevti_head head, u64 seq)
{
	struct iphdr *iph = skb_push(skb, sizeof(*iph));

	skb_reset_network_header(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tos = head.tos;
	iph->ttl = likely(!head.ttl) ? ip4_dst_hoplimit(tx->dst) : head.ttl;
	iph->protocol = tx->sk ? IPPROTO_UDP : IPPROTO_ESP;
	iph->saddr = tx->ep->local.ip4;
	iph->daddr = tx->ep->remote.ip4;
	if (likely(head.df && !tx->fragment)) {
		iph->frag_off = htons(IP_DF);
		iph->id = htons((u16)seq);
	} else {
		/* Of a batch or list the first's is counted on from */
		iph->frag_off = 0;
		__ip_select_ident(tx->net, iph, skb_is_gso(skb) ?
				  skb_shinfo(skb)->gso_segs : 1);
	}
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
}

static void push_ip6(const struct ikevti_tx *tx, struct sk_buff *skb,
		     struct ikevti_head head)
{
	struct flowi6 fl6 = {};
	struct ipv6hdr *ip6h;
	__be32 label;

	/* RFC 6438: the inner flow, hashed, is what routers may balance by */
	label = ip6_make_flowlabel(tx->net, skb, 0, true, &fl6);

	ip6h = skb_push(skb, sizeof(*ip6h));
	skb_reset_network_header(skb);
	ip6_flow_hdr(ip6h, head.tos, label);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = tx->sk ? IPPROTO_UDP : IPPROTO_ESP;
	ip6h->hop_limit = likely(!head.ttl) ? ip6_dst_hoplimit(tx->dst) :
					      head.ttl;
	ip6h->saddr = tx->ep->local.ip6;
	ip6h->daddr = tx->ep->remote.ip6;
	memset(IP6CB(skb), 0, sizeof(*IP6CB(skb)));
	skb->ignore_df = tx->fragment;
}

/**
 * ikevti_outer_member() - put outer headers before a packet of a list
 * @tx: way out, ikevti_outer_couples()
 * @skb: data at the ESP header, where it remains; not the first of the list
 * @head: of its headers
 * @seq: sequence number
 *
 * Who takes the list apart gives it the lower headers and the metadata of the
 * first one, and puts the IP header's length and checksum right.
 */
void ikevti_outer_member(const struct ikevti_tx *tx, struct sk_buff *skb,
			 struct ikevti_head head, u64 seq)
{
	unsigned int len = skb->len;

	push_udp(tx, skb, len, tx->ep->family == AF_INET6);
	if (tx->ep->family == AF_INET)
		push_ip4(tx, skb, head, seq);
	else
		push_ip6(tx, skb, head);
	skb_reset_mac_header(skb);
	__skb_pull(skb, skb->len - len);
}

/* A list's first packet, or anything else */
static void push_first_udp(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	bool list = skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST;

	if (!list) {
		push_udp(tx, skb, skb->len,
			 skb_is_gso(skb) || tx->ep->family == AF_INET6);
		return;
	}
	/* When the list is taken apart, only the length is put right */
	push_udp(tx, skb, skb_shinfo(skb)->gso_size,
		 tx->ep->family == AF_INET6);
	if (skb->ip_summed == CHECKSUM_NONE)
		skb->ip_summed = CHECKSUM_UNNECESSARY;
}

/**
 * ikevti_outer_send() - put outer headers before ESP and send
 * @tx: way out
 * @skb: data at the ESP header, nothing of the inner packet in its metadata,
 *	ikevti_outer_room() octets before it; a batch has its GSO fields set;
 *	consumed
 * @head: of its headers
 * @seq: its, or its first, sequence number
 *
 * Context: BH disabled, RCU read side.
 */
void ikevti_outer_send(const struct ikevti_tx *tx, struct sk_buff *skb,
		       struct ikevti_head head, u64 seq)
{
	if (unlikely(tx->job)) {
		ikevti_job_keep(tx->job, skb, head, seq);
		return;
	}
	if (trace_ikevti_tx_enabled())
		trace_ikevti_tx(tx->idev, tx->choice.sa, seq, skb->len,
				skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1);
	/* Without a device nothing is counted below: it was counted here */
	skb->dev = NULL;
	skb->mark = READ_ONCE(tx->idev->fwmark);
	/* Whoever keeps the packet beyond this RCU section takes a reference */
	skb_dst_set_noref(skb, tx->dst);
	if (tx->sk)
		push_first_udp(tx, skb);
	else
		skb_reset_transport_header(skb);
	if (tx->ep->family == AF_INET) {
		push_ip4(tx, skb, head, seq);
		ip_local_out(tx->net, tx->sk, skb);
	} else {
		push_ip6(tx, skb, head);
		ip6_local_out(tx->net, tx->sk, skb);
	}
}
