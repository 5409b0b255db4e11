/* SPDX-License-Identifier: GPL-2.0-only */
/* Inbound SAs by SPI, and the allocation of SPIs */
#ifndef _IKEVTI_SPI_H
#define _IKEVTI_SPI_H

#include <linux/rcupdate.h>
#include <linux/types.h>

struct ikevti_sa;
struct net;

/*
 * An SPI is an 18-bit index over 14 random bits, encrypted: two array accesses
 * find its SA, and nobody can tell from an SPI what others may be. Who forges
 * an ICMP error about an SA has to guess all of its SPI. The random part
 * differs from the slot's previous one.
 */
#define IKEVTI_SPI_PAGE_BITS	9
#define IKEVTI_SPI_INDEX_BITS	18
#define IKEVTI_SPI_PAGE_SIZE	BIT(IKEVTI_SPI_PAGE_BITS)
#define IKEVTI_SPI_TAG_BITS	(32 - IKEVTI_SPI_INDEX_BITS)
#define IKEVTI_SPI_PAGES	BIT(IKEVTI_SPI_INDEX_BITS - IKEVTI_SPI_PAGE_BITS)
/* Seconds before a slot is used again: the peer may still send to it */
#define IKEVTI_SPI_QUARANTINE	300

/**
 * struct ikevti_spi_page - a page of slots
 * @rcu: frees
 * @slot: the SA of each slot, RCU
 * @used: slots taken
 * @freed_at: when each slot was last emptied, seconds since boot, 0 never
 * @tag: random part each slot had last
 */
struct ikevti_spi_page {
	struct rcu_head rcu;
	struct ikevti_sa __rcu *slot[IKEVTI_SPI_PAGE_SIZE];
	unsigned int used;
	u32 freed_at[IKEVTI_SPI_PAGE_SIZE];
	u16 tag[IKEVTI_SPI_PAGE_SIZE];
};

/**
 * struct ikevti_spi_table - the slots of a namespace
 * @page: pages, made when needed, freed with the table, RCU
 * @pages: how many there are
 * @cursor: where the last allocation was made
 * @key: secret of the permutation
 * @inverse: of the two of @key that are factors
 */
struct ikevti_spi_table {
	struct ikevti_spi_page __rcu *page[IKEVTI_SPI_PAGES];
	unsigned int pages;
	u32 cursor;
	u32 key[3];
	u32 inverse[2];
};

void ikevti_spi_init(struct ikevti_spi_table *table);
int ikevti_spi_alloc(struct ikevti_spi_table *table, struct ikevti_sa *sa,
		     struct net *net);
void ikevti_spi_replace(struct ikevti_spi_table *table,
			const struct ikevti_sa *old, struct ikevti_sa *sa);
void ikevti_spi_free(struct ikevti_spi_table *table, struct ikevti_sa *sa);
void ikevti_spi_destroy(struct ikevti_spi_table *table);
struct ikevti_sa *ikevti_spi_lookup(const struct ikevti_spi_table *table,
				    u32 spi);

#endif /* _IKEVTI_SPI_H */
