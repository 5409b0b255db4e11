/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signs that packets do not leave this host, or are refused on the way */
#ifndef IKE_TROUBLE_H
#define IKE_TROUBLE_H

#include "ike/engine.h"

/** ike_trouble() - IKE_EVENT_TROUBLE, of an IKE SA that waits for an answer */
void ike_trouble(struct ike_engine *e, const struct ike_event *ev);

/** ike_trouble_of() - what was seen since the request under way, NULL: nothing */
const char *ike_trouble_of(const struct ike_sa *sa);

/** ike_trouble_hint() - ": why there is perhaps no answer", or "" */
const char *ike_trouble_hint(const struct ike_sa *sa, char *buf, size_t size);

#endif
