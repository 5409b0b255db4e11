// SPDX-License-Identifier: GPL-2.0-only
/*
 * Segments of one TCP flow, one behind the other in their SA, become one GSO
 * packet, so that everything above us is paid for once. This is GRO, done where
 * the payload is written anyway: no packet gets an skb, or a page, of its own.
 *
 * Only what cutting it up again would restore to the octet is put together:
 * the rules are those of the kernel's GRO, stricter where that loses something
 * (the TCP window). And only what was sent right: checksums of segments that
 * may be sent on are verified, since those put together get new ones.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip6_checksum.h>
#include <net/tcp.h>

#include "burst.h"
#include "esp.h"
#include "stream.h"

#define PLACE_ALIGN	16	/* a block of the cipher */

/**
 * struct spare_area - memory that had room left when the last burst ended
 * @base: compound page, NULL for none
 * @end: what is used of it
 *
 * One per CPU for all devices: nobody is charged for it, so how much of it there
 * is must not depend on how many devices users make. Context: BH disabled.
 */
struct spare_area {
	u8 *base;
	u8 *end;
};

static DEFINE_PER_CPU(struct spare_area, spare);

/**
 * struct segment - a TCP segment that may be part of a run
 * @tcp: TCP header
 * @iplen: octets of IP header
 * @hlen: octets of IP and TCP header
 * @payload: octets of payload, not 0
 * @ds: DS field
 * @ip4: over IPv4
 */
struct segment {
	const struct tcphdr *tcp;
	unsigned int iplen;
	unsigned int hlen;
	unsigned int payload;
	u8 ds;
	bool ip4;
};

/* Octets of the IP packet, 0 if it is not a plain TCP one */
static unsigned int parse_ip(struct segment *seg, const u8 *data, u8 nexthdr)
{
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)data;
	const struct iphdr *iph = (const struct iphdr *)data;

	if (nexthdr == IPPROTO_IPIP) {
		seg->ip4 = true;
		seg->iplen = sizeof(*iph);
		seg->ds = iph->tos;
		if (data[0] != 0x45 || iph->protocol != IPPROTO_TCP ||
		    iph->frag_off & htons(IP_MF | IP_OFFSET) ||
		    ip_fast_csum(iph, 5))
			return 0;
		return ntohs(iph->tot_len);
	}
	seg->ip4 = false;
	seg->iplen = sizeof(*ip6h);
	seg->ds = ipv6_get_dsfield(ip6h);
	if (nexthdr != IPPROTO_IPV6 || ip6h->version != 6 ||
	    ip6h->nexthdr != IPPROTO_TCP)
		return 0;
	return ntohs(ip6h->payload_len) + sizeof(*ip6h);
}

/* Data and an acknowledgment, nothing that has an effect of its own */
static bool plain_flags(const struct tcphdr *tcp)
{
	return (tcp_flag_word(tcp) & (TCP_FLAG_ACK | TCP_FLAG_SYN |
				      TCP_FLAG_RST | TCP_FLAG_URG)) ==
	       TCP_FLAG_ACK;
}

/* What is in a decrypted packet of @len octets, padding and trailer included? */
static bool parse(struct segment *seg, const u8 *data, unsigned int len)
{
	unsigned int total;

	if (len < IKEVTI_STREAM_MIN - IKEVTI_ESP_HLEN - IKEVTI_ESP_ICV_LEN)
		return false;
	total = parse_ip(seg, data, data[len - 1]);
	/* Let whoever handles the unusual find out what is wrong with it */
	if (total + data[len - 2] + IKEVTI_ESP_TRAILER > len)
		return false;
	seg->tcp = (const struct tcphdr *)(data + seg->iplen);
	if (total < seg->iplen + sizeof(*seg->tcp) || seg->tcp->doff < 5)
		return false;
	seg->hlen = seg->iplen + seg->tcp->doff * 4;
	if (total < seg->hlen || !plain_flags(seg->tcp))
		return false;
	seg->payload = total - seg->hlen;
	/* The next packet's headers must not reach back into this one's */
	return seg->payload >= seg->hlen;
}

/* Would RFC 6040 section 4.2 leave the inner header alone? */
static bool ecn_stays(u8 outer, u8 inner)
{
	outer &= INET_ECN_MASK;
	return outer == INET_ECN_NOT_ECT || outer == (inner & INET_ECN_MASK);
}

