// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * esp-inject: sends ESP packets of any quality from raw sockets, with any
 * source address, native or UDP encapsulated.
 *
 *   netns=NAME       network namespace to send from
 *   from= to=        outer addresses
 *   encap=udp sport= dport=     RFC 3948, else IP protocol 50
 *   sa=SPI:KEY:SALT[:esn][:chacha][:iiv]
 *   seq=1,5,7-9      sequence numbers in order of sending (64 bit with esn); b5: with a bad
 *                    ICV; c5: with a bad checksum inside
 *   kind=udp|tcp|echo|dummy|raw inner packet; isrc= idst= iport= size= itos=, or inner=HEX;
 *                    tcp: what follows in the SA follows in the flow; iid=same|counts
 *                    its IPv4 identification
 *   nh=N             next header other than the inner packet's
 *   pad=right|wrong|zero|LEN    LEN: claims LEN octets of padding that are not there
 *   icv=bad          flips a bit of the ICV
 *   trunc=N          sends only the first N octets of the ESP packet
 *   payload=HEX      sends that instead of an ESP packet
 *   fuzz=N rand=SEED sends N mutations of each packet instead
 *   tos= ttl= csum=ok|zero|bad  of the outer headers
 *   batch=gso|file   all of them from a UDP socket in one go (UDP_SEGMENT); file: out of the
 *                    pages of a file, which must be the same afterwards. They must be of one
 *                    length, the last may be shorter. seq= has more words then: ike (a
 *                    message to the daemon), foreign (another SA's packet), keepalive
 *   scatter=N        out of order: numbers are places in blocks of N, over which they are spread;
 *                    as many batches as it takes
 *   save=FILE        notes what is behind the UDP header of each packet, or of the batch
 *   note=FILE        notes the inner packets, with what routers change as zeros
 */
#include "lib/esp.h"
#include "lib/ip.h"
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"
#include "lib/rng.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PACKET_MAX 65535

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#define BATCH_MAX	64 /* packets that every kernel takes at once */
#define STRIDE		7919 /* a prime */
#define IKE_LEN	96	/* of a message where no packet tells how long: as with size=32 */

struct options {
	struct esp_sa sa;
	struct sockaddr_storage from, to;
	const char *seqs, *kind, *pad, *inner, *payload, *isrc, *idst, *batch, *iid;
	const char *save, *note;
	bool udp, bad_icv, has_sa, csum_bad, csum_zero, bad_sum;
	uint8_t collected[PACKET_MAX + 1];
	size_t n_collected, segment;
	int nh, trunc;
	uint64_t sport, dport, iport, size, tos, itos, ttl, fuzz, rand, scatter;
	int fd, batch_fd;
	uint64_t sent;
};

static struct rng rng;

static uint32_t random_below(uint32_t below)
{
	return rng_below(&rng, below);
}

/* A segment of an established connection; its content tells where it belongs */
static size_t put_tcp(const struct options *o, uint8_t *ip, size_t ip_len, uint64_t seq)
{
	uint8_t *tcp = ip + ip_len;
	size_t i, len = 20 + o->size;
	uint32_t at = (uint32_t)(seq * o->size);

	memset(tcp, 0, 20);
	put16(tcp, 4242);
	put16(tcp + 2, (uint16_t)o->iport);
	put32(tcp + 4, at);
	put32(tcp + 8, 7777);
	tcp[12] = 5 << 4;
	tcp[13] = 0x10; /* ACK */
	put16(tcp + 14, 4096);
	for (i = 0; i < o->size; i++)
		tcp[20 + i] = (uint8_t)((at + i) * 7 >> 3);
	put16(tcp + 16, ip_upper_sum(ip, ip_len, IPPROTO_TCP, len));
	if (o->bad_sum)
		tcp[16] ^= 0x55;
	if (ip_len == 20) {
		put16(ip + 4, strcmp(o->iid, "same") ? (uint16_t)seq : 9);
		put16(ip + 10, 0);
		put16(ip + 10, ip_fold(ip_sum(0, ip, 20)));
	}
	return ip_len + len;
}

static int make_inner(const struct options *o, uint64_t seq, uint8_t *p, uint8_t *nh)
{
	uint8_t src[16], dst[16];
	int family = strchr(o->isrc, ':') ? AF_INET6 : AF_INET;
	bool echo = !strcmp(o->kind, "echo");
	size_t ip_len, len = 8 + o->size;
	uint8_t proto = IPPROTO_UDP;
	uint8_t *up;

	*nh = family == AF_INET ? 4 : 41;
	if (inet_pton(family, o->isrc, src) != 1 || inet_pton(family, o->idst, dst) != 1)
		return -1;
	if (!strcmp(o->kind, "tcp")) {
		ip_len = ip_put(p, family, src, dst, IPPROTO_TCP, 20 + o->size,
				(uint8_t)o->itos, 64);
		return (int)put_tcp(o, p, ip_len, seq);
	}
	if (echo)
		proto = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	ip_len = ip_put(p, family, src, dst, proto, len, (uint8_t)o->itos, 64);
	up = p + ip_len;
	memset(up, 'x', len);
	if (echo) {
		memset(up, 0, 8);
		up[0] = family == AF_INET ? 8 : 128;
		put16(up + 4, 0x4242);
		put16(up + 2, family == AF_INET ? ip_fold(ip_sum(0, up, len)) :
						  ip_upper_sum(p, ip_len, proto, len));
	} else {
		put16(up, 4242);
		put16(up + 2, (uint16_t)o->iport);
		put16(up + 4, (uint16_t)len);
		put16(up + 6, 0);
		put16(up + 6, ip_upper_sum(p, ip_len, proto, len));
		if (o->bad_sum)
			up[6] ^= 0x55;
	}
	return (int)(ip_len + len);
}

/* A line of hexadecimal digits more in a file; Return: 0 or -1 */
static int append(const char *name, const uint8_t *p, size_t len)
{
	FILE *f = fopen(name, "a");
	size_t i;

	if (!f) {
		perror(name);
		return -1;
	}
	for (i = 0; i < len; i++)
		fprintf(f, "%02x", p[i]);
	fputc('\n', f);
	return fclose(f) ? -1 : 0;
}

static int note_inner(const char *name, const uint8_t *plain, size_t len)
{
	uint8_t copy[PACKET_MAX];

	if (len < 20)
		return append(name, plain, len);
	memcpy(copy, plain, len);
	if (copy[0] >> 4 == 4) {
		copy[8] = 0;
		put16(copy + 10, 0);
	} else {
		copy[7] = 0;
	}
	return append(name, copy, len);
}

/* Payload, padding and trailer, RFC 4303 section 2.4; Return: length or -1 */
static int make_plain(const struct options *o, uint64_t seq, uint8_t *plain)
{
	uint8_t nh = 59;
	int len, pad, i;
	uint64_t lie;

	if (o->inner) {
		len = parse_hex(o->inner, plain, 4096);
		nh = len > 0 && plain[0] >> 4 == 6 ? 41 : 4;
	} else if (!strcmp(o->kind, "dummy")) {
		len = (int)o->size;
		memset(plain, 0xd5, o->size);
	} else {
		len = make_inner(o, seq, plain, &nh);
	}
	if (len < 0 || (o->note && note_inner(o->note, plain, (size_t)len)))
		return -1;
	pad = -(len + 2) & 3;
	/* wrong padding needs some */
	if (!strcmp(o->pad, "wrong") || !strcmp(o->pad, "zero"))
		pad += 4;
	for (i = 0; i < pad; i++)
		plain[len + i] = (uint8_t)(strcmp(o->pad, "right") ? 0 : i + 1);
	if (!strcmp(o->pad, "wrong"))
		memset(plain + len, 0xee, (size_t)pad);
	len += pad;
	if (!parse_number(o->pad, &lie))
		pad = (int)lie;
	plain[len++] = (uint8_t)pad;
	plain[len++] = o->nh >= 0 ? (uint8_t)o->nh : nh;
	return len;
}

static socklen_t sa_len(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
}

static void set_port(struct sockaddr_storage *ss, uint64_t port)
{
	/* at the same place in both families */
	((struct sockaddr_in *)ss)->sin_port = htons((uint16_t)port);
}

/* Out of a file's pages, which nobody may write to; Return: 0 or -1 */
static int send_file(struct options *o, int fd)
{
	int ret = -1, mem = memfd_create("batch", MFD_CLOEXEC);
	static uint8_t after[PACKET_MAX];
	off_t at = 0;

	if (mem < 0 || write(mem, o->collected, o->n_collected) != (ssize_t)o->n_collected ||
	    sendfile(fd, mem, &at, o->n_collected) != (ssize_t)o->n_collected) {
		perror("sendfile");
		goto out;
	}
	usleep(300000);
	if (pread(mem, after, sizeof(after), 0) == (ssize_t)o->n_collected &&
	    !memcmp(after, o->collected, o->n_collected))
		ret = 0;
	else
		fprintf(stderr, "the file that was sent has changed\n");
out:
	if (mem >= 0)
		close(mem);
	return ret;
}

/* The socket that batches leave by; Return: 0 or -1 */
static int open_batch(struct options *o)
{
	int fd, on = 1, tos = (int)o->tos;

	set_port(&o->from, o->sport);
	set_port(&o->to, o->dport);
	fd = socket(o->to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    bind(fd, (struct sockaddr *)&o->from, sa_len(&o->from)) ||
	    connect(fd, (struct sockaddr *)&o->to, sa_len(&o->to)) ||
	    (o->to.ss_family == AF_INET ?
	     setsockopt(fd, IPPROTO_IP, IP_TOS, &tos, sizeof(tos)) :
	     setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos)))) {
		perror("batch");
		if (fd >= 0)
			close(fd);
		return -1;
	}
	o->batch_fd = fd;
	return 0;
}

