# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets that others hold are decrypted in place
# file:  kmod/burst.c
# test:  gro.sh
# check: heard as they were sent
/^static bool is_private/,/^}/s/ && !skb_cloned(unit->skb)//