static bool checksum_right(const struct segment *seg, const u8 *data)
{
	unsigned int len = seg->hlen - seg->iplen + seg->payload;
	const struct ipv6hdr *ip6h = (const struct ipv6hdr *)data;
	const struct iphdr *iph = (const struct iphdr *)data;
	__wsum sum = csum_partial(seg->tcp, len, 0);

	if (seg->ip4)
		return !tcp_v4_check(len, iph->saddr, iph->daddr, sum);
	return !tcp_v6_check(len, &ip6h->saddr, &ip6h->daddr, sum);
}

/* Need the checksum not be looked at? */
static bool is_trusted(const struct ikevti_stream_terms *terms, bool ip4,
		       const u8 *data)
{
	return (ip4 ? terms->trust4 : terms->trust6) ||
	       (terms->own && ikevti_ends_here(terms->own, data, ip4));
}

/* Compare IPv4 headers but for length, identification and checksum */
static bool same_ip4(struct ikevti_in_run *run, const struct iphdr *a,
		     const struct iphdr *b, unsigned int n)
{
	u16 step;

	if (a->tos != b->tos || a->frag_off != b->frag_off ||
	    a->ttl != b->ttl || a->saddr != b->saddr || a->daddr != b->daddr)
		return false;
	step = ntohs(b->id) - ntohs(a->id);
	/* Cutting makes them count, or, where nothing may fragment, not */
	if (n == 1)
		run->fixed_id = !step && a->frag_off & htons(IP_DF);
	return step == (run->fixed_id ? 0 : n);
}

static bool same_ip6(const struct ipv6hdr *a, const struct ipv6hdr *b)
{
	return !memcmp(a, b, offsetof(struct ipv6hdr, payload_len)) &&
	       a->hop_limit == b->hop_limit &&
	       !memcmp(&a->saddr, &b->saddr, 2 * sizeof(a->saddr));
}

/* Flags that a packet in a run's middle must share with its first */
static u32 run_flags(const struct tcphdr *tcp)
{
	return (__force u32)(tcp_flag_word(tcp) &
			     ~(TCP_FLAG_FIN | TCP_FLAG_PSH));
}

static bool same_tcp(const struct tcphdr *a, const struct tcphdr *b)
{
	/* The word holds header length and window too; CWR is the first's */
	return a->source == b->source && a->dest == b->dest &&
	       a->ack_seq == b->ack_seq && a->urg_ptr == b->urg_ptr &&
	       (run_flags(a) & ~(__force u32)TCP_FLAG_CWR) == run_flags(b) &&
	       !memcmp(a + 1, b + 1, a->doff * 4 - sizeof(*a));
}

/* Is it what comes next in the run being built? */
static bool continues(struct ikevti_stream *s, const struct segment *seg,
		      const u8 *data)
{
	struct ikevti_in_run *run = &s->first->run;
	const u8 *first = run->data;

	if (seg->iplen != run->iplen || seg->hlen != run->hlen ||
	    seg->payload > run->payload || ntohl(seg->tcp->seq) != s->seq ||
	    s->len + seg->payload > IP_MAX_MTU ||
	    !same_tcp((const struct tcphdr *)(first + run->iplen), seg->tcp))
		return false;
	if (seg->ip4)
		return same_ip4(run, (const struct iphdr *)first,
				(const struct iphdr *)data, s->n);
	return same_ip6((const struct ipv6hdr *)first,
			(const struct ipv6hdr *)data);
}

/* The packet is part of the run; does the run end with it? */
static void add(struct ikevti_stream *s, struct ikevti_unit *unit,
		const struct segment *seg)
{
	struct ikevti_in_run *run = &unit->run;

	run->payload = seg->payload;
	run->index = s->n++;
	run->flags = tcp_flag_byte(seg->tcp) & (TCPHDR_FIN | TCPHDR_PSH);
	s->seq = ntohl(seg->tcp->seq) + seg->payload;
	s->len += seg->payload;
	unit->state = IKEVTI_UNIT_STREAM;
	if (run->flags || seg->payload < s->first->run.payload)
		s->first = NULL;
}

