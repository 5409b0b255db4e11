// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any text as JSON. What is read, written and read again must come out the
 * same; any text as a string must come out as JSON.
 */
#include <stdlib.h>
#include <string.h>

#include "control/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits limits = { .depth = 16, .values = 1000 };

static void write_and_read(const struct json_value *v)
{
	struct json_out a = { 0 }, b = { 0 };
	struct json_value *again;
	const char *why;

	json_write(&a, NULL, v);
	again = json_parse(a.buf, a.len, &limits, &why);
	if (!again)
		abort();
	json_write(&b, NULL, again);
	if (a.len != b.len || memcmp(a.buf, b.buf, a.len))
		abort();
	json_free(again);
	json_out_free(&a);
	json_out_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_out o = { 0 };
	struct json_value *v;
	const char *why = NULL;

	v = json_parse((const char *)data, size, &limits, &why);
	if (v)
		write_and_read(v);
	else if (!why)
		abort();
	json_free(v);

	/* NUL is the one character that the reader refuses in a string */
	if (size && memchr(data, 0, size))
		return 0;
	json_array(&o, NULL);
	json_string_n(&o, NULL, (const char *)data, size);
	json_array_end(&o);
	v = json_parse(o.buf, o.len, &limits, &why);
	if (!v)
		abort();
	json_free(v);
	json_out_free(&o);
	return 0;
}
