# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the checksum of a batch is put elsewhere
# file:  kmod/outer.c
# test:  gso.sh
# check: checksums are right on the wire
s/offsetof(struct udphdr, check);/offsetof(struct udphdr, len);/
