# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the destination, not the next hop, says for which peer a packet is
# file:  kmod/peer.c
# test:  multipoint.sh
# check: the gateway, not the destination
s/rt_nexthop(rt, daddr);/daddr;/