static void start(struct ikevti_stream *s, struct ikevti_unit *unit,
		  const struct segment *seg, u8 *data)
{
	s->first = unit;
	s->n = 0;
	s->len = seg->hlen;
	s->end = data + seg->hlen + seg->payload;
	unit->run.data = data;
	unit->run.hlen = seg->hlen;
	unit->run.iplen = seg->iplen;
	unit->run.fixed_id = false;
	add(s, unit, seg);
}

static void drop_area(u8 *base)
{
	if (base)
		put_page(virt_to_page(base));
}

/**
 * ikevti_stream_begin() - before the first packet of a burst
 * @s: state, ended or new; ikevti_stream_end() belongs
 * @bytes: octets of ciphertext in the burst, at most IKEVTI_BURST_BYTES
 *
 * Context: BH disabled.
 * Return: false if there is no memory for it.
 */
bool ikevti_stream_begin(struct ikevti_stream *s, unsigned int bytes)
{
	struct page *page;

	s->first = NULL;
	s->base = this_cpu_read(spare.base);
	s->end = this_cpu_read(spare.end);
	this_cpu_write(spare.base, NULL);
	if (likely(s->base &&
		   s->end + bytes <= s->base + IKEVTI_BURST_BYTES))
		return true;
	drop_area(s->base);
	s->base = NULL;
	page = alloc_pages(GFP_ATOMIC | __GFP_COMP | __GFP_NOWARN |
			   __GFP_NORETRY, get_order(IKEVTI_AREA_SIZE));
	if (unlikely(!page))
		return false;
	s->base = page_address(page);
	s->end = s->base;
	return true;
}

/**
 * ikevti_stream_end() - give the memory back, when the burst was delivered
 * @s: state, begun or not
 *
 * Context: BH disabled.
 */
void ikevti_stream_end(struct ikevti_stream *s)
{
	s->first = NULL;
	if (!s->base)
		return;
	/* Another burst may have begun meanwhile, by what this one delivered */
	drop_area(this_cpu_read(spare.base));
	this_cpu_write(spare.base, s->base);
	this_cpu_write(spare.end, s->end);
	s->base = NULL;
}

/**
 * ikevti_stream_exit() - free what is left, when all devices are gone
 */
void ikevti_stream_exit(void)
{
	int cpu;

	for_each_possible_cpu(cpu)
		drop_area(per_cpu(spare.base, cpu));
}

/**
 * ikevti_stream_place() - where the next packet is to be decrypted to
 * @s: state, begun
 *
 * Return: the place, for ikevti_stream_take() or ikevti_stream_undo().
 */
u8 *ikevti_stream_place(struct ikevti_stream *s)
{
	u8 *at;

	if (!s->first)
		return PTR_ALIGN(s->end, PLACE_ALIGN);
	at = s->end - s->first->run.hlen;
	memcpy(s->saved, at, s->first->run.hlen);
	return at;
}

/**
 * ikevti_stream_undo() - there is no packet at the place
 * @s: state
 * @at: the place
 */
void ikevti_stream_undo(struct ikevti_stream *s, u8 *at)
{
	if (s->first)
		memcpy(at, s->saved, s->first->run.hlen);
	s->first = NULL;
}

/**
 * ikevti_stream_take() - make a decrypted packet part of a run
 * @s: state
 * @unit: the packet
 * @at: the place it is at
 * @len: its octets, padding and trailer included
 * @terms: how to treat it
 *
 * Return: NULL if it was taken, @unit->run says where; else where it is now,
 * until the next packet's place is asked for.
 */
u8 *ikevti_stream_take(struct ikevti_stream *s, struct ikevti_unit *unit,
		       u8 *at, unsigned int len,
		       const struct ikevti_stream_terms *terms)
{
	bool fits, next = false;
	struct segment seg;
	u8 *to;

	fits = parse(&seg, at, len) && ecn_stays(terms->tos, seg.ds);
	if (likely(fits)) {
		next = s->first && continues(s, &seg, at);
		/* The addresses of a run are the same all along */
		if (!next)
			s->trusted = is_trusted(terms, seg.ip4, at);
		fits = s->trusted || checksum_right(&seg, at);
	}

	if (s->first) {
		if (likely(fits && next)) {
			unit->run.data = s->end;
			s->end += seg.payload;
			add(s, unit, &seg);
			/* Now that nobody reads the headers any more */
			memcpy(at, s->saved, seg.hlen);
			return NULL;
		}
		to = PTR_ALIGN(s->end, PLACE_ALIGN);
		memmove(to, at, len);
		ikevti_stream_undo(s, at);
		seg.tcp = (const struct tcphdr *)(to + seg.iplen);
		at = to;
	}
	s->likely = fits;
	if (!fits)
		return at;
	start(s, unit, &seg, at);
	return NULL;
}

