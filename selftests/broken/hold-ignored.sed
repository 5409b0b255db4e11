# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a gap takes the carrier away at once, however long the hold time
# file:  kmod/dev.c
# test:  ecmp.sh
# check: dormant
s/peer->n_paths && gap < hold/false/
