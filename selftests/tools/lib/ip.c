// SPDX-License-Identifier: GPL-2.0-or-later
/* IP headers, RFC 791 and RFC 8200, and their checksums, RFC 1071 */
#include "ip.h"
#include "esp.h"

#include <string.h>
#include <sys/socket.h>

uint32_t ip_sum(uint32_t acc, const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		acc += get16(p + i);
	if (len & 1)
		acc += (uint32_t)p[len - 1] << 8;
	return acc;
}

uint16_t ip_fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

size_t ip_put(uint8_t *p, int family, const void *src, const void *dst, uint8_t proto, size_t len,
	      uint8_t tos, uint8_t ttl)
{
	if (family == AF_INET) {
		memset(p, 0, 20);
		p[0] = 0x45;
		p[1] = tos;
		put16(p + 2, (uint16_t)(len + 20));
		p[6] = 0x40;
		p[8] = ttl;
		p[9] = proto;
		memcpy(p + 12, src, 4);
		memcpy(p + 16, dst, 4);
		put16(p + 10, ip_fold(ip_sum(0, p, 20)));
		return 20;
	}
	put32(p, 0x60000000 | (uint32_t)tos << 20);
	put16(p + 4, (uint16_t)len);
	p[6] = proto;
	p[7] = ttl;
	memcpy(p + 8, src, 16);
	memcpy(p + 24, dst, 16);
	return 40;
}

uint16_t ip_upper_sum(const uint8_t *ip, size_t ip_len, uint8_t proto, size_t len)
{
	uint32_t acc = proto + (uint32_t)len;

	acc = ip_len == 20 ? ip_sum(acc, ip + 12, 8) : ip_sum(acc, ip + 8, 32);
	return ip_fold(ip_sum(acc, ip + ip_len, len));
}
