// SPDX-License-Identifier: GPL-2.0-only
/*
 * A burst of packets of one SA: drop what the replay window rules out, decrypt
 * the rest, enter what is authentic into the window under one lock, then
 * deliver it, as single packets or as runs of a TCP flow.
 */
#include <linux/udp.h>

#include "burst.h"
#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "net.h"
#include "path.h"
#include "sa.h"
#include "trace.h"

/**
 * ikevti_rx_drop() - drop a unit and count it
 * @b: burst
 * @sa: its SA, or NULL
 * @why: counter
 * @unit: the unit
 *
 * Context: softirq.
 */
void ikevti_rx_drop(struct ikevti_burst *b, struct ikevti_sa *sa,
		    enum ikevti_stat_attr why, struct ikevti_unit *unit)
{
	ikevti_count(b->idev, sa, why);
	ikevti_drop_skb(unit->skb, why);
	unit->skb = NULL;
	unit->state = IKEVTI_UNIT_GONE;
}

/* Drop what cannot be accepted whatever its content, and infer the rest */
static void check_replay(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	struct ikevti_unit *unit = b->unit;
	unsigned int i;

	spin_lock(&sa->lock);
	for (i = 0; i < b->n; i++, unit++) {
		if (likely(!unit->opened))
			unit->seq = ikevti_replay_seq(sa->replay,
						      get_unaligned_be32(unit->esp + 4));
		if (unlikely(!ikevti_replay_check(sa->replay, unit->seq)))
			ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_REPLAY, unit);
	}
	spin_unlock(&sa->lock);
}

/* Decrypt a unit to memory of ours */
static int open_to(const struct ikevti_sa *sa, const struct ikevti_unit *unit,
		   unsigned int len, u8 *to)
{
	if (unit->state == IKEVTI_UNIT_SEGMENT || !skb_is_nonlinear(unit->skb))
		return ikevti_crypt_open(sa, unit->seq, unit->esp, len, to);
	return ikevti_crypt_open_skb(sa, unit->seq, unit->skb, len, to);
}

/* Give a unit a decrypted skb instead of what it has */
static void set_skb(struct ikevti_unit *unit, struct sk_buff *skb)
{
	*ikevti_rx_cb(skb) = *ikevti_rx_cb(unit->outer);
	if (unit->skb) {
		consume_skb(unit->skb);
		unit->outer = skb;
	}
	unit->skb = skb;
	unit->state = IKEVTI_UNIT_SKB;
}

/* Decrypt into a fresh linear skb */
static int open_copy(struct ikevti_burst *b, const struct ikevti_sa *sa,
		     struct ikevti_unit *unit, unsigned int len)
{
	struct sk_buff *copy = napi_alloc_skb(&b->rxq->napi, len);
	int err;

	if (unlikely(!copy))
		return -ENOMEM;
	err = open_to(sa, unit, len, skb_put(copy, len));
	if (unlikely(err))
		consume_skb(copy);
	else
		set_skb(unit, copy);
	return err;
}

/* Decrypt to where the TCP payload of the packet before ends */
static int open_stream(struct ikevti_burst *b, const struct ikevti_sa *sa,
		       struct ikevti_unit *unit, unsigned int len)
{
	u8 *at = ikevti_stream_place(&b->stream);
	struct sk_buff *copy;
	int err;

	err = open_to(sa, unit, len, at);
	if (unlikely(err)) {
		ikevti_stream_undo(&b->stream, at);
		return err;
	}
	at = ikevti_stream_take(&b->stream, unit, at, len,
				&b->terms);
	if (likely(!at))
		return 0;
	copy = napi_alloc_skb(&b->rxq->napi, len);
	if (unlikely(!copy))
		return -ENOMEM;
	skb_put_data(copy, at, len);
	set_skb(unit, copy);
	return 0;
}

static int open_in_place(const struct ikevti_sa *sa, struct ikevti_unit *unit,
			 unsigned int len)
{
	struct sk_buff *skb = unit->skb;
	int err = ikevti_crypt_open(sa, unit->seq, unit->esp, len, NULL);

	if (likely(!err)) {
		__skb_pull(skb, sa->format.hlen);
		__skb_trim(skb, len);
	}
	return err;
}

/* May its memory be written to? */
static bool is_private(const struct ikevti_unit *unit)
{
	return unit->state == IKEVTI_UNIT_SKB &&
	       !skb_is_nonlinear(unit->skb) && !skb_cloned(unit->skb);
}

