// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way in: find the SA by its SPI, check that the packet came to the path's
 * address, and queue it for the device's NAPI on this CPU. There packets are
 * handled in bursts of one SA (burst.c). Where they come one by one (gather.h),
 * a packet is handled here and now instead.
 *
 * A queue entry is a packet, or a batch of packets of one SA in one skb
 * (batch.c). Packets that are an skb of their own within a batch are taken out
 * of it; others stay where they are, and nothing writes to that memory: their
 * plaintext goes elsewhere, so it does not matter who else can see them. Who
 * else could write to them does matter: such packets are copied first.
 *
 * A queued packet holds no reference. Its SA is looked up again when it is
 * decrypted, so an SA removed meanwhile simply is not there.
 */
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/dsfield.h>

#include "batch.h"
#include "burst.h"
#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "event.h"
#include "held.h"
#include "net.h"
#include "path.h"
#include "rx.h"
#include "sa.h"

#define QUEUE_MAX	4096	/* packets per CPU */

static void drop(struct ikevti_dev *idev, struct ikevti_sa *sa,
		 enum ikevti_stat_attr why, struct sk_buff *skb)
{
	unsigned int n = ikevti_rx_packets(skb);

	while (n--)
		ikevti_count(idev, sa, why);
	ikevti_drop_skb(skb, why);
}

/*
 * Does the packet's destination belong to the path? Also: did it move?
 *
 * ESP comes in either encapsulation at any time (RFC 7296 section 2.23). In UDP
 * for a path that has none it came to one of our sockets, whichever. In the
 * encapsulation that is not the path's a packet does not say where the path's
 * own ones have to go.
 */
static bool check_addresses(const struct ikevti_endpoint *ep,
			    const struct sk_buff *skb, enum ikevti_encap encap,
			    struct ikevti_rx_cb *cb)
{
	bool here, same;

	if (ip_hdr(skb)->version == 4) {
		cb->tos = ip_hdr(skb)->tos;
		here = ep->family == AF_INET &&
		       ip_hdr(skb)->daddr == ep->local.ip4;
		same = ip_hdr(skb)->saddr == ep->remote.ip4;
	} else {
		cb->tos = ipv6_get_dsfield(ipv6_hdr(skb));
		here = ep->family == AF_INET6 &&
		       ipv6_addr_equal(&ipv6_hdr(skb)->daddr, &ep->local.ip6);
		same = ipv6_addr_equal(&ipv6_hdr(skb)->saddr, &ep->remote.ip6);
	}
	if (encap == IKEVTI_ENCAP_UDP && ep->encap == IKEVTI_ENCAP_UDP) {
		here = here && udp_hdr(skb)->dest == ep->local_port;
		same = same && udp_hdr(skb)->source == ep->remote_port;
	}
	cb->moved = !same && encap == ep->encap;
	if (unlikely(cb->moved))
		ikevti_source_of(&cb->source, skb,
				 encap == IKEVTI_ENCAP_UDP);
	return here;
}

/**
 * ikevti_rx_expects() - is a datagram for an SA of ours?
 * @net: underlay namespace
 * @skb: datagram, network and transport headers set and linear
 * @spi: of the ESP packet in it
 *
 * Context: softirq, RCU read side.
 */
bool ikevti_rx_expects(struct net *net, const struct sk_buff *skb, __be32 spi)
{
	const struct ikevti_endpoint *ep;
	const struct ikevti_sa *sa;
	struct ikevti_path *path;
	struct ikevti_rx_cb cb;

	sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, ntohl(spi));
	path = likely(sa) ? READ_ONCE(sa->path) : NULL;
	ep = likely(path) ? rcu_dereference(path->endpoint) : NULL;
	return ep && check_addresses(ep, skb, IKEVTI_ENCAP_UDP, &cb);
}

/* The device has no room, or is not up */
static void drop_here(struct ikevti_dev *idev, struct sk_buff *skb)
{
	unsigned int n = ikevti_rx_packets(skb);

	while (n--)
		dev_core_stats_rx_dropped_inc(idev->dev);
	kfree_skb_reason(skb, netif_running(idev->dev) ?
			      SKB_DROP_REASON_FULL_RING :
			      SKB_DROP_REASON_DEV_READY);
}

