/* SPDX-License-Identifier: GPL-2.0-or-later */
/* FNV-1a of 64 bits: a hash for keys that no peer chooses, or of a table that mixes them */
#ifndef UTIL_FNV1A_H
#define UTIL_FNV1A_H

#include <stddef.h>
#include <stdint.h>

#define FNV1A_BASIS 0xcbf29ce484222325u

/** fnv1a() - hash of @len octets, going on from @h, which is FNV1A_BASIS at first */
static inline uint64_t fnv1a(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

#endif
