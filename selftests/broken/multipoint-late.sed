# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a change to multipoint is taken, and nothing is done
# file:  kmod/link.c
# test:  plugin.sh
# check: which no other becomes
s/data\[IFLA_IKEVTI_MULTIPOINT\] && !idev->multipoint/false/
