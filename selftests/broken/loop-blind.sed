# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a loop of two tunnels is not seen
# file:  kmod/route.c
# test:  stacked.sh
# check: through the tunnel in the tunnel
s/^	       passes(netdev_priv(dev), idev, depth);/	       (depth > 9 \&\& passes(netdev_priv(dev), idev, depth));/
