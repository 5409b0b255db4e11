// SPDX-License-Identifier: GPL-2.0-or-later
/* System calls that the daemon may make */
#include "daemon/sandbox.h"

#include <errno.h>
#include <seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* What the C library, libevent, OpenSSL, libmnl, jansson and the daemon itself need */
static const char *const sandbox_allowed[] = {
	/* input and output */
	"read", "readv", "pread64", "write", "writev", "pwrite64", "close",
	"lseek", "fcntl", "fcntl64", "dup", "ioctl", "poll", "ppoll",
	"ppoll_time64", "select", "pselect6", "eventfd2", "pipe2",
	"epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait",
	"epoll_pwait", "epoll_pwait2", "timerfd_create", "timerfd_settime",
	/* files: the configuration, again and again; the runtime directory */
	"open", "openat", "stat", "lstat", "fstat", "newfstatat", "fstatat64",
	"stat64", "lstat64", "fstat64", "statx", "access", "faccessat",
	"faccessat2", "readlink", "readlinkat", "getdents", "getdents64",
	"getcwd", "unlink", "unlinkat", "ftruncate", "flock",
	"umask", "rename", "renameat", "renameat2",
	/* sockets */
	"socket", "socketpair", "bind", "listen", "accept", "accept4",
	"connect", "shutdown", "getsockname", "getpeername", "getsockopt",
	"setsockopt", "sendto", "sendmsg", "sendmmsg", "recvfrom", "recvmsg",
	"recvmmsg", "socketcall",
	/* memory */
	"brk", "mmap", "mmap2", "munmap", "mremap", "mprotect", "madvise",
	"mlock", "munlock",
	/* time, randomness */
	"clock_gettime", "clock_gettime64", "clock_getres", "gettimeofday",
	"time", "nanosleep", "clock_nanosleep", "clock_nanosleep_time64",
	"getrandom",
	/* threads and signals */
	"futex", "futex_time64", "set_robust_list", "rseq", "sched_yield",
	"sched_getaffinity", "rt_sigaction", "rt_sigprocmask",
	"rt_sigreturn", "sigreturn", "sigaltstack", "tgkill", "gettid",
	"restart_syscall", "membarrier",
	/* oneself */
	"getpid", "getuid", "geteuid", "getgid", "getegid", "getppid",
	"uname", "sysinfo", "getrlimit", "prlimit64", "ugetrlimit",
	"getrusage", "exit", "exit_group",
};

/* A daemon that is made to start programs is no longer itself */
static const char *const sandbox_deadly[] = { "execve", "execveat" };

/* Only what is safe inside a signal handler */
static void sandbox_say(int number)
{
	char text[] = "ikevtid: a system call is not allowed: number     ";
	size_t at = sizeof(text) - 2;

	text[sizeof(text) - 1] = '\n';
	do {
		text[at--] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	if (write(STDERR_FILENO, text, sizeof(text)) < 0)
		return;
}

/* The trapped call returns -EPERM */
static void sandbox_denied(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	int saved = errno;

	sandbox_say(info->si_syscall);
#if defined(__x86_64__)
	uc->uc_mcontext.gregs[REG_RAX] = -EPERM;
#elif defined(__aarch64__)
	uc->uc_mcontext.regs[0] = (unsigned long long)-EPERM;
#endif
	errno = saved;
}

static uint32_t sandbox_default(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return SCMP_ACT_TRAP;
#else
	return SCMP_ACT_ERRNO(EPERM);
#endif
}

static int sandbox_rules(scmp_filter_ctx ctx)
{
	size_t i;
	int err = 0;

	for (i = 0; i < sizeof(sandbox_allowed) / sizeof(sandbox_allowed[0]) &&
	     !err; i++) {
		int nr = seccomp_syscall_resolve_name(sandbox_allowed[i]);

		/* not every architecture has every call */
		if (nr != __NR_SCMP_ERROR)
			err = seccomp_rule_add(ctx, SCMP_ACT_ALLOW, nr, 0);
	}
	for (i = 0; i < sizeof(sandbox_deadly) / sizeof(sandbox_deadly[0]) &&
	     !err; i++) {
		int nr = seccomp_syscall_resolve_name(sandbox_deadly[i]);

		if (nr != __NR_SCMP_ERROR)
			err = seccomp_rule_add(ctx, SCMP_ACT_KILL_PROCESS, nr, 0);
	}
	return err;
}

int sandbox_enter(char *why, size_t len)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO | SA_NODEFER };
	scmp_filter_ctx ctx;
	int err;

	ctx = seccomp_init(sandbox_default());
	if (!ctx) {
		snprintf(why, len, "libseccomp cannot begin");
		return -1;
	}
	action.sa_sigaction = sandbox_denied;
	sigaction(SIGSYS, &action, NULL);
	err = sandbox_rules(ctx);
	if (!err)
		err = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!err)
		err = seccomp_load(ctx);
	seccomp_release(ctx);
	if (err)
		snprintf(why, len, "%s", strerror(-err));
	return err ? -1 : 0;
}
