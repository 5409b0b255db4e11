// SPDX-License-Identifier: GPL-2.0-or-later
/* Identities (RFC 7296 section 3.5) and shared secrets */
#include <string.h>

#include "config/value.h"
#include "util/fnv1a.h"
#include "wire/ikev2.h"

/* A PSK that a few hours of guessing would find (RFC 7296 section 2.15) */
#define SECRET_MIN 8

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Returns the number of octets, or -1 when @text is not hexadecimal */
static int parse_hex(const char *text, uint8_t *out, size_t max)
{
	size_t n = 0;

	for (; text[0]; text += 2) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);

		if (high < 0 || low < 0 || n == max)
			return -1;
		out[n++] = (uint8_t)(high << 4 | low);
	}
	return n ? (int)n : -1;
}

static int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+')
		return 62;
	return c == '/' ? 63 : -1;
}

/* Returns the number of octets, or -1 when @text is not base64 */
static int parse_base64(const char *text, uint8_t *out, size_t max)
{
	size_t len = strlen(text), i, n = 0, pad = 0;
	uint32_t bits = 0;
	unsigned int have = 0;

	if (!len || len % 4)
		return -1;
	while (pad < 2 && text[len - 1] == '=') {
		len--;
		pad++;
	}
	for (i = 0; i < len; i++) {
		int d = base64_digit(text[i]);

		if (d < 0)
			return -1;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (n == max)
			return -1;
		out[n++] = (uint8_t)(bits >> have);
		bits &= (1U << have) - 1;
	}
	return bits ? -1 : (int)n;
}

bool conf_parse_secret(const char *text, bool quoted, uint8_t *out,
		       uint16_t *len, struct conf_why *why)
{
	size_t n = strnlen(text, CONF_SECRET_MAX + 1);
	int got = (int)n;

	/* the secret itself is never repeated in a message */
	if (!quoted && !strncmp(text, "0x", 2)) {
		got = parse_hex(text + 2, out, CONF_SECRET_MAX);
		if (got < 0)
			return conf_why(why, "this secret begins with 0x and is not an even number of hexadecimal digits, or is too long; text that begins so stands in quotes");
	} else if (!quoted && !strncmp(text, "0s", 2)) {
		got = parse_base64(text + 2, out, CONF_SECRET_MAX);
		if (got < 0)
			return conf_why(why, "this secret begins with 0s and is not base64, or is too long; text that begins so stands in quotes");
	} else if (n > CONF_SECRET_MAX) {
		return conf_why(why, "this secret is longer than %d octets",
				CONF_SECRET_MAX);
	} else {
		memcpy(out, text, n);
	}
	if (got < SECRET_MIN)
		return conf_why(why, "this secret is shorter than %d octets and easily guessed; make one with: openssl rand -base64 32",
				SECRET_MIN);
	*len = (uint16_t)got;
	return true;
}

static bool id_octets(struct conf_id *id, uint8_t type, const void *data,
		      size_t len)
{
	if (!len || len > CONF_ID_MAX)
		return false;
	id->type = type;
	id->len = (uint16_t)len;
	memcpy(id->data, data, len);
	return true;
}

static bool parse_key_id(const char *text, const char *body, bool hex,
			 struct conf_id *out, struct conf_why *why)
{
	int n;

	if (!strncmp(body, "0x", 2)) {
		hex = true;
		body += 2;
	}
	if (!hex) {
		if (!id_octets(out, IKEV2_ID_KEY_ID, body, strlen(body)))
			return conf_why(why, "'%s' has no key ID", text);
		return true;
	}
	n = parse_hex(body, out->data, CONF_ID_MAX);
	if (n < 0)
		return conf_why(why, "'%s' needs an even number of hexadecimal digits",
				text);
	out->type = IKEV2_ID_KEY_ID;
	out->len = (uint16_t)n;
	return true;
}

