/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An intrusive hash table keyed by 64-bit numbers, and a list helper */
#ifndef IKE_TABLE_H
#define IKE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define ike_container(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* As the BSDs have it; glibc's sys/queue.h does not */
#define IKE_TAILQ_EACH_SAFE(var, head, field, next)			\
	for ((var) = TAILQ_FIRST(head);					\
	     (var) && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))

struct ike_node {
	struct ike_node *next;
	uint64_t key;
	bool linked;
};

struct ike_table {
	struct ike_node **bucket;
	size_t n_buckets;	/* a power of two */
	size_t n;
	uint64_t mix;		/* odd and random: peers choose some keys */
};

/** ike_table_init() - false without memory; @mix is made odd */
bool ike_table_init(struct ike_table *t, uint64_t mix);
void ike_table_free(struct ike_table *t);

/** ike_table_add() - never fails: without memory the chains grow instead */
void ike_table_add(struct ike_table *t, struct ike_node *node, uint64_t key);

/** ike_table_remove() - a node that is not linked is left alone */
void ike_table_remove(struct ike_table *t, struct ike_node *node);

/** ike_table_find() - first node with @key, NULL when there is none */
struct ike_node *ike_table_find(const struct ike_table *t, uint64_t key);

/** ike_table_next() - the next one with the same key */
struct ike_node *ike_table_next(const struct ike_node *node);

#define IKE_HASH_FIRST 0xcbf29ce484222325u

/** ike_hash() - FNV-1a over @len octets, going on from @h: for keys of our own only */
uint64_t ike_hash(uint64_t h, const void *data, size_t len);

#endif
