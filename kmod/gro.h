/* SPDX-License-Identifier: GPL-2.0-only */
/* GRO of a NIC's packets for our sockets */
#ifndef _IKEVTI_GRO_H
#define _IKEVTI_GRO_H

struct list_head;
struct sk_buff;
struct sock;

struct sk_buff *ikevti_gro_receive(struct sock *sk, struct list_head *head,
				   struct sk_buff *skb);

#endif /* _IKEVTI_GRO_H */
