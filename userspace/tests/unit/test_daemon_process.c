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

/* the whole program, under another name */
int ikevtid_main(int argc, char **argv);
#define main ikevtid_main
#include "daemon/main.c" /* NOLINT(bugprone-suspicious-include) */
#undef main

#include "daemon/landlock.h"
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
	if (chmod("/nowhere", 0777) != -1 || errno != EPERM)
		return 3;
	/* and the process goes on as if nothing had been */
	return do_allowed();
}

/* Root's files are not for the daemon to write, its own directory's are */
static int do_files(const char *own)
{
	char inside[64], renamed[64], why[128];
	int fd;

	snprintf(inside, sizeof(inside), "%s/a", own);
	snprintf(renamed, sizeof(renamed), "%s/b", own);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    landlock_enter(own, why, sizeof(why)))
		return 77;
	if (open("/tmp/ikevti-landlock", O_CREAT | O_WRONLY | O_CLOEXEC, 0600) != -1 ||
	    errno != EACCES)
		return 1;
	if (unlink("/etc/passwd") != -1 || errno != EACCES)
		return 2;
	fd = open(inside, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || rename(inside, renamed) || unlink(renamed))
		return 3;
	if (rename("/etc/passwd", inside) != -1)
		return 4;
	if (open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ||
	    open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
		return 5;
	return 0;
}

static void test_landlock(void **state)
{
	char own[] = "/tmp/ikevti-own-XXXXXX";
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(own));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(do_files(own));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(rmdir(own), 0);
	assert_true(WIFEXITED(status));
	/* 77: not every kernel has it */
	if (WEXITSTATUS(status) != 77)
		assert_int_equal(WEXITSTATUS(status), 0);
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

/* ---- the log ---- */

/* Lines of a level beyond the one in force are not written */
static void test_log_levels(void **state)
{
	enum ike_log_level level = IKE_LOG_INFO;
	char text[4096] = "";
	int fds[2], keep;

	assert_false(log_level_parse("loud", &level));
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, IKE_LOG_DEBUG);
	assert_string_equal(log_level_name(IKE_LOG_WARN), "warn");
	assert_int_equal(pipe(fds), 0);
	keep = dup(STDERR_FILENO);
	assert_true(keep >= 0 && dup2(fds[1], STDERR_FILENO) >= 0);
	close(fds[1]);
	log_open(LOG_FORMAT_TEXT, IKE_LOG_INFO);
	log_debug("one");
	log_info("two");
	log_set_level(IKE_LOG_DEBUG);
	log_debug("three");
	log_set_level(IKE_LOG_WARN);
	assert_int_equal(log_level(), IKE_LOG_WARN);
	log_info("four");
	log_warn("five");
	log_set_level(IKE_LOG_INFO);
	assert_true(dup2(keep, STDERR_FILENO) >= 0);
	close(keep);
	assert_true(read(fds[0], text, sizeof(text) - 1) > 0);
	close(fds[0]);
	assert_null(strstr(text, "one"));
	assert_non_null(strstr(text, " info  two\n"));
	assert_non_null(strstr(text, " debug three\n"));
	assert_null(strstr(text, "four"));
	assert_non_null(strstr(text, " warn  five\n"));
}

/* ---- ikevtid --check ---- */

static char said[4096];

/* Runs "ikevtid ARGS"; what it says, errors too, is in said[] */
static int run_ikevtid(const char *args)
{
	char copy[512], *argv[16], *save = NULL, *word, name[] = "ikevtid";
	int fds[2], argc = 1, status;
	size_t n = 0;
	ssize_t got;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", args);
	argv[0] = name;
	for (word = strtok_r(copy, " ", &save); word && argc < 15;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	assert_int_equal(pipe(fds), 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (dup2(fds[1], 1) < 0 || dup2(fds[1], 2) < 0)
			_exit(99);
		close(fds[0]);
		close(fds[1]);
		optind = 0;
		status = ikevtid_main(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	close(fds[1]);
	while ((got = read(fds[0], said + n, sizeof(said) - 1 - n)) > 0)
		n += (size_t)got;
	said[n] = 0;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect_said(const char *args, int status, const char *part)
{
	int got = run_ikevtid(args);

	if (got != status || !strstr(said, part))
		fail_msg("%s: exit %d, said:\n%s\nexpected exit %d and: %s", args,
			 got, said, status, part);
}

static void put_conf(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_check(void **state)
{
	char dir[] = "/tmp/ikevtid-check-XXXXXX", good[64], bad[64], args[256];
	char odd[64];

	assert_non_null(mkdtemp(dir));
	snprintf(good, sizeof(good), "%s/good.conf", dir);
	snprintf(bad, sizeof(bad), "%s/bad.conf", dir);
	snprintf(odd, sizeof(odd), "%s/odd.conf", dir);
	put_conf(good, "daemon { port = 501 }\n");
	put_conf(bad, "daemon { port = 0 }\n");
	put_conf(odd, "psk b.example = \"this-secret-is-an-example-replace-it\"\n");
	snprintf(args, sizeof(args), "--check %s", good);
	expect_said(args, 0, "good.conf: no errors, 0 tunnels\n");
	snprintf(args, sizeof(args), "-c %s --check", good);
	expect_said(args, 0, "good.conf: no errors, 0 tunnels\n");
	/* the same exit status as ikevtictl check; a start ends otherwise */
	snprintf(args, sizeof(args), "--check %s", bad);
	expect_said(args, 1, "bad.conf:1:17: '0' is out of range");
	snprintf(args, sizeof(args), "-c %s", bad);
	expect_said(args, 3, "bad.conf:1:17: '0' is out of range");
	/* without any name, the file that would be read at the start */
	expect_said("--check", 1, IKEVTI_CONFDIR "/ikevti.conf: ");
	expect_said("--check a b", 2, "\"b\" is too much");
	put_conf(good, "secrets = odd.conf\n");
	snprintf(args, sizeof(args), "--check %s", good);
	expect_said(args, 0, "odd.conf:1:17: warning: this secret is known to everybody");
	expect_said(args, 0, "good.conf: no errors, 1 warning, 0 tunnels\n");
	unlink(good);
	unlink(bad);
	unlink(odd);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_levels),
		cmocka_unit_test(test_landlock),
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_sandbox),
		cmocka_unit_test(test_notify),
		cmocka_unit_test(test_watchdog),
		cmocka_unit_test(test_listen_fds),
		cmocka_unit_test(test_runtime),
	};

	return cmocka_run_group_tests_name("daemon_process", tests, NULL, NULL);
}
