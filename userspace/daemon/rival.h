/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DAEMON_RIVAL_H
#define DAEMON_RIVAL_H

#include <stdbool.h>
#include <stddef.h>

/**
 * rival_find() - which other IKE daemon runs here, and how it is stopped
 * @root: prefix of all that is looked at, "" but in tests
 * @text: a part of a sentence
 *
 * Return: false when none that is known was found
 */
bool rival_find(const char *root, char *text, size_t len);

#endif
