// SPDX-License-Identifier: GPL-2.0-or-later
/* The protocol of sd_notify(3), by plain datagrams */
#include "daemon/sd_notify.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define SD_FDS_MAX 64

static void sd_send(const char *state, int fd)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = {
		.iov_base = (void *)(uintptr_t)state,
		.iov_len = strlen(state),
	};
	struct msghdr msg = {
		.msg_name = &to,
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	size_t len;
	int sock;

	if (!path || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	msg.msg_namelen = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (fd >= 0) {
		struct cmsghdr *c;

		msg.msg_control = &control;
		msg.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return;
	/* a manager that does not listen is no reason to wait or to fail */
	while (sendmsg(sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
	       errno == EINTR)
		;
	close(sock);
}

void sd_notify_send(const char *state)
{
	sd_send(state, -1);
}

void sd_notify_keep_fd(int fd, const char *name)
{
	char state[128];

	snprintf(state, sizeof(state), "FDSTORE=1\nFDNAME=%s", name);
	sd_send(state, fd);
}

/* Is what the environment says meant for this process? */
static int sd_is_ours(const char *variable)
{
	const char *pid = getenv(variable);

	return !pid || strtol(pid, NULL, 10) == getpid();
}

uint64_t sd_notify_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	unsigned long long value;
	char *end;

	if (!usec || !sd_is_ours("WATCHDOG_PID"))
		return 0;
	errno = 0;
	value = strtoull(usec, &end, 10);
	return errno || *end || value > INT64_MAX ? 0 : value;
}

int sd_notify_fds(void)
{
	const char *count = getenv("LISTEN_FDS");
	long n = 0;
	int fd;

	if (count && getenv("LISTEN_PID") && sd_is_ours("LISTEN_PID"))
		n = strtol(count, NULL, 10);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDNAMES");
	if (n < 0 || n > SD_FDS_MAX)
		n = 0;
	for (fd = SD_FDS_FIRST; fd < SD_FDS_FIRST + (int)n; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return (int)n;
}
