// SPDX-License-Identifier: GPL-2.0-or-later
/* The module is not there: built for another kernel, not signed, not built for want of headers? */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kernel/absent.h"

#define MODULE_FILE	"/ikevti.ko"
#define SIGNED_ONLY \
	"this kernel takes signed modules only (Secure Boot); have it take the key of this one: " \
	"mokutil --import /var/lib/dkms/mok.pub, then boot"
#define RELEASE_MAX	65		/* as in struct utsname */

static bool file_says(const char *root, const char *path, const char *what)
{
	char line[512];
	bool found = false;
	FILE *f;

	snprintf(line, sizeof(line), "%s%s", root, path);
	f = fopen(line, "re");
	while (f && !found && fgets(line, sizeof(line), f))
		found = strstr(line, what);
	if (f)
		fclose(f);
	return found;
}

static bool is_there(const char *root, const char *path)
{
	char full[512];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return !access(full, F_OK);
}

/* What modprobe goes by. The list's end of a line may be far, its beginning is the file. */
static bool is_for(const char *root, const char *release)
{
	char path[320];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", release);
	return file_says(root, path, MODULE_FILE);
}

/* The first other kernel that it is installed for */
static bool is_for_another(const char *root, char *other)
{
	char path[512];
	struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/lib/modules", root);
	d = opendir(path);
	*other = 0;
	while (d && !*other && (e = readdir(d)))
		if (*e->d_name != '.' && strlen(e->d_name) < RELEASE_MAX && is_for(root, e->d_name))
			snprintf(other, RELEASE_MAX, "%.64s", e->d_name);
	if (d)
		closedir(d);
	return *other;
}

/* Its package leaves the source where DKMS takes it from */
static bool has_dkms_source(const char *root)
{
	char path[512];
	struct dirent *e;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof(path), "%s/usr/src", root);
	d = opendir(path);
	while (d && !found && (e = readdir(d)))
		found = !strncmp(e->d_name, "ikevti-", 7);
	if (d)
		closedir(d);
	return found;
}

/* Secure Boot, or module.sig_enforce=1 */
static bool wants_signatures(const char *root)
{
	return file_says(root, "/sys/module/module/parameters/sig_enforce", "Y") ||
	       file_says(root, "/sys/kernel/security/lockdown", "[integrity]") ||
	       file_says(root, "/sys/kernel/security/lockdown", "[confidentiality]");
}

static void cure(const char *root, const char *release, char *to, size_t len)
{
	char headers[256];

	snprintf(headers, sizeof(headers), "/lib/modules/%s/build", release);
	if (!has_dkms_source(root))
		snprintf(to, len, "install the package ikevti-dkms, or build it (\"make install\")");
	else if (!is_there(root, headers))
		snprintf(to, len, "DKMS builds it once there are headers: apt-get install linux-headers-%s",
			 release);
	else
		snprintf(to, len, "have DKMS build it: dkms autoinstall -k %s; what fails is in /var/lib/dkms/ikevti",
			 release);
}

void absent_why(const char *root, const char *release, char *why, size_t len)
{
	char other[RELEASE_MAX], text[256];

	if (is_for(root, release)) {
		/* it may be signed, but by a key that this machine does not trust */
		snprintf(why, len, "the kernel module ikevti is installed, but was not loaded: %s",
			 wants_signatures(root) ? SIGNED_ONLY : "\"modprobe ikevti\" says why");
		return;
	}
	cure(root, release, text, sizeof(text));
	if (is_for_another(root, other))
		snprintf(why, len, "the kernel module ikevti is installed for kernel %s, and %s is running: boot that one, or %s",
			 other, release, text);
	else
		snprintf(why, len, "the kernel module ikevti is not installed for this kernel, %s: %s",
			 release, text);
}
