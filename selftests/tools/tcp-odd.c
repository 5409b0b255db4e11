// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tcp-odd: sends TCP segments with odd headers into one device and looks at what comes out of
 * another, behind a tunnel that clamps the MSS.
 *
 *   from=NETNS:DEV to=NETNS:DEV
 *   family=4|6
 *   mss=N          what the tunnel clamps to
 *
 * Prints "ok NAME" or "no NAME: WHY" for each case. Right is: the option has the value that it
 * must have, the checksum is right, and everything else is as it was sent. What is malformed must
 * be untouched altogether.
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADERS_MAX	64	/* octets of extension headers or IPv4 options */
#define TCP_MAX		160

/* Where the MSS option's value must have changed, from the TCP header; NONE: nowhere */
#define NONE		0

struct odd {
	const char *name;
	const char *ext;	/* before TCP: IPv6's extension headers or IPv4's options */
	uint8_t first;		/* IPv6: what ext begins with */
	const char *opts;	/* hexadecimal; TCP's data offset follows from its length */
	int doff;		/* words, where it lies; 0 what is right */
	uint8_t flags;		/* 0: SYN */
	int data;		/* octets behind the header */
	int cut;		/* octets missing at the end of the packet */
	int value;		/* NONE, or where the value is */
	uint16_t frag;		/* IPv4: fragment field */
	bool v4_only;
};

#define SYN 0x02
#define ACK 0x10

static const struct odd odds[] = {
	{ "the option first", .opts = "020405b401010402", .value = 22 },
	{ "SYN and ACK", .opts = "020405b401010402", .value = 22, .flags = SYN | ACK },
	{ "one NOP in front: an odd place", .opts = "01020405b4010101", .value = 23 },
	{ "two NOPs in front", .opts = "0101020405b40101", .value = 24 },
	{ "three NOPs in front", .opts = "010101020405b401", .value = 25 },
	{ "unknown options in front", .opts = "fd04abcdfe03ee01020405b4", .value = 30 },
	{ "an odd unknown option in front", .opts = "fd03ab020405b400", .value = 25 },
	{ "the largest value", .opts = "0204ffff", .value = 22 },
	{ "the largest value in an odd place", .opts = "010204ffff000000", .value = 23 },
	{ "with data", .opts = "020405b4", .data = 41, .value = 22 },
	{ "forty octets of options", .value = 58,
	  .opts = "0101010101010101010101010101010101010101010101010101010101010101"
		  "01010101020405b4" },
	{ "a value that is small enough", .opts = "020401f401010402" },
	{ "a value of 0", .opts = "0204000001010402" },
	{ "no SYN", .opts = "020405b401010402", .flags = ACK },
	{ "no options", .opts = "" },
	{ "no MSS among them", .opts = "0402080a0000000100000000" },
	{ "behind the end of the options", .opts = "00020405b4010101" },
	{ "option of length 0 in front", .opts = "fd00020405b40101" },
	{ "option of length 1 in front", .opts = "fd01020405b40101" },
	{ "option that is longer than the header", .opts = "fd28020405b40101" },
	{ "MSS of length 0", .opts = "020005b401010101" },
	{ "MSS of length 3", .opts = "020305b401010101" },
	{ "MSS of length 6", .opts = "020605b401010101" },
	{ "MSS cut off by the header's end", .opts = "01010204", .data = 16 },
	{ "kind without a length at the end", .opts = "01010102" },
	{ "header longer than the packet", .opts = "020405b4", .doff = 15 },
	{ "header of less than 20 octets", .opts = "020405b4", .doff = 4 },
	{ "truncated in its options", .opts = "020405b4", .cut = 3 },
	{ "truncated in its ports", .opts = "", .cut = 17 },
	{ "truncated before its flags", .opts = "", .cut = 8 },
	{ "a first fragment", .opts = "020405b401010402", .data = 16, .frag = 0x2000, .value = 22,
	  .v4_only = true },
	{ "a later fragment", .opts = "020405b401010402", .frag = 0x0010, .v4_only = true },
	{ "IPv4 options in front", .ext = "01010101", .opts = "020405b4", .value = 22,
	  .v4_only = true },
	{ "hop-by-hop and destination options in front",
	  .ext = "3c00010400000000" "0600010400000000", .opts = "01020405b4010101", .value = 23 },
	{ "a first fragment's header in front", .ext = "0600000100000001", .first = 44,
	  .opts = "020405b4", .data = 12, .value = 22 },
	{ "a later fragment's", .ext = "0600001100000001", .first = 44, .opts = "020405b4" },
	{ "an extension header that is longer than the packet", .ext = "06ff010400000000",
	  .first = 60, .opts = "020405b4" },
	{ "an unknown header", .ext = "0600010400000000", .first = 253, .opts = "020405b4" },
	{ "no next header", .ext = "", .first = 59, .opts = "020405b4" },
};

