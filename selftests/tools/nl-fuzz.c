// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * nl-fuzz: hostile requests to the ikevti family and to rtnetlink, made after
 * the specification, whose tables are generated when this is built.
 *
 *   netns=NAME    namespace to work in
 *   other=NAME    one that devices are sent to
 *   seconds=N     how long (8), longer where that is but few requests
 *   seed=N        what follows from it is the same each time, but for how the
 *                 workers meet; with workers=1 all of it
 *   workers=N     processes that send requests (3); one more changes links and
 *                 sends packets into them
 *
 * Requests mostly build what is valid (a device with paths, SPIs, SAs with keys
 * that fit each other, sockets), with values at and beyond their borders,
 * and then are bent: attributes left out, twice, of wrong length, type or
 * nesting, octets flipped, messages cut. Addresses and keys are few, so that
 * packets do go round. It says how often each command was taken and refused.
 */
#include "lib/nl-attrs.h"
#include "lib/nl-talk.h"
#include "lib/rng.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/ikevti.h>
#include <linux/rtnetlink.h>

struct spec_attr {
	const char *name, *kind;
	uint16_t type;
	uint8_t width;	/* octets of a number, 0 for others */
	int8_t nest;	/* index of its set, -1 for others */
	uint64_t least, most;	/* value or length */
};

struct spec_set {
	const char *name;
	const struct spec_attr *attrs;
	size_t n;
};

struct spec_cmd {
	const char *name;
	uint8_t cmd;
	bool dumps;
	uint8_t n;
	uint8_t attrs[8];	/* top level */
};

#include "nl-spec.h"

#define DEVICES		2
#define FIRST		1000	/* index of the first of them */
#define SPIS		16
#define ROOM		(TALK_ROOM / 4)
#define WORKERS_MAX	16
#define LEAST		500	/* requests of a worker, however slow the machine */

/* Attributes that make a request whole, of which others are left to chance */
static const struct recipe {
	const char *cmd, *words;
} recipes[] = {
	{ "path-set", " id local4 remote4 encap state " },
	{ "path-set", " id local6 remote6 encap state " },
	{ "path-set", " id local4 remote4 encap local-port remote-port state " },
	{ "path-set", " id state priority weight " },
	{ "path-set", " peer id local4 remote4 encap state " },
	{ "path-del", " id " },
	{ "path-get", " id " },
	{ "spi-alloc", " path " },
	{ "spi-alloc", " path lane " },
	{ "sa-set", " dir=0 spi path aead key salt " },
	{ "sa-set", " dir=0 spi path lane aead key salt replay-window esn " },
	{ "sa-set", " dir=0 spi path aead key salt selectors side start end selector " },
	{ "sa-set", " dir=1 spi path aead key salt " },
	{ "sa-set", " dir=1 spi path lane aead key salt esn " },
	{ "sa-set", " dir=1 spi path aead key salt " },
	{ "sa-set", " dir spi path hard-packets soft-bytes " },
	{ "sa-set", " dir=0 peer id spi path aead key salt " },
	{ "sa-set", " dir=1 peer id spi path aead key salt " },
	{ "peer-set", " peer id nexthops ip4 " },
	{ "peer-set", " peer id nexthops ip6 " },
	{ "peer-del", " peer id " },
	{ "peer-get", " peer id " },
	{ "spi-alloc", " peer id path " },
	{ "sa-del", " dir spi path " },
	{ "sa-get", " dir spi path " },
	{ "socket-attach", " fd " },
	{ "socket-detach", " family local-port " },
	{ "socket-take", " family local-port " },
};

struct counts {
	uint64_t taken[256], refused[256], links, packets;
};

struct fuzz {
	struct talk t;
	struct rng rng;
	const char *words;	/* of the recipe */
	uint32_t spi[SPIS];
	uint16_t family;
	int fd, other, packet;
	bool careful;		/* this request is to be taken */
	struct counts *counts;
};