/* Give a unit an skb of its own, encrypted; false for lack of memory */
static bool make_private(struct ikevti_burst *b, struct ikevti_unit *unit)
{
	struct sk_buff *skb;

	if (is_private(unit))
		return true;
	skb = napi_alloc_skb(&b->rxq->napi, unit->len);
	if (unlikely(!skb))
		return false;
	if (unit->skb)
		skb_copy_bits(unit->skb, 0, skb_put(skb, unit->len), unit->len);
	else
		skb_put_data(skb, unit->esp, unit->len);
	set_skb(unit, skb);
	unit->esp = skb->data;
	return true;
}

/* Hand a unit to an asynchronous cipher, in an skb of its own */
static void open_later(struct ikevti_sa *sa, struct ikevti_unit *unit,
		       unsigned int len)
{
	struct sk_buff *skb = unit->skb;

	unit->skb = NULL;
	unit->state = IKEVTI_UNIT_GONE;
	ikevti_async_open(sa, skb, unit->seq, len);
}

/* Decrypt by itself, where that must be in place, or may end later */
static int open_alone(struct ikevti_burst *b, struct ikevti_sa *sa,
		      struct ikevti_unit *unit, unsigned int len)
{
	b->stream.first = NULL;
	if (!make_private(b, unit))
		return -ENOMEM;
	if (!sa->async)
		return open_in_place(sa, unit, len);
	open_later(sa, unit, len);
	return 0;
}

/* Verify and decrypt; the unit is dropped and counted if that fails */
static void open_unit(struct ikevti_burst *b, struct ikevti_sa *sa,
		      struct ikevti_unit *unit, bool coalesce)
{
	const struct ikevti_format *f = &sa->format;
	int len = (int)unit->len - (f->hlen + f->icv);
	struct ikevti_stream *stream = &b->stream;
	int err;

	if (unlikely(len < f->align || len & (f->align - 1))) {
		stream->first = NULL;
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_MALFORMED, unit);
		return;
	}
	if (unlikely(!sa->batches)) {
		err = open_alone(b, sa, unit, len);
	} else if (coalesce && unit->len >= IKEVTI_STREAM_MIN && stream->likely) {
		err = open_stream(b, sa, unit, len);
	} else {
		stream->first = NULL;
		err = is_private(unit) ? open_in_place(sa, unit, len) :
					 open_copy(b, sa, unit, len);
		if (!err && unit->len >= IKEVTI_STREAM_MIN)
			stream->likely = ikevti_stream_fits(unit->skb->data,
							    len);
	}
	if (likely(!err))
		return;
	if (err == -ENOMEM) {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_NO_MEMORY, unit);
	} else {
		ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_AUTH_FAILED, unit);
		ikevti_event_auth_failure(sa);
	}
}

static void open_all(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	const struct net_device *dev = b->idev->dev;
	struct ikevti_unit *unit = b->unit;
	bool coalesce;
	unsigned int i;

	b->terms.trust4 = ikevti_trust_checksum(dev, true);
	b->terms.trust6 = ikevti_trust_checksum(dev, false);
	b->terms.own = dev->features & NETIF_F_RXCSUM ? dev : NULL;
	coalesce = b->n > 1 && dev->features & NETIF_F_GRO &&
		   ikevti_stream_begin(&b->stream, b->bytes);
	for (i = 0; i < b->n; i++, unit++) {
		if (unlikely(unit->state == IKEVTI_UNIT_GONE || unit->opened)) {
			b->stream.first = NULL;
			continue;
		}
		b->terms.tos = ikevti_rx_cb(unit->outer)->tos;
		open_unit(b, sa, unit, coalesce);
	}
}

/*
 * Enter the authenticated packets into the window; false if there are none.
 * Only the newest packet says where the peer is: one that was delayed on its
 * way, by nature or by somebody who sends it from elsewhere, does not.
 */
static bool advance_window(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	struct ikevti_unit *unit = b->unit;
	bool any = false;
	unsigned int i;

	spin_lock(&sa->lock);
	for (i = 0; i < b->n; i++, unit++) {
		if (unit->state == IKEVTI_UNIT_GONE)
			continue;
		if (unit->seq <= sa->replay->top)
			unit->moved = false;
		if (unlikely(!ikevti_replay_advance(sa->replay, unit->seq))) {
			ikevti_rx_drop(b, sa, IKEVTI_STAT_A_RX_REPLAY, unit);
			continue;
		}
		any = true;
	}
	spin_unlock(&sa->lock);
	return any;
}

