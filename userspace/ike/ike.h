/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The IKEv2 engine as everybody else sees it. Pure: no clock, no randomness,
 * no socket, no kernel. Events go in one at a time, effects come out; the same
 * events give the same effects. The daemon carries effects out; the simulator
 * does it between two engines in one process.
 */
#ifndef IKE_IKE_H
#define IKE_IKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/conf.h"
#include "net/addr.h"

struct crypto_lib;
struct ike_engine;

typedef uint64_t ike_time;	/* milliseconds of a monotonic clock */

/**
 * struct ike_env - what the engine may not have of its own
 * @random: fill @buf with @len unpredictable octets (a seeded stream in tests)
 * @source: can a tunnel reach @remote from @local, and if that is "any", from
 *          which address (no port)? false: no, and @why has a sentence. May be
 *          NULL when no path has "local = any"
 * @ctx: first argument of both
 * @crypto: handle to use, which must outlive the engine; NULL: one of its own
 * @sync_crypto: do key exchange jobs inside ike_step() instead of by
 *               IKE_EFFECT_JOB (simulator, unit tests)
 * @seeded_keys: make private keys from @random too, so that runs repeat
 */
struct ike_env {
	void (*random)(void *ctx, uint8_t *buf, size_t len);
	bool (*source)(void *ctx, const struct conf_tunnel *tunnel,
		       const struct net_addr *remote, struct net_addr *local,
		       char *why, size_t len);
	void *ctx;
	struct crypto_lib *crypto;
	bool sync_crypto;
	bool seeded_keys;
};

enum ike_event_type {
	IKE_EVENT_PACKET,	/* a datagram, non-ESP marker already taken off */
	IKE_EVENT_TIMER,	/* time passed; at or after ike_deadline() */
	IKE_EVENT_JOB,		/* a crypto job is done */
	IKE_EVENT_KERNEL_DONE,	/* answer to a kernel effect that asked for one */
	IKE_EVENT_ACQUIRE,	/* traffic on a device without a usable SA */
	IKE_EVENT_SA_LIMIT,	/* kernel: soft or hard limit of an SA */
	IKE_EVENT_ADDRESS,	/* kernel: authenticated ESP from a new address */
	IKE_EVENT_UP,		/* admin: bring tunnel (path 0: all paths) up */
	IKE_EVENT_DOWN,		/* admin: take it down and keep it so */
	IKE_EVENT_REKEY,	/* admin: rekey IKE SA or children */
	IKE_EVENT_CONFIG,	/* a (re)loaded configuration */
	IKE_EVENT_LOCAL_ADDRESS,	/* the host's addresses or routes changed */
	IKE_EVENT_TROUBLE,	/* a packet of an IKE SA was not sent, or refused */
	IKE_EVENT_DEVICE,	/* the tunnel's device is gone, or there again */
	IKE_EVENT_STOP,		/* graceful end: delete every SA */
};

struct ike_event {
	enum ike_event_type type;
	ike_time now;
	union {
		struct {
			struct net_addr local;	/* with port */
			struct net_addr remote;
			const uint8_t *data;
			size_t len;
		} packet;
		struct {
			void *job;	/* from IKE_EFFECT_JOB */
		} job;
		struct {
			uint64_t op;	/* from the effect */
			int error;	/* 0 or a positive errno */
			uint32_t spi;	/* SPI_ALLOC */
			uint32_t rx_age;	/* RX_AGE: ms since authenticated ESP */
			uint32_t tx_age;	/* and since ESP was sent, UINT32_MAX: never */
			char text[128];	/* kernel's words when it refused */
		} kernel;
		struct {
			char tunnel[CONF_NAME_MAX];
			uint32_t path;	/* 0: all */
			bool ike_sa;	/* REKEY: IKE SA, otherwise children */
			bool there;	/* DEVICE */
		} tunnel;
		struct {
			uint32_t spi;
			bool inbound;
			bool hard;
			unsigned int limit;	/* enum ikevti_limit */
			char tunnel[CONF_NAME_MAX];
			uint32_t path;
		} limit;
		struct {
			char tunnel[CONF_NAME_MAX];
			uint32_t path;
			struct net_addr remote;
		} address;
		struct {
			uint64_t spi;	/* ours */
			char text[128];	/* a hint: ICMP errors can be forged */
		} trouble;
		struct {
			struct conf *conf;	/* the engine takes a reference */
		} config;
	};
};