static uint32_t below(struct fuzz *f, uint32_t n)
{
	return rng_below(&f->rng, n);
}

static bool one_in(struct fuzz *f, uint32_t n)
{
	return rng_one_in(&f->rng, n);
}

/* Something wrong, where wrong is wanted */
static bool wrong(struct fuzz *f, uint32_t n)
{
	return one_in(f, n) && !f->careful;
}

/* Is "name", or "name=value", in the recipe? */
static bool has_word(const struct fuzz *f, const char *name, uint64_t *value)
{
	const char *at = f->words;
	size_t len = strlen(name);

	while (at && (at = strstr(at, name))) {
		if (at[-1] == ' ' && (at[len] == ' ' || at[len] == '=')) {
			if (at[len] == '=' && value)
				*value = (uint64_t)atoi(at + len + 1);
			return true;
		}
		at += len;
	}
	return false;
}

static uint32_t some_device(struct fuzz *f)
{
	/* to look a name up that is not there would have the kernel start modprobe */
	return FIRST + below(f, DEVICES);
}

/* A border of what is allowed, or anything */
static uint64_t border(struct fuzz *f, const struct spec_attr *a)
{
	switch (below(f, 7)) {
	case 0:
		return a->least;
	case 1:
		return a->most;
	case 2:
		return a->least - 1;
	case 3:
		return a->most + 1;
	case 4:
		return UINT64_C(1) << below(f, 64);
	case 5:
		return ~UINT64_C(0) - below(f, 3);
	default:
		return rng_u64(&f->rng);
	}
}

/* A value that leads somewhere */
static uint64_t sensible(struct fuzz *f, const struct spec_attr *a)
{
	uint64_t value = 0;

	if (has_word(f, a->name, &value) && strstr(f->words, "=") && !strcmp(a->name, "dir"))
		return value;
	if (!strcmp(a->name, "ifindex"))
		return some_device(f);
	if (!strcmp(a->name, "netnsid"))
		return below(f, 3);
	if (!strcmp(a->name, "id") || !strcmp(a->name, "path"))
		return below(f, 3);
	if (!strcmp(a->name, "lane"))
		return one_in(f, 2) ? 0 : below(f, 4);
	if (!strcmp(a->name, "spi") || !strcmp(a->name, "peer-spi"))
		return f->spi[below(f, SPIS)];
	if (!strcmp(a->name, "fd"))
		return f->fd >= 0 ? (uint64_t)f->fd : below(f, 8);
	if (!strcmp(a->name, "family"))
		return one_in(f, 2) ? AF_INET : AF_INET6;
	if (strstr(a->name, "-port"))
		return 4500 + below(f, 3);
	if (strstr(a->name, "soft-") || strstr(a->name, "hard-") || !strcmp(a->name, "seq"))
		return one_in(f, 2) ? below(f, 200) : rng_u64(&f->rng) >> below(f, 60);
	if (a->most - a->least < 1 << 16)
		return a->least + below(f, (uint32_t)(a->most - a->least + 1));
	return below(f, 4);
}

/* Few addresses: of this host, so that packets come back, of its neighbour, and of our own net */
static void put_address(struct fuzz *f, uint8_t *to, size_t len)
{
	static const char *const four[] = { "192.0.2.1", "192.0.2.1", "192.0.2.2", "10.77.0.9" };
	static const char *const six[] = { "2001:db8::1", "2001:db8::1", "2001:db8::2",
					   "fd77::9" };

	if (len == 4)
		inet_pton(AF_INET, four[below(f, 4)], to);
	else
		inet_pton(AF_INET6, six[below(f, 4)], to);
}

