# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the outer route is looked up outside of the VRF
# file:  kmod/route.c
# test:  vrf.sh
# check: tunnel
/^static int vrf_of4/,/^}/s/return .*/return dev ? 0 : 0;/
