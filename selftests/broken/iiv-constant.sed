# SPDX-License-Identifier: GPL-2.0-or-later
# what:  all packets with an implicit IV have the same
# file:  kmod/crypt.c
# test:  algorithms.sh
# check: OpenSSL opens them: gcm-iiv
s/put_unaligned_be64(seq, op->iv + IKEVTI_SALT_LEN);/put_unaligned_be64(0, op->iv + IKEVTI_SALT_LEN);/
