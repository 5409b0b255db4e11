# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the MSS clamp raises what is smaller
# file:  kmod/mss.c
# test:  mss_odd.sh
# check: a value that is small enough
s/if (old <= mss)/if (old == mss)/
