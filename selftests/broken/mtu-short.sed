# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the inner MTU forgets the ESP trailer
# file:  kmod/esp.h
# test:  mtu.sh
# check: computed MTU
s/ - IKEVTI_ESP_TRAILER;$/;/
