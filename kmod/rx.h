/* SPDX-License-Identifier: GPL-2.0-only */
/* The way in */
#ifndef _IKEVTI_RX_H
#define _IKEVTI_RX_H

#include <linux/ikevti.h>
#include <linux/types.h>

struct ikevti_dev;
struct ikevti_sa;
struct net;
struct sk_buff;

/* What became of a packet offered to ikevti_rx() */
enum ikevti_rx_result {
	IKEVTI_RX_TAKEN,	/* consumed, perhaps dropped */
	IKEVTI_RX_FOREIGN,	/* not for any SA here, untouched */
	IKEVTI_RX_AGAIN,	/* the SA has just been replaced, untouched */
	IKEVTI_RX_PASS,		/* to be queued, untouched */
};

void ikevti_rx_again(struct ikevti_dev *idev, struct sk_buff *skb);
bool ikevti_rx_expects(struct net *net, const struct sk_buff *skb, __be32 spi);
enum ikevti_rx_result ikevti_rx(struct net *net, struct sk_buff *skb,
				enum ikevti_encap encap);
void ikevti_rx_held(struct ikevti_sa *sa, struct sk_buff *skb,
		    enum ikevti_encap encap, int cpu);

#endif /* _IKEVTI_RX_H */
