// SPDX-License-Identifier: GPL-2.0-or-later
/* Writing JSON */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/json_out.h"
#include "control/utf8.h"

void json_out_free(struct json_out *o)
{
	free(o->buf);
	memset(o, 0, sizeof(*o));
}

void json_out_reset(struct json_out *o)
{
	o->len = 0;
	o->failed = false;
	o->comma = false;
}

static void put(struct json_out *o, const char *s, size_t len)
{
	size_t cap;
	char *buf;

	if (o->failed)
		return;
	if (o->cap - o->len < len) {
		cap = o->cap ? o->cap : 256;
		while (cap - o->len < len)
			cap *= 2;
		buf = realloc(o->buf, cap);
		if (!buf) {
			o->failed = true;
			return;
		}
		o->buf = buf;
		o->cap = cap;
	}
	memcpy(o->buf + o->len, s, len);
	o->len += len;
}

static void put_string(struct json_out *o, const char *s, size_t len)
{
	const char *end = s + len, *plain = s;
	char escaped[8];
	size_t n;

	put(o, "\"", 1);
	while (s < end) {
		unsigned char c = (unsigned char)*s;

		n = utf8_length(s, (size_t)(end - s));
		if (n && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			s += n;
			continue;
		}
		put(o, plain, (size_t)(s - plain));
		if (!n)
			snprintf(escaped, sizeof(escaped), "\\ufffd");
		else if (c == '"' || c == '\\')
			snprintf(escaped, sizeof(escaped), "\\%c", c);
		else
			snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		put(o, escaped, strlen(escaped));
		plain = ++s;
	}
	put(o, plain, (size_t)(end - plain));
	put(o, "\"", 1);
}

/* What stands before a value */
static void begin(struct json_out *o, const char *key)
{
	if (o->comma)
		put(o, ",", 1);
	if (key) {
		put_string(o, key, strlen(key));
		put(o, ":", 1);
	}
	o->comma = true;
}

void json_out_object(struct json_out *o, const char *key)
{
	begin(o, key);
	put(o, "{", 1);
	o->comma = false;
}

void json_out_object_end(struct json_out *o)
{
	put(o, "}", 1);
	o->comma = true;
}

void json_out_array(struct json_out *o, const char *key)
{
	begin(o, key);
	put(o, "[", 1);
	o->comma = false;
}

void json_out_array_end(struct json_out *o)
{
	put(o, "]", 1);
	o->comma = true;
}

void json_out_string_n(struct json_out *o, const char *key, const char *value,
		       size_t len)
{
	begin(o, key);
	put_string(o, value, len);
}

void json_out_string(struct json_out *o, const char *key, const char *value)
{
	json_out_string_n(o, key, value, strlen(value));
}

void json_out_u64(struct json_out *o, const char *key, uint64_t value)
{
	char buf[24];

	begin(o, key);
	put(o, buf, (size_t)snprintf(buf, sizeof(buf), "%" PRIu64, value));
}

void json_out_hex(struct json_out *o, const char *key, uint64_t value,
		  unsigned int digits)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%0*" PRIx64, (int)digits, value);
	json_out_string(o, key, buf);
}

void json_out_bool(struct json_out *o, const char *key, bool value)
{
	begin(o, key);
	put(o, value ? "true" : "false", value ? 4 : 5);
}

void json_out_null(struct json_out *o, const char *key)
{
	begin(o, key);
	put(o, "null", 4);
}

void json_out_newline(struct json_out *o)
{
	put(o, "\n", 1);
	o->comma = false;
}
