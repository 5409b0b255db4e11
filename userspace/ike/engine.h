/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine is made of. Private to userspace/ike.
 *
 *   engine ── tunnel ── path ──┬─ IKE SA ──┬─ child SA
 *                              │           ├─ window (message IDs, caches)
 *                              │           └─ tasks: ours, the peer's
 *                              └─ SPIs that linger after a rekey
 *
 * Nothing is freed while an event is worked on: what dies is unlinked, marked
 * and freed at the end of ike_step().
 */
#ifndef IKE_ENGINE_H
#define IKE_ENGINE_H

#include <stdarg.h>
#include <sys/queue.h>

#include "crypto/crypto.h"
#include "crypto/ke.h"
#include "crypto/keys.h"
#include "crypto/prf.h"
#include "crypto/sk.h"
#include "ike/counters.h"
#include "ike/ike.h"
#include "ike/status.h"
#include "ike/timers.h"
#include "util/table.h"
#include "wire/message.h"
#include "wire/payload.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

/* As the BSDs have it; glibc's sys/queue.h does not */
#define IKE_TAILQ_EACH_SAFE(var, head, field, next)			\
	for ((var) = TAILQ_FIRST(head);					\
	     (var) && ((next) = TAILQ_NEXT(var, field), 1); (var) = (next))

#define IKE_NONCE_LEN		32
#define IKE_CHILDREN_MAX	8	/* of one IKE SA, rekeys under way included */
#define IKE_PREDECESSORS_MAX	3	/* rekeyed IKE SAs of a path, not yet deleted by the peer */
#define IKE_LINGER_MAX		8	/* old inbound SPIs of a path */
#define IKE_GRACE_MS		5000	/* an old inbound SA outlives its rekey */
#define IKE_SWITCH_MS		5000	/* a responder waits this long for Delete */
#define IKE_SETTLE_MS		100	/* an initiator waits this long before it switches, and
					 * as long again before its Delete
					 */
#define IKE_REDUNDANT_MS	30000	/* the peer should have deleted it by then */
#define IKE_HALF_OPEN_MS	30000
#define IKE_STOP_MS		3000
#define IKE_COOKIE_TRIES	5
#define IKE_GROUPS_MAX		16
#define IKE_CLOSE_MAX_MS	5000	/* patience with an unanswered Delete */

struct ike_tunnel;
struct ike_path;
struct ike_sa;
struct ike_child;
struct ike_task;
struct ike_endpoints;

struct ike_nonce {
	uint8_t data[IKEV2_NONCE_MAX];
	uint16_t len;
};

/* What both sides agreed on, wide open when both counts are 0 */
struct ike_selectors {
	struct conf_selector local[CONF_SELECTORS_MAX];
	unsigned int n_local;
	struct conf_selector remote[CONF_SELECTORS_MAX];
	unsigned int n_remote;
};

/* ---- things the engine waits for ---------------------------------------- */

enum ike_op_kind { IKE_OP_JOB, IKE_OP_SPI, IKE_OP_SA_IN, IKE_OP_SA_OUT, IKE_OP_RX_AGE };

/**
 * struct ike_op - one job or kernel operation under way
 * @task: who waits, NULL when it died meanwhile
 * @child: SA_OUT, SA_IN: whose SA it is, NULL when it died
 * @sa: RX_AGE
 */
struct ike_op {
	struct table_node node;	/* by id */
	enum ike_op_kind kind;
	struct ike_task *task;
	struct ike_child *child;
	struct ike_sa *sa;
	char tunnel[CONF_NAME_MAX];
	uint32_t path;
};

/* ---- a negotiation ------------------------------------------------------ */

enum ike_task_kind {
	IKE_TASK_INIT,
	IKE_TASK_AUTH,
	IKE_TASK_CHILD_NEW,
	IKE_TASK_CHILD_REKEY,
	IKE_TASK_IKE_REKEY,
	IKE_TASK_CHILD_DELETE,
	IKE_TASK_IKE_DELETE,
	IKE_TASK_PROBE,
};

