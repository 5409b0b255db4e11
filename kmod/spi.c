// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>
#include <net/xfrm.h>

#include "net.h"
#include "sa.h"
#include "spi.h"

#define SLOT_MASK	(IKEVTI_SPI_PAGE_SIZE - 1)
#define SPI_MIN		256	/* RFC 4303 section 2.1 */
#define TRIES		16

/*
 * A permutation of 32 bits: multiplications by odd factors, and a shift of one
 * half onto the other, which undoes itself. Not a cipher that resists analysis:
 * who sees many of his own SPIs and finds the key has the random part to guess.
 */
static u32 decode(const struct ikevti_spi_table *table, u32 spi)
{
	u32 x = (spi ^ table->key[0]) * table->key[1];

	x ^= x >> 16;
	return x * table->key[2];
}

static u32 encode(const struct ikevti_spi_table *table, u32 x)
{
	x *= table->inverse[1];
	x ^= x >> 16;
	return (x * table->inverse[0]) ^ table->key[0];
}

static u32 index_of(const struct ikevti_spi_table *table, u32 spi)
{
	return decode(table, spi) >> IKEVTI_SPI_TAG_BITS;
}

/* Of an odd number modulo 2^32: each step doubles the bits that are right */
static u32 inverse_of(u32 factor)
{
	u32 x = factor;
	int bits;

	for (bits = 3; bits < 32; bits *= 2)
		x *= 2 - factor * x;
	return x;
}

/**
 * ikevti_spi_init() - make an empty table
 * @table: of a new namespace, zeroed
 */
void ikevti_spi_init(struct ikevti_spi_table *table)
{
	unsigned int i;

	get_random_bytes(table->key, sizeof(table->key));
	for (i = 0; i < ARRAY_SIZE(table->inverse); i++) {
		table->key[i + 1] |= 1;
		table->inverse[i] = inverse_of(table->key[i + 1]);
	}
}

static struct ikevti_spi_page *page_of(const struct ikevti_spi_table *table,
				       u32 nr)
{
	return rcu_dereference_protected(table->page[nr],
					 lockdep_is_held(&ikevti_mutex));
}

/**
 * ikevti_spi_lookup() - find an inbound SA
 * @table: of the namespace
 * @spi: from the packet
 *
 * Context: RCU read side, or ikevti_mutex held.
 * Return: the SA or NULL.
 */
struct ikevti_sa *ikevti_spi_lookup(const struct ikevti_spi_table *table,
				    u32 spi)
{
	u32 index = index_of(table, spi);
	struct ikevti_spi_page *page;
	struct ikevti_sa *sa;

	page = rcu_dereference_check(table->page[index >> IKEVTI_SPI_PAGE_BITS],
				     lockdep_is_held(&ikevti_mutex));
	if (!page)
		return NULL;
	sa = rcu_dereference_check(page->slot[index & SLOT_MASK],
				   lockdep_is_held(&ikevti_mutex));
	return sa && sa->spi == spi ? sa : NULL;
}

static bool slot_free(const struct ikevti_spi_page *page, u32 i, u32 now)
{
	if (rcu_access_pointer(page->slot[i]))
		return false;
	return !page->freed_at[i] ||
	       now - page->freed_at[i] >= IKEVTI_SPI_QUARANTINE;
}

/* Where to put one more SA, -1 if all pages are taken or too fresh */
static s64 find_slot(struct ikevti_spi_table *table)
{
	u32 total = table->pages << IKEVTI_SPI_PAGE_BITS;
	u32 now = ikevti_seconds();
	u32 left, index;

	for (left = total; left; left--) {
		struct ikevti_spi_page *page;

		index = table->cursor + 1;
		if (index >= total)
			index = 0;
		table->cursor = index;
		page = page_of(table, index >> IKEVTI_SPI_PAGE_BITS);
		if (slot_free(page, index & SLOT_MASK, now))
			return index;
	}
	return -1;
}

/*
 * Is the SPI one of xfrm's? Ours is asked first, and would hide it. What xfrm
 * takes later it takes without asking: one in 2^32 for each pair.
 */
