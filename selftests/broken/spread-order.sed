# SPDX-License-Identifier: GPL-2.0-or-later
# what:  what other CPUs have done ends as soon as it is done, whatever came before it
# file:  kmod/spread.c
# test:  spread.sh
# check: numbers grow
s/list_add_tail(&job->list, &q->jobs)/list_add(\&job->list, \&q->jobs)/
