// SPDX-License-Identifier: GPL-2.0-only
/*
 * Life of a security association.
 *
 * Inbound: allocated with an SPI and no key (larval), then installed by giving
 * it one, for which what came before waits (held.c). Outbound: installed at once
 * as its lane's current one, by a single pointer write; the one before it goes.
 * Removal makes it unreachable, stops its timer, and frees it from a workqueue
 * after a grace period, since freeing a cipher may sleep.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>
#include <linux/wait_bit.h>

#include "crypt.h"
#include "dev.h"
#include "event.h"
#include "held.h"
#include "net.h"
#include "path.h"
#include "peer.h"
#include "path_state.h"
#include "quoted.h"
#include "sa.h"
#include "trace.h"

static unsigned int userns_max_sas = 1024;
module_param(userns_max_sas, uint, 0644);
MODULE_PARM_DESC(userns_max_sas,
		 "SAs per network namespace that belongs to a user namespace (1024)");

/* Packets that an asynchronous cipher may have of one SA */
#define JOBS_MAX	1024

/* A time limit further away than the timer wheel reaches is looked at then */
#define TIMER_MAX_SECONDS	(24 * 3600)

/**
 * ikevti_sa_alloc() - memory for an SA
 * @idev: its device
 * @dir: enum ikevti_sa_dir
 *
 * Return: the SA, to be freed with ikevti_sa_free() until it is linked, or NULL.
 */
struct ikevti_sa *ikevti_sa_alloc(struct ikevti_dev *idev, u8 dir)
{
	struct ikevti_sa *sa = kzalloc(sizeof(*sa), GFP_KERNEL_ACCOUNT);

	if (!sa)
		return NULL;
	sa->idev = idev;
	sa->dir = dir;
	sa->since = ikevti_seconds();
	sa->auth_said = jiffies - HZ;
	sa->cpu = -1;
	sa->shared = jiffies;
	spin_lock_init(&sa->lock);
	INIT_LIST_HEAD(&sa->list);
	INIT_LIST_HEAD(&sa->of_path);
	INIT_LIST_HEAD(&sa->larval);
	INIT_HLIST_NODE(&sa->out);
	return sa;
}

/**
 * ikevti_sa_free() - free an SA that nobody can reach
 * @sa: the SA
 *
 * Context: process, may sleep.
 */
void ikevti_sa_free(struct ikevti_sa *sa)
{
	if (sa->tfm)
		crypto_free_aead(sa->tfm);
	kvfree(sa->replay);
	kfree(sa->selectors);
	kfree(sa->held);
	kfree_sensitive(sa);
}

static void sa_free_work(struct work_struct *work)
{
	struct ikevti_sa *sa = container_of(to_rcu_work(work),
					    struct ikevti_sa, rwork);

	/* No packet finds it any more, but a job may have it */
	wait_var_event(&sa->jobs, !atomic_read(&sa->jobs));
	ikevti_sa_free(sa);
}

/**
 * ikevti_sa_job_begin() - keep an SA alive for what ends later
 * @sa: found under RCU
 *
 * Context: RCU read side.
 * Return: false if there is too much to do already.
 */
bool ikevti_sa_job_begin(struct ikevti_sa *sa)
{
	if (atomic_inc_return(&sa->jobs) <= JOBS_MAX)
		return true;
	ikevti_sa_job_end(sa);
	return false;
}

/**
 * ikevti_sa_job_end() - counterpart of ikevti_sa_job_begin()
 * @sa: may be freed from here on
 */
void ikevti_sa_job_end(struct ikevti_sa *sa)
{
	if (atomic_dec_and_test(&sa->jobs))
		wake_up_var(&sa->jobs);
}

/* Say once that a limit was reached. Context: any. */
static void say_limit(struct ikevti_sa *sa, enum ikevti_limit limit, bool hard)
{
	if (!test_and_set_bit(IKEVTI_SA_SAID_BIT(limit, hard), &sa->flags))
		ikevti_event_sa_limit(sa, limit, hard);
}

/**
 * ikevti_sa_expire() - stop an SA at a hard limit
 * @sa: the SA
 * @limit: which
 *
 * It stays, counted and silent, until userspace removes it.
 * Context: any, RCU read side or ikevti_mutex.
 */
void ikevti_sa_expire(struct ikevti_sa *sa, enum ikevti_limit limit)
{
	if (test_and_set_bit(IKEVTI_SA_F_EXPIRED, &sa->flags))
		return;
	trace_ikevti_sa_state(sa, IKEVTI_TRACE_EXPIRED);
	say_limit(sa, limit, true);
	if (sa->dir == IKEVTI_SA_OUT)
		ikevti_peer_schedule(sa->path->peer);
}