static bool xfrm_has(struct net *net, u32 spi)
{
	static const u16 families[] = { AF_INET, AF_INET6 };
	struct xfrm_state *x = NULL;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(families) && !x; i++)
		x = xfrm_state_lookup_byspi(net, htonl(spi), families[i]);
	if (x)
		xfrm_state_put(x);
	return x;
}

/* Another SPI than before for a slot, 0 if there is no good one to be had */
static u32 draw_spi(const struct ikevti_spi_table *table, struct net *net,
		    u32 index, u16 *tag)
{
	u16 last = *tag;
	unsigned int i;
	u32 spi;

	for (i = 0; i < TRIES; i++) {
		*tag = get_random_u32() >> IKEVTI_SPI_INDEX_BITS;
		spi = encode(table, index << IKEVTI_SPI_TAG_BITS | *tag);
		if (*tag != last && spi >= SPI_MIN && !xfrm_has(net, spi))
			return spi;
	}
	*tag = last;
	return 0;
}

/**
 * ikevti_spi_alloc() - give an SA its SPI and make it findable
 * @table: of the namespace
 * @sa: inbound
 * @net: the namespace
 *
 * Context: ikevti_mutex. May sleep.
 * Return: 0, -ENOMEM, or -ENOSPC if the table is full.
 */
int ikevti_spi_alloc(struct ikevti_spi_table *table, struct ikevti_sa *sa,
		     struct net *net)
{
	struct ikevti_spi_page *page;
	s64 index = find_slot(table);
	u32 i, spi;

	if (index < 0) {
		if (table->pages == IKEVTI_SPI_PAGES)
			return -ENOSPC;
		page = kvzalloc(sizeof(*page), GFP_KERNEL_ACCOUNT);
		if (!page)
			return -ENOMEM;
		index = table->pages << IKEVTI_SPI_PAGE_BITS;
		table->cursor = index;
		rcu_assign_pointer(table->page[table->pages++], page);
	}

	page = page_of(table, index >> IKEVTI_SPI_PAGE_BITS);
	i = index & SLOT_MASK;
	spi = draw_spi(table, net, index, &page->tag[i]);
	if (!spi)
		return -ENOSPC;
	page->used++;
	sa->spi = spi;
	rcu_assign_pointer(page->slot[i], sa);
	return 0;
}

/**
 * ikevti_spi_replace() - put another SA in the place of one
 * @table: of the namespace
 * @old: in the table
 * @sa: with the same SPI
 *
 * Context: ikevti_mutex. Readers may hold @old for a grace period more.
 */
void ikevti_spi_replace(struct ikevti_spi_table *table,
			const struct ikevti_sa *old, struct ikevti_sa *sa)
{
	u32 index = index_of(table, old->spi);
	struct ikevti_spi_page *page;

	page = page_of(table, index >> IKEVTI_SPI_PAGE_BITS);
	rcu_assign_pointer(page->slot[index & SLOT_MASK], sa);
}

/**
 * ikevti_spi_free() - make an SA unfindable
 * @table: of the namespace
 * @sa: inbound, with an SPI
 *
 * Context: ikevti_mutex. Readers may hold @sa for a grace period more.
 */
void ikevti_spi_free(struct ikevti_spi_table *table, struct ikevti_sa *sa)
{
	u32 index = index_of(table, sa->spi);
	struct ikevti_spi_page *page;
	u32 i = index & SLOT_MASK;

	page = page_of(table, index >> IKEVTI_SPI_PAGE_BITS);
	page->freed_at[i] = ikevti_seconds() ?: 1;
	page->used--;
	RCU_INIT_POINTER(page->slot[i], NULL);
}

/**
 * ikevti_spi_destroy() - free the table's memory
 * @table: empty; nobody allocates from it any more
 *
 * A dying namespace's devices still receive while this runs, so the memory
 * goes after a grace period.
 */
void ikevti_spi_destroy(struct ikevti_spi_table *table)
{
	struct ikevti_spi_page *page;
	unsigned int i;

	for (i = 0; i < table->pages; i++) {
		page = rcu_replace_pointer(table->page[i], NULL, true);
		kvfree_rcu(page, rcu);
	}
}
