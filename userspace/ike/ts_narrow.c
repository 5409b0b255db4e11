// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/ts_narrow.h"

#include <string.h>

#include "wire/dump.h"

static sa_family_t family_of(uint8_t type)
{
	return type == IKEV2_TS_IPV4_ADDR_RANGE ? AF_INET : AF_INET6;
}

static bool any_protocol_and_port(const struct wire_ts *ts)
{
	return ts->protocol == 0 && ts->start_port == 0 && ts->end_port == 65535;
}

static void from_wire(struct conf_selector *sel, const struct wire_ts *ts)
{
	size_t len = wire_ts_addr_len(ts->type);

	memset(sel, 0, sizeof(*sel));
	sel->start.family = family_of(ts->type);
	sel->end.family = sel->start.family;
	memcpy(sel->start.ip, ts->start, len);
	memcpy(sel->end.ip, ts->end, len);
}

void ike_ts_build(struct wire_ts_list *list, const struct conf_selector *sel,
		  unsigned int n)
{
	unsigned int i;

	list->n = 0;
	list->skipped = 0;
	for (i = 0; i < n && list->n < WIRE_TS_MAX; i++) {
		struct wire_ts *ts = &list->ts[list->n++];

		memset(ts, 0, sizeof(*ts));
		ts->type = sel[i].start.family == AF_INET ? IKEV2_TS_IPV4_ADDR_RANGE :
							    IKEV2_TS_IPV6_ADDR_RANGE;
		ts->end_port = 65535;
		memcpy(ts->start, sel[i].start.ip, sizeof(ts->start));
		memcpy(ts->end, sel[i].end.ip, sizeof(ts->end));
	}
}

static int compare(const struct net_addr *a, const struct net_addr *b)
{
	return memcmp(a->ip, b->ip, sizeof(a->ip));
}

static bool intersect(struct conf_selector *out, const struct conf_selector *a,
		      const struct conf_selector *b)
{
	if (a->start.family != b->start.family)
		return false;
	out->start = compare(&a->start, &b->start) > 0 ? a->start : b->start;
	out->end = compare(&a->end, &b->end) < 0 ? a->end : b->end;
	return compare(&out->start, &out->end) <= 0;
}

static bool contains(const struct conf_selector *outer, const struct conf_selector *inner)
{
	return outer->start.family == inner->start.family &&
	       compare(&outer->start, &inner->start) <= 0 &&
	       compare(&outer->end, &inner->end) >= 0;
}

/* Keep the list free of ranges that lie within another */
static unsigned int merge(struct conf_selector *out, unsigned int n,
			  const struct conf_selector *sel)
{
	unsigned int kept = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		if (contains(&out[i], sel))
			return n;
	for (i = 0; i < n; i++)
		if (!contains(sel, &out[i]))
			out[kept++] = out[i];
	if (kept < CONF_SELECTORS_MAX)
		out[kept++] = *sel;
	return kept;
}

unsigned int ike_ts_narrow(struct conf_selector *out, const struct wire_ts_list *theirs,
			   const struct conf_selector *ours, unsigned int n_ours)
{
	struct conf_selector common, sel;
	unsigned int i, j, n = 0;

	for (i = 0; i < theirs->n; i++) {
		if (!any_protocol_and_port(&theirs->ts[i]))
			continue;
		from_wire(&sel, &theirs->ts[i]);
		for (j = 0; j < n_ours; j++) {
			memset(&common, 0, sizeof(common));
			if (intersect(&common, &sel, &ours[j]))
				n = merge(out, n, &common);
		}
	}
	return n;
}

unsigned int ike_ts_inside(struct conf_selector *out, const struct wire_ts_list *answer,
			   const struct conf_selector *ours, unsigned int n_ours)
{
	unsigned int i, j, n = 0;

	if (answer->skipped)
		return 0;
	for (i = 0; i < answer->n; i++) {
		struct conf_selector sel;

		if (!any_protocol_and_port(&answer->ts[i]))
			return 0;
		from_wire(&sel, &answer->ts[i]);
		for (j = 0; j < n_ours; j++)
			if (contains(&ours[j], &sel))
				break;
		if (j == n_ours)
			return 0;
		n = merge(out, n, &sel);
	}
	return n;
}

bool ike_ts_common_family(const struct conf_selector *a, unsigned int n_a,
			  const struct conf_selector *b, unsigned int n_b)
{
	unsigned int i, j;

	for (i = 0; i < n_a; i++)
		for (j = 0; j < n_b; j++)
			if (a[i].start.family == b[j].start.family)
				return true;
	return false;
}

static bool is_whole(const struct conf_selector *sel)
{
	size_t len = net_addr_len(&sel->start);
	size_t i;

	for (i = 0; i < len; i++)
		if (sel->start.ip[i] != 0 || sel->end.ip[i] != 0xff)
			return false;
	return true;
}

bool ike_ts_everything(const struct conf_selector *sel, unsigned int n)
{
	bool v4 = false, v6 = false;
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!is_whole(&sel[i]))
			continue;
		if (sel[i].start.family == AF_INET)
			v4 = true;
		else
			v6 = true;
	}
	return v4 && v6;
}

const char *ike_ts_text(const struct conf_selector *sel, unsigned int n, char *buf,
			size_t size)
{
	struct wire_ts_list list;

	ike_ts_build(&list, sel, n);
	return wire_dump_ts(buf, size, &list);
}
