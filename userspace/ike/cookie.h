/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * COOKIE (RFC 7296 section 2.6): under load a responder keeps no state for an
 * IKE_SA_INIT before its sender has proven to receive at its address.
 */
#ifndef IKE_COOKIE_H
#define IKE_COOKIE_H

#include "ike/engine.h"

#define IKE_COOKIE_LEN 20	/* version, then 16 octets of keyed hash */

/** ike_cookie_make() - for a request with nonce @ni from m->remote */
bool ike_cookie_make(struct ike_engine *e, const struct ike_message *m,
		     struct wire_chunk ni, uint8_t out[IKE_COOKIE_LEN]);

/** ike_cookie_valid() - made by us lately for the same sender and nonce */
bool ike_cookie_valid(struct ike_engine *e, const struct ike_message *m,
		      struct wire_chunk ni, struct wire_chunk cookie);

#endif
