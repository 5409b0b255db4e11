# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a packet that was held up on the way says that the peer has moved
# file:  kmod/burst.c
# test:  nat_many.sh
# check: nobody was moved
/unit->moved = false;/s/unit->moved = false;/;/
