/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which paths may a stranger's message be for? All with fitting endpoints:
 * IKE_SA_INIT has to be answered before the identity is known (RFC 7296
 * section 1.2). The paths are indexed by their configured endpoints, and what
 * those of one pair accept is counted when the configuration is read: nothing
 * here grows with the number of tunnels.
 */
#ifndef IKE_CANDIDATES_H
#define IKE_CANDIDATES_H

#include "ike/engine.h"
#include "ike/proposal_select.h"

#define IKE_ENDPOINTS_MAX 4	/* exact, any local, any remote, any at all */

/**
 * struct ike_suite_count - how many paths accept a suite
 * @paths: that many
 * @rank: sum of its places in their lists: the lower the better liked
 */
struct ike_suite_count {
	struct crypto_suite suite;
	unsigned int paths;
	uint64_t rank;
};

/**
 * struct ike_endpoints - paths configured with the same pair of addresses
 * @local: AF_UNSPEC for any, as @remote
 * @paths: all of them, those taken down at the end
 * @n_paths: not taken down; only these are counted below
 * @n_udp: with encap = udp
 * @n_none: with encap = none
 */
struct ike_endpoints {
	struct table_node node;
	struct net_addr local;
	struct net_addr remote;
	struct ike_path_list paths;
	unsigned int n_paths;
	unsigned int n_udp;
	unsigned int n_none;
	struct ike_suite_count *suites;
	unsigned int n_suites;
	unsigned int cap_suites;
};

/**
 * struct ike_candidates - the endpoints that fit a message
 * @at: the most exact first, NULL where nothing is configured
 * @n_paths: in all, without those taken down
 * @n_named: of these, how many name the sender's address
 */
struct ike_candidates {
	struct ike_endpoints *at[IKE_ENDPOINTS_MAX];
	unsigned int n_paths;
	unsigned int n_named;
};

/** ike_candidates_add() - index a path; false without memory */
bool ike_candidates_add(struct ike_path *path);

/** ike_candidates_remove() - before its configuration changes or it is freed */
void ike_candidates_remove(struct ike_path *path);

/** ike_candidates_count() - taken down or up: does it count? */
void ike_candidates_count(struct ike_path *path);

/** ike_candidates_find() - for a message from @remote to our @local */
void ike_candidates_find(const struct ike_engine *e, const struct net_addr *local,
			 const struct net_addr *remote, struct ike_candidates *c);

/**
 * ike_candidates_expect() - @path's peer is at @remote
 *
 * Its peer proved its identity there after IKE_SA_INIT had been answered for
 * others: the next one from there is answered for @path where they differ.
 */
void ike_candidates_expect(struct ike_path *path, const struct net_addr *remote);

/** ike_candidates_expected() - the path of ike_candidates_expect(), or NULL */
const struct ike_path *ike_candidates_expected(const struct ike_engine *e,
					       const struct ike_candidates *c,
					       const struct net_addr *remote);

/**
 * ike_candidates_choose() - the suite to answer IKE_SA_INIT with
 * @expected: whose word counts where no suite is common to all, NULL: nobody's
 * @group: of the sender's KE payload: a round trip counts more than our liking
 *
 * Return: false when no path accepts anything of @theirs
 */
bool ike_candidates_choose(const struct ike_candidates *c, const struct ike_path *expected,
			   const struct wire_sa *theirs, uint16_t group,
			   struct ike_choice *choice);

/** ike_candidates_claim_nat() - shall we pretend a NAT, so that ESP is in UDP? */
bool ike_candidates_claim_nat(const struct ike_candidates *c, const struct ike_path *expected);

/** ike_candidates_only() - the tunnel all of them belong to, NULL: there are several */
struct ike_tunnel *ike_candidates_only(const struct ike_candidates *c);

/** ike_candidates_by_peer() - first path at @at whose peer is @id; its node, or NULL */
struct table_node *ike_candidates_by_peer(const struct ike_engine *e,
					  const struct ike_endpoints *at,
					  const struct conf_id *id);

/** ike_suite_accepted() - is @suite one of the tunnel's IKE proposals? */
bool ike_suite_accepted(const struct conf_tunnel *t, const struct crypto_suite *suite);

#endif
