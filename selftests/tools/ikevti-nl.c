// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ikevti-nl: every command of the ikevti netlink family from a shell, for
 * tests that run without the daemon.
 *
 * The exit status is the errno the kernel answered, 0 on success. What the
 * kernel sends comes out one object a line, "kind name=value ...".
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"

#include <errno.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

struct command {
	const char *name;
	uint8_t cmd;
	uint16_t nest;	/* the top level nest its words go into, 0 none */
	const struct attr_set *set;
	bool dumps;	/* without an object named it dumps */
};

static const struct command commands[] = {
	{ "dev-get", IKEVTI_CMD_DEV_GET, 0, NULL, true },
	{ "socket-detach", IKEVTI_CMD_SOCKET_DETACH, IKEVTI_A_SOCKET, &attrs_socket, false },
	{ "path-set", IKEVTI_CMD_PATH_SET, IKEVTI_A_PATH, &attrs_path, false },
	{ "path-del", IKEVTI_CMD_PATH_DEL, IKEVTI_A_PATH, &attrs_path, false },
	{ "path-get", IKEVTI_CMD_PATH_GET, IKEVTI_A_PATH, &attrs_path, true },
	{ "spi-alloc", IKEVTI_CMD_SPI_ALLOC, IKEVTI_A_SA, &attrs_sa, false },
	{ "sa-set", IKEVTI_CMD_SA_SET, IKEVTI_A_SA, &attrs_sa, false },
	{ "sa-del", IKEVTI_CMD_SA_DEL, IKEVTI_A_SA, &attrs_sa, false },
	{ "sa-get", IKEVTI_CMD_SA_GET, IKEVTI_A_SA, &attrs_sa, true },
	{ "flush", IKEVTI_CMD_FLUSH, 0, NULL, false },
	{ "peer-set", IKEVTI_CMD_PEER_SET, IKEVTI_A_PEER, &attrs_peer, false },
	{ "peer-del", IKEVTI_CMD_PEER_DEL, IKEVTI_A_PEER, &attrs_peer, false },
	{ "peer-get", IKEVTI_CMD_PEER_GET, IKEVTI_A_PEER, &attrs_peer, true },
	{ NULL, 0, 0, NULL, false },
};

static const char *const message_names[] = {
	[IKEVTI_CMD_UNSPEC] = "none",
	[IKEVTI_CMD_DEV_GET] = "dev",
	[IKEVTI_CMD_SOCKET_ATTACH] = "socket",
	[IKEVTI_CMD_SOCKET_DETACH] = "socket",
	[IKEVTI_CMD_SOCKET_TAKE] = "socket",
	[IKEVTI_CMD_PATH_SET] = "path",
	[IKEVTI_CMD_PATH_DEL] = "path",
	[IKEVTI_CMD_PATH_GET] = "path",
	[IKEVTI_CMD_SPI_ALLOC] = "sa",
	[IKEVTI_CMD_SA_SET] = "sa",
	[IKEVTI_CMD_SA_DEL] = "sa",
	[IKEVTI_CMD_SA_GET] = "sa",
	[IKEVTI_CMD_FLUSH] = "flush",
	[IKEVTI_CMD_EVENT_SA_LIMIT] = "sa-limit",
	[IKEVTI_CMD_EVENT_ACQUIRE] = "acquire",
	[IKEVTI_CMD_EVENT_ADDRESS] = "address",
	[IKEVTI_CMD_EVENT_UNKNOWN_SPI] = "unknown-spi",
	[IKEVTI_CMD_EVENT_PATH_STATE] = "path-state",
	[IKEVTI_CMD_EVENT_PMTU] = "pmtu",
	[IKEVTI_CMD_EVENT_AUTH_FAILURES] = "auth-failures",
	[IKEVTI_CMD_PEER_SET] = "peer",
	[IKEVTI_CMD_PEER_DEL] = "peer",
	[IKEVTI_CMD_PEER_GET] = "peer",
};

int print_reply(const struct nlmsghdr *nlh, void *data)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	FILE *out = data;

	if (len < GENL_HDRLEN)
		return MNL_CB_ERROR;
	if (genl->cmd < ARRAY_SIZE(message_names))
		fputs(message_names[genl->cmd], out);
	else
		fprintf(out, "message-%u", genl->cmd);
	attrs_print(out, &attrs_top, (const uint8_t *)genl + GENL_HDRLEN, len - GENL_HDRLEN);
	fputc('\n', out);
	fflush(out);
	return MNL_CB_OK;
}

