// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reassembly against a plain model of RFC 7383 section 2.6. The input is a
 * series of fragments: message ID, number, total, first payload type, length
 * in units of 16 octets, content.
 */
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "wire/fragment.h"

#define HEAD	5

/* What should have been kept; content stays in the input */
struct model {
	bool active;
	uint8_t first;
	uint32_t message_id;
	uint16_t total;
	unsigned int have;
	size_t bytes;
	bool there[WIRE_FRAGMENTS_MAX + 1];
	struct wire_chunk part[WIRE_FRAGMENTS_MAX + 1];
};

static enum wire_fragment_result model_add(struct model *m, uint32_t message_id,
					   const struct wire_fragment *f, uint8_t first,
					   struct wire_chunk plain)
{
	if (!f->number || f->number > f->total || f->total > WIRE_FRAGMENTS_MAX)
		return WIRE_FRAGMENT_DUPLICATE;
	if (m->active && m->message_id == message_id) {
		if (f->total < m->total || (f->total == m->total && m->there[f->number]))
			return WIRE_FRAGMENT_DUPLICATE;
		if (f->total > m->total)
			memset(m, 0, sizeof(*m));
	} else {
		memset(m, 0, sizeof(*m));
	}
	if (m->bytes + plain.len > WIRE_REASSEMBLY_BYTES) {
		memset(m, 0, sizeof(*m));
		return WIRE_FRAGMENT_REFUSED;
	}
	m->active = true;
	m->message_id = message_id;
	m->total = f->total;
	m->there[f->number] = true;
	m->part[f->number] = plain;
	m->bytes += plain.len;
	if (f->number == 1)
		m->first = first;
	return ++m->have == m->total ? WIRE_FRAGMENT_COMPLETE : WIRE_FRAGMENT_STORED;
}

static void take(struct wire_reassembly *r, struct model *m)
{
	static uint8_t out[WIRE_REASSEMBLY_BYTES];
	struct wire_payloads inner;
	size_t at = 0, len;
	unsigned int i;
	uint8_t first;

	FUZZ_REQUIRE(wire_reassembly_take(r, out, sizeof(out), &first, &len) == WIRE_OK);
	FUZZ_REQUIRE(len == m->bytes && first == m->first);
	for (i = 1; i <= m->total; i++) {
		FUZZ_REQUIRE(wire_chunk_equal(m->part[i], wire_chunk(out + at, m->part[i].len)));
		at += m->part[i].len;
	}
	memset(m, 0, sizeof(*m));
	if (wire_parse_payloads(&inner, first, out, len) == WIRE_OK)
		fuzz_chain(&inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_reassembly r = { 0 };
	struct model m = { 0 };

	while (size >= HEAD) {
		uint32_t message_id = data[0] & 1;
		struct wire_fragment f = { data[1], data[2] };
		size_t len = (size_t)data[4] * 16;
		enum wire_fragment_result result;
		uint8_t first = data[3];
		struct wire_chunk plain;
		bool wanted;

		data += HEAD;
		size -= HEAD;
		plain = wire_chunk(data, len < size ? len : size);
		data += plain.len;
		size -= plain.len;

		wanted = wire_reassembly_wants(&r, message_id, &f);
		result = wire_reassembly_add(&r, message_id, &f, first, plain);
		FUZZ_REQUIRE(wanted == (result != WIRE_FRAGMENT_DUPLICATE));
		FUZZ_REQUIRE(result == model_add(&m, message_id, &f, first, plain));
		FUZZ_REQUIRE(r.active == m.active && r.bytes == m.bytes);
		if (result == WIRE_FRAGMENT_COMPLETE)
			take(&r, &m);
	}
	wire_reassembly_reset(&r);
	return 0;
}
