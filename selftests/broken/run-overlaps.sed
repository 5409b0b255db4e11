# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a batch begins with the last number of the one before
# file:  kmod/sa.c
# test:  gso.sh
# check: no packet was bad
/^u64 ikevti_sa_run/,/^}/s/return seq + 1;/return seq ?: 1;/
