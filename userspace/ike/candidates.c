// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "config/value.h"
#include "ike/id_match.h"
#include "ike/sa.h"
#include "util/fnv1a.h"

/* ---- keys --------------------------------------------------------------- */

/* "any" is one, however it is written */
static struct net_addr plain(const struct net_addr *a)
{
	struct net_addr p = { .family = AF_UNSPEC };

	if (net_addr_is_any(a))
		return p;
	p = *a;
	p.port = 0;
	return p;
}

static uint64_t address_key(const struct net_addr *a)
{
	uint64_t h = fnv1a(FNV1A_BASIS, &a->family, sizeof(a->family));

	return fnv1a(h, a->ip, sizeof(a->ip));
}

static uint64_t endpoints_key(const struct net_addr *local, const struct net_addr *remote)
{
	return fnv1a(address_key(local), remote->ip, sizeof(remote->ip));
}

static uint64_t peer_key(const struct ike_endpoints *at, const struct conf_id *id)
{
	return conf_id_hash(at->node.key, id);
}

static struct ike_endpoints *find(const struct ike_engine *e, const struct net_addr *local,
				  const struct net_addr *remote)
{
	struct table_node *node = table_find(&e->endpoints, endpoints_key(local, remote));

	for (; node; node = table_next(node)) {
		struct ike_endpoints *at = container_of(node, struct ike_endpoints, node);

		if (net_addr_same_ip(&at->local, local) && net_addr_same_ip(&at->remote, remote))
			return at;
	}
	return NULL;
}

/* ---- counting what paths accept ----------------------------------------- */

static bool same_suite(const struct crypto_suite *a, const struct crypto_suite *b)
{
	return a->encr == b->encr && a->encr_bits == b->encr_bits && a->integ == b->integ &&
	       a->prf == b->prf && a->group == b->group;
}

static struct crypto_suite suite_of(const struct conf_proposal *p, unsigned int group)
{
	struct crypto_suite s = { .encr = p->encr, .encr_bits = p->key_bits, .integ = p->integ,
				  .prf = p->prf, .group = p->groups[group] };

	return s;
}

static struct ike_suite_count *find_suite(const struct ike_endpoints *at,
					  const struct crypto_suite *s)
{
	unsigned int i;

	for (i = 0; at && i < at->n_suites; i++)
		if (same_suite(&at->suites[i].suite, s))
			return &at->suites[i];
	return NULL;
}

/* Without memory the suite is not known: the peer is told that it is not accepted */
static struct ike_suite_count *make_suite(struct ike_endpoints *at, const struct crypto_suite *s)
{
	struct ike_suite_count *found = find_suite(at, s);

	if (found)
		return found;
	if (at->n_suites == at->cap_suites) {
		unsigned int cap = at->cap_suites ? at->cap_suites * 2 : 8;
		struct ike_suite_count *more = realloc(at->suites, cap * sizeof(*more));

		if (!more)
			return NULL;
		at->suites = more;
		at->cap_suites = cap;
	}
	found = &at->suites[at->n_suites++];
	memset(found, 0, sizeof(*found));
	found->suite = *s;
	return found;
}

/* The first place a suite has in a tunnel's list; it may be there twice */
static bool first_place(const struct conf_tunnel *t, unsigned int proposal, unsigned int group)
{
	struct crypto_suite s = suite_of(&t->ike[proposal], group);
	unsigned int i, j;

	for (i = 0; i <= proposal; i++) {
		for (j = 0; j < t->ike[i].n_groups; j++) {
			struct crypto_suite other = suite_of(&t->ike[i], j);

			if (i == proposal && j == group)
				return true;
			if (same_suite(&s, &other))
				return false;
		}
	}
	return true;
}

static void count_suites(struct ike_endpoints *at, const struct conf_tunnel *t, bool up)
{
	unsigned int i, j;

	for (i = 0; i < t->n_ike; i++) {
		for (j = 0; j < t->ike[i].n_groups; j++) {
			struct crypto_suite s = suite_of(&t->ike[i], j);
			struct ike_suite_count *c;
			uint64_t rank = i * sizeof(t->ike[i].groups) + j;

			if (!first_place(t, i, j))
				continue;
			c = up ? make_suite(at, &s) : find_suite(at, &s);
			if (!c)
				continue;
			c->paths += up ? 1 : -1;
			c->rank += up ? rank : -rank;
			if (!c->paths)
				*c = at->suites[--at->n_suites];
		}
	}
}

