# SPDX-License-Identifier: GPL-2.0-or-later
# what:  an orphaned socket is let go though SAs use it
# file:  kmod/sock.c
# test:  orphan.sh
# check: is kept while an SA uses it
s/if (!in_use(s))/if (1)/
