// SPDX-License-Identifier: GPL-2.0-or-later
/* Why a first start fails: no module for this kernel, another IKE daemon */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/rival.h"
#include "kernel/absent.h"

static char root[64];

static int setup(void **state)
{
	strcpy(root, "/tmp/ikevti-first.XXXXXX");
	return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", root);
	return system(command);
}

static void put(const char *path, const char *text)
{
	char full[256], *slash = full;
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = 0;
		mkdir(full, 0755);
		*slash = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void said(const char *part)
{
	char why[384];

	absent_why(root, "6.12.9-amd64", why, sizeof(why));
	if (!strstr(why, part))
		fail_msg("\"%s\" lacks \"%s\"", why, part);
}

static void not_installed(void **state)
{
	said("is not installed for this kernel, 6.12.9-amd64: install the package ikevti-dkms");
}

static void no_headers(void **state)
{
	put("/usr/src/ikevti-0.1.0/dkms.conf", "");
	said("apt-get install linux-headers-6.12.9-amd64");
	put("/lib/modules/6.12.9-amd64/build/Makefile", "");
	said("dkms autoinstall -k 6.12.9-amd64");
}

static void for_another_kernel(void **state)
{
	put("/lib/modules/6.1.0-9-amd64/modules.dep", "kernel/a.ko:\nupdates/dkms/ikevti.ko.xz: kernel/b.ko\n");
	put("/lib/modules/6.12.9-amd64/modules.dep", "kernel/not-ikevti.ko:\n");
	said("installed for kernel 6.1.0-9-amd64, and 6.12.9-amd64 is running");
}

static void not_signed(void **state)
{
	put("/lib/modules/6.12.9-amd64/modules.dep", "updates/ikevti.ko:\n");
	said("\"modprobe ikevti\" says why");
	put("/sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
	said("signed modules only");
}

static void link_to(const char *path, const char *to)
{
	char full[256];

	put(path, "");
	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(unlink(full), 0);
	assert_int_equal(symlink(to, full), 0);
}

/* In a container, say */
static void rival_elsewhere(void **state)
{
	char text[128];

	put("/proc/812/comm", "pluto\n");
	link_to("/proc/812/ns/net", "net:[2]");
	assert_true(rival_find(root, text, sizeof(text)));
	link_to("/proc/self/ns/net", "net:[1]");
	assert_false(rival_find(root, text, sizeof(text)));
}

static void rivals(void **state)
{
	char text[128];

	assert_false(rival_find(root, text, sizeof(text)));
	put("/run/pluto/pluto.ctl", "");
	assert_true(rival_find(root, text, sizeof(text)));
	assert_string_equal(text, "libreswan has it: systemctl disable --now ipsec");
	/* a process is sure, a socket may be left over */
	put("/proc/812/comm", "charon-systemd\n");
	put("/proc/self/comm", "ikevtid\n");
	assert_true(rival_find(root, text, sizeof(text)));
	assert_string_equal(text, "strongSwan has it: systemctl disable --now strongswan (process 812)");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(not_installed),
		T(no_headers),
		T(for_another_kernel),
		T(not_signed),
		T(rivals),
		T(rival_elsewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
