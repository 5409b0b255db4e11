// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "wire/ts_payload.h"

#define TS_HEADER_LEN	4	/* type, protocol, length */

size_t wire_ts_addr_len(uint8_t type)
{
	switch (type) {
	case IKEV2_TS_IPV4_ADDR_RANGE:
		return 4;
	case IKEV2_TS_IPV6_ADDR_RANGE:
		return 16;
	}
	return 0;
}

static bool ports_valid(const struct wire_ts *ts)
{
	bool opaque = ts->start_port == 65535 && ts->end_port == 0;

	return ts->start_port <= ts->end_port || opaque;
}

static enum wire_status parse_selector(struct wire_ts *ts, struct wire_reader *r, size_t addr_len)
{
	const uint8_t *start, *end;

	memset(ts, 0, sizeof(*ts));
	ts->type = wire_get_u8(r);
	ts->protocol = wire_get_u8(r);
	wire_get_u16(r);
	ts->start_port = wire_get_u16(r);
	ts->end_port = wire_get_u16(r);
	start = wire_get(r, addr_len);
	end = wire_get(r, addr_len);
	if (r->error || r->left)
		return WIRE_BAD_LENGTH;
	memcpy(ts->start, start, addr_len);
	memcpy(ts->end, end, addr_len);
	if (memcmp(ts->start, ts->end, addr_len) > 0 || !ports_valid(ts))
		return WIRE_BAD_VALUE;
	return WIRE_OK;
}

enum wire_status wire_parse_ts(struct wire_ts_list *list, const struct wire_payload *p)
{
	struct wire_reader r;
	unsigned int count;
	unsigned int i;

	list->n = 0;
	list->skipped = 0;
	wire_reader_init(&r, p->body, p->len);
	count = wire_get_u8(&r);
	wire_get(&r, 3);
	if (r.error)
		return WIRE_TRUNCATED;
	if (!count)
		return WIRE_BAD_VALUE;
	for (i = 0; i < count; i++) {
		struct wire_reader body;
		enum wire_status status;
		size_t addr_len, len;
		struct wire_ts ts;

		if (r.left < TS_HEADER_LEN)
			return WIRE_TRUNCATED;
		addr_len = wire_ts_addr_len(r.p[0]);
		len = wire_load_u16(r.p + 2);
		if (len < TS_HEADER_LEN)
			return WIRE_BAD_LENGTH;
		if (len > r.left)
			return WIRE_TRUNCATED;
		wire_reader_init(&body, wire_get(&r, len), len);
		if (!addr_len) {
			list->skipped++;
			continue;
		}
		status = parse_selector(&ts, &body, addr_len);
		if (status)
			return status;
		if (list->n < WIRE_TS_MAX)
			list->ts[list->n++] = ts;
		else
			list->skipped++;
	}
	return r.left ? WIRE_BAD_LENGTH : WIRE_OK;
}

static void put_selector(struct wire_writer *w, const struct wire_ts *ts)
{
	size_t addr_len = wire_ts_addr_len(ts->type);

	if (!addr_len) {
		w->overflow = true;
		return;
	}
	wire_put_u8(w, ts->type);
	wire_put_u8(w, ts->protocol);
	wire_put_u16(w, (uint16_t)(TS_HEADER_LEN + 4 + 2 * addr_len));
	wire_put_u16(w, ts->start_port);
	wire_put_u16(w, ts->end_port);
	wire_put(w, ts->start, addr_len);
	wire_put(w, ts->end, addr_len);
}

void wire_add_ts(struct wire_builder *b, uint8_t payload, const struct wire_ts_list *list)
{
	unsigned int i;

	if (!list->n || list->n > WIRE_TS_MAX) {
		b->w.overflow = true;
		return;
	}
	wire_begin_payload(b, payload);
	wire_put_u8(&b->w, (uint8_t)list->n);
	wire_put_zero(&b->w, 3);
	for (i = 0; i < list->n; i++)
		put_selector(&b->w, &list->ts[i]);
	wire_end_payload(b);
}
