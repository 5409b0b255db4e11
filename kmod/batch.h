/* SPDX-License-Identifier: GPL-2.0-only */
/* Many datagrams in one skb, and how they get here uncut */
#ifndef _IKEVTI_BATCH_H
#define _IKEVTI_BATCH_H

#include <linux/skbuff.h>

struct ikevti_net;

/**
 * struct ikevti_cut - the segments of one skb, its frag_list left out
 * @skb: the skb
 * @size: octets of each segment, the last may be shorter
 * @at: offset of the next segment from skb->data
 * @end: offset of the end
 * @frag: page fragment the piece is, -1 the linear part
 * @piece: offset of the piece's beginning
 * @piece_end: of its end
 * @base: the piece in memory, NULL if it cannot be read where it is
 */
struct ikevti_cut {
	const struct sk_buff *skb;
	unsigned int size;
	unsigned int at;
	unsigned int end;
	int frag;
	unsigned int piece;
	unsigned int piece_end;
	const u8 *base;
};

/**
 * struct ikevti_segment - one of them
 * @data: its octets, NULL where they are not in one piece of mapped memory that
 *	nobody else writes to
 * @at: offset from skb->data
 * @len: octets
 */
struct ikevti_segment {
	const u8 *data;
	unsigned int at;
	unsigned int len;
};

void ikevti_cut_start(struct ikevti_cut *cut, const struct sk_buff *skb,
		      unsigned int at, unsigned int size);
bool ikevti_cut_next(struct ikevti_cut *cut, struct ikevti_segment *seg);
unsigned int ikevti_batch_size(const struct sk_buff *skb,
			       const struct sk_buff *part, unsigned int at);
bool ikevti_batch_is_ours(const struct sk_buff *skb);
bool ikevti_frags_shared(const struct sk_buff *skb);

int ikevti_batch_hook(struct ikevti_net *in);
void ikevti_batch_unhook(struct ikevti_net *in);

#endif /* _IKEVTI_BATCH_H */
