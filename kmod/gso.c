// SPDX-License-Identifier: GPL-2.0-only
/*
 * A TCP or UDP GSO packet, cut in one pass: each segment's payload is copied
 * to where it will be encrypted and summed up on the way, and the headers in
 * front of it are put right there. The packet itself is only read, so nothing
 * of it needs to be private. What is less usual is left to skb_gso_segment().
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "gso.h"

/* Options and extension headers included; more is not usual */
#define HEADERS_MAX	256

#define TYPES_TCP	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6)
#define TYPES_CUT	(TYPES_TCP | SKB_GSO_TCP_ECN | SKB_GSO_TCP_FIXEDID | \
			 SKB_GSO_UDP_L4 | SKB_GSO_DODGY)

/* Is it TCP or UDP right behind the headers that are copied unchanged? */
static bool init_type(struct ikevti_cutter *cut, const struct sk_buff *skb)
{
	unsigned int type = skb_shinfo(skb)->gso_type;
	bool ip4 = skb->protocol == htons(ETH_P_IP);

	if (type & ~TYPES_CUT || skb->encapsulation ||
	    skb->ip_summed != CHECKSUM_PARTIAL)
		return false;
	cut->tcp = type & TYPES_TCP;
	cut->fixed_id = type & SKB_GSO_TCP_FIXEDID;
	if (ip4 && (ip_is_fragment(ip_hdr(skb)) ||
		    ip_hdr(skb)->protocol != (cut->tcp ? IPPROTO_TCP : IPPROTO_UDP)))
		return false;
	if (cut->tcp)
		return type & (ip4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6) &&
		       skb->csum_offset == offsetof(struct tcphdr, check);
	return type & SKB_GSO_UDP_L4 &&
	       skb->csum_offset == offsetof(struct udphdr, check);
}

static bool init_headers(struct ikevti_cutter *cut, struct sk_buff *skb)
{
	int start = skb_checksum_start_offset(skb);
	unsigned int net;

	net = skb->protocol == htons(ETH_P_IP) ? ip_hdrlen(skb) :
						 sizeof(struct ipv6hdr);
	if (start < (int)net || start > HEADERS_MAX)
		return false;
	cut->transport = start;
	cut->hlen = start + sizeof(struct udphdr);
	if (cut->tcp) {
		if (!pskb_may_pull(skb, start + sizeof(struct tcphdr)))
			return false;
		cut->hlen = start + __tcp_hdrlen((void *)(skb->data + start));
		if (cut->hlen < start + sizeof(struct tcphdr))
			return false;
	}
	return pskb_may_pull(skb, cut->hlen);
}

/**
 * ikevti_cutter_init() - see whether a GSO packet can be cut in one pass
 * @cut: result
 * @skb: data at the network header; its headers may be pulled together
 *
 * Return: false if this is one for skb_gso_segment().
 */
bool ikevti_cutter_init(struct ikevti_cutter *cut, struct sk_buff *skb)
{
	const struct udphdr *uh;

	if (!init_type(cut, skb) || !init_headers(cut, skb))
		return false;
	cut->skb = skb;
	cut->mss = skb_shinfo(skb)->gso_size;
	if (skb->len > IP_MAX_MTU || skb->len <= cut->hlen || !cut->mss)
		return false;
	cut->payload = skb->len - cut->hlen;
	cut->n = DIV_ROUND_UP(cut->payload, cut->mss);
	/* The checksum of its pseudo header is put right by the difference */
	uh = (const struct udphdr *)(skb->data + cut->transport);
	return cut->tcp || uh->len == htons(skb->len - cut->transport);
}

static void fix_ip(const struct ikevti_cutter *cut, unsigned int i, u8 *to,
		   unsigned int len)
{
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	if (cut->skb->protocol != htons(ETH_P_IP)) {
		ip6h = (struct ipv6hdr *)to;
		ip6h->payload_len = htons(len - sizeof(*ip6h));
		return;
	}
	iph = (struct iphdr *)to;
	iph->tot_len = htons(len);
	if (!cut->fixed_id)
		iph->id = htons(ntohs(iph->id) + i);
	ip_send_check(iph);
}

/* RFC 3168 section 6.1.2: the window reduction is told once */
static void fix_tcp(const struct ikevti_cutter *cut, unsigned int i,
		    struct tcphdr *th)
{
	th->seq = htonl(ntohl(th->seq) + i * cut->mss);
	if (i)
		th->cwr = 0;
	if (i + 1 < cut->n) {
		th->fin = 0;
		th->psh = 0;
	}
}

/**
 * ikevti_cut() - write one segment
 * @cut: from ikevti_cutter_init()
 * @i: which
 * @to: room for ikevti_cut_len() octets, aligned to 4
 */
void ikevti_cut(const struct ikevti_cutter *cut, unsigned int i, u8 *to)
{
	unsigned int len = ikevti_cut_len(cut, i);
	u8 *transport = to + cut->transport;
	__be16 old_len, new_len;
	__sum16 *check;
	__wsum sum;

	memcpy(to, cut->skb->data, cut->hlen);
	sum = skb_copy_and_csum_bits(cut->skb, cut->hlen + i * cut->mss,
				     to + cut->hlen, len - cut->hlen);

	/* It holds the sum of the pseudo header, for the length of all */
	old_len = htons(cut->skb->len - cut->transport);
	new_len = htons(len - cut->transport);
	if (cut->tcp) {
		fix_tcp(cut, i, (struct tcphdr *)transport);
		check = &((struct tcphdr *)transport)->check;
	} else {
		((struct udphdr *)transport)->len = new_len;
		check = &((struct udphdr *)transport)->check;
	}
	*check = csum16_add(csum16_sub(*check, old_len), new_len);
	sum = csum_partial(transport, cut->hlen - cut->transport, sum);
	*check = csum_fold(sum) ?: CSUM_MANGLED_0;
	fix_ip(cut, i, to, len);
}
