/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IP headers and Internet checksums */
#ifndef IKEVTI_TEST_IP_H
#define IKEVTI_TEST_IP_H

#include <stddef.h>
#include <stdint.h>

/** ip_sum() - add octets to a sum */
uint32_t ip_sum(uint32_t acc, const uint8_t *p, size_t len);

/** ip_fold() - the checksum of a sum */
uint16_t ip_fold(uint32_t acc);

/**
 * ip_put() - write an IP header
 * @p: receives it
 * @family: AF_INET or AF_INET6
 * @src: address
 * @dst: address
 * @proto: what follows
 * @len: octets of that
 * @tos: DS field
 * @ttl: hops
 *
 * Return: its length.
 */
size_t ip_put(uint8_t *p, int family, const void *src, const void *dst, uint8_t proto, size_t len,
	      uint8_t tos, uint8_t ttl);

/** ip_upper_sum() - checksum of @len octets of a protocol behind the IP header at @ip */
uint16_t ip_upper_sum(const uint8_t *ip, size_t ip_len, uint8_t proto, size_t len);

#endif