/**
 * struct ike_task - an exchange that is being prepared, waited for or answered
 * @ours: we sent the request
 * @op: what it waits for, NULL when nothing
 * @resume: called when @op is done, with 0 or a positive errno
 * @old_spi: CHILD_REKEY: inbound SPI of the child being replaced
 * @collided: the peer rekeys the same SA at the same time
 * @peer_nonce: the lower nonce of the peer's negotiation (section 2.8.1)
 * @peer_spi: inbound SPI of the child, or our SPI of the IKE SA, it made
 * @spis: CHILD_DELETE: our inbound SPIs named in it; CHILD_NEW, CHILD_REKEY, AUTH:
 *        SPIs of the peer that it deleted while its answer was under way
 */
struct ike_task {
	TAILQ_ENTRY(ike_task) grave;
	enum ike_task_kind kind;
	bool ours;
	struct ike_sa *sa;
	struct ike_op *op;
	void (*resume)(struct ike_task *t, int error);
	bool dead;

	uint16_t group;		/* 0: no key exchange */
	struct crypto_ke *ke;
	struct crypto_shared shared;
	uint8_t peer_ke[CRYPTO_KE_PUBLIC_MAX];
	size_t peer_ke_len;
	enum crypto_status ke_status;
	struct ike_nonce ni;
	struct ike_nonce nr;
	struct crypto_suite suite;	/* IKE_REKEY */
	uint8_t proposal_num;
	uint16_t groups_tried[IKE_GROUPS_MAX];
	unsigned int n_groups_tried;

	struct ike_child *child;	/* being made */
	uint16_t child_error;		/* AUTH: notify that refuses it */
	struct ike_sa *new_sa;		/* IKE_REKEY: being made */
	uint32_t old_spi;

	bool collided;
	struct ike_nonce peer_nonce;
	uint64_t peer_spi;
	bool peer_gone;			/* what the peer made was deleted */

	uint32_t spis[IKE_CHILDREN_MAX];
	unsigned int n_spis;
};

/* ---- child SA ----------------------------------------------------------- */

/**
 * struct ike_child - a pair of ESP SAs
 * @initiator: we sent the request that made it: we send under KEYMAT's "i" keys
 * @sending: its outbound SA is in the kernel and the lane's current one
 * @spent: its outbound SA was in the kernel once; never installed again, a
 *         second counter from zero would repeat IVs
 * @out_key: kept until the outbound SA is installed, then cleansed
 * @in_auth: integrity key, empty with an AEAD; @out_auth likewise
 * @low_nonce: the lower nonce of the exchange that made it
 * @replaces: responder: inbound SPI of the child it succeeds
 * @switch_timer: installs a responder's outbound SA at the latest, or ends a
 *                redundant child the peer does not delete
 */
struct ike_child {
	TAILQ_ENTRY(ike_child) link;
	TAILQ_ENTRY(ike_child) grave;
	struct table_node node;	/* by spi_in */
	struct ike_engine *engine;
	struct ike_sa *sa;
	struct ike_path *path;
	enum ike_child_state state;
	bool dead;
	bool initiator;
	bool in_kernel;
	bool sending;
	bool spent;
	bool redundant;
	bool want_rekey;
	bool want_delete;
	bool reselect;			/* its rekey asks for what is configured now */
	uint32_t lane;
	uint32_t spi_in;
	uint32_t spi_out;
	struct crypto_suite suite;
	bool esn;
	uint8_t proposal_num;
	struct ike_selectors ts;
	struct crypto_secret in_key;
	struct crypto_secret in_auth;
	struct crypto_secret out_key;
	struct crypto_secret out_auth;
	struct ike_nonce low_nonce;
	uint32_t replaces;
	struct ike_op *op;	/* SA_OUT */
	struct ike_timer life;
	struct ike_timer switch_timer;
	ike_time established;
	ike_time rekey_at;
	ike_time hard_at;
	unsigned int rekeys;
	unsigned int failures;	/* of its rekey */
	char proposal[IKE_PROPOSAL_TEXT_MAX];
};

TAILQ_HEAD(ike_child_list, ike_child);

/* ---- message window ----------------------------------------------------- */

struct ike_packet {
	uint8_t *data;
	size_t len;
};

/* The datagrams of one message, more than one when it is fragmented */
struct ike_packets {
	struct ike_packet *list;
	unsigned int n;
};

/**
 * struct ike_window - message IDs and what may have to be sent again
 * @next: our next request's ID, or that of the outstanding one
 * @outstanding: a request waits for its answer
 * @request: its datagrams, resent unchanged
 * @expected: the peer's next request's ID
 * @response: answer to expected - 1, resent unchanged
 * @reply_local: where the request being worked on came to
 * @reply_remote: where it came from
 */
