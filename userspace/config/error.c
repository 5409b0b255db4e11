// SPDX-License-Identifier: GPL-2.0-or-later
/* The list of what is wrong in a configuration */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "config/tree.h"

/* Room for one more in a list of @n; NULL when there is none */
static struct conf_error *add(struct conf_error **list, size_t *n, size_t *cap)
{
	struct conf_error *more;
	size_t size = *cap ? *cap * 2 : 8;

	if (*n >= CONF_ERRORS_MAX)
		return NULL;
	if (*n == *cap) {
		more = realloc(*list, size * sizeof(*more));
		if (!more)
			return NULL;
		*list = more;
		*cap = size;
	}
	return &(*list)[(*n)++];
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

__attribute__((format(printf, 3, 0)))
static void fill(struct conf_error *e, const struct conf_pos *pos,
		 const char *format, va_list ap)
{
	char *p;

	copy_name(e->file, sizeof(e->file), pos && pos->file ? pos->file : "");
	e->line = pos ? pos->line : 0;
	e->column = pos ? pos->column : 0;
	vsnprintf(e->text, sizeof(e->text), format, ap);
	/* part of it is the file's own text, and it goes to a terminal */
	for (p = e->text; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
}

void conf_error_at(struct conf_errors *errors, const struct conf_pos *pos,
		   const char *format, ...)
{
	struct conf_error *e;
	va_list ap;

	if (!errors)
		return;
	e = add(&errors->list, &errors->n, &errors->cap);
	if (!e) {
		errors->more = true;
		return;
	}
	va_start(ap, format);
	fill(e, pos, format, ap);
	va_end(ap);
}

void conf_warn_at(struct conf_errors *errors, const struct conf_pos *pos,
		  const char *format, ...)
{
	struct conf_error *e;
	va_list ap;

	if (!errors)
		return;
	e = add(&errors->warnings, &errors->n_warnings, &errors->cap_warnings);
	if (!e) {
		errors->more_warnings = true;
		return;
	}
	va_start(ap, format);
	fill(e, pos, format, ap);
	va_end(ap);
}

static size_t file_rank(const struct conf_error *list, size_t n, const char *file)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(list[i].file, file))
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

static void sort(struct conf_error *list, size_t n)
{
	struct ranked *r;
	size_t i;

	if (n < 2)
		return;
	r = calloc(n, sizeof(*r));
	if (!r)
		return;
	for (i = 0; i < n; i++) {
		r[i].rank = file_rank(list, n, list[i].file);
		r[i].order = i;
		r[i].e = list[i];
	}
	qsort(r, n, sizeof(*r), compare_ranked);
	for (i = 0; i < n; i++)
		list[i] = r[i].e;
	free(r);
}

void conf_errors_sort(struct conf_errors *errors)
{
	sort(errors->list, errors->n);
	sort(errors->warnings, errors->n_warnings);
}

static const char *line_of(const struct conf_error *e, const char *kind,
			   char *buf, size_t size)
{
	if (e->line)
		snprintf(buf, size, "%s:%u:%u: %s%s", e->file, e->line,
			 e->column, kind, e->text);
	else
		snprintf(buf, size, "%s%s%s%s", e->file, *e->file ? ": " : "",
			 kind, e->text);
	return buf;
}

const char *conf_error_line(const struct conf_error *e, char *buf, size_t size)
{
	return line_of(e, "", buf, size);
}

const char *conf_warning_line(const struct conf_error *e, char *buf, size_t size)
{
	return line_of(e, "warning: ", buf, size);
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
	for (i = 0; i < errors->n_warnings; i++)
		fprintf(to, "%s\n",
			conf_warning_line(&errors->warnings[i], line, sizeof(line)));
	if (errors->more_warnings)
		fprintf(to, "... and more warnings; only the first %zu are shown\n",
			errors->n_warnings);
}

void conf_errors_free(struct conf_errors *errors)
{
	free(errors->list);
	free(errors->warnings);
	memset(errors, 0, sizeof(*errors));
}