/**
 * ikevti_stream_fits() - could a decrypted packet be part of a run?
 * @data: its IP header
 * @len: its octets, padding and trailer included
 */
bool ikevti_stream_fits(const u8 *data, unsigned int len)
{
	struct segment seg;

	return parse(&seg, data, len);
}

/* The headers of what begins with the run's packet @index and is put together */
static void fix_headers(struct sk_buff *skb, const struct ikevti_in_run *first,
			unsigned int index, unsigned int n, u8 flags)
{
	struct tcphdr *tcp = (struct tcphdr *)(skb->data + first->iplen);
	unsigned int len = skb->len - first->iplen;
	struct skb_shared_info *info = skb_shinfo(skb);
	struct ipv6hdr *ip6h;
	struct iphdr *iph;

	tcp->seq = htonl(ntohl(tcp->seq) + index * first->payload);
	tcp_flag_byte(tcp) &= ~(TCPHDR_FIN | TCPHDR_PSH);
	tcp_flag_byte(tcp) |= flags;
	if (index)
		tcp->cwr = 0;

	if (first->iplen == sizeof(*iph)) {
		iph = (struct iphdr *)skb->data;
		if (!first->fixed_id)
			iph->id = htons(ntohs(iph->id) + index);
		iph->tot_len = htons(skb->len);
		ip_send_check(iph);
		tcp->check = ~tcp_v4_check(len, iph->saddr, iph->daddr, 0);
		info->gso_type = SKB_GSO_TCPV4;
		if (first->fixed_id)
			info->gso_type |= SKB_GSO_TCP_FIXEDID;
	} else {
		ip6h = (struct ipv6hdr *)skb->data;
		ip6h->payload_len = htons(len);
		tcp->check = ~tcp_v6_check(len, &ip6h->saddr, &ip6h->daddr, 0);
		info->gso_type = SKB_GSO_TCPV6;
	}
	if (tcp->cwr)
		info->gso_type |= SKB_GSO_TCP_ECN;
	info->gso_size = first->payload;
	info->gso_segs = n;
	if (n == 1)
		skb_gso_reset(skb);

	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = (u8 *)tcp - skb->head;
	skb->csum_offset = offsetof(struct tcphdr, check);
}

/**
 * ikevti_stream_build() - make an skb of packets of a run
 * @napi: NAPI this runs in
 * @unit: the packets, which follow each other in their run
 * @n: their number
 *
 * Return: the skb, data at the inner IP header, checksum and GSO fields set;
 * or NULL.
 */
struct sk_buff *ikevti_stream_build(struct napi_struct *napi,
				    const struct ikevti_unit *unit,
				    unsigned int n)
{
	const struct ikevti_in_run *first = &(unit - unit->run.index)->run;
	unsigned int i, index = unit->run.index, payload = 0;
	struct sk_buff *skb;
	struct page *page;
	u8 *data;

	skb = napi_alloc_skb(napi, first->hlen);
	if (unlikely(!skb))
		return NULL;
	skb_put_data(skb, first->data, first->hlen);
	for (i = 0; i < n; i++)
		payload += unit[i].run.payload;
	data = unit->run.data + (index ? 0 : first->hlen);
	page = virt_to_head_page(data);
	get_page(page);
	skb_add_rx_frag(skb, 0, page, data - (u8 *)page_address(page), payload,
			ALIGN(payload + first->hlen, PLACE_ALIGN));
	skb->protocol = first->iplen == sizeof(struct iphdr) ?
			htons(ETH_P_IP) : htons(ETH_P_IPV6);
	if (n > 1 || index)
		fix_headers(skb, first, index, n, unit[n - 1].run.flags);
	return skb;
}
