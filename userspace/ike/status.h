/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A read-only walk over the engine for the control socket, the CLI and
 * metrics. What is handed out is valid during the callback only. No keys.
 */
#ifndef IKE_STATUS_H
#define IKE_STATUS_H

#include "config/conf.h"
#include "ike/counters.h"
#include "ike/ike.h"

#define IKE_TEXT_MAX		256
#define IKE_PROPOSAL_TEXT_MAX	96

enum ike_path_state {
	IKE_PATH_DOWN,		/* taken down by the admin */
	IKE_PATH_LISTEN,	/* waits for the peer */
	IKE_PATH_TRAFFIC,	/* waits for traffic */
	IKE_PATH_WAIT,		/* failed, waits for its next try */
	IKE_PATH_CONNECT,	/* an IKE SA is being negotiated */
	IKE_PATH_NO_CHILD,	/* IKE SA up, no child SA */
	IKE_PATH_UP,		/* a child SA carries traffic */
};

enum ike_sa_state {
	IKE_SA_INIT,		/* IKE_SA_INIT under way */
	IKE_SA_AUTH,		/* IKE_AUTH under way */
	IKE_SA_ESTABLISHED,
	IKE_SA_REKEYED,		/* replaced, waits for its deletion */
	IKE_SA_DELETING,	/* our Delete is under way */
};

enum ike_child_state {
	IKE_CHILD_NEGOTIATING,
	IKE_CHILD_INSTALLED,	/* the one to send on, or to become it */
	IKE_CHILD_REKEYED,	/* replaced, only receives */
	IKE_CHILD_DELETING,	/* Delete under way */
};

struct ike_status_path {
	const char *tunnel;
	uint32_t path;
	const char *name;		/* of the path */
	enum ike_path_state state;
	ike_time since;			/* when @state began */
	ike_time retry_at;		/* WAIT: the next try, otherwise 0 */
	unsigned int attempts;		/* negotiations since it was last up */
	ike_time last_error_at;		/* 0: there was none */
	const char *last_error;		/* a sentence naming theirs and ours */
	struct net_addr local;		/* in use, or as configured */
	struct net_addr remote;
	bool udp;			/* ESP is UDP-encapsulated */
	bool silent;			/* ESP goes out, none comes in: @last_error says it */
	uint64_t ups;			/* times it came up */
	uint64_t retransmits;
	const struct conf_tunnel *conf;
};

struct ike_status_sa {
	const char *tunnel;		/* "" while the peer is not identified */
	uint32_t path;
	uint64_t spi_i;
	uint64_t spi_r;
	bool initiator;			/* we began it */
	enum ike_sa_state state;
	struct net_addr local;
	struct net_addr remote;
	const char *local_id;		/* "" before IKE_AUTH */
	const char *remote_id;
	bool nat_local;			/* a NAT in front of us */
	bool nat_remote;
	bool fragmentation;
	const char *proposal;		/* "aes256gcm16-prfsha256-x25519" or "" */
	ike_time created;
	ike_time established;		/* 0: not yet */
	ike_time rekey_at;		/* 0: never */
	uint32_t next_request;		/* our next message ID */
	uint32_t expected_request;	/* the peer's next */
	const char *task;		/* our exchange under way, "" when none */
	uint64_t retransmits;
	ike_time last_heard;
};

struct ike_status_child {
	const char *tunnel;
	uint32_t path;
	uint32_t lane;
	uint64_t ike_spi_i;		/* its IKE SA */
	uint64_t ike_spi_r;
	enum ike_child_state state;
	bool sending;			/* the lane's current outbound SA */
	uint32_t spi_in;		/* host order */
	uint32_t spi_out;
	const char *proposal;		/* "aes256gcm16-x25519-esn" */
	bool esn;
	const struct conf_selector *local_ts;
	unsigned int n_local_ts;
	const struct conf_selector *remote_ts;
	unsigned int n_remote_ts;
	ike_time established;
	ike_time rekey_at;		/* 0: never */
	unsigned int rekeys;		/* how many came before it */
};

/* Called tunnel by tunnel: a path, then its IKE SAs, each with its children */
struct ike_status_visitor {
	void (*path)(void *ctx, const struct ike_status_path *path);
	void (*sa)(void *ctx, const struct ike_status_sa *sa);
	void (*child)(void *ctx, const struct ike_status_child *child);
};

/**
 * ike_status_walk() - show tunnels in the order of the configuration
 * @tunnel: only this one, NULL: all, and half-open SAs without a tunnel last
 * @v: any callback may be NULL
 *
 * Return: false when @tunnel names none
 */
bool ike_status_walk(const struct ike_engine *e, const char *tunnel,
		     const struct ike_status_visitor *v, void *ctx);

/** ike_counters() - totals since the engine was made */
const struct ike_counters *ike_counters(const struct ike_engine *e);

/* How many there are now */
struct ike_gauges {
	size_t tunnels;
	size_t paths;
	size_t paths_up;
	size_t ike_sas;		/* established */
	size_t half_open;	/* responder, not yet authenticated */
	size_t child_sas;
};

void ike_gauges(const struct ike_engine *e, struct ike_gauges *g);

/* Stable lower case names for output: "no-child", "established", "installed" */
const char *ike_path_state_name(enum ike_path_state state);
const char *ike_sa_state_name(enum ike_sa_state state);
const char *ike_child_state_name(enum ike_child_state state);

/** ike_proposal_text() - "aes256gcm16-prfsha256-x25519" of what a tunnel offers */
const char *ike_proposal_text(const struct conf_proposal *p, char *buf,
			      size_t size);

#endif
