// SPDX-License-Identifier: GPL-2.0-only
/*
 * RFC 4301 section 8: a packet too big for the tunnel is fragmented before ESP
 * if it allows that, otherwise its sender learns what fits. The outer packet
 * forbids fragmentation, with two exceptions: an IPv6 packet of up to 1280
 * octets must be carried by every link, so where the path is narrower the
 * outer packet is fragmented (RFC 2473 section 7.2); and a device may be told
 * not to set "don't fragment", then it takes what its own MTU admits.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ipv6.h>
#include <net/dst.h>
#include <net/icmp.h>
#include <net/ip.h>

#include "pmtu.h"

/* The narrowest IPv4 link there is, RFC 791: the longest header and 8 octets */
#define IPV4_MIN_MTU_RFC791	68

static bool fits(const struct sk_buff *skb, unsigned int mtu)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu);
	return skb->len <= mtu;
}

static void tell4(struct sk_buff *skb, unsigned int mtu)
{
	if (mtu < IPV4_MIN_MTU_RFC791) {
		icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
		return;
	}
	skb_dst_update_pmtu_no_confirm(skb, mtu);
	icmp_ndo_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
}

/**
 * ikevti_pmtu_check() - does an inner packet fit?
 * @skb: data at the network header, GSO or not
 * @mtu: largest inner packet of the path, octets, 0 if none fits
 * @limit: largest where the outer packet may be fragmented, or 0
 *
 * Fragments are cut to @mtu, so they are made only where that is what an IPv4
 * link must carry: below, a long header would leave no room behind it.
 *
 * Context: BH disabled. The ICMP error of IKEVTI_TOO_BIG has been sent.
 */
enum ikevti_fit ikevti_pmtu_check(struct sk_buff *skb, unsigned int mtu,
				  unsigned int limit)
{
	bool ip6 = skb->protocol == htons(ETH_P_IPV6);

	if (likely(fits(skb, mtu)))
		return IKEVTI_FITS;
	if (ip6 && mtu < IPV6_MIN_MTU)
		limit = max_t(unsigned int, limit, IPV6_MIN_MTU);
	if (limit > mtu && fits(skb, limit))
		return IKEVTI_FRAGMENT_OUTER;
	limit = max(limit, mtu);

	if (ip6) {
		skb_dst_update_pmtu_no_confirm(skb, limit);
		icmpv6_ndo_send(skb, ICMPV6_PKT_TOOBIG, 0, limit);
		return IKEVTI_TOO_BIG;
	}
	if (mtu >= IPV4_MIN_MTU_RFC791 &&
	    (!(ip_hdr(skb)->frag_off & htons(IP_DF)) || skb->ignore_df))
		return IKEVTI_FRAGMENT_INNER;
	tell4(skb, limit);
	return IKEVTI_TOO_BIG;
}

/* Later fragments carry only options marked to be copied, RFC 791 section 3.1 */
static void blank_options(struct iphdr *iph)
{
	u8 *opt = (u8 *)(iph + 1);
	u8 *end = (u8 *)iph + iph->ihl * 4;
	u8 len;

	while (opt < end && *opt != IPOPT_END) {
		if (*opt == IPOPT_NOOP) {
			opt++;
			continue;
		}
		if (end - opt < 2)
			return;
		len = opt[1];
		if (len < 2 || len > end - opt)
			return;
		if (!IPOPT_COPIED(*opt))
			memset(opt, IPOPT_NOOP, len);
		opt += len;
	}
}

/**
 * ikevti_fragment() - cut an inner IPv4 packet
 * @skb: data at the network header, not GSO, consumed
 * @mtu: octets per fragment, ikevti_pmtu_check() allowed it
 * @headroom: octets to leave before each
 *
 * Context: BH disabled.
 * Return: list of fragments linked by skb->next, or NULL.
 */
struct sk_buff *ikevti_fragment(struct sk_buff *skb, unsigned int mtu,
				unsigned int headroom)
{
	struct sk_buff *head = NULL, **tail = &head, *frag;
	unsigned int hlen = ip_hdrlen(skb);
	struct ip_frag_state state;

	/* Each fragment must take some octets, or there is no end of them */
	if (WARN_ON_ONCE(mtu < hlen + 8))
		goto fail;
	if (skb->ip_summed == CHECKSUM_PARTIAL && skb_checksum_help(skb))
		goto fail;
	if (skb_ensure_writable(skb, hlen))
		goto fail;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	ip_frag_init(skb, hlen, headroom, mtu - hlen,
		     ip_hdr(skb)->frag_off & htons(IP_DF), &state);
	while (state.left > 0) {
		frag = ip_frag_next(skb, &state);
		if (IS_ERR(frag))
			goto fail;
		if (!head)
			blank_options(ip_hdr(skb));
		frag->next = NULL;
		*tail = frag;
		tail = &frag->next;
	}
	consume_skb(skb);
	return head;
fail:
	kfree_skb_list_reason(head, SKB_DROP_REASON_NOMEM);
	kfree_skb_reason(skb, SKB_DROP_REASON_NOMEM);
	return NULL;
}
