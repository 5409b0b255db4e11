// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esp-decode: reads a capture and opens its ESP packets with the keys given,
 * so that what the module puts on the wire is judged by an implementation
 * that shares nothing with it.
 *
 *   esp-decode FILE [port=4500] [quiet] SPI:KEY:SALT[:esn][:chacha][:iiv] ...
 *
 * One line per ESP packet, a summary in the end. The exit status is 0 when at
 * least one packet was there, each opened, with standard padding and trailer,
 * no IV twice under one key and sequence numbers that never repeat.
 */
#include "lib/esp.h"
#include "lib/nl-attrs.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAS_MAX		256
#define IVS_MAX		200000
#define FRAME_MAX	262144

struct used_iv {
	uint64_t iv;
	uint32_t spi;
};

struct decoder {
	struct esp_sa sas[SAS_MAX];
	size_t n_sas;
	struct used_iv *ivs;
	size_t n_ivs;
	uint16_t port;
	bool quiet, swapped;
	uint64_t packets, opened, unknown, bad_icv, bad_trailer, fragments, unordered;
	uint32_t last_seq[SAS_MAX];
};

static uint32_t file32(const struct decoder *d, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return d->swapped ? __builtin_bswap32(v) : v;
}

static int find_sa(const struct decoder *d, uint32_t spi)
{
	size_t i;

	for (i = 0; i < d->n_sas; i++)
		if (d->sas[i].spi == spi)
			return (int)i;
	return -1;
}

/* RFC 4303 section 2.4: padding counts up from 1, the end aligned to 4 octets */
static bool good_trailer(const uint8_t *plain, int len, uint8_t *pad, uint8_t *nh)
{
	int i;

	*pad = plain[len - 2];
	*nh = plain[len - 1];
	if (*pad + 2 > len || len % 4)
		return false;
	for (i = 0; i < *pad; i++)
		if (plain[len - 2 - *pad + i] != i + 1)
			return false;
	if (*nh == 4)
		return plain[0] >> 4 == 4 && get16(plain + 2) == len - 2 - *pad;
	if (*nh == 41)
		return plain[0] >> 4 == 6 && get16(plain + 4) + 40 == len - 2 - *pad;
	return *nh == 59;
}

static void print_inner(const uint8_t *plain, int len)
{
	char src[INET6_ADDRSTRLEN] = "-", dst[INET6_ADDRSTRLEN] = "-";
	unsigned int proto = 0;

	if (plain[0] >> 4 == 4 && len >= 20) {
		inet_ntop(AF_INET, plain + 12, src, sizeof(src));
		inet_ntop(AF_INET, plain + 16, dst, sizeof(dst));
		proto = plain[9];
	} else if (plain[0] >> 4 == 6 && len >= 40) {
		inet_ntop(AF_INET6, plain + 8, src, sizeof(src));
		inet_ntop(AF_INET6, plain + 24, dst, sizeof(dst));
		proto = plain[6];
	}
	printf(" isrc=%s idst=%s iproto=%u ilen=%d", src, dst, proto, len);
}

static void note_iv(struct decoder *d, uint32_t spi, const uint8_t *iv)
{
	if (d->n_ivs == IVS_MAX)
		return;
	d->ivs[d->n_ivs].spi = spi;
	memcpy(&d->ivs[d->n_ivs++].iv, iv, 8);
}

static void decode_esp(struct decoder *d, const uint8_t *p, size_t len, const char *how)
{
	static uint8_t plain[FRAME_MAX];
	uint8_t pad = 0, nh = 0;
	const char *verdict;
	uint32_t seq;
	int sa, n = -1;

	d->packets++;
	if (len < 8)
		return;
	seq = get32(p + 4);
	sa = find_sa(d, get32(p));
	if (sa >= 0)
		n = esp_open(&d->sas[sa], 0, p, len, plain);
	if (sa < 0) {
		d->unknown++;
		verdict = "unknown-spi";
	} else if (n < 0) {
		d->bad_icv++;
		verdict = "bad-icv";
	} else if (!good_trailer(plain, n, &pad, &nh)) {
		d->bad_trailer++;
		verdict = "bad-trailer";
	} else {
		d->opened++;
		verdict = "ok";
	}
	if (sa >= 0 && n >= 0) {
		/* implicit, it is the number */
		note_iv(d, d->sas[sa].spi, d->sas[sa].iiv ? p : p + ESP_HDR_LEN);
		if (seq <= d->last_seq[sa])
			d->unordered++;
		d->last_seq[sa] = seq;
	}
	if (d->quiet)
		return;
	printf("esp %s spi=0x%08x seq=%u len=%zu result=%s", how, get32(p), seq, len, verdict);
	if (n >= 0) {
		printf(" pad=%u nh=%u", pad, nh);
		print_inner(plain, n - 2 - pad);
	}
	putchar('\n');
}

