# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets of a list are all encrypted with the number of the first
# file:  kmod/train.c
# test:  burst.sh
# check: a first burst
s/ikevti_single_seal(sa, skb, seq + i)/ikevti_single_seal(sa, skb, seq)/
