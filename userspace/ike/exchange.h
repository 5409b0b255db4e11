/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The exchanges: handlers of the transition table, and what starts them */
#ifndef IKE_EXCHANGE_H
#define IKE_EXCHANGE_H

#include "ike/engine.h"
#include "ike/proposal_select.h"

/* sa_init.c */
bool ike_init_start(struct ike_path *path, const struct net_addr *local,
		    const struct net_addr *remote);
void ike_init_request(struct ike_engine *e, const struct ike_message *m);
void ike_init_response(struct ike_sa *sa, const struct ike_message *m);
void ike_init_error(struct ike_sa *sa, const struct ike_message *m);

/** ike_init_useless() - an answer that cannot be used: noted, nothing else */
void ike_init_useless(struct ike_sa *sa, const struct ike_message *m);

/* auth.c, auth_respond.c */
void ike_auth_start(struct ike_sa *sa);
void ike_auth_request(struct ike_sa *sa, const struct ike_message *m);
void ike_auth_response(struct ike_sa *sa, const struct ike_message *m);
void ike_auth_error(struct ike_sa *sa, const struct ike_message *m);

/**
 * ike_auth_compute() - AUTH data of one side (section 2.15)
 * @id_body: its ID payload without the generic header, RESERVED included
 */
bool ike_auth_compute(struct ike_sa *sa, bool initiator_side, struct wire_chunk id_body,
		      const struct conf_auth *secret, uint8_t *out, size_t *len);

/* create_child.c, create_child_respond.c */
void ike_child_start(struct ike_sa *sa, struct ike_child *old);
void ike_child_request(struct ike_sa *sa, const struct ike_message *m);
void ike_child_response(struct ike_sa *sa, const struct ike_message *m);
void ike_child_error(struct ike_sa *sa, const struct ike_message *m);

/* negotiate.c */

/** ike_child_offer() - ESP proposals of an SA's tunnel */
struct ike_offer ike_child_offer(const struct ike_sa *sa, bool with_ke);

/** ike_child_propose() - selectors to ask for: as configured, or those of @old */
void ike_child_propose(struct ike_child *c, const struct ike_child *old);

/**
 * ike_child_accept() - responder: choose transforms and selectors for t->child
 * @ke: the peer's KE payload, NULL: none
 * @with_ke: PFS counts: not so in IKE_AUTH
 *
 * Return: 0 or the notify to refuse with; INVALID_KE_PAYLOAD: t->group is the
 * group to ask for
 */
uint16_t ike_child_accept(struct ike_task *t, const struct ike_message *m,
			  const struct wire_ke *ke, bool with_ke);

/** ike_child_agreed() - initiator: check the answer against what we offered */
bool ike_child_agreed(struct ike_task *t, const struct ike_message *m, bool with_ke);

/** ike_child_refuse() - initiator: not usable after all, have it deleted */
void ike_child_refuse(struct ike_child *c);

/** ike_child_complain() - why the peer refused, 0: it did not say */
void ike_child_complain(struct ike_sa *sa, const struct ike_child *c, uint16_t notify);

/** ike_child_add_answer() - responder: SA, KE, TSi and TSr of t->child */
void ike_child_add_answer(struct wire_builder *b, const struct ike_task *t);
void ike_child_add_sa(struct wire_builder *b, const struct ike_task *t, bool with_ke);
void ike_child_add_ts(struct wire_builder *b, const struct ike_child *c);

/* collision.c */

/** ike_collision_child_won() - our rekey is answered: did we win? (section 2.8.1) */
bool ike_collision_child_won(struct ike_task *t);

/** ike_collision_ike_won() - the same for IKE SAs (section 2.8.2) */
bool ike_collision_ike_won(const struct ike_task *t);

/** ike_collision_initial() - both ends made an IKE SA for the same path */
void ike_collision_initial(struct ike_sa *sa);

/** ike_collision_note() - the peer rekeys what we are rekeying */
void ike_collision_note(struct ike_task *ours, const struct ike_task *theirs);

/* rekey_ike.c */
void ike_rekey_start(struct ike_sa *sa);
void ike_rekey_request(struct ike_sa *sa, const struct ike_message *m);
void ike_rekey_response(struct ike_sa *sa, const struct ike_message *m);
void ike_rekey_error(struct ike_sa *sa, const struct ike_message *m);

/** ike_rekey_adopt() - the peer's new IKE SA takes the place of @old */
void ike_rekey_adopt(struct ike_sa *old, struct ike_sa *new_sa);

/** ike_rekey_pending() - the peer-made successor of @sa in a collision, if any */
struct ike_sa *ike_rekey_pending(const struct ike_sa *sa);

/** ike_rekey_used() - the peer uses its new IKE SA: it won (section 2.8.2) */
void ike_rekey_used(struct ike_sa *sa);

/* informational.c, delete.c */
void ike_informational_request(struct ike_sa *sa, const struct ike_message *m);
void ike_informational_response(struct ike_sa *sa, const struct ike_message *m);
/** ike_deletes_ike() - does a chain delete the IKE SA itself? */
bool ike_deletes_ike(const struct wire_payloads *p);
void ike_probe_start(struct ike_sa *sa);
void ike_delete_ike_start(struct ike_sa *sa);
void ike_delete_children_start(struct ike_sa *sa);
void ike_delete_ike_received(struct ike_sa *sa);
void ike_delete_children_received(struct ike_sa *sa, const struct ike_message *m,
				  struct wire_builder *answer);
/** ike_deleted_early() - is the child we learn of now already deleted? */
bool ike_deleted_early(const struct ike_task *t);
void ike_delete_children_done(struct ike_task *t);

/* receive.c */
void ike_receive(struct ike_engine *e, const struct ike_event *ev);

/** ike_refuse_temporarily() - TEMPORARY_FAILURE (section 2.25) */
void ike_refuse_temporarily(struct ike_sa *sa, const struct ike_message *m);

/** ike_invalid_syntax() - fatal for the IKE SA, without Delete (2.21.3) */
void ike_invalid_syntax(struct ike_sa *sa, const struct ike_message *m, const char *what);

/** ike_first_error() - the first error notify of a chain */
bool ike_first_error(const struct wire_payloads *p, struct wire_notify *n);

#endif
