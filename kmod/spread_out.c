// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that other CPUs encrypt (spread.c). They get their sequence numbers
 * before that, in the order they will be sent in: many peers have a replay
 * window of 32. What would be sent is kept by the job until its turn comes.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/slab.h>

#include "dev.h"
#include "drop.h"
#include "path.h"
#include "spread.h"
#include "tx.h"

/**
 * struct ikevti_tx_job - packets that go the same way
 * @spread: in the device's order
 * @kept: the way
 * @seq: next sequence number
 * @left: how many there are from it on
 * @in: inner packets
 * @out: ESP packets
 */
struct ikevti_tx_job {
	struct ikevti_spread_job spread;
	struct ikevti_tx_kept kept;
	u64 seq;
	unsigned int left;
	struct sk_buff_head in;
	struct sk_buff_head out;
};

/* What ikevti_outer_send() is to be told, in skb->cb of an ESP packet */
struct out_cb {
	u64 seq;
	struct ikevti_head head;
};

static struct out_cb *out_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct out_cb) > sizeof(skb->cb));
	return (struct out_cb *)skb->cb;
}

/**
 * ikevti_job_numbers() - sequence numbers for packets of a job
 * @job: job
 * @n: how many, not more than were taken for it
 *
 * Context: the job.
 * Return: the first, 0 if there are not so many: the SA was near its end.
 */
u64 ikevti_job_numbers(struct ikevti_tx_job *job, unsigned int n)
{
	u64 seq = job->seq;

	if (unlikely(n > job->left))
		return 0;
	job->seq += n;
	job->left -= n;
	return seq;
}

/**
 * ikevti_job_keep() - have an ESP packet sent in its turn
 * @job: job
 * @skb: as of ikevti_outer_send()
 * @head: same
 * @seq: same
 *
 * Context: the job.
 */
void ikevti_job_keep(struct ikevti_tx_job *job, struct sk_buff *skb,
		     struct ikevti_head head, u64 seq)
{
	out_cb(skb)->seq = seq;
	out_cb(skb)->head = head;
	__skb_queue_tail(&job->out, skb);
}

static void seal(struct ikevti_spread_job *spread)
{
	struct ikevti_tx_job *job = container_of(spread, struct ikevti_tx_job,
						 spread);

	rcu_read_lock();
	ikevti_tx_together(&job->kept.tx, &job->in);
	rcu_read_unlock();
}

/* Send what was kept. Context: BH disabled, RCU read side. */
static void send_kept(struct ikevti_tx_job *job)
{
	struct sk_buff *skb;

	job->kept.tx.job = NULL;
	while ((skb = __skb_dequeue(&job->out)))
		ikevti_outer_send(&job->kept.tx, skb, out_cb(skb)->head,
				  out_cb(skb)->seq);
}

/* Context: BH disabled */
static void end(struct ikevti_tx_job *job)
{
	struct ikevti_dev *idev = job->kept.tx.idev;

	rcu_read_lock();
	send_kept(job);
	rcu_read_unlock();
	ikevti_spread_end(job->spread.queue);
	atomic_dec(&idev->out_jobs);
	ikevti_tx_release(&job->kept);
	kfree(job);
}

/* Send what was encrypted */
static void send(struct work_struct *work)
{
	struct ikevti_out_queue *q = container_of(work, struct ikevti_out_queue,
						  work);
	struct ikevti_spread_job *spread;

	do {
		local_bh_disable();
		spread = ikevti_spread_next(&q->spread);
		if (spread)
			end(container_of(spread, struct ikevti_tx_job, spread));
		local_bh_enable();
		cond_resched();
	} while (spread);
}

/*
 * Numbers for all packets, or as many as the SA has before a limit. Those are
 * taken one by one then, and follow each other, since nobody else does so now.
 */
static void take_numbers(struct ikevti_tx_job *job,
			 const struct ikevti_later *later)
{
	struct ikevti_sa *sa = job->kept.tx.choice.sa;
	enum ikevti_stat_attr why;
	u64 seq;

	job->left = later->n;
	job->seq = ikevti_sa_run(sa, later->n, later->bytes);
	if (likely(job->seq))
		return;
	for (job->left = 0; job->left < later->n; job->left++) {
		seq = ikevti_sa_next(sa, later->bytes / later->n, &why);
		if (!job->left)
			job->seq = seq;
		if (!seq || seq != job->seq + job->left)
			return;
	}
}

