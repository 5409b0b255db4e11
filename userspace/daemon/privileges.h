/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_PRIVILEGES_H
#define DAEMON_PRIVILEGES_H

#include <stddef.h>

/**
 * privileges_drop() - keep only what IKE needs
 *
 * Network administration (netlink, socket marks) and low ports. Nothing that
 * is executed can gain more, and no core dump is written, for it would hold
 * keys.
 *
 * Return: 0, or -1 with @why filled
 */
int privileges_drop(char *why, size_t len);

#endif
