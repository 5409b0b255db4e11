// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ip-flows: sends a packet of each of many flows through a device without link
 * layer, whose lengths tell which is which.
 *
 *   ip-flows dev= [count=128] [outer=4] [tunnel=none|ip|gre|key] [inner=4]
 *		[vary=port|addr|inner-port|inner-addr] [frag=0]
 *   ip-flows socket= [count=16]
 *
 * Flow number i has packets of 120 + 8 i octets, or 124 + 8 i; with "frag" it
 * is a datagram in two fragments, the second with the length of number count +
 * i. With "socket" they are of one flow to that IPv4 address, each from another
 * socket. The checksums are not filled in.
 */
#include "lib/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BASE	120U
#define STEP	8U
#define PORT	9

static void put16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

/* A header from address number @from; returns its octets */
static size_t put_ip4(uint8_t *p, size_t len, uint8_t proto, unsigned int from,
		      uint8_t net, unsigned int fragment)
{
	static uint16_t id;

	p[0] = 0x45;
	put16(p + 2, (unsigned int)len);
	put16(p + 4, fragment & 0x1fff ? id : ++id);
	put16(p + 6, fragment);
	p[8] = 64;
	p[9] = proto;
	p[12] = 10;
	p[13] = net;
	put16(p + 14, from + 256);
	p[16] = 10;
	p[17] = net;
	put16(p + 18, 2);
	return 20;
}

static size_t put_ip6(uint8_t *p, size_t len, uint8_t proto, unsigned int from,
		      uint8_t net, int fragment)
{
	static uint32_t id;

	p[0] = 0x60;
	put16(p + 4, (unsigned int)len - 40);
	p[6] = fragment < 0 ? proto : IPPROTO_FRAGMENT;
	p[7] = 64;
	p[8] = 0xfd;
	p[9] = net;
	put16(p + 22, from + 256);
	p[24] = 0xfd;
	p[25] = net;
	put16(p + 38, 2);
	if (fragment < 0)
		return 40;
	p[40] = proto;
	put16(p + 42, (unsigned int)fragment);
	id += fragment & 0xfff8 ? 0 : 1;
	memcpy(p + 44, &id, sizeof(id));
	return 48;
}

static size_t put_ip(int family, uint8_t *p, size_t len, uint8_t proto, unsigned int from,
		     uint8_t net)
{
	return family == 4 ? put_ip4(p, len, proto, from, net, 0) :
			     put_ip6(p, len, proto, from, net, -1);
}

/* GRE of RFC 2784, or with the key of RFC 2890 */
static size_t put_gre(uint8_t *p, int family, bool key)
{
	p[0] = key ? 0x20 : 0;
	put16(p + 2, family == 4 ? ETH_P_IP : ETH_P_IPV6);
	return key ? 8 : 4;
}

static void put_udp(uint8_t *p, size_t len, unsigned int port)
{
	put16(p, 10000 + port);
	put16(p + 2, PORT);
	put16(p + 4, (unsigned int)len);
}

struct flows {
	int fd;
	struct sockaddr_ll to;
	unsigned int count;
	int outer, inner;
	const char *tunnel, *vary;
};

static int send_it(const struct flows *f, const uint8_t *packet, size_t len)
{
	struct sockaddr_ll to = f->to;

	to.sll_protocol = htons(packet[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6);
	if (sendto(f->fd, packet, len, 0, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		perror("sendto");
		return -1;
	}
	return 0;
}

static unsigned int varies(const struct flows *f, const char *what, unsigned int i)
{
	return strcmp(f->vary, what) ? 0 : i;
}

static int send_flow(const struct flows *f, unsigned int i)
{
	bool tunnel = strcmp(f->tunnel, "none"), gre = tunnel && strcmp(f->tunnel, "ip");
	size_t len = BASE + STEP * i, at;
	uint8_t packet[2048] = { 0 };
	uint8_t proto = IPPROTO_UDP;

	if (tunnel)
		proto = gre ? IPPROTO_GRE : f->inner == 4 ? IPPROTO_IPIP : IPPROTO_IPV6;
	at = put_ip(f->outer, packet, len, proto, varies(f, "addr", i), 8);
	if (gre)
		at += put_gre(packet + at, f->inner, !strcmp(f->tunnel, "key"));
	if (tunnel)
		at += put_ip(f->inner, packet + at, len - at, IPPROTO_UDP,
			     varies(f, "inner-addr", i), 7);
	put_udp(packet + at, len - at, varies(f, tunnel ? "inner-port" : "port", i));
	return send_it(f, packet, len);
}

/* Both fragments say what the datagram's length is not: nobody puts them together */
static int send_fragments(const struct flows *f, unsigned int i)
{
	unsigned int from = varies(f, "addr", i), port = varies(f, "port", i), part, at;
	uint8_t packet[2048];
	size_t len;

	for (part = 0; part < 2; part++) {
		len = BASE + STEP * (i + part * f->count);
		memset(packet, 0, sizeof(packet));
		if (f->outer == 4) {
			len += 4;
			at = (unsigned int)(BASE + STEP * i + 4 - 20);
			put_ip4(packet, len, IPPROTO_UDP, from, 8, part ? at / 8 : 0x2000);
		} else {
			at = (unsigned int)(BASE + STEP * i - 48);
			put_ip6(packet, len, IPPROTO_UDP, from, 8, part ? (int)at : 1);
		}
		if (!part)
			put_udp(packet + (f->outer == 4 ? 20 : 48), 1000, port);
		if (send_it(f, packet, len))
			return -1;
	}
	return 0;
}

/* One flow, each packet from a socket of its own */
static int from_sockets(const char *addr, unsigned int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };
	struct sockaddr_in from = { .sin_family = AF_INET, .sin_port = htons(10000) };
	uint8_t data[2048] = { 0 };
	unsigned int i;
	int fd;

	if (inet_pton(AF_INET, addr, &to.sin_addr) != 1)
		return -1;
	for (i = 0; i < count; i++) {
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		if (fd < 0 || bind(fd, (struct sockaddr *)&from, sizeof(from)) ||
		    connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
		    send(fd, data, BASE + STEP * i - 28, 0) < 0) {
			perror("socket");
			return -1;
		}
		close(fd);
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *dev = word(argc, argv, "dev", NULL);
	const char *to = word(argc, argv, "socket", NULL);
	bool frag = atoi(word(argc, argv, "frag", "0"));
	struct flows f = {
		.to = { .sll_family = AF_PACKET },
		.count = (unsigned int)atoi(word(argc, argv, "count", to ? "16" : "128")),
		.outer = atoi(word(argc, argv, "outer", "4")),
		.inner = atoi(word(argc, argv, "inner", "4")),
		.tunnel = word(argc, argv, "tunnel", "none"),
		.vary = word(argc, argv, "vary", "port"),
	};
	unsigned int i;

	if (f.count > 200 || (!dev && !to)) {
		fputs("usage: ip-flows dev=|socket= [name=value...]\n", stderr);
		return 250;
	}
	if (to)
		return from_sockets(to, f.count) ? 1 : 0;
	f.fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	f.to.sll_ifindex = (int)if_nametoindex(dev);
	if (f.fd < 0 || !f.to.sll_ifindex) {
		perror(dev);
		return 1;
	}
	for (i = 0; i < f.count; i++)
		if (frag ? send_fragments(&f, i) : send_flow(&f, i))
			return 1;
	return 0;
}