static void init_job(struct ikevti_tx_job *job)
{
	job->kept.tx.job = job;
	__skb_queue_head_init(&job->in);
	__skb_queue_head_init(&job->out);
}

static struct ikevti_tx_job *make_job(const struct ikevti_tx *tx,
				      const struct ikevti_spread *q)
{
	struct ikevti_tx_job *job;

	if (ikevti_spread_full(q))
		return NULL;
	job = kmalloc(sizeof(*job), GFP_ATOMIC | __GFP_NOWARN);
	if (!job || !ikevti_tx_keep(&job->kept, tx)) {
		kfree(job);
		return NULL;
	}
	init_job(job);
	return job;
}

static void drop_all(const struct ikevti_tx *tx, struct ikevti_later *later)
{
	struct sk_buff *skb;

	for (; later->n; later->n--)
		ikevti_count(tx->idev, tx->choice.sa, IKEVTI_STAT_A_TX_NO_MEMORY);
	while ((skb = __skb_dequeue(&later->list)))
		ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_NO_MEMORY);
}

/* An SA that replaces another has its lane; nothing is overtaken then */
static struct ikevti_spread *queue_of(const struct ikevti_tx *tx)
{
	u32 i = hash_ptr(tx->choice.lane, ilog2(IKEVTI_SPREAD_HASH));

	return &tx->idev->out[i].spread;
}

static void hand_over(const struct ikevti_tx *tx, struct ikevti_spread *q,
		      struct ikevti_later *later)
{
	struct ikevti_tx_job *job = make_job(tx, q);

	if (unlikely(!job)) {
		drop_all(tx, later);
		return;
	}
	atomic_inc(&tx->idev->out_jobs);
	ikevti_path_sent(tx->choice.path);
	skb_queue_splice_init(&later->list, &job->in);
	spin_lock(&q->lock);
	take_numbers(job, later);
	ikevti_spread_add(q, &job->spread, seal);
	spin_unlock(&q->lock);
}

/*
 * Few packets are encrypted here and now, unless something is under way. They
 * are numbered as those of a job are, under the lock: what becomes a job
 * meanwhile has higher numbers, and leaves after them. Returns false if they
 * have to be a job themselves.
 */
static bool send_here(const struct ikevti_tx *tx, struct ikevti_spread *q,
		      struct ikevti_later *later)
{
	struct ikevti_tx_job job;
	bool alone;

	spin_lock(&q->lock);
	alone = ikevti_spread_pass(q);
	if (likely(alone)) {
		job.kept.tx = *tx;
		init_job(&job);
		take_numbers(&job, later);
	}
	spin_unlock(&q->lock);
	if (unlikely(!alone))
		return false;
	ikevti_path_sent(tx->choice.path);
	ikevti_tx_together(&job.kept.tx, &later->list);
	send_kept(&job);
	ikevti_spread_passed(q);
	return true;
}

/**
 * ikevti_spread_out() - have another CPU encrypt packets, if there are enough
 * @tx: their way
 * @later: they, none afterwards
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 */
void ikevti_spread_out(const struct ikevti_tx *tx, struct ikevti_later *later)
{
	struct ikevti_spread *q = queue_of(tx);
	bool few = later->n < IKEVTI_SPREAD_MIN ||
		   !READ_ONCE(tx->idev->spread);

	if (!later->n)
		return;
	if (unlikely(tx->choice.sa->async))
		ikevti_tx_together(tx, &later->list);
	else if (!few || !send_here(tx, q, later))
		hand_over(tx, q, later);
	later->n = 0;
	later->bytes = 0;
}

/**
 * ikevti_spread_out_init() - make the queues of a device
 * @idev: device
 */
void ikevti_spread_out_init(struct ikevti_dev *idev)
{
	struct ikevti_out_queue *q;

	for (q = idev->out; q < idev->out + ARRAY_SIZE(idev->out); q++) {
		INIT_WORK(&q->work, send);
		ikevti_spread_init(&q->spread, &q->work);
	}
}

/**
 * ikevti_spread_out_destroy() - wait for the last one to be done
 * @idev: device that nothing refers to
 *
 * Context: may sleep.
 */
void ikevti_spread_out_destroy(struct ikevti_dev *idev)
{
	struct ikevti_out_queue *q;

	for (q = idev->out; q < idev->out + ARRAY_SIZE(idev->out); q++)
		cancel_work_sync(&q->work);
}
