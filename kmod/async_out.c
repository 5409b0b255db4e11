// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are encrypted later than in the call that sends them, by an
 * asynchronous cipher: hardware, or one that hands over to another context.
 * What was found under RCU does not last that long. A job holds what sending
 * takes by itself: the SA with its cipher, the device, the route, the socket,
 * and the namespace, for which there is nothing else without a socket.
 */
#include <linux/slab.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "path.h"
#include "sa.h"
#include "tx.h"

/**
 * struct job - one packet
 * @tx: way out, of which @choice is only good for the SA
 * @ep: its endpoint
 * @skb: ESP packet
 * @op: request
 * @seq: sequence number
 * @head: of the outer header
 */
struct job {
	struct ikevti_tx tx;
	struct ikevti_endpoint ep;
	struct sk_buff *skb;
	struct ikevti_op *op;
	u64 seq;
	struct ikevti_head head;
};

static void free_job(struct job *job)
{
	struct ikevti_tx *tx = &job->tx;

	kfree_sensitive(job->op);
	dst_release(tx->dst);
	if (tx->sk)
		sock_put(tx->sk);
	put_net(tx->net);
	dev_put(tx->idev->dev);
	ikevti_sa_job_end(tx->choice.sa);
	kfree(job);
}

static struct job *alloc_job(const struct ikevti_tx *tx)
{
	struct ikevti_sa *sa = tx->choice.sa;
	struct job *job;

	if (!ikevti_sa_job_begin(sa))
		return NULL;
	job = kmalloc(sizeof(*job), GFP_ATOMIC);
	if (!job)
		goto end;
	job->op = ikevti_crypt_op_alloc(sa);
	if (!job->op || !maybe_get_net(tx->net))
		goto free;
	job->tx = *tx;
	job->ep = *tx->ep;
	job->tx.ep = &job->ep;
	dst_hold(tx->dst);
	if (tx->sk)
		sock_hold(tx->sk);
	dev_hold(tx->idev->dev);
	return job;
free:
	kfree(job->op);
	kfree(job);
end:
	ikevti_sa_job_end(sa);
	return NULL;
}

/* Context: BH disabled */
static void finish(struct job *job, int err)
{
	struct ikevti_tx *tx = &job->tx;

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
	ikevti_path_sent(tx->choice.path);
	err = ikevti_crypt_seal_async(sa, job->op, seq, skb->data, len, done,
				      job);
	/* -EBUSY: it waits in line, which is what it was allowed to */
	if (err != -EINPROGRESS && err != -EBUSY)
		finish(job, err);
}
