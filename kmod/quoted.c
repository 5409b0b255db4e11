// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors inside a tunnel. A router that cannot deliver a packet says so
 * from an address of its own, which an SA's selectors need not have: without
 * its errors path MTU discovery fails. So an error goes where an answer to the
 * packet that it quotes would go (RFC 4301 section 6.2).
 *
 * What is quoted was written by whoever sent the error. It has to be complete as
 * far as it is looked at, and to have been sent by whom the error is for, so
 * that nobody gets errors about packets of others.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "quoted.h"

/* Redirects are for routers on one link; others are obsolete */
static bool is_error4(u8 type)
{
	return type == ICMP_DEST_UNREACH || type == ICMP_TIME_EXCEEDED ||
	       type == ICMP_PARAMETERPROB;
}

static bool is_error6(u8 type)
{
	return type >= ICMPV6_DEST_UNREACH && type <= ICMPV6_PARAMPROB;
}

static bool quoted4(const struct sk_buff *skb, struct ikevti_addresses *turned,
		    void *buf)
{
	const struct iphdr *iph = ip_hdr(skb), *quoted;
	int at = skb_network_offset(skb) + iph->ihl * 4;
	const struct icmphdr *icmp;
	struct icmphdr icmp_buf;

	if (iph->protocol != IPPROTO_ICMP || ip_is_fragment(iph))
		return false;
	icmp = skb_header_pointer(skb, at, sizeof(icmp_buf), &icmp_buf);
	if (!icmp || !is_error4(icmp->type))
		return false;
	quoted = skb_header_pointer(skb, at + sizeof(icmp_buf),
				    sizeof(*quoted), buf);
	if (!quoted || quoted->version != 4 || quoted->ihl < 5 ||
	    quoted->saddr != iph->daddr)
		return false;
	turned->family = AF_INET;
	turned->src = &quoted->daddr;
	turned->dst = &quoted->saddr;
	return true;
}

static bool quoted6(const struct sk_buff *skb, struct ikevti_addresses *turned,
		    void *buf)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb), *quoted;
	int at = skb_network_offset(skb) + sizeof(*ip6h);
	const struct icmp6hdr *icmp;
	struct icmp6hdr icmp_buf;
	u8 proto = ip6h->nexthdr;
	__be16 fragment;

	at = ipv6_skip_exthdr(skb, at, &proto, &fragment);
	if (at < 0 || proto != IPPROTO_ICMPV6 || fragment)
		return false;
	icmp = skb_header_pointer(skb, at, sizeof(icmp_buf), &icmp_buf);
	if (!icmp || !is_error6(icmp->icmp6_type))
		return false;
	quoted = skb_header_pointer(skb, at + sizeof(icmp_buf),
				    sizeof(*quoted), buf);
	if (!quoted || quoted->version != 6 ||
	    !ipv6_addr_equal(&quoted->saddr, &ip6h->daddr))
		return false;
	turned->family = AF_INET6;
	turned->src = &quoted->daddr;
	turned->dst = &quoted->saddr;
	return true;
}

/**
 * ikevti_quoted() - the packet that an inner ICMP error is about, turned round
 * @skb: network header at the complete fixed IP header
 * @turned: result, may point to @buf
 * @buf: IKEVTI_QUOTED_LEN octets
 *
 * Context: any.
 * Return: false if it is no such error, or does not say.
 */
bool ikevti_quoted(const struct sk_buff *skb, struct ikevti_addresses *turned,
		   void *buf)
{
	BUILD_BUG_ON(sizeof(struct ipv6hdr) > IKEVTI_QUOTED_LEN);
	return ip_hdr(skb)->version == 4 ? quoted4(skb, turned, buf) :
					   quoted6(skb, turned, buf);
}
