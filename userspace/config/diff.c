// SPDX-License-Identifier: GPL-2.0-or-later
/* What a reload may leave alone */
#include <string.h>

#include "config/conf.h"

static bool same_prefix(const struct conf_prefix *a, const struct conf_prefix *b)
{
	return a->len == b->len && net_addr_same_ip(&a->addr, &b->addr);
}

static bool same_selector(const struct conf_selector *a,
			  const struct conf_selector *b)
{
	return net_addr_same_ip(&a->start, &b->start) &&
		net_addr_same_ip(&a->end, &b->end);
}

static bool same_proposal(const struct conf_proposal *a,
			  const struct conf_proposal *b)
{
	return a->encr == b->encr && a->key_bits == b->key_bits &&
		a->prf == b->prf && a->integ == b->integ &&
		a->esn == b->esn && a->no_esn == b->no_esn &&
		a->n_groups == b->n_groups &&
		!memcmp(a->groups, b->groups,
			a->n_groups * sizeof(a->groups[0]));
}

static bool same_path(const struct conf_path *a, const struct conf_path *b)
{
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

#define SAME_LIST(a, b, list, n, same) __extension__({			\
	bool same_ = (a)->n == (b)->n;					\
	unsigned int i_;						\
									\
	for (i_ = 0; same_ && i_ < (a)->n; i_++)			\
		same_ = same(&(a)->list[i_], &(b)->list[i_]);		\
	same_;								\
})

static bool same_lists(const struct conf_tunnel *a, const struct conf_tunnel *b)
{
	return SAME_LIST(a, b, addresses, n_addresses, same_prefix) &&
		SAME_LIST(a, b, paths, n_paths, same_path) &&
		SAME_LIST(a, b, local_ts, n_local_ts, same_selector) &&
		SAME_LIST(a, b, remote_ts, n_remote_ts, same_selector) &&
		SAME_LIST(a, b, ike, n_ike, same_proposal) &&
		SAME_LIST(a, b, esp, n_esp, same_proposal);
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
