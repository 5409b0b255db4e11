// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tokens -> tree.
 *
 *	item    = "include" pattern | setting | section
 *	setting = word { arg } "=" value { "," value }
 *	section = word [ arg ] "{" { item } "}"
 *
 * Settings may share a line. After an error reading goes on at the next line
 * or closing brace, so that one run finds them all.
 */
#include <string.h>

#include "config/tree.h"

struct parser {
	struct conf_tree *tree;
	struct conf_lexer lexer;
	struct conf_token tok;
	unsigned int include_depth;
	bool failed;		/* an error since this was last cleared */
};

static void advance(struct parser *p, bool value)
{
	conf_lexer_next(&p->lexer, &p->tok, value);
}

static void fail(struct parser *p)
{
	p->failed = true;
	p->tree->broken = true;
}

/* To the next line, or the brace that closes this section */
static void recover(struct parser *p)
{
	unsigned int depth = 0;

	while (p->tok.type != CONF_TOKEN_END) {
		if (!depth && (p->tok.first_on_line ||
			       p->tok.type == CONF_TOKEN_CLOSE))
			return;
		if (p->tok.type == CONF_TOKEN_OPEN)
			depth++;
		else if (p->tok.type == CONF_TOKEN_CLOSE)
			depth--;
		advance(p, false);
	}
}

static bool is_text(const struct conf_token *tok)
{
	return tok->type == CONF_TOKEN_WORD || tok->type == CONF_TOKEN_STRING;
}

/* Reads "value, value"; the token before was '=' */
static bool parse_values(struct parser *p, struct conf_node *node)
{
	struct conf_text values[CONF_VALUES_MAX];
	unsigned int n = 0;
	bool first = true;

	for (;;) {
		advance(p, true);
		if (p->tok.type == CONF_TOKEN_BAD)
			return false;
		if (!is_text(&p->tok) || (first && p->tok.first_on_line)) {
			conf_error_at(p->tree->errors, first ? &node->key.pos :
				      &p->tok.text.pos, first ?
				      "'%s =' has no value" :
				      "a value of '%s' is missing after ','",
				      node->key.s);
			return false;
		}
		if (n == CONF_VALUES_MAX) {
			conf_error_at(p->tree->errors, &p->tok.text.pos,
				      "'%s' has more than %u values",
				      node->key.s, CONF_VALUES_MAX);
			return false;
		}
		values[n++] = p->tok.text;
		first = false;
		advance(p, false);
		if (p->tok.type != CONF_TOKEN_COMMA)
			break;
	}
	node->values = conf_tree_alloc(p->tree, n * sizeof(*values));
	if (!node->values)
		return false;
	memcpy(node->values, values, n * sizeof(*values));
	node->n_values = n;
	return true;
}

static void stands_alone(struct parser *p, const struct conf_node *node,
			 bool after_value)
{
	size_t len = strlen(node->key.s);

	/* what stands in the wrong place may be part of a secret */
	if (p->tree->secret)
		conf_error_at(p->tree->errors, &node->key.pos,
			      "this is not 'psk ID = SECRET'; quote a secret with blanks, commas or braces in it");
	else if (after_value)
		conf_error_at(p->tree->errors, &node->key.pos,
			      "'%s' follows a value: quote values with blanks in them, put commas between several",
			      node->key.s);
	else if (len > 1 && node->key.s[len - 1] == ':')
		conf_error_at(p->tree->errors, &node->key.pos,
			      "'%s' should be '%.*s ='", node->key.s,
			      (int)(len - 1), node->key.s);
	else
		conf_error_at(p->tree->errors, &node->key.pos,
			      "'%s' must be followed by '=' and a value, or by '{'",
			      node->key.s);
}

static void parse_include(struct parser *p, unsigned int depth)
{
	struct conf_text pattern;

	if (depth) {
		conf_error_at(p->tree->errors, &p->tok.text.pos,
			      "'include' stands outside of sections only");
		fail(p);
		advance(p, false);
		recover(p);
		return;
	}
	advance(p, true);
	if (!is_text(&p->tok) || p->tok.first_on_line) {
		conf_error_at(p->tree->errors, &p->tok.text.pos,
			      "'include' must be followed by a file name");
		fail(p);
		recover(p);
		return;
	}
	pattern = p->tok.text;
	advance(p, false);
	conf_tree_include(p->tree, &pattern, p->include_depth);
}

static void parse_items(struct parser *p, unsigned int depth,
			const struct conf_text *opened,
			struct conf_node ***tail);

