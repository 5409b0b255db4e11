// SPDX-License-Identifier: GPL-2.0-or-later
/* Devices in other network namespaces, remembered for the next daemon */
#include "daemon/moved.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/devices.h"
#include "daemon/log.h"

#define MOVED_FILE	"moved"
#define MOVED_LINE	64

static bool moved_path(char *path, const char *dir, const char *suffix)
{
	return snprintf(path, PATH_MAX, "%s/" MOVED_FILE "%s", dir, suffix) <
	       PATH_MAX;
}

static bool moved_parse(struct moved_place *p, const char *line)
{
	char end;

	memset(p, 0, sizeof(*p));
	return sscanf(line, "%15s %" SCNd32 " %" SCNu32 "%c", p->device,
		      &p->nsid, &p->index, &end) == 4 && end == '\n' &&
	       p->nsid >= 0 && p->index;
}

void moved_load(struct moved *m, const char *dir)
{
	struct moved_place place, *list;
	char path[PATH_MAX], line[MOVED_LINE];
	FILE *f;

	f = moved_path(path, dir, "") ? fopen(path, "re") : NULL;
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		if (!moved_parse(&place, line))
			continue;
		list = reallocarray(m->list, m->n + 1, sizeof(*list));
		if (!list)
			break;
		m->list = list;
		list[m->n++] = place;
	}
	fclose(f);
}

static void moved_write(const struct devices *t, struct kernel *k, FILE *f)
{
	struct kernel_device dev;
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct device *d = t->list[i];

		if (kernel_is_elsewhere(d->ifindex) &&
		    !k->ops->device_get(k, d->ifindex, &dev))
			fprintf(f, "%s %" PRId32 " %" PRIu32 "\n",
				d->tunnel->device, dev.nsid, dev.index);
	}
}

static bool moved_any(const struct devices *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (kernel_is_elsewhere(t->list[i]->ifindex))
			return true;
	return false;
}

void moved_save(const struct devices *t, struct kernel *k, const char *dir)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	bool failed;
	FILE *f;

	if (!moved_path(path, dir, "") || !moved_path(fresh, dir, ".new"))
		return;
	if (!moved_any(t)) {
		unlink(path);
		return;
	}
	f = fopen(fresh, "we");
	if (f) {
		moved_write(t, k, f);
		failed = ferror(f);
		failed |= fclose(f) != 0;
		if (!failed && !rename(fresh, path))
			return;
	}
	log_warn("cannot write %s: %s; the next start will not find devices in other network namespaces",
		 path, strerror(errno));
}

uint32_t moved_take(struct moved *m, struct kernel *k, const char *device)
{
	struct kernel_device dev;
	uint32_t number;
	size_t i;

	for (i = 0; i < m->n; i++) {
		if (strcmp(m->list[i].device, device))
			continue;
		number = k->ops->elsewhere(k, m->list[i].nsid, m->list[i].index);
		m->list[i] = m->list[--m->n];
		return number && !k->ops->device_get(k, number, &dev) ?
		       number : 0;
	}
	return 0;
}

void moved_free(struct moved *m)
{
	free(m->list);
	memset(m, 0, sizeof(*m));
}
