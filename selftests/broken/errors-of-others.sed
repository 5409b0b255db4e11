# SPDX-License-Identifier: GPL-2.0-or-later
# what:  an ICMP error may quote what its receiver did not send
# file:  kmod/quoted.c
# test:  selectors.sh
# check: for another than
s/quoted->saddr != iph->daddr/0/
