// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a decrypted packet to the stack: what RFC 4301 section 5.2 asks of the
 * inner packet, then delivery. TCP goes through GRO, which puts together what
 * came in separate bursts; the rest goes up in lists.
 */
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/l3mdev.h>

#include "burst.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "sa.h"

/*
 * Take off padding and trailer. The content of the padding is authenticated
 * and not looked at. Returns 0 and the protocol, or why not.
 */
static enum ikevti_stat_attr strip_trailer(struct sk_buff *skb)
{
	const u8 *end = skb_tail_pointer(skb);
	u8 nexthdr = end[-1];
	unsigned int pad = end[-2];

	if (unlikely(pad + IKEVTI_ESP_TRAILER > skb->len))
		return IKEVTI_STAT_A_RX_MALFORMED;
	__skb_trim(skb, skb->len - pad - IKEVTI_ESP_TRAILER);

	switch (nexthdr) {
	case IPPROTO_IPIP:
		skb->protocol = htons(ETH_P_IP);
		return 0;
	case IPPROTO_IPV6:
		skb->protocol = htons(ETH_P_IPV6);
		return 0;
	case IPPROTO_NONE:
		return IKEVTI_STAT_A_RX_DUMMY;
	}
	return IKEVTI_STAT_A_RX_MALFORMED;
}

/*
 * Is it the IP packet the trailer announced? What follows its end is traffic
 * flow confidentiality padding, RFC 4303 section 2.7. Returns its DS field or
 * an error.
 */
static int check_inner(struct sk_buff *skb)
{
	unsigned int len;
	int ds;

	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *iph = ip_hdr(skb);

		if (skb->len < sizeof(*iph) || iph->version != 4 ||
		    iph->ihl < 5)
			return -EINVAL;
		len = ntohs(iph->tot_len);
		if (len < iph->ihl * 4)
			return -EINVAL;
		ds = iph->tos;
	} else {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);

		if (skb->len < sizeof(*ip6h) || ip6h->version != 6)
			return -EINVAL;
		len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
		ds = ipv6_get_dsfield(ip6h);
	}
	if (len > skb->len)
		return -EINVAL;
	__skb_trim(skb, len);
	return ds;
}

/**
 * ikevti_trust_checksum() - may inner checksums be taken for verified?
 * @dev: device
 * @ip4: of IPv4 packets
 *
 * The sender computed them and ESP protected them. Not where the packet may be
 * coalesced with others and sent on: it would get a fresh checksum over
 * whatever it contains.
 *
 * Context: RCU read side.
 */
bool ikevti_trust_checksum(const struct net_device *dev, bool ip4)
{
	struct in_device *in4;
	struct inet6_dev *in6;

	if (!(dev->features & NETIF_F_RXCSUM))
		return false;
	if (ip4) {
		in4 = __in_dev_get_rcu(dev);
		return in4 && !IN_DEV_FORWARD(in4);
	}
	/* IPv6 forwards by the namespace's switch, whatever the device's says */
	in6 = __in6_dev_get(dev);
	return in6 && !READ_ONCE(in6->cnf.forwarding) &&
	       !READ_ONCE(dev_net(dev)->ipv6.devconf_all->forwarding);
}

/* Is there routing policy, by which the local table may not be the first? */
static bool has_rules(const struct net *net, bool ip4)
{
#if defined(CONFIG_IP_MULTIPLE_TABLES) && defined(CONFIG_IPV6_MULTIPLE_TABLES)
	return ip4 ? READ_ONCE(net->ipv4.fib_has_custom_rules) :
		     READ_ONCE(net->ipv6.fib6_has_custom_rules);
#else
	return false;
#endif
}

/* Are there hooks that see a packet before it is routed? */
static bool has_hooks(const struct net *net, bool ip4)
{
#ifdef CONFIG_NETFILTER
	return ip4 ? rcu_access_pointer(net->nf.hooks_ipv4[NF_INET_PRE_ROUTING]) :
		     rcu_access_pointer(net->nf.hooks_ipv6[NF_INET_PRE_ROUTING]);
#else
	return false;
#endif
}

