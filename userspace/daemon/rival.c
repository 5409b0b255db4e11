// SPDX-License-Identifier: GPL-2.0-or-later
/* Who has the ports of IKE? By its process, or where these cannot be seen by its socket */
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/rival.h"

static const struct {
	const char *process;
	const char *socket;
	const char *text;
} rivals[] = {
	{ "charon-systemd", "/run/charon.vici",
	  "strongSwan has it: systemctl disable --now strongswan" },
	{ "charon", "/run/charon.ctl",
	  "strongSwan has it: systemctl disable --now strongswan-starter" },
	{ "pluto", "/run/pluto/pluto.ctl", "libreswan has it: systemctl disable --now ipsec" },
	{ "iked", "/run/iked.sock", "OpenIKED has it: systemctl disable --now iked" },
	{ "racoon", "/run/racoon/racoon.sock", "racoon has it: systemctl disable --now racoon" },
	{ "ikevtid", NULL, "another ikevtid has it" },
};

#define N_RIVALS (sizeof(rivals) / sizeof(rivals[0]))

static bool read_line(const char *path, char *line, int size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, size, f);

	if (f)
		fclose(f);
	if (ok)
		line[strcspn(line, "\n")] = 0;
	return ok;
}

/* In a network namespace of its own, where it has ports of its own */
static bool is_elsewhere(const char *root, const char *pid)
{
	char path[512], ours[64] = "", its[64] = "";

	snprintf(path, sizeof(path), "%s/proc/self/ns/net", root);
	if (readlink(path, ours, sizeof(ours) - 1) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/proc/%.20s/ns/net", root, pid);
	return readlink(path, its, sizeof(its) - 1) > 0 && strcmp(ours, its);
}

static bool by_process(const char *root, char *text, size_t len)
{
	char path[512], name[64];
	struct dirent *e;
	bool found = false;
	size_t i;
	DIR *d;

	snprintf(path, sizeof(path), "%s/proc", root);
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		if (!isdigit((unsigned char)*e->d_name) || atol(e->d_name) == getpid())
			continue;
		snprintf(path, sizeof(path), "%s/proc/%s/comm", root, e->d_name);
		if (!read_line(path, name, sizeof(name)) || is_elsewhere(root, e->d_name))
			continue;
		for (i = 0; i < N_RIVALS && !found; i++) {
			found = !strcmp(name, rivals[i].process);
			if (found)
				snprintf(text, len, "%s (process %s)", rivals[i].text, e->d_name);
		}
	}
	if (d)
		closedir(d);
	return found;
}

bool rival_find(const char *root, char *text, size_t len)
{
	char path[512];
	size_t i;

	if (by_process(root, text, len))
		return true;
	for (i = 0; i < N_RIVALS; i++) {
		if (!rivals[i].socket)
			continue;
		snprintf(path, sizeof(path), "%s%s", root, rivals[i].socket);
		if (access(path, F_OK))
			continue;
		snprintf(text, len, "%s", rivals[i].text);
		return true;
	}
	return false;
}
