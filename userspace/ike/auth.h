/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both roles of IKE_AUTH, and child negotiations, share */
#ifndef IKE_AUTH_H
#define IKE_AUTH_H

#include "ike/engine.h"

/** ike_auth_take_id() - whom the peer says it is; AUTH is over its ID payload as it came */
bool ike_auth_take_id(struct ike_sa *sa, const struct wire_payload *payload);

/** ike_auth_verify() - the peer's AUTH payload against that identity */
bool ike_auth_verify(struct ike_sa *sa, const struct wire_payload *payload);

/** ike_auth_add() - append our AUTH payload */
bool ike_auth_add(struct ike_sa *sa, struct wire_builder *b, const struct conf_id *id);

/** ike_auth_keep_ids() - the handshake's identities become the SA's */
bool ike_auth_keep_ids(struct ike_sa *sa);

#endif
