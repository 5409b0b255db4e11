/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The protocol of sd_notify(3), by plain datagrams */
#ifndef DAEMON_SD_NOTIFY_H
#define DAEMON_SD_NOTIFY_H

#include <stdint.h>

#define SD_FDS_FIRST 3

/** sd_notify_send() - tell the service manager, when there is one */
void sd_notify_send(const char *state);

/**
 * sd_notify_keep_fd() - let the service manager keep a descriptor for the next
 * process of this service
 */
void sd_notify_keep_fd(int fd, const char *name);

/** sd_notify_watchdog() - microseconds between signs of life, 0: not wanted */
uint64_t sd_notify_watchdog(void);

/**
 * sd_notify_fds() - how many descriptors were handed over, from SD_FDS_FIRST
 *
 * Clears the environment, so that it is told once; sets close-on-exec.
 */
int sd_notify_fds(void);

#endif
