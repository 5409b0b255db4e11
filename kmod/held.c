// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that come before the key of their SA. A peer may use an SA as soon as
 * it has answered the exchange that made it, and be faster than the daemon
 * here, which derives the key from that answer. So an inbound SA that has an
 * SPI and no key holds what arrives for it, and when the key comes all of it
 * goes the way that later packets go, in the order it came, before any of
 * these.
 *
 * Nothing of it is authenticated, so little is held, and not for long: there
 * are limits of packets, octets and time for an SPI, and of octets for a
 * namespace. Namespaces that belong to user namespaces share one, since a user
 * can make many of them. What is beyond is dropped and counted, as what came
 * was without any of this.
 *
 * A held packet has no reference to anything that may go: devices, routes,
 * sockets, connections. It is queued in the end where it would have been, on
 * the queue of the CPU it came to.
 *
 * The queue belongs to the larval SA. It is shared with the complete one from
 * before that can be found until the queue is empty, and freed with the larval
 * one, so after a grace period.
 */
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <net/dst.h>
#include <net/net_namespace.h>

#include "burst.h"
#include "dev.h"
#include "drop.h"
#include "held.h"
#include "net.h"
#include "sa.h"

/* Of one SPI. What a Gbit/s brings in 20 ms; a peer's window of TCP and more */
#define HELD_PACKETS	1024
#define HELD_OCTETS	(4 << 20)
/* Enough for an answer to be lost and asked for again, twice at most */
#define HELD_TIME	(4 * HZ)

static unsigned int held_kbytes = 32768;
module_param(held_kbytes, uint, 0644);
MODULE_PARM_DESC(held_kbytes,
		 "KiB of packets per network namespace that may wait for their SA's key; all user namespaces together have a quarter of it (32768)");

/* Octets that the namespaces of all user namespaces hold */
static atomic_long_t users_hold;

enum state {
	HOLDING,
	RELEASING,	/* the key is there; others still queue up behind */
	CLOSED,		/* empty, and stays so */
};

/**
 * struct ikevti_held - what waits for the key of an SA
 * @sa: larval SA
 * @pool: octets held with others, up to pool_max()
 * @queue: packets and batches; its lock protects the rest, too
 * @packets: how many came, apart from those whose time was over
 * @octets: of memory that those in @queue take
 * @state: enum state
 * @timer: drops what has waited too long
 */
struct ikevti_held {
	struct ikevti_sa *sa;
	atomic_long_t *pool;
	struct sk_buff_head queue;
	unsigned int packets;
	unsigned int octets;
	enum state state;
	struct timer_list timer;
};

/**
 * struct held_cb - what a held skb carries in skb->cb
 * @until: jiffies when it has waited too long
 * @cpu: where it came in
 * @encap: how it came, enum ikevti_encap
 */
struct held_cb {
	unsigned long until;
	int cpu;
	u8 encap;
};

static struct held_cb *held_cb(const struct sk_buff *skb)
{
	return (struct held_cb *)skb->cb;
}

static unsigned long pool_max(const struct ikevti_held *h)
{
	unsigned long octets = (unsigned long)READ_ONCE(held_kbytes) << 10;

	return h->pool == &users_hold ? octets / 4 : octets;
}

/* Context: queue lock */
static bool charge(struct ikevti_held *h, const struct sk_buff *skb)
{
	unsigned int n = ikevti_rx_packets(skb);

	if (h->packets + n > HELD_PACKETS ||
	    h->octets + skb->truesize > HELD_OCTETS)
		return false;
	if (atomic_long_add_return(skb->truesize, h->pool) > pool_max(h)) {
		atomic_long_sub(skb->truesize, h->pool);
		return false;
	}
	h->packets += n;
	h->octets += skb->truesize;
	return true;
}

/* Context: queue lock */
static void uncharge(struct ikevti_held *h, const struct sk_buff *skb)
{
	h->octets -= skb->truesize;
	atomic_long_sub(skb->truesize, h->pool);
}

/* Context: BH disabled */
static void drop(struct ikevti_sa *sa, struct sk_buff *skb)
{
	unsigned int n = ikevti_rx_packets(skb);

	while (n--)
		ikevti_count(sa->idev, sa, IKEVTI_STAT_A_RX_NO_KEY);
	ikevti_drop_skb(skb, IKEVTI_STAT_A_RX_NO_KEY);
}

static void drop_all(struct ikevti_sa *sa, struct sk_buff_head *list)
{
	struct sk_buff *skb;

	while ((skb = __skb_dequeue(list)))
		drop(sa, skb);
}

static void held_timer(struct timer_list *timer)
{
	struct ikevti_held *h = from_timer(h, timer, timer);
	struct sk_buff_head old;
	struct sk_buff *skb;

	__skb_queue_head_init(&old);
	spin_lock(&h->queue.lock);
	while ((skb = skb_peek(&h->queue)) &&
	       time_after_eq(jiffies, held_cb(skb)->until)) {
		__skb_unlink(skb, &h->queue);
		uncharge(h, skb);
		h->packets -= ikevti_rx_packets(skb);
		__skb_queue_tail(&old, skb);
	}
	if (skb)
		mod_timer(&h->timer, held_cb(skb)->until);
	spin_unlock(&h->queue.lock);
	drop_all(h->sa, &old);
}

