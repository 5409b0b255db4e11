// SPDX-License-Identifier: GPL-2.0-only
/*
 * One inner GSO packet in, one UDP GSO packet of ESP packets out: route,
 * netfilter, queueing and driver are passed once for a batch.
 *
 * The ESP packets lie in slots, several in a page and none across two: within
 * a page the cipher works in one go. They are made of the inner packet by
 * copying, which costs less than encrypting out of its fragments: 258 against
 * about 370 ns for 1452 octets.
 */
#include <linux/ipv6.h>
#include <net/ip.h>

#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "gso.h"
#include "path.h"
#include "sa.h"
#include "tx.h"

/* Ciphertext of this alignment, where it still fits, is handled fastest */
#define SLOT_ALIGN	16

/**
 * struct super - a batch being made
 * @skb: the packet that carries it
 * @n: ESP packets
 * @esp: they
 * @bytes: octets of inner packets
 */
struct super {
	struct sk_buff *skb;
	unsigned int n;
	u8 *esp[IKEVTI_RUN_MAX];
	unsigned int bytes;
};

/**
 * struct layout - how batches of a GSO packet are laid out
 * @align: of the ciphertext's length
 * @slot: octets of an ESP packet
 * @per_chunk: slots in a chunk of memory
 * @chunk: octets of it, whole pages
 * @n: packets in a batch
 */
struct layout {
	unsigned int align;
	unsigned int slot;
	unsigned int per_chunk;
	unsigned int chunk;
	unsigned int n;
};

/* As many packets as a GSO packet may have, in batches of about equal size */
static bool make_layout(struct layout *l, const struct ikevti_tx *tx,
			const struct ikevti_cutter *cut)
{
	unsigned int outer = ikevti_outer_len(tx->ep->family, true);
	const struct ikevti_format *f = &tx->choice.sa->format;
	const struct net_device *dev = tx->dst->dev;
	unsigned int len = cut->hlen + cut->mss;
	unsigned int max;

	l->align = SLOT_ALIGN;
	if (ikevti_esp_len(f, len, l->align) + outer > dst_mtu(tx->dst))
		l->align = f->align;
	l->slot = ikevti_esp_len(f, len, l->align);
	l->per_chunk = l->slot <= PAGE_SIZE ? PAGE_SIZE / l->slot : 1;
	l->chunk = PAGE_ALIGN(l->slot);

	max = min_t(unsigned int, READ_ONCE(dev->gso_max_size), IP_MAX_MTU);
	max = (max - min(max, outer + MAX_HEADER)) / l->slot;
	max = min(max, l->per_chunk * MAX_SKB_FRAGS);
	max = min(max, ikevti_tx_run_max(tx));
	max = min_t(unsigned int, max, READ_ONCE(dev->gso_max_segs));
	if (max < 2)
		return false;
	l->n = DIV_ROUND_UP(cut->n, DIV_ROUND_UP(cut->n, max));
	return true;
}

/* Slots for the packets of a batch, as fragments of the packet */
static bool add_slots(struct super *s, const struct layout *l,
		      unsigned int last)
{
	unsigned int i, k, n, size;
	u8 *data;

	for (i = 0, k = 0; k < s->n; i++) {
		data = napi_alloc_frag_align(l->chunk, PAGE_SIZE);
		if (unlikely(!data))
			return false;
		for (n = 0; n < l->per_chunk && k < s->n; n++)
			s->esp[k++] = data + n * l->slot;
		size = n * l->slot;
		if (k == s->n)
			size -= l->slot - last;
		skb_fill_page_desc(s->skb, i, virt_to_head_page(data),
				   data - (u8 *)page_address(virt_to_head_page(data)),
				   size);
		s->skb->len += size;
		s->skb->data_len += size;
		s->skb->truesize += l->chunk;
	}
	return true;
}

