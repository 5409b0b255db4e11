// SPDX-License-Identifier: GPL-2.0-or-later
/* A section of the tree -> the fields of an object, by the schema's table */
#include <string.h>

#include "config/schema.h"

#define KEYS_MAX 32
#define WORDS_MAX 64

const struct conf_node *conf_node_key(const struct conf_node *items,
				      const char *name)
{
	for (; items; items = items->next)
		if (!items->section && !strcmp(items->key.s, name))
			return items;
	return NULL;
}

const struct conf_node *conf_node_section(const struct conf_node *items,
					  const char *name)
{
	for (; items; items = items->next)
		if (items->section && !strcmp(items->key.s, name))
			return items;
	return NULL;
}

static const char *section_title(enum conf_section_id id, char *buf, size_t n)
{
	if (id == CONF_SECTION_TOP)
		snprintf(buf, n, "outside of sections");
	else
		snprintf(buf, n, "in section '%s'", conf_sections[id].name);
	return buf;
}

/*
 * Has a section around @id something called @name? Then a brace is missing
 * most likely, and this is the section that was not closed.
 */
static bool around(enum conf_section_id id, const char *name, char *buf,
		   size_t size)
{
	const char *cure = "is a '}' missing before it?";

	while (id != CONF_SECTION_TOP) {
		id = conf_sections[id].parent;
		if (!conf_find_section(id, name) && !conf_find_key(id, name))
			continue;
		if (id == CONF_SECTION_TOP)
			snprintf(buf, size, "it stands outside of sections; %s",
				 cure);
		else
			snprintf(buf, size, "it belongs into section '%s'; %s",
				 conf_sections[id].name, cure);
		return true;
	}
	return false;
}

/* Where else than in @id something called @name may stand */
static bool elsewhere(enum conf_section_id id, const char *name, char *buf,
		      size_t size)
{
	const struct conf_key *k;
	size_t len = 0;
	unsigned int i;

	*buf = 0;
	for (k = conf_keys; k->name && len < size; k++) {
		if (k->section == id || strcmp(k->name, name) || k->refused)
			continue;
		if (k->section == CONF_SECTION_TOP) {
			snprintf(buf, size, "it stands outside of sections");
			return true;
		}
		len += (size_t)snprintf(buf + len, size - len, "%s'%s'",
					len ? " or " : "it belongs into section ",
					conf_sections[k->section].name);
	}
	for (i = 1; i < CONF_SECTIONS && !len; i++) {
		if (strcmp(conf_sections[i].name, name))
			continue;
		if (conf_sections[i].parent == CONF_SECTION_TOP)
			snprintf(buf, size, "it stands outside of sections");
		else
			snprintf(buf, size, "it belongs into section '%s'",
				 conf_sections[conf_sections[i].parent].name);
	}
	return *buf;
}

/* Return: false when what follows has most likely no place here either */
static bool unknown(struct conf_tree *t, const struct conf_node *node,
		    enum conf_section_id id)
{
	const char *words[WORDS_MAX], *near;
	const struct conf_key *k;
	char title[64], where[128];
	unsigned int i, n = 0;

	for (k = conf_keys; k->name && n < WORDS_MAX - 1; k++)
		if (k->section == id && !k->refused)
			words[n++] = k->name;
	for (i = 1; i < CONF_SECTIONS && n < WORDS_MAX - 1; i++)
		if (conf_sections[i].parent == id && !conf_sections[i].refused)
			words[n++] = conf_sections[i].name;
	words[n] = NULL;
	section_title(id, title, sizeof(title));
	near = conf_suggest(node->key.s, words);
	if (around(id, node->key.s, where, sizeof(where))) {
		conf_error_at(t->errors, &node->key.pos,
			      "'%s' has no place %s; %s", node->key.s, title,
			      where);
		return !t->unclosed;
	}
	if (elsewhere(id, node->key.s, where, sizeof(where)))
		conf_error_at(t->errors, &node->key.pos,
			      "'%s' has no place %s; %s", node->key.s, title,
			      where);
	else if (near)
		conf_error_at(t->errors, &node->key.pos,
			      "unknown %s '%s' %s; did you mean '%s'?",
			      node->section ? "section" : "key", node->key.s,
			      title, near);
	else
		conf_error_at(t->errors, &node->key.pos, "unknown %s '%s' %s",
			      node->section ? "section" : "key", node->key.s,
			      title);
	return true;
}

/* "a, b" as one value, where a list was meant */
static bool quoted_list(struct conf_tree *t, const struct conf_node *node,
			const struct conf_key *key, const struct conf_text *v)
{
	if (!key->list_max || !v->quoted || !strchr(v->s, ','))
		return false;
	conf_error_at(t->errors, &v->pos,
		      "these are several values in one pair of quotes; write them without: %s = %s",
		      key->name, v->s);
	return true;
}

