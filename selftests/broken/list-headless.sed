# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets of a list have no IP header of their own
# file:  kmod/outer.c
# test:  burst.sh
# check: every packet by itself: v4, encap udp
/^void ikevti_outer_member/,/^}/s/push_ip4(tx, skb, head, seq);/skb_reset_network_header(skb);/
