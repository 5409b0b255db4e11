# SPDX-License-Identifier: GPL-2.0-or-later
# what:  routes that go are not noticed until a packet needs them
# file:  kmod/watch.c
# test:  path_state.sh
# check: IPv4: then route
/^static int fib_event/,/^}/s/changed(in);/;/
