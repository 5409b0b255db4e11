/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors about outer packets */
#ifndef _IKEVTI_ICMP_H
#define _IKEVTI_ICMP_H

#include <linux/types.h>

struct icmphdr;
struct net;
struct sk_buff;
struct sock;
struct udphdr;

bool ikevti_icmp4(struct net *net, struct sk_buff *skb,
		  const struct udphdr *uh, __be32 spi,
		  const struct icmphdr *icmp);
bool ikevti_icmp6(struct net *net, struct sk_buff *skb,
		  const struct udphdr *uh, __be32 spi, u8 type, u32 mtu);
int ikevti_icmp_udp(struct sock *sk, struct sk_buff *skb);

#endif /* _IKEVTI_ICMP_H */
