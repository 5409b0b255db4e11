// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, units and names */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/value.h"

bool conf_why(struct conf_why *why, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(why->text, sizeof(why->text), format, ap);
	va_end(ap);
	return false;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads the digits at the start of @text; false when none or too many */
static bool leading_number(const char *text, uint64_t *out, const char **rest)
{
	uint64_t n = 0;

	if (!is_digit(*text))
		return false;
	for (; is_digit(*text); text++) {
		unsigned int digit = (unsigned int)(*text - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	*out = n;
	*rest = text;
	return true;
}

bool conf_parse_number(const char *text, uint64_t *out, struct conf_why *why)
{
	const char *rest;
	char *end;

	if (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2)) {
		if (!strchr("0123456789abcdefABCDEF", text[2]) || !text[2])
			return conf_why(why, "'%s' is not a number", text);
		errno = 0;
		*out = strtoull(text + 2, &end, 16);
		if (errno || *end)
			return conf_why(why, "'%s' is not a number", text);
		return true;
	}
	if (!leading_number(text, out, &rest) || *rest)
		return conf_why(why, "'%s' is not a number", text);
	return true;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static bool apply_unit(const char *text, const struct unit *units,
		       uint64_t *out)
{
	const struct unit *u;
	const char *rest;
	uint64_t n;

	if (!leading_number(text, &n, &rest))
		return false;
	for (u = units; u->name; u++)
		if (!strcmp(rest, u->name))
			break;
	if (!u->name || n > UINT64_MAX / u->factor)
		return false;
	*out = n * u->factor;
	return true;
}

bool conf_parse_duration(const char *text, uint64_t *ms, struct conf_why *why)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { NULL, 0 },
	};
	const char *rest;
	uint64_t n;

	if (apply_unit(text, units, ms))
		return true;
	if (leading_number(text, &n, &rest) && !*rest) {
		if (n) {
			return conf_why(why, "'%s' has no unit: write '%ss' for seconds; units are ms, s, m, h, d",
					text, text);
		}
		*ms = 0;
		return true;
	}
	return conf_why(why, "'%s' is not a duration: write a number and one of ms, s, m, h, d, as in '90s'",
			text);
}

bool conf_parse_size(const char *text, uint64_t *out, struct conf_why *why)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1ULL << 10 }, { "M", 1ULL << 20 },
		{ "G", 1ULL << 30 }, { "T", 1ULL << 40 }, { NULL, 0 },
	};

	if (!apply_unit(text, units, out))
		return conf_why(why, "'%s' is not a size: write octets, or a number and one of K, M, G, T, as in '64G'",
				text);
	return true;
}

bool conf_parse_count(const char *text, uint64_t *out, struct conf_why *why)
{
	static const struct unit units[] = {
		{ "", 1 }, { "K", 1000 }, { "M", 1000000 },
		{ "G", 1000000000 }, { NULL, 0 },
	};

	if (!apply_unit(text, units, out))
		return conf_why(why, "'%s' is not a count: write a number, or a number and one of K, M, G, as in '500M'",
				text);
	return true;
}

const char *conf_format_duration(uint64_t ms, char *buf, size_t size)
{
	static const struct unit units[] = {
		{ "d", 86400000 }, { "h", 3600000 }, { "m", 60000 },
		{ "s", 1000 }, { "ms", 1 },
	};
	const struct unit *u = units;

	while (u->factor > 1 && (!ms || ms % u->factor))
		u++;
	if (!ms)
		snprintf(buf, size, "0s");
	else
		snprintf(buf, size, "%llu%s",
			 (unsigned long long)(ms / u->factor), u->name);
	return buf;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
		c == '.' || c == '_' || c == '-';
}

bool conf_parse_name(const char *text, char *out, struct conf_why *why)
{
	size_t len = strlen(text);
	const char *p;

	if (!len)
		return conf_why(why, "a name cannot be empty");
	if (len >= CONF_NAME_MAX)
		return conf_why(why, "the name '%.20s...' is longer than %d characters",
				text, CONF_NAME_MAX - 1);
	for (p = text; *p; p++)
		if (!is_name_char(*p))
			return conf_why(why, "the name '%s' may have letters, digits, '.', '_' and '-' only",
					text);
	if (*text == '-' || *text == '.')
		return conf_why(why, "the name '%s' must begin with a letter, a digit or '_'",
				text);
	memcpy(out, text, len + 1);
	return true;
}

bool conf_parse_ifname(const char *text, char *out, struct conf_why *why)
{
	size_t len = strlen(text);
	const char *p;

	if (!len || len >= CONF_IFNAME_MAX)
		return conf_why(why, "'%.64s' is not a device name: Linux takes 1 to %d characters",
				text, CONF_IFNAME_MAX - 1);
	for (p = text; *p; p++)
		if (!is_name_char(*p))
			return conf_why(why, "'%s' is not a device name: use letters, digits, '.', '_' and '-'",
					text);
	if (!strcmp(text, ".") || !strcmp(text, "..") || !strcmp(text, "lo") ||
	    !strcmp(text, "all") || !strcmp(text, "default") || *text == '-')
		return conf_why(why, "'%s' cannot be the name of a tunnel's device",
				text);
	memcpy(out, text, len + 1);
	return true;
}
