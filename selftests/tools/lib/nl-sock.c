// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The daemon's half of a socket: opens one, hands it to the module and stays,
 * writing what the kernel passes up to a log, one datagram a line.
 *
 * SIGUSR1 sends an IKE datagram (zero marker first) to peer:pport; SIGTERM
 * ends it. Killing it is the death of the daemon. Of type "busy" the socket is
 * locked, before or (type "busied") after it is attached, by a sender that
 * waits for room as long as nothing gets through to peer:pport. With dev= it is
 * bound to that device, perhaps a VRF.
 */
#include "nl-attrs.h"
#include "nl-talk.h"
#include "words.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/ikevti.h>

#ifndef UDP_ENCAP
#define UDP_ENCAP 100
#endif
#define UDP_ENCAP_ESPINUDP 2

struct server {
	const char *addr, *port, *pid, *log, *type, *peer, *pport, *family, *dev;
};

static int read_words(struct server *s, int argc, char **argv)
{
	static const char *const known[] = { "addr", "port", "pid", "log", "type", "peer",
					     "pport", "family", "dev" };
	size_t k;
	int i;

	for (i = 0; i < argc; i++) {
		for (k = 0; k < 9; k++)
			if (!strncmp(argv[i], known[k], strlen(known[k])) &&
			    argv[i][strlen(known[k])] == '=')
				break;
		if (k == 9) {
			fprintf(stderr, "unknown word %s\n", argv[i]);
			return EXIT_USAGE;
		}
	}
	s->addr = word(argc, argv, "addr", "0.0.0.0");
	s->port = word(argc, argv, "port", "4500");
	s->pid = word(argc, argv, "pid", NULL);
	s->log = word(argc, argv, "log", NULL);
	s->type = word(argc, argv, "type", "udp");
	s->peer = word(argc, argv, "peer", NULL);
	s->pport = word(argc, argv, "pport", "4500");
	s->family = word(argc, argv, "family", "4");
	s->dev = word(argc, argv, "dev", "");
	return 0;
}

static socklen_t make_address(struct sockaddr_storage *ss, const char *addr, const char *port)
{
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *in = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET, addr, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((uint16_t)atoi(port));
		return sizeof(*in);
	}
	if (inet_pton(AF_INET6, addr, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((uint16_t)atoi(port));
		return sizeof(*in6);
	}
	return 0;
}

static int open_udp(const struct server *s)
{
	struct sockaddr_storage ss;
	socklen_t len;
	int fd, on = 1;

	len = make_address(&ss, s->addr, s->port);
	if (!len)
		return -1;
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	if (ss.ss_family == AF_INET6 && strcmp(s->type, "dual"))
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (*s->dev && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, s->dev,
				  (socklen_t)strlen(s->dev))) {
		close(fd);
		return -1;
	}
	if (strcmp(s->type, "unbound") && bind(fd, (struct sockaddr *)&ss, len)) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What the module must take, and what it must refuse */
static int open_typed(const struct server *s)
{
	int encap = UDP_ENCAP_ESPINUDP;
	int fd = -1;

	if (!strcmp(s->type, "tcp"))
		return socket(AF_INET, SOCK_STREAM, 0);
	if (!strcmp(s->type, "unix"))
		return socket(AF_UNIX, SOCK_DGRAM, 0);
	if (!strcmp(s->type, "raw"))
		return socket(AF_INET, SOCK_RAW, 99);
	if (!strcmp(s->type, "udplite"))
		return socket(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE);
	if (!strcmp(s->type, "netlink"))
		return socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (!strcmp(s->type, "file"))
		return open("/dev/null", O_RDWR);
	if (!strcmp(s->type, "closed"))
		return 1000;
	fd = open_udp(s);
	if (fd >= 0 && !strcmp(s->type, "encap") &&
	    setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &encap, sizeof(encap))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void log_datagram(FILE *log, int fd)
{
	char text[INET6_ADDRSTRLEN] = "?";
	struct sockaddr_storage ss;
	socklen_t salen = sizeof(ss);
	uint8_t buf[65536];
	ssize_t len, i;
	int port = 0;

	ss.ss_family = AF_UNSPEC;
	len = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&ss, &salen);
	if (len < 0) {
		fprintf(log, "error %s\n", strerror(errno));
		return;
	}
	if (ss.ss_family == AF_INET) {
		inet_ntop(AF_INET, &((struct sockaddr_in *)&ss)->sin_addr, text, sizeof(text));
		port = ntohs(((struct sockaddr_in *)&ss)->sin_port);
	} else if (ss.ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&ss)->sin6_addr, text, sizeof(text));
		port = ntohs(((struct sockaddr_in6 *)&ss)->sin6_port);
	}
	fprintf(log, "from=%s port=%d len=%zd hex=", text, port, len);
	for (i = 0; i < len && i < 64; i++)
		fprintf(log, "%02x", buf[i]);
	fputc('\n', log);
}

static void send_ike(const struct server *s, int fd, FILE *log)
{
	static const char datagram[] = "\0\0\0\0ike from the daemon";
	struct sockaddr_storage ss;
	socklen_t len;

	if (!s->peer)
		return;
	len = make_address(&ss, s->peer, s->pport);
	if (!len || sendto(fd, datagram, sizeof(datagram) - 1, 0, (struct sockaddr *)&ss,
			   len) < 0)
		fprintf(log, "error sending: %s\n", strerror(errno));
}

