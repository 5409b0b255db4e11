// SPDX-License-Identifier: GPL-2.0-or-later
#include "util/table.h"

#include <stdlib.h>

#define FIRST_BUCKETS 64

static size_t bucket_of(const struct table *t, uint64_t key, size_t n_buckets)
{
	uint64_t h = key * t->mix;

	h ^= h >> 32;
	return (size_t)(h * t->mix >> 32) & (n_buckets - 1);
}

bool table_init(struct table *t, uint64_t mix)
{
	t->bucket = calloc(FIRST_BUCKETS, sizeof(struct table_node *));
	if (!t->bucket)
		return false;
	t->n_buckets = FIRST_BUCKETS;
	t->n = 0;
	t->mix = mix | 1;
	return true;
}

void table_free(struct table *t)
{
	free(t->bucket);
	t->bucket = NULL;
	t->n_buckets = 0;
}

static void grow(struct table *t)
{
	size_t n_buckets = t->n_buckets * 2;
	struct table_node **bucket = calloc(n_buckets, sizeof(struct table_node *));
	size_t i;

	if (!bucket)
		return;
	for (i = 0; i < t->n_buckets; i++) {
		struct table_node *node = t->bucket[i];

		while (node) {
			struct table_node *next = node->next;
			size_t to = bucket_of(t, node->key, n_buckets);

			node->next = bucket[to];
			bucket[to] = node;
			node = next;
		}
	}
	free(t->bucket);
	t->bucket = bucket;
	t->n_buckets = n_buckets;
}

void table_add(struct table *t, struct table_node *node, uint64_t key)
{
	struct table_node **head;

	if (t->n >= t->n_buckets)
		grow(t);
	head = &t->bucket[bucket_of(t, key, t->n_buckets)];
	node->key = key;
	node->next = *head;
	node->linked = true;
	*head = node;
	t->n++;
}

void table_remove(struct table *t, struct table_node *node)
{
	struct table_node **at;

	if (!node->linked)
		return;
	at = &t->bucket[bucket_of(t, node->key, t->n_buckets)];
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	node->next = NULL;
	node->linked = false;
	t->n--;
}

static struct table_node *first_with(struct table_node *node, uint64_t key)
{
	while (node && node->key != key)
		node = node->next;
	return node;
}

struct table_node *table_find(const struct table *t, uint64_t key)
{
	return first_with(t->bucket[bucket_of(t, key, t->n_buckets)], key);
}

struct table_node *table_next(const struct table_node *node)
{
	return first_with(node->next, node->key);
}
