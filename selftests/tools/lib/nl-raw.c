// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hostile requests: any command, any attributes, wrong lengths, and a fuzzer
 * that mutates well-formed requests from a seed.
 */
#include "nl-attrs.h"
#include "nl-talk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

#define DEPTH_MAX 16

/* FORMAT=VALUE after "TYPE:"; returns the octets of the payload or -1 */
static int parse_payload(char *format, uint8_t *buf, size_t size)
{
	char *value = strchr(format, '=');
	uint64_t n;

	if (!strcmp(format, "flag"))
		return 0;
	if (!value)
		return -1;
	*value++ = '\0';
	if (!strcmp(format, "hex"))
		return parse_hex(value, buf, size);
	if (!strcmp(format, "str")) {
		if (strlen(value) >= size)
			return -1;
		memcpy(buf, value, strlen(value) + 1);
		return (int)strlen(value) + 1;
	}
	if (!strcmp(format, "zeros")) {
		if (parse_number(value, &n) || n > size)
			return -1;
		memset(buf, 0, n);
		return (int)n;
	}
	if (!strcmp(format, "ip4"))
		return inet_pton(AF_INET, value, buf) == 1 ? 4 : -1;
	if (!strcmp(format, "ip6"))
		return inet_pton(AF_INET6, value, buf) == 1 ? 16 : -1;
	if (!strcmp(format, "dev")) {
		uint32_t index = if_nametoindex(value);

		memcpy(buf, &index, 4);
		return 4;
	}
	if (parse_number(value, &n))
		return -1;
	if (!strcmp(format, "u8")) {
		buf[0] = (uint8_t)n;
		return 1;
	}
	if (!strcmp(format, "u16")) {
		uint16_t u16 = (uint16_t)n;

		memcpy(buf, &u16, 2);
		return 2;
	}
	if (!strcmp(format, "u32")) {
		uint32_t u32 = (uint32_t)n;

		memcpy(buf, &u32, 4);
		return 4;
	}
	if (!strcmp(format, "u64")) {
		memcpy(buf, &n, 8);
		return 8;
	}
	return -1;
}

/*
 * TYPE:u8|u16|u32|u64|hex|str|ip4|ip6|dev|zeros=VALUE[/LEN]: an attribute, with
 * nla_len set to LEN whatever it holds; TYPE:{ opens a nest, TYPE:[ one
 * without NLA_F_NESTED, } closes either.
 */
static int put_raw(struct nlmsghdr *nlh, char *text, struct nlattr **nests, int *depth)
{
	static uint8_t buf[8192];
	uint64_t type, lie = 0;
	struct nlattr *attr;
	char *format, *slash;
	int len;

	if (!strcmp(text, "}")) {
		if (!*depth)
			return -1;
		mnl_attr_nest_end(nlh, nests[--*depth]);
		return 0;
	}
	format = strchr(text, ':');
	if (!format)
		return -1;
	*format++ = '\0';
	if (parse_number(text, &type))
		return -1;
	if (!strcmp(format, "{") || !strcmp(format, "[")) {
		if (*depth == DEPTH_MAX)
			return -1;
		attr = mnl_attr_nest_start_check(nlh, TALK_ROOM, (uint16_t)type);
		if (!attr)
			return -1;
		if (*format == '[')
			attr->nla_type &= (uint16_t)~NLA_F_NESTED;
		nests[(*depth)++] = attr;
		return 0;
	}
	slash = strrchr(format, '/');
	if (slash) {
		*slash++ = '\0';
		if (parse_number(slash, &lie))
			return -1;
	}
	len = parse_payload(format, buf, sizeof(buf));
	attr = mnl_nlmsg_get_payload_tail(nlh);
	if (len < 0 || !mnl_attr_put_check(nlh, TALK_ROOM, (uint16_t)type, (size_t)len, buf))
		return -1;
	if (slash)
		attr->nla_len = (uint16_t)lie;
	return 0;
}