static size_t hex(uint8_t *to, const char *from)
{
	size_t n = 0;
	unsigned int v;

	for (; from && *from && sscanf(from, "%2x", &v) == 1; from += 2)
		to[n++] = (uint8_t)v;
	return n;
}

static void put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static uint32_t sum(const uint8_t *p, size_t len)
{
	uint32_t acc = 0;
	size_t i;

	for (i = 0; i < len; i++)
		acc += i & 1 ? p[i] : (uint32_t)p[i] << 8;
	return acc;
}

static uint16_t fold(uint32_t acc)
{
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return (uint16_t)~acc;
}

static uint16_t tcp_sum(const uint8_t *p, bool v6, const uint8_t *th, size_t len)
{
	return fold(sum(p + (v6 ? 8 : 12), v6 ? 32 : 8) + IPPROTO_TCP + (uint32_t)len +
		    sum(th, len));
}

/* Builds a case; Return: its length, and where TCP begins */
static size_t build(const struct odd *odd, bool v6, uint8_t *p, size_t *tcp, uint16_t number)
{
	size_t len = v6 ? 40 : 20, ext, opts, total;
	uint8_t *th;

	memset(p, 0, len);
	ext = hex(p + len, odd->ext);
	*tcp = len + ext;
	th = p + *tcp;
	memset(th, 0, 20);
	put16(th, 4000u + number);
	put16(th + 2, 4242);
	put16(th + 4, 0x1234);
	opts = hex(th + 20, odd->opts);
	th[12] = (uint8_t)((odd->doff ? odd->doff : (int)(20 + opts) / 4) << 4);
	th[13] = odd->flags ? odd->flags : SYN;
	put16(th + 14, 0xffff);
	memset(th + 20 + opts, 'x', (size_t)odd->data);
	total = 20 + opts + (size_t)odd->data - (size_t)odd->cut;
	if (v6) {
		p[0] = 0x60;
		put16(p + 4, ext + total);
		p[6] = odd->ext ? odd->first : IPPROTO_TCP;
		p[7] = 64;
		inet_pton(AF_INET6, "fd09::1:1", p + 8);
		inet_pton(AF_INET6, "fd09::2:2", p + 24);
	} else {
		p[0] = (uint8_t)(0x40 | (20 + ext) / 4);
		put16(p + 2, 20 + ext + total);
		put16(p + 4, number);
		put16(p + 6, odd->frag ? odd->frag : 0x4000);
		p[8] = 64;
		p[9] = IPPROTO_TCP;
		inet_pton(AF_INET, "10.9.0.11", p + 12);
		inet_pton(AF_INET, "10.9.0.22", p + 16);
		put16(p + 10, fold(sum(p, 20 + ext)));
	}
	if (total >= 18)
		put16(th + 16, tcp_sum(p, v6, th, total));
	return *tcp + total;
}