struct ike_window {
	uint32_t next;
	bool outstanding;
	uint8_t exchange;
	struct ike_packets request;
	ike_time first_sent;
	unsigned int tries;
	uint32_t interval;
	uint32_t patience;
	uint32_t expected;
	uint8_t response_exchange;
	struct ike_packets response;
	struct net_addr reply_local;
	struct net_addr reply_remote;
	struct wire_reassembly requests;
	struct wire_reassembly responses;
	struct ike_timer timer;
};

/* ---- IKE SA ------------------------------------------------------------- */

/**
 * struct ike_handshake - needed until IKE_AUTH is over
 * @request: the last IKE_SA_INIT request, whole; the responder finds
 *           retransmitted ones by it
 * @response: its answer
 * @error_text: what an unprotected error said; acted on when nothing better
 *              arrives (RFC 7296 section 2.21.1)
 * @remote_id_body: of the peer's ID payload as it came, which AUTH is over
 */
struct ike_handshake {
	struct ike_packet request;
	struct ike_packet response;
	struct ike_nonce ni;
	struct ike_nonce nr;
	uint8_t cookie[IKEV2_COOKIE_MAX];
	uint8_t cookie_len;
	unsigned int cookies;
	uint16_t error;
	char error_text[IKE_TEXT_MAX];
	struct conf_id local_id;
	struct conf_id remote_id;
	struct ike_packet remote_id_body;
};

/**
 * struct ike_sa - an IKE SA, half-open ones included
 * @initiator: we are its original initiator (flag I in our messages)
 * @conf: the tunnel it was made from, held
 * @path: NULL while the peer is not identified and once it is being closed
 * @closing: nothing but its Delete is left to do
 * @redundant: lost a collision, or superseded; no exchange of ours on it
 * @began: we began the first of the line, before any rekey
 * @began_at: when that one was established
 * @low_nonce: the lower nonce of its IKE_SA_INIT
 */
struct ike_sa {
	TAILQ_ENTRY(ike_sa) all;
	TAILQ_ENTRY(ike_sa) on_path;
	TAILQ_ENTRY(ike_sa) kick_link;
	TAILQ_ENTRY(ike_sa) grave;
	struct table_node by_spi;
	struct table_node by_init;
	struct table_node by_source;	/* half-open */
	struct ike_engine *engine;
	struct ike_path *path;
	struct conf_tunnel *conf;
	enum ike_sa_state state;
	bool dead;
	bool kicked;
	bool initiator;
	bool began;
	bool half_open;
	bool closing;
	bool redundant;
	bool want_rekey;
	bool want_probe;
	bool fragmentation;
	bool nat_known;
	bool nat_local;
	bool nat_remote;
	bool udp;
	uint16_t close_notify;		/* sent in place of a Delete */
	uint64_t replaces;		/* parked: our SPI of what it may replace */
	uint64_t heir;			/* our SPI of what replaced it, 0: nothing */
	uint64_t spi_i;
	uint64_t spi_r;
	struct net_addr local;
	struct net_addr remote;
	struct crypto_suite suite;
	struct crypto_ike_keys keys;
	struct crypto_sk *sk_out;
	struct crypto_sk *sk_in;
	struct ike_window win;
	struct ike_task *task;		/* ours */
	struct ike_task *peer_task;
	struct ike_task *maker;		/* its rekey, while under way */
	struct ike_handshake *hs;
	struct ike_child_list children;
	unsigned int n_children;
	struct ike_nonce low_nonce;
	struct conf_id *local_id;
	struct conf_id *remote_id;
	struct ike_timer life;		/* half-open, rekey, hard, redundant */
	struct ike_timer liveness;
	struct ike_timer backoff;	/* after TEMPORARY_FAILURE */
	struct ike_op *rx_age;
	ike_time created;
	ike_time established;
	ike_time began_at;
	ike_time rekey_at;
	ike_time hard_at;
	ike_time last_heard;
	ike_time not_before;		/* no CREATE_CHILD_SA of ours until then */
	unsigned int failures;		/* TEMPORARY_FAILUREs in a row */
	uint64_t retransmits;
	char proposal[IKE_PROPOSAL_TEXT_MAX];
};

TAILQ_HEAD(ike_sa_list, ike_sa);

