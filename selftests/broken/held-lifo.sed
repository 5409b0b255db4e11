# SPDX-License-Identifier: GPL-2.0-or-later
# what:  what waited for a key is received last in, first out
# file:  kmod/held.c
# test:  held.sh
# check: in order
s/__skb_queue_tail(&h->queue, skb)/__skb_queue_head(\&h->queue, skb)/
