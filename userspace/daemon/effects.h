/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carrying out what the engine decided */
#ifndef DAEMON_EFFECTS_H
#define DAEMON_EFFECTS_H

#include "daemon/daemon.h"

/**
 * effects_run() - carry out d->effects, in their order
 *
 * Kernel operations that ask for an answer get it through daemon_post().
 */
void effects_run(struct daemon *d);

#endif
