# SPDX-License-Identifier: GPL-2.0-or-later
# what:  traffic selectors admit everything
# file:  kmod/sa.c
# test:  selectors.sh
# check: answers from elsewhere are not
/^bool ikevti_sa_admits/,/^}/s/ || selected(sa, skb);/ || (selected(sa, skb), true);/
