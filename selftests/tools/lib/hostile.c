// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inner packets by an authentic peer with bad intentions: mostly right, so that
 * they get far, and wrong somewhere.
 */
#include "hostile.h"
#include "esp.h"
#include "ip.h"

#include <netinet/in.h>
#include <string.h>

static const uint16_t sizes[] = { 0, 1, 3, 4, 7, 8, 9, 19, 20, 21, 28, 40, 60, 100, 500, 1200,
				  1300 };

static bool one_in(struct hostile *h, uint32_t n)
{
	return rng_one_in(h->rng, n);
}

static uint32_t below(struct hostile *h, uint32_t n)
{
	return rng_below(h->rng, n);
}

static uint8_t octet(struct hostile *h)
{
	return (uint8_t)below(h, 256);
}

/* Options of a TCP header: some with lengths that lead out of it, MSS of any length */
static size_t put_options(struct hostile *h, uint8_t *p)
{
	static const uint8_t kinds[] = { 0, 1, 1, 2, 2, 2, 3, 4, 5, 8, 30, 34, 255 };
	size_t room = 4 * below(h, 11), at = 0;

	memset(p, 1, room);
	while (at < room) {
		p[at] = kinds[below(h, sizeof(kinds))];
		if (p[at] == 2 && at + 4 <= room && !one_in(h, 4)) {
			p[at + 1] = 4;
			put16(p + at + 2, (uint16_t)(one_in(h, 2) ? 1460 : below(h, 65536)));
			at += 4;
		} else if (p[at] > 1 && at + 1 < room) {
			p[at + 1] = (uint8_t)(one_in(h, 3) ? octet(h) : 2 + below(h, 10));
			at += 2 + below(h, 4);
		} else {
			at++;
		}
	}
	return room;
}

/* A segment of the flow that goes on, or anything of TCP */
static size_t put_tcp(struct hostile *h, uint8_t *p, bool flow)
{
	size_t options = 0, size = flow ? h->size : sizes[below(h, 17)];

	memset(p, 0, 20);
	put16(p, flow ? 4242 : (uint16_t)below(h, 65536));
	put16(p + 2, flow ? 9 : (uint16_t)below(h, 65536));
	put32(p + 4, h->at);
	put32(p + 8, 7777);
	p[13] = flow ? 0x10 : octet(h);
	if (!flow && one_in(h, 2)) {
		p[13] = 0x02 | (one_in(h, 4) ? octet(h) : 0);	/* SYN */
		options = put_options(h, p + 20);
	} else if (flow && one_in(h, 16)) {
		options = put_options(h, p + 20);
	}
	p[12] = (uint8_t)((20 + options) / 4 << 4);
	if (one_in(h, 12))
		p[12] = octet(h);
	if (one_in(h, 24))
		p[13] ^= (uint8_t)(1 << below(h, 8));
	put16(p + 14, 4096);
	if (one_in(h, 24))
		put16(p + 18, octet(h));
	if (one_in(h, 24))
		size = sizes[below(h, 17)];
	memset(p + 20 + options, 'x', size);
	if (flow)
		h->at += (uint32_t)size;
	if (one_in(h, 64))
		h->at += below(h, 5000);
	return 20 + options + size;
}

static size_t put_upper(struct hostile *h, uint8_t *p, uint8_t proto, bool flow)
{
	size_t len = sizes[below(h, 17)];

	if (proto == IPPROTO_TCP)
		return put_tcp(h, p, flow);
	rng_fill(h->rng, p, len < 40 ? len : 40);
	if (len > 40)
		memset(p + 40, 'x', len - 40);
	if (proto == IPPROTO_UDP && len >= 8) {
		put16(p + 2, 9);
		put16(p + 4, (uint16_t)(one_in(h, 4) ? below(h, 2000) : len));
	}
	if ((proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) && len && one_in(h, 2))
		p[0] = proto == IPPROTO_ICMP ? 8 : 128;
	return len;
}

static uint8_t some_proto(struct hostile *h, bool four)
{
	static const uint8_t protos[] = {
		IPPROTO_TCP, IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDP, IPPROTO_ESP,
		IPPROTO_AH, IPPROTO_GRE, IPPROTO_IPIP, IPPROTO_IPV6, IPPROTO_UDPLITE, IPPROTO_SCTP,
		IPPROTO_RAW, IPPROTO_NONE, 0
	};

	if (one_in(h, 6))
		return four ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	return one_in(h, 16) ? octet(h) : protos[below(h, sizeof(protos))];
}

static void bad_address(struct hostile *h, uint8_t *p, size_t len)
{
	static const uint8_t firsts[] = { 0, 10, 127, 192, 224, 255 };

	if (one_in(h, 3))
		memset(p, 0, len);
	p[0] = firsts[below(h, sizeof(firsts))];
	if (one_in(h, 3))
		memset(p, 0xff, len);
}

