// SPDX-License-Identifier: GPL-2.0-or-later
/* Text -> tokens, with the place of each */
#include <string.h>

#include "config/tree.h"

void conf_lexer_init(struct conf_lexer *l, struct conf_tree *t,
		     const char *file, const char *text, size_t len)
{
	memset(l, 0, sizeof(*l));
	l->tree = t;
	l->file = file;
	l->p = text;
	l->end = text + len;
	/* a byte order mark is harmless */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		l->p += 3;
	l->line_start = l->p;
	l->line = 1;
	l->fresh_line = true;
}

/* Columns count characters, not octets: continuation octets of UTF-8 do not */
static void position(const struct conf_lexer *l, struct conf_pos *pos)
{
	const char *p;

	pos->file = l->file;
	pos->line = l->line;
	pos->column = 1;
	for (p = l->line_start; p < l->p; p++)
		if (((unsigned char)*p & 0xc0) != 0x80)
			pos->column++;
}

static void skip_blank(struct conf_lexer *l)
{
	while (l->p < l->end) {
		switch (*l->p) {
		case '\n':
			l->p++;
			l->line++;
			l->line_start = l->p;
			l->fresh_line = true;
			break;
		case ' ':
		case '\t':
		case '\r':
			l->p++;
			break;
		case '#':
			while (l->p < l->end && *l->p != '\n')
				l->p++;
			break;
		default:
			return;
		}
	}
}

static bool is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static bool ends_word(char c, bool value)
{
	switch (c) {
	case ' ':
	case '\t':
	case '\r':
	case '\n':
	case '{':
	case '}':
	case ',':
	case '"':
	case ';':
		return true;
	case '=':
		return !value;
	default:
		return is_control(c);
	}
}

static void lex_word(struct conf_lexer *l, struct conf_token *out, bool value)
{
	const char *start = l->p;
	size_t len;

	while (l->p < l->end && !ends_word(*l->p, value))
		l->p++;
	len = (size_t)(l->p - start);
	if (len > CONF_WORD_MAX) {
		conf_error_at(l->tree->errors, &out->text.pos,
			      "this word is longer than %u characters",
			      CONF_WORD_MAX);
		return;
	}
	out->text.s = conf_tree_string(l->tree, start, len);
	if (out->text.s)
		out->type = CONF_TOKEN_WORD;
}

/* What follows is part of the string that was meant, perhaps of a secret */
static void skip_line(struct conf_lexer *l)
{
	while (l->p < l->end && *l->p != '\n')
		l->p++;
}

/* Leaves the position behind the string, or at the end of its line */
static void lex_string(struct conf_lexer *l, struct conf_token *out)
{
	const char *start = ++l->p;
	const char *p, *problem = NULL;
	size_t len = 0;
	char *s;

	for (p = start; p < l->end && *p != '"' && *p != '\n'; p++, len++) {
		if (*p == '\\') {
			p++;
			if (p == l->end || (*p != '"' && *p != '\\')) {
				problem = "a backslash must be doubled";
				break;
			}
		} else if (is_control(*p) && *p != '\t') {
			problem = "there is a control character in this string";
			break;
		}
	}
	if (!problem && (p == l->end || *p != '"'))
		problem = "this string has no closing '\"' on its line";
	if (!problem && len > CONF_WORD_MAX)
		problem = "this string is too long";
	l->p = p;
	if (problem) {
		skip_line(l);
		conf_error_at(l->tree->errors, &out->text.pos, "%s", problem);
		return;
	}
	l->p++;
	s = conf_tree_alloc(l->tree, len + 1);
	if (!s)
		return;
	out->text.s = s;
	for (p = start; *p != '"'; p++) {
		if (*p == '\\')
			p++;
		*s++ = *p;
	}
	out->text.quoted = true;
	out->type = CONF_TOKEN_STRING;
}

static enum conf_token_type sign(char c)
{
	switch (c) {
	case '=':
		return CONF_TOKEN_EQUALS;
	case ',':
		return CONF_TOKEN_COMMA;
	case '{':
		return CONF_TOKEN_OPEN;
	case '}':
		return CONF_TOKEN_CLOSE;
	default:
		return CONF_TOKEN_BAD;
	}
}

void conf_lexer_next(struct conf_lexer *l, struct conf_token *out, bool value)
{
	enum conf_token_type type;

	memset(out, 0, sizeof(*out));
	skip_blank(l);
	position(l, &out->text.pos);
	out->first_on_line = l->fresh_line;
	out->text.s = "";
	if (l->p == l->end || l->tree->no_memory) {
		out->type = CONF_TOKEN_END;
		out->first_on_line = true;
		return;
	}
	l->fresh_line = false;
	out->type = CONF_TOKEN_BAD;
	type = sign(*l->p);
	if (type == CONF_TOKEN_EQUALS && value)
		type = CONF_TOKEN_BAD;
	if (type != CONF_TOKEN_BAD) {
		out->text.s = conf_tree_string(l->tree, l->p, 1);
		if (out->text.s)
			out->type = type;
		l->p++;
	} else if (*l->p == '"') {
		lex_string(l, out);
	} else if (*l->p == ';') {
		conf_error_at(l->tree->errors, &out->text.pos,
			      "';' has no place here: a blank or a new line ends a value; quote a value that has one");
		l->p++;
	} else if (is_control(*l->p)) {
		conf_error_at(l->tree->errors, &out->text.pos,
			      "there is a control character (0x%02x) here",
			      (unsigned int)(unsigned char)*l->p);
		l->p++;
	} else if (*l->p == '\'' && value) {
		conf_error_at(l->tree->errors, &out->text.pos,
			      "single quotes do not quote here; write \"…\"");
		skip_line(l);
	} else {
		lex_word(l, out, value);
	}
}
