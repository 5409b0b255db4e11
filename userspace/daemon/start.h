/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From nothing to a running daemon, and back */
#ifndef DAEMON_START_H
#define DAEMON_START_H

#include "daemon/daemon.h"

/**
 * start() - open everything, take over what is in the kernel
 * @kept: descriptors handed over by the service manager
 *
 * Failures are logged. Return: 0 or -1; stop() cleans up after both.
 */
int start(struct daemon *d, int kept);

/** start_attach_sockets() - let the module have the ESP of our UDP sockets */
int start_attach_sockets(struct daemon *d);

/**
 * start_ready() - put the filter of system calls in force, and begin
 *
 * After this the process opens nothing but what a reload needs.
 *
 * Return: 0, or -1 when there is no filter and none was said to be needed
 */
int start_ready(struct daemon *d);

/** stop() - remove SAs and paths, give everything back; devices stay */
void stop(struct daemon *d);

#endif