static void read_setting(struct conf_tree *t, const struct conf_node *node,
			 const struct conf_key *key, void *object)
{
	struct conf_why why;
	unsigned int i, good = 0;

	if (key->refused) {
		conf_error_at(t->errors, &node->key.pos, "%s: %s", key->name,
			      key->refused);
		return;
	}
	if (node->n_args) {
		conf_error_at(t->errors, &node->args[0].pos,
			      "'%s' stands between '%s' and '='; was '%s = %s' meant?",
			      node->args[0].s, node->key.s, node->key.s,
			      node->args[0].s);
		return;
	}
	if (!key->list_max && node->n_values > 1) {
		conf_error_at(t->errors, &node->values[1].pos,
			      "'%s' has one value, not several", key->name);
		return;
	}
	if (!key->set)
		return;
	for (i = 0; i < node->n_values; i++) {
		if (key->list_max && i == key->list_max) {
			conf_error_at(t->errors, &node->values[i].pos,
				      "'%s' has more than %u values", key->name,
				      key->list_max);
			return;
		}
		if (key->set(object, key, node->values[i].s, good, &why))
			good++;
		else if (!quoted_list(t, node, key, &node->values[i]))
			conf_error_at(t->errors, &node->values[i].pos, "%s",
				      why.text);
	}
}

/* A default is a value as a file would have it; lists are split at commas */
static void set_default(const struct conf_key *key, void *object)
{
	char word[CONF_ID_MAX];
	struct conf_why why;
	const char *p = key->def;
	unsigned int index = 0;
	size_t len;

	while (p && *p && key->set) {
		p += strspn(p, ", ");
		len = strcspn(p, ",");
		if (len >= sizeof(word))
			return;
		memcpy(word, p, len);
		word[len] = 0;
		key->set(object, key, word, index++, &why);
		p += len;
	}
}

static bool section_fits(struct conf_tree *t, const struct conf_node *node,
			 const struct conf_section *s,
			 const struct conf_node *first)
{
	if (s->refused) {
		conf_error_at(t->errors, &node->key.pos, "%s: %s", s->name,
			      s->refused);
		return false;
	}
	if (s->named && node->n_args != 1) {
		conf_error_at(t->errors, &node->key.pos,
			      "section '%s' needs %s name: '%s NAME {'", s->name,
			      node->n_args ? "one" : "a", s->name);
		return false;
	}
	if (!s->named && node->n_args) {
		conf_error_at(t->errors, &node->args[0].pos,
			      "section '%s' has no name", s->name);
		return false;
	}
	if (!s->many && first != node) {
		conf_error_at(t->errors, &node->key.pos,
			      "there is a section '%s' already, at line %u",
			      s->name, first->key.pos.line);
		return false;
	}
	return true;
}

/* Return: false when the items behind it belong elsewhere, too */
static bool read_item(struct conf_tree *t, const struct conf_node *items,
		      const struct conf_node *node, enum conf_section_id id,
		      void *object,
		      void (*nested)(void *ctx, const struct conf_node *node,
				     const struct conf_section *section),
		      void *ctx)
{
	const struct conf_section *s;
	const struct conf_key *key;
	const struct conf_node *first;

	if (node->section) {
		s = conf_find_section(id, node->key.s);
		if (!s)
			return unknown(t, node, id);
		if (section_fits(t, node, s, s->many ? node :
				      conf_node_section(items, node->key.s)))
			nested(ctx, node, s);
		return true;
	}
	key = conf_find_key(id, node->key.s);
	if (!key) {
		if (!conf_find_section(id, node->key.s))
			return unknown(t, node, id);
		conf_error_at(t->errors, &node->key.pos,
			      "'%s' is a section: '%s%s {'",
			      node->key.s, node->key.s,
			      conf_find_section(id, node->key.s)->named ?
			      " NAME" : "");
		return true;
	}
	first = conf_node_key(items, node->key.s);
	if (first != node) {
		conf_error_at(t->errors, &node->key.pos,
			      "'%s' is set already, at line %u", key->name,
			      first->key.pos.line);
		return true;
	}
	read_setting(t, node, key, object);
	return true;
}

void conf_read_section(struct conf_tree *t, const struct conf_node *items,
		       enum conf_section_id id, void *object,
		       void (*nested)(void *ctx, const struct conf_node *node,
				      const struct conf_section *section),
		       void *ctx)
{
	const struct conf_node *node;
	const struct conf_key *k;

	for (k = conf_keys; k->name; k++)
		if (k->section == id && !conf_node_key(items, k->name))
			set_default(k, object);
	for (node = items; node; node = node->next)
		if (!read_item(t, items, node, id, object, nested, ctx))
			break;
}
