/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files: the daemon runs as root without root's capabilities, but root's files
 * are root's. Landlock leaves it the runtime directory to write to, whoever
 * started it; a service manager may take away more.
 */
#ifndef DAEMON_LANDLOCK_H
#define DAEMON_LANDLOCK_H

#include <stddef.h>

/**
 * landlock_enter() - from now on write only below @dir, and to /dev/null
 *
 * Binds this thread and those it makes. Return: 0, or -1 with a sentence in
 * @why: the kernel has no Landlock, or does not let us.
 */
int landlock_enter(const char *dir, char *why, size_t len);

#endif