static const struct command *find_command(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

int cmd_number(const char *name)
{
	const struct command *c = find_command(name);
	uint64_t n;

	if (c)
		return c->cmd;
	if (!strcmp(name, "socket-attach"))
		return IKEVTI_CMD_SOCKET_ATTACH;
	if (!strcmp(name, "socket-take"))
		return IKEVTI_CMD_SOCKET_TAKE;
	return parse_number(name, &n) || n > 255 ? -1 : (int)n;
}

/* Words that name the device, or whose something is, stand outside the command's nest. */
static bool names_owner(const struct command *c, const char *word)
{
	return !strncmp(word, "dev=", 4) || !strncmp(word, "netnsid=", 8) ||
	       (!strncmp(word, "peer=", 5) && c->nest != IKEVTI_A_PEER);
}

static int put_peer(struct nlmsghdr *nlh, const char *id)
{
	struct nlattr *nest = mnl_attr_nest_start(nlh, IKEVTI_A_PEER);
	int ret = attrs_put(nlh, TALK_ROOM, &attrs_peer, "peer", id);

	mnl_attr_nest_end(nlh, nest);
	return ret ? EXIT_USAGE : 0;
}

/*
 * dev=NAME, or a number for an index elsewhere or nowhere; netnsid=ID where it is; peer=ID of a
 * multipoint device
 */
static int put_owner(struct nlmsghdr *nlh, const char *word)
{
	const char *name = strchr(word, '=') + 1;
	uint32_t index;
	uint64_t n;

	if (!strncmp(word, "peer=", 5))
		return put_peer(nlh, name);
	if (!strncmp(word, "netnsid=", 8))
		return attrs_put(nlh, TALK_ROOM, &attrs_top, "netnsid", name) ? EXIT_USAGE : 0;
	index = if_nametoindex(name);
	if (!index && !parse_number(name, &n))
		index = (uint32_t)n;
	if (!index) {
		fprintf(stderr, "no device %s\n", name);
		return ENODEV;
	}
	mnl_attr_put_u32(nlh, IKEVTI_A_IFINDEX, index);
	return 0;
}

static int cmd_plain(struct talk *t, const struct command *c, int argc, char **argv,
		     mnl_cb_t reply, void *data)
{
	struct nlattr *nest = NULL;
	uint16_t flags = NLM_F_ACK;
	int ret, i, words = 0;
	char *value;

	for (i = 0; i < argc; i++)
		words += !names_owner(c, argv[i]);
	if (c->dumps && !words && (c->nest || !argc))
		flags = NLM_F_DUMP;

	talk_start(t, c->cmd, flags);
	for (i = 0; i < argc; i++) {
		ret = names_owner(c, argv[i]) ? put_owner(&t->req.nlh, argv[i]) : 0;
		if (ret)
			return ret;
	}
	if (c->nest && words)
		nest = mnl_attr_nest_start(&t->req.nlh, c->nest);
	for (i = 0; i < argc; i++) {
		if (names_owner(c, argv[i]))
			continue;
		value = strchr(argv[i], '=');
		if (!value || !c->set) {
			fprintf(stderr, "%s: unexpected word %s\n", c->name, argv[i]);
			return EXIT_USAGE;
		}
		*value = '\0';
		ret = attrs_put(&t->req.nlh, TALK_ROOM, c->set, argv[i], value + 1);
		*value = '=';
		if (ret)
			return EXIT_USAGE;
	}
	if (nest)
		mnl_attr_nest_end(&t->req.nlh, nest);
	return talk_run(t, reply, data);
}

static int count_reply(const struct nlmsghdr *nlh, void *data)
{
	unsigned int *n = data;

	(void)nlh;
	++*n;
	return MNL_CB_OK;
}

/* Only how many answers another command has */
static int cmd_count(struct talk *t, int argc, char **argv)
{
	const struct command *c = argc ? find_command(argv[0]) : NULL;
	unsigned int n = 0;
	int ret;

	if (!c)
		return EXIT_USAGE;
	ret = cmd_plain(t, c, argc - 1, argv + 1, count_reply, &n);
	if (!ret)
		printf("counted answers=%u\n", n);
	fflush(stdout);
	return ret;
}

/* count=N stops after N events, timeout=S after S seconds */
static int cmd_listen(struct talk *t, int argc, char **argv)
{
	uint64_t count = UINT64_MAX, timeout = 0;
	union {
		struct nlmsghdr nlh;
		uint8_t octets[TALK_ROOM];
	} buf;
	struct nlmsghdr *nlh;
	struct pollfd pfd;
	time_t end;
	ssize_t got;
	int len, i;

	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "count=", 6) && !parse_number(argv[i] + 6, &count))
			continue;
		if (!strncmp(argv[i], "timeout=", 8) && !parse_number(argv[i] + 8, &timeout))
			continue;
		return EXIT_USAGE;
	}
	if (mnl_socket_setsockopt(t->nl, NETLINK_ADD_MEMBERSHIP, &t->events_group,
				  sizeof(t->events_group)))
		return errno;
	/* tells a script that it may go on */
	printf("listening\n");
	fflush(stdout);
	end = time(NULL) + (time_t)timeout;
	pfd.fd = mnl_socket_get_fd(t->nl);
	pfd.events = POLLIN;
	while (count) {
		if (timeout && time(NULL) >= end)
			return ETIME;
		if (poll(&pfd, 1, 100) <= 0)
			continue;
		got = mnl_socket_recvfrom(t->nl, &buf, sizeof(buf));
		if (got < 0 && errno == ENOBUFS)
			continue;
		if (got < 0)
			return errno;
		len = (int)got;
		for (nlh = &buf.nlh; count && mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len), count--)
			print_reply(nlh, stdout);
	}
	return 0;
}

