// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bursts that other CPUs decrypt (spread.c). A job has a burst of its own, with
 * the memory that its TCP runs are built in. It ends in the queue's NAPI: there
 * the packets enter the window, in their order, and are delivered.
 *
 * Nothing found under RCU is kept but the SA, as the one that decrypted: it
 * has to be in force still when the job ends.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "burst.h"
#include "dev.h"
#include "sa.h"

/**
 * struct job - a burst
 * @spread: in the queue's order
 * @sa: SA that the packets are of, kept
 * @pending: in ikevti_rxq.pending
 * @n_held: batches that packets are part of
 * @held: they, with a reference
 * @burst: the packets
 */
struct job {
	struct ikevti_spread_job spread;
	struct ikevti_sa *sa;
	u8 *pending;
	unsigned int n_held;
	struct sk_buff *held[IKEVTI_BURST];
	struct ikevti_burst burst;
};

static void open(struct ikevti_spread_job *spread)
{
	struct job *job = container_of(spread, struct job, spread);

	rcu_read_lock();
	if (likely(ikevti_burst_sa(&job->burst) == job->sa))
		ikevti_burst_open(&job->burst, job->sa);
	else
		ikevti_burst_drop(&job->burst, IKEVTI_STAT_A_RX_EXPIRED);
	rcu_read_unlock();
}

/* The batches that units are segments of stay where they are */
static void hold_batches(struct job *job)
{
	const struct sk_buff *last = NULL, *skb;
	unsigned int i;

	job->n_held = 0;
	for (i = 0; i < job->burst.n; i++) {
		skb = job->burst.unit[i].outer;
		if (job->burst.unit[i].state != IKEVTI_UNIT_SEGMENT ||
		    skb == last)
			continue;
		job->held[job->n_held++] = skb_get((struct sk_buff *)skb);
		last = skb;
	}
}

/* Move a burst to a job. Context: RCU read side. */
static struct job *make_job(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	struct job *job;

	if (!ikevti_sa_job_begin(sa))
		return NULL;
	job = kmalloc(sizeof(*job), GFP_ATOMIC | __GFP_NOWARN);
	if (!job) {
		ikevti_sa_job_end(sa);
		return NULL;
	}
	job->sa = sa;
	job->burst.rxq = b->rxq;
	job->burst.idev = b->idev;
	job->burst.stream.base = NULL;
	job->burst.stream.first = NULL;
	job->burst.stream.likely = b->stream.likely;
	job->burst.n = b->n;
	job->burst.bytes = b->bytes;
	job->burst.spi = b->spi;
	memcpy(job->burst.unit, b->unit, b->n * sizeof(b->unit[0]));
	hold_batches(job);
	dev_hold(b->idev->dev);
	return job;
}

/**
 * ikevti_spread_in() - have another CPU decrypt a burst
 * @b: burst, without any packets afterwards if so
 *
 * Context: owner of the queue's NAPI, RCU read side.
 * Return: false if the burst is to be handled at once.
 */
bool ikevti_spread_in(struct ikevti_burst *b)
{
	struct ikevti_spread *q = &b->rxq->spread;
	struct ikevti_sa *sa;
	struct job *job;
	u8 *pending;

	if (!b->n)
		return false;
	sa = ikevti_burst_sa(b);
	if (unlikely(!sa || sa->async))
		return false;
	/* An SA that replaces another has its path; nothing is overtaken then */
	pending = &b->rxq->pending[hash_ptr(sa->path, ilog2(IKEVTI_SPREAD_HASH))];
	if (!*pending &&
	    (b->n < IKEVTI_SPREAD_MIN || !READ_ONCE(b->idev->spread)))
		return false;
	job = make_job(b, sa);
	if (likely(job)) {
		job->pending = pending;
		++*pending;
		spin_lock(&q->lock);
		ikevti_spread_add(q, &job->spread, open);
		spin_unlock(&q->lock);
	} else {
		ikevti_burst_drop(b, IKEVTI_STAT_A_RX_NO_MEMORY);
	}
	b->n = 0;
	b->bytes = 0;
	return true;
}

static void end(struct ikevti_rxq *rxq, struct job *job)
{
	struct net_device *dev = rxq->idev->dev;
	struct ikevti_sa *sa = job->sa;
	unsigned int i;

	if (likely(ikevti_burst_sa(&job->burst) == sa))
		ikevti_burst_close(&job->burst, sa);
	else
		ikevti_burst_drop(&job->burst, IKEVTI_STAT_A_RX_EXPIRED);
	rxq->burst.stream.likely = job->burst.stream.likely;
	ikevti_stream_end(&job->burst.stream);
	for (i = 0; i < job->n_held; i++)
		consume_skb(job->held[i]);
	--*job->pending;
	kfree(job);
	ikevti_sa_job_end(sa);
	ikevti_spread_end(&rxq->spread);
	dev_put(dev);
}

/**
 * ikevti_spread_in_done() - deliver what other CPUs have decrypted
 * @rxq: queue
 * @budget: about so many packets
 *
 * Context: owner of the queue's NAPI, RCU read side.
 * Return: packets, not more than @budget.
 */
unsigned int ikevti_spread_in_done(struct ikevti_rxq *rxq, unsigned int budget)
{
	struct ikevti_spread_job *spread;
	unsigned int n = 0;
	struct job *job;

	if (likely(!ikevti_spread_busy(&rxq->spread)))
		return 0;
	while (n < budget && (spread = ikevti_spread_next(&rxq->spread))) {
		job = container_of(spread, struct job, spread);
		n += job->burst.n;
		end(rxq, job);
	}
	return min(n, budget);
}
