/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The secrets file: `psk ID = SECRET` and `psk ID ID = SECRET` */
#ifndef CONFIG_SECRETS_H
#define CONFIG_SECRETS_H

#include "config/tree.h"

struct conf_secret;

/* Lives in the tree it was read from */
struct conf_secrets {
	struct conf_secret *list;	/* sorted by hash */
	size_t n;
};

/** conf_secrets_read() - take all secrets out of a parsed secrets file */
void conf_secrets_read(struct conf_tree *t, struct conf_secrets *out);

/**
 * conf_secrets_find() - the secret that @local and @remote share
 *
 * One given for both identities is preferred to one for the remote identity
 * alone. A remote identity of "any" is served by "psk LOCAL".
 *
 * Return: false when there is none
 */
bool conf_secrets_find(const struct conf_secrets *s,
		       const struct conf_id *local,
		       const struct conf_id *remote, struct conf_auth *to);

#endif
