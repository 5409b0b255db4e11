/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The simulator: IKE engines, a fake kernel for each and a network between
 * them, in one process, on one clock, out of one seed. The same seed gives the
 * same run.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdio.h>

#include "crypto/crypto.h"
#include "ike/engine.h"
#include "ike/ike.h"
#include "ike/status.h"

#define SIM_NODES	2
#define SIM_TUNNELS	2
#define SIM_PATHS	2	/* per tunnel */
#define SIM_SAS_MAX	512	/* per kernel */
#define SIM_KEYS_MAX	4096

struct sim_rng {
	uint64_t s[4];
};

void sim_rng_seed(struct sim_rng *r, uint64_t seed);
uint64_t sim_rng_next(struct sim_rng *r);
uint32_t sim_rng_below(struct sim_rng *r, uint32_t limit);
bool sim_rng_percent(struct sim_rng *r, unsigned int percent);
void sim_rng_fill(struct sim_rng *r, void *buf, size_t len);

/* ---- fake kernel -------------------------------------------------------- */

enum sim_sa_state { SIM_SA_FREE, SIM_SA_LARVAL, SIM_SA_IN, SIM_SA_OUT };

/**
 * struct sim_kernel_sa - one direction
 * @print: what the key looks like, to compare both ends
 * @seq: packets sent or received
 */
struct sim_kernel_sa {
	enum sim_sa_state state;
	char tunnel[CONF_NAME_MAX];
	uint32_t path;
	uint32_t spi;
	uint64_t print;
	uint64_t seq;
	uint64_t soft_packets;
	uint64_t hard_packets;
	bool soft_said;
	bool hard_said;
	bool ever_used;
};

struct sim_kernel_path {
	bool exists;
	char tunnel[CONF_NAME_MAX];
	struct ike_kernel_path set;
	ike_time last_rx;
	ike_time last_tx;
	ike_time last_acquire;
};

struct sim_kernel {
	struct sim_kernel_sa sas[SIM_SAS_MAX];
	struct sim_kernel_path paths[SIM_TUNNELS * SIM_PATHS];
	uint32_t next_spi;
	unsigned int fail_percent;	/* of allocations and installations */
};

/* ---- world -------------------------------------------------------------- */

struct sim_node {
	struct sim_world *world;
	unsigned int index;
	const char *name;
	struct ike_engine *engine;
	struct conf *conf;
	struct sim_kernel kernel;
	struct sim_rng rng;
	struct ike_effects effects;
	unsigned int jobs;		/* with workers */
	bool stopped;
	unsigned int generation;	/* restarts */
	unsigned int variant;		/* of its configuration */
	ike_time next_acquire;
	ike_time timer_at;
};

/**
 * struct sim_net - what the network does to packets; percentages
 * @natted: node 0 is behind a NAT
 * @mapping: its present outer port, changed by a rebinding
 */
struct sim_net {
	unsigned int loss;
	unsigned int duplicate;
	unsigned int corrupt;
	unsigned int delay_min;
	unsigned int delay_max;
	bool black_hole;
	bool natted;
	uint16_t mapping;
	unsigned int (*filter)(struct sim_world *w, const uint8_t *data, size_t len);
};

/**
 * struct sim_plan - what a schedule is made of, all from the seed
 * @loss_free: nothing is lost, only rekeys happen: no data packet may be lost
 * @patient: little is lost, only rekeys happen: no IKE SA may be given up
 */
struct sim_plan {
	bool loss_free;
	bool patient;
	unsigned int tunnels;
	unsigned int paths;
	bool pfs;
	bool esn;
	bool other_group;		/* the ends prefer different groups */
	bool async_jobs;
	bool gcm_ike;
	bool v6;
	enum conf_encap encap;
	enum conf_start start[SIM_NODES];
	uint32_t ike_lifetime;
	uint32_t esp_lifetime;
	uint64_t esp_packets;
	uint32_t detect_ms;
	uint32_t cookie_threshold;
	unsigned int long_ids;		/* make IKE_AUTH long: fragments */
	unsigned int disturbances;
	ike_time disturb_until;
};

struct sim_event;

