// SPDX-License-Identifier: GPL-2.0-only
/*
 * Native ESP, beside the kernel's own: both offer their handlers to the same
 * dispatcher. Ours comes first and passes on what is not for one of its SAs,
 * so IPsec by xfrm on the same host goes on undisturbed.
 */
#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/icmp.h>
#include <net/ip6_route.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/xfrm.h>

#include "event.h"
#include "icmp.h"
#include "proto.h"
#include "rx.h"

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

/* Context: softirq, RCU read side, data at the returned IP header */
static int esp4_err(struct sk_buff *skb, u32 info)
{
	const struct iphdr *iph = (const struct iphdr *)skb->data;
	const struct ip_esp_hdr *esph;
	struct net *net = dev_net(skb->dev);

	/* The ICMP code saw to it that 8 octets follow the header */
	esph = (const struct ip_esp_hdr *)(skb->data + (iph->ihl << 2));
	if (!ikevti_icmp4(net, skb, NULL, esph->spi, icmp_hdr(skb)))
		return -ENOENT;
	if (icmp_hdr(skb)->type == ICMP_REDIRECT)
		ipv4_redirect(skb, net, 0, IPPROTO_ESP);
	return 0;
}

static int esp6_err(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type,
		    u8 code, int offset, __be32 info)
{
	struct net *net = dev_net(skb->dev);
	__be32 spi;

	if (skb_copy_bits(skb, offset, &spi, sizeof(spi)) ||
	    !ikevti_icmp6(net, skb, NULL, spi, type, ntohl(info)))
		return -ENOENT;
	if (type == NDISC_REDIRECT)
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
