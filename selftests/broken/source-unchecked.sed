# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a source behind another peer is taken for this one's
# file:  kmod/source.c
# test:  source_check.sh
# check: which is not behind peer 2
s/ikevti_hop_peer(idev, nexthop) == way->peer;/ikevti_hop_peer(idev, nexthop);/
