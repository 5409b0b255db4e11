// SPDX-License-Identifier: GPL-2.0-or-later
/* Many peers at once, many requests to a system call. */
#include "nl-attrs.h"
#include "nl-talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

#define BATCH		32U	/* peers */
#define PATH_ID		1
#define SPI_OUT		0x10000U	/* those of the outbound SAs begin here */

/**
 * struct bulk - what is being made
 * @t: socket
 * @ifindex: device
 * @first: number of the first peer
 * @count: how many
 * @local: outer address here
 * @remote: outer address there, of all
 * @via: next hop of the first peer, host byte order; the others' count up from it
 * @spi: inbound SPIs of this batch
 * @n_spi: how many have been answered
 * @out: requests not sent yet
 * @len: octets of them
 */
struct bulk {
	struct talk *t;
	uint32_t ifindex;
	uint32_t first;
	uint32_t count;
	struct in_addr local;
	struct in_addr remote;
	uint32_t via;
	uint32_t spi[BATCH];
	uint32_t n_spi;
	uint8_t out[1 << 16];
	size_t len;
};

static void begin(struct bulk *b, uint8_t cmd, uint32_t peer, uint16_t flags)
{
	struct nlattr *nest;

	talk_start(b->t, cmd, flags);
	mnl_attr_put_u32(&b->t->req.nlh, IKEVTI_A_IFINDEX, b->ifindex);
	if (cmd == IKEVTI_CMD_PEER_SET)
		return;
	nest = mnl_attr_nest_start(&b->t->req.nlh, IKEVTI_A_PEER);
	mnl_attr_put_u32(&b->t->req.nlh, IKEVTI_PEER_A_ID, peer);
	mnl_attr_nest_end(&b->t->req.nlh, nest);
}

static void end(struct bulk *b)
{
	memcpy(b->out + b->len, &b->t->req, b->t->req.nlh.nlmsg_len);
	b->len += MNL_ALIGN(b->t->req.nlh.nlmsg_len);
}

static void add_peer(struct bulk *b, uint32_t peer)
{
	struct nlmsghdr *nlh = &b->t->req.nlh;
	struct nlattr *nest, *hops;

	begin(b, IKEVTI_CMD_PEER_SET, peer, 0);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_PEER);
	mnl_attr_put_u32(nlh, IKEVTI_PEER_A_ID, peer);
	hops = mnl_attr_nest_start(nlh, IKEVTI_PEER_A_NEXTHOPS);
	mnl_attr_put_u32(nlh, IKEVTI_NEXTHOPS_A_IP4, htonl(b->via + peer - b->first));
	mnl_attr_nest_end(nlh, hops);
	mnl_attr_nest_end(nlh, nest);
	end(b);
}

static void add_path(struct bulk *b, uint32_t peer)
{
	struct nlmsghdr *nlh = &b->t->req.nlh;
	struct nlattr *nest;

	begin(b, IKEVTI_CMD_PATH_SET, peer, 0);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_ID, PATH_ID);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_LOCAL4, b->local.s_addr);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_REMOTE4, b->remote.s_addr);
	mnl_attr_put_u8(nlh, IKEVTI_PATH_A_STATE, IKEVTI_PATH_UP);
	mnl_attr_nest_end(nlh, nest);
	end(b);
}

static void add_spi(struct bulk *b, uint32_t peer, uint16_t flags)
{
	struct nlmsghdr *nlh = &b->t->req.nlh;
	struct nlattr *nest;

	begin(b, IKEVTI_CMD_SPI_ALLOC, peer, flags);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_SA);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_PATH, PATH_ID);
	mnl_attr_nest_end(nlh, nest);
	end(b);
}

static int add_sa(struct bulk *b, uint32_t peer, uint8_t dir, uint32_t spi, uint16_t flags)
{
	struct nlmsghdr *nlh = &b->t->req.nlh;
	struct nlattr *nest;
	uint8_t key[32 + 4];

	if (getrandom(key, sizeof(key), 0) != sizeof(key))
		return EIO;
	begin(b, IKEVTI_CMD_SA_SET, peer, flags);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_SA);
	mnl_attr_put_u8(nlh, IKEVTI_SA_A_DIR, dir);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_SPI, spi);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_PATH, PATH_ID);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_AEAD, IKEVTI_AEAD_AES_GCM_16);
	mnl_attr_put(nlh, IKEVTI_SA_A_KEY, 32, key);
	mnl_attr_put(nlh, IKEVTI_SA_A_SALT, 4, key + 32);
	mnl_attr_nest_end(nlh, nest);
	end(b);
	return 0;
}