static void check_limit(struct ikevti_sa *sa, enum ikevti_limit limit, u64 used)
{
	u64 soft = READ_ONCE(sa->limits.soft[limit]);
	u64 hard = READ_ONCE(sa->limits.hard[limit]);

	if (unlikely(hard && used >= hard))
		ikevti_sa_expire(sa, limit);
	else if (unlikely(soft && used >= soft))
		say_limit(sa, limit, false);
}

/**
 * ikevti_sa_received() - account for packets and look at the limits
 * @sa: inbound
 * @bytes: octets of inner packets
 * @packets: their number
 *
 * The burst that reaches a hard limit still passes: what the peer may send is
 * for its own limits to say.
 * Context: BH disabled, RCU read side.
 */
void ikevti_sa_received(struct ikevti_sa *sa, u64 bytes, u64 packets)
{
	bytes = atomic64_add_return(bytes, &sa->bytes);
	packets = atomic64_add_return(packets, &sa->packets);
	check_limit(sa, IKEVTI_LIMIT_BYTES, bytes);
	check_limit(sa, IKEVTI_LIMIT_PACKETS, packets);
}

/* No number is left, or may be used: why? */
static enum ikevti_stat_attr refuse(struct ikevti_sa *sa)
{
	u64 seq = atomic64_read(&sa->seq);

	if (seq >= sa->limits.hard[IKEVTI_LIMIT_SEQUENCE]) {
		ikevti_sa_expire(sa, IKEVTI_LIMIT_SEQUENCE);
		return IKEVTI_STAT_A_TX_SEQ_END;
	}
	/* Unless something else expired it before */
	ikevti_sa_expire(sa, IKEVTI_LIMIT_PACKETS);
	return IKEVTI_STAT_A_TX_EXPIRED;
}

/* The last number that may be used, a limit of packets considered */
static u64 last_seq(const struct ikevti_sa *sa)
{
	u64 end = sa->limits.hard[IKEVTI_LIMIT_SEQUENCE];
	u64 hard = READ_ONCE(sa->limits.hard[IKEVTI_LIMIT_PACKETS]);

	return hard && hard < end - sa->seq_base ? sa->seq_base + hard : end;
}

/* Account for packets up to number @seq and look at the limits */
static void sent(struct ikevti_sa *sa, u64 seq, unsigned int bytes)
{
	check_limit(sa, IKEVTI_LIMIT_PACKETS, seq - sa->seq_base);
	check_limit(sa, IKEVTI_LIMIT_BYTES,
		    atomic64_add_return(bytes, &sa->bytes));
	if (unlikely(seq >= sa->limits.soft[IKEVTI_LIMIT_SEQUENCE]))
		say_limit(sa, IKEVTI_LIMIT_SEQUENCE, false);
}

/* Note who sends. Context: BH disabled. */
static void note_cpu(struct ikevti_sa *sa)
{
	int cpu = smp_processor_id(), last = READ_ONCE(sa->cpu);

	if (likely(last == cpu))
		return;
	WRITE_ONCE(sa->cpu, cpu);
	if (last >= 0)
		WRITE_ONCE(sa->shared, jiffies + HZ / 10);
}

/**
 * ikevti_sa_run_max() - how many packets may be numbered at once
 * @sa: outbound
 *
 * While one CPU encrypts a batch of n packets, others may number and send
 * theirs, so its own arrive late by up to n for each of them. Many peers have a
 * replay window of 32. So as long as several CPUs send, batches are of 8: four
 * CPUs may. To let more send, or batches be longer, is what lanes are for.
 *
 * Context: BH disabled.
 */
unsigned int ikevti_sa_run_max(struct ikevti_sa *sa)
{
	note_cpu(sa);
	if (unlikely(time_before(jiffies, READ_ONCE(sa->shared))))
		return IKEVTI_RUN_SHARED;
	return IKEVTI_RUN_MAX;
}

/**
 * ikevti_sa_run() - take the sequence numbers of a batch
 * @sa: outbound
 * @n: packets, not more than ikevti_sa_run_max()
 * @bytes: octets of the inner packets, which are accounted for with it
 *
 * All of them or none: a batch that might reach a hard limit gets none, and is
 * to be sent one by one with ikevti_sa_next(), which keeps to limits exactly.
 *
 * The batch has to be encrypted and sent at once, or, if it is a job's, of any
 * length and sent in the order of its numbers.
 * Context: BH disabled, RCU read side.
 * Return: the first number, or 0.
 */
