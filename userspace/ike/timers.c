// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/timers.h"

#include <stdlib.h>

static void place(struct ike_timers *ts, size_t slot, struct ike_timer *t)
{
	ts->heap[slot - 1] = t;
	t->slot = slot;
}

static void sift_up(struct ike_timers *ts, size_t slot, struct ike_timer *t)
{
	while (slot > 1 && ts->heap[slot / 2 - 1]->at > t->at) {
		place(ts, slot, ts->heap[slot / 2 - 1]);
		slot /= 2;
	}
	place(ts, slot, t);
}

static void sift_down(struct ike_timers *ts, size_t slot, struct ike_timer *t)
{
	for (;;) {
		size_t child = slot * 2;

		if (child > ts->n)
			break;
		if (child < ts->n && ts->heap[child]->at < ts->heap[child - 1]->at)
			child++;
		if (ts->heap[child - 1]->at >= t->at)
			break;
		place(ts, slot, ts->heap[child - 1]);
		slot = child;
	}
	place(ts, slot, t);
}

bool ike_timers_reserve(struct ike_timers *ts, size_t n)
{
	if (ts->reserved + n > ts->cap) {
		size_t cap = ts->cap ? ts->cap * 2 : 64;
		struct ike_timer **heap;

		while (cap < ts->reserved + n)
			cap *= 2;
		heap = realloc(ts->heap, cap * sizeof(struct ike_timer *));
		if (!heap)
			return false;
		ts->heap = heap;
		ts->cap = cap;
	}
	ts->reserved += n;
	return true;
}

void ike_timers_release(struct ike_timers *ts, size_t n)
{
	ts->reserved -= n;
}

void ike_timer_stop(struct ike_timers *ts, struct ike_timer *t)
{
	size_t slot = t->slot;
	struct ike_timer *last;

	if (!slot)
		return;
	t->slot = 0;
	last = ts->heap[--ts->n];
	if (last == t)
		return;
	if (slot > 1 && ts->heap[slot / 2 - 1]->at > last->at)
		sift_up(ts, slot, last);
	else
		sift_down(ts, slot, last);
}

void ike_timer_arm(struct ike_timers *ts, struct ike_timer *t, ike_time at)
{
	ike_timer_stop(ts, t);
	t->at = at;
	if (at == IKE_NEVER)
		return;
	ts->n++;
	sift_up(ts, ts->n, t);
}

struct ike_timer *ike_timers_due(struct ike_timers *ts, ike_time now)
{
	struct ike_timer *t;

	if (!ts->n || ts->heap[0]->at > now)
		return NULL;
	t = ts->heap[0];
	ike_timer_stop(ts, t);
	return t;
}

void ike_timers_free(struct ike_timers *ts)
{
	free(ts->heap);
	ts->heap = NULL;
	ts->n = 0;
	ts->cap = 0;
}
