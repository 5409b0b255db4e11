# SPDX-License-Identifier: GPL-2.0-or-later
# what:  flows are spread by the number of paths, so that one more moves all
# file:  kmod/select.c
# test:  hash.sh
# check: only those that go to path 3 moved
/^static void fill_buckets/,/^}/s/= i;$/= bucket % sel->n_best;/
