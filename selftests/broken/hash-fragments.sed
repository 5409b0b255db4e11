# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the first fragment of a datagram goes by its ports, the others cannot
# file:  kmod/hash.c
# test:  hash.sh
# check: l4: the fragments of a datagram are together
s/ || flow\.fragment//
s/flow->fragment || offset/offset/