static void enqueue(struct ikevti_rxq *rxq, struct sk_buff *skb)
{
	unsigned int n = ikevti_rx_packets(skb);
	bool first;

	if (unlikely(READ_ONCE(rxq->packets) >= QUEUE_MAX)) {
		drop_here(rxq->idev, skb);
		return;
	}
	spin_lock(&rxq->queue.lock);
	first = skb_queue_empty(&rxq->queue);
	__skb_queue_tail(&rxq->queue, skb);
	WRITE_ONCE(rxq->packets, rxq->packets + n);
	spin_unlock(&rxq->queue.lock);
	ikevti_gather_count(&rxq->gather, n);
	if (first)
		napi_schedule(&rxq->napi);
}

/* The burst is complete: decrypt it, or have another CPU do that */
static void end_burst(struct ikevti_rxq *rxq)
{
	struct ikevti_burst *b = &rxq->burst;

	if (unlikely(READ_ONCE(rxq->idev->spread) ||
		     ikevti_spread_busy(&rxq->spread)) && ikevti_spread_in(b))
		return;
	ikevti_burst(b);
}

/* A unit more for the burst */
static struct ikevti_unit *new_unit(struct ikevti_rxq *rxq, u32 spi,
				    unsigned int len)
{
	struct ikevti_burst *b = &rxq->burst;

	if (b->n && (b->n == IKEVTI_BURST || b->spi != spi ||
		     b->bytes + len > IKEVTI_BURST_BYTES))
		end_burst(rxq);
	b->spi = spi;
	b->bytes += len;
	b->unit[b->n].opened = false;
	return &b->unit[b->n++];
}

static struct ikevti_unit *new_skb_unit(struct ikevti_rxq *rxq,
					struct sk_buff *skb)
{
	struct ikevti_unit *unit = new_unit(rxq, ikevti_rx_cb(skb)->spi,
					    skb->len);

	unit->state = IKEVTI_UNIT_SKB;
	unit->skb = skb;
	unit->outer = skb;
	unit->esp = skb->data;
	unit->len = skb->len;
	unit->moved = ikevti_rx_cb(skb)->moved;
	return unit;
}

static void add_skb(struct ikevti_rxq *rxq, struct sk_buff *skb)
{
	struct ikevti_unit *unit;

	if (unlikely(ikevti_rx_cb(skb)->opened)) {
		__skb_push(skb, ikevti_rx_cb(skb)->hlen);
		unit = new_skb_unit(rxq, skb);
		unit->opened = true;
		unit->seq = ikevti_rx_cb(skb)->seq;
		__skb_pull(skb, ikevti_rx_cb(skb)->hlen);
		return;
	}
	/*
	 * The header in one piece, no list below the page fragments, and what
	 * others may write to copied before anything is authenticated
	 */
	if (unlikely(skb->len < sizeof(struct ip_esp_hdr) ||
		     !pskb_may_pull(skb, min_t(unsigned int, skb->len,
					       ikevti_rx_cb(skb)->hlen)) ||
		     (skb_has_frag_list(skb) && skb_linearize(skb)) ||
		     (skb_is_nonlinear(skb) && ikevti_frags_shared(skb) &&
		      skb_linearize(skb)))) {
		ikevti_count(rxq->idev, NULL, IKEVTI_STAT_A_RX_NO_MEMORY);
		ikevti_drop_skb(skb, IKEVTI_STAT_A_RX_NO_MEMORY);
		return;
	}
	new_skb_unit(rxq, skb);
}

/* A segment that does not lie in one piece gets an skb of its own */
static void add_copy(struct ikevti_rxq *rxq, struct sk_buff *batch,
		     const struct sk_buff *part,
		     const struct ikevti_segment *seg)
{
	struct sk_buff *skb = napi_alloc_skb(&rxq->napi, seg->len);

	if (unlikely(!skb ||
		     skb_copy_bits(part, seg->at, skb_put(skb, seg->len),
				   seg->len))) {
		ikevti_drop_skb(skb, IKEVTI_STAT_A_RX_NO_MEMORY);
		ikevti_count(rxq->idev, NULL, IKEVTI_STAT_A_RX_NO_MEMORY);
		return;
	}
	*ikevti_rx_cb(skb) = *ikevti_rx_cb(batch);
	add_skb(rxq, skb);
}

