/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CONTROL_UTF8_H
#define CONTROL_UTF8_H

#include <stddef.h>

/**
 * utf8_length() - octets of the character at @s (RFC 3629)
 * @max: octets there are, at least one
 *
 * Return: 1 to 4; 0 when it is not UTF-8 (overlong forms, surrogates and what
 * is beyond U+10FFFF are not)
 */
size_t utf8_length(const char *s, size_t max);

#endif
