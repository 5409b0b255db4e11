# SPDX-License-Identifier: GPL-2.0-or-later
# what:  ESP is taken in the path's own encapsulation only
# file:  kmod/rx.c
# test:  encap.sh
# check: is taken, too
/^	bool here, same;/a\
	if (encap != ep->encap)\
		return false;
