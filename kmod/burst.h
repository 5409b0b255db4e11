/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of one SA that are decrypted together, from queue to delivery */
#ifndef _IKEVTI_BURST_H
#define _IKEVTI_BURST_H

#include <linux/list.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/workqueue.h>

#include "gather.h"
#include "path.h"
#include "source.h"
#include "spread.h"
#include "stream.h"

struct ikevti_dev;
struct ikevti_sa;

#define IKEVTI_BURST		NAPI_POLL_WEIGHT
/* Octets of ciphertext, so that one area of plaintext is enough */
#define IKEVTI_BURST_BYTES	(IKEVTI_AREA_SIZE - 64)

/**
 * struct ikevti_rx_cb - what a queued skb carries in skb->cb
 * @spi: SPI
 * @source: where it came from, if it @moved
 * @tos: DS field of the outer header
 * @hlen: octets of ESP header and IV
 * @moved: the source is not the path's remote endpoint
 * @opened: it is plaintext already, by an asynchronous cipher
 * @seq: if @opened, its sequence number
 */
struct ikevti_rx_cb {
	u64 seq;
	u32 spi;
	struct ikevti_source source;
	u8 tos;
	u8 hlen;
	bool moved;
	bool opened;
};

static inline struct ikevti_rx_cb *ikevti_rx_cb(const struct sk_buff *skb)
{
	BUILD_BUG_ON(sizeof(struct ikevti_rx_cb) > sizeof(skb->cb));
	return (struct ikevti_rx_cb *)skb->cb;
}

/**
 * ikevti_rx_packets() - packets in a queue entry
 * @skb: a packet or a batch, which was counted when it was marked
 */
static inline unsigned int ikevti_rx_packets(const struct sk_buff *skb)
{
	return skb_is_gso(skb) ? skb_shinfo(skb)->gso_segs : 1;
}

/* What has become of a unit */
enum ikevti_unit_state {
	IKEVTI_UNIT_GONE,	/* dropped, or delivered */
	IKEVTI_UNIT_SKB,	/* encrypted or decrypted, in its own skb */
	IKEVTI_UNIT_SEGMENT,	/* encrypted, part of a batch */
	IKEVTI_UNIT_STREAM,	/* decrypted, part of a run of a TCP flow */
};

/**
 * struct ikevti_unit - one ESP packet
 * @seq: full sequence number
 * @skb: its own skb, NULL for a segment
 * @outer: the skb it came in: that or the batch
 * @esp: ESP header
 * @len: octets from ESP header to ICV
 * @run: IKEVTI_UNIT_STREAM: place in its run
 * @state: enum ikevti_unit_state
 * @moved: its source address may be news
 * @opened: it is plaintext already
 */
struct ikevti_unit {
	u64 seq;
	struct sk_buff *skb;
	const struct sk_buff *outer;
	const u8 *esp;
	unsigned int len;
	struct ikevti_in_run run;
	u8 state;
	bool moved;
	bool opened;
};

/**
 * struct ikevti_burst - packets of one SA from queue to delivery
 * @rxq: queue they came from
 * @idev: device
 * @stream: coalesces TCP
 * @terms: how they may be treated
 * @n: units
 * @bytes: octets of their ciphertext
 * @spi: their SPI
 * @unit: they
 */
struct ikevti_burst {
	struct ikevti_rxq *rxq;
	struct ikevti_dev *idev;
	struct ikevti_stream stream;
	struct ikevti_stream_terms terms;
	unsigned int n;
	unsigned int bytes;
	u32 spi;
	struct ikevti_unit unit[IKEVTI_BURST];
};

/**
 * struct ikevti_rxq - receive queue of a device on one CPU
 * @queue: encrypted packets and batches
 * @packets: how many packets these are, under the queue's lock
 * @napi: decrypts them
 * @work: continues where the cipher could not run in softirq, and with what
 *	other CPUs have decrypted
 * @gather: whether packets are queued
 * @idev: device
 * @spread: bursts that other CPUs decrypt
 *
 * Only who owns @napi, by its poll or in its place, touches the rest:
 * @list: packets to be delivered together
 * @pending: jobs of @spread by a hash of their packets' path
 * @burst: packets being collected
 * @seen: whose inner sources are
 */
struct ikevti_rxq {
	struct sk_buff_head queue;
	unsigned int packets;
	struct napi_struct napi;
	struct work_struct work;
	struct ikevti_gather gather;
	struct ikevti_dev *idev;
	struct ikevti_spread spread;

	struct list_head list;
	u8 pending[IKEVTI_SPREAD_HASH];
	struct ikevti_burst burst;
	struct ikevti_seen seen[IKEVTI_SOURCES];
};

/* async_in.c */
void ikevti_async_open(struct ikevti_sa *sa, struct sk_buff *skb, u64 seq,
		       unsigned int len);

/* burst.c */
struct ikevti_sa *ikevti_burst_sa(const struct ikevti_burst *b);
void ikevti_burst_open(struct ikevti_burst *b, struct ikevti_sa *sa);
void ikevti_burst_close(struct ikevti_burst *b, struct ikevti_sa *sa);
void ikevti_burst_drop(struct ikevti_burst *b, enum ikevti_stat_attr why);
void ikevti_burst(struct ikevti_burst *b);
void ikevti_rx_drop(struct ikevti_burst *b, struct ikevti_sa *sa,
		    enum ikevti_stat_attr why, struct ikevti_unit *unit);

/* deliver.c */
unsigned int ikevti_deliver(struct ikevti_burst *b, struct ikevti_sa *sa,
			    struct ikevti_unit *unit);
unsigned int ikevti_deliver_run(struct ikevti_burst *b, struct ikevti_sa *sa,
				struct ikevti_unit *unit, unsigned int n);
bool ikevti_trust_checksum(const struct net_device *dev, bool ip4);
bool ikevti_ends_here(const struct net_device *dev, const void *ip, bool ip4);
void ikevti_deliver_list(struct ikevti_rxq *rxq);

/* spread_in.c */
bool ikevti_spread_in(struct ikevti_burst *b);
unsigned int ikevti_spread_in_done(struct ikevti_rxq *rxq, unsigned int budget);

#endif /* _IKEVTI_BURST_H */
