/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an authentic peer with bad intentions puts into ESP */
#ifndef IKEVTI_TEST_HOSTILE_H
#define IKEVTI_TEST_HOSTILE_H

#include "rng.h"

#define HOSTILE_MAX	1600	/* octets of what hostile_plain() writes */

/**
 * struct hostile - where inner packets seem to come from and go to
 * @src4: IPv4 address behind the peer
 * @dst4: addresses at the victim, and beyond it
 * @src6: likewise, IPv6
 * @dst6: likewise
 * @at: TCP sequence number of the flow that goes on
 * @size: octets of its segments
 */
struct hostile {
	struct rng *rng;
	uint8_t src4[4], dst4[2][4];
	uint8_t src6[16], dst6[2][16];
	uint32_t at;
	uint32_t size;
};

/**
 * hostile_inner() - an inner packet, more or less
 * @h: state
 * @p: receives at most HOSTILE_MAX octets
 *
 * Return: its length.
 */
size_t hostile_inner(struct hostile *h, uint8_t *p);

/**
 * hostile_trailer() - padding, pad length and next header, more or less
 * @h: state
 * @p: payload
 * @len: of it; up to 258 octets more are written
 *
 * Return: length with the trailer.
 */
size_t hostile_trailer(struct hostile *h, uint8_t *p, size_t len);

#endif