/* ---- tunnels and paths -------------------------------------------------- */

struct ike_linger {
	TAILQ_ENTRY(ike_linger) link;
	struct ike_path *path;
	struct ike_timer timer;
	uint32_t spi;
	uint32_t lane;
};

TAILQ_HEAD(ike_linger_list, ike_linger);

/**
 * struct ike_path - one configured pair of endpoints and what becomes of it
 * @wanted: the admin or traffic asked for it although start is not always
 * @no_device: there is none to carry packets, so nothing is in the kernel either
 * @sending: the child whose outbound SA is the kernel's current one
 * @kernel: as last told to the kernel
 * @trouble: with sending or being heard, at @trouble_at; see trouble.c
 */
struct ike_path {
	TAILQ_ENTRY(ike_path) grave;
	struct ike_engine *engine;
	struct ike_tunnel *tunnel;
	const struct conf_path *conf;
	enum ike_path_state state;
	ike_time since;
	bool admin_down;
	bool wanted;
	bool gone;			/* its tunnel was removed */
	bool no_device;
	struct ike_timer retry;
	ike_time retry_at;
	unsigned int failures;		/* in a row */
	unsigned int attempts;
	struct ike_timer child_retry;
	bool child_wanted;
	unsigned int child_failures;
	struct ike_sa_list sas;
	struct ike_child *sending;
	struct ike_linger_list lingers;
	unsigned int n_lingers;
	bool in_kernel;
	struct ike_kernel_path kernel;
	ike_time last_error_at;
	char last_error[IKE_TEXT_MAX];
	ike_time trouble_at;
	char trouble[IKE_TEXT_MAX / 2];
	uint64_t ups;
	uint64_t retransmits;
	struct net_addr way;		/* our address on the way to the peer, AF_UNSPEC: none */
	bool silent;			/* silence.c: sends ESP and receives none */
	ike_time silent_at;
	ike_time silent_since;		/* 0: there is nothing to suspect */
	unsigned int silences;		/* in a row */
	struct ike_endpoints *endpoints;	/* candidates.c, NULL: not indexed */
	TAILQ_ENTRY(ike_path) same_endpoints;
	bool counted;				/* among them, not taken down */
	struct table_node by_peer;		/* by endpoints and the peer's identity */
	struct table_node by_expected;
	struct net_addr expected_at;
};

struct ike_tunnel {
	TAILQ_ENTRY(ike_tunnel) grave;
	struct table_node by_name;
	struct conf_tunnel *conf;
	struct ike_path **paths;
	unsigned int n_paths;
};

TAILQ_HEAD(ike_tunnel_list, ike_tunnel);
TAILQ_HEAD(ike_path_list, ike_path);
TAILQ_HEAD(ike_task_list, ike_task);

/* ---- the engine --------------------------------------------------------- */

struct ike_cookie_state {
	uint8_t secret[2][32];
	uint32_t version;
	ike_time made;
	bool valid[2];
};

struct ike_engine {
	struct ike_env env;
	struct crypto_lib *crypto;
	bool own_crypto;
	struct crypto_random random;
	struct conf *conf;
	ike_time now;
	struct ike_effects *out;
	struct ike_timers timers;
	struct ike_counters counters;
	struct ike_sa_list sas;
	size_t n_sas;
	size_t n_half_open;
	struct table by_spi;
	struct table by_init;
	struct table children;
	struct table ops;
	struct table tunnels_by_name;
	struct table endpoints;	/* candidates.c: of all paths */
	struct table by_peer;
	struct table expected;
	struct table by_source;	/* half-open SAs */
	struct ike_tunnel **tunnels;
	size_t n_tunnels;
	uint64_t next_op;
	struct ike_cookie_state cookies;
	unsigned int strangers;		/* answered without state, lately */
	ike_time strangers_since;
	ike_time next_start;		/* path.c: of a path that need not wait */
	unsigned int clear_replies;	/* tokens for unprotected answers */
	ike_time clear_refill;
	unsigned int log_tokens;
	ike_time log_refill;
	struct ike_timer stop_timer;
	bool stopping;
	bool stopped;
	struct ike_sa_list kicked;
	struct ike_sa_list dead_sas;
	struct ike_child_list dead_children;
	struct ike_task_list dead_tasks;
	struct ike_path_list dead_paths;
	struct ike_tunnel_list dead_tunnels;
	char kernel_text[128];		/* of the answer being worked on */

