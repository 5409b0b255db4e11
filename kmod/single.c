// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets that are encrypted in their own memory, or where that is shared or
 * in pieces, in a fresh linear copy.
 */
#include <linux/if_vlan.h>
#include <linux/skbuff.h>
#include <net/checksum.h>

#include "crypt.h"
#include "dev.h"
#include "drop.h"
#include "esp.h"
#include "gso.h"
#include "path.h"
#include "sa.h"
#include "tx.h"

/* Copy a packet, finishing its checksum on the way */
static int copy_packet(const struct sk_buff *skb, u8 *to)
{
	__wsum csum;
	int start;

	if (skb->ip_summed != CHECKSUM_PARTIAL)
		return skb_copy_bits(skb, 0, to, skb->len);

	start = skb_checksum_start_offset(skb);
	if (skb_copy_bits(skb, 0, to, start))
		return -EFAULT;
	csum = skb_copy_and_csum_bits(skb, start, to + start, skb->len - start);
	*(__sum16 *)(to + start + skb->csum_offset) =
		csum_fold(csum) ?: CSUM_MANGLED_0;
	return 0;
}

static struct sk_buff *copy_linear(struct sk_buff *skb, unsigned int head,
				   unsigned int tail)
{
	struct sk_buff *copy = alloc_skb(head + skb->len + tail, GFP_ATOMIC);

	if (unlikely(!copy))
		goto fail;
	skb_reserve(copy, head);
	if (unlikely(copy_packet(skb, skb_put(copy, skb->len))))
		goto fail;

	skb_copy_header(copy, skb);
	copy->ip_summed = CHECKSUM_NONE;
	skb_gso_reset(copy);
	skb_reset_mac_header(copy);
	skb_reset_network_header(copy);
	ikevti_move_owner(copy, skb);
	consume_skb(skb);
	return copy;
fail:
	consume_skb(copy);
	ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_NO_MEMORY);
	return NULL;
}

/*
 * Memory for a segment that is encrypted in place: within a page, for the
 * cipher goes page by page, and such that GRO can take it over as it is.
 */
static struct sk_buff *alloc_segment(unsigned int octets)
{
	unsigned int size = SKB_DATA_ALIGN(octets) +
			    SKB_DATA_ALIGN(sizeof(struct skb_shared_info));
	struct sk_buff *skb;
	void *data;

	size = roundup_pow_of_two(size);
	if (unlikely(size > PAGE_SIZE))
		return alloc_skb(octets, GFP_ATOMIC);
	data = napi_alloc_frag_align(size, size);
	if (unlikely(!data))
		return NULL;
	skb = napi_build_skb(data, size);
	if (unlikely(!skb))
		skb_free_frag(data);
	return skb;
}

/**
 * ikevti_single_segment() - a segment of a GSO packet, as a packet
 * @tx: way out
 * @cut: the GSO packet
 * @i: which
 *
 * Context: BH disabled.
 * Return: the packet, as from ikevti_single_prepare(), or NULL, which is
 * counted.
 */
struct sk_buff *ikevti_single_segment(const struct ikevti_tx *tx,
				      const struct ikevti_cutter *cut,
				      unsigned int i)
{
	const struct ikevti_format *f = &tx->choice.sa->format;
	unsigned int room = ALIGN(ikevti_outer_room(tx) + f->hlen, 16);
	unsigned int len = ikevti_cut_len(cut, i);
	struct sk_buff *skb;

	skb = alloc_segment(room + ikevti_esp_len(f, len, f->align) - f->hlen);
	if (unlikely(!skb)) {
		ikevti_count(tx->idev, tx->choice.sa,
			     IKEVTI_STAT_A_TX_NO_MEMORY);
		return NULL;
	}
	skb_reserve(skb, room);
	skb_reset_network_header(skb);
	ikevti_cut(cut, i, skb_put(skb, len));
	ikevti_inherit(skb, cut->skb, tx->xnet);
	return skb;
}

/**
 * ikevti_single_prepare() - make a packet ready to be encrypted in place
 * @tx: way out
 * @skb: inner packet, consumed on failure, which is counted
 *
 * Linear, private, with room for headers and trailer, its checksum complete,
 * and with what pads it up to the device's length (RFC 4303 section 2.7).
 *
 * Context: BH disabled, RCU read side.
 * Return: @skb or its copy, or NULL.
 */
struct sk_buff *ikevti_single_prepare(const struct ikevti_tx *tx,
				      struct sk_buff *skb)
{
	const struct ikevti_format *f = &tx->choice.sa->format;
	unsigned int head = ikevti_outer_room(tx) + f->hlen;
	unsigned int tfc = tx->tfc > skb->len ? tx->tfc - skb->len : 0;
	unsigned int tail = ikevti_esp_len(f, skb->len + tfc, f->align) -
			    f->hlen - skb->len;

