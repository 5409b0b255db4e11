/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_SANDBOX_H
#define DAEMON_SANDBOX_H

#include <stddef.h>

/**
 * sandbox_enter() - from now on, only the system calls that the daemon makes
 *
 * All threads are bound by it. A call that is not on the list fails with
 * EPERM and is named in the log; starting programs ends the process.
 *
 * Return: 0, or -1 with @why filled, when the kernel or the build has none
 */
int sandbox_enter(char *why, size_t len);

#endif