static size_t octets(struct fuzz *f, const struct spec_attr *a, uint8_t *to)
{
	size_t len = a->least + below(f, (uint32_t)(a->most - a->least + 1));

	len = len < ROOM ? len : ROOM;
	if (!strcmp(a->name, "key") && !one_in(f, 8)) {
		/* the same on all sides */
		len = one_in(f, 2) ? 16 : 32;
		memset(to, 0x42, len);
	} else if (!strcmp(a->name, "salt")) {
		memset(to, 0, len);
	} else if (strstr(a->name, "local") || strstr(a->name, "remote")) {
		put_address(f, to, len);
	} else if (!strcmp(a->name, "start") || !strcmp(a->name, "end")) {
		len = one_in(f, 2) ? 4 : 16;
		memset(to, *a->name == 's' ? 0 : 0xff, len);
		if (one_in(f, 4))
			rng_fill(&f->rng, to, len);
	} else {
		rng_fill(&f->rng, to, len);
	}
	return len;
}

static bool put_nest(struct fuzz *f, const struct spec_set *set, uint16_t type, int depth);

static bool put_value(struct fuzz *f, const struct spec_attr *a)
{
	static const uint8_t lengths[] = { 0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64 };
	uint8_t data[ROOM] = { 0 };
	size_t len;

	if (a->width) {
		uint64_t value = wrong(f, 12) ? border(f, a) : sensible(f, a);

		len = a->width;
		memcpy(data, &value, len);
	} else if (!strcmp(a->kind, "flag") || !strcmp(a->kind, "pad")) {
		len = 0;
	} else {
		len = octets(f, a, data);
	}
	if (wrong(f, 50))
		len = lengths[below(f, ARRAY_SIZE(lengths))];
	return mnl_attr_put_check(&f->t.req.nlh, ROOM,
				  wrong(f, 100) ? (uint16_t)below(f, 40) : a->type, len, data);
}

static bool put_attr(struct fuzz *f, const struct spec_attr *a, int depth)
{
	if (a->nest < 0 || wrong(f, 100))
		return put_value(f, a);
	return put_nest(f, &spec_sets[wrong(f, 60) ? below(f, ARRAY_SIZE(spec_sets)) :
							(uint32_t)a->nest], a->type, depth + 1);
}

/* A nest of a set: what the recipe wants, others now and then */
static bool put_nest(struct fuzz *f, const struct spec_set *set, uint16_t type, int depth)
{
	struct nlattr *nest = mnl_attr_nest_start_check(&f->t.req.nlh, ROOM, type);
	size_t i, k, n;

	if (!nest)
		return false;
	for (i = 0; depth < 6 && i < set->n; i++) {
		const struct spec_attr *a = &set->attrs[i];

		n = has_word(f, a->name, NULL) ? !wrong(f, 40) : wrong(f, 25);
		if (n && (wrong(f, 40) || (a->nest >= 0 && one_in(f, 2))))
			n += 1 + below(f, one_in(f, 20) ? 40 : 3);
		for (k = 0; k < n; k++)
			if (!put_attr(f, a, depth))
				return false;
	}
	mnl_attr_nest_end(&f->t.req.nlh, nest);
	if (wrong(f, 60))
		nest->nla_type &= (uint16_t)~NLA_F_NESTED;
	return true;
}

/* Which attributes belong into a request, by its recipe or at random */
static void choose_words(struct fuzz *f, const struct spec_cmd *cmd)
{
	size_t i, first = below(f, ARRAY_SIZE(recipes));

	f->words = " ";
	if (wrong(f, 30))
		return;
	for (i = 0; i < ARRAY_SIZE(recipes); i++) {
		const struct recipe *r = &recipes[(first + i) % ARRAY_SIZE(recipes)];

		if (!strcmp(r->cmd, cmd->name)) {
			f->words = r->words;
			return;
		}
	}
}

