// SPDX-License-Identifier: GPL-2.0-only
/*
 * What makes packets one flow, from the packets alone. skb->hash will not do:
 * devices fill it by rules of their own, and sockets with a random number that
 * TCP draws anew when it suspects the path, so that one flow would wander.
 *
 * Fragments are told apart by their addresses whatever the policy, so that all
 * of a datagram take one way: only the first has ports.
 */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/once.h>
#include <linux/random.h>
#include <linux/skbuff.h>
#include <net/gre.h>
#include <net/ipv6.h>
#include <linux/ikevti.h>

#include "hash.h"

/* Extension headers before a tunnel or ports are looked for no further */
#define EXTENSIONS_MAX	8

/**
 * struct flow - an IP header, and what is behind it
 * @src: source address, network byte order
 * @dst: destination address
 * @v6: they are IPv6
 * @fragment: of a datagram
 * @proto: of the payload, behind extension headers
 * @at: where the payload is
 */
struct flow {
	struct in6_addr src;
	struct in6_addr dst;
	bool v6;
	bool fragment;
	u8 proto;
	unsigned int at;
};

/* Nobody outside can choose flows that meet on one path */
static u32 hash_seed(void)
{
	static u32 seed __read_mostly;

	net_get_random_once(&seed, sizeof(seed));
	return seed;
}

static bool read4(const struct sk_buff *skb, unsigned int at, struct flow *flow)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return false;
	flow->v6 = false;
	flow->src.s6_addr32[0] = iph->saddr;
	flow->dst.s6_addr32[0] = iph->daddr;
	flow->fragment = ip_is_fragment(iph);
	flow->proto = iph->protocol;
	flow->at = at + iph->ihl * 4;
	return true;
}

/* Go past extension headers, RFC 8200 section 4 */
static void skip_extensions(const struct sk_buff *skb, struct flow *flow)
{
	const struct ipv6_opt_hdr *opt;
	struct ipv6_opt_hdr buf;
	unsigned int i;

	for (i = 0; i < EXTENSIONS_MAX; i++) {
		switch (flow->proto) {
		case NEXTHDR_HOP:
		case NEXTHDR_ROUTING:
		case NEXTHDR_DEST:
			opt = skb_header_pointer(skb, flow->at, sizeof(buf),
						 &buf);
			if (!opt)
				return;
			flow->proto = opt->nexthdr;
			flow->at += ipv6_optlen(opt);
			break;
		case NEXTHDR_FRAGMENT:
			flow->fragment = true;
			return;
		default:
			return;
		}
	}
}

static bool read6(const struct sk_buff *skb, unsigned int at, struct flow *flow)
{
	const struct ipv6hdr *ip6h;
	struct ipv6hdr buf;

	ip6h = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6)
		return false;
	flow->v6 = true;
	flow->src = ip6h->saddr;
	flow->dst = ip6h->daddr;
	flow->fragment = false;
	flow->proto = ip6h->nexthdr;
	flow->at = at + sizeof(*ip6h);
	skip_extensions(skb, flow);
	return true;
}

/* What a GRE header without routing (RFC 2784, RFC 2890) is in front of */
static __be16 read_gre(const struct sk_buff *skb, unsigned int *at)
{
	const struct gre_base_hdr *gre;
	const struct ethhdr *eth;
	struct gre_base_hdr buf;
	struct ethhdr eth_buf;

	gre = skb_header_pointer(skb, *at, sizeof(buf), &buf);
	if (!gre || gre->flags & (GRE_VERSION | GRE_ROUTING))
		return 0;
	*at += sizeof(*gre);
	*at += gre->flags & GRE_CSUM ? 4 : 0;
	*at += gre->flags & GRE_KEY ? 4 : 0;
	*at += gre->flags & GRE_SEQ ? 4 : 0;
	if (gre->protocol != htons(ETH_P_TEB))
		return gre->protocol;
	eth = skb_header_pointer(skb, *at, sizeof(eth_buf), &eth_buf);
	*at += sizeof(*eth);
	return eth ? eth->h_proto : 0;
}

/* Replace a flow by the one within, if it is a tunnel and that can be read */
static void enter_tunnel(const struct sk_buff *skb, struct flow *flow)
{
	unsigned int at = flow->at;
	struct flow inner;
	bool ok = false;
	__be16 what = 0;

	if (flow->fragment)
		return;
	switch (flow->proto) {
	case IPPROTO_IPIP:
		what = htons(ETH_P_IP);
		break;
	case IPPROTO_IPV6:
		what = htons(ETH_P_IPV6);
		break;
	case IPPROTO_GRE:
		what = read_gre(skb, &at);
		break;
	}
	if (what == htons(ETH_P_IP))
		ok = read4(skb, at, &inner);
	else if (what == htons(ETH_P_IPV6))
		ok = read6(skb, at, &inner);
	if (ok)
		*flow = inner;
}

/* Ports, or the SPI of ESP and AH; 0 where there is neither */
static u32 read_ports(const struct sk_buff *skb, const struct flow *flow)
{
	int offset = proto_ports_offset(flow->proto);
	const u32 *ports;
	u32 buf;

	if (flow->fragment || offset < 0)
		return 0;
	ports = skb_header_pointer(skb, flow->at + offset, sizeof(buf), &buf);
	return ports ? get_unaligned(ports) : 0;
}

static u32 mix(const struct flow *flow, u32 ports, u32 proto)
{
	u32 seed = hash_seed() ^ proto;

	if (!flow->v6)
		return jhash_3words((__force u32)flow->src.s6_addr32[0],
				    (__force u32)flow->dst.s6_addr32[0],
				    ports, seed);
	return jhash_3words(jhash2((__force const u32 *)flow->src.s6_addr32,
				   4, seed),
			    jhash2((__force const u32 *)flow->dst.s6_addr32,
				   4, seed),
			    ports, seed);
}

/**
 * ikevti_hash() - which flow does a packet belong to?
 * @skb: packet, data at the complete fixed IP header
 * @policy: IKEVTI_HASH_*
 *
 * Context: any.
 * Return: the same for all packets of a flow, until the module is unloaded.
 */
u32 ikevti_hash(const struct sk_buff *skb, u8 policy)
{
	struct flow flow;

	if (skb->protocol == htons(ETH_P_IP) ? !read4(skb, 0, &flow) :
					       !read6(skb, 0, &flow))
		return 0;
	if (policy == IKEVTI_HASH_INNER_L3)
		enter_tunnel(skb, &flow);
	if (policy != IKEVTI_HASH_L4 || flow.fragment)
		return mix(&flow, 0, 0);
	return mix(&flow, read_ports(skb, &flow), flow.proto);
}
