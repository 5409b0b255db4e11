// SPDX-License-Identifier: GPL-2.0-or-later
/* Files that the daemon may write */
#include "daemon/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What changes a file system; reading is for its modes to say */
#define LANDLOCK_FILE	LANDLOCK_ACCESS_FS_WRITE_FILE
#define LANDLOCK_CHANGE	(LANDLOCK_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
			 LANDLOCK_ACCESS_FS_REMOVE_FILE | \
			 LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | \
			 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK | \
			 LANDLOCK_ACCESS_FS_MAKE_FIFO | \
			 LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM)

static int landlock_allow(int ruleset, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access };
	int err;

	rule.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (rule.parent_fd < 0)
		return -1;
	err = (int)syscall(SYS_landlock_add_rule, ruleset,
			   LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	close(rule.parent_fd);
	return err;
}

int landlock_enter(const char *dir, char *why, size_t len)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = LANDLOCK_CHANGE };
	int err, ruleset;

	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	err = ruleset;
	if (err >= 0)
		err = landlock_allow(ruleset, dir, LANDLOCK_CHANGE);
	if (err >= 0)
		err = landlock_allow(ruleset, "/dev/null", LANDLOCK_FILE);
	if (err >= 0)
		err = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
	if (err < 0)
		snprintf(why, len, "%s", strerror(errno));
	if (ruleset >= 0)
		close(ruleset);
	return err < 0 ? -1 : 0;
}