u64 ikevti_sa_run(struct ikevti_sa *sa, unsigned int n, unsigned int bytes)
{
	u64 hard = READ_ONCE(sa->limits.hard[IKEVTI_LIMIT_BYTES]);
	s64 seq = atomic64_read(&sa->seq);
	u64 last = last_seq(sa);

	if (unlikely(hard && atomic64_read(&sa->bytes) + bytes >= hard))
		return 0;
	do {
		if (unlikely((u64)seq + n > last || ikevti_sa_expired(sa)))
			return 0;
	} while (unlikely(!atomic64_try_cmpxchg(&sa->seq, &seq, seq + n)));

	sent(sa, seq + n, bytes);
	return seq + 1;
}

/**
 * ikevti_sa_next() - take the sequence number of one more packet
 * @sa: outbound
 * @bytes: octets of the inner packet, which are accounted for with it
 * @why: if there is none, the counter that says why
 *
 * Numbers are what packets are counted by, so a hard limit of packets is kept
 * to exactly. One of octets or time lets pass what other CPUs have begun with
 * when it is reached.
 * Context: BH disabled, RCU read side.
 * Return: the number, or 0 if the SA has expired.
 */
u64 ikevti_sa_next(struct ikevti_sa *sa, unsigned int bytes,
		   enum ikevti_stat_attr *why)
{
	s64 seq = atomic64_read(&sa->seq);
	u64 last = last_seq(sa);

	do {
		if (unlikely((u64)seq >= last || ikevti_sa_expired(sa))) {
			*why = refuse(sa);
			return 0;
		}
	} while (unlikely(!atomic64_try_cmpxchg(&sa->seq, &seq, seq + 1)));

	note_cpu(sa);
	sent(sa, ++seq, bytes);
	return seq;
}

/**
 * ikevti_sa_packets() - inner packets carried
 * @sa: the SA
 */
u64 ikevti_sa_packets(const struct ikevti_sa *sa)
{
	if (sa->dir == IKEVTI_SA_OUT)
		return atomic64_read(&sa->seq) - sa->seq_base;
	return atomic64_read(&sa->packets);
}

/**
 * ikevti_sa_seq() - sequence number for userspace
 * @sa: the SA
 *
 * Context: process.
 * Return: last one used, or highest received.
 */
u64 ikevti_sa_seq(struct ikevti_sa *sa)
{
	u64 seq;

	if (sa->dir == IKEVTI_SA_OUT)
		return atomic64_read(&sa->seq);
	if (!sa->replay)
		return 0;
	spin_lock_bh(&sa->lock);
	seq = sa->replay->top;
	spin_unlock_bh(&sa->lock);
	return seq;
}

/**
 * ikevti_sa_export() - sequence number and window for userspace
 * @sa: inbound, with a key
 * @map: result, ikevti_replay_map_len() octets
 *
 * Context: process.
 * Return: highest number received.
 */
u64 ikevti_sa_export(struct ikevti_sa *sa, u8 *map)
{
	u64 seq;

	spin_lock_bh(&sa->lock);
	ikevti_replay_export(sa->replay, map);
	seq = sa->replay->top;
	spin_unlock_bh(&sa->lock);
	return seq;
}

/* Numbers that are skipped count as packets: somebody else may have used them */
static bool raise_seq(struct ikevti_sa *sa, u64 seq)
{
	s64 old = atomic64_read(&sa->seq);

	do {
		if ((u64)old > seq)
			return false;
	} while (!atomic64_try_cmpxchg(&sa->seq, &old, seq));
	return true;
}

/**
 * ikevti_sa_import() - go on where somebody else has come to
 * @sa: with a key
 * @seq: last number used, or highest received; within ikevti_sa_seq_end()
 * @map: inbound: as of ikevti_replay_import()
 * @len: same
 *
 * Numbers never go back: none is sent twice under a key, and none accepted.
 *
 * Context: process.
 * Return: false if that is lower than what the SA has come to.
 */
bool ikevti_sa_import(struct ikevti_sa *sa, u64 seq, const u8 *map, u32 len)
{
	bool forward;

	if (sa->dir == IKEVTI_SA_OUT)
		return raise_seq(sa, seq);
	spin_lock_bh(&sa->lock);
	forward = seq >= sa->replay->top;
	if (forward)
		ikevti_replay_import(sa->replay, seq, map, len);
	spin_unlock_bh(&sa->lock);
	return forward;
}

