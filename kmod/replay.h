/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Anti-replay window (RFC 4303 section 3.4.3) with extended sequence numbers
 * (RFC 4303 appendix A), kept as the ring of words of RFC 6479: advancing
 * clears whole words, no bit is ever shifted.
 *
 * Nothing here needs the kernel beyond its integer types, so that the same
 * text is tested in userspace.
 */
#ifndef _IKEVTI_REPLAY_H
#define _IKEVTI_REPLAY_H

#ifdef __KERNEL__
#include <linux/types.h>
#endif

/**
 * struct ikevti_replay - one anti-replay window
 * @top: highest sequence number accepted, 0 before the first
 * @window: packets the window covers, 32..65536
 * @mask: words in @map, a power of two, minus one
 * @esn: sequence numbers are 64 bits wide, the upper half inferred
 * @map: one bit per sequence number, indexed by its lower bits
 */
struct ikevti_replay {
	u64 top;
	u32 window;
	u32 mask;
	bool esn;
	u64 map[];
};

/**
 * ikevti_replay_words() - words of bitmap that a window needs
 * @window: packets
 *
 * A window that does not begin on a word boundary touches one word more than
 * it fills, and the word being advanced into is cleared, so there must be one
 * that no valid number lives in.
 *
 * Return: a power of two.
 */
static inline u32 ikevti_replay_words(u32 window)
{
	u32 need = (window + 62) / 64 + 1;
	u32 words = 1;

	while (words < need)
		words <<= 1;
	return words;
}

/**
 * ikevti_replay_size() - octets of a struct ikevti_replay for a window
 * @window: packets
 */
static inline size_t ikevti_replay_size(u32 window)
{
	return sizeof(struct ikevti_replay) +
	       ikevti_replay_words(window) * sizeof(u64);
}

/**
 * ikevti_replay_init() - start a window
 * @r: memory of ikevti_replay_size() octets
 * @window: packets, 32..65536
 * @esn: extended sequence numbers
 * @top: highest sequence number already seen elsewhere, 0 for none. Everything
 *	up to it counts as received, since nobody can say that it was not.
 */
static inline void ikevti_replay_init(struct ikevti_replay *r, u32 window,
				      bool esn, u64 top)
{
	u32 i;

	r->top = top;
	r->window = window;
	r->mask = ikevti_replay_words(window) - 1;
	r->esn = esn;
	for (i = 0; i <= r->mask; i++)
		r->map[i] = top ? ~0ULL : 0;
	/* Numbers above the top that share its word have not been received */
	if (top && (top & 63) != 63)
		r->map[(top >> 6) & r->mask] = (2ULL << (top & 63)) - 1;
}

/**
 * ikevti_replay_seq() - full sequence number from the 32 bits on the wire
 * @r: window
 * @lo: sequence number field of the packet
 *
 * RFC 4303 appendix A2.1. The guess is verified by the integrity check, which
 * covers the upper half.
 *
 * Return: the sequence number, or 0 (which no packet carries) if none fits.
 */
static inline u64 ikevti_replay_seq(const struct ikevti_replay *r, u32 lo)
{
	u32 tl = (u32)r->top;
	u32 th = r->top >> 32;
	u32 bottom = tl - r->window + 1;

	if (!r->esn)
		return lo;

	if (tl >= r->window - 1) {
		/* Case A: the window lies within one 2^32 range */
		if (lo < bottom && ++th == 0)
			return 0;
	} else if (lo >= bottom) {
		/* Case B: it reaches back into the range before */
		if (th-- == 0)
			return 0;
	}
	return (u64)th << 32 | lo;
}

/**
 * ikevti_replay_check() - could a sequence number still be accepted?
 * @r: window
 * @seq: full sequence number
 *
 * Changes nothing: run before the integrity check to spare its cost.
 */
static inline bool ikevti_replay_check(const struct ikevti_replay *r, u64 seq)
{
	if (!seq)
		return false;
	if (seq > r->top)
		return true;
	if (r->top - seq >= r->window)
		return false;
	return !(r->map[(seq >> 6) & r->mask] >> (seq & 63) & 1);
}

/* Make a number the top; those between are not received yet */
static inline void ikevti_replay_move(struct ikevti_replay *r, u64 seq)
{
	u64 word = r->top >> 6;

	if ((seq >> 6) - word > r->mask)
		word = (seq >> 6) - r->mask - 1;
	while (word != seq >> 6)
		r->map[++word & r->mask] = 0;
	r->top = seq;
}

/**
 * ikevti_replay_advance() - accept an authenticated sequence number
 * @r: window
 * @seq: full sequence number
 *
 * Return: false if it was received before or is left of the window.
 */
static inline bool ikevti_replay_advance(struct ikevti_replay *r, u64 seq)
{
	if (!ikevti_replay_check(r, seq))
		return false;
	if (seq > r->top)
		ikevti_replay_move(r, seq);
	r->map[(seq >> 6) & r->mask] |= 1ULL << (seq & 63);
	return true;
}

/**
 * ikevti_replay_map_len() - octets of map that say all about a window
 * @window: packets
 */
static inline u32 ikevti_replay_map_len(u32 window)
{
	return (window + 7) / 8 + 1;
}

/* The octet that the left edge of the window is in */
static inline u64 ikevti_replay_left(const struct ikevti_replay *r)
{
	return r->top < r->window ? 0 : (r->top - r->window + 1) >> 3;
}

/**
 * ikevti_replay_export() - tell what was received
 * @r: window
 * @map: result, ikevti_replay_map_len() octets of eight numbers each, the
 *	lowest in the lowest bit; the last octet is that of the top
 */
static inline void ikevti_replay_export(const struct ikevti_replay *r, u8 *map)
{
	u32 i, len = ikevti_replay_map_len(r->window);
	u64 octet = r->top >> 3, n = octet - ikevti_replay_left(r);

	for (i = 0; i < len; i++, octet--)
		map[len - 1 - i] = i > n ? 0xff :
			r->map[(octet >> 3) & r->mask] >> (octet & 7) * 8;
}

/**
 * ikevti_replay_import() - take over what was received elsewhere
 * @r: window
 * @top: highest number received there, not below @r's own
 * @map: octets as of ikevti_replay_export(); what was received here stays so
 * @len: how many, perhaps none; numbers before theirs count as received
 */
static inline void ikevti_replay_import(struct ikevti_replay *r, u64 top,
					const u8 *map, u32 len)
{
	u64 octet = top >> 3, n, bits;
	u32 i;

	ikevti_replay_move(r, top);
	n = octet - ikevti_replay_left(r);
	for (i = 0; i <= n; i++, octet--) {
		bits = i < len ? map[len - 1 - i] : 0xff;
		/* Nothing above the top was received, and the top was */
		if (!i)
			bits = (bits & ((1U << (top & 7)) - 1)) |
			       1U << (top & 7);
		r->map[(octet >> 3) & r->mask] |= bits << (octet & 7) * 8;
	}
}

#endif /* _IKEVTI_REPLAY_H */