/* How many packets of its run, from this one on, are there to be delivered? */
static unsigned int run_length(const struct ikevti_burst *b, unsigned int i)
{
	const struct ikevti_unit *unit = b->unit;
	unsigned int n = 1;

	while (i + n < b->n && unit[i + n].state == IKEVTI_UNIT_STREAM &&
	       unit[i + n].run.index == unit[i].run.index + n)
		n++;
	return n;
}

static void count(struct net_device *dev, unsigned int packets, u64 bytes)
{
	struct pcpu_sw_netstats *stats = this_cpu_ptr(dev->tstats);

	u64_stats_update_begin(&stats->syncp);
	u64_stats_add(&stats->rx_packets, packets);
	u64_stats_add(&stats->rx_bytes, bytes);
	u64_stats_update_end(&stats->syncp);
}

static void deliver_all(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	unsigned int i, n, len, packets = 0;
	struct ikevti_unit *unit;
	u64 bytes = 0;

	for (i = 0; i < b->n; i += n) {
		unit = b->unit + i;
		n = 1;
		if (unit->state == IKEVTI_UNIT_GONE)
			continue;
		if (unlikely(unit->moved))
			ikevti_event_address(sa, &ikevti_rx_cb(unit->outer)->source);
		if (unit->state == IKEVTI_UNIT_STREAM) {
			n = run_length(b, i);
			len = ikevti_deliver_run(b, sa, unit, n);
		} else {
			len = ikevti_deliver(b, sa, unit);
		}
		if (likely(len))
			trace_ikevti_rx(b->idev, sa, unit->seq, len, n);
		bytes += len;
		packets += len ? n : 0;
	}
	count(b->idev->dev, packets, bytes);
	ikevti_sa_received(sa, bytes, packets);
}

/**
 * ikevti_burst_sa() - the SA of a burst
 * @b: burst
 *
 * Context: RCU read side.
 * Return: SA, or NULL if it carries nothing any more.
 */
struct ikevti_sa *ikevti_burst_sa(const struct ikevti_burst *b)
{
	struct net *net = rcu_dereference(b->idev->underlay);
	struct ikevti_sa *sa = NULL;

	if (likely(net))
		sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, b->spi);
	if (likely(sa && sa->tfm && !ikevti_sa_expired(sa) &&
		   sa->idev == b->idev))
		return sa;
	return NULL;
}

/**
 * ikevti_burst_open() - verify and decrypt the packets of a burst
 * @b: burst
 * @sa: its SA
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable(). Any CPU.
 */
void ikevti_burst_open(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	check_replay(b, sa);
	open_all(b, sa);
}

/**
 * ikevti_burst_close() - take what was decrypted for received, and deliver it
 * @b: burst, ikevti_burst_open()
 * @sa: its SA
 *
 * Context: owner of the queue's NAPI, RCU read side.
 */
void ikevti_burst_close(struct ikevti_burst *b, struct ikevti_sa *sa)
{
	if (!advance_window(b, sa))
		return;
	ikevti_path_received(sa->path);
	deliver_all(b, sa);
}

/**
 * ikevti_burst_drop() - drop the packets of a burst
 * @b: burst
 * @why: counter
 *
 * Context: BH disabled.
 */
void ikevti_burst_drop(struct ikevti_burst *b, enum ikevti_stat_attr why)
{
	unsigned int i;

	for (i = 0; i < b->n; i++)
		if (b->unit[i].state != IKEVTI_UNIT_GONE)
			ikevti_rx_drop(b, NULL, why, b->unit + i);
}

/**
 * ikevti_burst() - handle the packets that have been collected
 * @b: burst, without any afterwards
 *
 * Context: owner of the queue's NAPI, RCU read side, ikevti_crypt_usable().
 */
void ikevti_burst(struct ikevti_burst *b)
{
	struct ikevti_sa *sa;

	if (!b->n)
		return;
	sa = ikevti_burst_sa(b);
	if (likely(sa)) {
		ikevti_burst_open(b, sa);
		ikevti_burst_close(b, sa);
	} else {
		ikevti_burst_drop(b, IKEVTI_STAT_A_RX_EXPIRED);
	}
	ikevti_stream_end(&b->stream);
	b->n = 0;
	b->bytes = 0;
}
