# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the device wants TCP in smaller pieces than it comes in
# file:  kmod/link.c
# test:  link.sh
# check: GSO packets of any size are taken
s/^	dev->mtu = MTU_INITIAL;/	netif_set_tso_max_size(dev, 60000);\n&/
