// SPDX-License-Identifier: GPL-2.0-only
/*
 * The way in: find the SA by its SPI, check that the packet came to the path's
 * address, and queue it for the device's NAPI on this CPU. There packets are
 * handled in bursts of one SA: early replay check, decryption, final window
 * update under one lock, then what RFC 4301 section 5.2 asks of the inner
 * packet, and delivery.
 *
 * A queued packet holds no reference. Its SA is looked up again when it is
 * decrypted, so an SA removed meanwhile simply is not there.
 */
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/udp.h>
#include <net/addrconf.h>
#include <net/dsfield.h>
#include <net/inet_ecn.h>
#include <net/ip.h>

#include "crypt.h"
#include "dev.h"
#include "esp.h"
#include "event.h"
#include "net.h"
#include "path.h"
#include "rx.h"
#include "sa.h"

#define QUEUE_MAX	4096	/* packets per CPU */
#define BURST		NAPI_POLL_WEIGHT

/**
 * struct ikevti_rxq - receive queue of a device on one CPU
 * @queue: encrypted packets
 * @napi: decrypts them
 * @work: continues where the cipher could not run in softirq
 * @idev: device
 * @burst: packets being decrypted; only @napi touches it
 */
struct ikevti_rxq {
	struct sk_buff_head queue;
	struct napi_struct napi;
	struct work_struct work;
	struct ikevti_dev *idev;
	struct sk_buff *burst[BURST];
};

/**
 * struct rx_cb - what a queued packet carries in skb->cb
 * @seq: full sequence number, once known
 * @spi: SPI
 * @source: where it came from, if it @moved
 * @tos: DS field of the outer header
 * @moved: the source is not the path's remote endpoint
 */
struct rx_cb {
	u64 seq;
	u32 spi;
	struct ikevti_source source;
	u8 tos;
	bool moved;
};

static struct rx_cb *rx_cb(struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct rx_cb) > sizeof(skb->cb));
	return (struct rx_cb *)skb->cb;
}

static void drop(struct ikevti_dev *idev, struct ikevti_sa *sa,
		 enum ikevti_stat_attr why, struct sk_buff *skb)
{
	ikevti_count(idev, sa, why);
	kfree_skb(skb);
}

/* Does the packet's destination belong to the path? Also: did it move? */
static bool check_addresses(const struct ikevti_endpoint *ep,
			    const struct sk_buff *skb, enum ikevti_encap encap,
			    struct rx_cb *cb)
{
	bool here, same;

	if (encap != ep->encap)
		return false;
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
	if (encap == IKEVTI_ENCAP_UDP) {
		here = here && udp_hdr(skb)->dest == ep->local_port;
		same = same && udp_hdr(skb)->source == ep->remote_port;
	}
	cb->moved = !same;
	if (unlikely(!same))
		ikevti_source_of(&cb->source, skb,
				 encap == IKEVTI_ENCAP_UDP);
	return here;
}

static void enqueue(struct ikevti_dev *idev, struct sk_buff *skb)
{
	struct ikevti_rxq *rxq = this_cpu_ptr(idev->rxq);
	bool first;

	if (unlikely(skb_queue_len_lockless(&rxq->queue) >= QUEUE_MAX)) {
		dev_core_stats_rx_dropped_inc(idev->dev);
		kfree_skb(skb);
		return;
	}
	spin_lock(&rxq->queue.lock);
	first = skb_queue_empty(&rxq->queue);
	__skb_queue_tail(&rxq->queue, skb);
	spin_unlock(&rxq->queue.lock);
	if (first)
		napi_schedule(&rxq->napi);
}

/**
 * ikevti_rx() - take an ESP packet
 * @net: underlay namespace
 * @skb: data at the ESP header, network and transport headers set
 * @encap: how it came
 *
 * Context: softirq, RCU read side.
 * Return: IKEVTI_RX_FOREIGN if the packet is not for an SA of this module; the
 * caller still owns it then.
 */
enum ikevti_rx_result ikevti_rx(struct net *net, struct sk_buff *skb,
				enum ikevti_encap encap)
{
	const struct ikevti_endpoint *ep;
	struct ikevti_dev *idev;
	struct ikevti_path *path;
	struct ikevti_sa *sa;
	struct rx_cb cb = {};

