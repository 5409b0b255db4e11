// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reload may leave alone */
#include <string.h>

#include "config/conf.h"

static bool same_prefix(const void *x, const void *y)
{
	const struct conf_prefix *a = x, *b = y;

	return a->len == b->len && net_addr_same_ip(&a->addr, &b->addr);
}

static bool same_selector(const void *x, const void *y)
{
	const struct conf_selector *a = x, *b = y;

	return net_addr_same_ip(&a->start, &b->start) &&
		net_addr_same_ip(&a->end, &b->end);
}

static bool same_proposal(const void *x, const void *y)
{
	const struct conf_proposal *a = x, *b = y;

	return a->encr == b->encr && a->key_bits == b->key_bits &&
		a->prf == b->prf && a->integ == b->integ &&
		a->esn == b->esn && a->no_esn == b->no_esn &&
		a->n_groups == b->n_groups &&
		!memcmp(a->groups, b->groups,
			a->n_groups * sizeof(a->groups[0]));
}

static bool same_path(const void *x, const void *y)
{
	const struct conf_path *a = x, *b = y;

	return a->id == b->id && !strcmp(a->name, b->name) &&
		net_addr_equal(&a->local, &b->local) &&
		net_addr_equal(&a->remote, &b->remote) &&
		a->remote_port == b->remote_port &&
		a->priority == b->priority && a->weight == b->weight;
}

static bool same_auth(const struct conf_auth *a, const struct conf_auth *b)
{
	return a->id.type == b->id.type && a->id.len == b->id.len &&
		!memcmp(a->id.data, b->id.data, a->id.len) &&
		a->psk_len == b->psk_len &&
		!memcmp(a->psk, b->psk, a->psk_len);
}

static bool same_list(const void *a, unsigned int n_a, const void *b,
		      unsigned int n_b, size_t size,
		      bool (*same)(const void *x, const void *y))
{
	unsigned int i;

	if (n_a != n_b)
		return false;
	for (i = 0; i < n_a; i++)
		if (!same((const char *)a + i * size, (const char *)b + i * size))
			return false;
	return true;
}

static bool same_lists(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return same_list(a->addresses, a->n_addresses, b->addresses,
			 b->n_addresses, sizeof(a->addresses[0]), same_prefix) &&
		same_list(a->paths, a->n_paths, b->paths, b->n_paths,
			  sizeof(a->paths[0]), same_path) &&
		same_list(a->local_ts, a->n_local_ts, b->local_ts,
			  b->n_local_ts, sizeof(a->local_ts[0]), same_selector) &&
		same_list(a->remote_ts, a->n_remote_ts, b->remote_ts,
			  b->n_remote_ts, sizeof(a->remote_ts[0]), same_selector) &&
		same_list(a->ike, a->n_ike, b->ike, b->n_ike,
			  sizeof(a->ike[0]), same_proposal) &&
		same_list(a->esp, a->n_esp, b->esp, b->n_esp,
			  sizeof(a->esp[0]), same_proposal);
}

bool conf_tunnel_same(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return !strcmp(a->name, b->name) && !strcmp(a->device, b->device) &&
		same_auth(&a->local, &b->local) &&
		same_auth(&a->remote, &b->remote) &&
		a->ike_lifetime == b->ike_lifetime &&
		a->esp_lifetime == b->esp_lifetime &&
		a->esp_bytes == b->esp_bytes &&
		a->esp_packets == b->esp_packets &&
		a->replay_window == b->replay_window &&
		a->encap == b->encap && a->detect_ms == b->detect_ms &&
		a->keepalive == b->keepalive && a->start == b->start &&
		a->mtu == b->mtu && a->mss_clamp == b->mss_clamp &&
		a->fwmark == b->fwmark && a->hold_ms == b->hold_ms &&
		same_lists(a, b);
}

static uint32_t id_before(const struct conf_tunnel *before, const char *name)
{
	unsigned int i;

	for (i = 0; i < before->n_paths; i++)
		if (!strcmp(before->paths[i].name, name))
			return before->paths[i].id;
	return 0;
}

static bool id_taken(const struct conf_tunnel *t, uint32_t id)
{
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		if (t->paths[i].id == id)
			return true;
	return false;
}

static void keep_ids(const struct conf_tunnel *before, struct conf_tunnel *now)
{
	uint32_t next = 1;
	unsigned int i;

	for (i = 0; i < now->n_paths; i++)
		now->paths[i].id = id_before(before, now->paths[i].name);
	for (i = 0; i < now->n_paths; i++) {
		if (now->paths[i].id)
			continue;
		/* Not one that has just become free: it may still be in use */
		while (id_taken(now, next) || id_taken(before, next))
			next++;
		now->paths[i].id = next;
	}
}

void conf_keep_path_ids(const struct conf *before, struct conf *now)
{
	size_t i;

	for (i = 0; i < now->n_tunnels; i++) {
		const struct conf_tunnel *t = conf_find_tunnel(before, now->tunnels[i]->name);

		if (t)
			keep_ids(t, now->tunnels[i]);
	}
}
