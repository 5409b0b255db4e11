// SPDX-License-Identifier: GPL-2.0-only
/*
 * Datagrams that travel together: merged by GRO below us, or sent as one by a
 * neighbour on this machine that leaves cutting to a device which did not have
 * to. UDP hands a GSO packet to an encapsulation socket in one call only if it
 * is marked as a tunnel's; everything else it cuts up before. So a hook in
 * front of UDP looks at those for our sockets and marks them if every datagram
 * is ESP of one SA. A batch with an IKE message or a keepalive in it, or with
 * packets of several SAs, is left to UDP, which cuts it and gives us one by
 * one; nothing has to be sent up again.
 *
 * The hook comes after the administrator's rules, which have seen the batch as
 * they see every other.
 */
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/udp.h>
#include <net/sock.h>

#include "batch.h"
#include "esp.h"
#include "net.h"
#include "sock.h"

/* The mark, what is taken for one, and what batches are */
#define MARK	SKB_GSO_UDP_TUNNEL_CSUM
#define MARKS	(SKB_GSO_UDP_TUNNEL | SKB_GSO_UDP_TUNNEL_CSUM)
#define KINDS	(SKB_GSO_UDP_L4 | SKB_GSO_FRAGLIST)

/*
 * May somebody else than the network stack write to a fragment's page? Pages of
 * files, of processes and of packet sockets' rings come here by splice() and its
 * like, where the sender is on this machine. Not all kernels and senders say so
 * in SKBFL_SHARED_FRAG, so the page itself is asked, too: drivers and the stack
 * take pages that nobody maps, that belong to no file, and that nobody has ever
 * declared to be up to date.
 */
static bool is_page_shared(struct page *page)
{
	struct folio *folio = page_folio(page);

	return READ_ONCE(folio->mapping) || folio_test_uptodate(folio) ||
	       ikevti_page_mapped(page);
}

/**
 * ikevti_frags_shared() - may others write to the page fragments of a packet?
 * @skb: packet; its frag_list is not looked at
 *
 * A cipher reads ciphertext more than once: what was authenticated and what is
 * decrypted are the same only if nobody writes to it in between.
 */
bool ikevti_frags_shared(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int i;

	if (info->flags & SKBFL_SHARED_FRAG)
		return true;
	for (i = 0; i < info->nr_frags; i++)
		if (is_page_shared(skb_frag_page(&info->frags[i])))
			return true;
	return false;
}

/**
 * ikevti_cut_start() - begin to go through the segments of an skb
 * @cut: state
 * @skb: what to cut; its frag_list is not looked at
 * @at: where the first segment begins, from skb->data
 * @size: octets of a segment, not 0
 */
void ikevti_cut_start(struct ikevti_cut *cut, const struct sk_buff *skb,
		      unsigned int at, unsigned int size)
{
	cut->skb = skb;
	cut->size = size;
	cut->at = at;
	cut->end = skb_pagelen(skb);
	cut->frag = -1;
	cut->piece = 0;
	cut->piece_end = skb_headlen(skb);
	cut->base = skb->data;
}

static void next_piece(struct ikevti_cut *cut)
{
	const struct skb_shared_info *info = skb_shinfo(cut->skb);
	const skb_frag_t *frag = &info->frags[++cut->frag];

	cut->piece = cut->piece_end;
	cut->piece_end += skb_frag_size(frag);
	if (info->flags & SKBFL_SHARED_FRAG ||
	    PageHighMem(skb_frag_page(frag)) ||
	    is_page_shared(skb_frag_page(frag)))
		cut->base = NULL;
	else
		cut->base = skb_frag_address(frag);
}

/**
 * ikevti_cut_next() - the next segment
 * @cut: state
 * @seg: result
 *
 * Return: false if there is none.
 */
bool ikevti_cut_next(struct ikevti_cut *cut, struct ikevti_segment *seg)
{
	if (cut->at >= cut->end)
		return false;
	while (cut->at >= cut->piece_end)
		next_piece(cut);
	seg->at = cut->at;
	seg->len = min(cut->size, cut->end - cut->at);
	seg->data = NULL;
	if (likely(cut->base && cut->at + seg->len <= cut->piece_end))
		seg->data = cut->base + (cut->at - cut->piece);
	cut->at += seg->len;
	return true;
}

/**
 * ikevti_batch_size() - how long the segments of a part of a batch are
 * @skb: the batch
 * @part: itself, or a member of its frag_list
 * @at: where the first segment begins in @part
 *
 * Return: octets, not 0.
 */
unsigned int ikevti_batch_size(const struct sk_buff *skb,
			       const struct sk_buff *part, unsigned int at)
{
	/* Each skb of such a list is a packet */
	if (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST)
		return max(skb_pagelen(part) - at, 1U);
	return skb_shinfo(skb)->gso_size;
}

/**
 * ikevti_batch_is_ours() - was a batch marked by the hook?
 * @skb: GSO
 */
bool ikevti_batch_is_ours(const struct sk_buff *skb)
{
	unsigned int type = skb_shinfo(skb)->gso_type;

	return type & MARK && type & KINDS && !skb->encapsulation &&
	       (ip_hdr(skb)->version == 4 ||
		ipv6_hdr(skb)->nexthdr == IPPROTO_UDP);
}