static void open_socket(struct fuzz *f)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6 };
	struct sockaddr_in in = { .sin_family = AF_INET };
	bool six = one_in(f, 2);
	int on = 1;

	in.sin_port = htons((uint16_t)(4500 + below(f, 3)));
	in6.sin6_port = in.sin_port;
	f->fd = socket(six ? AF_INET6 : AF_INET, one_in(f, 12) ? SOCK_STREAM : SOCK_DGRAM, 0);
	if (f->fd < 0)
		return;
	if (six)
		setsockopt(f->fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (!one_in(f, 12) &&
	    bind(f->fd, six ? (struct sockaddr *)&in6 : (struct sockaddr *)&in,
		 six ? sizeof(in6) : sizeof(in))) {
		close(f->fd);
		f->fd = -1;
	}
}

/* Remember SPIs and close descriptors that come in answers */
static int harvest(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *inner;
	struct fuzz *f = data;

	if (nlh->nlmsg_type != f->t.family)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type != IKEVTI_A_SA && type != IKEVTI_A_SOCKET)
			continue;
		mnl_attr_for_each_nested(inner, attr) {
			if (type == IKEVTI_A_SA && mnl_attr_get_type(inner) == IKEVTI_SA_A_SPI)
				f->spi[below(f, SPIS)] = mnl_attr_get_u32(inner);
			if (type == IKEVTI_A_SOCKET &&
			    mnl_attr_get_type(inner) == IKEVTI_SOCKET_A_FD)
				close((int)mnl_attr_get_u32(inner));
		}
	}
	return MNL_CB_OK;
}

/* Flip octets behind the message's header, or cut it */
static void bend(struct fuzz *f)
{
	struct nlmsghdr *nlh = &f->t.req.nlh;
	uint8_t *p = (uint8_t *)nlh;
	uint32_t i, n = 1 + below(f, 4);

	if (one_in(f, 3)) {
		nlh->nlmsg_len -= below(f, nlh->nlmsg_len - NLMSG_HDRLEN);
		return;
	}
	for (i = 0; i < n; i++)
		p[NLMSG_HDRLEN + below(f, nlh->nlmsg_len - NLMSG_HDRLEN)] ^=
			(uint8_t)(1 << below(f, 8));
}

/* Most requests are about a device here, and only those that say so about one of its peers */
static bool left_out(struct fuzz *f, const char *name)
{
	if (!strcmp(name, "netnsid") || (!strcmp(name, "peer") && !has_word(f, name, NULL)))
		return !wrong(f, 30);
	return wrong(f, 50);
}

static void request(struct fuzz *f)
{
	const struct spec_cmd *cmd = &spec_cmds[below(f, ARRAY_SIZE(spec_cmds))];
	const struct spec_attr *a;
	bool dump;
	size_t i;

	/* with few objects left there is nothing to hurt */
	if (!strcmp(cmd->name, "flush") && !one_in(f, 20))
		return;
	if ((!strcmp(cmd->name, "path-del") || !strcmp(cmd->name, "sa-del")) && !one_in(f, 4))
		return;
	f->careful = one_in(f, 2);
	choose_words(f, cmd);
	f->fd = -1;
	if (!strcmp(cmd->name, "socket-attach"))
		open_socket(f);
	dump = cmd->dumps && one_in(f, 8);
	talk_start(&f->t, wrong(f, 100) ? (uint8_t)below(f, 256) : cmd->cmd,
		   dump ? NLM_F_DUMP : NLM_F_ACK);
	for (i = 0; i < cmd->n; i++) {
		a = &spec_sets[0].attrs[cmd->attrs[i] - 1];
		if (left_out(f, a->name))
			continue;
		if (!put_attr(f, a, 0))
			break;
	}
	if (wrong(f, 20))
		put_attr(f, &spec_sets[0].attrs[below(f, (uint32_t)spec_sets[0].n)], 0);
	if (wrong(f, 10))
		bend(f);
	if (talk_run(&f->t, harvest, f))
		f->counts->refused[cmd->cmd]++;
	else
		f->counts->taken[cmd->cmd]++;
	if (f->fd >= 0)
		close(f->fd);
}

