/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNEL_ABSENT_H
#define KERNEL_ABSENT_H

#include <stddef.h>

/**
 * absent_why() - why this kernel has not got the module, and what helps
 * @root: prefix of all that is looked at, "" but in tests
 * @release: of the running kernel
 * @why: a sentence
 *
 * From what is installed: nothing is tried.
 */
void absent_why(const char *root, const char *release, char *why, size_t len);

#endif