/**
 * ikevti_held_init() - let an SA hold what comes for it
 * @in: underlay namespace
 * @sa: inbound, without a key, and not to be found yet
 *
 * ikevti_sa_free() frees what this allocates.
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ikevti_held_init(struct ikevti_net *in, struct ikevti_sa *sa)
{
	struct ikevti_held *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return -ENOMEM;
	h->sa = sa;
	h->pool = in->net->user_ns == &init_user_ns ? &in->held : &users_hold;
	skb_queue_head_init(&h->queue);
	timer_setup(&h->timer, held_timer, 0);
	sa->held = h;
	__set_bit(IKEVTI_SA_F_HOLDS, &sa->flags);
	return 0;
}

/* Who may be waited for, or may be gone when the packet is looked at again? */
static void let_go(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_dst_drop(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
}

static void prepare(const struct ikevti_sa *sa, struct sk_buff *skb,
		    enum ikevti_encap encap)
{
	struct sk_buff *part;

	BUILD_BUG_ON(sizeof(struct held_cb) > sizeof(skb->cb));
	let_go(skb);
	/* Those that others see too are let go with the batch */
	if (!skb_cloned(skb))
		skb_walk_frags(skb, part)
			if (!skb_shared(part))
				let_go(part);
	/* The one it came by may be gone before it is looked at again */
	skb->dev = sa->idev->dev;
	held_cb(skb)->until = jiffies + HELD_TIME;
	held_cb(skb)->cpu = smp_processor_id();
	held_cb(skb)->encap = encap;
}

/**
 * ikevti_held_take() - hold a packet until the key of its SA comes
 * @sa: found as one that holds
 * @skb: packet or batch, as ikevti_rx() got it, of the SA's path if it has one
 * @encap: how it came
 *
 * Context: softirq, RCU read side.
 * Return: IKEVTI_RX_TAKEN, or with the packet the caller's still
 * IKEVTI_RX_AGAIN if @sa holds no more, IKEVTI_RX_PASS if it has its key and
 * need not wait for so many others.
 */
enum ikevti_rx_result ikevti_held_take(struct ikevti_sa *sa,
				       struct sk_buff *skb,
				       enum ikevti_encap encap)
{
	struct ikevti_held *h = READ_ONCE(sa->held);
	enum state state;
	bool room;

	if (!h)
		return IKEVTI_RX_AGAIN;
	spin_lock(&h->queue.lock);
	state = h->state;
	room = state != CLOSED && charge(h, skb);
	if (room) {
		prepare(sa, skb, encap);
		__skb_queue_tail(&h->queue, skb);
		if (state == HOLDING && !timer_pending(&h->timer))
			mod_timer(&h->timer, held_cb(skb)->until);
	}
	spin_unlock(&h->queue.lock);

	if (room)
		return IKEVTI_RX_TAKEN;
	if (state != HOLDING)
		return state == RELEASING && sa->tfm ? IKEVTI_RX_PASS :
						       IKEVTI_RX_AGAIN;
	drop(sa, skb);
	return IKEVTI_RX_TAKEN;
}

/**
 * ikevti_held_pass() - let a complete SA hold what comes, behind what came
 * @larval: SA in whose place it comes
 * @sa: complete SA, not to be found yet; ikevti_held_release() has to follow
 *
 * Context: ikevti_mutex.
 */
void ikevti_held_pass(const struct ikevti_sa *larval, struct ikevti_sa *sa)
{
	sa->held = larval->held;
	__set_bit(IKEVTI_SA_F_HOLDS, &sa->flags);
}

/* The next packet; if there is none the queue is closed */
static struct sk_buff *next_held(struct ikevti_held *h, struct ikevti_sa *sa)
{
	struct sk_buff *skb;

	spin_lock(&h->queue.lock);
	h->state = RELEASING;
	skb = __skb_dequeue(&h->queue);
	if (skb) {
		/* Counted still as one that came, so that this has an end */
		uncharge(h, skb);
	} else {
		h->state = CLOSED;
		clear_bit(IKEVTI_SA_F_HOLDS, &sa->flags);
	}
	spin_unlock(&h->queue.lock);
	return skb;
}

/**
 * ikevti_held_release() - the key is there: give on what waited for it
 * @sa: complete SA, which can be found
 *
 * Context: ikevti_mutex. For a grace period more somebody may know what is
 * released, so the larval SA must not be freed before.
 */
void ikevti_held_release(struct ikevti_sa *sa)
{
	struct ikevti_held *h = sa->held;
	struct held_cb cb;
	struct sk_buff *skb;

	local_bh_disable();
	rcu_read_lock();
	while ((skb = next_held(h, sa))) {
		cb = *held_cb(skb);
		ikevti_rx_held(sa, skb, cb.encap, cb.cpu);
	}
	rcu_read_unlock();
	local_bh_enable();
	ikevti_timer_stop(&h->timer);
	WRITE_ONCE(sa->held, NULL);
}

/**
 * ikevti_held_drop() - no key comes
 * @sa: larval SA, which cannot be found any more
 *
 * Context: ikevti_mutex.
 */
void ikevti_held_drop(struct ikevti_sa *sa)
{
	struct ikevti_held *h = sa->held;
	struct sk_buff_head list;
	struct sk_buff *skb;

	__skb_queue_head_init(&list);
	local_bh_disable();
	spin_lock(&h->queue.lock);
	h->state = CLOSED;
	skb_queue_walk(&h->queue, skb)
		uncharge(h, skb);
	skb_queue_splice_tail_init(&h->queue, &list);
	spin_unlock(&h->queue.lock);
	drop_all(sa, &list);
	local_bh_enable();
	ikevti_timer_stop(&h->timer);
}