/* The segments of a part of a batch, where they are */
static void add_segments(struct ikevti_rxq *rxq, struct sk_buff *batch,
			 const struct sk_buff *part)
{
	u32 spi = ikevti_rx_cb(batch)->spi;
	struct ikevti_segment seg;
	struct ikevti_unit *unit;
	struct ikevti_cut cut;

	ikevti_cut_start(&cut, part, 0, ikevti_batch_size(batch, part, 0));
	while (ikevti_cut_next(&cut, &seg)) {
		if (unlikely(seg.len < sizeof(struct ip_esp_hdr))) {
			ikevti_count(rxq->idev, NULL,
				     IKEVTI_STAT_A_RX_MALFORMED);
			continue;
		}
		if (unlikely(!seg.data)) {
			add_copy(rxq, batch, part, &seg);
			continue;
		}
		unit = new_unit(rxq, spi, seg.len);
		unit->state = IKEVTI_UNIT_SEGMENT;
		unit->skb = NULL;
		unit->outer = batch;
		unit->esp = seg.data;
		unit->len = seg.len;
		unit->moved = ikevti_rx_cb(batch)->moved;
	}
}

/*
 * Take the members of a batch's frag_list out of it, if they are packets and
 * ours alone. What others see through a clone of the batch stays as it is.
 */
static struct sk_buff *take_members(struct sk_buff *batch)
{
	struct skb_shared_info *info = skb_shinfo(batch);
	struct sk_buff *skb, *members = info->frag_list;

	if (skb_cloned(batch))
		return NULL;
	skb_walk_frags(batch, skb)
		if (skb_shared(skb) ||
		    (!(info->gso_type & SKB_GSO_FRAGLIST) &&
		     skb->len > info->gso_size))
			return NULL;
	skb_walk_frags(batch, skb) {
		batch->len -= skb->len;
		batch->data_len -= skb->len;
		batch->truesize -= skb->truesize;
		*ikevti_rx_cb(skb) = *ikevti_rx_cb(batch);
	}
	info->frag_list = NULL;
	return members;
}

static void add_batch(struct ikevti_rxq *rxq, struct sk_buff *batch)
{
	struct sk_buff *skb, *next, *members = take_members(batch);

	if (members && ikevti_batch_size(batch, batch, 0) >= batch->len) {
		skb_gso_reset(batch);
		add_skb(rxq, batch);
		batch = NULL;
	} else {
		add_segments(rxq, batch, batch);
		skb_walk_frags(batch, skb)
			add_segments(rxq, batch, skb);
	}
	for (skb = members; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		skb_orphan(skb);
		add_skb(rxq, skb);
	}
	if (batch) {
		/* While the memory is there */
		end_burst(rxq);
		consume_skb(batch);
	}
}

/* Is this CPU in handle_now()? A tunnel's packet within another's is queued. */
static DEFINE_PER_CPU(bool, handling);

/*
 * Handle a packet here and now, in the poll's place, if it is likely to be
 * alone. Context: softirq, RCU read side. Returns false if it has to be queued.
 */
static bool handle_now(struct ikevti_rxq *rxq, struct sk_buff *skb)
{
	if (READ_ONCE(rxq->gather.on) || skb_is_gso(skb) ||
	    !skb_queue_empty_lockless(&rxq->queue) ||
	    ikevti_spread_busy(&rxq->spread) ||
	    this_cpu_read(handling) || unlikely(!ikevti_crypt_usable()) ||
	    !napi_schedule_prep(&rxq->napi))
		return false;
	this_cpu_write(handling, true);
	add_skb(rxq, skb);
	ikevti_burst(&rxq->burst);
	ikevti_deliver_list(rxq);
	napi_complete_done(&rxq->napi, 1);
	this_cpu_write(handling, false);
	if (ikevti_gather_look(&rxq->gather))
		napi_schedule(&rxq->napi);
	return true;
}

/**
 * ikevti_rx_again() - take a packet that an asynchronous cipher decrypted
 * @idev: device
 * @skb: plaintext, ikevti_rx_cb() says so; consumed
 *
 * Context: BH disabled.
 */
void ikevti_rx_again(struct ikevti_dev *idev, struct sk_buff *skb)
{
	if (likely(netif_running(idev->dev)))
		enqueue(this_cpu_ptr(idev->rxq), skb);
	else
		drop_here(idev, skb);
}

/*
 * Is a packet one of the SA's path? What is to be known about it later goes to
 * @cb. An SA without a key may have no path yet: then that is seen when it has.
 */
static enum ikevti_rx_result check(struct ikevti_sa *sa, struct sk_buff *skb,
				   enum ikevti_encap encap,
				   struct ikevti_rx_cb *cb)
{
	struct ikevti_path *path = READ_ONCE(sa->path);
	const struct ikevti_endpoint *ep;

