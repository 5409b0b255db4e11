# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the upper half of an extended sequence number is not authenticated
# file:  kmod/crypt.c
# test:  replay.sh
# check: first number of the second
s/put_unaligned_be64(seq, op->aad + 4);/put_unaligned_be64((u32)seq, op->aad + 4);/