/* Make an empty batch. Returns false for lack of memory. */
static bool begin(struct super *s, const struct ikevti_tx *tx,
		  const struct layout *l, const struct ikevti_cutter *cut,
		  unsigned int first)
{
	unsigned int room = ikevti_outer_room(tx), last;

	s->n = min(l->n, cut->n - first);
	last = ikevti_cut_len(cut, first + s->n - 1);
	s->bytes = (s->n - 1) * (cut->hlen + cut->mss) + last;
	s->skb = alloc_skb(room, GFP_ATOMIC);
	if (unlikely(!s->skb))
		return false;
	skb_reserve(s->skb, room);
	last = ikevti_esp_len(&tx->choice.sa->format, last, l->align);
	if (unlikely(!add_slots(s, l, last))) {
		consume_skb(s->skb);
		return false;
	}
	ikevti_inherit(s->skb, cut->skb, tx->xnet);
	if (s->n > 1) {
		skb_shinfo(s->skb)->gso_size = l->slot;
		skb_shinfo(s->skb)->gso_segs = s->n;
		skb_shinfo(s->skb)->gso_type = SKB_GSO_UDP_L4;
	}
	return true;
}

/*
 * Copy, number and encrypt segments, each while it is in the processor's first
 * cache. Context: nothing may delay this, see ikevti_sa_run().
 */
static int seal(const struct super *s, const struct ikevti_sa *sa,
		const struct layout *l, const struct ikevti_cutter *cut,
		unsigned int first, u64 seq)
{
	const struct ikevti_format *f = &sa->format;
	u8 proto = ikevti_inner_proto(cut->skb);
	unsigned int i, len;
	int err = 0;

	for (i = 0; i < s->n && likely(!err); i++) {
		len = ikevti_cut_len(cut, first + i);
		ikevti_cut(cut, first + i, s->esp[i] + f->hlen);
		len = ikevti_esp_fill(f, s->esp[i], len, l->align, sa->spi,
				      proto);
		ikevti_esp_number(f, s->esp[i], seq + i);
		err = ikevti_crypt_seal(sa, seq + i, s->esp[i], len);
	}
	return err;
}

/* One batch. Returns false if it cannot be sent as one, nothing is lost then. */
static bool xmit_one(const struct ikevti_tx *tx, const struct layout *l,
		     const struct ikevti_cutter *cut, unsigned int first,
		     struct sk_buff *owner)
{
	struct ikevti_sa *sa = tx->choice.sa;
	struct super s;
	unsigned int i;
	u64 seq;

	if (unlikely(!begin(&s, tx, l, cut, first)))
		return false;
	seq = ikevti_tx_run(tx, s.n, s.bytes);
	if (unlikely(!seq)) {
		consume_skb(s.skb);
		return false;
	}
	if (unlikely(seal(&s, sa, l, cut, first, seq))) {
		for (i = 0; i < s.n; i++)
			ikevti_count(tx->idev, sa, IKEVTI_STAT_A_TX_CRYPTO);
		ikevti_drop_skb(s.skb, IKEVTI_STAT_A_TX_CRYPTO);
		return true;
	}
	if (first + s.n < cut->n)
		ikevti_share_owner(s.skb, owner);
	else
		ikevti_move_owner(s.skb, owner);
	dev_sw_netstats_tx_add(tx->idev->dev, s.n, s.bytes);
	ikevti_tx_sent(tx);
	ikevti_outer_send(tx, s.skb, ikevti_outer_head(tx, cut->skb), seq);
	return true;
}

/**
 * ikevti_super_xmit() - send a GSO packet as batches
 * @tx: way out, ikevti_outer_batches()
 * @cut: the packet, which fits
 * @owner: the same; when all of it was sent, who paid for it pays for that
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 * Return: segments sent, counted from the first. The others are for the caller
 * to send one by one: too big for batches, near a limit, or short of memory.
 */
unsigned int ikevti_super_xmit(const struct ikevti_tx *tx,
			       const struct ikevti_cutter *cut,
			       struct sk_buff *owner)
{
	unsigned int done = 0;
	struct layout l;

	if (unlikely(!make_layout(&l, tx, cut)))
		return 0;
	while (done < cut->n && xmit_one(tx, &l, cut, done, owner))
		done = min(done + l.n, cut->n);
	return done;
}
