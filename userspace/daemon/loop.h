/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event loop: who wakes the engine */
#ifndef DAEMON_LOOP_H
#define DAEMON_LOOP_H

#include "daemon/daemon.h"

/**
 * loop_start() - watch sockets, kernel, workers, signals and time
 *
 * Everything else in @d must be open. Return: 0 or a positive errno
 */
int loop_start(struct daemon *d);

/** loop_run() - until a graceful stop is over */
void loop_run(struct daemon *d);

/** loop_stop() - begin a graceful stop; the second time, end at once */
void loop_stop(struct daemon *d);

/** loop_end() - give the events back, not what they watch */
void loop_end(struct daemon *d);

#endif
