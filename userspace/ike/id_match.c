// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/id_match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ike/candidates.h"
#include "ike/sa.h"
#include "wire/dump.h"

void ike_id_local(struct conf_id *id, const struct conf_tunnel *t,
		  const struct net_addr *local)
{
	struct net_addr plain = *local;

	if (t->local.id.type) {
		*id = t->local.id;
		return;
	}
	memset(id, 0, sizeof(*id));
	plain.port = 0;
	id->type = local->family == AF_INET ? IKEV2_ID_IPV4_ADDR : IKEV2_ID_IPV6_ADDR;
	id->len = (uint16_t)net_addr_len(local);
	memcpy(id->data, local->ip, id->len);
	net_addr_format(&plain, id->text);
}

void ike_id_set(struct conf_id *id, const struct wire_id *w)
{
	memset(id, 0, sizeof(*id));
	id->type = w->type;
	id->len = (uint16_t)w->data.len;
	if (id->len)
		memcpy(id->data, w->data.data,
		       id->len < sizeof(id->data) ? id->len : sizeof(id->data));
	wire_dump_id(id->text, sizeof(id->text), w->type, w->data);
}

bool ike_id_equal(const struct conf_id *a, const struct conf_id *b)
{
	if (a->type != b->type || a->len != b->len || a->len > sizeof(a->data))
		return false;
	if (a->type == IKEV2_ID_FQDN || a->type == IKEV2_ID_RFC822_ADDR)
		return !strncasecmp((const char *)a->data, (const char *)b->data, a->len);
	return !memcmp(a->data, b->data, a->len);
}

bool ike_id_accepts(const struct conf_id *want, const struct conf_id *id)
{
	return !want->type || ike_id_equal(want, id);
}

unsigned int ike_path_matches(const struct ike_path *path, const struct net_addr *local,
			      const struct net_addr *remote)
{
	const struct conf_path *c = path->conf;
	unsigned int score = 1;

	if (!net_addr_is_any(&c->local)) {
		if (!net_addr_same_ip(&c->local, local))
			return 0;
		score += 1;
	}
	if (!net_addr_is_any(&c->remote)) {
		if (!net_addr_same_ip(&c->remote, remote))
			return 0;
		score += 2;
	}
	return score;
}

/* 0 when not acceptable at all */
static unsigned int score(const struct ike_sa *sa, const struct ike_path *path,
			  const struct conf_id *idi, const struct conf_id *idr)
{
	const struct conf_tunnel *t = path->tunnel->conf;
	unsigned int points = ike_path_matches(path, &sa->local, &sa->remote);
	struct conf_id mine;

	if (!points || path->admin_down || !ike_id_accepts(&t->remote.id, idi))
		return 0;
	ike_id_local(&mine, t, &sa->local);
	/* Who says it is us reflects our own messages */
	if (ike_id_equal(&mine, idi) || (idr && !ike_id_equal(&mine, idr)))
		return 0;
	if (t->remote.id.type)
		points += 8;
	/* The suite was chosen before the identity was known */
	if (ike_suite_accepted(t, &sa->suite))
		points += 16;
	/* Among equals one without an IKE SA, so that each path gets its own */
	points = points * 2 + !ike_path_sa(path);
	return points;
}

static bool earlier(const struct ike_path *a, const struct ike_path *b)
{
	const struct conf_tunnel *s = a->tunnel->conf, *t = b->tunnel->conf;

	return s != t ? s->line < t->line : a->conf->id < b->conf->id;
}

struct ike_path *ike_select_path(const struct ike_sa *sa, const struct conf_id *idi,
				 const struct conf_id *idr)
{
	static const struct conf_id anybody = { .type = 0 };
	const struct conf_id *const ids[] = { idi, &anybody };
	struct ike_path *best = NULL;
	unsigned int best_score = 0;
	struct ike_candidates c;
	unsigned int i;

	ike_candidates_find(sa->engine, &sa->local, &sa->remote, &c);
	for (i = 0; i < IKE_ENDPOINTS_MAX * 2; i++) {
		const struct ike_endpoints *at = c.at[i / 2];
		struct table_node *node;

		if (!at)
			continue;
		node = ike_candidates_by_peer(sa->engine, at, ids[i % 2]);
		for (; node; node = table_next(node)) {
			struct ike_path *path = container_of(node, struct ike_path, by_peer);
			unsigned int s = score(sa, path, idi, idr);

			if (s > best_score || (s && s == best_score && earlier(path, best))) {
				best = path;
				best_score = s;
			}
		}
	}
	return best;
}

#define EXPECTED_SHOWN	3
#define EXPECTED_LOOKED_AT 32

const char *ike_expected_ids(const struct ike_sa *sa, char *buf, size_t size)
{
	const struct ike_tunnel *before = NULL;
	unsigned int i, found = 0, looked = 0;
	const struct ike_path *path;
	struct ike_candidates c;
	size_t len = 0;

	buf[0] = '\0';
	ike_candidates_find(sa->engine, &sa->local, &sa->remote, &c);
	for (i = 0; i < IKE_ENDPOINTS_MAX; i++) {
		if (!c.at[i])
			continue;
		TAILQ_FOREACH(path, &c.at[i]->paths, same_endpoints) {
			const struct conf_tunnel *t = path->tunnel->conf;
			struct conf_id mine;
			int n;

			if (++looked > EXPECTED_LOOKED_AT || len + 1 >= size)
				return buf;
			if (path->tunnel == before)
				continue;
			before = path->tunnel;
			if (++found > EXPECTED_SHOWN) {
				snprintf(buf + len, size - len, ", …");
				return buf;
			}
			ike_id_local(&mine, t, &sa->local);
			n = snprintf(buf + len, size - len, "%s'%s' from '%s' (tunnel %s)",
				     found > 1 ? ", " : "", mine.text,
				     t->remote.id.type ? t->remote.id.text : "any", t->name);
			len += n > 0 ? (size_t)n : 0;
		}
	}
	return buf;
}