static bool range_has(const struct ikevti_range *range, u16 family,
		      const void *addr)
{
	size_t len = family == AF_INET ? 4 : 16;

	return range->family == family &&
	       memcmp(addr, &range->start, len) >= 0 &&
	       memcmp(addr, &range->end, len) <= 0;
}

static bool ranges_have(const struct ikevti_range *range, unsigned int n,
			u16 family, const void *addr)
{
	for (; n; n--, range++)
		if (range_has(range, family, addr))
			return true;
	return false;
}

static bool fits(const struct ikevti_sa *sa, struct ikevti_addresses *a)
{
	const struct ikevti_selectors *sel = sa->selectors;

	if (sa->dir == IKEVTI_SA_IN)
		swap(a->src, a->dst);
	return ranges_have(sel->range, sel->n[IKEVTI_SIDE_LOCAL], a->family,
			   a->src) &&
	       ranges_have(sel->range + sel->n[IKEVTI_SIDE_LOCAL],
			   sel->n[IKEVTI_SIDE_REMOTE], a->family, a->dst);
}

static noinline bool selected(const struct ikevti_sa *sa,
			      const struct sk_buff *skb)
{
	u8 buf[IKEVTI_QUOTED_LEN] __aligned(4);
	struct ikevti_addresses a;

	if (ip_hdr(skb)->version == 4) {
		a.family = AF_INET;
		a.src = &ip_hdr(skb)->saddr;
		a.dst = &ip_hdr(skb)->daddr;
	} else {
		a.family = AF_INET6;
		a.src = &ipv6_hdr(skb)->saddr;
		a.dst = &ipv6_hdr(skb)->daddr;
	}
	return fits(sa, &a) || (ikevti_quoted(skb, &a, buf) && fits(sa, &a));
}

/**
 * ikevti_sa_admits() - may this inner packet use this SA?
 * @sa: inbound or outbound
 * @skb: network header at the complete fixed IP header
 *
 * By its own addresses, or as an ICMP error about a packet the answers to which
 * may (RFC 4301 section 6.2).
 *
 * Context: RCU read side.
 */
bool ikevti_sa_admits(const struct ikevti_sa *sa, const struct sk_buff *skb)
{
	return likely(!sa->selectors) || selected(sa, skb);
}

static void sa_timer(struct timer_list *timer)
{
	struct ikevti_sa *sa = from_timer(sa, timer, timer);

	rcu_read_lock();
	check_limit(sa, IKEVTI_LIMIT_SECONDS, ikevti_seconds() - sa->since);
	ikevti_sa_arm(sa);
	rcu_read_unlock();
}

/**
 * ikevti_sa_arm() - start the timer for the next time limit
 * @sa: installed
 *
 * Context: the timer itself, or ikevti_mutex.
 */
void ikevti_sa_arm(struct ikevti_sa *sa)
{
	u64 soft = READ_ONCE(sa->limits.soft[IKEVTI_LIMIT_SECONDS]);
	u64 hard = READ_ONCE(sa->limits.hard[IKEVTI_LIMIT_SECONDS]);
	u64 age = ikevti_seconds() - sa->since;
	u64 next = TIMER_MAX_SECONDS;

	if (test_bit(IKEVTI_SA_SAID_BIT(IKEVTI_LIMIT_SECONDS, false),
		     &sa->flags))
		soft = 0;
	if (ikevti_sa_expired(sa) || (!soft && !hard))
		return;
	/* A limit may be set that the SA is past already */
	if (soft)
		next = min(next, soft > age ? soft - age : 0);
	if (hard)
		next = min(next, hard > age ? hard - age : 0);
	mod_timer(&sa->timer, jiffies + max(next * HZ, 1ULL));
}

/**
 * ikevti_sa_room() - may the namespace have one more SA?
 * @in: underlay namespace
 *
 * The ciphers of SAs are allocated by the crypto API, which charges nobody for
 * them. So users who are root in a namespace of their own only get a number
 * of SAs. The host's administrator is limited by nothing but SPIs.
 *
 * Context: ikevti_mutex.
 */
bool ikevti_sa_room(const struct ikevti_net *in)
{
	return in->net->user_ns == &init_user_ns ||
	       in->n_sas < READ_ONCE(userns_max_sas);
}

/* A larval SA may belong to no path, and so to no peer in particular, yet */
static struct list_head *sa_list(const struct ikevti_sa *sa)
{
	return sa->path ? &sa->path->peer->sas : &sa->idev->peer.sas;
}

