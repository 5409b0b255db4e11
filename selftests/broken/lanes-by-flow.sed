# SPDX-License-Identifier: GPL-2.0-or-later
# what:  lanes by CPU are chosen by the flow all the same
# file:  kmod/select.c
# test:  lanes.sh
# check: CPU [0-9]+ has its own
s/READ_ONCE(idev->lanes_by) == IKEVTI_LANES_BY_CPU/false/
