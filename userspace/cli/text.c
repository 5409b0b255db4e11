// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers, colours and tables for people */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "control/utf8.h"

#define COLUMNS_MAX 16
#define RESET "\033[0m"

void cli_say(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("ikevtictl: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
}

bool cli_colour(void)
{
	static int known = -1;
	const char *term = getenv("TERM"), *no = getenv("NO_COLOR");

	if (known < 0)
		known = isatty(STDOUT_FILENO) && !(no && *no) && term &&
			*term && strcmp(term, "dumb");
	return known;
}

/* Names and errors may hold what a peer sent: it must not reach the terminal */
void cli_safe(const char *text, char *buf, size_t size)
{
	const char *end = text + strlen(text);
	size_t out = 0, n;

	while (text < end) {
		unsigned char c = (unsigned char)*text;

		n = utf8_length(text, (size_t)(end - text));
		/* C0, DEL, C1 (U+0080 to U+009F) and what is no UTF-8 */
		if (!n || c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && (unsigned char)text[1] < 0xa0)) {
			if (out + 1 >= size)
				break;
			buf[out++] = '?';
			text += n ? n : 1;
			continue;
		}
		if (out + n >= size)
			break;
		memcpy(buf + out, text, n);
		out += n;
		text += n;
	}
	buf[out] = 0;
}

size_t cli_width(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

const char *cli_duration(uint64_t seconds, char *buf, size_t size)
{
	static const struct {
		uint64_t seconds;
		char name;
	} units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' },
	};
	unsigned long long big, small;
	unsigned int i;

	for (i = 0; i < 3 && seconds < units[i].seconds; i++)
		;
	big = seconds / units[i].seconds;
	small = i < 3 ? seconds % units[i].seconds / units[i + 1].seconds : 0;
	if (small)
		snprintf(buf, size, "%llu%c%llu%c", big, units[i].name, small,
			 units[i + 1].name);
	else
		snprintf(buf, size, "%llu%c", big, units[i].name);
	return buf;
}

const char *cli_bytes(uint64_t n, char *buf, size_t size)
{
	static const char units[] = "KMGTPE";
	unsigned int unit = 0;
	uint64_t tenths;

	if (n < 1024) {
		snprintf(buf, size, "%u B", (unsigned int)n);
		return buf;
	}
	/* in tenths of the unit below, so that nothing is rounded up to 1024 */
	while (n >= 1024 * 1024) {
		n /= 1024;
		unit++;
	}
	tenths = n * 10 / 1024;
	snprintf(buf, size, "%llu.%llu %ciB", (unsigned long long)(tenths / 10),
		 (unsigned long long)(tenths % 10), units[unit]);
	return buf;
}

const char *cli_state_colour(const char *state)
{
	static const struct {
		const char *state;
		const char *colour;
	} colours[] = {
		{ "up", "\033[32m" }, { "running", "\033[32m" },
		{ "established", "\033[32m" }, { "installed", "\033[32m" },
		{ "active", "\033[32m" }, { "wait", "\033[31m" },
		{ "down", "\033[31m" }, { "absent", "\033[31m" },
		{ "expired", "\033[31m" }, { "error", "\033[31m" },
		{ "unusable", "\033[31m" }, { "disabled", "\033[31m" },
		{ "connect", "\033[33m" }, { "no-child", "\033[33m" },
		{ "dormant", "\033[33m" }, { "warn", "\033[33m" },
	};
	size_t i;

	if (!cli_colour())
		return "";
	for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (!strcmp(colours[i].state, state))
			return colours[i].colour;
	return "";
}

/* ---- tables -------------------------------------------------------------- */

struct cell {
	char *text;
	bool state;
};

struct cli_table {
	const char *const *heads;
	unsigned int columns;
	struct cell *cells;
	size_t n;
	size_t cap;
	bool failed;
};

struct cli_table *cli_table_new(const char *const *heads)
{
	struct cli_table *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->heads = heads;
	do {
		t->columns++;
	} while (heads[t->columns] && t->columns < COLUMNS_MAX);
	return t;
}

static void add_cell(struct cli_table *t, const char *text, bool state)
{
	size_t cap, size = strlen(text) + 1;
	struct cell *cells;

	if (!t || t->failed)
		return;
	if (t->n == t->cap) {
		cap = t->cap ? t->cap * 2 : 64;
		cells = realloc(t->cells, cap * sizeof(*cells));
		if (!cells) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->cap = cap;
	}
	t->cells[t->n].text = malloc(size);
	if (!t->cells[t->n].text) {
		t->failed = true;
		return;
	}
	cli_safe(text, t->cells[t->n].text, size);
	t->cells[t->n++].state = state;
}

void cli_cell(struct cli_table *t, const char *text)
{
	add_cell(t, text, false);
}

void cli_cell_state(struct cli_table *t, const char *text)
{
	add_cell(t, text, true);
}

void cli_cellf(struct cli_table *t, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	add_cell(t, text, false);
}

size_t cli_table_rows(const struct cli_table *t)
{
	return t ? (t->n + t->columns - 1) / t->columns : 0;
}

static const char *head_of(const struct cli_table *t, unsigned int column)
{
	const char *head = t->heads[column];

	return *head == '>' ? head + 1 : head;
}

static void print_cell(const struct cli_table *t, FILE *to, unsigned int column,
		       const char *text, const char *colour, size_t width)
{
	bool right = *t->heads[column] == '>';
	size_t pad = width - cli_width(text);

	if (column)
		fputs("  ", to);
	if (right)
		fprintf(to, "%*s", (int)pad, "");
	fprintf(to, "%s%s%s", colour, text, *colour ? RESET : "");
	/* nothing stands behind the last column */
	if (!right && column + 1 < t->columns)
		fprintf(to, "%*s", (int)pad, "");
}

bool cli_table_print(struct cli_table *t, FILE *to, const char *indent)
{
	size_t width[COLUMNS_MAX], i, w;
	unsigned int column;
	bool ok;

	if (!t || !t->columns)
		return false;
	for (column = 0; column < t->columns; column++)
		width[column] = cli_width(head_of(t, column));
	for (i = 0; i < t->n; i++) {
		w = cli_width(t->cells[i].text);
		if (w > width[i % t->columns])
			width[i % t->columns] = w;
	}
	fputs(indent, to);
	for (column = 0; column < t->columns; column++)
		print_cell(t, to, column, head_of(t, column), "", width[column]);
	fputc('\n', to);
	for (i = 0; i < t->n; i++) {
		column = (unsigned int)(i % t->columns);
		if (!column)
			fputs(indent, to);
		print_cell(t, to, column, t->cells[i].text, t->cells[i].state ?
			   cli_state_colour(t->cells[i].text) : "",
			   width[column]);
		if (column + 1 == t->columns)
			fputc('\n', to);
		free(t->cells[i].text);
	}
	ok = !t->failed;
	free(t->cells);
	free(t);
	return ok;
}