static int open_device(const char *where)
{
	struct sockaddr_ll ll = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL) };
	const char *colon = strchr(where, ':');
	char name[64] = "";
	int fd;

	if (!colon || colon - where >= (int)sizeof(name))
		return -1;
	memcpy(name, where, (size_t)(colon - where));
	if (enter_netns(name))
		return -1;
	ll.sll_ifindex = (int)if_nametoindex(colon + 1);
	fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (fd < 0 || bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		return -1;
	return fd;
}

static bool is_mine(const uint8_t *p, size_t len, bool v6, const uint8_t *sent)
{
	return len >= 20 && p[0] >> 4 == (v6 ? 6 : 4) &&
	       (v6 ? len >= 40 && !memcmp(p + 8, sent + 8, 32) : !memcmp(p + 12, sent + 12, 8));
}

/* Reads until the packet comes; Return: its length, 0 if it does not */
static size_t await(int fd, uint8_t *p, size_t room, bool v6, const uint8_t *sent, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct sockaddr_ll from = { 0 };
	socklen_t len;
	ssize_t n;

	while (poll(&pfd, 1, ms) > 0) {
		len = sizeof(from);
		n = recvfrom(fd, p, room, 0, (struct sockaddr *)&from, &len);
		if (n > 0 && from.sll_pkttype != PACKET_OUTGOING &&
		    is_mine(p, (size_t)n, v6, sent))
			return (size_t)n;
	}
	return 0;
}

static const char *judge(const struct odd *odd, bool v6, uint8_t *seen, size_t n, uint8_t *sent,
			 size_t len, size_t tcp, unsigned int mss)
{
	uint8_t *th = sent + tcp;

	if (!n)
		return "it did not arrive";
	if (n != len)
		return "another length";
	if (odd->value) {
		put16(th + odd->value, mss);
		if (memcmp(seen + tcp + odd->value, th + odd->value, 2))
			return "the value is not what was asked for";
		put16(th + 16, 0);
		put16(th + 16, tcp_sum(sent, v6, th, len - tcp));
		if (memcmp(seen + tcp + 16, th + 16, 2))
			return "its checksum is wrong";
	}
	return memcmp(seen, sent, len) ? "something else has changed" : NULL;
}

int main(int argc, char **argv)
{
	uint8_t sent[40 + HEADERS_MAX + TCP_MAX], seen[2048];
	const char *from = "", *to = "", *why;
	struct sockaddr_ll ll = { .sll_family = AF_PACKET };
	socklen_t ll_len = sizeof(ll);
	unsigned int mss = 0, bad = 0;
	int i, in, out, ms = 5000;
	size_t k, len, tcp, n;
	bool v6 = false;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "from=", 5))
			from = argv[i] + 5;
		else if (!strncmp(argv[i], "to=", 3))
			to = argv[i] + 3;
		else if (!strcmp(argv[i], "family=6"))
			v6 = true;
		else if (!strncmp(argv[i], "mss=", 4))
			mss = (unsigned int)strtoul(argv[i] + 4, NULL, 0);
	}
	out = open_device(from);
	in = open_device(to);
	if (in < 0 || out < 0 || getsockname(out, (struct sockaddr *)&ll, &ll_len)) {
		perror("tcp-odd");
		return 2;
	}
	ll.sll_protocol = htons(v6 ? ETH_P_IPV6 : ETH_P_IP);
	ll.sll_halen = 0;
	for (k = 0; k < sizeof(odds) / sizeof(odds[0]); k++) {
		const struct odd *odd = &odds[k];

		if (v6 ? odd->v4_only : (odd->ext && !odd->v4_only))
			continue;
		len = build(odd, v6, sent, &tcp, (uint16_t)(k + 1));
		if (sendto(out, sent, len, 0, (struct sockaddr *)&ll, sizeof(ll)) < 0) {
			perror(odd->name);
			return 2;
		}
		n = await(in, seen, sizeof(seen), v6, sent, ms);
		why = judge(odd, v6, seen, n, sent, len, tcp, mss);
		bad += !!why;
		if (why)
			printf("no %s: %s\n", odd->name, why);
		else
			printf("ok %s\n", odd->name);
	}
	return bad ? 1 : 0;
}