static int send_batch(struct options *o)
{
	int segment = (int)o->segment, ret = -1;

	if (o->save && append(o->save, o->collected, o->n_collected))
		return -1;
	if (o->batch_fd < 0 && open_batch(o))
		return -1;
	if (setsockopt(o->batch_fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment)))
		ret = -1;
	else if (!strcmp(o->batch, "file"))
		ret = send_file(o, o->batch_fd);
	else if (send(o->batch_fd, o->collected, o->n_collected, 0) == (ssize_t)o->n_collected)
		ret = 0;
	if (ret)
		perror("batch");
	o->n_collected = 0;
	return ret;
}

/* One more for the batch */
static int collect(struct options *o, const uint8_t *data, size_t len)
{
	if (o->scatter && o->n_collected && o->n_collected == BATCH_MAX * o->segment &&
	    send_batch(o))
		return -1;
	if (o->n_collected + len > 65000 || (o->segment && o->n_collected % o->segment) ||
	    (o->n_collected && len > o->segment)) {
		fprintf(stderr, "the batch cannot take %zu octets more\n", len);
		return -1;
	}
	if (!o->n_collected)
		o->segment = len;
	memcpy(o->collected + o->n_collected, data, len);
	o->n_collected += len;
	o->sent++;
	return 0;
}

