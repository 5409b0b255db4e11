/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life of IKE SAs, tasks and child SAs. Private to userspace/ike. */
#ifndef IKE_SA_H
#define IKE_SA_H

#include "ike/engine.h"

/* ---- sa.c --------------------------------------------------------------- */

/** ike_sa_new() - with a fresh SPI of ours, linked; NULL without memory */
struct ike_sa *ike_sa_new(struct ike_engine *e, bool initiator);

/** ike_sa_attach() - @path is identified; it keeps the tunnel's configuration */
void ike_sa_attach(struct ike_sa *sa, struct ike_path *path);

/** ike_sa_set_keys() - make both directions' ciphers from sa->keys */
bool ike_sa_set_keys(struct ike_sa *sa);

/**
 * ike_sa_close() - end an IKE SA in an orderly way
 *
 * Its children leave the kernel and it leaves its path at once; then our
 * Delete is sent. Half-open ones just vanish.
 */
void ike_sa_close(struct ike_sa *sa, const char *why);

/** ike_sa_destroy() - end it without a word; children included */
void ike_sa_destroy(struct ike_sa *sa);

/** ike_sa_failed() - it broke: tell its path, which decides on the next try */
__attribute__((format(printf, 2, 3)))
void ike_sa_failed(struct ike_sa *sa, const char *format, ...);

/** ike_sa_established() - state, timers, collisions, its path */
void ike_sa_established(struct ike_sa *sa);

/** ike_sa_lifetime() - the configured lifetime changed: as if it had always been so */
void ike_sa_lifetime(struct ike_sa *sa);

/** ike_sa_rekey_soon() - but not all of many at once */
void ike_sa_rekey_soon(struct ike_sa *sa);

/** ike_sa_reconfigure() - take over what its tunnel says now, between two exchanges */
void ike_sa_reconfigure(struct ike_sa *sa);

/** ike_sa_kick() - look for something to send at the end of this step */
void ike_sa_kick(struct ike_sa *sa);

/** ike_sa_next() - start the most urgent exchange if the window allows */
void ike_sa_next(struct ike_sa *sa);

/** ike_sa_heard() - an authenticated message came from the peer */
void ike_sa_heard(struct ike_sa *sa, const struct ike_message *m);

/** ike_sa_set_remote() - follow the peer to another address (section 2.23) */
void ike_sa_set_remote(struct ike_sa *sa, const struct net_addr *remote);

/** ike_sa_detect_ms() - from the peer's last sign of life to its being given up */
uint32_t ike_sa_detect_ms(const struct ike_sa *sa);
void ike_sa_liveness(struct ike_sa *sa);

/** ike_sa_rx_age() - ESP came @rx_age and went @tx_age ms ago, or an error */
void ike_sa_rx_age(struct ike_sa *sa, int error, uint32_t rx_age, uint32_t tx_age);

/** ike_sa_handshake_free() - its memory is no longer needed */
void ike_sa_handshake_free(struct ike_sa *sa);
void ike_sa_half_open(struct ike_sa *sa, bool on);

/** ike_source_key() - an address, or its /64: whoever has one has all of it */
uint64_t ike_source_key(const struct net_addr *remote);

void ike_sa_temporary_failure(struct ike_sa *sa);
void ike_sa_free_dead(struct ike_engine *e);
const char *ike_sa_peer(const struct ike_sa *sa, char *buf, size_t size);

/* ---- task.c ------------------------------------------------------------- */

struct ike_task *ike_task_new(struct ike_sa *sa, enum ike_task_kind kind, bool ours);

/** ike_task_end() - unlink from its SA and free; kicks the SA when it was ours */
void ike_task_end(struct ike_task *t);

/** ike_task_abort() - ike_task_end(), and what it was making is destroyed */
void ike_task_abort(struct ike_task *t);
const char *ike_task_name(const struct ike_task *t);

/** ike_task_take_key() - the peer's public value; false: of another group, or not one */
bool ike_task_take_key(struct ike_task *t, const struct wire_ke *ke);

/** ike_task_low_nonce() - the lower of its two nonces (section 2.8.1) */
const struct ike_nonce *ike_task_low_nonce(const struct ike_task *t);

/** ike_nonce_lower() - octet-wise; of equal beginnings the shorter is lower */
bool ike_nonce_lower(const struct ike_nonce *a, const struct ike_nonce *b);

/* ---- child.c ------------------------------------------------------------ */

