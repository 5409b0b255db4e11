// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"

/* One arena, reachable to the end, so that the leak checker has nothing to say */
static uint8_t *vectors[256];
static unsigned int n_vectors;

static unsigned int digit(char c)
{
	assert_true(isxdigit((unsigned char)c));
	return (unsigned int)(isdigit((unsigned char)c) ? c - '0' : tolower(c) - 'a' + 10);
}

size_t unit_unhex(uint8_t *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return n;
		assert_true(n < cap);
		out[n++] = (uint8_t)(digit(text[0]) << 4 | digit(text[1]));
		text += 2;
	}
}

struct wire_chunk unit_hex(const char *text)
{
	uint8_t *buf = malloc(strlen(text) / 2 + 1);
	uint8_t *exact;
	size_t len;

	assert_non_null(buf);
	len = unit_unhex(buf, strlen(text) / 2 + 1, text);
	exact = unit_copy(buf, len);
	free(buf);
	assert_true(n_vectors < ARRAY_SIZE(vectors));
	vectors[n_vectors++] = exact;
	return wire_chunk(exact, len);
}

uint8_t *unit_copy(const void *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);

	assert_non_null(copy);
	if (len)
		memcpy(copy, data, len);
	return copy;
}

void unit_assert_hex(const void *data, size_t len, const char *text)
{
	struct wire_chunk expected = unit_hex(text);

	assert_int_equal(len, expected.len);
	assert_memory_equal(data, expected.data, len);
}
