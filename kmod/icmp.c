// SPDX-License-Identifier: GPL-2.0-only
/*
 * ICMP errors about outer packets. Anybody can make one up, so the packet that
 * it quotes has to be one of ours: addresses, ports and SPI (RFC 4301 section
 * 8.2.1). Then the path's route learns what fits, which need not be the route
 * that the stack would think of: ours may have a mark, or be a VRF's. The next
 * packet that is too big tells its sender.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/ip.h>

#include "icmp.h"
#include "net.h"
#include "path.h"
#include "route.h"
#include "sa.h"

static bool same_endpoint(const struct ikevti_endpoint *a,
			  const struct ikevti_endpoint *b)
{
	size_t len = a->family == AF_INET ? sizeof(a->local.ip4) :
					    sizeof(a->local.ip6);

	return a->family == b->family && a->encap == b->encap &&
	       a->local_port == b->local_port &&
	       a->remote_port == b->remote_port &&
	       !memcmp(&a->local, &b->local, len) &&
	       !memcmp(&a->remote, &b->remote, len);
}

/* The SA that sent a packet from and to there */
static struct ikevti_sa *sender(struct net *net, __be32 spi,
				const struct ikevti_endpoint *quoted)
{
	struct ikevti_net *in = ikevti_pernet(net);
	struct ikevti_sa *sa;
	u32 id = ntohl(spi);

	hash_for_each_possible_rcu(in->out, sa, out, id)
		if (sa->spi == id &&
		    same_endpoint(rcu_dereference(sa->path->endpoint), quoted))
			return sa;
	return NULL;
}

/* Addresses, and ports if @uh, of a packet from here */
static void quoted4(struct ikevti_endpoint *ep, const struct iphdr *iph,
		    const struct udphdr *uh)
{
	memset(ep, 0, sizeof(*ep));
	ep->family = AF_INET;
	ep->local.ip4 = iph->saddr;
	ep->remote.ip4 = iph->daddr;
	if (!uh)
		return;
	ep->encap = IKEVTI_ENCAP_UDP;
	ep->local_port = uh->source;
	ep->remote_port = uh->dest;
}

static void quoted6(struct ikevti_endpoint *ep, const struct ipv6hdr *ip6h,
		    const struct udphdr *uh)
{
	memset(ep, 0, sizeof(*ep));
	ep->family = AF_INET6;
	ep->local.ip6 = ip6h->saddr;
	ep->remote.ip6 = ip6h->daddr;
	if (!uh)
		return;
	ep->encap = IKEVTI_ENCAP_UDP;
	ep->local_port = uh->source;
	ep->remote_port = uh->dest;
}

/**
 * ikevti_icmp4() - an ICMP error about an ESP packet
 * @net: underlay namespace
 * @skb: data at the returned IP header, of which 8 octets more are linear
 * @uh: returned UDP header, or NULL
 * @spi: returned
 * @icmp: the error
 *
 * Context: softirq, RCU read side.
 * Return: false if the packet was none of ours.
 */
bool ikevti_icmp4(struct net *net, struct sk_buff *skb,
		  const struct udphdr *uh, __be32 spi,
		  const struct icmphdr *icmp)
{
	struct ikevti_endpoint quoted;
	struct ikevti_sa *sa;

	quoted4(&quoted, (const struct iphdr *)skb->data, uh);
	sa = sender(net, spi, &quoted);
	if (!sa)
		return false;
	if (icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_FRAG_NEEDED)
		ikevti_route_learn(sa->idev, net, &quoted, sa->path->id,
				   sa->lane_id, skb, ntohs(icmp->un.frag.mtu));
	return true;
}

/**
 * ikevti_icmp6() - an ICMPv6 error about an ESP packet
 * @net: underlay namespace
 * @skb: data at the returned IPv6 header
 * @uh: returned UDP header, or NULL
 * @spi: returned
 * @type: of the error
 * @mtu: what a packet too big says
 *
 * Context: softirq, RCU read side.
 * Return: false if the packet was none of ours.
 */
bool ikevti_icmp6(struct net *net, struct sk_buff *skb,
		  const struct udphdr *uh, __be32 spi, u8 type, u32 mtu)
{
	struct ikevti_endpoint quoted;
	struct ikevti_sa *sa;

	quoted6(&quoted, (const struct ipv6hdr *)skb->data, uh);
	sa = sender(net, spi, &quoted);
	if (!sa)
		return false;
	if (type == ICMPV6_PKT_TOOBIG)
		ikevti_route_learn(sa->idev, net, &quoted, sa->path->id,
				   sa->lane_id, skb, mtu);
	return true;
}

/**
 * ikevti_icmp_udp() - is an error about a packet of an attached socket true?
 * @sk: the socket
 * @skb: data and network header at the returned IP header, transport header at
 *	the returned UDP header, which is linear; in front of it the error's
 *
 * For IKE, and where so little is quoted that no SPI is seen, it is the
 * stack that has to believe it or not.
 *
 * Context: softirq, RCU read side.
 * Return: 0, or an error if it is not.
 */
int ikevti_icmp_udp(struct sock *sk, struct sk_buff *skb)
{
	int at = skb_transport_offset(skb) + sizeof(struct udphdr);
	const struct icmp6hdr *icmp6;
	const struct icmphdr *icmp;
	const __be32 *spi;
	__be32 buf;
	bool ours;

	spi = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!spi || !*spi)
		return 0;
	if (ip_hdr(skb)->version == 4) {
		icmp = (const struct icmphdr *)skb->data - 1;
		ours = ikevti_icmp4(sock_net(sk), skb, udp_hdr(skb), *spi,
				    icmp);
	} else {
		icmp6 = (const struct icmp6hdr *)skb->data - 1;
		ours = ikevti_icmp6(sock_net(sk), skb, udp_hdr(skb), *spi,
				    icmp6->icmp6_type,
				    ntohl(icmp6->icmp6_mtu));
	}
	return ours ? 0 : -ENOENT;
}
