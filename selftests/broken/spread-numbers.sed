# SPDX-License-Identifier: GPL-2.0-or-later
# what:  packets of a job get the number of its first
# file:  kmod/spread_out.c
# test:  spread.sh
# check: TCP, IPv6|no packet was bad
s/^\tjob->seq += n;$//
