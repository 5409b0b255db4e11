# SPDX-License-Identifier: GPL-2.0-or-later
# what:  traffic selectors admit everything
# file:  kmod/sa.c
# test:  selectors.sh
# check: answers from elsewhere are not
/^bool ikevti_sa_admits/,/^}/s/if (likely(!sel))/if (sel || !sel)/
