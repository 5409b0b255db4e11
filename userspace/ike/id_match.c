// SPDX-License-Identifier: GPL-2.0-or-later
#include "ike/id_match.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

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
	id->len = (uint16_t)(w->data.len < sizeof(id->data) ? w->data.len : sizeof(id->data));
	if (id->len)
		memcpy(id->data, w->data.data, id->len);
	wire_dump_id(id->text, sizeof(id->text), w->type, w->data);
}

bool ike_id_equal(const struct conf_id *a, const struct conf_id *b)
{
	if (a->type != b->type || a->len != b->len)
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

static bool proposal_fits(const struct conf_tunnel *t, const struct crypto_suite *s)
{
	unsigned int i, j;

	for (i = 0; i < t->n_ike; i++) {
		const struct conf_proposal *p = &t->ike[i];

		if (p->encr != s->encr || p->key_bits != s->encr_bits ||
		    p->integ != s->integ || p->prf != s->prf)
			continue;
		for (j = 0; j < p->n_groups; j++)
			if (p->groups[j] == s->group)
				return true;
	}
	return false;
}

/* 0 when not acceptable at all */
static unsigned int score(const struct ike_sa *sa, const struct ike_path *path,
			  const struct conf_id *idi, const struct conf_id *idr)
{
	const struct conf_tunnel *t = path->tunnel->conf;
	unsigned int points = ike_path_matches(path, &sa->local, &sa->remote);
	struct conf_id mine;

	if (!points || path->admin_down || !ike_id_accepts(&t->remote.id, idi) ||
	    !proposal_fits(t, &sa->suite))
		return 0;
	ike_id_local(&mine, t, &sa->local);
	/* Who says it is us reflects our own messages */
	if (ike_id_equal(&mine, idi) || (idr && !ike_id_equal(&mine, idr)))
		return 0;
	if (t->remote.id.type)
		points += 8;
	/* Among equals one without an IKE SA, so that each path gets its own */
	points = points * 2 + !ike_path_sa(path);
	return points;
}

struct ike_path *ike_select_path(const struct ike_sa *sa, const struct conf_id *idi,
				 const struct conf_id *idr)
{
	const struct ike_engine *e = sa->engine;
	struct ike_path *best = NULL;
	unsigned int best_score = 0;
	size_t i;

	for (i = 0; i < e->n_tunnels; i++) {
		const struct ike_tunnel *t = e->tunnels[i];
		unsigned int j;

		for (j = 0; j < t->n_paths; j++) {
			unsigned int s = score(sa, t->paths[j], idi, idr);

			if (s > best_score) {
				best = t->paths[j];
				best_score = s;
			}
		}
	}
	return best;
}

const char *ike_expected_ids(const struct ike_sa *sa, char *buf, size_t size)
{
	const struct ike_engine *e = sa->engine;
	size_t i, len = 0;
	unsigned int j, found = 0;

	buf[0] = '\0';
	for (i = 0; i < e->n_tunnels; i++) {
		const struct ike_tunnel *t = e->tunnels[i];
		struct conf_id mine;
		int n;

		for (j = 0; j < t->n_paths; j++)
			if (ike_path_matches(t->paths[j], &sa->local, &sa->remote))
				break;
		if (j == t->n_paths || len + 1 >= size)
			continue;
		if (++found > 3) {
			snprintf(buf + len, size - len, ", …");
			break;
		}
		ike_id_local(&mine, t->conf, &sa->local);
		n = snprintf(buf + len, size - len, "%s'%s' from '%s' (tunnel %s)",
			     found > 1 ? ", " : "", mine.text,
			     t->conf->remote.id.type ? t->conf->remote.id.text : "any",
			     t->conf->name);
		len += n > 0 ? (size_t)n : 0;
	}
	return buf;
}
