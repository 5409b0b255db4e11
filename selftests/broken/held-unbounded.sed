# SPDX-License-Identifier: GPL-2.0-or-later
# what:  an SPI without a key holds as many packets as come
# file:  kmod/held.c
# test:  held.sh
# check: are dropped and counted
s/h->packets + n > HELD_PACKETS/0/
