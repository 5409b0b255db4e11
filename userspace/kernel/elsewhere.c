// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers for devices that were moved into other network namespaces */
#include "kernel/elsewhere.h"

#include <stdlib.h>
#include <string.h>

uint32_t elsewhere_number(struct elsewhere *e, int32_t nsid, uint32_t ifindex)
{
	uint32_t i;

	for (i = 0; i < e->n; i++)
		if (e->list[i].nsid == nsid && e->list[i].ifindex == ifindex)
			return ELSEWHERE | i;
	if (e->n == e->cap) {
		uint32_t cap = e->cap ? e->cap * 2 : 8;
		void *list = cap < ELSEWHERE ?
			     reallocarray(e->list, cap, sizeof(*e->list)) : NULL;

		if (!list)
			return 0;
		e->list = list;
		e->cap = cap;
	}
	e->list[e->n].nsid = nsid;
	e->list[e->n].ifindex = ifindex;
	return ELSEWHERE | e->n++;
}

const struct elsewhere_place *elsewhere_place(const struct elsewhere *e,
					      uint32_t number)
{
	if (!(number & ELSEWHERE) || (number & ~ELSEWHERE) >= e->n)
		return NULL;
	return &e->list[number & ~ELSEWHERE];
}

void elsewhere_free(struct elsewhere *e)
{
	free(e->list);
	memset(e, 0, sizeof(*e));
}
