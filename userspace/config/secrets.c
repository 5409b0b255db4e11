// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared secrets by identity */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "config/secrets.h"
#include "config/value.h"
#include "util/fnv1a.h"

struct conf_secret {
	uint64_t hash;
	struct conf_id ids[2];
	unsigned int n_ids;
	struct conf_pos pos;
	uint8_t psk[CONF_SECRET_MAX];
	uint16_t psk_len;
};

/* The order of two identities is of no matter, so their hashes are added */
static uint64_t ids_hash(const struct conf_id *a, const struct conf_id *b)
{
	return conf_id_hash(FNV1A_BASIS, a) + (b ? conf_id_hash(FNV1A_BASIS, b) : 0);
}

static int compare(const void *a, const void *b)
{
	const struct conf_secret *x = a, *y = b;

	return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static bool ids_same(const struct conf_secret *s, const struct conf_id *a,
		     const struct conf_id *b)
{
	if (!b)
		return s->n_ids == 1 && conf_id_same(&s->ids[0], a);
	if (s->n_ids != 2)
		return false;
	return (conf_id_same(&s->ids[0], a) && conf_id_same(&s->ids[1], b)) ||
		(conf_id_same(&s->ids[0], b) && conf_id_same(&s->ids[1], a));
}

static const struct conf_secret *find(const struct conf_secrets *s,
				      const struct conf_id *a,
				      const struct conf_id *b)
{
	uint64_t hash = ids_hash(a, b);
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->list[mid].hash < hash)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->n && s->list[low].hash == hash; low++)
		if (ids_same(&s->list[low], a, b))
			return &s->list[low];
	return NULL;
}

bool conf_secrets_find(const struct conf_secrets *s,
		       const struct conf_id *local,
		       const struct conf_id *remote, struct conf_auth *to)
{
	const struct conf_secret *found = find(s, local, remote);

	if (!found)
		found = find(s, remote->type ? remote : local, NULL);
	if (!found)
		return false;
	memcpy(to->psk, found->psk, found->psk_len);
	to->psk_len = found->psk_len;
	return true;
}

/* Those of our documentation and examples, which everybody knows */
static const char *const published[] = {
	"this-secret-is-an-example-replace-it",
	"this-secret-is-another-one-replace-it",
	"a secret of at least 8 characters, the same on both sides",
	"a secret shared with gw-b",
	/* in hexadecimal and in base64 there */
	"One of the many secret",
	"One of the many secrets",
};

static void warn_secret(struct conf_tree *t, const struct conf_secret *s,
			const struct conf_text *text)
{
	uint8_t octets[CONF_SECRET_MAX];
	struct conf_why why;
	uint16_t len;
	size_t i;

	for (i = 0; i < sizeof(published) / sizeof(published[0]); i++)
		if (s->psk_len == strlen(published[i]) &&
		    !memcmp(s->psk, published[i], s->psk_len))
			conf_warn_at(t->errors, &text->pos,
				     "this secret is known to everybody, it is an example of the documentation; make one with: openssl rand -base64 32");
	if (!text->quoted ||
	    (strncmp(text->s, "0x", 2) && strncmp(text->s, "0s", 2)))
		return;
	if (conf_parse_secret(text->s, false, octets, &len, &why))
		conf_warn_at(t->errors, &text->pos,
			     "this secret stands in quotes, so it is taken as text; without quotes it would be %s",
			     text->s[1] == 'x' ? "hexadecimal" : "base64");
	OPENSSL_cleanse(octets, sizeof(octets));
}

static bool read_secret(struct conf_tree *t, const struct conf_node *node,
			struct conf_secret *out)
{
	struct conf_why why;
	unsigned int i;

	if (strcmp(node->key.s, "psk") || node->section) {
		conf_error_at(t->errors, &node->key.pos,
			      "only 'psk ID = SECRET' and 'psk ID ID = SECRET' stand in a secrets file");
		return false;
	}
	if (!node->n_args) {
		conf_error_at(t->errors, &node->key.pos,
			      "'psk' needs the identity the secret is for: 'psk ID = SECRET'");
		return false;
	}
	out->pos = node->key.pos;
	for (i = 0; i < node->n_args; i++) {
		if (!conf_parse_id(node->args[i].s, node->n_args > 1,
				   &out->ids[i], &why)) {
			conf_error_at(t->errors, &node->args[i].pos, "%s",
				      why.text);
			return false;
		}
	}
	out->n_ids = node->n_args;
	if (node->n_values != 1) {
		conf_error_at(t->errors, &node->values[1].pos,
			      "one secret is needed; quote a secret with a comma in it");
		return false;
	}
	if (!conf_parse_secret(node->values[0].s, node->values[0].quoted,
			       out->psk, &out->psk_len, &why)) {
		conf_error_at(t->errors, &node->values[0].pos, "%s", why.text);
		return false;
	}
	warn_secret(t, out, &node->values[0]);
	out->hash = ids_hash(&out->ids[0],
			     out->n_ids > 1 ? &out->ids[1] : NULL);
	return true;
}

static void find_duplicates(struct conf_tree *t, const struct conf_secrets *s)
{
	const struct conf_secret *a, *b, *first, *later;
	size_t i, j;

	for (i = 0; i < s->n; i++) {
		for (j = i + 1; j < s->n && s->list[j].hash == s->list[i].hash;
		     j++) {
			a = &s->list[i];
			b = &s->list[j];
			if (!ids_same(a, &b->ids[0],
				      b->n_ids > 1 ? &b->ids[1] : NULL))
				continue;
			first = a->pos.line < b->pos.line ? a : b;
			later = first == a ? b : a;
			conf_error_at(t->errors, &later->pos,
				      "there is a secret for the same identities already, at %s:%u",
				      first->pos.file, first->pos.line);
			break;
		}
	}
}

void conf_secrets_read(struct conf_tree *t, struct conf_secrets *out)
{
	const struct conf_node *node;
	size_t n = 0;

	memset(out, 0, sizeof(*out));
	for (node = t->first; node; node = node->next)
		n++;
	if (!n)
		return;
	out->list = conf_tree_alloc(t, n * sizeof(*out->list));
	if (!out->list)
		return;
	for (node = t->first; node; node = node->next)
		if (read_secret(t, node, &out->list[out->n]))
			out->n++;
		else
			memset(&out->list[out->n], 0, sizeof(*out->list));
	qsort(out->list, out->n, sizeof(*out->list), compare);
	find_duplicates(t, out);
}