	/* Scratch: one message is worked on at a time */
	uint8_t *plain;			/* decrypted */
	uint8_t *build;			/* inner chain being built */
	uint8_t *packet;		/* sealed */
	struct wire_message msg;
	struct wire_payloads inner;
	struct wire_sa sa_in;
	struct wire_sa sa_out;
	struct wire_ts_list tsi;
	struct wire_ts_list tsr;
};

/**
 * struct ike_message - an incoming message as handlers see it
 * @p: clear chain of IKE_SA_INIT, decrypted chain of everything else
 */
struct ike_message {
	const struct wire_message *raw;
	const struct wire_payloads *p;
	struct net_addr local;
	struct net_addr remote;
	uint8_t exchange;
	bool response;
	uint32_t id;
};

static inline uint64_t ike_local_spi(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

static inline uint64_t ike_remote_spi(const struct ike_sa *sa)
{
	return sa->initiator ? sa->spi_r : sa->spi_i;
}

/* ---- effects.c: effects, logging, randomness ---------------------------- */

/** ike_emit() - append an effect; NULL without memory */
struct ike_effect *ike_emit(struct ike_engine *e, enum ike_effect_type type);
__attribute__((format(printf, 4, 5)))
void ike_emit_state(struct ike_engine *e, const struct ike_path *path, const char *what,
		    const char *format, ...);

/** ike_emit_send() - @conf: whose packet it is, NULL: not known */
struct ike_effect *ike_emit_send(struct ike_engine *e, const struct net_addr *local,
				 const struct net_addr *remote,
				 const struct conf_tunnel *conf, const uint8_t *data,
				 size_t len);

__attribute__((format(printf, 4, 5)))
void ike_log(struct ike_engine *e, enum ike_log_level level, const char *tunnel,
	     const char *format, ...);

/** ike_complain() - log against a path and remember it as its last error */
__attribute__((format(printf, 2, 3)))
void ike_complain(struct ike_path *path, const char *format, ...);

/** ike_kernel_why() - why the kernel refused what is being worked on */
const char *ike_kernel_why(const struct ike_engine *e, int error);

/** ike_log_allowed() - rate limit for sentences strangers can provoke */
bool ike_log_allowed(struct ike_engine *e);

void ike_random(struct ike_engine *e, void *buf, size_t len);
uint32_t ike_random_below(struct ike_engine *e, uint32_t limit);

/** ike_jitter() - a random time in [from, to] */
uint64_t ike_jitter(struct ike_engine *e, uint64_t from, uint64_t to);
void ike_nonce_make(struct ike_engine *e, struct ike_nonce *nonce);
bool ike_nonce_set(struct ike_nonce *nonce, struct wire_chunk data);

static inline struct wire_chunk ike_nonce_chunk(const struct ike_nonce *nonce)
{
	return wire_chunk(nonce->data, nonce->len);
}

struct ike_tunnel *ike_find_tunnel(const struct ike_engine *e, const char *name);
struct ike_path *ike_find_path(const struct ike_tunnel *t, uint32_t id);

/* ---- op.c: jobs and kernel operations ----------------------------------- */

/**
 * ike_op_spi() - have the kernel allocate the inbound SPI of t->child
 *
 * All of these: t->resume is called when it is done, or at once when it could
 * not even be begun (or is done in place); errors are positive errnos.
 */
void ike_op_spi(struct ike_task *t, void (*resume)(struct ike_task *t, int error));

/** ike_op_ke() - make our key pair of t->group and/or derive t->shared */
void ike_op_ke(struct ike_task *t, bool derive, void (*resume)(struct ike_task *t, int error));
void ike_op_sa_in(struct ike_task *t, void (*resume)(struct ike_task *t, int error));

/** ike_op_sa_out() - install @child's outbound SA; failure deletes the child */
void ike_op_sa_out(struct ike_child *child);

/** ike_op_rx_age() - ask how long the path's ESP has been silent */
void ike_op_rx_age(struct ike_sa *sa);

/** ike_op_cancel() - its owner dies; what the kernel still answers is undone */
void ike_op_cancel(struct ike_op **op);
void ike_op_kernel_done(struct ike_engine *e, const struct ike_event *ev);
void ike_op_job_done(struct ike_engine *e, void *job);
void ike_ops_free(struct ike_engine *e);

#endif
