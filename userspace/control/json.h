/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON (RFC 8259): a writer that cannot write anything else, a strict reader */
#ifndef CONTROL_JSON_H
#define CONTROL_JSON_H

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
void json_object(struct json_out *o, const char *key);
void json_object_end(struct json_out *o);
void json_array(struct json_out *o, const char *key);
void json_array_end(struct json_out *o);
void json_string(struct json_out *o, const char *key, const char *value);
void json_string_n(struct json_out *o, const char *key, const char *value,
		   size_t len);
void json_u64(struct json_out *o, const char *key, uint64_t value);
void json_bool(struct json_out *o, const char *key, bool value);
void json_null(struct json_out *o, const char *key);

/** json_hex() - "0x" and @digits hexadecimal digits, as a string */
void json_hex(struct json_out *o, const char *key, uint64_t value,
	      unsigned int digits);

/** json_newline() - end a line of one document each */
void json_newline(struct json_out *o);

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_OBJECT,
	JSON_ARRAY,
};

/**
 * struct json_value - a node of what was read
 * @key: its name in the object around it
 * @text: a string's octets, UTF-8, always ended by NUL and holding no other;
 *        a number as it was written
 * @first: members or elements
 */
struct json_value {
	enum json_type type;
	char *key;
	char *text;
	struct json_value *first;
	struct json_value *next;
};

struct json_limits {
	unsigned int depth;
	unsigned int values;
};

/**
 * json_parse() - read one document, with nothing but blanks around it
 * @why: a constant sentence when it fails
 *
 * Strict: no comments, no trailing commas, valid UTF-8, no NUL in strings, no
 * member twice.
 *
 * Return: NULL on failure
 */
struct json_value *json_parse(const char *text, size_t len,
			      const struct json_limits *limits,
			      const char **why);

void json_free(struct json_value *v);

/** json_get() - the member @key; NULL when there is none, or @v is no object */
const struct json_value *json_get(const struct json_value *v, const char *key);

/** json_get_string() - NULL when there is none or it is no string */
const char *json_get_string(const struct json_value *v, const char *key);

/** json_get_u64() - @or_else when there is none or it is no whole number */
uint64_t json_get_u64(const struct json_value *v, const char *key,
		      uint64_t or_else);

/** json_get_bool() - false when there is none */
bool json_get_bool(const struct json_value *v, const char *key);

/** json_write() - write a value that was read */
void json_write(struct json_out *o, const char *key,
		const struct json_value *v);

#endif
