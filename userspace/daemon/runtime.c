// SPDX-License-Identifier: GPL-2.0-or-later
/* The runtime directory: one daemon at a time, its process id, its sockets */
#include "daemon/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUNTIME_PID_FILE "ikevtid.pid"

static int runtime_path(const char *dir, char *path, size_t len)
{
	return snprintf(path, len, "%s/" RUNTIME_PID_FILE, dir) < (int)len ?
	       0 : -1;
}

static int runtime_write_pid(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());

	if (ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n)
		return -1;
	return 0;
}

static void runtime_busy(int fd, const char *path, char *why, size_t len)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	snprintf(why, len,
		 "another ikevtid (process %s) holds %s; give each its own --runtime-dir",
		 *pid ? pid : "unknown", path);
}

int runtime_lock(const char *dir, char *why, size_t len)
{
	char path[PATH_MAX];
	struct stat st;
	int fd;

	if (runtime_path(dir, path, sizeof(path))) {
		snprintf(why, len, "%s: name too long", dir);
		return -1;
	}
	if (mkdir(dir, 0755) && errno != EEXIST) {
		snprintf(why, len, "cannot make %s: %s", dir, strerror(errno));
		return -1;
	}
	/* whoever could write there could replace our sockets */
	if (stat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_mode & 0022 ||
	    (st.st_uid && st.st_uid != geteuid())) {
		snprintf(why, len,
			 "%s must be a directory that only its owner can write to",
			 dir);
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		snprintf(why, len, "cannot open %s: %s", path, strerror(errno));
		return -1;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		runtime_busy(fd, path, why, len);
		close(fd);
		return -1;
	}
	if (runtime_write_pid(fd)) {
		snprintf(why, len, "cannot write %s: %s", path, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

void runtime_unlock(const char *dir, int fd)
{
	char path[PATH_MAX];

	if (fd < 0)
		return;
	if (!runtime_path(dir, path, sizeof(path)))
		unlink(path);
	close(fd);
}
