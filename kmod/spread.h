/* SPDX-License-Identifier: GPL-2.0-only */
/* What many CPUs do beside each other, and what ends in the order it began */
#ifndef _IKEVTI_SPREAD_H
#define _IKEVTI_SPREAD_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* Jobs of a queue that may be under way */
#define IKEVTI_SPREAD_MAX	128
/* Order is kept by path, of which several may share an entry; a power of 2 */
#define IKEVTI_SPREAD_HASH	8
/* Packets for which another CPU is worth asking */
#define IKEVTI_SPREAD_MIN	8

/**
 * struct ikevti_spread - jobs in their order
 * @lock: protects @jobs, @n, @passing
 * @jobs: not ended yet, oldest first
 * @n: how many of them, and of those being ended, there are
 * @passing: who sends by itself, having begun when there were no jobs
 * @cpu: CPU where they end
 * @finish: ends jobs; on @cpu
 */
struct ikevti_spread {
	spinlock_t lock;	/* protects @jobs, @n and @passing */
	struct list_head jobs;
	unsigned int n;
	unsigned int passing;
	int cpu;
	struct work_struct *finish;
};

/**
 * struct ikevti_spread_job - one of them
 * @list: in ikevti_spread.jobs
 * @work: does it
 * @queue: its queue, which lives longer than it
 * @run: what is to be done, on any CPU; BH disabled
 * @done: it was; under the queue's lock
 */
struct ikevti_spread_job {
	struct list_head list;
	struct work_struct work;
	struct ikevti_spread *queue;
	void (*run)(struct ikevti_spread_job *job);
	bool done;
};

/* Is there anything that what comes now must not overtake? */
static inline bool ikevti_spread_busy(const struct ikevti_spread *q)
{
	return READ_ONCE(q->n);
}

static inline bool ikevti_spread_full(const struct ikevti_spread *q)
{
	return READ_ONCE(q->n) >= IKEVTI_SPREAD_MAX;
}

int ikevti_spread_start(void);
void ikevti_spread_stop(void);
void ikevti_spread_init(struct ikevti_spread *q, struct work_struct *finish);
void ikevti_spread_add(struct ikevti_spread *q, struct ikevti_spread_job *job,
		       void (*run)(struct ikevti_spread_job *job));
struct ikevti_spread_job *ikevti_spread_next(struct ikevti_spread *q);
void ikevti_spread_end(struct ikevti_spread *q);
bool ikevti_spread_pass(struct ikevti_spread *q);
void ikevti_spread_passed(struct ikevti_spread *q);

#endif /* _IKEVTI_SPREAD_H */