	if (unlikely(!pskb_may_pull(skb, sizeof(struct ip_esp_hdr))))
		return IKEVTI_RX_FOREIGN;
	cb.spi = get_unaligned_be32(skb->data);
	sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, cb.spi);
	if (unlikely(!sa))
		return IKEVTI_RX_FOREIGN;

	idev = sa->idev;
	path = READ_ONCE(sa->path);
	ep = path ? rcu_dereference(path->endpoint) : NULL;
	if (unlikely(!ep)) {
		drop(idev, sa, IKEVTI_STAT_A_RX_EXPIRED, skb);
		return IKEVTI_RX_TAKEN;
	}
	if (unlikely(!check_addresses(ep, skb, encap, &cb))) {
		/* Natively an SA is named by its destination and SPI */
		ikevti_count(idev, sa, IKEVTI_STAT_A_RX_WRONG_ADDRESS);
		if (encap == IKEVTI_ENCAP_NONE)
			return IKEVTI_RX_FOREIGN;
		kfree_skb(skb);
		return IKEVTI_RX_TAKEN;
	}
	if (unlikely(!sa->tfm || ikevti_sa_expired(sa))) {
		drop(idev, sa, IKEVTI_STAT_A_RX_EXPIRED, skb);
		return IKEVTI_RX_TAKEN;
	}
	if (unlikely(!netif_running(idev->dev))) {
		dev_core_stats_rx_dropped_inc(idev->dev);
		kfree_skb(skb);
		return IKEVTI_RX_TAKEN;
	}
	*rx_cb(skb) = cb;
	enqueue(idev, skb);
	return IKEVTI_RX_TAKEN;
}

/* A fresh linear buffer for the plaintext of a packet that others can see */
static struct sk_buff *open_copy(struct ikevti_rxq *rxq,
				 const struct ikevti_sa *sa,
				 struct sk_buff *skb, unsigned int len,
				 int *err)
{
	struct sk_buff *copy = napi_alloc_skb(&rxq->napi, len);

	if (unlikely(!copy)) {
		*err = -ENOMEM;
		return NULL;
	}
	*err = ikevti_crypt_open(sa, rx_cb(skb)->seq, skb, len,
				 skb_put(copy, len));
	if (unlikely(*err)) {
		kfree_skb(copy);
		return NULL;
	}
	*rx_cb(copy) = *rx_cb(skb);
	copy->tstamp = skb->tstamp;
	copy->mark = skb->mark;
	return copy;
}

/*
 * Verify and decrypt. Returns the packet with its data at the plaintext, or
 * NULL, where it was counted and freed.
 */
static struct sk_buff *open_packet(struct ikevti_rxq *rxq, struct ikevti_sa *sa,
				   struct sk_buff *skb)
{
	struct ikevti_dev *idev = rxq->idev;
	struct sk_buff *copy;
	int len, err;

	len = (int)skb->len - (int)(IKEVTI_ESP_HLEN + IKEVTI_ESP_ICV_LEN);
	if (unlikely(len < IKEVTI_ESP_ALIGN || len & (IKEVTI_ESP_ALIGN - 1) ||
		     !pskb_may_pull(skb, IKEVTI_ESP_HLEN))) {
		drop(idev, sa, IKEVTI_STAT_A_RX_MALFORMED, skb);
		return NULL;
	}

	if (likely(!skb_is_nonlinear(skb) && !skb_cloned(skb))) {
		err = ikevti_crypt_open(sa, rx_cb(skb)->seq, skb, len, NULL);
		if (likely(!err)) {
			__skb_pull(skb, IKEVTI_ESP_HLEN);
			__skb_trim(skb, len);
			return skb;
		}
	} else if (skb_has_frag_list(skb) && skb_linearize(skb)) {
		err = -ENOMEM;
	} else {
		copy = open_copy(rxq, sa, skb, len, &err);
		if (likely(copy)) {
			consume_skb(skb);
			return copy;
		}
	}

	if (err == -ENOMEM) {
		drop(idev, sa, IKEVTI_STAT_A_RX_NO_MEMORY, skb);
	} else {
		drop(idev, sa, IKEVTI_STAT_A_RX_AUTH_FAILED, skb);
		ikevti_event_auth_failure(sa);
	}
	return NULL;
}

/*
 * Take off padding and trailer. The content of the padding is authenticated
 * and not looked at. Returns 0 and the protocol, or why not.
 */
static enum ikevti_stat_attr strip_trailer(struct sk_buff *skb)
{
	const u8 *end = skb_tail_pointer(skb);
	u8 nexthdr = end[-1];
	unsigned int pad = end[-2];

	if (unlikely(pad + IKEVTI_ESP_TRAILER > skb->len))
		return IKEVTI_STAT_A_RX_MALFORMED;
	__skb_trim(skb, skb->len - pad - IKEVTI_ESP_TRAILER);

	switch (nexthdr) {
	case IPPROTO_IPIP:
		skb->protocol = htons(ETH_P_IP);
		return 0;
	case IPPROTO_IPV6:
		skb->protocol = htons(ETH_P_IPV6);
		return 0;
	case IPPROTO_NONE:
		return IKEVTI_STAT_A_RX_DUMMY;
	}
	return IKEVTI_STAT_A_RX_MALFORMED;
}

