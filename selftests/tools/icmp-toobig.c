// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * icmp-toobig: says that an ESP packet was too big, true or not: ICMP fragmentation needed (RFC
 * 1191) or ICMPv6 packet too big (RFC 4443 section 3.2), with the packet's beginning quoted.
 *
 *   netns=NAME       network namespace to send from
 *   from= to=        addresses of the message
 *   mtu=N            what it says
 *   src= dst=        addresses of the packet quoted
 *   sport= dport=    with these the packet is UDP, else IP protocol 50
 *   spi=N            its SPI; for UDP, 0: an IKE message
 *   short=1          over IPv4, quotes only the eight octets that RFC 792 asks for
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct words {
	const char *from, *to, *src, *dst;
	uint32_t mtu, spi;
	uint16_t sport, dport;
	bool brief;
};

static void put16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put32(uint8_t *p, uint32_t v)
{
	put16(p, v >> 16);
	put16(p + 2, v);
}

static uint16_t checksum(const uint8_t *p, size_t len)
{
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)p[i] << 8 | p[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The packet that is said to have been too big, 1400 octets long; Return: octets quoted */
static size_t quote(uint8_t *p, const struct words *w, bool v6)
{
	size_t hlen = v6 ? 40 : 20, len = hlen;
	uint8_t proto = w->sport ? IPPROTO_UDP : IPPROTO_ESP;

	if (v6) {
		put32(p, 0x60000000);
		put16(p + 4, 1360);
		p[6] = proto;
		p[7] = 63;
		inet_pton(AF_INET6, w->src, p + 8);
		inet_pton(AF_INET6, w->dst, p + 24);
	} else {
		p[0] = 0x45;
		put16(p + 2, 1400);
		p[6] = 0x40;
		p[8] = 63;
		p[9] = proto;
		inet_pton(AF_INET, w->src, p + 12);
		inet_pton(AF_INET, w->dst, p + 16);
		put16(p + 10, checksum(p, hlen));
	}
	if (w->sport) {
		put16(p + len, w->sport);
		put16(p + len + 2, w->dport);
		put16(p + len + 4, (uint32_t)(1400 - hlen));
		len += 8;
		if (w->brief)
			return len;
	}
	put32(p + len, w->spi);
	put32(p + len + 4, 1);
	return len + (w->brief ? 8 : 64);
}

static int send_from(int fd, int family, const struct words *w, const uint8_t *msg, size_t len)
{
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in sa = { .sin_family = AF_INET };

	if (family == AF_INET6) {
		if (inet_pton(family, w->from, &sa6.sin6_addr) != 1 ||
		    bind(fd, (struct sockaddr *)&sa6, sizeof(sa6)) ||
		    inet_pton(family, w->to, &sa6.sin6_addr) != 1)
			return -1;
		return sendto(fd, msg, len, 0, (struct sockaddr *)&sa6, sizeof(sa6)) < 0 ? -1 : 0;
	}
	if (inet_pton(family, w->from, &sa.sin_addr) != 1 ||
	    bind(fd, (struct sockaddr *)&sa, sizeof(sa)) ||
	    inet_pton(family, w->to, &sa.sin_addr) != 1)
		return -1;
	return sendto(fd, msg, len, 0, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	static const char * const names[] = { "netns", "from", "to", "mtu", "src", "dst",
					      "sport", "dport", "spi", "short" };
	const char *value[10] = { 0 };
	uint8_t msg[256] = { 0 };
	struct words w = { 0 };
	size_t j, len;
	int i, fd;
	bool v6;

	for (i = 1; i < argc; i++)
		for (j = 0; j < 10; j++) {
			len = strlen(names[j]);
			if (!strncmp(argv[i], names[j], len) && argv[i][len] == '=')
				value[j] = argv[i] + len + 1;
		}
	if (!value[1] || !value[2] || !value[3] || !value[4] || !value[5]) {
		fputs("icmp-toobig: see the head of its source\n", stderr);
		return 2;
	}
	if (value[0] && enter_netns(value[0]))
		return 2;
	w.from = value[1];
	w.to = value[2];
	w.mtu = (uint32_t)strtoul(value[3], NULL, 0);
	w.src = value[4];
	w.dst = value[5];
	w.sport = (uint16_t)(value[6] ? strtoul(value[6], NULL, 0) : 0);
	w.dport = (uint16_t)(value[7] ? strtoul(value[7], NULL, 0) : 0);
	w.spi = (uint32_t)(value[8] ? strtoul(value[8], NULL, 0) : 0);
	w.brief = value[9] && *value[9] == '1';
	v6 = strchr(w.to, ':');
	len = 8 + quote(msg + 8, &w, v6);
	if (v6) {
		/* the kernel computes the checksum */
		msg[0] = 2;
		put32(msg + 4, w.mtu);
		fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	} else {
		msg[0] = 3;
		msg[1] = 4;
		put16(msg + 6, w.mtu);
		put16(msg + 2, checksum(msg, len));
		fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
	}
	if (fd < 0 || send_from(fd, v6 ? AF_INET6 : AF_INET, &w, msg, len)) {
		perror("icmp-toobig");
		return 1;
	}
	close(fd);
	return 0;
}
