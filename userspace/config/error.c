// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of what is wrong in a configuration */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

static bool errors_grow(struct conf_errors *errors)
{
	size_t cap = errors->cap ? errors->cap * 2 : 8;
	struct conf_error *list;

	list = realloc(errors->list, cap * sizeof(*list));
	if (!list)
		return false;
	errors->list = list;
	errors->cap = cap;
	return true;
}

/* The end of a long name says more than its beginning */
static void copy_name(char *to, size_t size, const char *name)
{
	size_t len = strlen(name);

	if (len < size)
		memcpy(to, name, len + 1);
	else
		snprintf(to, size, "...%s", name + len - (size - 4));
}

void conf_error_at(struct conf_errors *errors, const struct conf_pos *pos,
		   const char *format, ...)
{
	struct conf_error *e;
	va_list ap;
	char *p;

	if (!errors)
		return;
	if (errors->n >= CONF_ERRORS_MAX ||
	    (errors->n == errors->cap && !errors_grow(errors))) {
		errors->more = true;
		return;
	}
	e = &errors->list[errors->n++];
	copy_name(e->file, sizeof(e->file), pos && pos->file ? pos->file : "");
	e->line = pos ? pos->line : 0;
	e->column = pos ? pos->column : 0;
	va_start(ap, format);
	vsnprintf(e->text, sizeof(e->text), format, ap);
	va_end(ap);
	/* part of it is the file's own text, and it goes to a terminal */
	for (p = e->text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

static size_t file_rank(const struct conf_errors *errors, const char *file)
{
	size_t i;

	for (i = 0; i < errors->n; i++)
		if (!strcmp(errors->list[i].file, file))
			break;
	return i;
}

struct ranked {
	size_t rank;
	size_t order;
	struct conf_error e;
};

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	if (x->e.line != y->e.line)
		return x->e.line < y->e.line ? -1 : 1;
	if (x->e.column != y->e.column)
		return x->e.column < y->e.column ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

void conf_errors_sort(struct conf_errors *errors)
{
	struct ranked *r;
	size_t i;

	if (errors->n < 2)
		return;
	r = calloc(errors->n, sizeof(*r));
	if (!r)
		return;
	for (i = 0; i < errors->n; i++) {
		r[i].rank = file_rank(errors, errors->list[i].file);
		r[i].order = i;
		r[i].e = errors->list[i];
	}
	qsort(r, errors->n, sizeof(*r), compare_ranked);
	for (i = 0; i < errors->n; i++)
		errors->list[i] = r[i].e;
	free(r);
}

const char *conf_error_line(const struct conf_error *e, char *buf, size_t size)
{
	if (e->line)
		snprintf(buf, size, "%s:%u:%u: %s", e->file, e->line, e->column, e->text);
	else
		snprintf(buf, size, "%s%s%s", e->file, *e->file ? ": " : "", e->text);
	return buf;
}

void conf_errors_print(const struct conf_errors *errors, FILE *to)
{
	char line[CONF_ERROR_LINE];
	size_t i;

	for (i = 0; i < errors->n; i++)
		fprintf(to, "%s\n", conf_error_line(&errors->list[i], line, sizeof(line)));
	if (errors->more)
		fprintf(to, "... and more; only the first %zu are shown\n",
			errors->n);
}

void conf_errors_free(struct conf_errors *errors)
{
	free(errors->list);
	memset(errors, 0, sizeof(*errors));
}
