# SPDX-License-Identifier: GPL-2.0-or-later
# what:  segments keep the UDP length of the packet they were cut from
# file:  kmod/gso.c
# test:  gso.sh
# check: UDP GSO v4, 17 octets
s/^\(\t*\)((struct udphdr \*)transport)->len = new_len;/\1(void)new_len;/