static void parse_section(struct parser *p, struct conf_node *node,
			  unsigned int depth)
{
	struct conf_node **tail = &node->children;
	bool failed_before = p->failed;

	if (depth + 1 >= CONF_SECTION_DEPTH_MAX) {
		conf_error_at(p->tree->errors, &node->key.pos,
			      "sections are nested too deeply");
		node->broken = true;
		/* the opening brace is the current token: skip its section */
		fail(p);
		p->tok.first_on_line = false;
		recover(p);
		return;
	}
	node->section = true;
	p->failed = false;
	advance(p, false);
	parse_items(p, depth + 1, &node->key, &tail);
	node->broken = p->failed;
	p->failed |= failed_before;
	if (p->tok.type == CONF_TOKEN_CLOSE)
		advance(p, false);
}

/* At the first word of an item; leaves behind it */
static bool parse_item(struct parser *p, unsigned int depth, bool after_value,
		       struct conf_node *node)
{
	node->key = p->tok.text;
	for (;;) {
		advance(p, false);
		if (!is_text(&p->tok) || p->tok.first_on_line)
			break;
		if (node->n_args == CONF_ARGS_MAX) {
			stands_alone(p, node, after_value);
			return false;
		}
		node->args[node->n_args++] = p->tok.text;
	}
	if (p->tok.type == CONF_TOKEN_OPEN) {
		parse_section(p, node, depth);
		return true;
	}
	if (p->tok.type == CONF_TOKEN_EQUALS && !p->tok.first_on_line)
		return parse_values(p, node);
	if (p->tok.type != CONF_TOKEN_BAD)
		stands_alone(p, node, after_value);
	return false;
}

static void unexpected(struct parser *p)
{
	if (p->tok.type == CONF_TOKEN_CLOSE)
		conf_error_at(p->tree->errors, &p->tok.text.pos,
			      "this '}' closes nothing");
	else if (p->tok.type == CONF_TOKEN_STRING)
		conf_error_at(p->tree->errors, &p->tok.text.pos,
			      "a quoted string cannot stand here; keys are not quoted, several values need commas");
	else if (p->tok.type != CONF_TOKEN_BAD)
		conf_error_at(p->tree->errors, &p->tok.text.pos,
			      "'%s' cannot stand here", p->tok.text.s);
}

static void parse_items(struct parser *p, unsigned int depth,
			const struct conf_text *opened,
			struct conf_node ***tail)
{
	bool after_value = false, closed;
	struct conf_node *node;

	for (;;) {
		if (p->tok.type == CONF_TOKEN_END) {
			if (opened && !p->tree->no_memory) {
				conf_error_at(p->tree->errors, &opened->pos,
					      "section '%s' has no closing '}'",
					      opened->s);
				p->tree->unclosed = true;
				fail(p);
			}
			return;
		}
		closed = p->tok.type == CONF_TOKEN_CLOSE;
		if (closed && opened)
			return;
		if (p->tok.type != CONF_TOKEN_WORD) {
			unexpected(p);
			fail(p);
			advance(p, false);
			if (!closed)
				recover(p);
			after_value = false;
			continue;
		}
		if (!strcmp(p->tok.text.s, "include")) {
			parse_include(p, depth);
			after_value = false;
			continue;
		}
		node = conf_tree_alloc(p->tree, sizeof(*node));
		if (!node)
			return;
		after_value &= !p->tok.first_on_line;
		if (parse_item(p, depth, after_value, node)) {
			**tail = node;
			*tail = &node->next;
			after_value = !node->section;
		} else {
			fail(p);
			recover(p);
			after_value = false;
		}
	}
}

void conf_tree_parse(struct conf_tree *t, const char *name, const char *text,
		     size_t len, unsigned int include_depth)
{
	struct parser p = { .tree = t, .include_depth = include_depth };
	struct conf_pos pos = { .file = name };
	const char *nul = memchr(text, 0, len), *foreign;

	if (nul) {
		conf_error_at(t->errors, &pos,
			      "is not a text file: there is a NUL at offset %zu",
			      (size_t)(nul - text));
		t->broken = true;
		return;
	}
	foreign = t->secret ? NULL : conf_foreign(text, len, &pos.line);
	if (foreign) {
		pos.column = 1;
		conf_error_at(t->errors, &pos,
			      "%s, which has other words than ikevti.conf; see ikevti.conf(5) for 'tunnel NAME { … }'",
			      foreign);
		t->broken = true;
		return;
	}
	conf_lexer_init(&p.lexer, t, name, text, len);
	advance(&p, false);
	parse_items(&p, 0, NULL, &t->tail);
}
