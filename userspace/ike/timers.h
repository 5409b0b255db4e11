/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Timers embedded in what they belong to, in one heap by time */
#ifndef IKE_TIMERS_H
#define IKE_TIMERS_H

#include "ike/ike.h"

#define IKE_NEVER UINT64_MAX

struct ike_timer {
	ike_time at;
	size_t slot;		/* 1-based place in the heap, 0: not armed */
	void (*fire)(struct ike_engine *e, struct ike_timer *t);
};

struct ike_timers {
	struct ike_timer **heap;
	size_t n;
	size_t cap;
	size_t reserved;
};

/**
 * ike_timers_reserve() - make room for @n more timers, so that arming never
 * fails; taken back with ike_timers_release(). Return: false without memory
 */
bool ike_timers_reserve(struct ike_timers *ts, size_t n);
void ike_timers_release(struct ike_timers *ts, size_t n);

/** ike_timer_arm() - set or move a timer; IKE_NEVER stops it */
void ike_timer_arm(struct ike_timers *ts, struct ike_timer *t, ike_time at);
void ike_timer_stop(struct ike_timers *ts, struct ike_timer *t);

/** ike_timers_due() - take out the first timer due at @now, NULL: none */
struct ike_timer *ike_timers_due(struct ike_timers *ts, ike_time now);
void ike_timers_free(struct ike_timers *ts);

#endif
