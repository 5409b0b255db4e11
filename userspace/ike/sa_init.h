/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both roles of IKE_SA_INIT, and rekeys, share */
#ifndef IKE_SA_INIT_H
#define IKE_SA_INIT_H

#include "ike/engine.h"
#include "ike/proposal_select.h"

/** ike_ike_offer() - a tunnel's IKE proposals */
struct ike_offer ike_ike_offer(const struct conf_tunnel *conf);

/** ike_init_keys() - all keys from t->shared and the handshake's nonces */
bool ike_init_keys(struct ike_sa *sa, struct ike_task *t);

/**
 * ike_task_first_group() - the group to begin with
 * @in_use: by what is replaced, so that the peer is known to do it; 0: none.
 *          Otherwise, or when it is no longer offered, our most preferred one
 */
bool ike_task_first_group(struct ike_task *t, const struct ike_offer *offer, uint16_t in_use);

/** ike_task_other_group() - the peer asked for @group: false when we did not
 * offer it or have tried it
 */
bool ike_task_other_group(struct ike_task *t, const struct ike_offer *offer, uint16_t group);

/** ike_initial_contact() - is there no other IKE SA of its tunnel, nor one that says so? */
bool ike_initial_contact(const struct ike_sa *sa);

#endif
