# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a packet is cut for a path that has no room for a fragment
# file:  kmod/pmtu.c
# test:  mtu_tiny.sh
# check: octets fit: IPv4 of 1500
s/if (mtu >= IPV4_MIN_MTU_RFC791 \&\&/if (mtu \&\&/