static int send_out(struct options *o, const uint8_t *data, size_t len)
{
	static uint8_t packet[PACKET_MAX + 64];
	int family = o->to.ss_family;
	const void *src, *dst;
	size_t ip_len, up_len = len;
	socklen_t salen;
	uint16_t csum;

	if (o->batch)
		return collect(o, data, len);
	if (o->save && append(o->save, data, len))
		return -1;
	if (family == AF_INET) {
		src = &((struct sockaddr_in *)&o->from)->sin_addr;
		dst = &((struct sockaddr_in *)&o->to)->sin_addr;
		salen = sizeof(struct sockaddr_in);
	} else {
		src = &((struct sockaddr_in6 *)&o->from)->sin6_addr;
		dst = &((struct sockaddr_in6 *)&o->to)->sin6_addr;
		salen = sizeof(struct sockaddr_in6);
	}
	if (o->udp)
		up_len += 8;
	if (up_len > 65000)
		return -1;
	ip_len = ip_put(packet, family, src, dst, o->udp ? IPPROTO_UDP : IPPROTO_ESP, up_len,
			(uint8_t)o->tos, (uint8_t)o->ttl);
	if (o->udp) {
		uint8_t *udp = packet + ip_len;

		put16(udp, (uint16_t)o->sport);
		put16(udp + 2, (uint16_t)o->dport);
		put16(udp + 4, (uint16_t)up_len);
		put16(udp + 6, 0);
		memcpy(udp + 8, data, len);
		csum = ip_upper_sum(packet, ip_len, IPPROTO_UDP, up_len);
		if (!o->csum_zero)
			put16(udp + 6, (uint16_t)(o->csum_bad ? csum ^ 0x5555 : csum));
	} else {
		memcpy(packet + ip_len, data, len);
	}
	if (sendto(o->fd, packet, ip_len + up_len, 0, (struct sockaddr *)&o->to, salen) < 0) {
		if (errno == ENOBUFS || errno == EAGAIN)
			return 0;
		perror("sendto");
		return -1;
	}
	o->sent++;
	return 0;
}

