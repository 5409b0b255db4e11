/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random numbers for fuzzers: the same seed gives the same run everywhere (xorshift64*). */
#ifndef IKEVTI_TEST_RNG_H
#define IKEVTI_TEST_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t state;
};

static inline void rng_seed(struct rng *r, uint64_t seed)
{
	r->state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	if (!r->state)
		r->state = 1;
}

static inline uint64_t rng_u64(struct rng *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * UINT64_C(2685821657736338717);
}

/** rng_below() - 0 to @below - 1 */
static inline uint32_t rng_below(struct rng *r, uint32_t below)
{
	return (uint32_t)(rng_u64(r) >> 33) % below;
}

/** rng_one_in() - true once in @n times */
static inline bool rng_one_in(struct rng *r, uint32_t n)
{
	return !rng_below(r, n);
}

static inline void rng_fill(struct rng *r, uint8_t *to, size_t len)
{
	while (len--)
		*to++ = (uint8_t)rng_below(r, 256);
}

#endif
