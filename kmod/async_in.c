// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that an asynchronous cipher decrypts. They leave the burst that they
 * came in, and when they are authentic plaintext, they are queued once more, for
 * the window and for what comes after it. What was found under RCU is kept
 * meanwhile: the SA with its cipher, and the device with its queues.
 */
#include <linux/slab.h>

#include "burst.h"
#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "net.h"
#include "rx.h"
#include "sa.h"

/**
 * struct job - one packet
 * @sa: SA
 * @skb: ESP packet, linear and private
 * @op: request
 * @len: octets of ciphertext
 */
struct job {
	struct ikevti_sa *sa;
	struct sk_buff *skb;
	struct ikevti_op *op;
	unsigned int len;
};

/*
 * Is the SA found as it was when the packet came? Only then it has its path:
 * the job keeps the SA, but not the path, which may be gone with its grace
 * period over. Context: RCU read side.
 */
static bool is_in_force(const struct ikevti_sa *sa)
{
	struct net *net = rcu_dereference(sa->idev->underlay);

	return net && ikevti_spi_lookup(&ikevti_pernet(net)->spi, sa->spi) == sa;
}

/* Context: BH disabled */
static void finish(struct job *job, int err)
{
	struct net_device *dev = job->sa->idev->dev;
	struct ikevti_sa *sa = job->sa;

	rcu_read_lock();
	if (likely(!err)) {
		__skb_pull(job->skb, sa->format.hlen);
		__skb_trim(job->skb, job->len);
		ikevti_rx_cb(job->skb)->opened = true;
		ikevti_rx_again(sa->idev, job->skb);
	} else {
		ikevti_count(sa->idev, sa, IKEVTI_STAT_A_RX_AUTH_FAILED);
		if (is_in_force(sa))
			ikevti_event_auth_failure(sa);
		ikevti_drop_skb(job->skb, IKEVTI_STAT_A_RX_AUTH_FAILED);
	}
	rcu_read_unlock();
	kfree_sensitive(job->op);
	kfree(job);
	ikevti_sa_job_end(sa);
	dev_put(dev);
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

static struct job *alloc_job(struct ikevti_sa *sa)
{
	struct job *job;

	if (!ikevti_sa_job_begin(sa))
		return NULL;
	job = kmalloc(sizeof(*job), GFP_ATOMIC);
	if (!job)
		goto end;
	job->op = ikevti_crypt_op_alloc(sa);
	if (!job->op)
		goto free;
	job->sa = sa;
	dev_hold(sa->idev->dev);
	return job;
free:
	kfree(job);
end:
	ikevti_sa_job_end(sa);
	return NULL;
}

/**
 * ikevti_async_open() - have a packet decrypted, perhaps later
 * @sa: inbound
 * @skb: ESP packet, linear and private, with what ikevti_rx_cb() is to hold;
 *	consumed
 * @seq: inferred sequence number
 * @len: octets of ciphertext, without ICV
 *
 * Context: BH disabled, RCU read side.
 */
void ikevti_async_open(struct ikevti_sa *sa, struct sk_buff *skb, u64 seq,
		       unsigned int len)
{
	struct job *job = alloc_job(sa);
	int err;

	if (unlikely(!job)) {
		ikevti_count(sa->idev, sa, IKEVTI_STAT_A_RX_NO_MEMORY);
		ikevti_drop_skb(skb, IKEVTI_STAT_A_RX_NO_MEMORY);
		return;
	}
	job->skb = skb;
	job->len = len;
	ikevti_rx_cb(skb)->seq = seq;
	err = ikevti_crypt_open_async(sa, job->op, seq, skb->data, len, done,
				      job);
	/* -EBUSY: it waits in line, which is what it was allowed to */
	if (err != -EINPROGRESS && err != -EBUSY)
		finish(job, err);
}