/* raw CMD [dump] [echo] [ver=N] [cut=N] [trail=N] [attributes...] */
int cmd_raw(struct talk *t, int argc, char **argv)
{
	struct nlattr *nests[DEPTH_MAX];
	uint64_t cut = 0, trail = 0, ver;
	struct genlmsghdr *genl;
	int cmd, i, depth = 0, off = 0;

	if (argc < 1)
		return EXIT_USAGE;
	cmd = cmd_number(argv[0]);
	if (cmd < 0)
		return EXIT_USAGE;
	talk_start(t, (uint8_t)cmd, NLM_F_ACK);
	genl = mnl_nlmsg_get_payload(&t->req.nlh);
	for (i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "dump")) {
			t->req.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
			continue;
		}
		if (!strcmp(argv[i], "echo")) {
			t->echo = true;
			mnl_socket_setsockopt(t->nl, NETLINK_CAP_ACK, &off, sizeof(off));
			continue;
		}
		if (!strncmp(argv[i], "ver=", 4) && !parse_number(argv[i] + 4, &ver)) {
			genl->version = (uint8_t)ver;
			continue;
		}
		if (!strncmp(argv[i], "cut=", 4) && !parse_number(argv[i] + 4, &cut))
			continue;
		if (!strncmp(argv[i], "trail=", 6) && !parse_number(argv[i] + 6, &trail))
			continue;
		if (put_raw(&t->req.nlh, argv[i], nests, &depth)) {
			fprintf(stderr, "raw: cannot read %s\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	while (depth)
		mnl_attr_nest_end(&t->req.nlh, nests[--depth]);
	if (trail + t->req.nlh.nlmsg_len > TALK_ROOM || cut > t->req.nlh.nlmsg_len)
		return EXIT_USAGE;
	t->req.nlh.nlmsg_len += (uint32_t)trail;
	t->req.nlh.nlmsg_len -= (uint32_t)cut;
	return talk_run(t, print_reply, stdout);
}

static uint64_t fuzz_state;

static uint32_t fuzz_random(uint32_t below)
{
	/* xorshift64*: the same seed gives the same run everywhere */
	fuzz_state ^= fuzz_state >> 12;
	fuzz_state ^= fuzz_state << 25;
	fuzz_state ^= fuzz_state >> 27;
	return (uint32_t)((fuzz_state * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* A nest of random attributes, mostly of plausible lengths */
static void fuzz_nest(struct nlmsghdr *nlh, int depth)
{
	static const uint8_t lengths[] = { 0, 1, 2, 4, 4, 4, 8, 16, 32, 36, 3, 5 };
	uint8_t junk[64];
	struct nlattr *nest;
	uint32_t i, n = fuzz_random(12), len;
	uint16_t type;
	size_t k;

	for (i = 0; i < n; i++) {
		type = (uint16_t)fuzz_random(26);
		if (depth < 4 && !fuzz_random(4)) {
			nest = mnl_attr_nest_start_check(nlh, TALK_ROOM / 2, type);
			if (!nest)
				return;
			fuzz_nest(nlh, depth + 1);
			mnl_attr_nest_end(nlh, nest);
			continue;
		}
		len = lengths[fuzz_random(sizeof(lengths))];
		memset(junk, 0, sizeof(junk));
		for (k = 0; k < len; k++)
			junk[k] = fuzz_random(3) ? (uint8_t)fuzz_random(4) :
						   (uint8_t)fuzz_random(256);
		if (!mnl_attr_put_check(nlh, TALK_ROOM / 2, type, len, junk))
			return;
	}
}

/* fuzz seed=N count=N dev=NAME: hostile but reproducible requests */
int cmd_fuzz(struct talk *t, int argc, char **argv)
{
	uint64_t seed = 1, count = 100, i, refused = 0, taken = 0;
	uint32_t index = 0, k, flips;
	struct nlattr *nest;
	uint8_t *octets;
	int a;

	for (a = 0; a < argc; a++) {
		if (!strncmp(argv[a], "seed=", 5) && !parse_number(argv[a] + 5, &seed))
			continue;
		if (!strncmp(argv[a], "count=", 6) && !parse_number(argv[a] + 6, &count))
			continue;
		if (strncmp(argv[a], "dev=", 4))
			return EXIT_USAGE;
		index = if_nametoindex(argv[a] + 4);
	}
	fuzz_state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
	if (!freopen("/dev/null", "w", stderr))
		return EXIT_USAGE;
	for (i = 0; i < count; i++) {
		talk_start(t, (uint8_t)fuzz_random(IKEVTI_CMD_MAX + 2),
			   fuzz_random(8) ? NLM_F_ACK : NLM_F_DUMP);
		mnl_attr_put_u32(&t->req.nlh, IKEVTI_A_IFINDEX, index);
		nest = mnl_attr_nest_start(&t->req.nlh, (uint16_t)(3 + fuzz_random(8)));
		fuzz_nest(&t->req.nlh, 0);
		mnl_attr_nest_end(&t->req.nlh, nest);
		octets = (uint8_t *)&t->req.nlh;
		flips = fuzz_random(3) ? 0 : fuzz_random(4);
		for (k = 0; k < flips; k++)
			octets[NLMSG_HDRLEN + fuzz_random(t->req.nlh.nlmsg_len - NLMSG_HDRLEN)] ^=
				(uint8_t)(1 << fuzz_random(8));
		if (talk_run(t, NULL, NULL))
			refused++;
		else
			taken++;
	}
	printf("fuzz seed=%" PRIu64 " refused=%" PRIu64 " taken=%" PRIu64 "\n", seed, refused,
	       taken);
	return 0;
}
