# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a small burst overtakes those that other CPUs still encrypt
# file:  kmod/spread_out.c
# test:  spread.sh
# check: numbers grow
s/(few && !ikevti_spread_busy(q))/few/