/* One valid packet bent in a random way */
static size_t mutate(uint8_t *p, size_t len)
{
	uint32_t i, n;
	size_t k;

	switch (random_below(6)) {
	case 0:
		return random_below((uint32_t)len);
	case 1:
		n = 1 + random_below(64);
		for (i = 0; i < n; i++)
			p[len + i] = (uint8_t)random_below(256);
		return len + n;
	case 2: /* nonsense behind an SPI that exists */
		for (k = 8; k < len; k++)
			p[k] = (uint8_t)random_below(256);
		return len;
	case 3: /* the sequence number alone */
		put32(p + 4, random_below(UINT32_C(0x7fffffff)));
		return len;
	case 4: /* another SPI */
		p[random_below(4)] ^= (uint8_t)(1 << random_below(8));
		return len;
	default:
		n = 1 + random_below(8);
		for (i = 0; i < n; i++)
			p[4 + random_below((uint32_t)len - 4)] ^= (uint8_t)(1 + random_below(255));
		return len;
	}
}

/* The number at a place, each of a block's once; none is 0 */
static uint64_t scattered(const struct options *o, uint64_t place)
{
	return place / o->scatter * o->scatter + place % o->scatter * STRIDE % o->scatter + 1;
}

static int send_one(struct options *o, uint64_t seq)
{
	static uint8_t plain[PACKET_MAX], esp[PACKET_MAX + 128], bent[PACKET_MAX + 128];
	uint8_t iv[ESP_IV_LEN];
	uint64_t i;
	int len;

	if (o->scatter)
		seq = scattered(o, seq);
	len = make_plain(o, seq, plain);
	if (len < 0) {
		fprintf(stderr, "cannot make the inner packet\n");
		return -1;
	}
	/* never the same IV twice under one key, even for a repeated number */
	put32(iv, (uint32_t)random_below(UINT32_MAX));
	put32(iv + 4, (uint32_t)seq);
	len = esp_seal(&o->sa, seq, iv, plain, (size_t)len, esp);
	if (len < 0)
		return -1;
	if (o->bad_icv)
		esp[len - 1] ^= 1;
	if (o->trunc >= 0 && o->trunc < len)
		len = o->trunc;
	if (!o->fuzz)
		return send_out(o, esp, (size_t)len);
	for (i = 0; i < o->fuzz; i++) {
		memcpy(bent, esp, (size_t)len);
		if (send_out(o, bent, mutate(bent, (size_t)len)))
			return -1;
	}
	return 0;
}

/* Something that is no packet of the SA, as long as those before it */
static int send_other(struct options *o, const char *word)
{
	static uint8_t buf[PACKET_MAX];
	size_t i, len = o->segment ? o->segment : IKE_LEN;

	if (!strcmp(word, "keepalive")) {
		buf[0] = 0xff;
		len = 1;
	} else if (!strcmp(word, "ike")) {
		memset(buf, 0, 4);
		memset(buf + 4, 0x1e, len - 4);
	} else if (!strcmp(word, "foreign")) {
		for (i = 0; i < len; i++)
			buf[i] = (uint8_t)(0x77 + i);
	} else {
		return -1;
	}
	return send_out(o, buf, len);
}

/* N, N-M, with a letter before it, or a word; @word is written to */
static int send_word(struct options *o, char *word)
{
	char *dash = strchr(word, '-'), mark = 0;
	uint64_t first, last;
	int ret = 0;

	if (isalpha((unsigned char)word[0])) {
		if (!isdigit((unsigned char)word[1]))
			return send_other(o, word);
		mark = *word++;
	}
	if (dash)
		*dash++ = '\0';
	if (parse_number(word, &first) || (dash && parse_number(dash, &last)))
		return -1;
	if (!dash)
		last = first;
	o->bad_icv ^= mark == 'b';
	o->bad_sum = mark == 'c';
	for (; !ret && first <= last; first++)
		ret = send_one(o, first);
	o->bad_icv ^= mark == 'b';
	return ret;
}

