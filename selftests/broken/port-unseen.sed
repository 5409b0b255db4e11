# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a peer whose port has changed has not moved
# file:  kmod/rx.c
# test:  nat_many.sh
# check: each one.s mapping is told
/same = same \&\& udp_hdr(skb)->source/d