/* Packets of a part if all of them are ESP with this SPI, else 0 */
static unsigned int count_part(const struct sk_buff *part, unsigned int at,
			       unsigned int size, __be32 spi)
{
	struct ikevti_segment seg;
	struct ikevti_cut cut;
	unsigned int n = 0;
	__be32 word;

	ikevti_cut_start(&cut, part, at, size);
	while (ikevti_cut_next(&cut, &seg)) {
		if (seg.len < IKEVTI_ESP_MIN)
			return 0;
		if (likely(seg.data))
			word = get_unaligned((const __be32 *)seg.data);
		else if (skb_copy_bits(part, seg.at, &word, sizeof(word)))
			return 0;
		if (word != spi)
			return 0;
		n++;
	}
	return n;
}

/*
 * Does it consist of ESP packets of one SA? And do its parts begin where
 * segments do, so that each can be cut by itself? Returns their number or 0.
 */
static unsigned int count_batch(const struct sk_buff *skb, unsigned int at)
{
	const struct sk_buff *part;
	unsigned int size, n, m;
	__be32 spi;

	if (skb_pagelen(skb) <= at ||
	    skb_copy_bits(skb, at, &spi, sizeof(spi)) || !spi)
		return 0;
	size = ikevti_batch_size(skb, skb, at);
	/* A list of which something was pulled together is none any more */
	if (skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST &&
	    size != skb_shinfo(skb)->gso_size)
		return 0;
	if (skb_has_frag_list(skb) && (skb_pagelen(skb) - at) % size)
		return 0;
	n = count_part(skb, at, size, spi);
	if (!n)
		return 0;
	skb_walk_frags(skb, part) {
		size = ikevti_batch_size(skb, part, 0);
		if (skb_has_frag_list(part) || skb_pagelen(part) != part->len ||
		    (part->next && part->len % size))
			return 0;
		m = count_part(part, 0, size, spi);
		if (!m)
			return 0;
		n += m;
	}
	return n;
}

/* Context: RCU read side */
static bool for_socket(const struct ikevti_net *in, u8 family, __be16 port)
{
	const struct ikevti_sock *s;

	list_for_each_entry_rcu(s, &in->socks, list)
		if (s->family == family && s->port == port)
			return true;
	return false;
}

/* Returns false if the packet has to be dropped */
static bool mark(const struct net *net, struct sk_buff *skb, u8 family)
{
	unsigned int n, type, at = skb_transport_offset(skb);
	const struct udphdr *uh;
	struct udphdr buf;

	if (!(skb_shinfo(skb)->gso_type & KINDS) || skb->encapsulation)
		return true;
	uh = skb_header_pointer(skb, at, sizeof(buf), &buf);
	if (!uh || !for_socket(ikevti_pernet(net), family, uh->dest))
		return true;
	n = count_batch(skb, at + sizeof(*uh));
	/* Nobody else says which of our batches are marked */
	type = skb_shinfo(skb)->gso_type & ~MARKS;
	if (likely(n))
		type |= MARK;
	if (type == skb_shinfo(skb)->gso_type && !n)
		return true;
	/* Others may see the packet: they get what they have as it was */
	if (skb_unclone(skb, GFP_ATOMIC))
		return false;
	skb_shinfo(skb)->gso_type = type;
	/* Whoever sent it may not have said how many there are */
	if (n)
		skb_shinfo(skb)->gso_segs = n;
	return true;
}

static unsigned int hook4(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	if (!skb_is_gso(skb) || ip_hdr(skb)->protocol != IPPROTO_UDP ||
	    likely(mark(state->net, skb, AF_INET)))
		return NF_ACCEPT;
	return NF_DROP;
}

static unsigned int hook6(void *priv, struct sk_buff *skb,
			  const struct nf_hook_state *state)
{
	/* With extension headers in between it is left alone */
	if (!skb_is_gso(skb) || ipv6_hdr(skb)->nexthdr != IPPROTO_UDP ||
	    likely(mark(state->net, skb, AF_INET6)))
		return NF_ACCEPT;
	return NF_DROP;
}

static const struct nf_hook_ops hooks[] = {
	{
		.hook		= hook4,
		.pf		= NFPROTO_IPV4,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP_PRI_LAST - 1,
	},
	{
		.hook		= hook6,
		.pf		= NFPROTO_IPV6,
		.hooknum	= NF_INET_LOCAL_IN,
		.priority	= NF_IP6_PRI_LAST - 1,
	},
};

/**
 * ikevti_batch_hook() - look at the batches of a namespace
 * @in: the namespace, about to get its first socket
 *
 * Context: ikevti_mutex, may sleep.
 * Return: 0 or an error.
 */
int ikevti_batch_hook(struct ikevti_net *in)
{
	return nf_register_net_hooks(in->net, hooks, ARRAY_SIZE(hooks));
}

/**
 * ikevti_batch_unhook() - counterpart of ikevti_batch_hook()
 * @in: the namespace, without sockets
 *
 * Context: ikevti_mutex, may sleep. Packets may still be in the hook for a
 * grace period.
 */
void ikevti_batch_unhook(struct ikevti_net *in)
{
	nf_unregister_net_hooks(in->net, hooks, ARRAY_SIZE(hooks));
}
