/* SPDX-License-Identifier: GPL-2.0-only */
/* Does the source of an inner packet belong to the peer it came from? */
#ifndef _IKEVTI_SOURCE_H
#define _IKEVTI_SOURCE_H

#include "peer.h"

struct ikevti_rxq;
struct ikevti_sa;
struct sk_buff;

/* Sources whose verdicts a receive queue remembers */
#define IKEVTI_SOURCES	16

/**
 * struct ikevti_seen - verdict on a source
 * @source: inner source address, of family 0 if there is none yet
 * @peer: number of the peer it came from
 * @at: jiffies of the verdict, which is none a tick later
 * @ok: it is this peer's
 */
struct ikevti_seen {
	struct ikevti_nexthop source;
	u32 peer;
	unsigned long at;
	bool ok;
};

bool ikevti_source_ok(struct ikevti_rxq *rxq, const struct ikevti_sa *sa,
		      const struct sk_buff *skb);

#endif /* _IKEVTI_SOURCE_H */