/* May rules send elsewhere what is for this host? */
static bool may_be_diverted(const struct net_device *dev, bool ip4)
{
	return has_rules(dev_net(dev), ip4) || has_hooks(dev_net(dev), ip4) ||
	       ikevti_dev_has_ingress(dev);
}

/**
 * ikevti_ends_here() - is a packet for this host, and not to be sent on?
 * @dev: device it came in by
 * @ip: its IP header
 * @ip4: which is IPv4
 *
 * Nothing but the address is looked at, where no rule says more, so it may be
 * false where routing would say yes.
 *
 * Context: RCU read side.
 */
bool ikevti_ends_here(const struct net_device *dev, const void *ip, bool ip4)
{
	const struct net_device *owner;

	if (may_be_diverted(dev, ip4))
		return false;
	if (!ip4)
		return ipv6_chk_addr(dev_net(dev),
				     &((const struct ipv6hdr *)ip)->daddr, dev,
				     0);
	owner = __ip_dev_find(dev_net(dev), ((const struct iphdr *)ip)->daddr,
			      false);
	return owner && l3mdev_master_ifindex_rcu(owner) ==
			l3mdev_master_ifindex_rcu(dev);
}

static void clamp_mss(struct ikevti_dev *idev, struct sk_buff *skb)
{
	u32 mss = READ_ONCE(idev->mss_clamp);
	u32 mtu = READ_ONCE(idev->dev->mtu);

	if (mss == IKEVTI_MSS_OFF)
		return;
	if (mss != IKEVTI_MSS_AUTO)
		ikevti_mss_clamp(skb, mss, mss);
	else if (mtu > 100)
		ikevti_mss_clamp(skb, mtu - 40, max(mtu, 1280U) - 60);
}

static bool wants_gro(const struct net_device *dev, const struct sk_buff *skb)
{
	if (!(dev->features & NETIF_F_GRO))
		return false;
	if (dev->features & (NETIF_F_GRO_UDP_FWD | NETIF_F_GRO_FRAGLIST))
		return true;
	if (skb->protocol == htons(ETH_P_IP))
		return ip_hdr(skb)->protocol == IPPROTO_TCP;
	return ipv6_hdr(skb)->nexthdr == IPPROTO_TCP;
}

/*
 * A decrypted packet begins a new life, as if it had come in by a wire of its
 * own: whatever rules, traffic control or a device noted of the outer packet
 * says nothing about the inner one, whether the namespace changes or not. A
 * mark or a socket that stayed would even route the inner packet, perhaps out
 * of the device by which the outer one came in. All packets of a tunnel may
 * share the outer hash, too.
 *
 * That is all fields of the packet that the stack copies to a clone, but for
 * what is known about the checksum of the inner packet.
 */
static void begin_new_life(struct sk_buff *skb)
{
	u8 ip_summed = skb->ip_summed, csum_level = skb->csum_level;
	u16 alloc_cpu = skb->alloc_cpu;
	__be16 protocol = skb->protocol;
	__wsum csum = skb->csum;

	/* References and time stamp, which the fields below do not hold */
	skb_orphan(skb);
	skb_dst_drop(skb);
	skb_ext_reset(skb);
	nf_reset_ct(skb);
	skb_clear_tstamp(skb);
	memset(&skb->headers, 0, sizeof(skb->headers));
	skb->ip_summed = ip_summed;
	skb->csum_level = csum_level;
	skb->alloc_cpu = alloc_cpu;
	skb->protocol = protocol;
	skb->csum = csum;
	skb->queue_mapping = 0;
	skb_reset_network_header(skb);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb_reset_transport_header(skb);
}

/* From here on the packet is the inner one, of this device */
static void hand_up(struct ikevti_burst *b, struct sk_buff *skb)
{
	struct net_device *dev = b->idev->dev;

	begin_new_life(skb);
	skb->dev = dev;
	if (wants_gro(dev, skb))
		napi_gro_receive(&b->rxq->napi, skb);
	else
		list_add_tail(&skb->list, &b->rxq->list);
}

static void trust(const struct ikevti_burst *b, struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IP) ? b->terms.trust4 :
					       b->terms.trust6) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->csum_level = ~0;
	}
}