	if (skb_is_nonlinear(skb) || skb_cloned(skb) ||
	    skb_headroom(skb) < head || skb_tailroom(skb) < tail) {
		skb = copy_linear(skb, head, tail);
	} else if (skb->ip_summed == CHECKSUM_PARTIAL &&
		   unlikely(skb_checksum_help(skb))) {
		ikevti_drop_skb(skb, IKEVTI_STAT_A_TX_NO_MEMORY);
		skb = NULL;
	} else {
		skb->ip_summed = CHECKSUM_NONE;
	}
	if (unlikely(!skb))
		ikevti_count(tx->idev, tx->choice.sa,
			     IKEVTI_STAT_A_TX_NO_MEMORY);
	else if (unlikely(tfc))
		skb_put_zero(skb, tfc);
	return skb;
}

/* Put ESP's header and trailer around; returns the octets to encrypt */
static unsigned int wrap(const struct ikevti_sa *sa, struct sk_buff *skb,
			 u64 seq)
{
	const struct ikevti_format *f = &sa->format;
	unsigned int len = skb->len;
	u8 *esp = skb_push(skb, f->hlen);

	len = ikevti_esp_fill(f, esp, len, f->align, sa->spi,
			      ikevti_inner_proto(skb));
	__skb_put(skb, f->hlen + len + f->icv - skb->len);
	ikevti_esp_number(f, esp, seq);
	return len;
}

/**
 * ikevti_single_seal() - make an inner packet an ESP packet
 * @sa: outbound
 * @skb: from ikevti_single_prepare()
 * @seq: its sequence number
 *
 * Context: BH disabled, ikevti_crypt_usable().
 * Return: 0 or the cipher's error.
 */
int ikevti_single_seal(const struct ikevti_sa *sa, struct sk_buff *skb, u64 seq)
{
	unsigned int len = wrap(sa, skb, seq);

	return ikevti_crypt_seal(sa, seq, skb->data, len);
}

/**
 * ikevti_single_clean() - forget whatever the packet was before it was ESP
 * @tx: way out
 * @skb: sealed
 *
 * What remains is what a fresh packet would inherit: the hash of the inner flow
 * and its receive queue, for transmit queues and flow labels, the priority for
 * queues, the security mark, and within a namespace the time to leave.
 */
void ikevti_single_clean(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	skb_scrub_packet(skb, tx->xnet);
	skb_set_dst_pending_confirm(skb, 0);
	skb_reset_redirect(skb);
	__vlan_hwaccel_clear_tag(skb);
#ifdef CONFIG_NET_SCHED
	skb->tc_index = 0;
#endif
	skb->encapsulation = 0;
	skb_reset_inner_headers(skb);
}

static void drop(const struct ikevti_tx *tx, enum ikevti_stat_attr why,
		 struct sk_buff *skb)
{
	ikevti_count(tx->idev, tx->choice.sa, why);
	ikevti_drop_skb(skb, why);
}

/**
 * ikevti_single_xmit() - encrypt and send one packet
 * @tx: way out
 * @skb: inner packet that fits, consumed
 *
 * Its sequence number is taken last, so that what is dropped before does not
 * count against the SA's limits.
 *
 * Context: BH disabled, RCU read side, ikevti_crypt_usable().
 */
void ikevti_single_xmit(const struct ikevti_tx *tx, struct sk_buff *skb)
{
	struct ikevti_sa *sa = tx->choice.sa;
	unsigned int len = skb->len;
	enum ikevti_stat_attr why;
	struct ikevti_head head;
	u64 seq;

	skb = ikevti_single_prepare(tx, skb);
	if (unlikely(!skb))
		return;
	head = ikevti_outer_head(tx, skb);
	seq = ikevti_tx_next(tx, len, &why);
	if (unlikely(!seq)) {
		drop(tx, why, skb);
		return;
	}
	if (unlikely(sa->async)) {
		dev_sw_netstats_tx_add(tx->idev->dev, 1, len);
		len = wrap(sa, skb, seq);
		ikevti_single_clean(tx, skb);
		ikevti_async_xmit(tx, skb, len, head, seq);
		return;
	}
	if (unlikely(ikevti_single_seal(sa, skb, seq))) {
		drop(tx, IKEVTI_STAT_A_TX_CRYPTO, skb);
		return;
	}
	dev_sw_netstats_tx_add(tx->idev->dev, 1, len);
	ikevti_tx_sent(tx);
	ikevti_single_clean(tx, skb);
	ikevti_outer_send(tx, skb, head, seq);
}
