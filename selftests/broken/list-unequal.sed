# SPDX-License-Identifier: GPL-2.0-or-later
# what:  lists have packets of any lengths
# file:  kmod/train.c
# test:  burst.sh
# check: whoever wants lists linear, sizes by 1
/^static unsigned int list_length/,/^}/{s/->len <= most)/->len)/;s/ \&\& !mix)/ \&\& 0)/}