static unsigned int deliver(struct ikevti_burst *b, struct sk_buff *skb)
{
	unsigned int len = skb->len;

	skb_gso_reset(skb);
	/* Until here it was the outer packet's */
	skb->ip_summed = CHECKSUM_NONE;
	clamp_mss(b->idev, skb);
	trust(b, skb);
	hand_up(b, skb);
	return len;
}

/**
 * ikevti_deliver() - an authenticated packet that is not a replay
 * @b: burst
 * @sa: its SA
 * @unit: IKEVTI_UNIT_SKB, decrypted, data at the inner packet
 *
 * Context: softirq, RCU read side.
 * Return: octets delivered, 0 if it was dropped.
 */
unsigned int ikevti_deliver(struct ikevti_burst *b, struct ikevti_sa *sa,
			    struct ikevti_unit *unit)
{
	struct sk_buff *skb = unit->skb;
	enum ikevti_stat_attr why;
	int ds;

	why = strip_trailer(skb);
	if (unlikely(why)) {
		ikevti_rx_drop(b, sa, why, unit);
		return 0;
	}
	ds = check_inner(skb);
	if (unlikely(ds < 0)) {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_MALFORMED, unit);
		return 0;
	}
	if (unlikely(!ikevti_sa_admits(sa, skb))) {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_SELECTOR, unit);
		return 0;
	}
	if (unlikely(READ_ONCE(b->idev->source_check) &&
		     !ikevti_source_ok(b->rxq, sa, skb))) {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_SOURCE, unit);
		return 0;
	}
	if (unlikely(INET_ECN_decapsulate(skb, ikevti_rx_cb(skb)->tos,
					  ds) > 1)) {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_ECN, unit);
		return 0;
	}
	unit->skb = NULL;
	unit->state = IKEVTI_UNIT_GONE;
	return deliver(b, skb);
}

/**
 * ikevti_deliver_run() - packets of one TCP flow, as one
 * @b: burst
 * @sa: their SA
 * @unit: the first, IKEVTI_UNIT_STREAM as all
 * @n: their number
 *
 * Context: softirq, RCU read side.
 * Return: octets of the single packets, 0 if they were dropped.
 */
unsigned int ikevti_deliver_run(struct ikevti_burst *b, struct ikevti_sa *sa,
				struct ikevti_unit *unit, unsigned int n)
{
	struct sk_buff *skb = ikevti_stream_build(&b->rxq->napi, unit, n);
	enum ikevti_stat_attr why = 0;
	unsigned int i, bytes;

	if (unlikely(!skb))
		why = IKEVTI_STAT_A_RX_NO_MEMORY;
	else if (skb_reset_network_header(skb),
		 unlikely(!ikevti_sa_admits(sa, skb)))
		why = IKEVTI_STAT_A_RX_SELECTOR;
	else if (unlikely(READ_ONCE(b->idev->source_check) &&
			  !ikevti_source_ok(b->rxq, sa, skb)))
		why = IKEVTI_STAT_A_RX_SOURCE;
	if (unlikely(why)) {
		for (i = 0; i < n; i++)
			ikevti_rx_drop(b, sa, why, unit + i);
		ikevti_drop_skb(skb, why);
		return 0;
	}

	bytes = skb->len + (n - 1) * (unit - unit->run.index)->run.hlen;
	for (i = 0; i < n; i++) {
		consume_skb(unit[i].skb);
		unit[i].skb = NULL;
		unit[i].state = IKEVTI_UNIT_GONE;
	}
	/* One whose checksum is still the sender's; others have no need */
	if (skb->ip_summed == CHECKSUM_NONE)
		trust(b, skb);
	hand_up(b, skb);
	return bytes;
}

/**
 * ikevti_deliver_list() - hand up what has been collected
 * @rxq: queue
 *
 * Context: softirq.
 */
void ikevti_deliver_list(struct ikevti_rxq *rxq)
{
	if (list_empty(&rxq->list))
		return;
	netif_receive_skb_list(&rxq->list);
	INIT_LIST_HEAD(&rxq->list);
}
