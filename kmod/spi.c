// SPDX-License-Identifier: GPL-2.0-only
#include <linux/random.h>
#include <linux/slab.h>

#include "net.h"
#include "sa.h"
#include "spi.h"

#define INDEX_MASK	(BIT(IKEVTI_SPI_INDEX_BITS) - 1)
#define SLOT_MASK	(IKEVTI_SPI_PAGE_SIZE - 1)

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
	u32 index = spi & INDEX_MASK;
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

/**
 * ikevti_spi_alloc() - give an SA its SPI and make it findable
 * @table: of the namespace
 * @sa: inbound
 *
 * Context: ikevti_mutex. May sleep.
 * Return: 0, -ENOMEM, or -ENOSPC if the table is full.
 */
int ikevti_spi_alloc(struct ikevti_spi_table *table, struct ikevti_sa *sa)
{
	struct ikevti_spi_page *page;
	s64 index = find_slot(table);
	u16 tag;
	u32 i;

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
	do {
		tag = get_random_u32() >> IKEVTI_SPI_INDEX_BITS;
	} while (!tag || tag == page->tag[i]);

	page->tag[i] = tag;
	page->used++;
	sa->spi = (u32)tag << IKEVTI_SPI_INDEX_BITS | index;
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
	u32 index = old->spi & INDEX_MASK;
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
	u32 index = sa->spi & INDEX_MASK;
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
