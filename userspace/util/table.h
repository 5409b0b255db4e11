/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An intrusive hash table keyed by 64-bit numbers */
#ifndef UTIL_TABLE_H
#define UTIL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

struct table_node {
	struct table_node *next;
	uint64_t key;
	bool linked;
};

struct table {
	struct table_node **bucket;
	size_t n_buckets;	/* a power of two */
	size_t n;
	uint64_t mix;		/* odd, and random where peers choose keys */
};

/** table_init() - false without memory; @mix is made odd */
bool table_init(struct table *t, uint64_t mix);
void table_free(struct table *t);

/** table_add() - never fails: without memory the chains grow instead */
void table_add(struct table *t, struct table_node *node, uint64_t key);

/** table_remove() - a node that is not linked is left alone */
void table_remove(struct table *t, struct table_node *node);

/** table_find() - first node with @key, NULL when there is none */
struct table_node *table_find(const struct table *t, uint64_t key);

/** table_next() - the next one with the same key */
struct table_node *table_next(const struct table_node *node);

#endif
