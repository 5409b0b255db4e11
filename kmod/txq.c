// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets to be forwarded come in bursts, one call for each. Those of a burst
 * wait for each other, per CPU: what receives them is one softirq poll, and a
 * poll of ours comes right after it. A packet that comes alone must not wait,
 * nor pay for a poll. So there are two states:
 *
 * - gathering: packets are queued, the poll sends them. If it finds only one,
 *   several times in a row, that ends.
 * - not gathering: packets are sent at once. Every now and then a poll is asked
 *   for, which sees whether others have followed in the meantime: then it was
 *   a burst, and gathering begins.
 *
 * Whatever does not wait (batches, packets that a socket pays for) sends what
 * waits first, so that nothing is overtaken.
 */
#include <linux/netdevice.h>

#include "crypt.h"
#include "dev.h"
#include "tx.h"

#define QUEUE_MAX	64	/* packets; sent at once when there are so many */
#define LOOK_AFTER	17	/* packets; odd, as bursts often are of 2^n */
#define LOOK_MAX	287
#define LONE_MAX	4	/* polls */

/**
 * struct ikevti_txq - packets of one CPU that wait for others
 * @napi: sends them
 * @idev: device
 * @queue: they; its lock is for polls in a thread
 * @gather: packets are queued
 * @looking: the poll was asked for to see whether others follow
 * @every: how many packets may pass before the next look
 * @count: packets since that, or since the last poll, or look
 * @lone: how often in a row a poll had only one
 */
struct ikevti_txq {
	struct napi_struct napi;
	struct ikevti_dev *idev;
	struct sk_buff_head queue;
	bool gather;
	bool looking;
	unsigned int every;
	unsigned int count;
	unsigned int lone;
};

/* Context: BH disabled */
static void flush(struct ikevti_txq *txq)
{
	struct sk_buff_head list;

	__skb_queue_head_init(&list);
	spin_lock(&txq->queue.lock);
	skb_queue_splice_init(&txq->queue, &list);
	spin_unlock(&txq->queue.lock);
	if (!skb_queue_empty(&list))
		ikevti_tx_list(txq->idev, &list);
}

/* @count packets followed when a poll was asked for */
static void looked(struct ikevti_txq *txq, unsigned int count)
{
	WRITE_ONCE(txq->looking, false);
	if (count) {
		WRITE_ONCE(txq->every, LOOK_AFTER);
		txq->lone = 0;
		WRITE_ONCE(txq->gather, true);
	} else if (txq->every < LOOK_MAX) {
		/* Seldom, where it is always in vain; odd, as before */
		WRITE_ONCE(txq->every, 2 * txq->every + 1);
	}
}

static int poll(struct napi_struct *napi, int budget)
{
	struct ikevti_txq *txq = container_of(napi, struct ikevti_txq, napi);
	unsigned int count = READ_ONCE(txq->count);

	/* netpoll, in whatever context */
	if (unlikely(!budget))
		return 0;

	WRITE_ONCE(txq->count, 0);
	if (READ_ONCE(txq->looking))
		looked(txq, count);
	else if (count > 1)
		txq->lone = 0;
	else if (count && ++txq->lone >= LONE_MAX)
		WRITE_ONCE(txq->gather, false);
	flush(txq);
	napi_complete_done(napi, 0);
	return 0;
}

/* Not gathering: would it have been worth it? */
static void look(struct ikevti_txq *txq)
{
	WRITE_ONCE(txq->count, txq->count + 1);
	if (READ_ONCE(txq->looking) || txq->count < READ_ONCE(txq->every))
		return;
	WRITE_ONCE(txq->count, 0);
	WRITE_ONCE(txq->looking, true);
	napi_schedule(&txq->napi);
}

static void enqueue(struct ikevti_txq *txq, struct sk_buff *skb)
{
	unsigned int n;

	spin_lock(&txq->queue.lock);
	__skb_queue_tail(&txq->queue, skb);
	n = skb_queue_len(&txq->queue);
	spin_unlock(&txq->queue.lock);
	WRITE_ONCE(txq->count, txq->count + 1);
	if (n == 1)
		napi_schedule(&txq->napi);
	else if (n >= QUEUE_MAX)
		flush(txq);
}

/**
 * ikevti_txq_take() - let a packet wait for others
 * @idev: device
 * @skb: packet, data at the network header
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 * Return: false if the packet does not wait, nothing else waits then.
 */
bool ikevti_txq_take(struct ikevti_dev *idev, struct sk_buff *skb)
{
	struct ikevti_txq *txq = this_cpu_ptr(idev->txq);

	/* A socket pays until the packet has left: who shares cannot tell */
	if (!skb_is_gso(skb) && !skb->sk && !skb->destructor) {
		if (READ_ONCE(txq->gather)) {
			enqueue(txq, skb);
			return true;
		}
		look(txq);
	}
	if (unlikely(!skb_queue_empty_lockless(&txq->queue)))
		flush(txq);
	return false;
}

/**
 * ikevti_txq_purge() - drop what waits
 * @idev: device
 *
 * Context: process.
 */
void ikevti_txq_purge(struct ikevti_dev *idev)
{
	struct ikevti_txq *txq;
	int cpu;

	for_each_possible_cpu(cpu) {
		txq = per_cpu_ptr(idev->txq, cpu);
		local_bh_disable();
		skb_queue_purge(&txq->queue);
		local_bh_enable();
	}
}

/**
 * ikevti_txq_init() - make the queues of a device
 * @idev: device
 *
 * Return: 0 or -ENOMEM.
 */
int ikevti_txq_init(struct ikevti_dev *idev)
{
	struct ikevti_txq *txq;
	int cpu;

	idev->txq = alloc_percpu_gfp(struct ikevti_txq, GFP_KERNEL_ACCOUNT);
	if (!idev->txq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		txq = per_cpu_ptr(idev->txq, cpu);
		txq->idev = idev;
		txq->every = LOOK_AFTER;
		skb_queue_head_init(&txq->queue);
		netif_napi_add_tx(idev->dev, &txq->napi, poll);
		napi_enable(&txq->napi);
	}
	return 0;
}

/**
 * ikevti_txq_destroy() - counterpart of ikevti_txq_init()
 * @idev: device, which nothing can reach any more
 *
 * Context: may sleep.
 */
void ikevti_txq_destroy(struct ikevti_dev *idev)
{
	struct ikevti_txq *txq;
	int cpu;

	for_each_possible_cpu(cpu) {
		txq = per_cpu_ptr(idev->txq, cpu);
		napi_disable(&txq->napi);
		__netif_napi_del(&txq->napi);
		skb_queue_purge(&txq->queue);
	}
	/* Polls look at the list of NAPI contexts under RCU */
	synchronize_net();
	free_percpu(idev->txq);
	idev->txq = NULL;
}
