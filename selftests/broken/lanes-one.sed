# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the first lane takes everything
# file:  kmod/select.c
# test:  lanes.sh
# check: every lane has flows
s/at = first_lane(path->idev, skb, lanes->n);/at = 0;/