struct sim_world {
	uint64_t seed;
	struct sim_rng rng;
	bool verbose;
	const char *broken;		/* --break */
	ike_time now;
	uint64_t next_seq;
	struct sim_event **heap;
	size_t n_heap;
	size_t cap_heap;
	struct sim_node nodes[SIM_NODES];
	struct sim_net net;
	struct sim_plan plan;
	struct crypto_lib *crypto;
	uint64_t out_keys[SIM_KEYS_MAX];
	size_t n_out_keys;
	uint64_t data_sent;
	uint64_t data_lost;
	uint64_t ike_sent;
	uint64_t seen[64];		/* --break: packets sent lately */
	unsigned int n_seen;
	ike_time strict_from;		/* from then on no data may be lost */
	bool healed;
	unsigned int errors;
	char error[512];
	uint8_t old[4][2048];		/* for replay */
	size_t old_len[4];
	struct net_addr old_from[4];
	struct net_addr old_to[4];
	unsigned int n_old;
};

enum sim_event_type {
	SIM_PACKET, SIM_DATA, SIM_TIMER, SIM_JOB, SIM_KERNEL, SIM_SEND_DATA, SIM_DISTURB,
};

struct sim_event {
	ike_time at;
	uint64_t seq;
	enum sim_event_type type;
	unsigned int node;
	unsigned int generation;
	struct net_addr from;
	struct net_addr to;
	uint8_t *data;
	size_t len;
	void *job;
	struct ike_event ike;
	uint32_t spi;
	uint64_t print;
	char tunnel[CONF_NAME_MAX];
	uint32_t path;
	ike_time sent;
};

/* world.c */
bool sim_world_init(struct sim_world *w, uint64_t seed, struct crypto_lib *crypto);
void sim_world_free(struct sim_world *w);
struct sim_event *sim_schedule(struct sim_world *w, enum sim_event_type type,
			       unsigned int node, ike_time at);
void sim_run_until(struct sim_world *w, ike_time until);

__attribute__((format(printf, 2, 3)))
void sim_fail(struct sim_world *w, const char *format, ...);

__attribute__((format(printf, 3, 4)))
void sim_trace(struct sim_world *w, const struct sim_node *n, const char *format, ...);

/** sim_broken() - is this part broken on purpose? (--break) */
bool sim_broken(const struct sim_world *w, const char *what);

/* node.c */
bool sim_node_start(struct sim_node *n);
void sim_node_crash(struct sim_node *n);
void sim_node_step(struct sim_node *n, struct ike_event *ev);
struct conf *sim_conf_make(const struct sim_world *w, unsigned int node, unsigned int variant);
void sim_tunnel_event(struct sim_node *n, enum ike_event_type type, unsigned int tunnel,
		      uint32_t path, bool ike_sa);

/* network.c */
void sim_net_send(struct sim_world *w, const struct net_addr *from, const struct net_addr *to,
		  const uint8_t *data, size_t len);
void sim_net_deliver(struct sim_world *w, struct sim_event *ev);
void sim_net_rebind(struct sim_world *w);
void sim_net_forge(struct sim_world *w);
void sim_net_replay(struct sim_world *w);
struct net_addr sim_address(const struct sim_world *w, unsigned int node, unsigned int path);
int sim_node_of(const struct sim_world *w, const struct net_addr *addr);

/** sim_nat_out() - what the receiver sees as source; sim_nat_in(): false, dropped */
void sim_nat_out(const struct sim_world *w, struct net_addr *from);
bool sim_nat_in(const struct sim_world *w, struct net_addr *to);

/* kernel.c */
void sim_kernel_effect(struct sim_node *n, const struct ike_effect *f);
void sim_kernel_flush(struct sim_node *n);
void sim_kernel_send_data(struct sim_world *w, struct sim_event *ev);
void sim_kernel_receive(struct sim_world *w, struct sim_event *ev);
struct sim_kernel_path *sim_kernel_path(struct sim_kernel *k, const char *tunnel, uint32_t path);
struct sim_kernel_sa *sim_kernel_out(struct sim_kernel *k, const char *tunnel, uint32_t path);
struct sim_kernel_sa *sim_kernel_in(struct sim_kernel *k, uint32_t spi);
unsigned int sim_kernel_count(const struct sim_kernel *k);

/* invariants.c */
bool sim_agreed(struct sim_world *w, char *why, size_t size);
void sim_check_step(struct sim_world *w, struct sim_node *n);
void sim_check_stopped(struct sim_world *w, struct sim_node *n);

/* schedule.c */
void sim_plan_make(struct sim_world *w);
void sim_disturb(struct sim_world *w);
bool sim_schedule_run(struct sim_world *w);

#endif
