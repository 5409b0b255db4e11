# SPDX-License-Identifier: GPL-2.0-or-later
# what:  nobody is told that an SA reached its limit
# file:  kmod/sa.c
# test:  trace.sh
# check: an SA at its limit
/trace_ikevti_sa_state(sa, IKEVTI_TRACE_EXPIRED);/d
