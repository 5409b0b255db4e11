# SPDX-License-Identifier: GPL-2.0-or-later
# what:  two packets leave with one sequence number and IV
# file:  kmod/sa.c
# test:  capture.sh
# check: every packet opens
/^u64 ikevti_sa_next/,/^}/s/return seq;/return seq | 1;/
