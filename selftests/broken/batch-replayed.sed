# SPDX-License-Identifier: GPL-2.0-or-later
# what:  a number that comes twice in one burst is taken twice
# file:  kmod/burst.c
# test:  gro.sh
# check: replays within a batch
/^static bool advance_window/,/^}/s/unlikely(!ikevti_replay_advance(\(.*\)))) {/(ikevti_replay_advance(\1), false)) {/