/* What kind of device it is says its index; otherwise few requests were good for it */
static void put_link_data(struct fuzz *f, struct nlmsghdr *nlh, bool multipoint)
{
	struct nlattr *info = mnl_attr_nest_start(nlh, IFLA_LINKINFO), *data;
	static const uint8_t lengths[] = { 0, 1, 4, 4, 4, 4, 4, 4, 8, 16 };
	uint32_t i, n = one_in(f, 4) ? below(f, 5) : 0, value[4] = { 0 };

	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, IKEVTI_KIND);
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	if (multipoint != one_in(f, 20))
		mnl_attr_put(nlh, IFLA_IKEVTI_MULTIPOINT, 0, NULL);
	for (i = 0; i < n; i++) {
		value[0] = one_in(f, 2) ? below(f, 2000) : (uint32_t)rng_u64(&f->rng);
		mnl_attr_put(nlh, (uint16_t)(1 + below(f, one_in(f, 20) ? 30 : IFLA_IKEVTI_MAX)),
			     lengths[below(f, ARRAY_SIZE(lengths))], value);
	}
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
}

/* Add, change, raise, move or delete a device */
static void change_link(struct fuzz *f, struct mnl_socket *nl)
{
	static union {
		struct nlmsghdr nlh;
		uint8_t octets[TALK_ROOM];
	} buf;
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&buf);
	uint32_t what = one_in(f, 8) ? below(f, 12) : 1 + below(f, 11), index = some_device(f);
	struct ifinfomsg *ifi;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "fz%u", index - FIRST);
	f->careful = false;
	if (!what && !one_in(f, 4))
		what = 1;
	nlh->nlmsg_type = what ? RTM_NEWLINK : RTM_DELLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	ifi = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifi));
	ifi->ifi_family = AF_UNSPEC;
	ifi->ifi_index = (int)index;
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	if (what >= 1 && what <= 6) {
		nlh->nlmsg_flags |= NLM_F_CREATE;
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = one_in(f, 5) ? 0 : IFF_UP;
		put_link_data(f, nlh, index > FIRST);
	} else if (what <= 8) {
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = what == 7 ? IFF_UP : 0;
	} else if (what == 9) {
		mnl_attr_put_u32(nlh, IFLA_MTU, one_in(f, 2) ? 1280 + below(f, 9000) :
								(uint32_t)rng_u64(&f->rng));
	} else if (what == 10 && one_in(f, 20)) {
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, (uint32_t)f->other);
	} else {
		put_link_data(f, nlh, index > FIRST);
	}
	if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) > 0 &&
	    mnl_socket_recvfrom(nl, &buf, sizeof(buf)) > 0)
		f->counts->links++;
}

/* Something for a device to send, which need not be a packet */
static void send_packet(struct fuzz *f)
{
	static const uint16_t lengths[] = { 0, 1, 19, 20, 28, 40, 48, 100, 1280, 1400, 1500, 4000 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 0 };
	uint8_t data[4096];
	size_t len = lengths[below(f, ARRAY_SIZE(lengths))];
	bool four = one_in(f, 2);

	rng_fill(&f->rng, data, len < 64 ? len : 64);
	memset(data + 64, 0x77, sizeof(data) - 64);
	data[0] = one_in(f, 20) ? data[0] : four ? 0x45 : 0x60;
	if (four) {
		data[2] = (uint8_t)(len >> 8);
		data[3] = (uint8_t)len;
		data[6] &= 0x40;
		data[7] = 0;
	}
	to.sll_protocol = htons(four ? ETH_P_IP : ETH_P_IPV6);
	to.sll_ifindex = (int)some_device(f);
	if (sendto(f->packet, data, len, MSG_DONTWAIT, (struct sockaddr *)&to, sizeof(to)) >= 0)
		f->counts->packets++;
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int ask(struct fuzz *f, double end)
{
	struct timeval patience = { .tv_sec = 10 };
	uint32_t i, n;

	for (i = 0; i < SPIS; i++)
		f->spi[i] = 256 + i;
	if (talk_open(&f->t))
		return 1;
	f->family = f->t.family;
	setsockopt(mnl_socket_get_fd(f->t.nl), SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	if (!freopen("/dev/null", "w", stderr))
		return 1;
	for (n = 0; n < LEAST || now() < end; n++)
		request(f);
	talk_close(&f->t);
	return 0;
}

static int change_links(struct fuzz *f, double end)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);
	uint32_t i;

	f->packet = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!nl || f->packet < 0 || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
		perror("nl-fuzz");
		return 1;
	}
	while (now() < end) {
		change_link(f, nl);
		for (i = 0; i < 20; i++)
			send_packet(f);
		usleep(2000);
	}
	mnl_socket_close(nl);
	return 0;
}

