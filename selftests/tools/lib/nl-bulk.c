// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Many peers at once, many requests to a system call; on two devices that have
 * each other for all their peers, if another namespace is named.
 */
#include "nl-attrs.h"
#include "nl-talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

#define BATCH		32U	/* peers */
#define PATH_ID		1
#define SPI_OUT		0x10000U	/* outbound SAs that nobody has begin here */
#define UDP_PORT	4500
#define KEY		32
#define SALT		4

/**
 * struct end - one of the two devices
 * @t: socket
 * @ifindex: device
 * @spi: its inbound SPIs of this batch
 * @n_spi: how many have been answered
 * @key: keys and salts of this batch's inbound SAs
 * @out: requests not sent yet
 * @len: octets of them
 */
struct end {
	struct talk *t;
	uint32_t ifindex;
	uint32_t spi[BATCH];
	uint32_t n_spi;
	uint8_t key[BATCH][KEY + SALT];
	uint8_t out[1 << 16];
	size_t len;
};

/**
 * struct bulk - what is being made
 * @end: the device, and the one that is its mirror image
 * @n_ends: how many there are
 * @dev: their name
 * @netns: namespace of the second, NULL for none
 * @first: number of the first peer
 * @count: how many
 * @window: replay window, 0 for the default
 * @local: outer address of the first end
 * @remote: outer address of its first peer, host byte order
 * @step: what the others' differ by, 0 or 1
 * @via: next hop of the first peer, host byte order; the others' count up from it
 * @udp: in UDP
 * @esn: extended sequence numbers
 */
struct bulk {
	struct end end[2];
	unsigned int n_ends;
	const char *dev;
	const char *netns;
	uint32_t first;
	uint32_t count;
	uint32_t window;
	struct in_addr local;
	uint32_t remote;
	uint32_t step;
	uint32_t via;
	bool udp;
	bool esn;
};

static void begin(struct end *e, uint8_t cmd, uint32_t peer, uint16_t flags)
{
	struct nlattr *nest;

	talk_start(e->t, cmd, flags);
	mnl_attr_put_u32(&e->t->req.nlh, IKEVTI_A_IFINDEX, e->ifindex);
	if (cmd == IKEVTI_CMD_PEER_SET)
		return;
	nest = mnl_attr_nest_start(&e->t->req.nlh, IKEVTI_A_PEER);
	mnl_attr_put_u32(&e->t->req.nlh, IKEVTI_PEER_A_ID, peer);
	mnl_attr_nest_end(&e->t->req.nlh, nest);
}

static void end(struct end *e)
{
	memcpy(e->out + e->len, &e->t->req, e->t->req.nlh.nlmsg_len);
	e->len += MNL_ALIGN(e->t->req.nlh.nlmsg_len);
}

static void add_peer(const struct bulk *b, struct end *e, uint32_t peer)
{
	struct nlmsghdr *nlh = &e->t->req.nlh;
	struct nlattr *nest, *hops;

	begin(e, IKEVTI_CMD_PEER_SET, peer, 0);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_PEER);
	mnl_attr_put_u32(nlh, IKEVTI_PEER_A_ID, peer);
	hops = mnl_attr_nest_start(nlh, IKEVTI_PEER_A_NEXTHOPS);
	mnl_attr_put_u32(nlh, IKEVTI_NEXTHOPS_A_IP4, htonl(b->via + peer - b->first));
	mnl_attr_nest_end(nlh, hops);
	mnl_attr_nest_end(nlh, nest);
	end(e);
}

static void add_path(const struct bulk *b, struct end *e, uint32_t peer)
{
	uint32_t remote = htonl(b->remote + (peer - b->first) * b->step);
	struct nlmsghdr *nlh = &e->t->req.nlh;
	bool mirrored = e != b->end;
	struct nlattr *nest;

	begin(e, IKEVTI_CMD_PATH_SET, peer, 0);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_ID, PATH_ID);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_LOCAL4, mirrored ? remote : b->local.s_addr);
	mnl_attr_put_u32(nlh, IKEVTI_PATH_A_REMOTE4, mirrored ? b->local.s_addr : remote);
	if (b->udp) {
		mnl_attr_put_u8(nlh, IKEVTI_PATH_A_ENCAP, IKEVTI_ENCAP_UDP);
		mnl_attr_put_u16(nlh, IKEVTI_PATH_A_LOCAL_PORT, UDP_PORT);
		mnl_attr_put_u16(nlh, IKEVTI_PATH_A_REMOTE_PORT, UDP_PORT);
	}
	mnl_attr_put_u8(nlh, IKEVTI_PATH_A_STATE, IKEVTI_PATH_UP);
	mnl_attr_nest_end(nlh, nest);
	end(e);
}