enum ike_effect_type {
	IKE_EFFECT_SEND,
	IKE_EFFECT_JOB,
	IKE_EFFECT_PATH_SET,	/* kernel: create or modify a path */
	IKE_EFFECT_PATH_DEL,
	IKE_EFFECT_SPI_ALLOC,	/* answered by IKE_EVENT_KERNEL_DONE */
	IKE_EFFECT_SA_ADD,	/* answered by IKE_EVENT_KERNEL_DONE */
	IKE_EFFECT_SA_DEL,	/* spi, inbound, tunnel, path, lane only; ENOENT is no error */
	IKE_EFFECT_RX_AGE,	/* kernel: how silent is the path; answered by
				 * IKE_EVENT_KERNEL_DONE with both ages or an error
				 */
	IKE_EFFECT_LOG,		/* one sentence for people, never a key */
	IKE_EFFECT_STATE,	/* a tunnel, IKE SA or child changed: monitor */
	IKE_EFFECT_STOPPED,	/* everything deleted after IKE_EVENT_STOP */
};

enum ike_log_level { IKE_LOG_ERROR, IKE_LOG_WARN, IKE_LOG_INFO, IKE_LOG_DEBUG };

struct ike_kernel_path {
	char tunnel[CONF_NAME_MAX];
	uint32_t path;
	struct net_addr local;
	struct net_addr remote;
	bool udp;
	uint8_t state;		/* enum ikevti_path_state */
	uint32_t priority;
	uint32_t weight;
	uint32_t keepalive;
};

struct ike_kernel_sa {
	char tunnel[CONF_NAME_MAX];
	uint32_t path;
	uint32_t lane;
	uint32_t spi;
	uint32_t peer_spi;	/* of the other direction */
	bool inbound;
	uint16_t encr;		/* transform id */
	uint16_t integ;		/* transform id, 0 with an AEAD */
	uint8_t key[32];	/* cleansed when the effect is freed */
	uint8_t key_len;
	uint8_t auth_key[64];	/* likewise */
	uint8_t auth_key_len;
	uint8_t salt[4];
	bool esn;
	uint32_t replay_window;
	uint64_t soft_bytes, hard_bytes;
	uint64_t soft_packets, hard_packets;
	uint32_t soft_seconds, hard_seconds;
	struct conf_selector local_ts[CONF_SELECTORS_MAX];
	unsigned int n_local_ts;	/* 0 on both sides: admits everything */
	struct conf_selector remote_ts[CONF_SELECTORS_MAX];
	unsigned int n_remote_ts;
};

struct ike_effect {
	enum ike_effect_type type;
	uint64_t op;		/* names a kernel operation in its answer */
	union {
		struct {
			struct net_addr local;	/* port 4500: put a marker in front */
			struct net_addr remote;
			uint8_t *data;	/* without non-ESP marker; freed with the effect */
			size_t len;
			char tunnel[CONF_NAME_MAX];	/* "": the peer is not known yet */
			uint64_t spi;	/* ours of its IKE SA, 0: of none */
		} send;
		struct {
			void *job;	/* run ike_job_run(job) on any thread */
		} job;
		struct ike_kernel_path path;	/* PATH_*, RX_AGE */
		struct ike_kernel_sa sa;	/* SA_*; SPI_ALLOC: tunnel, path, lane */
		struct {
			enum ike_log_level level;
			char tunnel[CONF_NAME_MAX];	/* may be empty */
			char *text;
		} log;
		struct {
			char tunnel[CONF_NAME_MAX];
			uint32_t path;
			char what[32];	/* "up", "child-rekeyed", "down", … */
			char *text;	/* the same as a sentence, for the log; may be NULL */
		} state;
	};
};

/* A growing list; reused from step to step */
struct ike_effects {
	struct ike_effect *list;
	size_t n;
	size_t cap;
};

/**
 * ike_own_spi() - our SPI in the beginning of a message of ours
 * @data: 20 octets or more, otherwise it is taken for a request that begins
 * Return: 0 when there is none
 */
uint64_t ike_own_spi(const uint8_t *data, size_t len);

struct ike_engine *ike_engine_new(const struct ike_env *env);
void ike_engine_free(struct ike_engine *e);

/**
 * ike_step() - take one event in
 * @out: effects in the order in which they must be carried out; the caller
 *       clears it with ike_effects_clear() when done
 *
 * Nothing a peer sends makes this fail; lack of memory drops the event.
 */
void ike_step(struct ike_engine *e, const struct ike_event *ev,
	      struct ike_effects *out);

/** ike_deadline() - when the next IKE_EVENT_TIMER is due, UINT64_MAX: never */
ike_time ike_deadline(const struct ike_engine *e);

/** ike_job_run() - do a job's slow cryptography; any thread, no engine access */
void ike_job_run(void *job);

/**
 * ike_job_free() - give a job up
 *
 * Every job taken from IKE_EFFECT_JOB goes back by IKE_EVENT_JOB, or, when the
 * engine is gone or about to be freed, is freed by this.
 */
void ike_job_free(void *job);

void ike_effects_clear(struct ike_effects *out);	/* cleanses keys */
void ike_effects_free(struct ike_effects *out);

#endif