/**
 * ikevti_sa_link_larval() - give a new inbound SA its SPI
 * @in: underlay namespace
 * @sa: from ikevti_sa_alloc()
 *
 * Context: ikevti_mutex, may sleep.
 * Return: 0 or an error; @sa remains the caller's then.
 */
int ikevti_sa_link_larval(struct ikevti_net *in, struct ikevti_sa *sa)
{
	int err;

	timer_setup(&sa->timer, sa_timer, 0);
	err = ikevti_held_init(in, sa);
	if (!err)
		err = ikevti_spi_alloc(&in->spi, sa, in->net);
	if (err)
		return err;
	list_add_tail(&sa->list, sa_list(sa));
	list_add_tail(&sa->larval, &in->larval);
	ikevti_path_add_sa(sa);
	in->n_sas++;
	trace_ikevti_sa_state(sa, IKEVTI_TRACE_ALLOCATED);
	ikevti_net_changed(in);
	ikevti_reap_soon(IKEVTI_LARVAL_SECONDS * HZ);
	return 0;
}

/**
 * ikevti_sa_install_in() - replace a larval SA by the complete one
 * @in: underlay namespace
 * @sa: complete, with the SPI of a larval SA, which is freed
 *
 * What came for it before is received now.
 *
 * Context: ikevti_mutex.
 */
void ikevti_sa_install_in(struct ikevti_net *in, struct ikevti_sa *sa)
{
	struct ikevti_sa *larval = ikevti_spi_lookup(&in->spi, sa->spi);

	timer_setup(&sa->timer, sa_timer, 0);
	ikevti_held_pass(larval, sa);
	ikevti_spi_replace(&in->spi, larval, sa);
	list_replace(&larval->list, &sa->list);
	if (sa_list(larval) != sa_list(sa))
		list_move_tail(&sa->list, sa_list(sa));
	list_del(&larval->larval);
	ikevti_path_drop_sa(larval);
	ikevti_path_add_sa(sa);
	trace_ikevti_sa_state(sa, IKEVTI_TRACE_INSTALLED);
	ikevti_net_changed(in);
	ikevti_sa_arm(sa);
	ikevti_held_release(sa);
	INIT_RCU_WORK(&larval->rwork, sa_free_work);
	queue_rcu_work(ikevti_wq, &larval->rwork);
}

/**
 * ikevti_sa_install_out() - make an SA the current one of its lane
 * @in: underlay namespace
 * @sa: complete
 * @lane: of its path
 *
 * The one before it is removed.
 * Context: ikevti_mutex.
 */
void ikevti_sa_install_out(struct ikevti_net *in, struct ikevti_sa *sa,
			   struct ikevti_lane *lane)
{
	struct ikevti_sa *old;

	timer_setup(&sa->timer, sa_timer, 0);
	hash_add_rcu(in->out, &sa->out, sa->spi);
	list_add_tail(&sa->list, sa_list(sa));
	ikevti_path_add_sa(sa);
	in->n_sas++;
	old = rcu_replace_pointer(lane->out, sa,
				  lockdep_is_held(&ikevti_mutex));
	if (old)
		ikevti_sa_remove(in, old);
	trace_ikevti_sa_state(sa, IKEVTI_TRACE_INSTALLED);
	ikevti_net_changed(in);
	ikevti_sa_arm(sa);
}

/**
 * ikevti_sa_remove() - make an SA unreachable and free it in due time
 * @in: underlay namespace
 * @sa: linked
 *
 * Context: ikevti_mutex. The caller updates lanes and device afterwards.
 */
void ikevti_sa_remove(struct ikevti_net *in, struct ikevti_sa *sa)
{
	struct ikevti_lane *lane;

	if (sa->dir == IKEVTI_SA_IN) {
		ikevti_spi_free(&in->spi, sa);
		if (!sa->tfm) {
			list_del(&sa->larval);
			ikevti_held_drop(sa);
		}
	} else {
		hash_del_rcu(&sa->out);
		lane = sa->path->lane[sa->lane_id];
		if (rcu_access_pointer(lane->out) == sa)
			RCU_INIT_POINTER(lane->out, NULL);
	}
	list_del(&sa->list);
	ikevti_path_drop_sa(sa);
	in->n_sas--;
	trace_ikevti_sa_state(sa, IKEVTI_TRACE_REMOVED);
	ikevti_net_changed(in);
	ikevti_timer_stop(&sa->timer);
	INIT_RCU_WORK(&sa->rwork, sa_free_work);
	queue_rcu_work(ikevti_wq, &sa->rwork);
}