static void count(struct ike_path *path, bool up)
{
	const struct conf_tunnel *t = path->tunnel->conf;
	struct ike_endpoints *at = path->endpoints;
	unsigned int one = up ? 1 : -1;

	if (path->counted == up)
		return;
	path->counted = up;
	at->n_paths += one;
	at->n_udp += t->encap == CONF_ENCAP_UDP ? one : 0;
	at->n_none += t->encap == CONF_ENCAP_NONE ? one : 0;
	count_suites(at, t, up);
	TAILQ_REMOVE(&at->paths, path, same_endpoints);
	if (up)
		TAILQ_INSERT_HEAD(&at->paths, path, same_endpoints);
	else
		TAILQ_INSERT_TAIL(&at->paths, path, same_endpoints);
}

bool ike_candidates_add(struct ike_path *path)
{
	struct net_addr local = plain(&path->conf->local);
	struct net_addr remote = plain(&path->conf->remote);
	struct ike_engine *e = path->engine;
	struct ike_endpoints *at = find(e, &local, &remote);

	if (!at) {
		at = calloc(1, sizeof(*at));
		if (!at)
			return false;
		at->local = local;
		at->remote = remote;
		TAILQ_INIT(&at->paths);
		table_add(&e->endpoints, &at->node, endpoints_key(&local, &remote));
	}
	path->endpoints = at;
	TAILQ_INSERT_TAIL(&at->paths, path, same_endpoints);
	table_add(&e->by_peer, &path->by_peer,
		  peer_key(at, &path->tunnel->conf->remote.id));
	count(path, !path->admin_down);
	return true;
}

void ike_candidates_remove(struct ike_path *path)
{
	struct ike_engine *e = path->engine;
	struct ike_endpoints *at = path->endpoints;

	if (!at)
		return;
	count(path, false);
	path->endpoints = NULL;
	TAILQ_REMOVE(&at->paths, path, same_endpoints);
	table_remove(&e->by_peer, &path->by_peer);
	table_remove(&e->expected, &path->by_expected);
	if (!TAILQ_EMPTY(&at->paths))
		return;
	table_remove(&e->endpoints, &at->node);
	free(at->suites);
	free(at);
}

void ike_candidates_count(struct ike_path *path)
{
	if (path->endpoints)
		count(path, !path->admin_down);
}

/* ---- a message ---------------------------------------------------------- */

void ike_candidates_find(const struct ike_engine *e, const struct net_addr *local,
			 const struct net_addr *remote, struct ike_candidates *c)
{
	static const struct net_addr any = { .family = AF_UNSPEC };
	struct net_addr l = plain(local), r = plain(remote);
	unsigned int i;

	memset(c, 0, sizeof(*c));
	c->at[0] = find(e, &l, &r);
	c->at[1] = find(e, &any, &r);
	c->at[2] = find(e, &l, &any);
	c->at[3] = find(e, &any, &any);
	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		if (!c->at[i])
			continue;
		c->n_paths += c->at[i]->n_paths;
		if (i < 2)
			c->n_named += c->at[i]->n_paths;
	}
}

void ike_candidates_expect(struct ike_path *path, const struct net_addr *remote)
{
	struct ike_engine *e = path->engine;

	path->expected_at = plain(remote);
	table_remove(&e->expected, &path->by_expected);
	if (path->endpoints)
		table_add(&e->expected, &path->by_expected, address_key(&path->expected_at));
}

const struct ike_path *ike_candidates_expected(const struct ike_engine *e,
					       const struct ike_candidates *c,
					       const struct net_addr *remote)
{
	struct net_addr r = plain(remote);
	struct table_node *node = table_find(&e->expected, address_key(&r));
	const struct ike_path *path;
	unsigned int i;

	if (!node)
		return NULL;
	path = container_of(node, struct ike_path, by_expected);
	for (i = 0; i < IKE_ENDPOINTS_MAX; i++)
		if (path->endpoints == c->at[i] && path->counted &&
		    net_addr_same_ip(&path->expected_at, &r))
			return path;
	return NULL;
}

