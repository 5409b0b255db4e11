/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets that wait for the key of their SA */
#ifndef _IKEVTI_HELD_H
#define _IKEVTI_HELD_H

#include <linux/ikevti.h>

#include "rx.h"

struct ikevti_net;
struct ikevti_sa;
struct sk_buff;

int ikevti_held_init(struct ikevti_net *in, struct ikevti_sa *sa);
enum ikevti_rx_result ikevti_held_take(struct ikevti_sa *sa,
				       struct sk_buff *skb,
				       enum ikevti_encap encap);
void ikevti_held_pass(const struct ikevti_sa *larval, struct ikevti_sa *sa);
void ikevti_held_release(struct ikevti_sa *sa);
void ikevti_held_drop(struct ikevti_sa *sa);

#endif /* _IKEVTI_HELD_H */
