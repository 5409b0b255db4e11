/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Devices that were moved into other network namespaces, remembered for the
 * next daemon: there a device may be called anything, by whoever rules in that
 * namespace, so its name proves nothing. What does is that the module lists it
 * at that place as created from here.
 */
#ifndef DAEMON_MOVED_H
#define DAEMON_MOVED_H

#include "config/conf.h"
#include "kernel/kernel.h"

struct devices;

struct moved_place {
	char device[CONF_IFNAME_MAX];
	int32_t nsid;
	uint32_t index;
};

/* Zeroed is empty */
struct moved {
	struct moved_place *list;
	size_t n;
};

/** moved_load() - what the daemon before wrote into the runtime directory @dir */
void moved_load(struct moved *m, const char *dir);

/** moved_save() - write down where devices are; no file when all are here */
void moved_save(const struct devices *t, struct kernel *k, const char *dir);

/**
 * moved_take() - where was the device of this name? Asked once, then forgotten.
 * Return: its number, 0 when it is not known, or not there any more
 */
uint32_t moved_take(struct moved *m, struct kernel *k, const char *device);

void moved_free(struct moved *m);

#endif
