// SPDX-License-Identifier: GPL-2.0-only
/*
 * GRO for our sockets: packets of one SA are chained
 * while they come in from a NIC, so that the stack's way from there to the
 * socket is gone once for all of them. Each remains an skb of its own, which
 * is decrypted in place.
 *
 * The stack takes the result for what GRO makes of UDP where a device asks for
 * lists: it completes it, and takes it apart again for whoever does not want
 * it. IKE, keepalives and everything that is not for an SA of ours is passed on
 * as it is; so is what is only forwarded, for which sockets are looked up, too.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>
#include <net/gro.h>
#include <net/udp.h>

#include "burst.h"
#include "esp.h"
#include "gro.h"
#include "rx.h"

/* By what GRO took for the network header before it came to UDP */
static bool is_ipv6(const struct sk_buff *skb)
{
	return ip_hdr(skb)->version == 6;
}

static u8 tos(const struct sk_buff *skb)
{
	if (is_ipv6(skb))
		return ipv6_get_dsfield(ipv6_hdr(skb));
	return ipv4_get_dsfield(ip_hdr(skb));
}

/* Without pulling it: an ESP packet is to stay in one piece */
static __be32 esp_spi(const struct sk_buff *skb)
{
	const __be32 *spi;
	__be32 buf;

	spi = skb_header_pointer(skb, skb_gro_offset(skb), sizeof(buf), &buf);
	return likely(spi) ? *spi : 0;
}

/*
 * Make the headers linear, with IP's where it is said to be. Is the datagram
 * as long as it says, and long enough?
 */
static bool pull_headers(struct sk_buff *skb)
{
	unsigned int len = skb_gro_len(skb);

	if (unlikely(len < IKEVTI_ESP_MIN ||
		     !pskb_may_pull(skb, skb_gro_offset(skb))))
		return false;
	skb_set_network_header(skb, ikevti_gro_network_offset(skb));
	if (is_ipv6(skb) && ipv6_hdr(skb)->nexthdr != IPPROTO_UDP)
		return false;
	return ntohs(udp_hdr(skb)->len) == len + sizeof(struct udphdr);
}

static void append(struct sk_buff *p, struct sk_buff *skb)
{
	if (NAPI_GRO_CB(p)->last == p)
		skb_shinfo(p)->frag_list = skb;
	else
		NAPI_GRO_CB(p)->last->next = skb;
	NAPI_GRO_CB(p)->last = skb;
	/* GRO saw to it that @p is of the same sender, which pays for both */
	skb->destructor = NULL;
	skb->sk = NULL;
	__skb_pull(skb, skb_gro_offset(skb));
	p->len += skb->len;
	p->data_len += skb->len;
	p->truesize += skb->truesize;
	/* All were verified; a sum over one says nothing about the others */
	if (p->ip_summed == CHECKSUM_COMPLETE)
		p->ip_summed = CHECKSUM_UNNECESSARY;
	NAPI_GRO_CB(p)->count++;
	NAPI_GRO_CB(skb)->same_flow = 1;
}

/**
 * ikevti_gro_receive() - chain a packet to others of its SA
 * @sk: our socket
 * @head: packets that wait for others
 * @skb: a packet; GRO's offset is behind its UDP header
 *
 * Context: softirq, RCU read side.
 * Return: the packet of @head that waits no longer, or NULL.
 */
struct sk_buff *ikevti_gro_receive(struct sock *sk, struct list_head *head,
				   struct sk_buff *skb)
{
	unsigned int len = skb_gro_len(skb), first;
	struct sk_buff *p;
	__be32 spi;

	if (NAPI_GRO_CB(skb)->flush || !pull_headers(skb))
		goto alone;
	spi = esp_spi(skb);
	if (!spi)
		goto alone;
	/* Not a tunnel's to the stack, whatever becomes of the socket */
	NAPI_GRO_CB(skb)->encap_mark = 0;
	NAPI_GRO_CB(skb)->is_flist = 1;
	list_for_each_entry(p, head, list) {
		if (!NAPI_GRO_CB(p)->same_flow)
			continue;
		/* Of another time, before the socket was ours */
		if (unlikely(!NAPI_GRO_CB(p)->is_flist))
			return p;
		if (esp_spi(p) != spi) {
			NAPI_GRO_CB(p)->same_flow = 0;
			continue;
		}
		/*
		 * None longer than the first; and where a program may see the
		 * list before the socket, of one length but for the last: who
		 * makes a list linear cuts it by the first one's length.
		 */
		first = ntohs(udp_hdr(p)->len) - sizeof(struct udphdr);
		if (unlikely(tos(p) != tos(skb) || len > first ||
			     p->len + len > IP_MAX_MTU))
			return p;
		append(p, skb);
		return (len == first || !ikevti_dev_has_ingress(skb->dev)) &&
		       NAPI_GRO_CB(p)->count < IKEVTI_BURST ? NULL : p;
	}
	if (likely(ikevti_rx_expects(sock_net(sk), skb, spi)))
		return NULL;
alone:
	NAPI_GRO_CB(skb)->flush = 1;
	return NULL;
}
