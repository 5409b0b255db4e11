/* SPDX-License-Identifier: GPL-2.0-only */
/* Cutting GSO packets in one pass */
#ifndef _IKEVTI_GSO_H
#define _IKEVTI_GSO_H

#include <linux/skbuff.h>

/**
 * struct ikevti_cutter - a GSO packet being cut
 * @skb: the packet, not changed
 * @transport: offset of the TCP or UDP header
 * @hlen: octets of all headers, which every segment repeats
 * @mss: octets of payload of a segment, the last may have fewer
 * @payload: octets of all of it
 * @n: segments
 * @tcp: TCP, otherwise UDP
 * @fixed_id: all have the same IPv4 identification
 */
struct ikevti_cutter {
	const struct sk_buff *skb;
	unsigned int transport;
	unsigned int hlen;
	unsigned int mss;
	unsigned int payload;
	unsigned int n;
	bool tcp;
	bool fixed_id;
};

bool ikevti_cutter_init(struct ikevti_cutter *cut, struct sk_buff *skb);
void ikevti_cut(const struct ikevti_cutter *cut, unsigned int i, u8 *to);

/* Octets of the i-th segment, headers included */
static inline unsigned int ikevti_cut_len(const struct ikevti_cutter *cut,
					  unsigned int i)
{
	return cut->hlen + min(cut->mss, cut->payload - i * cut->mss);
}

#endif /* _IKEVTI_GSO_H */
