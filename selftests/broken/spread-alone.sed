# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a small burst overtakes those that other CPUs still encrypt
# file:  kmod/spread.c
# test:  spread.sh
# check: numbers grow
/^bool ikevti_spread_pass/,/^}/s/if (q->n)/if (q->n > 9999)/
