// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets to be forwarded wait for others of their burst (gather.h) and are
 * sent together. Whatever does not wait (batches, packets that a socket pays
 * for) sends what waits first, so that nothing is overtaken.
 */
#include <linux/netdevice.h>

#include "crypt.h"
#include "dev.h"
#include "gather.h"
#include "tx.h"

#define QUEUE_MAX	64	/* packets; sent at once when there are so many */

/**
 * struct ikevti_txq - packets of one CPU that wait for others
 * @napi: sends them
 * @idev: device
 * @queue: they; its lock is for polls in a thread
 * @gather: whether they do
 */
struct ikevti_txq {
	struct napi_struct napi;
	struct ikevti_dev *idev;
	struct sk_buff_head queue;
	struct ikevti_gather gather;
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

static int poll(struct napi_struct *napi, int budget)
{
	struct ikevti_txq *txq = container_of(napi, struct ikevti_txq, napi);

	/* netpoll, in whatever context */
	if (unlikely(!budget))
		return 0;

	ikevti_gather_polled(&txq->gather);
	flush(txq);
	napi_complete_done(napi, 0);
	return 0;
}

static void enqueue(struct ikevti_txq *txq, struct sk_buff *skb)
{
	unsigned int n;

	spin_lock(&txq->queue.lock);
	__skb_queue_tail(&txq->queue, skb);
	n = skb_queue_len(&txq->queue);
	spin_unlock(&txq->queue.lock);
	ikevti_gather_count(&txq->gather, 1);
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
		if (READ_ONCE(txq->gather.on)) {
			enqueue(txq, skb);
			return true;
		}
		if (ikevti_gather_look(&txq->gather))
			napi_schedule(&txq->napi);
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
		ikevti_gather_init(&txq->gather);
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
