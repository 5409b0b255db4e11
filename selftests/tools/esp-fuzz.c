// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esp-fuzz: an authentic peer with bad intentions. What it sends mostly passes
 * the integrity check, and then is wrong in some way.
 *
 *   netns=NAME from= to=   as with esp-inject
 *   encap=udp|none dport=  native or RFC 3948 (4500)
 *   sa=SPI:KEY:SALT[:esn]  an SA of the victim's, up to 4 times
 *   out=SPI                of an SA that the victim sends by: ICMP errors are about it
 *   isrc4= idst4= far4=    addresses inside, of the peer, the victim, and
 *   isrc6= idst6= far6=    of somebody that the victim forwards to
 *   seconds=N              how long (8), longer where that is but few packets
 *   seed=N                 what follows from it is the same each time
 */
#include "lib/esp.h"
#include "lib/hostile.h"
#include "lib/ip.h"
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define SAS		4
#define BATCH_MAX	65000
#define LEAST		3000	/* rounds, however slow the machine */

struct fuzz {
	struct rng rng;
	struct hostile h;
	struct esp_sa sa[SAS];
	uint64_t seq[SAS];
	unsigned int n_sas;
	struct sockaddr_storage from, to;
	uint8_t src[16], dst[16];
	int family, raw, icmp;
	socklen_t salen;
	bool udp;
	uint32_t out;
	uint64_t sport, dport, sent;
};

static bool one_in(struct fuzz *f, uint32_t n)
{
	return rng_one_in(&f->rng, n);
}

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return rng_below(&f->rng, n);
}

/* The next number, or a repeated, late, overtaking or impossible one */
static uint64_t number(struct fuzz *f, unsigned int i)
{
	if (!one_in(f, 12))
		return ++f->seq[i];
	switch (below(f, 4)) {
	case 0:
		return f->seq[i];
	case 1:
		return f->seq[i] - below(f, f->seq[i] < 5000 ? (uint32_t)f->seq[i] + 1 : 5000);
	case 2:
		f->seq[i] += below(f, 300);
		return f->seq[i];
	default:
		return f->sa[i].esn ? rng_u64(&f->rng) >> below(f, 64) : 0;
	}
}

static size_t make_esp(struct fuzz *f, uint8_t *esp, int depth);

/* An outer packet of the peer's, as a packet inside: a tunnel in the tunnel */
static size_t make_nested(struct fuzz *f, uint8_t *p, int depth)
{
	size_t up = f->udp ? 8 : 0, hlen = f->family == AF_INET ? 20 : 40, len;

	len = make_esp(f, p + hlen + up, depth + 1);
	ip_put(p, f->family, f->src, f->dst, f->udp ? IPPROTO_UDP : IPPROTO_ESP, len + up, 0, 64);
	if (f->udp) {
		put16(p + hlen, (uint16_t)f->sport);
		put16(p + hlen + 2, (uint16_t)f->dport);
		put16(p + hlen + 4, (uint16_t)(len + 8));
		put16(p + hlen + 6, 0);
		if (f->family == AF_INET6)
			put16(p + hlen + 6, ip_upper_sum(p, hlen, IPPROTO_UDP, len + 8));
	}
	return hlen + up + len;
}

static size_t make_esp(struct fuzz *f, uint8_t *esp, int depth)
{
	uint8_t plain[HOSTILE_MAX * 4], iv[ESP_IV_LEN];
	unsigned int i = one_in(f, 4) ? below(f, f->n_sas) : 0;
	int sealed;
	size_t len;

	if (depth < 2 && one_in(f, 12))
		len = make_nested(f, plain, depth);
	else if (one_in(f, 40))
		len = 0;
	else
		len = hostile_inner(&f->h, plain);
	len = hostile_trailer(&f->h, plain, len);
	rng_fill(&f->rng, iv, sizeof(iv));
	sealed = esp_seal(&f->sa[i], number(f, i), iv, plain, len, esp);
	if (sealed < 0)
		return 0;
	len = (size_t)sealed;
	if (one_in(f, 60))
		esp[below(f, (uint32_t)len)] ^= 1;
	if (one_in(f, 60))
		len = below(f, (uint32_t)len + 1);
	return len;
}

/* What a socket for ESP and IKE may get besides ESP */
static size_t make_datagram(struct fuzz *f, uint8_t *p)
{
	size_t len;

	if (!one_in(f, 20))
		return make_esp(f, p, 0);
	len = below(f, one_in(f, 2) ? 12 : 200);
	rng_fill(&f->rng, p, len);
	if (one_in(f, 2))
		memset(p, one_in(f, 2) ? 0 : 0xff, len < 4 ? len : 4);
	return len;
}

