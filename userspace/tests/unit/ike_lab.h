/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two engines for scripted tests: packets wait in a queue where a test may
 * look at, change, drop or repeat them; the kernel answers at once. A test may
 * also send what it likes under the keys of one of the engines' IKE SAs.
 */
#ifndef UNIT_IKE_LAB_H
#define UNIT_IKE_LAB_H

#include "ike/engine.h"
#include "ike/ike.h"
#include "ike/status.h"

#define LAB_QUEUE	512
#define LAB_LOGS	64

struct lab_packet {
	unsigned int from;
	struct net_addr source;
	struct net_addr dest;
	uint8_t data[4096];
	size_t len;
};

struct lab_node {
	struct lab *lab;
	unsigned int index;
	struct ike_engine *engine;
	struct conf *conf;
	struct ike_effects effects;
	size_t most_effects;		/* of one step */
	uint64_t random;
	uint32_t next_spi;
	unsigned int sas_added;
	unsigned int sas_deleted;
	unsigned int paths_deleted;
	bool stopped;
	int fail_spi;			/* errno for SPI_ALLOC */
	int fail_in;			/* errno for inbound SA_ADD */
	bool hold_kernel;		/* keep answers until lab_kernel() */
	struct ike_event held[16];
	unsigned int n_held;
	bool async;			/* jobs wait for lab_jobs() */
	void *jobs[16];
	unsigned int n_jobs;
	char logs[LAB_LOGS][512];
	unsigned int n_logs;
	struct ike_kernel_sa last_out;
	struct ike_kernel_sa last_in;
	struct ike_kernel_path last_path;
	uint32_t rx_age[4], tx_age[4];	/* by path, answers to RX_AGE: never */
	bool routed;			/* there is a host with routes */
	uint64_t no_way;		/* to what ends in .N: bit N % 64 */
	uint8_t path_state[4];		/* by path, as the kernel was told */
};

struct lab {
	ike_time now;
	struct lab_node nodes[2];
	struct lab_packet queue[LAB_QUEUE];
	unsigned int head;
	unsigned int count;
	struct crypto_lib *crypto;
	bool quiet;			/* what would be sent is forgotten */
};

/** lab_new() - configurations with one tunnel each, node 0 initiates; not begun */
struct lab *lab_new(void);
void lab_free(struct lab *lab);

/** lab_tunnel() - to change what a test is about before lab_start() */
struct conf_tunnel *lab_tunnel(struct lab *lab, unsigned int node);

/** lab_second_path() - give its tunnel path "q", between addresses ten higher */
void lab_second_path(struct lab *lab, unsigned int node);

/** lab_start() - hand both configurations over */
void lab_start(struct lab *lab);

/** lab_up() - lab_start(), and let them negotiate */
void lab_up(struct lab *lab);
void lab_step(struct lab *lab, unsigned int node, struct ike_event *ev);
void lab_admin(struct lab *lab, unsigned int node, enum ike_event_type type, bool ike_sa);

/** lab_settle() - deliver everything until nothing is under way */
void lab_settle(struct lab *lab);

/** lab_advance() - let time pass, timers fire and packets arrive */
void lab_advance(struct lab *lab, uint32_t ms);

/** lab_rekeyed() - lab_settle(), and the time until who began has switched and deleted the old */
void lab_rekeyed(struct lab *lab);

/** lab_take() - take the next packet off the queue; false: none */
bool lab_take(struct lab *lab, struct lab_packet *p);
void lab_deliver(struct lab *lab, const struct lab_packet *p);

/** lab_drop() - forget everything under way */
void lab_drop(struct lab *lab);
void lab_kernel(struct lab *lab, unsigned int node);
void lab_jobs(struct lab *lab, unsigned int node);
struct ike_sa *lab_sa(struct lab *lab, unsigned int node);
struct ike_path *lab_path(struct lab *lab, unsigned int node);
const struct ike_counters *lab_counters(struct lab *lab, unsigned int node);
bool lab_logged(struct lab *lab, unsigned int node, const char *part);

/** lab_both_up() - a path up at both ends with the same IKE SA and matching keys */
bool lab_both_up(struct lab *lab);

/**
 * lab_seal() - a message under the keys of a node's first IKE SA
 * @flags: IKEV2_FLAG_RESPONSE or 0
 */
void lab_seal(struct lab *lab, unsigned int node, struct lab_packet *p, uint8_t exchange,
	      uint8_t flags, uint32_t id, uint8_t first, const uint8_t *plain, size_t len);

/** lab_clear() - an unprotected message with one notify, as if from @node */
void lab_clear(struct lab *lab, unsigned int node, struct lab_packet *p,
	       const struct wire_header *h, uint16_t notify, struct wire_chunk data);

#endif
