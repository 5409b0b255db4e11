/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Traffic selector narrowing (RFC 7296 section 2.9). Pure. */
#ifndef IKE_TS_NARROW_H
#define IKE_TS_NARROW_H

#include "config/conf.h"
#include "wire/ts_payload.h"

/** ike_ts_build() - selectors as a TSi or TSr payload's content */
void ike_ts_build(struct wire_ts_list *list, const struct conf_selector *sel,
		  unsigned int n);

/**
 * ike_ts_narrow() - what is in both @theirs and @ours
 * @out: at most CONF_SELECTORS_MAX ranges, none inside another
 *
 * Selectors for one protocol or port are passed over: the kernel admits by
 * address. Peers that send one for the packet at hand send the wide one too
 * (section 2.9).
 *
 * Return: how many
 */
unsigned int ike_ts_narrow(struct conf_selector *out, const struct wire_ts_list *theirs,
			   const struct conf_selector *ours, unsigned int n_ours);

/**
 * ike_ts_inside() - initiator: is every selector of the answer within @ours,
 * and for every protocol and port? @out gets them
 *
 * Return: how many, 0: not acceptable
 */
unsigned int ike_ts_inside(struct conf_selector *out, const struct wire_ts_list *answer,
			   const struct conf_selector *ours, unsigned int n_ours);

/** ike_ts_common_family() - is there a family that both sides have? */
bool ike_ts_common_family(const struct conf_selector *a, unsigned int n_a,
			  const struct conf_selector *b, unsigned int n_b);

/** ike_ts_everything() - both families in full */
bool ike_ts_everything(const struct conf_selector *sel, unsigned int n);

/** ike_ts_text() - for a sentence */
const char *ike_ts_text(const struct conf_selector *sel, unsigned int n, char *buf,
			size_t size);

#endif