static int send_all(struct options *o)
{
	char *copy, *word, *save;
	int ret = 0;

	if (o->payload) {
		uint8_t buf[4096];
		int len = parse_hex(o->payload, buf, sizeof(buf));

		return len < 0 ? -1 : send_out(o, buf, (size_t)len);
	}
	copy = strdup(o->seqs);
	if (!copy)
		return -1;
	for (word = strtok_r(copy, ",", &save); word && !ret; word = strtok_r(NULL, ",", &save))
		ret = send_word(o, word);
	free(copy);
	if (!ret && o->batch)
		ret = send_batch(o);
	if (o->batch_fd >= 0)
		close(o->batch_fd);
	return ret;
}

static int parse_address(struct sockaddr_storage *ss, const char *text)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1)
		in->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1)
		in6->sin6_family = AF_INET6;
	return ss->ss_family ? 0 : -1;
}

static int parse_text(struct options *o, const char *key, const char *value)
{
	const struct {
		const char *key;
		const char **field;
	} texts[] = {
		{ "seq", &o->seqs }, { "kind", &o->kind }, { "pad", &o->pad },
		{ "inner", &o->inner }, { "payload", &o->payload },
		{ "isrc", &o->isrc }, { "idst", &o->idst }, { "batch", &o->batch },
		{ "iid", &o->iid }, { "save", &o->save }, { "note", &o->note },
	};
	const struct {
		const char *key;
		uint64_t *field;
	} numbers[] = {
		{ "sport", &o->sport }, { "dport", &o->dport }, { "iport", &o->iport },
		{ "size", &o->size }, { "tos", &o->tos }, { "itos", &o->itos },
		{ "ttl", &o->ttl }, { "fuzz", &o->fuzz }, { "rand", &o->rand },
		{ "scatter", &o->scatter },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(texts); i++) {
		if (!strcmp(texts[i].key, key)) {
			*texts[i].field = value;
			return 0;
		}
	}
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		if (!strcmp(numbers[i].key, key))
			return parse_number(value, numbers[i].field);
	return -1;
}

static int parse_word(struct options *o, const char *key, const char *value)
{
	uint64_t n;

	if (!strcmp(key, "netns"))
		return enter_netns(value);
	if (!strcmp(key, "from"))
		return parse_address(&o->from, value);
	if (!strcmp(key, "to"))
		return parse_address(&o->to, value);
	if (!strcmp(key, "sa")) {
		o->has_sa = true;
		return esp_parse_sa(value, &o->sa);
	}
	if (!strcmp(key, "encap")) {
		o->udp = !strcmp(value, "udp");
		return 0;
	}
	if (!strcmp(key, "icv")) {
		o->bad_icv = !strcmp(value, "bad");
		return 0;
	}
	if (!strcmp(key, "csum")) {
		o->csum_bad = !strcmp(value, "bad");
		o->csum_zero = !strcmp(value, "zero");
		return 0;
	}
	if (!strcmp(key, "nh") || !strcmp(key, "trunc")) {
		if (parse_number(value, &n) || n > 65535)
			return -1;
		*(*key == 'n' ? &o->nh : &o->trunc) = (int)n;
		return 0;
	}
	return parse_text(o, key, value);
}

static int open_raw(const struct options *o)
{
	int on = 1, big = 4 << 20;
	int fd;

	fd = socket(o->to.ss_family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	if (fd < 0)
		return -1;
	if (o->to.ss_family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &big, sizeof(big));
	return fd;
}

int main(int argc, char **argv)
{
	static struct options o = {
		.iid = "counts", .seqs = "1", .kind = "udp", .pad = "right", .isrc = "10.9.0.2",
		.idst = "10.9.0.1", .sport = 4500, .dport = 4500, .iport = 9, .size = 32,
		.ttl = 64, .nh = -1, .trunc = -1, .rand = 1, .batch_fd = -1,
	};
	char *value;
	int i;

	for (i = 1; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (value)
			*value++ = '\0';
		if (!value || parse_word(&o, argv[i], value)) {
			fprintf(stderr, "esp-inject: cannot read %s=%s\n", argv[i],
				value ? value : "");
			return 2;
		}
	}
	if (o.from.ss_family != o.to.ss_family || !o.to.ss_family ||
	    !(o.has_sa || o.payload) || o.size > 60000) {
		fprintf(stderr, "esp-inject: from=, to= and sa= or payload= are needed\n");
		return 2;
	}
	rng_seed(&rng, o.rand);
	o.fd = open_raw(&o);
	if (o.fd < 0) {
		perror("socket");
		return 1;
	}
	i = send_all(&o);
	close(o.fd);
	printf("sent=%" PRIu64 "\n", o.sent);
	return i ? 1 : 0;
}