static int run_command(struct talk *t, int argc, char **argv)
{
	const struct command *c = find_command(argv[0]);

	if (c)
		return cmd_plain(t, c, argc - 1, argv + 1, print_reply, stdout);
	if (!strcmp(argv[0], "count"))
		return cmd_count(t, argc - 1, argv + 1);
	if (!strcmp(argv[0], "socket-attach") || !strcmp(argv[0], "socket-take"))
		return cmd_socket(t, argv[0], argc - 1, argv + 1);
	if (!strcmp(argv[0], "listen"))
		return cmd_listen(t, argc - 1, argv + 1);
	if (!strcmp(argv[0], "raw"))
		return cmd_raw(t, argc - 1, argv + 1);
	if (!strcmp(argv[0], "fuzz"))
		return cmd_fuzz(t, argc - 1, argv + 1);
	if (!strcmp(argv[0], "bulk-peers"))
		return cmd_bulk(t, argc - 1, argv + 1);
	fprintf(stderr, "no command %s\n", argv[0]);
	return EXIT_USAGE;
}

/*
 * Commands from stdin, one a line; stops at the first that fails unless -k.
 * Serving a shell (-s) it never stops, and says "=STATUS" after each command.
 */
static int cmd_batch(struct talk *t, bool keep_going, bool serve)
{
	char *line = NULL, *word, *save;
	char *words[64];
	int n, ret = 0, last;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		n = 0;
		for (word = strtok_r(line, " \t\n", &save); word && n < 64;
		     word = strtok_r(NULL, " \t\n", &save))
			words[n++] = word;
		if (!n)
			continue;
		last = run_command(t, n, words);
		if (serve) {
			printf("=%d\n", last);
			fflush(stdout);
			continue;
		}
		if (last) {
			ret = last;
			if (!keep_going)
				break;
		}
	}
	free(line);
	return ret;
}

static int drop_to(const char *text)
{
	uint64_t uid;

	if (parse_number(text, &uid))
		return EINVAL;
	if (setgroups(0, NULL) || setresgid((gid_t)uid, (gid_t)uid, (gid_t)uid) ||
	    setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid))
		return errno;
	return 0;
}

static int usage(void)
{
	fputs("usage: ikevti-nl [-N NETNS] [-u UID] [-k|-s] COMMAND [name=value ...]\n"
	      "  dev-get [dev=]              path-set|path-del|path-get dev= id= ...\n"
	      "  spi-alloc dev= path= lane=  sa-set|sa-del|sa-get dev= dir= spi= ...\n"
	      "  peer-set|peer-del|peer-get dev= peer= [via=ADDR[,ADDR]]\n"
	      "  flush dev= [peer=]          listen [count=] [timeout=]\n"
	      "  socket-attach addr= port= [pid=] [log=] [type=] [peer=] [pport=]\n"
	      "  socket-take family= port= [pid=] [log=]   socket-detach family= port=\n"
	      "  udp-encap addr= port= pid=  a socket of the kernel's own ESP-in-UDP\n"
	      "  bulk-peers dev= peer=FIRST count= local= remote=|remotes=FIRST via=FIRST\n"
	      "             [far=NETNS] [encap=] [esn=] [window=]   with path and SAs\n"
	      "  raw CMD [attributes]        fuzz seed= count=      batch\n"
	      "  count COMMAND [name=value ...]   its answers\n"
	      "Exit status: errno of the kernel's answer, 250 for a wrong command line.\n",
	      stderr);
	return EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static struct talk t;
	bool keep_going = false, serve = false;
	const char *uid = NULL;
	int opt, ret = 0;

	while ((opt = getopt(argc, argv, "+N:u:ks")) != -1) {
		switch (opt) {
		case 'N':
			ret = enter_netns(optarg);
			if (ret) {
				fprintf(stderr, "netns %s: %s\n", optarg, strerror(ret));
				return EXIT_USAGE;
			}
			break;
		case 'u':
			uid = optarg;
			break;
		case 's':
			serve = true;
			/* errors among the answers, in their order */
			dup2(STDOUT_FILENO, STDERR_FILENO);
			break;
		case 'k':
			keep_going = true;
			break;
		default:
			return usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (!argc)
		return usage();
	if (uid)
		ret = drop_to(uid);
	if (ret)
		return EXIT_USAGE;
	if (!strcmp(argv[0], "udp-encap"))
		return cmd_udp_encap(argc - 1, argv + 1);
	ret = talk_open(&t);
	if (!ret)
		ret = strcmp(argv[0], "batch") ? run_command(&t, argc, argv) :
						 cmd_batch(&t, keep_going, serve);
	talk_close(&t);
	return ret;
}