/*
 * Is it the IP packet the trailer announced? What follows its end is traffic
 * flow confidentiality padding, RFC 4303 section 2.7. Returns its DS field or
 * an error.
 */
static int check_inner(struct sk_buff *skb)
{
	unsigned int len;
	int ds;

	skb_reset_network_header(skb);
	if (skb->protocol == htons(ETH_P_IP)) {
		const struct iphdr *iph = ip_hdr(skb);

		if (skb->len < sizeof(*iph) || iph->version != 4 ||
		    iph->ihl < 5)
			return -EINVAL;
		len = ntohs(iph->tot_len);
		if (len < iph->ihl * 4)
			return -EINVAL;
		ds = iph->tos;
	} else {
		const struct ipv6hdr *ip6h = ipv6_hdr(skb);

		if (skb->len < sizeof(*ip6h) || ip6h->version != 6)
			return -EINVAL;
		len = ntohs(ip6h->payload_len) + sizeof(*ip6h);
		ds = ipv6_get_dsfield(ip6h);
	}
	if (len > skb->len)
		return -EINVAL;
	__skb_trim(skb, len);
	return ds;
}

/*
 * May checksums that the sender computed and ESP protected be taken for
 * verified? Not where the packet may be coalesced with others and sent on: it
 * would get a fresh checksum over whatever it contains.
 */
static bool trust_checksum(const struct net_device *dev, bool ip4)
{
	struct in_device *in4;
	struct inet6_dev *in6;

	if (!(dev->features & NETIF_F_RXCSUM))
		return false;
	if (ip4) {
		in4 = __in_dev_get_rcu(dev);
		return in4 && !IN_DEV_FORWARD(in4);
	}
	/* IPv6 forwards by the namespace's switch, whatever the device's says */
	in6 = __in6_dev_get(dev);
	return in6 && !READ_ONCE(in6->cnf.forwarding) &&
	       !READ_ONCE(dev_net(dev)->ipv6.devconf_all->forwarding);
}

static void clamp_mss(struct ikevti_dev *idev, struct sk_buff *skb)
{
	u32 mss = READ_ONCE(idev->mss_clamp);
	u32 mtu = READ_ONCE(idev->dev->mtu);

	if (mss == IKEVTI_MSS_OFF)
		return;
	if (mss != IKEVTI_MSS_AUTO)
		ikevti_mss_clamp(skb, mss, mss);
	else if (mtu > 100)
		ikevti_mss_clamp(skb, mtu - 40, max(mtu, 1280U) - 60);
}

/* From here on the packet is the inner one, of this device */
static unsigned int deliver(struct ikevti_rxq *rxq, struct sk_buff *skb,
			    bool xnet)
{
	struct ikevti_dev *idev = rxq->idev;
	struct net_device *dev = idev->dev;
	unsigned int len = skb->len;

	skb_scrub_packet(skb, xnet);
	/* All packets of a tunnel may share one outer hash */
	skb_clear_hash(skb);
	skb->dev = dev;
	skb->encapsulation = 0;
	skb->queue_mapping = 0;
	skb_gso_reset(skb);
	skb_reset_mac_header(skb);
	skb_reset_mac_len(skb);
	skb_reset_transport_header(skb);
	/* Until here it was the outer packet's */
	skb->ip_summed = CHECKSUM_NONE;
	clamp_mss(idev, skb);
	if (trust_checksum(dev, skb->protocol == htons(ETH_P_IP))) {
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		skb->csum_level = ~0;
	}
	dev_sw_netstats_rx_add(dev, len);
	napi_gro_receive(&rxq->napi, skb);
	return len;
}

/*
 * An authenticated packet that is not a replay. Returns the octets delivered,
 * 0 if it was dropped.
 */
static unsigned int accept(struct ikevti_rxq *rxq, struct ikevti_sa *sa,
			   struct sk_buff *skb, bool xnet)
{
	struct ikevti_dev *idev = rxq->idev;
	enum ikevti_stat_attr why;
	int ds;

	if (unlikely(rx_cb(skb)->moved))
		ikevti_event_address(sa, &rx_cb(skb)->source);

	why = strip_trailer(skb);
	if (unlikely(why)) {
		drop(idev, sa, why, skb);
		return 0;
	}
	ds = check_inner(skb);
	if (unlikely(ds < 0)) {
		drop(idev, sa, IKEVTI_STAT_A_RX_MALFORMED, skb);
		return 0;
	}
	if (unlikely(!ikevti_sa_admits(sa, skb))) {
		drop(idev, sa, IKEVTI_STAT_A_RX_SELECTOR, skb);
		return 0;
	}
	if (unlikely(INET_ECN_decapsulate(skb, rx_cb(skb)->tos, ds) > 1)) {
		drop(idev, sa, IKEVTI_STAT_A_RX_ECN, skb);
		return 0;
	}
	return deliver(rxq, skb, xnet);
}

