# SPDX-License-Identifier: GPL-2.0-or-later
# what:  dropped packets end like consumed ones, without a reason
# file:  kmod/drop.h
# test:  trace.sh
# check: which the kernel's event knows
s/kfree_skb_reason(skb, ikevti_drop_reason(what));/consume_skb(skb);/
