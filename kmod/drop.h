/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a packet that was dropped, as others see it: perf, dropwatch and
 * bpftrace watch skb:kfree_skb, which says a reason. Reasons of a module's own
 * need a number that the kernel's headers give out, so these are the core's,
 * the nearest one to each counter; ikevti:ikevti_drop says the counter itself.
 *
 * Packets that served their purpose, though nobody gets them, are no drops:
 * consume_skb() is for them.
 */
#ifndef _IKEVTI_DROP_H
#define _IKEVTI_DROP_H

#include <linux/skbuff.h>
#include <linux/ikevti.h>

enum skb_drop_reason ikevti_drop_reason(enum ikevti_stat_attr what);

/**
 * ikevti_drop_skb() - free a packet that was dropped
 * @skb: packet, or NULL
 * @what: the counter it was counted by
 *
 * A dummy packet (RFC 4303 section 2.6) has served its purpose.
 *
 * Context: any.
 */
static inline void ikevti_drop_skb(struct sk_buff *skb,
				   enum ikevti_stat_attr what)
{
	if (what == IKEVTI_STAT_A_RX_DUMMY)
		consume_skb(skb);
	else
		kfree_skb_reason(skb, ikevti_drop_reason(what));
}

#endif /* _IKEVTI_DROP_H */
