# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the outer route is looked up outside of the VRF
# file:  kmod/route.c
# test:  vrf.sh
# check: tunnel
s/\.flowi\([46]\)_oif = link,/.flowi\1_oif = 0,/
