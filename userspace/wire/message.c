// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire/message.h"

bool wire_payload_known(uint8_t type)
{
	return (type >= IKEV2_PL_SA && type <= IKEV2_PL_EAP) || type == IKEV2_PL_SKF;
}

enum wire_status wire_parse_header(struct wire_header *h, const uint8_t *data, size_t len)
{
	struct wire_reader r;

	wire_reader_init(&r, data, len);
	h->spi_i = wire_get_u64(&r);
	h->spi_r = wire_get_u64(&r);
	h->next_payload = wire_get_u8(&r);
	h->version = wire_get_u8(&r);
	h->exchange = wire_get_u8(&r);
	h->flags = wire_get_u8(&r);
	h->message_id = wire_get_u32(&r);
	h->length = wire_get_u32(&r);
	if (r.error)
		return WIRE_TRUNCATED;
	/* only a higher version is answered; version 1 is somebody else's IKE */
	if (IKEV2_MAJOR(h->version) > IKEV2_MAJOR(IKEV2_VERSION))
		return WIRE_BAD_VERSION;
	if (IKEV2_MAJOR(h->version) != IKEV2_MAJOR(IKEV2_VERSION))
		return WIRE_BAD_VALUE;
	if (h->length > len)
		return WIRE_TRUNCATED;
	if (h->length < len || len > WIRE_MESSAGE_MAX)
		return WIRE_BAD_LENGTH;
	return WIRE_OK;
}

/*
 * Walk a chain of generic payload headers from @offset on. SK and SKF, where
 * they are allowed, end it: their Next Payload field describes the inside.
 */
static enum wire_status parse_chain(struct wire_payloads *p, uint8_t type, const uint8_t *data,
				    size_t offset, size_t len, bool inner)
{
	p->n = 0;
	p->unknown_critical = 0;
	while (type != IKEV2_PL_NONE) {
		struct wire_payload *pl;
		size_t size;

		if (p->n == WIRE_PAYLOADS_MAX)
			return WIRE_TOO_MANY;
		if (len - offset < IKEV2_PAYLOAD_HEADER_LEN)
			return WIRE_TRUNCATED;
		size = wire_load_u16(data + offset + 2);
		if (size < IKEV2_PAYLOAD_HEADER_LEN)
			return WIRE_BAD_LENGTH;
		if (size > len - offset)
			return WIRE_TRUNCATED;

		pl = &p->at[p->n++];
		pl->type = type;
		pl->next = data[offset];
		pl->critical = data[offset + 1] & IKEV2_PAYLOAD_CRITICAL;
		pl->offset = offset;
		pl->body = data + offset + IKEV2_PAYLOAD_HEADER_LEN;
		pl->len = size - IKEV2_PAYLOAD_HEADER_LEN;
		offset += size;

		if (type == IKEV2_PL_SK || type == IKEV2_PL_SKF) {
			if (inner)
				return WIRE_BAD_VALUE;
			break;
		}
		if (pl->critical && !wire_payload_known(type) && !p->unknown_critical)
			p->unknown_critical = type;
		type = pl->next;
	}
	return offset == len ? WIRE_OK : WIRE_BAD_LENGTH;
}

enum wire_status wire_parse(struct wire_message *msg, const uint8_t *data, size_t len)
{
	enum wire_status status;

	msg->payloads.n = 0;
	msg->payloads.unknown_critical = 0;
	msg->data = data;
	msg->len = len;
	status = wire_parse_header(&msg->header, data, len);
	if (status)
		return status;
	return parse_chain(&msg->payloads, msg->header.next_payload, data, IKEV2_HEADER_LEN, len,
			   false);
}

enum wire_status wire_parse_payloads(struct wire_payloads *p, uint8_t first,
				     const uint8_t *data, size_t len)
{
	return parse_chain(p, first, data, 0, len, true);
}

const struct wire_payload *wire_find(const struct wire_payloads *p, uint8_t type)
{
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->at[i].type == type)
			return &p->at[i];
	return NULL;
}

unsigned int wire_count(const struct wire_payloads *p, uint8_t type)
{
	unsigned int count = 0;
	unsigned int i;

	for (i = 0; i < p->n; i++)
		count += p->at[i].type == type;
	return count;
}

const struct wire_payload *wire_encrypted(const struct wire_message *msg)
{
	const struct wire_payload *last;

	if (!msg->payloads.n)
		return NULL;
	last = &msg->payloads.at[msg->payloads.n - 1];
	return last->type == IKEV2_PL_SK || last->type == IKEV2_PL_SKF ? last : NULL;
}

void wire_put_header(struct wire_writer *w, const struct wire_header *h)
{
	wire_put_u64(w, h->spi_i);
	wire_put_u64(w, h->spi_r);
	wire_put_u8(w, h->next_payload);
	wire_put_u8(w, h->version ? h->version : IKEV2_VERSION);
	wire_put_u8(w, h->exchange);
	wire_put_u8(w, h->flags);
	wire_put_u32(w, h->message_id);
	wire_put_u32(w, h->length);
}

#define NEXT_PAYLOAD_AT	16	/* in the IKE header */
#define LENGTH_AT	24

void wire_build_inner(struct wire_builder *b, void *data, size_t cap)
{
	wire_writer_init(&b->w, data, cap);
	b->first = IKEV2_PL_NONE;
	b->has_header = false;
	b->next_at = SIZE_MAX;
	b->payload_at = SIZE_MAX;
}

void wire_build_message(struct wire_builder *b, const struct wire_header *h,
			void *data, size_t cap)
{
	struct wire_header copy = *h;

	wire_build_inner(b, data, cap);
	copy.next_payload = IKEV2_PL_NONE;
	copy.length = 0;
	wire_put_header(&b->w, &copy);
	b->has_header = true;
	b->next_at = NEXT_PAYLOAD_AT;
}

void wire_begin_payload(struct wire_builder *b, uint8_t type)
{
	if (b->payload_at != SIZE_MAX) {
		b->w.overflow = true;
		return;
	}
	if (b->next_at != SIZE_MAX)
		wire_patch_u8(&b->w, b->next_at, type);
	if (b->first == IKEV2_PL_NONE)
		b->first = type;
	b->payload_at = b->w.len;
	b->next_at = b->w.len;
	wire_put_zero(&b->w, IKEV2_PAYLOAD_HEADER_LEN);
}

void wire_end_payload(struct wire_builder *b)
{
	if (b->payload_at == SIZE_MAX) {
		b->w.overflow = true;
		return;
	}
	wire_patch_u16(&b->w, b->payload_at + 2, b->w.len - b->payload_at);
	b->payload_at = SIZE_MAX;
}

void wire_add(struct wire_builder *b, uint8_t type, struct wire_chunk body)
{
	wire_begin_payload(b, type);
	wire_put(&b->w, body.data, body.len);
	wire_end_payload(b);
}

enum wire_status wire_build_end(struct wire_builder *b, size_t *len)
{
	if (b->payload_at != SIZE_MAX || b->w.overflow || b->w.len > WIRE_MESSAGE_MAX)
		return WIRE_NO_SPACE;
	if (b->has_header)
		wire_store_u32(b->w.data + LENGTH_AT, (uint32_t)b->w.len);
	*len = b->w.len;
	return WIRE_OK;
}