static void send_raw(struct fuzz *f, const uint8_t *p, size_t len, uint8_t proto)
{
	static uint8_t packet[BATCH_MAX];
	size_t hlen = ip_put(packet, f->family, f->src, f->dst, proto, len,
			     one_in(f, 8) ? (uint8_t)below(f, 256) : 0, 64);

	memcpy(packet + hlen, p, len);
	if (sendto(f->raw, packet, hlen + len, MSG_DONTWAIT, (struct sockaddr *)&f->to,
		   f->salen) >= 0)
		f->sent++;
}

static void send_single(struct fuzz *f)
{
	uint8_t buf[HOSTILE_MAX * 6], whole[40 + sizeof(buf)];
	size_t hlen, len;

	if (!f->udp) {
		len = make_esp(f, buf, 0);
		send_raw(f, buf, len, IPPROTO_ESP);
		return;
	}
	len = make_datagram(f, buf + 8) + 8;
	put16(buf, (uint16_t)f->sport);
	put16(buf + 2, (uint16_t)f->dport);
	put16(buf + 4, (uint16_t)(one_in(f, 60) ? below(f, 2000) : len));
	put16(buf + 6, 0);
	hlen = ip_put(whole, f->family, f->src, f->dst, IPPROTO_UDP, len, 0, 64);
	memcpy(whole + hlen, buf, len);
	if (!one_in(f, 20))
		put16(buf + 6, ip_upper_sum(whole, hlen, IPPROTO_UDP, len));
	send_raw(f, buf, len, IPPROTO_UDP);
}

/* Datagrams in one piece, cut where they end or anywhere */
static void send_batch(struct fuzz *f)
{
	static uint8_t batch[BATCH_MAX + HOSTILE_MAX * 6];
	struct sockaddr_storage to = f->to;
	int fd, on = 1, segment = 0;
	size_t at = 0, len;

	do {
		len = make_datagram(f, batch + at);
		if (!segment)
			segment = (int)len;
		/* mostly of the same length, as a batch of one flow */
		if (!one_in(f, 6) && len < (size_t)segment)
			continue;
		at += one_in(f, 6) ? len : (size_t)segment;
	} while (at && at < BATCH_MAX - (size_t)segment && !one_in(f, 20));
	if (at > BATCH_MAX)
		at = BATCH_MAX;
	if (one_in(f, 6))
		segment = (int)(1 + below(f, 1400));
	/* the kernel cuts at most so many */
	if (segment && at / (size_t)segment > 60)
		at = (size_t)segment * 60;
	/* at the same place in both families */
	((struct sockaddr_in *)&to)->sin_port = htons((uint16_t)f->dport);
	fd = socket(f->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (struct sockaddr *)&f->from, f->salen) &&
	    !setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)) &&
	    sendto(fd, batch, at, MSG_DONTWAIT, (struct sockaddr *)&to, f->salen) >= 0)
		f->sent++;
	if (fd >= 0)
		close(fd);
}

/* An error about a packet that the victim sent, or did not */
static void send_icmp(struct fuzz *f)
{
	static const uint16_t mtus[] = { 0, 1, 67, 68, 128, 552, 576, 1279, 1280, 1400, 1500,
					 65535 };
	uint8_t p[200] = { 0 };
	size_t hlen = f->family == AF_INET ? 20 : 40, len = 8;
	bool four = f->family == AF_INET;

	p[0] = four ? 3 : 2;
	p[1] = four ? 4 : 0;
	if (one_in(f, 3)) {
		if (four)
			p[0] = one_in(f, 2) ? 5 : 3;
		else
			p[0] = (uint8_t)(one_in(f, 2) ? 137 : 1 + below(f, 4));
		p[1] = (uint8_t)below(f, 16);
	}
	put16(p + 6, mtus[below(f, 12)]);
	/* the victim was the sender */
	ip_put(p + len, f->family, f->dst, f->src, f->udp ? IPPROTO_UDP : IPPROTO_ESP,
	       one_in(f, 4) ? below(f, 1500) : 1000, 0, 64);
	if (one_in(f, 20))
		p[len] = (uint8_t)below(f, 256);
	len += hlen;
	if (f->udp) {
		put16(p + len, (uint16_t)f->dport);
		put16(p + len + 2, (uint16_t)f->sport);
		put16(p + len + 4, 900);
		len += 8;
	}
	put32(p + len, one_in(f, 4) ? (uint32_t)rng_u64(&f->rng) : f->out);
	len += 4 + below(f, 60);
	if (one_in(f, 6))
		len = below(f, (uint32_t)len);
	if (four && len >= 4)
		put16(p + 2, ip_fold(ip_sum(0, p, len)));
	/* the other family's checksum is the kernel's business */
	if (four)
		send_raw(f, p, len, IPPROTO_ICMP);
	else if (sendto(f->icmp, p, len, MSG_DONTWAIT, (struct sockaddr *)&f->to, f->salen) >= 0)
		f->sent++;
}

