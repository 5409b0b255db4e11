# SPDX-License-Identifier: GPL-2.0-or-later
# what:  an outbound sequence number can be set back, and is used again
# file:  kmod/sa.c
# test:  counters.sh
# check: outbound never goes back
/^static bool raise_seq/,/^}/s/if ((u64)old > seq)/if (0)/
