/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel in memory for tests: the same operations and the same rules
 * (inbound SPIs must have been allocated, an outbound SA replaces its lane's,
 * a path takes its SAs with it), with nothing behind them.
 */
#ifndef KERNEL_FAKE_H
#define KERNEL_FAKE_H

#include "kernel/kernel.h"

#define FAKE_LINKS	8
#define FAKE_ADDRESSES	16
#define FAKE_PATHS	32
#define FAKE_SAS	64
#define FAKE_EVENTS	16

/**
 * struct fake - the whole state, open to tests
 * @fail: errno that the next operation named @fail_op returns, then cleared
 * @calls: operations that changed something
 */
struct fake {
	struct kernel k;
	uint32_t next_ifindex;
	uint32_t next_spi;
	struct {
		struct kernel_link link;
		struct kernel_link_params params;
		struct conf_prefix addresses[FAKE_ADDRESSES];
		size_t n_addresses;
	} links[FAKE_LINKS];
	size_t n_links;
	struct kernel_path paths[FAKE_PATHS];
	size_t n_paths;
	struct kernel_sa sas[FAKE_SAS];
	size_t n_sas;
	struct kernel_event events[FAKE_EVENTS];
	size_t n_events;
	const char *fail_op;
	int fail;
	unsigned int calls;
	struct kernel_way way;	/* of the last question for a route */
	uint32_t oif;		/* answers to it */
	bool not_local;
};

struct kernel *fake_new(void);

/** fake_link() - a link that is there already; returns its ifindex */
uint32_t fake_link(struct fake *f, const char *name, bool ikevti);

/** fake_event() - what kernel_ops.events() will tell next */
void fake_event(struct fake *f, const struct kernel_event *ev);

/** fake_count_sas() - SAs of a device, larval ones too */
size_t fake_count_sas(const struct fake *f, uint32_t ifindex);

/** fake_find_sa() - NULL when there is none */
const struct kernel_sa *fake_find_sa(const struct fake *f, uint32_t ifindex,
				     bool inbound, uint32_t spi);

#endif
