# SPDX-License-Identifier: GPL-2.0-or-later
# what:  the checksum is corrected as if the MSS stood in an even place
# file:  kmod/mss.c
# test:  mss_odd.sh
# check: one NOP in front
s/if ((opt - (u8 \*)th) & 1) {/if (0) {/
