# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a hard limit only says so and stops nothing
# file:  kmod/sa.c
# test:  limits.sh
# check: octets sent stay at the limit
/^static void check_limit/,/^}/s/ikevti_sa_expire(sa, limit);/say_limit(sa, limit, true);/
