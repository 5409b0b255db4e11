# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets that may be fragmented have the identification of others
# file:  kmod/outer.c
# test:  headers.sh
# check: an identification of its own
s/__ip_select_ident(tx->net, iph, skb_is_gso/iph->id = (skb_is_gso/
