// SPDX-License-Identifier: GPL-2.0-only
/*
 * Native ESP, beside the kernel's own: both offer their handlers to the same
 * dispatcher. Ours comes first and passes on what is not for one of its SAs,
 * so IPsec by xfrm on the same host goes on undisturbed.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/xfrm.h>

#include "dev.h"
#include "event.h"
#include "net.h"
#include "path.h"
#include "proto.h"
#include "rx.h"
#include "sa.h"

#define PRIORITY	200	/* above every handler of xfrm */

/* Not for us: the dispatcher asks the next handler */
#define PASS_ON		(-EINVAL)

static int esp_rcv(struct sk_buff *skb)
{
	struct net *net = dev_net(skb->dev);

	if (ikevti_rx(net, skb, IKEVTI_ENCAP_NONE) == IKEVTI_RX_TAKEN)
		return 0;
	ikevti_event_unknown_spi(net, skb);
	return PASS_ON;
}

/* Called for sockets of xfrm, which have nothing to do with us */
static int esp_input(struct sk_buff *skb, int nexthdr, __be32 spi,
		     int encap_type)
{
	return PASS_ON;
}

/* After xfrm's decryption; 1 asks the next handler */
static int esp_cb(struct sk_buff *skb, int err)
{
	return 1;
}

/* Does an ICMP error concern a packet that one of our SAs sent? */
static bool sent_by_us(struct net *net, __be32 spi, u16 family,
		       const void *saddr, const void *daddr)
{
	size_t len = family == AF_INET ? 4 : 16;
	const struct ikevti_endpoint *ep;
	struct ikevti_net *in = ikevti_pernet(net);
	struct ikevti_sa *sa;
	u32 id = ntohl(spi);

	hash_for_each_possible_rcu(in->out, sa, out, id) {
		if (sa->spi != id)
			continue;
		ep = rcu_dereference(sa->path->endpoint);
		if (ep->family == family && ep->encap == IKEVTI_ENCAP_NONE &&
		    !memcmp(&ep->local, saddr, len) &&
		    !memcmp(&ep->remote, daddr, len))
			return true;
	}
	return false;
}

/*
 * The route learns the path MTU; the next packet that is too big for it tells
 * its sender. Context: softirq, RCU read side, data at the returned IP header.
 */
static int esp4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct ip_esp_hdr *esph;
	struct net *net = dev_net(skb->dev);

	/* The ICMP code saw to it that 8 octets follow the header */
	esph = (const struct ip_esp_hdr *)(skb->data + (iph->ihl << 2));
	if (!sent_by_us(net, esph->spi, AF_INET, &iph->saddr, &iph->daddr))
		return -ENOENT;

	if (icmp_hdr(skb)->type == ICMP_DEST_UNREACH &&
	    icmp_hdr(skb)->code == ICMP_FRAG_NEEDED)
		ipv4_update_pmtu(skb, net, info, 0, IPPROTO_ESP);
	else if (icmp_hdr(skb)->type == ICMP_REDIRECT)
		ipv4_redirect(skb, net, 0, IPPROTO_ESP);
	return 0;
}

static int esp6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
		    u8 code, int offset, __be32 info)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)skb->data;
	struct net *net = dev_net(skb->dev);
	__be32 spi;

	if (skb_copy_bits(skb, offset, &spi, sizeof(spi)))
		return -ENOENT;
	if (!sent_by_us(net, spi, AF_INET6, &ip6h->saddr, &ip6h->daddr))
		return -ENOENT;

	if (type == ICMPV6_PKT_TOOBIG)
		ip6_update_pmtu(skb, net, info, 0, 0, sock_net_uid(net, NULL));
	else if (type == NDISC_REDIRECT)
		ip6_redirect(skb, net, skb->dev->ifindex, 0,
			     sock_net_uid(net, NULL));
	return 0;
}

static struct xfrm4_protocol esp4_handler = {
	.handler	= esp_rcv,
	.input_handler	= esp_input,
	.cb_handler	= esp_cb,
	.err_handler	= esp4_err,
	.priority	= PRIORITY,
};

static struct xfrm6_protocol esp6_handler = {
	.handler	= esp_rcv,
	.input_handler	= esp_input,
	.cb_handler	= esp_cb,
	.err_handler	= esp6_err,
	.priority	= PRIORITY,
};

/**
 * ikevti_proto_init() - receive protocol 50
 *
 * Return: 0 or an error.
 */
int ikevti_proto_init(void)
{
	int err = xfrm4_protocol_register(&esp4_handler, IPPROTO_ESP);

	if (err)
		return err;
	err = xfrm6_protocol_register(&esp6_handler, IPPROTO_ESP);
	if (err)
		xfrm4_protocol_deregister(&esp4_handler, IPPROTO_ESP);
	return err;
}

/* Counterpart of ikevti_proto_init(); waits for packets being received */
void ikevti_proto_exit(void)
{
	xfrm6_protocol_deregister(&esp6_handler, IPPROTO_ESP);
	xfrm4_protocol_deregister(&esp4_handler, IPPROTO_ESP);
}
