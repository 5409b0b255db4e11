/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What may stand in a configuration: sections, keys, types, units, defaults
 * and help. The reader, `did you mean`, the manual's test and the tools all
 * look here.
 */
#ifndef CONFIG_SCHEMA_H
#define CONFIG_SCHEMA_H

#include "config/tree.h"
#include "config/value.h"

enum conf_section_id {
	CONF_SECTION_TOP,
	CONF_SECTION_DAEMON,
	CONF_SECTION_TUNNEL,
	CONF_SECTION_LOCAL,
	CONF_SECTION_REMOTE,
	CONF_SECTION_PATH,
	CONF_SECTION_IKE,
	CONF_SECTION_ESP,
	CONF_SECTION_AUTHORITY,	/* refused: certificates are not supported */
	CONF_SECTIONS,
};

struct conf_key;

/**
 * conf_setter - put one value in place
 * @object: what the section is about
 * @index: of the value in its list, 0 first
 * Return: false with @why when it is refused
 */
typedef bool (*conf_setter)(void *object, const struct conf_key *key,
			    const char *text, unsigned int index,
			    struct conf_why *why);

struct conf_key {
	enum conf_section_id section;
	const char *name;
	const char *type;	/* for people: "duration", "list of proposals" */
	const char *def;	/* as written in a file; NULL: none */
	const char *help;
	conf_setter set;
	size_t offset;		/* of the field in the section's object */
	uint64_t min, max;	/* in the field's unit */
	const char *const *choices;	/* NULL ended */
	unsigned int list_max;	/* 0: a single value */
	const char *refused;	/* known, but refused with this sentence */
};

struct conf_section {
	enum conf_section_id id;
	enum conf_section_id parent;
	const char *name;
	bool named;		/* "tunnel NAME { … }" */
	bool many;		/* may stand more than once */
	const char *refused;
};

/** conf_sections - indexed by enum conf_section_id */
extern const struct conf_section conf_sections[CONF_SECTIONS];

/** conf_keys - ends with a name of NULL */
extern const struct conf_key conf_keys[];

/** conf_find_key() - NULL when @section has no such key */
const struct conf_key *conf_find_key(enum conf_section_id section,
				     const char *name);

/** conf_find_section() - NULL when @parent has no such section */
const struct conf_section *conf_find_section(enum conf_section_id parent,
					     const char *name);

/**
 * conf_read_section() - put the settings of a section into its object
 * @nested: called for each section in it that is known and well placed
 *
 * Defaults are put in first. Everything wrong is noted in the tree's errors.
 */
void conf_read_section(struct conf_tree *t, const struct conf_node *items,
		       enum conf_section_id id, void *object,
		       void (*nested)(void *ctx, const struct conf_node *node,
				      const struct conf_section *section),
		       void *ctx);

/** conf_node_key() - the setting @name among @items, NULL when not there */
const struct conf_node *conf_node_key(const struct conf_node *items,
				      const char *name);

/** conf_node_section() - the first section @name among @items, or NULL */
const struct conf_node *conf_node_section(const struct conf_node *items,
					  const char *name);

#endif
