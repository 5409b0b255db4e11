/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Do packets come in bursts? Then they wait for each other, per CPU: what
 * brings them is one softirq poll, and a poll of ours comes right after it. A
 * packet that comes alone must not wait, nor pay for a poll. So there are two
 * states:
 *
 * - gathering: packets are queued, the poll takes them. If it finds only one,
 *   several times in a row, that ends.
 * - not gathering: packets are handled at once. Every now and then a poll is
 *   asked for, which sees whether others have followed in the meantime: then it
 *   was a burst, and gathering begins.
 */
#ifndef _IKEVTI_GATHER_H
#define _IKEVTI_GATHER_H

#include <linux/compiler.h>
#include <linux/types.h>

#define IKEVTI_LOOK_AFTER	17	/* packets; odd, as bursts often are of 2^n */
#define IKEVTI_LOOK_MAX		287
#define IKEVTI_LONE_MAX		4	/* polls */

/**
 * struct ikevti_gather - what is known about a queue's packets
 * @on: packets are queued
 * @looking: the poll was asked for to see whether others follow
 * @every: how many packets may pass before the next look
 * @count: packets since that, or since the last poll, or look
 * @lone: how often in a row a poll had only one
 *
 * A poll in a thread may be on another CPU than its queue's: what it then
 * misses costs speed, no more.
 */
struct ikevti_gather {
	bool on;
	bool looking;
	unsigned int every;
	unsigned int count;
	unsigned int lone;
};

/**
 * ikevti_gather_init() - packets come alone, as far as is known
 * @g: zeroed
 */
static inline void ikevti_gather_init(struct ikevti_gather *g)
{
	g->every = IKEVTI_LOOK_AFTER;
}

/**
 * ikevti_gather_count() - packets were queued
 * @g: state
 * @n: how many
 */
static inline void ikevti_gather_count(struct ikevti_gather *g, unsigned int n)
{
	WRITE_ONCE(g->count, g->count + n);
}

/**
 * ikevti_gather_look() - a packet was handled at once
 * @g: state
 *
 * Return: true if the poll is to be asked for, to look for others.
 */
static inline bool ikevti_gather_look(struct ikevti_gather *g)
{
	ikevti_gather_count(g, 1);
	if (READ_ONCE(g->looking) || g->count < READ_ONCE(g->every))
		return false;
	WRITE_ONCE(g->count, 0);
	WRITE_ONCE(g->looking, true);
	return true;
}

/**
 * ikevti_gather_polled() - the poll is here
 * @g: state
 */
static inline void ikevti_gather_polled(struct ikevti_gather *g)
{
	unsigned int count = READ_ONCE(g->count);

	WRITE_ONCE(g->count, 0);
	if (!READ_ONCE(g->looking)) {
		if (count > 1)
			g->lone = 0;
		else if (count && ++g->lone >= IKEVTI_LONE_MAX)
			WRITE_ONCE(g->on, false);
		return;
	}
	WRITE_ONCE(g->looking, false);
	if (count) {
		WRITE_ONCE(g->every, IKEVTI_LOOK_AFTER);
		g->lone = 0;
		WRITE_ONCE(g->on, true);
	} else if (g->every < IKEVTI_LOOK_MAX) {
		/* Seldom, where it is always in vain; odd, as before */
		WRITE_ONCE(g->every, 2 * g->every + 1);
	}
}

#endif /* _IKEVTI_GATHER_H */