static void add_spi(struct end *e, uint32_t peer, uint16_t flags)
{
	struct nlmsghdr *nlh = &e->t->req.nlh;
	struct nlattr *nest;

	begin(e, IKEVTI_CMD_SPI_ALLOC, peer, flags);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_SA);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_PATH, PATH_ID);
	mnl_attr_nest_end(nlh, nest);
	end(e);
}

static void add_sa(const struct bulk *b, struct end *e, uint32_t peer, uint8_t dir,
		   uint32_t spi, const uint8_t *key, uint16_t flags)
{
	struct nlmsghdr *nlh = &e->t->req.nlh;
	struct nlattr *nest;

	begin(e, IKEVTI_CMD_SA_SET, peer, flags);
	nest = mnl_attr_nest_start(nlh, IKEVTI_A_SA);
	mnl_attr_put_u8(nlh, IKEVTI_SA_A_DIR, dir);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_SPI, spi);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_PATH, PATH_ID);
	mnl_attr_put_u32(nlh, IKEVTI_SA_A_AEAD, IKEVTI_AEAD_AES_GCM_16);
	mnl_attr_put(nlh, IKEVTI_SA_A_KEY, KEY, key);
	mnl_attr_put(nlh, IKEVTI_SA_A_SALT, SALT, key + KEY);
	if (b->esn)
		mnl_attr_put(nlh, IKEVTI_SA_A_ESN, 0, NULL);
	if (b->window && dir == IKEVTI_SA_IN)
		mnl_attr_put_u32(nlh, IKEVTI_SA_A_REPLAY_WINDOW, b->window);
	mnl_attr_nest_end(nlh, nest);
	end(e);
}

static void read_spi(struct end *e, const struct nlmsghdr *nlh)
{
	const struct nlattr *sa, *attr;

	mnl_attr_for_each(sa, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(sa) != IKEVTI_A_SA)
			continue;
		mnl_attr_for_each_nested(attr, sa)
			if (mnl_attr_get_type(attr) == IKEVTI_SA_A_SPI && e->n_spi < BATCH)
				e->spi[e->n_spi++] = mnl_attr_get_u32(attr);
	}
}

/* Send what was added, of which the last asks for an answer, and wait for that */
static int flush(struct end *e)
{
	union {
		struct nlmsghdr nlh;
		uint8_t octets[TALK_ROOM];
	} buf;
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len, ret;

	if (mnl_socket_sendto(e->t->nl, e->out, e->len) < 0)
		return errno;
	e->len = 0;
	for (;;) {
		got = mnl_socket_recvfrom(e->t->nl, &buf, sizeof(buf));
		if (got < 0)
			return errno;
		len = (int)got;
		for (nlh = &buf.nlh; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type != NLMSG_ERROR) {
				read_spi(e, nlh);
				continue;
			}
			ret = talk_error(e->t, nlh);
			if (ret || nlh->nlmsg_seq == e->t->seq)
				return ret;
		}
	}
}

static int make_peers(const struct bulk *b, struct end *e, uint32_t first, uint32_t n)
{
	uint32_t i;
	int ret;

	e->n_spi = 0;
	for (i = 0; i < n; i++) {
		add_peer(b, e, first + i);
		add_path(b, e, first + i);
		add_spi(e, first + i, i + 1 < n ? 0 : NLM_F_ACK);
	}
	ret = flush(e);
	if (!ret && e->n_spi != n)
		ret = EBADMSG;
	return ret;
}

/* The SAs of one end; @far has the keys and SPIs of those that go out */
static int make_sas(const struct bulk *b, struct end *e, const struct end *far, uint32_t first,
		    uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++) {
		add_sa(b, e, first + i, IKEVTI_SA_IN, e->spi[i], e->key[i], 0);
		add_sa(b, e, first + i, IKEVTI_SA_OUT, far->spi[i], far->key[i],
		       i + 1 < n ? 0 : NLM_F_ACK);
	}
	return flush(e);
}

