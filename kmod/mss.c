// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP maximum segment size of passing SYN segments, so that endpoints behind
 * filters that eat ICMP still send what fits.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/tcp.h>

#include "dev.h"

/* Offset of the TCP header, or -1 if this is not the start of a TCP segment */
static int tcp_offset(struct sk_buff *skb)
{
	u8 proto;
	__be16 frag_off;
	int off;

	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *iph = ip_hdr(skb);

		if (iph->protocol != IPPROTO_TCP ||
		    iph->frag_off & htons(IP_OFFSET))
			return -1;
		return skb_network_offset(skb) + iph->ihl * 4;
	}

	proto = ipv6_hdr(skb)->nexthdr;
	if (likely(proto != IPPROTO_TCP) && !ipv6_ext_hdr(proto))
		return -1;
	off = skb_network_offset(skb) + sizeof(struct ipv6hdr);
	off = ipv6_skip_exthdr(skb, off, &proto, &frag_off);
	if (off < 0 || proto != IPPROTO_TCP || frag_off & htons(IP6_OFFSET))
		return -1;
	return off;
}

/* Lower the option's value; @opt may be at any alignment within the header */
static void set_mss(struct sk_buff *skb, struct tcphdr *th, u8 *opt, u16 mss)
{
	u16 old = get_unaligned_be16(opt);
	__be16 from = htons(old), to = htons(mss);

	if (old <= mss)
		return;
	put_unaligned_be16(mss, opt);
	/* Across two words of the checksum its octets change places */
	if ((opt - (u8 *)th) & 1) {
		from = (__force __be16)swab16((__force u16)from);
		to = (__force __be16)swab16((__force u16)to);
	}
	inet_proto_csum_replace2(&th->check, skb, from, to, false);
}

static void clamp_options(struct sk_buff *skb, struct tcphdr *th, u16 mss)
{
	u8 *opt = (u8 *)(th + 1);
	u8 *end = (u8 *)th + th->doff * 4;

	while (opt < end && *opt != TCPOPT_EOL) {
		if (*opt == TCPOPT_NOP) {
			opt++;
			continue;
		}
		if (end - opt < 2 || opt[1] < 2 || opt[1] > end - opt)
			return;
		if (*opt == TCPOPT_MSS && opt[1] == TCPOLEN_MSS) {
			set_mss(skb, th, opt + 2, mss);
			return;
		}
		opt += opt[1];
	}
}

/**
 * ikevti_mss_clamp() - lower the MSS of a SYN
 * @skb: data at the network header, whose fixed part is linear
 * @mss4: limit over IPv4, octets
 * @mss6: limit over IPv6, octets
 *
 * Context: BH disabled. Where memory is short the segment passes unchanged.
 */
void ikevti_mss_clamp(struct sk_buff *skb, unsigned int mss4, unsigned int mss6)
{
	struct tcphdr *th, buf;
	int off;

	off = tcp_offset(skb);
	if (likely(off < 0))
		return;
	th = skb_header_pointer(skb, off, sizeof(buf), &buf);
	if (!th || likely(!th->syn) || th->doff * 4 <= sizeof(*th))
		return;
	if (!pskb_may_pull(skb, off + th->doff * 4))
		return;
	th = (struct tcphdr *)(skb->data + off);
	if (skb_ensure_writable(skb, off + th->doff * 4))
		return;
	th = (struct tcphdr *)(skb->data + off);
	clamp_options(skb, th, min_t(unsigned int, U16_MAX,
				     skb->protocol == htons(ETH_P_IP) ?
				     mss4 : mss6));
}
