// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * packet-hold: listens to a device with a packet socket, leaves what it hears
 * in the socket's queue until it gets SIGTERM, and prints it then. The queued
 * packets are clones, so whatever is written to the memory they share with the
 * packet that went its way shows here.
 *
 *   netns=NAME dev=NAME
 *   show=udp     payload of UDP datagrams to port 4500, as hexadecimal digits
 *   show=tcp     IP packets of TCP from port 4242, with what a router changes
 *                (TTL or hop limit, IPv4 header checksum) as zeros
 *   show=hash    "hash" for a packet whose flow hash is known, "none" for another
 *
 * "ready" is printed first.
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static void print_hex(const uint8_t *p, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		printf("%02x", p[i]);
	putchar('\n');
}

enum what { UDP, TCP, HASH };

static void show(uint8_t *ip, size_t len, enum what what)
{
	size_t hlen = ip[0] >> 4 == 4 ? 20 : 40;
	uint8_t proto;

	if (what == HASH)
		puts(len == 1 ? "none" : "hash");
	if (what == HASH || len < hlen + 8)
		return;
	proto = hlen == 20 ? ip[9] : ip[6];
	if (what == UDP) {
		if (proto == IPPROTO_UDP && be16(ip + hlen + 2) == 4500)
			print_hex(ip + hlen + 8, len - hlen - 8);
		return;
	}
	if (proto != IPPROTO_TCP || be16(ip + hlen) != 4242)
		return;
	if (hlen == 20) {
		ip[8] = 0;
		memset(ip + 10, 0, 2);
	} else {
		ip[7] = 0;
	}
	print_hex(ip, len);
}

static int open_socket(const char *dev)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(dev),
	};
	int fd, big = 64 << 20;

	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big)) ||
	    !ll.sll_ifindex || bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		return -1;
	return fd;
}

/* Leave one octet of a packet without hash, two of others */
static int tell_hash(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_RXHASH)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 1),
		BPF_STMT(BPF_RET | BPF_K, 2),
	};
	struct sock_fprog prog = { .len = ARRAY_SIZE(code), .filter = code };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
}

int main(int argc, char **argv)
{
	static uint8_t buf[1 << 17];
	struct sockaddr_ll from = { 0 };
	const char *dev = "";
	socklen_t from_len;
	enum what what = UDP;
	sigset_t set;
	ssize_t n;
	int i, fd, sig;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "netns=", 6) && enter_netns(argv[i] + 6))
			return 2;
		if (!strncmp(argv[i], "dev=", 4))
			dev = argv[i] + 4;
		if (!strcmp(argv[i], "show=tcp"))
			what = TCP;
		if (!strcmp(argv[i], "show=hash"))
			what = HASH;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = open_socket(dev);
	if (fd < 0 || (what == HASH && tell_hash(fd))) {
		perror("packet-hold");
		return 2;
	}
	puts("ready");
	fflush(stdout);
	sigwait(&set, &sig);
	for (;;) {
		from_len = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), MSG_DONTWAIT, (struct sockaddr *)&from,
			     &from_len);
		if (n < 0)
			break;
		if (n && from.sll_pkttype != PACKET_OUTGOING)
			show(buf, (size_t)n, what);
	}
	close(fd);
	return 0;
}
