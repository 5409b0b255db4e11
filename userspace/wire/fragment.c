// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "wire/fragment.h"

enum wire_status wire_parse_fragment(struct wire_fragment *f, const struct wire_payload *p)
{
	if (p->type != IKEV2_PL_SKF)
		return WIRE_BAD_VALUE;
	if (p->len < WIRE_SKF_HEADER_LEN)
		return WIRE_TRUNCATED;
	f->number = wire_load_u16(p->body);
	f->total = wire_load_u16(p->body + 2);
	if (!f->number || f->number > f->total)
		return WIRE_BAD_VALUE;
	if (f->total > WIRE_FRAGMENTS_MAX)
		return WIRE_TOO_MANY;
	return WIRE_OK;
}

/* The plaintext may hold identities and AUTH data: do not leave it in the heap */
static void free_part(uint8_t *data, size_t len)
{
	if (data)
		explicit_bzero(data, len);
	free(data);
}

void wire_reassembly_reset(struct wire_reassembly *r)
{
	unsigned int i;

	for (i = 0; i < WIRE_FRAGMENTS_MAX; i++)
		free_part(r->part[i].data, r->part[i].len);
	memset(r, 0, sizeof(*r));
}

bool wire_reassembly_wants(const struct wire_reassembly *r, uint32_t message_id,
			   const struct wire_fragment *f)
{
	if (!f->number || f->number > f->total || f->total > WIRE_FRAGMENTS_MAX)
		return false;
	if (!r->active || r->message_id != message_id || f->total > r->total)
		return true;
	/*
	 * RFC 7383 section 2.6: a peer that falls back to smaller fragments
	 * uses a larger total; a smaller one is a late packet of earlier.
	 */
	return f->total == r->total && !r->part[f->number - 1].data;
}

enum wire_fragment_result wire_reassembly_add(struct wire_reassembly *r, uint32_t message_id,
					      const struct wire_fragment *f, uint8_t first,
					      struct wire_chunk plain)
{
	uint8_t *copy;

	if (!wire_reassembly_wants(r, message_id, f))
		return WIRE_FRAGMENT_DUPLICATE;
	if (r->active && (r->message_id != message_id || r->total != f->total))
		wire_reassembly_reset(r);
	if (plain.len > WIRE_REASSEMBLY_BYTES - r->bytes) {
		wire_reassembly_reset(r);
		return WIRE_FRAGMENT_REFUSED;
	}
	/* one octet more, so that an empty fragment is there, too */
	copy = malloc(plain.len + 1);
	if (!copy)
		return WIRE_FRAGMENT_NO_MEMORY;
	if (plain.len)
		memcpy(copy, plain.data, plain.len);

	r->active = true;
	r->message_id = message_id;
	r->total = f->total;
	r->bytes += plain.len;
	r->have++;
	if (f->number == 1)
		r->first = first;
	r->part[f->number - 1].data = copy;
	r->part[f->number - 1].len = plain.len;
	return r->have == r->total ? WIRE_FRAGMENT_COMPLETE : WIRE_FRAGMENT_STORED;
}

enum wire_status wire_reassembly_take(struct wire_reassembly *r, uint8_t *out, size_t cap,
				      uint8_t *first, size_t *len)
{
	size_t at = 0;
	unsigned int i;

	if (!r->active || r->have != r->total)
		return WIRE_BAD_VALUE;
	if (r->bytes > cap)
		return WIRE_NO_SPACE;
	for (i = 0; i < r->total; i++) {
		if (r->part[i].len)
			memcpy(out + at, r->part[i].data, r->part[i].len);
		at += r->part[i].len;
	}
	*first = r->first;
	*len = at;
	wire_reassembly_reset(r);
	return WIRE_OK;
}

unsigned int wire_fragments_needed(size_t plain_len, size_t per_fragment)
{
	size_t n;

	if (!per_fragment || plain_len > WIRE_REASSEMBLY_BYTES)
		return 0;
	n = plain_len ? (plain_len - 1) / per_fragment + 1 : 1;
	return n <= WIRE_FRAGMENTS_MAX ? (unsigned int)n : 0;
}
