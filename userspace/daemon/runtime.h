/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The runtime directory: one daemon at a time, its process id, its sockets */
#ifndef DAEMON_RUNTIME_H
#define DAEMON_RUNTIME_H

#include <stddef.h>

/**
 * runtime_lock() - make the directory and become the only daemon in it
 * @why: a sentence when it fails
 *
 * The file "ikevtid.pid" holds the process id and the lock, which the kernel
 * drops with the process: nothing is left over after a crash.
 *
 * Return: a descriptor to keep open, -1 on failure
 */
int runtime_lock(const char *dir, char *why, size_t len);

/** runtime_unlock() - remove the file and drop the lock */
void runtime_unlock(const char *dir, int fd);

#endif
