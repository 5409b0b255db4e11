// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ikevti-link: creates, changes and shows the attributes of the link kind,
 * which an iproute2 without a plugin cannot give.
 *
 *   ikevti-link [-N NETNS] add|set|show NAME [fwmark=] [mss_clamp=] [hold_time=]
 *               [multipoint=1] [hash_policy=] [ttl=] [dscp=] [df=] [link=] [tfc=]
 *               [lanes=] [raw=TYPE:HEX]
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/ikevti.h>
#include <linux/rtnetlink.h>

static const char *const names[] = {
	[IFLA_IKEVTI_FWMARK] = "fwmark",
	[IFLA_IKEVTI_MSS_CLAMP] = "mss_clamp",
	[IFLA_IKEVTI_HOLD_TIME] = "hold_time",
	[IFLA_IKEVTI_MULTIPOINT] = "multipoint",
	[IFLA_IKEVTI_HASH_POLICY] = "hash_policy",
	[IFLA_IKEVTI_TTL] = "ttl",
	[IFLA_IKEVTI_DSCP] = "dscp",
	[IFLA_IKEVTI_DF] = "df",
	[IFLA_IKEVTI_LINK] = "link",
	[IFLA_IKEVTI_TFC] = "tfc",
	[IFLA_IKEVTI_LANES] = "lanes",
	[IFLA_IKEVTI_SPREAD] = "spread",
	[IFLA_IKEVTI_SOURCE_CHECK] = "source_check",
};

static int put_word(struct nlmsghdr *nlh, char *word)
{
	char *value = strchr(word, '=');
	uint8_t octets[64];
	uint64_t n;
	char *hex;
	int i, len;

	if (!value)
		return -1;
	*value++ = '\0';
	if (!strcmp(word, "raw")) {
		hex = strchr(value, ':');
		if (!hex)
			return -1;
		*hex++ = '\0';
		len = parse_hex(hex, octets, sizeof(octets));
		if (len < 0 || parse_number(value, &n))
			return -1;
		mnl_attr_put(nlh, (uint16_t)n, (size_t)len, octets);
		return 0;
	}
	for (i = 1; i <= IFLA_IKEVTI_MAX; i++) {
		if (strcmp(word, names[i]) || parse_number(value, &n))
			continue;
		if (i != IFLA_IKEVTI_MULTIPOINT)
			mnl_attr_put_u32(nlh, (uint16_t)i, (uint32_t)n);
		else if (n)
			mnl_attr_put(nlh, (uint16_t)i, 0, NULL);
		return 0;
	}
	return -1;
}

static void show_data(const struct nlattr *data)
{
	const struct nlattr *attr;
	const char *sep = "";

	mnl_attr_for_each_nested(attr, data) {
		if (mnl_attr_get_type(attr) < 1 || mnl_attr_get_type(attr) > IFLA_IKEVTI_MAX)
			continue;
		printf("%s%s=%u", sep, names[mnl_attr_get_type(attr)],
		       mnl_attr_get_payload_len(attr) ? mnl_attr_get_u32(attr) : 1);
		sep = " ";
	}
	putchar('\n');
}

static int show_cb(const struct nlmsghdr *nlh, void *unused)
{
	const struct nlattr *attr, *info;

	(void)unused;
	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr)
			if (mnl_attr_get_type(info) == IFLA_INFO_DATA)
				show_data(info);
	}
	return MNL_CB_OK;
}

static int open_route(struct talk *t)
{
	int on = 1;

	t->nl = mnl_socket_open(NETLINK_ROUTE);
	if (!t->nl || mnl_socket_bind(t->nl, 0, MNL_SOCKET_AUTOPID) < 0)
		return errno;
	mnl_socket_setsockopt(t->nl, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(t->nl, NETLINK_CAP_ACK, &on, sizeof(on));
	t->portid = mnl_socket_get_portid(t->nl);
	return 0;
}

static int run(struct talk *t, const char *verb, const char *name, int argc, char **argv)
{
	struct nlattr *info, *data;
	struct ifinfomsg *ifi;
	bool add = !strcmp(verb, "add"), show = !strcmp(verb, "show");
	int i;

	memset(&t->req, 0, sizeof(t->req));
	mnl_nlmsg_put_header(&t->req);
	t->req.nlh.nlmsg_type = show ? RTM_GETLINK : RTM_NEWLINK;
	t->req.nlh.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK |
					    (add ? NLM_F_CREATE | NLM_F_EXCL : 0));
	t->req.nlh.nlmsg_seq = ++t->seq;
	ifi = mnl_nlmsg_put_extra_header(&t->req.nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	mnl_attr_put_strz(&t->req.nlh, IFLA_IFNAME, name);
	if (show)
		return talk_run(t, show_cb, NULL);
	info = mnl_attr_nest_start(&t->req.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(&t->req.nlh, IFLA_INFO_KIND, IKEVTI_KIND);
	data = mnl_attr_nest_start(&t->req.nlh, IFLA_INFO_DATA);
	for (i = 0; i < argc; i++) {
		if (put_word(&t->req.nlh, argv[i])) {
			fprintf(stderr, "ikevti-link: cannot read %s\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	mnl_attr_nest_end(&t->req.nlh, data);
	mnl_attr_nest_end(&t->req.nlh, info);
	return talk_run(t, NULL, NULL);
}

int main(int argc, char **argv)
{
	static struct talk t;
	int ret = 0;

	if (argc > 2 && !strcmp(argv[1], "-N")) {
		ret = enter_netns(argv[2]);
		argc -= 2;
		argv += 2;
	}
	if (ret || argc < 3) {
		fputs("usage: ikevti-link [-N NETNS] add|set|show NAME [name=value...]\n", stderr);
		return EXIT_USAGE;
	}
	ret = open_route(&t);
	if (!ret)
		ret = run(&t, argv[1], argv[2], argc - 3, argv + 3);
	talk_close(&t);
	return ret;
}