/* Letters, digits and -_.  Servers send what admins wrote, so a single label will do. */
static bool is_host_name(const char *s)
{
	const char *p;

	if (!*s || *s == '.' || *s == '-')
		return false;
	for (p = s; *p; p++)
		if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
		      (*p >= '0' && *p <= '9') || strchr("-_.", *p)))
			return false;
	return !strstr(s, "..");
}

static bool parse_fqdn(const char *text, const char *body, struct conf_id *out,
		       struct conf_why *why)
{
	if (!is_host_name(body))
		return conf_why(why, "'%s' is not an identity: write a host name, an address, user@host, or 'keyid:' and anything else",
				text);
	id_octets(out, IKEV2_ID_FQDN, body, strlen(body));
	return true;
}

static bool parse_email(const char *text, const char *body, struct conf_id *out,
			struct conf_why *why)
{
	const char *at = strchr(body, '@');

	if (!at || at == body || !is_host_name(at + 1))
		return conf_why(why, "'%s' is not user@host", text);
	id_octets(out, IKEV2_ID_RFC822_ADDR, body, strlen(body));
	return true;
}

void conf_id_from_address(const struct net_addr *a, struct conf_id *out)
{
	struct net_addr bare = *a;

	bare.port = 0;
	memset(out, 0, sizeof(*out));
	id_octets(out, a->family == AF_INET ? IKEV2_ID_IPV4_ADDR :
		  IKEV2_ID_IPV6_ADDR, a->ip, net_addr_len(a));
	net_addr_format(&bare, out->text);
}

bool conf_parse_id(const char *text, bool any, struct conf_id *out,
		   struct conf_why *why)
{
	size_t len = strlen(text);
	struct net_addr a;

	memset(out, 0, sizeof(*out));
	if (!len)
		return conf_why(why, "an identity cannot be empty");
	if (len >= CONF_ID_MAX)
		return conf_why(why, "the identity '%.20s...' is longer than %d characters",
				text, CONF_ID_MAX - 1);
	memcpy(out->text, text, len + 1);
	if (!strcmp(text, "any") || !strcmp(text, "%any")) {
		if (!any)
			return conf_why(why, "'%s' cannot be our own identity", text);
		return true;
	}
	if (!strncmp(text, "keyid:", 6))
		return parse_key_id(text, text + 6, false, out, why);
	if (!strncmp(text, "@#", 2))
		return parse_key_id(text, text + 2, true, out, why);
	if (!strncmp(text, "fqdn:", 5))
		return parse_fqdn(text, text + 5, out, why);
	if (!strncmp(text, "email:", 6))
		return parse_email(text, text + 6, out, why);
	if (net_addr_parse(&a, text)) {
		id_octets(out, a.family == AF_INET ? IKEV2_ID_IPV4_ADDR :
			  IKEV2_ID_IPV6_ADDR, a.ip, net_addr_len(&a));
		return true;
	}
	if (*text == '@')
		return parse_fqdn(text, text + 1, out, why);
	if (strchr(text, '='))
		return conf_why(why, "'%s' looks like a distinguished name; these need certificates, which this version does not support",
				text);
	if (strchr(text, '@'))
		return parse_email(text, text, out, why);
	return parse_fqdn(text, text, out, why);
}

static uint8_t fold(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

bool conf_id_same(const struct conf_id *a, const struct conf_id *b)
{
	bool name = a->type == IKEV2_ID_FQDN || a->type == IKEV2_ID_RFC822_ADDR;
	uint16_t i;

	if (a->type != b->type || a->len != b->len)
		return false;
	for (i = 0; i < a->len; i++)
		if (a->data[i] != b->data[i] &&
		    !(name && fold(a->data[i]) == fold(b->data[i])))
			return false;
	return true;
}

uint64_t conf_id_hash(uint64_t h, const struct conf_id *id)
{
	uint16_t i;
	uint8_t c;

	h = fnv1a(h, &id->type, sizeof(id->type));
	/* of a peer's identity, @len may be more than is kept */
	for (i = 0; id->type && i < id->len && i < sizeof(id->data); i++) {
		c = fold(id->data[i]);
		h = fnv1a(h, &c, 1);
	}
	return h;
}
