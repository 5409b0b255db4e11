# SPDX-License-Identifier: GPL-2.0-or-later
# what:  batches are cut up before they get here
# file:  kmod/batch.c
# test:  gro.sh
# check: a batch of 20 in one go
/^static bool mark/,/^}/s/type |= MARK;/type |= 0;/
