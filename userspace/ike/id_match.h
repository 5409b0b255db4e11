/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identities and which tunnel they belong to (RFC 7296 section 3.5) */
#ifndef IKE_ID_MATCH_H
#define IKE_ID_MATCH_H

#include "ike/engine.h"

/** ike_id_local() - our identity of a tunnel; its address when none is set */
void ike_id_local(struct conf_id *id, const struct conf_tunnel *t,
		  const struct net_addr *local);

/**
 * ike_id_set() - from a payload, with printable text
 *
 * One longer than can be configured is kept by its beginning: it equals none.
 */
void ike_id_set(struct conf_id *id, const struct wire_id *w);

/** ike_id_equal() - names without regard to case, everything else by octets */
bool ike_id_equal(const struct conf_id *a, const struct conf_id *b);

/** ike_id_accepts() - does @want, perhaps "any", admit @id? */
bool ike_id_accepts(const struct conf_id *want, const struct conf_id *id);

/** ike_path_matches() - may this path's endpoints be those of a message? 0: no,
 * otherwise the better the higher
 */
unsigned int ike_path_matches(const struct ike_path *path, const struct net_addr *local,
			      const struct net_addr *remote);

/**
 * ike_select_path() - responder: whose path is an IKE_AUTH request for?
 * @idr: the peer's idea of who we are, NULL when it has none
 *
 * Return: NULL when the identities fit no tunnel with these endpoints and with
 * the transforms already agreed on
 */
struct ike_path *ike_select_path(const struct ike_sa *sa, const struct conf_id *idi,
				 const struct conf_id *idr);

/** ike_expected_ids() - what would have fitted, for a sentence */
const char *ike_expected_ids(const struct ike_sa *sa, char *buf, size_t size);

#endif