bool ike_suite_accepted(const struct conf_tunnel *t, const struct crypto_suite *suite)
{
	unsigned int i, j;

	for (i = 0; i < t->n_ike; i++) {
		for (j = 0; j < t->ike[i].n_groups; j++) {
			struct crypto_suite s = suite_of(&t->ike[i], j);

			if (same_suite(&s, suite))
				return true;
		}
	}
	return false;
}

/**
 * struct merit - how well a suite would do, compared from top to bottom
 * @all: every candidate accepts it
 * @expected: who is expected accepts it
 * @paths: how many accept it, of the most exact endpoints first
 * @at_once: with the group of the KE payload already sent
 * @rank: sum of its places in their lists, lower is better
 */
struct merit {
	bool all;
	bool expected;
	unsigned int paths[IKE_ENDPOINTS_MAX];
	bool at_once;
	uint64_t rank;
};

static struct merit merit(const struct ike_candidates *c, const struct ike_path *expected,
			  const struct crypto_suite *s, uint16_t group)
{
	struct merit m = { .at_once = s->group == group };
	unsigned int i, paths = 0;

	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		const struct ike_suite_count *n = find_suite(c->at[i], s);

		m.paths[i] = n ? n->paths : 0;
		m.rank += n ? n->rank : 0;
		paths += m.paths[i];
	}
	m.all = paths == c->n_paths;
	m.expected = expected && ike_suite_accepted(expected->tunnel->conf, s);
	return m;
}

static bool better(const struct merit *a, const struct merit *b)
{
	unsigned int i;

	if (a->all != b->all)
		return a->all;
	if (a->expected != b->expected)
		return a->expected;
	for (i = 0; i < IKE_ENDPOINTS_MAX; i++)
		if (a->paths[i] != b->paths[i])
			return a->paths[i] > b->paths[i];
	if (a->at_once != b->at_once)
		return a->at_once;
	return a->rank < b->rank;
}

static bool offers(const struct wire_sa *theirs, const struct crypto_suite *s,
		   struct ike_choice *choice)
{
	struct conf_proposal p = { .encr = s->encr, .key_bits = s->encr_bits, .prf = s->prf,
				   .integ = s->integ, .groups = { s->group }, .n_groups = 1 };
	struct ike_offer offer = { &p, 1, IKEV2_PROTO_IKE, true };

	return ike_offer_select(choice, &offer, theirs, s->group);
}

bool ike_candidates_choose(const struct ike_candidates *c, const struct ike_path *expected,
			   const struct wire_sa *theirs, uint16_t group,
			   struct ike_choice *choice)
{
	struct ike_choice offered;
	struct merit best = { .all = false }, m;
	bool found = false;
	unsigned int i, j;

	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		for (j = 0; c->at[i] && j < c->at[i]->n_suites; j++) {
			const struct crypto_suite *s = &c->at[i]->suites[j].suite;

			m = merit(c, expected, s, group);
			if ((found && !better(&m, &best)) || !offers(theirs, s, &offered))
				continue;
			best = m;
			*choice = offered;
			found = true;
		}
	}
	return found;
}

bool ike_candidates_claim_nat(const struct ike_candidates *c, const struct ike_path *expected)
{
	unsigned int i, udp = 0, none = 0;

	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		udp += c->at[i] ? c->at[i]->n_udp : 0;
		none += c->at[i] ? c->at[i]->n_none : 0;
	}
	return udp == c->n_paths ||
	       (!none && expected && expected->tunnel->conf->encap == CONF_ENCAP_UDP);
}

struct ike_tunnel *ike_candidates_only(const struct ike_candidates *c)
{
	const struct ike_path *path;
	struct ike_tunnel *t = NULL;
	unsigned int i;

	if (c->n_paths > CONF_PATHS_MAX)
		return NULL;
	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		if (!c->at[i])
			continue;
		TAILQ_FOREACH(path, &c->at[i]->paths, same_endpoints) {
			if (!path->counted)
				break;
			if (t && path->tunnel != t)
				return NULL;
			t = path->tunnel;
		}
	}
	return t;
}

struct table_node *ike_candidates_by_peer(const struct ike_engine *e,
					  const struct ike_endpoints *at,
					  const struct conf_id *id)
{
	return table_find(&e->by_peer, peer_key(at, id));
}
