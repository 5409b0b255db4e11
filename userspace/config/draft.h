/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration while it is read: its values and where each stands */
#ifndef CONFIG_DRAFT_H
#define CONFIG_DRAFT_H

#include "config/schema.h"
#include "config/secrets.h"

/* Where a tunnel of the draft stands */
struct conf_draft_tunnel {
	const struct conf_node *node;
	const struct conf_node *local;	/* its items; NULL: none */
	const struct conf_node *remote;
	const struct conf_node *paths[CONF_PATHS_MAX];
};

struct conf_draft {
	struct conf_tree tree;
	struct conf_tree secret_tree;
	struct conf_secrets secrets;
	struct conf_errors *errors;
	struct conf *conf;
	struct conf_draft_tunnel *places;	/* beside conf->tunnels */
	size_t cap;
	const char *secrets_name;		/* for messages */
	bool no_secrets;			/* there is no such file */
	bool no_memory;
};

/** conf_build() - tree -> conf, value by value */
void conf_build(struct conf_draft *d);

/** conf_validate() - what single values cannot tell; looks secrets up too */
void conf_validate(struct conf_draft *d);

#endif
