# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a router's ICMP error is held against the selectors by its own address
# file:  kmod/sa.c
# test:  selectors.sh
# check: its error
s/ || (ikevti_quoted(skb, &a, buf) && fits(sa, &a))//
