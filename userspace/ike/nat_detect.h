/* SPDX-License-Identifier: GPL-2.0-or-later */
/* NAT detection (RFC 7296 section 2.23) */
#ifndef IKE_NAT_DETECT_H
#define IKE_NAT_DETECT_H

#include "ike/engine.h"

/**
 * ike_nat_add() - append both NAT_DETECTION notifies to an IKE_SA_INIT message
 * @claim: give a false source, so that the peer finds a NAT and encapsulates
 */
void ike_nat_add(struct ike_engine *e, struct wire_builder *b, const struct ike_sa *sa,
		 bool claim);

/**
 * ike_nat_refused() - is there a NAT, and the configuration wants none?
 * @buf: then gets the sentence
 */
bool ike_nat_refused(const struct ike_sa *sa, char *buf, size_t size);

/** ike_nat_check() - compare the peer's hashes with the addresses seen */
void ike_nat_check(struct ike_sa *sa, const struct ike_message *m);

#endif