static void decode_ip(struct decoder *d, const uint8_t *p, size_t len)
{
	size_t ip_len;
	size_t total;
	uint8_t proto;

	if (len >= 20 && p[0] >> 4 == 4) {
		ip_len = (size_t)(p[0] & 15) * 4;
		total = get16(p + 2);
		proto = p[9];
		if (get16(p + 6) & 0x3fff) {
			d->fragments++;
			return;
		}
	} else if (len >= 40 && p[0] >> 4 == 6) {
		ip_len = 40;
		total = 40 + (size_t)get16(p + 4);
		proto = p[6];
		d->fragments += proto == 44;
	} else {
		return;
	}
	/* what a sender without checksum offload hands over has no length yet */
	if (total < ip_len || total > len)
		return;
	p += ip_len;
	len = total - ip_len;
	if (proto == 50) {
		decode_esp(d, p, len, "native");
	} else if (proto == 17 && len > 12 && (get16(p) == d->port || get16(p + 2) == d->port) &&
		   get32(p + 8)) {
		decode_esp(d, p + 8, len - 8, "udp");
	}
}

static void decode_frame(struct decoder *d, uint32_t link, const uint8_t *p, size_t len)
{
	size_t skip;

	switch (link) {
	case 1:
		skip = 14;
		break;
	case 113:
		skip = 16;
		break;
	case 276:
		skip = 20;
		break;
	default:
		skip = 0;
	}
	if (len > skip)
		decode_ip(d, p + skip, len - skip);
}

static int decode_file(struct decoder *d, FILE *file)
{
	static uint8_t frame[FRAME_MAX];
	uint8_t head[24], record[16];
	uint32_t magic, link, len;

	if (fread(head, sizeof(head), 1, file) != 1)
		return -1;
	memcpy(&magic, head, 4);
	d->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	magic = file32(d, head);
	if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
		return -1;
	link = file32(d, head + 20) & 0xffff;
	while (fread(record, sizeof(record), 1, file) == 1) {
		len = file32(d, record + 8);
		if (len > FRAME_MAX || fread(frame, 1, len, file) != len)
			break;
		decode_frame(d, link, frame, len);
	}
	return 0;
}

static int compare_iv(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct used_iv));
}

static uint64_t repeated_ivs(struct decoder *d)
{
	uint64_t n = 0;
	size_t i;

	qsort(d->ivs, d->n_ivs, sizeof(*d->ivs), compare_iv);
	for (i = 1; i < d->n_ivs; i++)
		n += !compare_iv(&d->ivs[i - 1], &d->ivs[i]);
	return n;
}

int main(int argc, char **argv)
{
	static struct decoder d = { .port = 4500 };
	uint64_t port, repeated;
	FILE *file;
	int i;

	if (argc < 2)
		return 2;
	d.ivs = calloc(IVS_MAX, sizeof(*d.ivs));
	file = fopen(argv[1], "rb");
	if (!file || !d.ivs) {
		perror(argv[1]);
		return 2;
	}
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "quiet")) {
			d.quiet = true;
		} else if (!strncmp(argv[i], "port=", 5) && !parse_number(argv[i] + 5, &port)) {
			d.port = (uint16_t)port;
		} else if (d.n_sas == SAS_MAX || esp_parse_sa(argv[i], &d.sas[d.n_sas++])) {
			fprintf(stderr, "esp-decode: cannot read %s\n", argv[i]);
			return 2;
		}
	}
	if (decode_file(&d, file)) {
		fprintf(stderr, "%s is no pcap file\n", argv[1]);
		return 2;
	}
	fclose(file);
	repeated = repeated_ivs(&d);
	free(d.ivs);
	printf("summary packets=%" PRIu64 " opened=%" PRIu64 " unknown=%" PRIu64
	       " bad_icv=%" PRIu64 " bad_trailer=%" PRIu64 " fragments=%" PRIu64
	       " unordered=%" PRIu64 " repeated_ivs=%" PRIu64 "\n",
	       d.packets, d.opened, d.unknown, d.bad_icv, d.bad_trailer, d.fragments,
	       d.unordered, repeated);
	return !d.opened || d.opened != d.packets || repeated || d.unordered;
}
