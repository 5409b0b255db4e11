// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include "wire/buf.h"

const char *wire_status_text(enum wire_status status)
{
	switch (status) {
	case WIRE_OK:
		return "ok";
	case WIRE_TRUNCATED:
		return "truncated";
	case WIRE_BAD_LENGTH:
		return "inconsistent length field";
	case WIRE_BAD_VERSION:
		return "unsupported major version";
	case WIRE_BAD_VALUE:
		return "forbidden value";
	case WIRE_TOO_MANY:
		return "too many elements";
	case WIRE_NO_SPACE:
		return "does not fit";
	case WIRE_NO_MEMORY:
		return "out of memory";
	}
	return "unknown error";
}

bool wire_chunk_equal(struct wire_chunk a, struct wire_chunk b)
{
	return a.len == b.len && (!a.len || !memcmp(a.data, b.data, a.len));
}

uint16_t wire_load_u16(const uint8_t *p)
{
	return (uint16_t)((unsigned int)p[0] << 8 | p[1]);
}

uint32_t wire_load_u32(const uint8_t *p)
{
	return (uint32_t)wire_load_u16(p) << 16 | wire_load_u16(p + 2);
}

uint64_t wire_load_u64(const uint8_t *p)
{
	return (uint64_t)wire_load_u32(p) << 32 | wire_load_u32(p + 4);
}

void wire_store_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

void wire_store_u32(uint8_t *p, uint32_t v)
{
	wire_store_u16(p, (uint16_t)(v >> 16));
	wire_store_u16(p + 2, (uint16_t)v);
}

void wire_store_u64(uint8_t *p, uint64_t v)
{
	wire_store_u32(p, (uint32_t)(v >> 32));
	wire_store_u32(p + 4, (uint32_t)v);
}

void wire_writer_init(struct wire_writer *w, void *data, size_t cap)
{
	w->data = data;
	w->cap = cap;
	w->len = 0;
	w->overflow = false;
}

/* Room for @n more octets, or NULL and from then on always NULL */
static uint8_t *writer_take(struct wire_writer *w, size_t n)
{
	uint8_t *p;

	if (w->overflow || n > w->cap - w->len) {
		w->overflow = true;
		return NULL;
	}
	p = w->data + w->len;
	w->len += n;
	return p;
}

void wire_put_u8(struct wire_writer *w, uint8_t v)
{
	uint8_t *p = writer_take(w, 1);

	if (p)
		*p = v;
}

void wire_put_u16(struct wire_writer *w, uint16_t v)
{
	uint8_t *p = writer_take(w, 2);

	if (p)
		wire_store_u16(p, v);
}

void wire_put_u32(struct wire_writer *w, uint32_t v)
{
	uint8_t *p = writer_take(w, 4);

	if (p)
		wire_store_u32(p, v);
}

void wire_put_u64(struct wire_writer *w, uint64_t v)
{
	uint8_t *p = writer_take(w, 8);

	if (p)
		wire_store_u64(p, v);
}

void wire_put_zero(struct wire_writer *w, size_t n)
{
	uint8_t *p = writer_take(w, n);

	if (p && n)
		memset(p, 0, n);
}

void wire_put(struct wire_writer *w, const void *data, size_t n)
{
	uint8_t *p = writer_take(w, n);

	if (p && n)
		memcpy(p, data, n);
}

void wire_patch_u16(struct wire_writer *w, size_t at, size_t v)
{
	if (w->overflow || w->len < 2 || at > w->len - 2 || v > UINT16_MAX)
		w->overflow = true;
	else
		wire_store_u16(w->data + at, (uint16_t)v);
}

void wire_patch_u8(struct wire_writer *w, size_t at, uint8_t v)
{
	if (w->overflow || at >= w->len)
		w->overflow = true;
	else
		w->data[at] = v;
}

void wire_reader_init(struct wire_reader *r, const void *data, size_t len)
{
	r->p = data;
	r->left = len;
	r->error = false;
}

const uint8_t *wire_get(struct wire_reader *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->error || n > r->left) {
		r->error = true;
		return NULL;
	}
	/* an empty buffer may be NULL, to which nothing may be added */
	if (n)
		r->p += n;
	r->left -= n;
	return p;
}

uint8_t wire_get_u8(struct wire_reader *r)
{
	const uint8_t *p = wire_get(r, 1);

	return p ? *p : 0;
}

uint16_t wire_get_u16(struct wire_reader *r)
{
	const uint8_t *p = wire_get(r, 2);

	return p ? wire_load_u16(p) : 0;
}

uint32_t wire_get_u32(struct wire_reader *r)
{
	const uint8_t *p = wire_get(r, 4);

	return p ? wire_load_u32(p) : 0;
}

uint64_t wire_get_u64(struct wire_reader *r)
{
	const uint8_t *p = wire_get(r, 8);

	return p ? wire_load_u64(p) : 0;
}
