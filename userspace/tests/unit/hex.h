/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Test vectors written as hexadecimal text */
#ifndef UNIT_HEX_H
#define UNIT_HEX_H

#include <stdint.h>

#include "wire/buf.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * unit_unhex() - octets of hexadecimal text; white space is passed over
 * @out: result
 * @cap: size of @out; the test fails when it is too small
 * @text: pairs of digits
 *
 * Return: how many octets.
 */
size_t unit_unhex(uint8_t *out, size_t cap, const char *text);

/**
 * unit_hex() - the same as a chunk of memory that is never freed before exit
 * @text: pairs of digits
 *
 * The memory is exactly as long as the text says, so that AddressSanitizer sees
 * a read beyond it.
 */
struct wire_chunk unit_hex(const char *text);

/**
 * unit_copy() - a heap copy of exactly this length
 * @data: octets
 * @len: how many, also 0
 *
 * Return: memory for free().
 */
uint8_t *unit_copy(const void *data, size_t len);

/**
 * unit_assert_hex() - fail the test unless octets are what is expected
 * @data: octets
 * @len: how many
 * @text: expectation
 */
void unit_assert_hex(const void *data, size_t len, const char *text);

#endif /* UNIT_HEX_H */
