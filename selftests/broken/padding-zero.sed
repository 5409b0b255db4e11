# SPDX-License-Identifier: GPL-2.0-or-later
# what:  padding is sent as zeros
# file:  kmod/esp.h
# test:  capture.sh
# check: every packet opens
s/tail\[i\] = i + 1;/tail[i] = 0;/
