// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon as a process: confinement, service manager, runtime directory */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/privileges.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "daemon/sd_notify.h"

/* ---- system call filter ---- */

static int in_sandbox(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		char why[128];

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		    sandbox_enter(why, sizeof(why)))
			_exit(77);
		_exit(what());
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static int do_allowed(void)
{
	char buf[16];
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	int sock = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || read(fd, buf, sizeof(buf)) < 0 || sock < 0)
		return 1;
	close(fd);
	close(sock);
	return 0;
}

/* The filter answers, not the kernel: nothing of it is carried out */
static int do_denied(void)
{
	if (chroot("/") != -1 || errno != EPERM)
		return 1;
	if (mount("none", "/nowhere", "tmpfs", 0, NULL) != -1 || errno != EPERM)
		return 2;
	/* and the process goes on as if nothing had been */
	return do_allowed();
}

static int do_exec(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return 0;
}

static void test_sandbox(void **state)
{
	int status = in_sandbox(do_allowed);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip();
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	status = in_sandbox(do_denied);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	status = in_sandbox(do_exec);
	assert_true(WIFSIGNALED(status));
}

/* ---- service manager ---- */

static int listen_notify(struct sockaddr_un *at)
{
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memset(at, 0, sizeof(*at));
	at->sun_family = AF_UNIX;
	/* abstract: a zero first, written as an at sign in the environment */
	snprintf(at->sun_path + 1, sizeof(at->sun_path) - 1, "ikevti-test-%d",
		 (int)getpid());
	assert_true(sock >= 0);
	assert_int_equal(bind(sock, (struct sockaddr *)at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
					  1 + strlen(at->sun_path + 1))), 0);
	return sock;
}

static void expect_notify(int sock, const char *text, bool with_fd)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control;
	char buf[256];
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) - 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(sock, &msg, 0);

	assert_true(n > 0);
	buf[n] = '\0';
	assert_string_equal(buf, text);
	if (with_fd) {
		struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
		struct stat st;
		int fd;

		assert_non_null(c);
		assert_int_equal(c->cmsg_type, SCM_RIGHTS);
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
		assert_int_equal(fstat(fd, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		close(fd);
	}
}

static void test_notify(void **state)
{
	struct sockaddr_un at;
	int sock = listen_notify(&at);
	char env[128];

	unsetenv("NOTIFY_SOCKET");
	sd_notify_send("READY=1");
	snprintf(env, sizeof(env), "@%s", at.sun_path + 1);
	setenv("NOTIFY_SOCKET", env, 1);
	sd_notify_send("READY=1");
	expect_notify(sock, "READY=1", false);
	sd_notify_keep_fd(sock, "natt-ipv4");
	expect_notify(sock, "FDSTORE=1\nFDNAME=natt-ipv4", true);
	/* nobody there any more: no harm */
	close(sock);
	sd_notify_send("STOPPING=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	sd_notify_send("STOPPING=1");
	unsetenv("NOTIFY_SOCKET");
}

static void test_watchdog(void **state)
{
	char pid[24];

	unsetenv("WATCHDOG_PID");
	unsetenv("WATCHDOG_USEC");
	assert_int_equal(sd_notify_watchdog(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	assert_int_equal(sd_notify_watchdog(), 30000000);
	setenv("WATCHDOG_PID", "1", 1);
	assert_int_equal(sd_notify_watchdog(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	assert_int_equal(sd_notify_watchdog(), 30000000);
	setenv("WATCHDOG_USEC", "30x", 1);
	assert_int_equal(sd_notify_watchdog(), 0);
}

static void test_listen_fds(void **state)
{
	char pid[24];

	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_PID", "1", 1);
	assert_int_equal(sd_notify_fds(), 0);
	assert_null(getenv("LISTEN_FDS"));
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("LISTEN_FDS", "2", 1);
	setenv("LISTEN_PID", pid, 1);
	assert_int_equal(sd_notify_fds(), 2);
	/* told once */
	assert_int_equal(sd_notify_fds(), 0);
	setenv("LISTEN_FDS", "-7", 1);
	setenv("LISTEN_PID", pid, 1);
	assert_int_equal(sd_notify_fds(), 0);
}

/* ---- runtime directory ---- */

static void test_runtime(void **state)
{
	char dir[] = "/tmp/ikevti-unit-XXXXXX";
	char sub[64], file[96], why[256], text[32] = "";
	int fd, again;
	ssize_t n;

	assert_non_null(mkdtemp(dir));
	snprintf(sub, sizeof(sub), "%s/run", dir);
	snprintf(file, sizeof(file), "%s/ikevtid.pid", sub);
	fd = runtime_lock(sub, why, sizeof(why));
	assert_true(fd >= 0);
	n = pread(fd, text, sizeof(text) - 1, 0);
	assert_true(n > 0);
	assert_int_equal(strtol(text, NULL, 10), getpid());

	/* locks belong to open files: another open of ours counts as another */
	again = runtime_lock(sub, why, sizeof(why));
	assert_int_equal(again, -1);
	assert_non_null(strstr(why, "another ikevtid"));
	assert_non_null(strstr(why, text[0] ? strtok(text, "\n") : "?"));

	runtime_unlock(sub, fd);
	assert_int_equal(access(file, F_OK), -1);
	fd = runtime_lock(sub, why, sizeof(why));
	assert_true(fd >= 0);
	runtime_unlock(sub, fd);

	/* where others may write, they could put a socket of their own */
	assert_int_equal(chmod(sub, 0777), 0);
	assert_int_equal(runtime_lock(sub, why, sizeof(why)), -1);
	assert_int_equal(rmdir(sub), 0);
	/* a link in place of the file is not followed */
	assert_int_equal(mkdir(sub, 0755), 0);
	assert_int_equal(symlink("/etc/ikevti-unit-nothing", file), 0);
	assert_int_equal(runtime_lock(sub, why, sizeof(why)), -1);
	unlink(file);
	rmdir(sub);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_listen_fds),
		cmocka_unit_test(test_runtime),
	};

	return cmocka_run_group_tests_name("daemon_process", tests, NULL, NULL);
}
