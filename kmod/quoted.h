/* SPDX-License-Identifier: GPL-2.0-only */
/* What an inner ICMP error quotes */
#ifndef _IKEVTI_QUOTED_H
#define _IKEVTI_QUOTED_H

#include <linux/types.h>

struct sk_buff;

/**
 * struct ikevti_addresses - of an inner packet, network byte order
 * @family: AF_INET or AF_INET6
 * @src: source
 * @dst: destination
 */
struct ikevti_addresses {
	u16 family;
	const void *src;
	const void *dst;
};

bool ikevti_quoted(const struct sk_buff *skb, struct ikevti_addresses *turned,
		   void *buf);

/* Octets of ikevti_quoted()'s buffer */
#define IKEVTI_QUOTED_LEN	40

#endif /* _IKEVTI_QUOTED_H */
