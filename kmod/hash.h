/* SPDX-License-Identifier: GPL-2.0-only */
/* Which packets are one flow */
#ifndef _IKEVTI_HASH_H
#define _IKEVTI_HASH_H

#include <linux/types.h>

struct sk_buff;

u32 ikevti_hash(const struct sk_buff *skb, u8 policy);

#endif /* _IKEVTI_HASH_H */
