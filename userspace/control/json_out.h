/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON (RFC 8259): a writer that cannot write anything else; jansson reads */
#ifndef CONTROL_JSON_OUT_H
#define CONTROL_JSON_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct json_out - text that grows
 * @failed: memory was short once; all later calls do nothing
 */
struct json_out {
	char *buf;
	size_t len;
	size_t cap;
	bool failed;
	bool comma;		/* something stands before in this object or array */
};

void json_out_free(struct json_out *o);

/** json_out_reset() - empty, memory kept */
void json_out_reset(struct json_out *o);

/*
 * In an object @key names the member; in an array, and outside, it is NULL.
 * Strings may hold anything: control characters are escaped, and what is not
 * UTF-8 becomes U+FFFD.
 */
void json_out_object(struct json_out *o, const char *key);
void json_out_object_end(struct json_out *o);
void json_out_array(struct json_out *o, const char *key);
void json_out_array_end(struct json_out *o);
void json_out_string(struct json_out *o, const char *key, const char *value);
void json_out_string_n(struct json_out *o, const char *key, const char *value,
		       size_t len);
/* all 64 bits, though jansson, as other readers, ends at 2^63 - 1 */
void json_out_u64(struct json_out *o, const char *key, uint64_t value);
void json_out_bool(struct json_out *o, const char *key, bool value);
void json_out_null(struct json_out *o, const char *key);

/** json_out_hex() - "0x" and @digits hexadecimal digits, as a string */
void json_out_hex(struct json_out *o, const char *key, uint64_t value,
		  unsigned int digits);

/** json_out_newline() - end a line of one document each */
void json_out_newline(struct json_out *o);

#endif