/* Drop what cannot be accepted whatever its content, and infer the rest */
static void check_replay(struct ikevti_rxq *rxq, struct ikevti_sa *sa,
			 unsigned int n)
{
	unsigned int i;

	spin_lock(&sa->lock);
	for (i = 0; i < n; i++) {
		struct sk_buff *skb = rxq->burst[i];
		u32 lo = get_unaligned_be32(skb->data + 4);

		rx_cb(skb)->seq = ikevti_replay_seq(sa->replay, lo);
		if (likely(ikevti_replay_check(sa->replay, rx_cb(skb)->seq)))
			continue;
		drop(rxq->idev, sa, IKEVTI_STAT_A_RX_REPLAY, skb);
		rxq->burst[i] = NULL;
	}
	spin_unlock(&sa->lock);
}

/*
 * Enter the authenticated packets into the window; false if there are none.
 * Only the newest packet says where the peer is: one that was delayed on its
 * way, by nature or by somebody who sends it from elsewhere, does not.
 */
static bool advance_window(struct ikevti_rxq *rxq, struct ikevti_sa *sa,
			   unsigned int n)
{
	bool any = false;
	unsigned int i;

	spin_lock(&sa->lock);
	for (i = 0; i < n; i++) {
		struct sk_buff *skb = rxq->burst[i];

		if (!skb)
			continue;
		if (rx_cb(skb)->seq <= sa->replay->top)
			rx_cb(skb)->moved = false;
		if (unlikely(!ikevti_replay_advance(sa->replay,
						    rx_cb(skb)->seq))) {
			drop(rxq->idev, sa, IKEVTI_STAT_A_RX_REPLAY, skb);
			rxq->burst[i] = NULL;
			continue;
		}
		any = true;
	}
	spin_unlock(&sa->lock);
	return any;
}

/* Packets of one SA. Context: softirq, RCU read side. */
static void rx_burst(struct ikevti_rxq *rxq, struct ikevti_sa *sa,
		     unsigned int n)
{
	const struct net *net = rcu_dereference(rxq->idev->underlay);
	bool xnet = !net || !net_eq(net, dev_net(rxq->idev->dev));
	unsigned int i, len, packets = 0;
	u64 bytes = 0;

	check_replay(rxq, sa, n);
	for (i = 0; i < n; i++)
		if (rxq->burst[i])
			rxq->burst[i] = open_packet(rxq, sa, rxq->burst[i]);
	if (!advance_window(rxq, sa, n))
		return;
	ikevti_path_received(sa->path);
	for (i = 0; i < n; i++) {
		if (!rxq->burst[i])
			continue;
		len = accept(rxq, sa, rxq->burst[i], xnet);
		bytes += len;
		packets += !!len;
	}
	ikevti_sa_received(sa, bytes, packets);
}

/* Take the packets of one SPI off the list's beginning and handle them */
static void rx_run(struct ikevti_rxq *rxq, struct sk_buff_head *list)
{
	u32 spi = rx_cb(skb_peek(list))->spi;
	struct ikevti_sa *sa = NULL;
	unsigned int i, n = 0;
	struct sk_buff *skb;
	struct net *net;

	while ((skb = skb_peek(list)) && rx_cb(skb)->spi == spi)
		rxq->burst[n++] = __skb_dequeue(list);

	net = rcu_dereference(rxq->idev->underlay);
	if (likely(net))
		sa = ikevti_spi_lookup(&ikevti_pernet(net)->spi, spi);
	if (likely(sa && sa->tfm && !ikevti_sa_expired(sa) &&
		   sa->idev == rxq->idev)) {
		rx_burst(rxq, sa, n);
		return;
	}
	for (i = 0; i < n; i++)
		drop(rxq->idev, NULL, IKEVTI_STAT_A_RX_EXPIRED, rxq->burst[i]);
}

static int rx_poll(struct napi_struct *napi, int budget)
{
	struct ikevti_rxq *rxq = container_of(napi, struct ikevti_rxq, napi);
	struct sk_buff_head list;
	struct sk_buff *skb;
	int work = 0;

	if (unlikely(!ikevti_crypt_usable())) {
		napi_complete(napi);
		queue_work_on(smp_processor_id(), ikevti_wq, &rxq->work);
		return 0;
	}

	__skb_queue_head_init(&list);
	spin_lock(&rxq->queue.lock);
	while (work < min_t(int, budget, BURST) &&
	       (skb = __skb_dequeue(&rxq->queue))) {
		__skb_queue_tail(&list, skb);
		work++;
	}
	spin_unlock(&rxq->queue.lock);

	rcu_read_lock();
	while (!skb_queue_empty(&list))
		rx_run(rxq, &list);
	rcu_read_unlock();

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
		skb_queue_head_init(&rxq->queue);
		INIT_WORK(&rxq->work, rx_continue);
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
