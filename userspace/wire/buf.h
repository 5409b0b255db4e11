/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded big-endian writer and reader over caller's memory. Both have a
 * sticky error: after the first overflow or underrun nothing more is written
 * or read, so a sequence of calls is checked once, at its end.
 */
#ifndef WIRE_BUF_H
#define WIRE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum wire_status - result of every wire_ function that can fail
 * @WIRE_OK: done
 * @WIRE_TRUNCATED: the input ends before the structure does
 * @WIRE_BAD_LENGTH: a length field contradicts its surroundings
 * @WIRE_BAD_VERSION: major version above 2; the header is filled in
 * @WIRE_BAD_VALUE: a field has a value RFC 7296 forbids there
 * @WIRE_TOO_MANY: more elements than the fixed limits of this implementation
 * @WIRE_NO_SPACE: the output buffer is too small
 * @WIRE_NO_MEMORY: allocation failed
 */
enum wire_status {
	WIRE_OK = 0,
	WIRE_TRUNCATED,
	WIRE_BAD_LENGTH,
	WIRE_BAD_VERSION,
	WIRE_BAD_VALUE,
	WIRE_TOO_MANY,
	WIRE_NO_SPACE,
	WIRE_NO_MEMORY,
};

/**
 * wire_status_text() - a status in words, for logs
 * @status: any value
 *
 * Return: a static string, never NULL.
 */
const char *wire_status_text(enum wire_status status);

/**
 * struct wire_chunk - octets owned by somebody else
 * @data: may be NULL when @len is 0
 * @len: octets
 */
struct wire_chunk {
	const uint8_t *data;
	size_t len;
};

static inline struct wire_chunk wire_chunk(const void *data, size_t len)
{
	struct wire_chunk c = { data, len };

	return c;
}

/**
 * wire_chunk_equal() - compare public octets (not constant time)
 * @a: first
 * @b: second
 *
 * Return: true when both have the same length and content.
 */
bool wire_chunk_equal(struct wire_chunk a, struct wire_chunk b);

/**
 * struct wire_writer - fills a buffer of fixed size
 * @data: buffer, owned by the caller
 * @cap: its size
 * @len: octets written
 * @overflow: something did not fit, or a length field would not hold its value
 */
struct wire_writer {
	uint8_t *data;
	size_t cap;
	size_t len;
	bool overflow;
};

void wire_writer_init(struct wire_writer *w, void *data, size_t cap);
void wire_put_u8(struct wire_writer *w, uint8_t v);
void wire_put_u16(struct wire_writer *w, uint16_t v);
void wire_put_u32(struct wire_writer *w, uint32_t v);
void wire_put_u64(struct wire_writer *w, uint64_t v);
void wire_put_zero(struct wire_writer *w, size_t n);
void wire_put(struct wire_writer *w, const void *data, size_t n);

/**
 * wire_patch_u16() - overwrite a number written earlier
 * @w: writer; unchanged when it has overflowed
 * @at: offset of the number, within what has been written
 * @v: new value; a value above 65535 sets the overflow flag
 */
void wire_patch_u16(struct wire_writer *w, size_t at, size_t v);
void wire_patch_u8(struct wire_writer *w, size_t at, uint8_t v);

/**
 * struct wire_reader - consumes a buffer
 * @p: next octet
 * @left: octets that remain
 * @error: a read went past the end; every later read gives zeros or NULL
 */
struct wire_reader {
	const uint8_t *p;
	size_t left;
	bool error;
};

void wire_reader_init(struct wire_reader *r, const void *data, size_t len);
uint8_t wire_get_u8(struct wire_reader *r);
uint16_t wire_get_u16(struct wire_reader *r);
uint32_t wire_get_u32(struct wire_reader *r);
uint64_t wire_get_u64(struct wire_reader *r);

/**
 * wire_get() - take octets without copying
 * @r: reader
 * @n: how many
 *
 * Return: pointer into the reader's buffer, NULL when fewer than @n remain.
 */
const uint8_t *wire_get(struct wire_reader *r, size_t n);

/* Big-endian loads and stores on memory already known to be large enough */
uint16_t wire_load_u16(const uint8_t *p);
uint32_t wire_load_u32(const uint8_t *p);
uint64_t wire_load_u64(const uint8_t *p);
void wire_store_u16(uint8_t *p, uint16_t v);
void wire_store_u32(uint8_t *p, uint32_t v);
void wire_store_u64(uint8_t *p, uint64_t v);

#endif /* WIRE_BUF_H */
