// SPDX-License-Identifier: GPL-2.0-or-later
/* Loading a configuration, and its references */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/draft.h"

#define SECRETS_DEFAULT "secrets.conf"

static void tunnel_free(struct conf_tunnel *t)
{
	OPENSSL_cleanse(t, sizeof(*t));
	free(t);
}

struct conf_tunnel *conf_tunnel_ref(struct conf_tunnel *t)
{
	if (t)
		t->refs++;
	return t;
}

void conf_tunnel_unref(struct conf_tunnel *t)
{
	if (t && !--t->refs)
		tunnel_free(t);
}

struct conf *conf_ref(struct conf *c)
{
	if (c)
		c->refs++;
	return c;
}

void conf_unref(struct conf *c)
{
	size_t i;

	if (!c || --c->refs)
		return;
	for (i = 0; i < c->n_tunnels; i++)
		conf_tunnel_unref(c->tunnels[i]);
	free(c->tunnels);
	free(c->by_name);
	free(c);
}

struct conf_tunnel *conf_find_tunnel(const struct conf *c, const char *name)
{
	size_t low = 0, high = c->n_tunnels;
	int r;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		r = strcmp(c->by_name[mid]->name, name);
		if (!r)
			return c->by_name[mid];
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static bool draft_init(struct conf_draft *d, struct conf_errors *errors)
{
	memset(d, 0, sizeof(*d));
	memset(errors, 0, sizeof(*errors));
	d->errors = errors;
	conf_tree_init(&d->tree, errors);
	conf_tree_init(&d->secret_tree, errors);
	d->secret_tree.secret = true;
	d->secrets_name = "the secrets file";
	d->conf = calloc(1, sizeof(*d->conf));
	if (!d->conf) {
		conf_error_at(errors, NULL, "out of memory");
		return false;
	}
	d->conf->refs = 1;
	return true;
}

/* Everything is read: make the configuration of it, or say what is wrong */
static struct conf *draft_finish(struct conf_draft *d)
{
	struct conf *c = d->conf;
	size_t before = d->errors->n;

	conf_secrets_read(&d->secret_tree, &d->secrets);
	d->secret_tree.broken |= d->errors->n > before;
	conf_build(d);
	conf_validate(d);
	if (d->errors->n || d->errors->more || d->no_memory ||
	    d->tree.no_memory || d->secret_tree.no_memory) {
		conf_unref(c);
		c = NULL;
	}
	conf_errors_sort(d->errors);
	free(d->places);
	conf_tree_free(&d->tree);
	conf_tree_free(&d->secret_tree);
	return c;
}

/* The file named by `secrets = FILE`, or the one beside the configuration */
static void read_secrets(struct conf_draft *d, const char *path)
{
	const struct conf_node *key = conf_node_key(d->tree.first, "secrets");
	struct conf_text name = { .s = SECRETS_DEFAULT };
	size_t before = d->errors->n;
	const char *full;

	name.pos.file = path;
	if (key)
		name = key->values[0];
	full = conf_tree_resolve(&d->tree, &name);
	if (!full)
		return;
	d->secrets_name = full;
	d->no_secrets = !conf_tree_read_file(&d->secret_tree, full,
					     key ? &name.pos : NULL, !key) &&
			d->errors->n == before;
	d->secret_tree.broken |= d->errors->n > before;
}

struct conf *conf_load(const char *path, struct conf_errors *errors)
{
	struct conf_draft d;

	if (!draft_init(&d, errors))
		return NULL;
	if (conf_tree_read_file(&d.tree, path, NULL, false))
		read_secrets(&d, path);
	return draft_finish(&d);
}

struct conf *conf_load_text(const char *name, const char *text, size_t len,
			    const char *secrets, size_t secrets_len,
			    struct conf_errors *errors)
{
	const struct conf_node *key;
	struct conf_draft d;

	if (!draft_init(&d, errors))
		return NULL;
	d.tree.no_files = true;
	d.secret_tree.no_files = true;
	conf_tree_parse(&d.tree, name, text, len, 0);
	if (secrets)
		conf_tree_parse(&d.secret_tree, "secrets", secrets,
				secrets_len, 0);
	key = conf_node_key(d.tree.first, "secrets");
	if (key)
		conf_error_at(errors, &key->key.pos,
			      "no file can be named here");
	return draft_finish(&d);
}