	cb->spi = sa->spi;
	cb->hlen = sa->format.hlen;
	ep = likely(path) ? rcu_dereference(path->endpoint) : NULL;
	if (unlikely(!ep) || likely(check_addresses(ep, skb, encap, cb)))
		return IKEVTI_RX_PASS;
	/* Natively an SA is named by its destination and SPI */
	if (encap == IKEVTI_ENCAP_NONE) {
		ikevti_count(sa->idev, sa, IKEVTI_STAT_A_RX_WRONG_ADDRESS);
		return IKEVTI_RX_FOREIGN;
	}
	drop(sa->idev, sa, IKEVTI_STAT_A_RX_WRONG_ADDRESS, skb);
	return IKEVTI_RX_TAKEN;
}

/* Offer a packet to its SA, which may have neither key nor path */
static enum ikevti_rx_result offer(struct ikevti_sa *sa, struct sk_buff *skb,
				   enum ikevti_encap encap)
{
	struct ikevti_dev *idev = sa->idev;
	struct ikevti_rx_cb cb = {};
	enum ikevti_rx_result result;

	result = check(sa, skb, encap, &cb);
	if (unlikely(result != IKEVTI_RX_PASS))
		return result;
	if (unlikely(!ikevti_sa_ready(sa))) {
		if (ikevti_sa_expired(sa)) {
			drop(idev, sa, IKEVTI_STAT_A_RX_EXPIRED, skb);
			return IKEVTI_RX_TAKEN;
		}
		result = ikevti_held_take(sa, skb, encap);
		if (result != IKEVTI_RX_PASS)
			return result;
	}
	if (unlikely(!netif_running(idev->dev))) {
		drop_here(idev, skb);
		return IKEVTI_RX_TAKEN;
	}
	*ikevti_rx_cb(skb) = cb;
	if (!handle_now(this_cpu_ptr(idev->rxq), skb))
		enqueue(this_cpu_ptr(idev->rxq), skb);
	return IKEVTI_RX_TAKEN;
}

/**
 * ikevti_rx() - take an ESP packet, or a batch of one SA
 * @net: underlay namespace
 * @skb: data at the (first) ESP header, network and transport headers set
 * @encap: how it came
 *
 * Context: softirq, RCU read side.
 * Return: IKEVTI_RX_TAKEN, or IKEVTI_RX_FOREIGN if the packet is not for an SA
 * of this module; the caller still owns it then.
 */
enum ikevti_rx_result ikevti_rx(struct net *net, struct sk_buff *skb,
				enum ikevti_encap encap)
{
	enum ikevti_rx_result result;
	struct ikevti_sa *sa;
	__be32 spi;

	/* ESP that xfrm left to a device to cut and encrypt, perhaps */
	if (unlikely(skb_is_gso(skb) && encap == IKEVTI_ENCAP_NONE))
		return IKEVTI_RX_FOREIGN;
	/* Without pulling it: a batch's first packet would be torn apart */
	if (unlikely(skb_copy_bits(skb, 0, &spi, sizeof(spi)) ||
		     skb->len < sizeof(struct ip_esp_hdr)))
		return IKEVTI_RX_FOREIGN;
	do {
		sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, ntohl(spi));
		if (unlikely(!sa))
			return IKEVTI_RX_FOREIGN;
		result = offer(sa, skb, encap);
	} while (unlikely(result == IKEVTI_RX_AGAIN));
	return result;
}

/**
 * ikevti_rx_held() - take a packet that waited for the key of its SA
 * @sa: its SA, complete
 * @skb: as ikevti_rx() got it; consumed
 * @encap: how it came
 * @cpu: where it came
 *
 * It is looked at as if it came now, and queued as if nothing had held it.
 *
 * Context: BH disabled, RCU read side.
 */
void ikevti_rx_held(struct ikevti_sa *sa, struct sk_buff *skb,
		    enum ikevti_encap encap, int cpu)
{
	struct ikevti_rx_cb cb = {};

	switch (check(sa, skb, encap, &cb)) {
	case IKEVTI_RX_PASS:
		break;
	case IKEVTI_RX_FOREIGN:
		ikevti_drop_skb(skb, IKEVTI_STAT_A_RX_WRONG_ADDRESS);
		return;
	default:
		return;
	}
	*ikevti_rx_cb(skb) = cb;
	if (likely(netif_running(sa->idev->dev)))
		enqueue(per_cpu_ptr(sa->idev->rxq, cpu), skb);
	else
		drop_here(sa->idev, skb);
}

