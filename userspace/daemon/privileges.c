// SPDX-License-Identifier: GPL-2.0-or-later
/* Capabilities that the daemon keeps */
#include "daemon/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const unsigned int privileges_kept[] = {
	CAP_NET_ADMIN,		/* netlink, SO_MARK, SO_RCVBUFFORCE */
	CAP_NET_BIND_SERVICE,	/* port 500 again, after a reload */
};

int privileges_drop(char *why, size_t len)
{
	static const struct rlimit no_core;
	size_t i;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) {
		snprintf(why, len, "cannot give up new privileges: %s",
			 strerror(errno));
		return -1;
	}
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	setrlimit(RLIMIT_CORE, &no_core);

	if (capng_get_caps_process()) {
		snprintf(why, len, "cannot read the capabilities");
		return -1;
	}
	if (!capng_have_capability(CAPNG_EFFECTIVE, CAP_NET_ADMIN)) {
		snprintf(why, len,
			 "the capability CAP_NET_ADMIN is needed; start it as root");
		return -1;
	}
	capng_clear(CAPNG_SELECT_BOTH);
	for (i = 0; i < sizeof(privileges_kept) / sizeof(privileges_kept[0]); i++)
		capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED,
			     privileges_kept[i]);
	/* the bounding set can be cut by those who may; others have no use for it */
	if (capng_apply(CAPNG_SELECT_BOTH) && capng_apply(CAPNG_SELECT_CAPS)) {
		snprintf(why, len, "cannot drop capabilities");
		return -1;
	}
	return 0;
}