static void serve(const struct server *s, int fd)
{
	struct signalfd_siginfo info;
	struct pollfd pfd[2];
	FILE *log = NULL;
	sigset_t set;

	log = fopen(s->log ? s->log : "/dev/null", "w");
	if (!log)
		return;
	setvbuf(log, NULL, _IOLBF, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pfd[0].fd = fd;
	pfd[0].events = POLLIN;
	pfd[1].fd = signalfd(-1, &set, SFD_CLOEXEC);
	pfd[1].events = POLLIN;
	for (;;) {
		if (poll(pfd, 2, -1) < 0)
			continue;
		if (pfd[0].revents & POLLIN)
			log_datagram(log, fd);
		else if (pfd[0].revents)
			break;
		if (pfd[1].revents && read(pfd[1].fd, &info, sizeof(info)) == sizeof(info))
			send_ike(s, fd, log);
	}
	fclose(log);
}

/* Go on in the background; the parent returns once the pid file is written. */
static int background(const struct server *s, int fd)
{
	FILE *file;
	sigset_t set;
	pid_t pid;
	int null;

	/* blocked before the fork, so that no signal finds the default action */
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid) {
		setsid();
		null = open("/dev/null", O_RDWR);
		if (null >= 0) {
			dup2(null, 0);
			dup2(null, 1);
			dup2(null, 2);
		}
		serve(s, fd);
		_exit(0);
	}
	if (!s->pid) {
		printf("pid=%d\n", pid);
		return 0;
	}
	file = fopen(s->pid, "w");
	if (!file)
		return errno;
	fprintf(file, "%d\n", pid);
	return fclose(file) ? errno : 0;
}

/*
 * Fill the socket's send buffer, then have a child wait for room in it with
 * data pending, which is where the kernel sleeps with the socket locked.
 */
static int make_busy(const struct server *s, int fd)
{
	struct sockaddr_storage ss;
	static char data[1400];
	int size = 1;
	pid_t pid;
	socklen_t len;

	len = s->peer ? make_address(&ss, s->peer, s->pport) : 0;
	if (!len || setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) ||
	    connect(fd, (struct sockaddr *)&ss, len))
		return errno ? errno : EINVAL;
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		continue;
	if (errno != EAGAIN)
		return errno;
	pid = fork();
	if (pid < 0)
		return errno;
	if (!pid) {
		alarm(30);
		send(fd, data, sizeof(data), MSG_MORE);
		_exit(0);
	}
	usleep(300000);
	return waitpid(pid, NULL, WNOHANG) ? EINVAL : 0;
}

static int fd_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *inner;
	int *fd = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != IKEVTI_A_SOCKET)
			continue;
		mnl_attr_for_each_nested(inner, attr)
			if (mnl_attr_get_type(inner) == IKEVTI_SOCKET_A_FD)
				*fd = (int)mnl_attr_get_u32(inner);
	}
	return print_reply(nlh, stdout);
}

static int take(struct talk *t, const struct server *s, int *fd)
{
	struct nlattr *nest;

	talk_start(t, IKEVTI_CMD_SOCKET_TAKE, NLM_F_ACK);
	nest = mnl_attr_nest_start(&t->req.nlh, IKEVTI_A_SOCKET);
	if (attrs_put(&t->req.nlh, TALK_ROOM, &attrs_socket, "family", s->family) ||
	    attrs_put(&t->req.nlh, TALK_ROOM, &attrs_socket, "port", s->port))
		return EXIT_USAGE;
	mnl_attr_nest_end(&t->req.nlh, nest);
	return talk_run(t, fd_cb, fd);
}

static int attach(struct talk *t, const struct server *s, int *fd)
{
	struct nlattr *nest;

	if (*fd < 0)
		*fd = open_typed(s);
	if (*fd < 0) {
		fprintf(stderr, "cannot open a %s socket on %s port %s: %s\n", s->type, s->addr,
			s->port, strerror(errno));
		return EXIT_USAGE;
	}
	if (!strcmp(s->type, "busy")) {
		int err = make_busy(s, *fd);

		if (err) {
			fprintf(stderr, "cannot lock the socket: %s\n", strerror(err));
			return EXIT_USAGE;
		}
	}
	talk_start(t, IKEVTI_CMD_SOCKET_ATTACH, NLM_F_ACK);
	nest = mnl_attr_nest_start(&t->req.nlh, IKEVTI_A_SOCKET);
	mnl_attr_put_u32(&t->req.nlh, IKEVTI_SOCKET_A_FD, (uint32_t)*fd);
	mnl_attr_nest_end(&t->req.nlh, nest);
	return talk_run(t, print_reply, stdout);
}

int cmd_socket(struct talk *t, const char *name, int argc, char **argv)
{
	struct server s;
	int fd = -1;
	int ret;

	ret = read_words(&s, argc, argv);
	if (ret)
		return ret;
	ret = strcmp(name, "socket-take") ? attach(t, &s, &fd) : take(t, &s, &fd);
	if (ret)
		return ret;
	if (!strcmp(s.type, "twice"))
		return attach(t, &s, &fd);
	if (!strcmp(s.type, "busied") && make_busy(&s, fd))
		return EXIT_USAGE;
	if (fd < 0) {
		fprintf(stderr, "the answer holds no descriptor\n");
		return EXIT_USAGE;
	}
	return background(&s, fd);
}

int cmd_udp_encap(int argc, char **argv)
{
	struct server s;
	int fd;

	if (read_words(&s, argc, argv))
		return EXIT_USAGE;
	s.type = "encap";
	fd = open_typed(&s);
	if (fd < 0) {
		perror("udp-encap");
		return EXIT_USAGE;
	}
	return background(&s, fd);
}