static void send_something(struct fuzz *f)
{
	uint32_t what = below(f, 16);

	if (!what)
		send_icmp(f);
	else if (what < 6 && f->udp)
		send_batch(f);
	else
		send_single(f);
}

static int parse_address(struct fuzz *f, const char *key, const char *value)
{
	const struct {
		const char *key;
		uint8_t *to;
		int family;
	} places[] = {
		{ "isrc4", f->h.src4, AF_INET }, { "idst4", f->h.dst4[0], AF_INET },
		{ "far4", f->h.dst4[1], AF_INET }, { "isrc6", f->h.src6, AF_INET6 },
		{ "idst6", f->h.dst6[0], AF_INET6 }, { "far6", f->h.dst6[1], AF_INET6 },
	};
	bool from = !strcmp(key, "from");
	struct sockaddr_storage *ss = from ? &f->from : &f->to;
	uint8_t *plain = from ? f->src : f->dst;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(places); i++)
		if (!strcmp(places[i].key, key))
			return inet_pton(places[i].family, value, places[i].to) == 1 ? 0 : -1;
	if (!from && strcmp(key, "to"))
		return -1;
	f->family = strchr(value, ':') ? AF_INET6 : AF_INET;
	ss->ss_family = (sa_family_t)f->family;
	f->salen = f->family == AF_INET ? sizeof(struct sockaddr_in) :
					  sizeof(struct sockaddr_in6);
	if (inet_pton(f->family, value, plain) != 1)
		return -1;
	if (f->family == AF_INET)
		memcpy(&((struct sockaddr_in *)ss)->sin_addr, plain, 4);
	else
		memcpy(&((struct sockaddr_in6 *)ss)->sin6_addr, plain, 16);
	return 0;
}

static int parse_word(struct fuzz *f, const char *key, const char *value, uint64_t *seconds,
		      uint64_t *seed)
{
	uint64_t n;

	if (!strcmp(key, "netns"))
		return enter_netns(value);
	if (!strcmp(key, "sa"))
		return f->n_sas < SAS ? esp_parse_sa(value, &f->sa[f->n_sas++]) : -1;
	if (!strcmp(key, "encap")) {
		f->udp = !strcmp(value, "udp");
		return 0;
	}
	if (!strcmp(key, "seconds"))
		return parse_number(value, seconds);
	if (!strcmp(key, "seed"))
		return parse_number(value, seed);
	if (!strcmp(key, "dport"))
		return parse_number(value, &f->dport);
	if (!strcmp(key, "out")) {
		if (parse_number(value, &n))
			return -1;
		f->out = (uint32_t)n;
		return 0;
	}
	return parse_address(f, key, value);
}

static int open_sockets(struct fuzz *f)
{
	int on = 1;

	f->raw = socket(f->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	f->icmp = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	if (f->raw < 0 || f->icmp < 0)
		return -1;
	((struct sockaddr_in *)&f->from)->sin_port = htons((uint16_t)f->sport);
	if (f->family == AF_INET)
		return setsockopt(f->raw, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on));
	return 0;
}

static int run(struct fuzz *f, uint64_t seconds, uint64_t seed)
{
	time_t end = time(NULL) + (time_t)seconds;
	uint64_t n;

	rng_seed(&f->rng, seed);
	f->h.rng = &f->rng;
	f->h.size = 1200;
	printf("seed=%" PRIu64 " seconds=%" PRIu64 "\n", seed, seconds);
	fflush(stdout);
	for (n = 0; n < LEAST || time(NULL) < end; n++) {
		if (one_in(f, 200))
			f->h.size = 1 + below(f, 1300);
		send_something(f);
	}
	printf("rounds=%" PRIu64 " sent=%" PRIu64, n, f->sent);
	/* from where on good packets can follow */
	for (n = 0; n < f->n_sas; n++)
		printf(" next=%" PRIu64, f->seq[n] + 1);
	printf("\n");
	return f->sent ? 0 : 1;
}

int main(int argc, char **argv)
{
	static struct fuzz f = { .sport = 4500, .dport = 4500 };
	uint64_t seconds = 8, seed = (uint64_t)time(NULL);
	char *value;
	int i;

	for (i = 1; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (value)
			*value++ = '\0';
		if (!value || parse_word(&f, argv[i], value, &seconds, &seed)) {
			fprintf(stderr, "esp-fuzz: cannot read %s=%s\n", argv[i],
				value ? value : "");
			return 2;
		}
	}
	if (!f.n_sas || f.from.ss_family != f.to.ss_family || !f.family) {
		fprintf(stderr, "esp-fuzz: sa=, from= and to= are needed\n");
		return 2;
	}
	if (open_sockets(&f)) {
		perror("esp-fuzz");
		return 1;
	}
	return run(&f, seconds, seed);
}
