// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are encrypted later than in the call that sends them, by an
 * asynchronous cipher: hardware, or one that hands over to another context.
 */
#include <linux/slab.h>

#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "sa.h"
#include "tx.h"

/**
 * struct job - one packet
 * @kept: way out
 * @skb: ESP packet
 * @op: request
 * @seq: sequence number
 * @head: of the outer header
 */
struct job {
	struct ikevti_tx_kept kept;
	struct sk_buff *skb;
	struct ikevti_op *op;
	u64 seq;
	struct ikevti_head head;
};

static void free_job(struct job *job)
{
	kfree_sensitive(job->op);
	ikevti_tx_release(&job->kept);
	kfree(job);
}

static struct job *alloc_job(const struct ikevti_tx *tx)
{
	struct job *job = kmalloc(sizeof(*job), GFP_ATOMIC);

	if (!job)
		return NULL;
	job->op = ikevti_crypt_op_alloc(tx->choice.sa);
	if (job->op && ikevti_tx_keep(&job->kept, tx))
		return job;
	kfree(job->op);
	kfree(job);
	return NULL;
}

/* Context: BH disabled */
static void finish(struct job *job, int err)
{
	struct ikevti_tx *tx = &job->kept.tx;

	rcu_read_lock();
	if (likely(!err)) {
		ikevti_outer_send(tx, job->skb, job->head, job->seq);
	} else {
		ikevti_count(tx->idev, tx->choice.sa, IKEVTI_STAT_A_TX_CRYPTO);
		ikevti_drop_skb(job->skb, IKEVTI_STAT_A_TX_CRYPTO);
	}
	rcu_read_unlock();
	free_job(job);
}

static void done(IKEVTI_DONE_ARG *arg, int err)
{
	struct job *job = ikevti_done_data(arg);

	/* It waited for its turn, which has come */
	if (err == -EINPROGRESS)
		return;
	local_bh_disable();
	finish(job, err);
	local_bh_enable();
}

/**
 * ikevti_async_xmit() - encrypt and send a packet, perhaps later
 * @tx: way out
 * @skb: data at the ESP header, plaintext behind it; consumed
 * @len: octets to encrypt
 * @head: of the outer header
 * @seq: sequence number
 *
 * Context: BH disabled, RCU read side.
 */
void ikevti_async_xmit(const struct ikevti_tx *tx, struct sk_buff *skb,
		       unsigned int len, struct ikevti_head head, u64 seq)
{
	struct ikevti_sa *sa = tx->choice.sa;
	struct job *job = alloc_job(tx);
	int err;

	if (unlikely(!job)) {
		ikevti_count(tx->idev, sa, IKEVTI_STAT_A_TX_NO_MEMORY);
		ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_NO_MEMORY);
		return;
	}
	job->skb = skb;
	job->head = head;
	job->seq = seq;
	ikevti_tx_sent(tx);
	err = ikevti_crypt_seal_async(sa, job->op, seq, skb->data, len, done,
				      job);
	/* -EBUSY: it waits in line, which is what it was allowed to */
	if (err != -EINPROGRESS && err != -EBUSY)
		finish(job, err);
}
