# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the sender of a packet does not pay for lists made of it
# file:  kmod/owner.c
# test:  gso.sh
# check: what waits is paid for, encap lists
/^void ikevti_keep_owner/,/^}/s/if (!can_pay(from))/if (can_pay(from) || !can_pay(from))/