static int worker(uint64_t number, uint64_t seed, int other, double end, struct counts *counts)
{
	static struct fuzz f;

	f.counts = counts;
	f.other = other;
	rng_seed(&f.rng, seed * WORKERS_MAX + number);
	return number ? ask(&f, end) : change_links(&f, end);
}

static void report(const struct counts *counts, uint64_t workers)
{
	uint64_t taken, refused, w;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(spec_cmds); i++) {
		taken = 0;
		refused = 0;
		for (w = 0; w <= workers; w++) {
			taken += counts[w].taken[spec_cmds[i].cmd];
			refused += counts[w].refused[spec_cmds[i].cmd];
		}
		printf("%s taken=%" PRIu64 " refused=%" PRIu64 "\n", spec_cmds[i].name, taken,
		       refused);
	}
	printf("links=%" PRIu64 " packets=%" PRIu64 "\n", counts->links, counts->packets);
}

static int run(uint64_t seed, uint64_t seconds, uint64_t workers, int other)
{
	struct counts *counts = mmap(NULL, sizeof(*counts) * WORKERS_MAX, PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	double end = now() + (double)seconds;
	int status, ret = 0;
	uint64_t i;
	pid_t pid;

	if (counts == MAP_FAILED)
		return 1;
	printf("seed=%" PRIu64 " workers=%" PRIu64 " seconds=%" PRIu64 "\n", seed, workers,
	       seconds);
	fflush(stdout);
	for (i = 0; i <= workers; i++) {
		pid = fork();
		if (!pid)
			_exit(worker(i, seed, other, end, &counts[i]));
		if (pid < 0)
			ret = 1;
	}
	while (wait(&status) > 0) {
		if (!status)
			continue;
		printf("a worker ended with status 0x%x\n", (unsigned int)status);
		ret = 1;
	}
	report(counts, workers);
	return ret;
}

int main(int argc, char **argv)
{
	uint64_t seconds = 8, seed = (uint64_t)time(NULL), workers = 3;
	const char *netns = NULL;
	char path[256] = "";
	int i, other;

	for (i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "seconds=", 8) && !parse_number(argv[i] + 8, &seconds))
			continue;
		if (!strncmp(argv[i], "seed=", 5) && !parse_number(argv[i] + 5, &seed))
			continue;
		if (!strncmp(argv[i], "workers=", 8) && !parse_number(argv[i] + 8, &workers) &&
		    workers < WORKERS_MAX)
			continue;
		if (!strncmp(argv[i], "netns=", 6)) {
			netns = argv[i] + 6;
			continue;
		}
		if (!strncmp(argv[i], "other=", 6)) {
			snprintf(path, sizeof(path), "/run/netns/%s", argv[i] + 6);
			continue;
		}
		fprintf(stderr, "nl-fuzz: cannot read %s\n", argv[i]);
		return 2;
	}
	other = open(path, O_RDONLY | O_CLOEXEC);
	if (!netns || other < 0 || enter_netns(netns)) {
		fprintf(stderr, "nl-fuzz: netns= and other= must be namespaces\n");
		return 2;
	}
	return run(seed, seconds, workers, other);
}