static void read_spi(struct bulk *b, const struct nlmsghdr *nlh)
{
	const struct nlattr *sa, *attr;

	mnl_attr_for_each(sa, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(sa) != IKEVTI_A_SA)
			continue;
		mnl_attr_for_each_nested(attr, sa)
			if (mnl_attr_get_type(attr) == IKEVTI_SA_A_SPI && b->n_spi < BATCH)
				b->spi[b->n_spi++] = mnl_attr_get_u32(attr);
	}
}

/* Send what was added, of which the last asks for an answer, and wait for that */
static int flush(struct bulk *b)
{
	union {
		struct nlmsghdr nlh;
		uint8_t octets[TALK_ROOM];
	} buf;
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len, ret;

	if (mnl_socket_sendto(b->t->nl, b->out, b->len) < 0)
		return errno;
	b->len = 0;
	for (;;) {
		got = mnl_socket_recvfrom(b->t->nl, &buf, sizeof(buf));
		if (got < 0)
			return errno;
		len = (int)got;
		for (nlh = &buf.nlh; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type != NLMSG_ERROR) {
				read_spi(b, nlh);
				continue;
			}
			ret = talk_error(b->t, nlh);
			if (ret || nlh->nlmsg_seq == b->t->seq)
				return ret;
		}
	}
}

static int batch(struct bulk *b, uint32_t first, uint32_t n)
{
	uint32_t i;
	int ret;

	b->n_spi = 0;
	for (i = 0; i < n; i++) {
		add_peer(b, first + i);
		add_path(b, first + i);
		add_spi(b, first + i, i + 1 < n ? 0 : NLM_F_ACK);
	}
	ret = flush(b);
	if (ret || b->n_spi != n)
		return ret ? ret : EBADMSG;
	for (i = 0; i < n; i++) {
		ret = add_sa(b, first + i, IKEVTI_SA_IN, b->spi[i], 0);
		if (!ret)
			ret = add_sa(b, first + i, IKEVTI_SA_OUT, SPI_OUT + first + i,
				     i + 1 < n ? 0 : NLM_F_ACK);
		if (ret)
			return ret;
	}
	return flush(b);
}

static int read_word(struct bulk *b, const char *word)
{
	const char *value = strchr(word, '=');
	struct in_addr addr;
	uint64_t n = 0;

	if (!value++)
		return -1;
	if (!strncmp(word, "dev=", 4)) {
		b->ifindex = if_nametoindex(value);
		return b->ifindex ? 0 : -1;
	}
	if (!strncmp(word, "local=", 6))
		return inet_pton(AF_INET, value, &b->local) == 1 ? 0 : -1;
	if (!strncmp(word, "remote=", 7))
		return inet_pton(AF_INET, value, &b->remote) == 1 ? 0 : -1;
	if (!strncmp(word, "via=", 4)) {
		if (inet_pton(AF_INET, value, &addr) != 1)
			return -1;
		b->via = ntohl(addr.s_addr);
		return 0;
	}
	if (parse_number(value, &n) || n > UINT32_MAX)
		return -1;
	if (!strncmp(word, "peer=", 5))
		b->first = (uint32_t)n;
	else if (!strncmp(word, "count=", 6))
		b->count = (uint32_t)n;
	else
		return -1;
	return 0;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

int cmd_bulk(struct talk *t, int argc, char **argv)
{
	static struct bulk b;
	uint64_t start = microseconds();
	uint32_t done, n;
	int i, ret;

	memset(&b, 0, sizeof(b));
	b.t = t;
	for (i = 0; i < argc; i++) {
		if (read_word(&b, argv[i])) {
			fprintf(stderr, "bad value in %s\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	for (done = 0; done < b.count; done += n) {
		n = b.count - done < BATCH ? b.count - done : BATCH;
		ret = batch(&b, b.first + done, n);
		if (ret)
			return ret;
	}
	printf("made peers=%u us=%llu\n", done, (unsigned long long)(microseconds() - start));
	fflush(stdout);
	return 0;
}
