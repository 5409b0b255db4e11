// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Configurations of other programs, which people try first: one sentence
 * instead of an error for each of their lines.
 */
#include <string.h>

#include "config/tree.h"

/* A line that no ikevti.conf can have, and whose it is */
static const struct {
	const char *word;	/* that the line begins with, blanks apart */
	const char *next;	/* what follows it, blanks apart; NULL: a name */
	const char *what;
} lines[] = {
	{ "connections", "{", "this is strongSwan's swanctl.conf" },
	{ "secrets", "{", "this is strongSwan's swanctl.conf" },
	{ "config", "setup", "this is an ipsec.conf" },
	{ "conn", NULL, "this is an ipsec.conf" },
	{ "[Interface]", "", "this is a file of wg-quick" },
	{ "[Peer]", "", "this is a file of wg-quick" },
};

static size_t blanks(const char *p, const char *end)
{
	size_t n = 0;

	while (p + n < end && (p[n] == ' ' || p[n] == '\t' || p[n] == '\r'))
		n++;
	return n;
}

static bool begins(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) >= len && !memcmp(p, word, len);
}

static const char *whose(const char *p, const char *end)
{
	size_t i, gap;

	p += blanks(p, end);
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		const char *rest;

		if (!begins(p, end, lines[i].word))
			continue;
		rest = p + strlen(lines[i].word);
		gap = blanks(rest, end);
		if (lines[i].next ? begins(rest + gap, end, lines[i].next) :
		    gap && rest + gap < end && !strchr("={#", rest[gap]))
			return lines[i].what;
	}
	return NULL;
}

const char *conf_foreign(const char *text, size_t len, unsigned int *line)
{
	const char *p = text, *end = text + len, *stop, *what;

	for (*line = 1; p < end; ++*line, p = stop + 1) {
		stop = memchr(p, '\n', (size_t)(end - p));
		if (!stop)
			stop = end;
		what = whose(p, stop);
		if (what)
			return what;
	}
	return NULL;
}
