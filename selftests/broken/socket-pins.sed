# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a kept socket holds its namespace
# file:  kmod/sock.c
# test:  netns.sh
# check: and is really gone
s/dying = ikevti_net_users(in->net) <= orphans;/dying = false;/
