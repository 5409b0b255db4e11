/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that do not fit */
#ifndef _IKEVTI_PMTU_H
#define _IKEVTI_PMTU_H

#include <linux/skbuff.h>

/* What to do with an inner packet */
enum ikevti_fit {
	IKEVTI_FITS,
	IKEVTI_FRAGMENT_INNER,	/* IPv4 that allows it */
	IKEVTI_FRAGMENT_OUTER,	/* IPv6 no link may refuse, or DF is clear */
	IKEVTI_TOO_BIG,		/* the sender was told */
};

enum ikevti_fit ikevti_pmtu_check(struct sk_buff *skb, unsigned int mtu,
				  unsigned int limit);
struct sk_buff *ikevti_fragment(struct sk_buff *skb, unsigned int mtu,
				unsigned int headroom);

#endif /* _IKEVTI_PMTU_H */
