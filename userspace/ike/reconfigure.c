// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A tunnel whose configuration was changed under its IKE SAs. What the peer
 * does not have to hear of is taken over; what was negotiated is negotiated
 * anew by a rekey, or by another IKE SA beside the one in use: no packet is
 * lost to a reload.
 */
#include <string.h>

#include "ike/candidates.h"
#include "ike/config.h"
#include "ike/exchange.h"
#include "ike/sa.h"

static bool same_secret(const struct conf_auth *a, const struct conf_auth *b)
{
	return a->psk_len == b->psk_len && crypto_equal(a->psk, b->psk, a->psk_len);
}

static bool same_id(const struct conf_id *a, const struct conf_id *b)
{
	return a->type == b->type && a->len == b->len && !memcmp(a->data, b->data, a->len);
}

bool ike_config_anew(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return strcmp(a->device, b->device) || !same_id(&a->local.id, &b->local.id) ||
	       !same_id(&a->remote.id, &b->remote.id) || !same_secret(&a->local, &b->local) ||
	       !same_secret(&a->remote, &b->remote);
}

static bool same_selectors(const struct conf_selector *a, unsigned int n_a,
			   const struct conf_selector *b, unsigned int n_b)
{
	unsigned int i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (!net_addr_same_ip(&a[i].start, &b[i].start) ||
		    !net_addr_same_ip(&a[i].end, &b[i].end))
			return false;
	return true;
}

static bool esp_accepted(const struct conf_tunnel *t, const struct ike_child *c)
{
	unsigned int i, j;

	for (i = 0; i < t->n_esp; i++) {
		const struct conf_proposal *p = &t->esp[i];

		if (p->encr != c->suite.encr || p->key_bits != c->suite.encr_bits ||
		    p->integ != c->suite.integ || (c->esn ? !p->esn : p->esn && !p->no_esn))
			continue;
		/* The child of IKE_AUTH has no group, whatever is configured */
		for (j = 0; c->suite.group && j < p->n_groups; j++)
			if (p->groups[j] == c->suite.group)
				break;
		if (!c->suite.group || j < p->n_groups)
			return true;
	}
	return false;
}

/* Is the kernel to be told what only a new SA can be told? */
static bool same_limits(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return a->esp_lifetime == b->esp_lifetime && a->esp_bytes == b->esp_bytes &&
	       a->esp_packets == b->esp_packets && a->replay_window == b->replay_window;
}

static void child(struct ike_child *c, const struct conf_tunnel *before,
		  const struct conf_tunnel *now)
{
	bool reselect = !same_selectors(before->local_ts, before->n_local_ts, now->local_ts,
					now->n_local_ts) ||
			!same_selectors(before->remote_ts, before->n_remote_ts, now->remote_ts,
					now->n_remote_ts);

	if (c->state != IKE_CHILD_INSTALLED || c->want_delete)
		return;
	c->reselect |= reselect;
	if (reselect || !same_limits(before, now) || !esp_accepted(now, c))
		ike_child_rekey_soon(c);
}

static bool encapsulation_fits(const struct ike_sa *sa)
{
	return sa->udp ? sa->conf->encap != CONF_ENCAP_NONE : sa->conf->encap != CONF_ENCAP_UDP;
}

/* Only IKE_SA_INIT can settle it: another IKE SA takes over when it is there */
static void beside(struct ike_sa *sa)
{
	struct ike_path *path = sa->path;

	if (net_addr_is_any(&path->conf->remote))
		ike_sa_close(sa, "its encapsulation is not the configured one any more");
	else
		ike_path_start(path);
}

void ike_sa_reconfigure(struct ike_sa *sa)
{
	struct conf_tunnel *before = sa->conf, *now = sa->path->tunnel->conf;
	bool encap = before->encap != now->encap;
	struct ike_child *c;

	if (before == now)
		return;
	sa->conf = conf_tunnel_ref(now);
	if (sa->state == IKE_SA_ESTABLISHED && !sa->redundant) {
		if (before->detect_ms != now->detect_ms)
			ike_sa_liveness(sa);
		if (before->ike_lifetime != now->ike_lifetime)
			ike_sa_lifetime(sa);
		if (!ike_suite_accepted(now, &sa->suite))
			ike_sa_rekey_soon(sa);
		TAILQ_FOREACH(c, &sa->children, link)
			child(c, before, now);
	}
	conf_tunnel_unref(before);
	if (encap && sa->state == IKE_SA_ESTABLISHED && !sa->redundant &&
	    !encapsulation_fits(sa))
		beside(sa);
}

/* Its exchange was begun under other terms, and there is nothing to lose yet */
static bool half_way(const struct ike_sa *sa, const struct conf_tunnel *now)
{
	return (sa->state == IKE_SA_INIT || sa->state == IKE_SA_AUTH) &&
	       !conf_tunnel_same(sa->conf, now);
}

void ike_path_reconfigure(struct ike_path *path)
{
	struct ike_sa *sa, *next;

	IKE_TAILQ_EACH_SAFE(sa, &path->sas, on_path, next) {
		if (half_way(sa, path->tunnel->conf))
			ike_sa_destroy(sa);
		else
			ike_sa_kick(sa);
	}
	if (path->in_kernel && path->sending)
		ike_path_sync(path, path->sending->sa);
}
