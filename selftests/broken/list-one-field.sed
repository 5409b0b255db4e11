# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets of a list all have the DS field of the first
# file:  kmod/train.c
# test:  burst.sh
# check: each has its DS field
s/same_head(train->head, ikevti_outer_head(&train->tx, skb)) \&\&/true \&\&/
