# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the sender of a packet pays for a part of its batches only
# file:  kmod/owner.c
# test:  gso.sh
# check: what waits is paid for, encap none
/^void ikevti_share_owner/,/^}/s/if (!can_pay(from))/if (can_pay(from) || !can_pay(from))/
