// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/table.h"

#include <stdlib.h>

#define FIRST_BUCKETS 64

static size_t bucket_of(const struct ike_table *t, uint64_t key, size_t n_buckets)
{
	uint64_t h = key * t->mix;

	h ^= h >> 32;
	return (size_t)(h * t->mix >> 32) & (n_buckets - 1);
}

bool ike_table_init(struct ike_table *t, uint64_t mix)
{
	t->bucket = calloc(FIRST_BUCKETS, sizeof(struct ike_node *));
	if (!t->bucket)
		return false;
	t->n_buckets = FIRST_BUCKETS;
	t->n = 0;
	t->mix = mix | 1;
	return true;
}

void ike_table_free(struct ike_table *t)
{
	free(t->bucket);
	t->bucket = NULL;
	t->n_buckets = 0;
}

static void grow(struct ike_table *t)
{
	size_t n_buckets = t->n_buckets * 2;
	struct ike_node **bucket = calloc(n_buckets, sizeof(struct ike_node *));
	size_t i;

	if (!bucket)
		return;
	for (i = 0; i < t->n_buckets; i++) {
		struct ike_node *node = t->bucket[i];

		while (node) {
			struct ike_node *next = node->next;
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

void ike_table_add(struct ike_table *t, struct ike_node *node, uint64_t key)
{
	struct ike_node **head;

	if (t->n >= t->n_buckets)
		grow(t);
	head = &t->bucket[bucket_of(t, key, t->n_buckets)];
	node->key = key;
	node->next = *head;
	node->linked = true;
	*head = node;
	t->n++;
}

void ike_table_remove(struct ike_table *t, struct ike_node *node)
{
	struct ike_node **at;

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

uint64_t ike_hash(uint64_t h, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len--)
		h = (h ^ *p++) * 0x100000001b3u;
	return h;
}

static struct ike_node *first_with(struct ike_node *node, uint64_t key)
{
	while (node && node->key != key)
		node = node->next;
	return node;
}

struct ike_node *ike_table_find(const struct ike_table *t, uint64_t key)
{
	return first_with(t->bucket[bucket_of(t, key, t->n_buckets)], key);
}

struct ike_node *ike_table_next(const struct ike_node *node)
{
	return first_with(node->next, node->key);
}