/* Take about as many packets from the queue as the budget allows */
static unsigned int take_queue(struct ikevti_rxq *rxq,
			       struct sk_buff_head *list, unsigned int budget)
{
	unsigned int n = 0;
	struct sk_buff *skb;

	spin_lock(&rxq->queue.lock);
	while (n < budget && (skb = __skb_dequeue(&rxq->queue))) {
		n += ikevti_rx_packets(skb);
		__skb_queue_tail(list, skb);
	}
	WRITE_ONCE(rxq->packets, rxq->packets - n);
	spin_unlock(&rxq->queue.lock);
	return min(n, budget);
}

static int rx_poll(struct napi_struct *napi, int budget)
{
	struct ikevti_rxq *rxq = container_of(napi, struct ikevti_rxq, napi);
	struct sk_buff_head list;
	struct sk_buff *skb;
	int work;

	/*
	 * netpoll, which sends what is left to send, calls without owning the
	 * queue: perhaps out of an interrupt, and in the middle of handle_now()
	 */
	if (unlikely(!budget))
		return 0;
	if (unlikely(!ikevti_crypt_usable())) {
		napi_complete(napi);
		queue_work_on(smp_processor_id(), ikevti_wq, &rxq->work);
		return 0;
	}

	ikevti_gather_polled(&rxq->gather);
	__skb_queue_head_init(&list);
	rcu_read_lock();
	work = ikevti_spread_in_done(rxq, budget);
	/* What is left in the queue waits for a CPU, which asks for this then */
	if (likely(!ikevti_spread_full(&rxq->spread)))
		work += take_queue(rxq, &list, budget - work);
	while ((skb = __skb_dequeue(&list))) {
		if (skb_is_gso(skb))
			add_batch(rxq, skb);
		else
			add_skb(rxq, skb);
	}
	end_burst(rxq);
	rcu_read_unlock();
	ikevti_deliver_list(rxq);

	if (work < budget)
		napi_complete_done(napi, work);
	return work;
}

/* Run the poll in this context's softirq, where vector registers are free */
static void rx_continue(struct work_struct *work)
{
	struct ikevti_rxq *rxq = container_of(work, struct ikevti_rxq, work);

	local_bh_disable();
	napi_schedule(&rxq->napi);
	local_bh_enable();
}

/**
 * ikevti_rx_init() - make the receive queues of a device
 * @idev: device being registered
 *
 * Return: 0 or -ENOMEM.
 */
int ikevti_rx_init(struct ikevti_dev *idev)
{
	int cpu;

	idev->rxq = alloc_percpu_gfp(struct ikevti_rxq, GFP_KERNEL_ACCOUNT);
	if (!idev->rxq)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct ikevti_rxq *rxq = per_cpu_ptr(idev->rxq, cpu);

		rxq->idev = idev;
		rxq->burst.rxq = rxq;
		rxq->burst.idev = idev;
		ikevti_spread_init(&rxq->spread, &rxq->work);
		skb_queue_head_init(&rxq->queue);
		INIT_LIST_HEAD(&rxq->list);
		INIT_WORK(&rxq->work, rx_continue);
		ikevti_gather_init(&rxq->gather);
		set_bit(NAPI_STATE_NO_BUSY_POLL, &rxq->napi.state);
		netif_napi_add(idev->dev, &rxq->napi, rx_poll);
		napi_enable(&rxq->napi);
	}
	return 0;
}

/**
 * ikevti_rx_destroy() - counterpart of ikevti_rx_init()
 * @idev: device without SAs for a grace period
 *
 * Context: process, may sleep.
 */
void ikevti_rx_destroy(struct ikevti_dev *idev)
{
	int cpu;

	if (!idev->rxq)
		return;
	for_each_possible_cpu(cpu) {
		struct ikevti_rxq *rxq = per_cpu_ptr(idev->rxq, cpu);

		cancel_work_sync(&rxq->work);
		napi_disable(&rxq->napi);
		/* The poll may have left the work behind once more */
		cancel_work_sync(&rxq->work);
		__netif_napi_del(&rxq->napi);
		__skb_queue_purge(&rxq->queue);
	}
	/* Readers of the device's NAPI list */
	synchronize_net();
	free_percpu(idev->rxq);
	idev->rxq = NULL;
}