static size_t put_ip4(struct hostile *h, uint8_t *p, bool flow)
{
	uint8_t proto = flow ? IPPROTO_TCP : some_proto(h, true);
	size_t hlen = 20, len;

	if (!flow && one_in(h, 8))
		hlen += 4 * below(h, 11);
	rng_fill(h->rng, p + 20, hlen - 20);
	len = put_upper(h, p + hlen, proto, flow);
	ip_put(p, AF_INET, h->src4, h->dst4[!flow && one_in(h, 2)], proto, len + hlen - 20,
	       flow ? 0 : octet(h), 64);
	p[0] = (uint8_t)(0x40 | hlen / 4);
	put16(p + 4, (uint16_t)(h->at / 100));
	if (proto == IPPROTO_TCP && len >= 20 && !one_in(h, 20)) {
		put16(p + hlen + 16, 0);
		/* with options in between the pseudo header is still at 12 */
		put16(p + hlen + 16, ip_fold(ip_sum(ip_sum((uint32_t)(6 + len), p + 12, 8),
						    p + hlen, len)));
	}
	if (one_in(h, 20))
		p[0] = octet(h);
	if (one_in(h, 20))
		put16(p + 2, (uint16_t)(one_in(h, 2) ? below(h, 40) : below(h, 65536)));
	if (one_in(h, flow ? 40 : 5))	/* fragments, overlapping and not */
		put16(p + 6, (uint16_t)((one_in(h, 2) ? 0x2000 : 0) |
					below(h, one_in(h, 2) ? 4 : 8192)));
	if (one_in(h, 30))
		p[8] = (uint8_t)below(h, 3);
	if (one_in(h, 30))
		bad_address(h, p + (one_in(h, 2) ? 12 : 16), 4);
	put16(p + 10, 0);
	put16(p + 10, ip_fold(ip_sum(0, p, hlen)));
	if (one_in(h, 40))
		p[10] ^= 1;
	return hlen + len;
}

/* A chain of extension headers, with lengths that may lead out of the packet */
static size_t put_extensions(struct hostile *h, uint8_t *p, uint8_t *first)
{
	static const uint8_t kinds[] = { 0, 43, 44, 44, 44, 60, 51, 135, 59 };
	size_t at = 0, n = below(h, 5), len;
	uint8_t *next = first, proto = *first;

	while (n--) {
		uint8_t kind = kinds[below(h, sizeof(kinds))];

		*next = kind;
		len = kind == 44 ? 8 : 8 * (1 + below(h, 3));
		rng_fill(h->rng, p + at, len);
		if (kind == 44)
			put16(p + at + 2, (uint16_t)(below(h, 6) << 3 | below(h, 2)));
		else
			p[at + 1] = (uint8_t)(one_in(h, 6) ? octet(h) : len / 8 - 1);
		if (kind == 0 || kind == 60) {
			p[at + 2] = one_in(h, 4) ? octet(h) : 1;
			p[at + 3] = (uint8_t)(one_in(h, 4) ? octet(h) : len - 4);
		}
		next = p + at;
		at += len;
	}
	*next = proto;
	return at;
}

static size_t put_ip6(struct hostile *h, uint8_t *p, bool flow)
{
	uint8_t proto = flow ? IPPROTO_TCP : some_proto(h, false), first = proto;
	size_t ext = 0, len;

	if (!flow && one_in(h, 3))
		ext = put_extensions(h, p + 40, &first);
	len = put_upper(h, p + 40 + ext, proto, flow);
	ip_put(p, AF_INET6, h->src6, h->dst6[!flow && one_in(h, 2)], first, ext + len,
	       flow ? 0 : octet(h), 64);
	if ((proto == IPPROTO_TCP && len >= 20) || (proto == IPPROTO_ICMPV6 && len >= 8)) {
		uint8_t *sum = p + 40 + ext + (proto == IPPROTO_TCP ? 16 : 2);

		put16(sum, 0);
		put16(sum, ip_fold(ip_sum(ip_sum((uint32_t)(proto + len), p + 8, 32),
					  p + 40 + ext, len)));
	}
	if (one_in(h, 20))
		p[0] = octet(h);
	if (one_in(h, 20))
		put16(p + 4, (uint16_t)(one_in(h, 2) ? below(h, 40) : below(h, 65536)));
	if (one_in(h, 30))
		p[7] = (uint8_t)below(h, 3);
	if (one_in(h, 30))
		bad_address(h, p + (one_in(h, 2) ? 8 : 24), 16);
	return 40 + ext + len;
}

size_t hostile_inner(struct hostile *h, uint8_t *p)
{
	bool flow = one_in(h, 2);
	size_t len;

	if (one_in(h, 40)) {
		len = sizes[below(h, 17)];
		rng_fill(h->rng, p, len);
		return len;
	}
	len = one_in(h, 2) ? put_ip4(h, p, flow) : put_ip6(h, p, flow);
	/* cut, or with something behind it */
	if (one_in(h, 25))
		len = below(h, (uint32_t)len + 1);
	else if (one_in(h, 25) && len < 1400)
		memset(p + len, 0, 100), len += 100;
	return len;
}

size_t hostile_trailer(struct hostile *h, uint8_t *p, size_t len)
{
	uint32_t pad = (uint32_t)-(len + 2) & 3, i;
	uint8_t nh = len && p[0] >> 4 == 6 ? 41 : 4;

	if (one_in(h, 30))
		return len & ~(size_t)3;	/* none */
	if (one_in(h, 10))
		pad += 4 * below(h, 63);
	if (pad > 255)
		pad &= 3;
	for (i = 0; i < pad; i++)
		p[len++] = (uint8_t)(i + 1);
	p[len++] = (uint8_t)(one_in(h, 25) ? below(h, 256) : pad);
	p[len++] = one_in(h, 25) ? octet(h) : one_in(h, 25) ? 59 : nh;
	if (one_in(h, 60))
		len -= below(h, len < 4 ? 1 : 4);
	return len;
}
