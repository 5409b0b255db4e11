# SPDX-License-Identifier: GPL-2.0-or-later
# what:  all of a burst go to the peer of its first packet
# file:  kmod/tx.c
# test:  multipoint.sh
# check: bursts with packets of both
s/ && new\.sa == old->sa;/;/
