// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading JSON, strictly and within limits */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/json.h"
#include "control/utf8.h"

struct reader {
	const char *p;
	const char *end;
	unsigned int depth;	/* what is left of the limits */
	unsigned int values;
	const char *why;
};

static bool refuse(struct reader *r, const char *why)
{
	r->why = why;
	return false;
}

static void skip_blank(struct reader *r)
{
	while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' ||
				 *r->p == '\n' || *r->p == '\r'))
		r->p++;
}

static bool take(struct reader *r, char c)
{
	skip_blank(r);
	if (r->p == r->end || *r->p != c)
		return false;
	r->p++;
	return true;
}

static int hex4(const char *s)
{
	int value = 0, i;

	for (i = 0; i < 4; i++) {
		char c = s[i];

		value <<= 4;
		if (c >= '0' && c <= '9')
			value |= c - '0';
		else if (c >= 'a' && c <= 'f')
			value |= c - 'a' + 10;
		else if (c >= 'A' && c <= 'F')
			value |= c - 'A' + 10;
		else
			return -1;
	}
	return value;
}

static size_t encode_utf8(char *to, unsigned int c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Behind "\u"; writes at most four octets, as many as the escape has */
static bool unicode_escape(struct reader *r, char **to)
{
	int c, low;

	if (r->end - r->p < 4)
		return refuse(r, "a \\u escape is cut short");
	c = hex4(r->p);
	r->p += 4;
	if (c < 0)
		return refuse(r, "a \\u escape is not hexadecimal");
	if (!c)
		return refuse(r, "a string holds a NUL");
	if (c >= 0xdc00 && c <= 0xdfff)
		return refuse(r, "half of a surrogate pair stands alone");
	if (c >= 0xd800 && c <= 0xdbff) {
		if (r->end - r->p < 6 || r->p[0] != '\\' || r->p[1] != 'u')
			return refuse(r, "half of a surrogate pair stands alone");
		low = hex4(r->p + 2);
		r->p += 6;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(r, "half of a surrogate pair stands alone");
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	*to += encode_utf8(*to, (unsigned int)c);
	return true;
}

static bool escape(struct reader *r, char **to)
{
	static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
	const char *at;

	if (r->p == r->end)
		return refuse(r, "a string is not closed");
	if (*r->p == 'u') {
		r->p++;
		return unicode_escape(r, to);
	}
	at = *r->p ? strchr(from, *r->p) : NULL;
	if (!at)
		return refuse(r, "an unknown escape in a string");
	r->p++;
	*(*to)++ = into[at - from];
	return true;
}

/* Behind the opening quote. What it becomes is never longer than it was. */
static char *read_string(struct reader *r)
{
	const char *close = r->p;
	char *out, *to;
	size_t n;

	while (close < r->end && *close != '"')
		close += *close == '\\' ? 2 : 1;
	if (close >= r->end) {
		r->why = "a string is not closed";
		return NULL;
	}
	out = malloc((size_t)(close - r->p) + 1);
	if (!out) {
		r->why = "out of memory";
		return NULL;
	}
	for (to = out; r->p < close;) {
		if ((unsigned char)*r->p < 0x20) {
			r->why = "a control character in a string";
			break;
		}
		if (*r->p == '\\') {
			r->p++;
			if (!escape(r, &to))
				break;
			continue;
		}
		n = utf8_length(r->p, (size_t)(close - r->p));
		if (!n) {
			r->why = "a string is not UTF-8";
			break;
		}
		memcpy(to, r->p, n);
		to += n;
		r->p += n;
	}
	if (r->why) {
		free(out);
		return NULL;
	}
	r->p = close + 1;
	*to = 0;
	return out;
}

static size_t digits(struct reader *r)
{
	const char *start = r->p;

	while (r->p < r->end && *r->p >= '0' && *r->p <= '9')
		r->p++;
	return (size_t)(r->p - start);
}

static bool read_number(struct reader *r, struct json_value *v)
{
	const char *start = r->p;
	size_t len;

	if (*r->p == '-')
		r->p++;
	if (r->p < r->end && *r->p == '0')
		r->p++;
	else if (!digits(r))
		return refuse(r, "a value is expected");
	if (r->p < r->end && *r->p == '.') {
		r->p++;
		if (!digits(r))
			return refuse(r, "a number is cut short");
	}
	if (r->p < r->end && (*r->p == 'e' || *r->p == 'E')) {
		r->p++;
		if (r->p < r->end && (*r->p == '+' || *r->p == '-'))
			r->p++;
		if (!digits(r))
			return refuse(r, "a number is cut short");
	}
	len = (size_t)(r->p - start);
	v->type = JSON_NUMBER;
	v->text = strndup(start, len);
	return v->text || refuse(r, "out of memory");
}

static bool read_word(struct reader *r, struct json_value *v)
{
	static const struct {
		const char *word;
		enum json_type type;
	} words[] = {
		{ "null", JSON_NULL }, { "true", JSON_TRUE },
		{ "false", JSON_FALSE },
	};
	size_t i, len;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		len = strlen(words[i].word);
		if ((size_t)(r->end - r->p) < len ||
		    memcmp(r->p, words[i].word, len))
			continue;
		r->p += len;
		v->type = words[i].type;
		return true;
	}
	return refuse(r, "a value is expected");
}

static bool read_value(struct reader *r, struct json_value **to);

static bool read_member(struct reader *r, const struct json_value *object,
			struct json_value **to)
{
	bool ok;
	char *key;

	if (!take(r, '"'))
		return refuse(r, "a member's name is expected");
	key = read_string(r);
	if (!key)
		return false;
	if (json_get(object, key)) {
		free(key);
		return refuse(r, "a member is there twice");
	}
	if (!take(r, ':')) {
		free(key);
		return refuse(r, "':' is expected");
	}
	ok = read_value(r, to);
	if (*to)
		(*to)->key = key;
	else
		free(key);
	return ok;
}

/* Behind the opening bracket or brace */
static bool read_list(struct reader *r, struct json_value *v, char close)
{
	struct json_value **tail = &v->first;
	bool ok;

	if (!r->depth)
		return refuse(r, "it is nested too deeply");
	r->depth--;
	if (take(r, close)) {
		r->depth++;
		return true;
	}
	do {
		if (v->type == JSON_OBJECT)
			ok = read_member(r, v, tail);
		else
			ok = read_value(r, tail);
		if (!ok || !*tail)
			return false;
		tail = &(*tail)->next;
	} while (take(r, ','));
	r->depth++;
	return take(r, close) || refuse(r, "',' or an end is expected");
}

static bool read_value(struct reader *r, struct json_value **to)
{
	struct json_value *v;

	skip_blank(r);
	if (r->p == r->end)
		return refuse(r, "a value is expected");
	if (!r->values)
		return refuse(r, "it has too many values");
	r->values--;
	v = calloc(1, sizeof(*v));
	if (!v)
		return refuse(r, "out of memory");
	*to = v;
	switch (*r->p) {
	case '"':
		r->p++;
		v->type = JSON_STRING;
		v->text = read_string(r);
		return v->text;
	case '{':
		r->p++;
		v->type = JSON_OBJECT;
		return read_list(r, v, '}');
	case '[':
		r->p++;
		v->type = JSON_ARRAY;
		return read_list(r, v, ']');
	case 'n':
	case 't':
	case 'f':
		return read_word(r, v);
	default:
		return read_number(r, v);
	}
}

struct json_value *json_parse(const char *text, size_t len,
			      const struct json_limits *limits,
			      const char **why)
{
	struct reader r = {
		.p = text,
		.end = text + len,
		.depth = limits->depth,
		.values = limits->values,
	};
	struct json_value *v = NULL;
	bool ok = read_value(&r, &v);

	skip_blank(&r);
	if (ok && r.p != r.end)
		ok = refuse(&r, "something follows the value");
	if (ok)
		return v;
	*why = r.why;
	json_free(v);
	return NULL;
}

void json_free(struct json_value *v)
{
	struct json_value *next;

	/* as deep as the limits let it become */
	for (; v; v = next) {
		next = v->next;
		json_free(v->first);
		free(v->key);
		free(v->text);
		free(v);
	}
}

const struct json_value *json_get(const struct json_value *v, const char *key)
{
	if (!v || v->type != JSON_OBJECT)
		return NULL;
	for (v = v->first; v; v = v->next)
		if (v->key && !strcmp(v->key, key))
			return v;
	return NULL;
}

const char *json_get_string(const struct json_value *v, const char *key)
{
	v = json_get(v, key);
	return v && v->type == JSON_STRING ? v->text : NULL;
}

uint64_t json_get_u64(const struct json_value *v, const char *key,
		      uint64_t or_else)
{
	unsigned long long n;
	char *end;

	v = json_get(v, key);
	if (!v || v->type != JSON_NUMBER || *v->text == '-')
		return or_else;
	errno = 0;
	n = strtoull(v->text, &end, 10);
	return errno || *end ? or_else : n;
}

bool json_get_bool(const struct json_value *v, const char *key)
{
	v = json_get(v, key);
	return v && v->type == JSON_TRUE;
}