struct ike_child *ike_child_new(struct ike_sa *sa, bool initiator);
void ike_child_set_spi(struct ike_child *c, uint32_t spi);
struct ike_child *ike_child_find(const struct ike_engine *e, uint32_t spi_in);

/** ike_child_find_out() - the SA's child that sends with the peer's SPI */
struct ike_child *ike_child_find_out(const struct ike_sa *sa, uint32_t spi_out);

/** ike_child_derive() - keys of both directions; false: crypto failed */
bool ike_child_derive(struct ike_child *c, const struct ike_task *t,
		      const struct ike_nonce *ni, const struct ike_nonce *nr);

/** ike_child_kernel_sa() - describe one direction to the kernel */
void ike_child_kernel_sa(const struct ike_child *c, bool inbound, struct ike_kernel_sa *ks);

/** ike_child_installed() - inbound SA is in the kernel: timers, state */
void ike_child_installed(struct ike_child *c);

/** ike_child_send() - its outbound SA becomes the lane's current one */
void ike_child_send(struct ike_child *c, const char *what);

/** ike_child_first() - the one made with its IKE SA is installed: sends, or is redundant with it */
void ike_child_first(struct ike_child *c);

/** ike_child_switch_later() - responder: wait until the peer surely receives */
void ike_child_switch_later(struct ike_child *c, uint32_t replaces);

/** ike_child_switch_soon() - initiator: once the peer is ready, although it should be already */
void ike_child_switch_soon(struct ike_child *c, const struct ike_child *old);

/** ike_child_redundant() - lost a collision to the peer, who will delete it */
void ike_child_redundant(struct ike_child *c);

/**
 * ike_child_retire() - deleted with the peer's knowledge
 * @grace: its inbound SA still receives for a while
 */
void ike_child_retire(struct ike_child *c, bool grace);

/** ike_child_destroy() - out of the kernel and the tables */
void ike_child_destroy(struct ike_child *c);

/** ike_child_move() - inherited by another IKE SA (section 2.8) */
void ike_child_move(struct ike_child *c, struct ike_sa *to);
/** ike_child_rekey_soon() - but not all of many at once */
void ike_child_rekey_soon(struct ike_child *c);
void ike_child_limit(struct ike_child *c, bool hard);
struct ike_child *ike_child_successor(const struct ike_child *old);
void ike_linger_end(struct ike_linger *l);

/* ---- path.c ------------------------------------------------------------- */

struct ike_path *ike_path_new(struct ike_tunnel *t, const struct conf_path *conf,
			      struct ike_engine *e);

/** ike_start_slot() - when something that can wait may begin: not all at once */
ike_time ike_start_slot(struct ike_engine *e);

/**
 * ike_path_way() - can @remote be reached, and from which address?
 * @why: a sentence when not
 *
 * Keeps the answer in path->way.
 */
bool ike_path_way(struct ike_path *path, const struct net_addr *remote, struct net_addr *local,
		  char *why, size_t len);
void ike_path_start(struct ike_path *path);
void ike_path_update(struct ike_path *path);
/** ike_path_sync() - tell the kernel endpoints and state when they changed */
void ike_path_sync(struct ike_path *path, const struct ike_sa *sa);

/**
 * ike_path_silence() - ESP came @rx_age and went @tx_age ms ago: is that right?
 * @half: of the detection time
 */
void ike_path_silence(struct ike_path *path, uint32_t half, uint32_t rx_age, uint32_t tx_age);

/** ike_path_stands_by() - it is silent, and another of its tunnel is not */
bool ike_path_stands_by(const struct ike_path *path);
void ike_path_forget_silence(struct ike_path *path);
void ike_path_failed(struct ike_path *path, bool soon);
void ike_path_child_failed(struct ike_path *path);
void ike_path_child_up(struct ike_path *path);
void ike_path_want(struct ike_path *path, bool now);
void ike_path_admin(struct ike_path *path, bool up);
void ike_path_shutdown(struct ike_path *path, const char *why);
void ike_path_free(struct ike_path *path);
struct ike_sa *ike_path_sa(const struct ike_path *path);
bool ike_path_may_run(const struct ike_path *path);

/* ---- device.c ----------------------------------------------------------- */

/** ike_path_device() - the tunnel has no device any more, or has one again */
void ike_path_device(struct ike_path *path, bool there);

/** ike_path_lost() - the kernel answered with @error: ENOENT, it has no such path */
void ike_path_lost(struct ike_path *path, int error);

#endif