static int batch(struct bulk *b, uint32_t first, uint32_t n)
{
	uint32_t i;
	int ret = 0;

	for (i = 0; i < 2; i++)
		if (getrandom(b->end[i].key, sizeof(b->end[i].key), 0) !=
		    sizeof(b->end[i].key))
			return EIO;
	for (i = 0; i < n; i++)
		b->end[1].spi[i] = SPI_OUT + first + i;
	for (i = 0; !ret && i < b->n_ends; i++)
		ret = make_peers(b, &b->end[i], first, n);
	for (i = 0; !ret && i < b->n_ends; i++)
		ret = make_sas(b, &b->end[i], &b->end[!i], first, n);
	return ret;
}

static int read_address(const char *value, uint32_t *to)
{
	struct in_addr addr;

	if (inet_pton(AF_INET, value, &addr) != 1)
		return -1;
	*to = ntohl(addr.s_addr);
	return 0;
}

static int read_number(struct bulk *b, const char *word, const char *value)
{
	uint64_t n = 0;

	if (parse_number(value, &n) || n > UINT32_MAX)
		return -1;
	if (!strncmp(word, "peer=", 5))
		b->first = (uint32_t)n;
	else if (!strncmp(word, "count=", 6))
		b->count = (uint32_t)n;
	else if (!strncmp(word, "window=", 7))
		b->window = (uint32_t)n;
	else if (!strncmp(word, "esn=", 4))
		b->esn = n;
	else
		return -1;
	return 0;
}

static int read_word(struct bulk *b, const char *word)
{
	const char *value = strchr(word, '=');

	if (!value++)
		return -1;
	if (!strncmp(word, "dev=", 4)) {
		b->dev = value;
		return 0;
	}
	if (!strncmp(word, "far=", 4)) {
		b->netns = value;
		return 0;
	}
	if (!strncmp(word, "encap=", 6)) {
		b->udp = !strcmp(value, "udp");
		return b->udp || !strcmp(value, "none") ? 0 : -1;
	}
	if (!strncmp(word, "local=", 6))
		return inet_pton(AF_INET, value, &b->local) == 1 ? 0 : -1;
	if (!strncmp(word, "remotes=", 8)) {
		b->step = 1;
		return read_address(value, &b->remote);
	}
	if (!strncmp(word, "remote=", 7))
		return read_address(value, &b->remote);
	if (!strncmp(word, "via=", 4))
		return read_address(value, &b->via);
	return read_number(b, word, value);
}

static int open_end(struct bulk *b, struct talk *t)
{
	struct end *e = &b->end[b->n_ends++];

	e->t = t;
	e->ifindex = b->dev ? if_nametoindex(b->dev) : 0;
	if (e->ifindex)
		return 0;
	fprintf(stderr, "no device %s\n", b->dev ? b->dev : "named");
	return ENODEV;
}

/* The mirror image, in the namespace that was named; comes back to this one */
static int open_far(struct bulk *b, struct talk *t)
{
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), ret;

	if (here < 0)
		return errno;
	ret = enter_netns(b->netns);
	if (!ret)
		ret = talk_open(t);
	if (!ret)
		ret = open_end(b, t);
	if (setns(here, CLONE_NEWNET) && !ret)
		ret = errno;
	close(here);
	return ret;
}

static uint64_t microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static int make_all(struct bulk *b)
{
	uint64_t start = microseconds();
	uint32_t done, n;
	int ret;

	for (done = 0; done < b->count; done += n) {
		n = b->count - done < BATCH ? b->count - done : BATCH;
		ret = batch(b, b->first + done, n);
		if (ret)
			return ret;
	}
	printf("made peers=%u us=%llu\n", done * b->n_ends,
	       (unsigned long long)(microseconds() - start));
	fflush(stdout);
	return 0;
}

int cmd_bulk(struct talk *t, int argc, char **argv)
{
	static struct talk far;
	static struct bulk b;
	int i, ret;

	memset(&b, 0, sizeof(b));
	for (i = 0; i < argc; i++) {
		if (read_word(&b, argv[i])) {
			fprintf(stderr, "bad value in %s\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	ret = open_end(&b, t);
	if (!ret && b.netns)
		ret = open_far(&b, &far);
	if (!ret)
		ret = make_all(&b);
	talk_close(&far);
	return ret;
}
