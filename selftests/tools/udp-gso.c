// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * udp-gso: sends datagrams many at a time (UDP_SEGMENT), and receives them.
 *
 *   udp-gso send addr= port= [size=1000] [count=90] [batch=30] [less=3]
 *		[vary=0] [tos=0]
 *   udp-gso receive addr= port= [size=1000] [count=90] [less=3] [vary=0]
 *
 * The last of a batch has as many octets less as said. With "vary" they are
 * sent one by one instead, so many of one size in a row, and each size up to the
 * given one; with "tos" the DS field changes with every eighth. The content of
 * each tells its number and is compared by the receiver, which says "ready" when
 * it listens, and ends with status 0 when all of them were there, in order.
 */
#include "lib/words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT	103
#endif
#ifndef SOL_UDP
#define SOL_UDP		17
#endif

#define BATCH_OCTETS	65507U	/* of a datagram in IPv4 */
#define PATIENCE_MS	20000

static uint8_t data[1 << 17];
static uint16_t size, less;
static unsigned int vary;
static bool tos;

static void fill(uint8_t *to, uint32_t number, size_t len)
{
	size_t i;

	memcpy(to, &number, sizeof(number));
	for (i = sizeof(number); i < len; i++)
		to[i] = (uint8_t)(number + i);
}

static int send_batch(int fd, uint32_t first, unsigned int n)
{
	union {
		struct cmsghdr hdr;
		char room[CMSG_SPACE(sizeof(uint16_t))];
	} control = { 0 };
	struct iovec iov = { .iov_base = data };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control.room),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	unsigned int i;

	for (i = 0; i < n; i++)
		fill(data + (size_t)i * size, first + i, size);
	iov.iov_len = (size_t)n * size - less;
	cmsg->cmsg_level = SOL_UDP;
	cmsg->cmsg_type = UDP_SEGMENT;
	cmsg->cmsg_len = CMSG_LEN(sizeof(size));
	memcpy(CMSG_DATA(cmsg), &size, sizeof(size));
	return sendmsg(fd, &msg, 0) == (ssize_t)iov.iov_len ? 0 : -1;
}

/* Octets of a datagram that is sent by itself */
static size_t varied(uint32_t number)
{
	return sizeof(number) + 1 + number / vary * 397 % (size - sizeof(number));
}

static int send_one(int fd, int family, uint32_t number)
{
	int field = (int)(number / 8 % 4) << 5;
	size_t len = varied(number);

	if (tos && (family == AF_INET ?
		    setsockopt(fd, IPPROTO_IP, IP_TOS, &field, sizeof(field)) :
		    setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &field, sizeof(field))))
		return -1;
	fill(data, number, len);
	return send(fd, data, len, 0) == (ssize_t)len ? 0 : -1;
}

static int do_send(int fd, const struct sockaddr *sa, socklen_t len, unsigned int count,
		   unsigned int batch)
{
	unsigned int i, n;

	if (connect(fd, sa, len))
		return -1;
	if (batch * size - less > BATCH_OCTETS)
		batch = (BATCH_OCTETS + less) / size;
	for (i = 0; i < count; i += n) {
		n = count - i < batch ? count - i : batch;
		if (vary) {
			n = 1;
			if (send_one(fd, sa->sa_family, i))
				return -1;
		} else if (send_batch(fd, i, n)) {
			return -1;
		}
	}
	return 0;
}

static int do_receive(int fd, const struct sockaddr *sa, socklen_t len, unsigned int count)
{
	static uint8_t wanted[1 << 16];
	int big = 8 << 20, one = 1;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	unsigned int i;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, sa, len))
		return -1;
	puts("ready");
	fflush(stdout);
	for (i = 0; i < count; i++) {
		if (poll(&p, 1, PATIENCE_MS) != 1) {
			printf("%u of %u came\n", i, count);
			return 1;
		}
		n = recv(fd, data, sizeof(data), 0);
		fill(wanted, i, size);
		if (vary ? n != (ssize_t)varied(i) : n != size && n != size - less)
			fill(wanted, ~i, sizeof(wanted));
		if (n <= 0 || memcmp(data, wanted, (size_t)n)) {
			printf("number %u is wrong: %zd octets\n", i, n);
			return 1;
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *addr = word(argc, argv, "addr", "127.0.0.1");
	uint16_t port = (uint16_t)atoi(word(argc, argv, "port", "5003"));
	unsigned int count = (unsigned int)atoi(word(argc, argv, "count", "90"));
	unsigned int batch = (unsigned int)atoi(word(argc, argv, "batch", "30"));
	struct sockaddr_in6 sa6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in sa4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	const struct sockaddr *sa = (const struct sockaddr *)&sa4;
	socklen_t len = sizeof(sa4);
	int fd, ret;

	size = (uint16_t)atoi(word(argc, argv, "size", "1000"));
	less = (uint16_t)atoi(word(argc, argv, "less", "3"));
	vary = (unsigned int)atoi(word(argc, argv, "vary", "0"));
	tos = atoi(word(argc, argv, "tos", "0"));
	if (inet_pton(AF_INET6, addr, &sa6.sin6_addr) == 1) {
		sa = (const struct sockaddr *)&sa6;
		len = sizeof(sa6);
	} else if (inet_pton(AF_INET, addr, &sa4.sin_addr) != 1) {
		fprintf(stderr, "bad address %s\n", addr);
		return 2;
	}
	if (argc < 2 || size <= sizeof(uint32_t) + less || size > BATCH_OCTETS || !batch) {
		fputs("udp-gso send|receive addr= port= [key=value...]\n", stderr);
		return 2;
	}
	fd = socket(sa->sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		perror("udp-gso: socket");
		return 2;
	}
	if (!strcmp(argv[1], "send"))
		ret = do_send(fd, sa, len, count, batch);
	else
		ret = do_receive(fd, sa, len, count);
	if (ret < 0)
		perror("udp-gso");
	close(fd);
	return ret ? 1 : 0;
}
