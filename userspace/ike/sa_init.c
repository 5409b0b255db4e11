// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * IKE_SA_INIT, initiator (RFC 7296 section 1.2). Nothing in it is protected:
 * an error may be forged, so it is noted while we go on asking.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/nat_detect.h"
#include "ike/proposal_select.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

struct ike_offer ike_ike_offer(const struct conf_tunnel *conf)
{
	struct ike_offer offer = { conf->ike, conf->n_ike, IKEV2_PROTO_IKE, true };

	return offer;
}

bool ike_init_keys(struct ike_sa *sa, struct ike_task *t)
{
	struct crypto_nonces nonces = {
		ike_nonce_chunk(&sa->hs->ni), ike_nonce_chunk(&sa->hs->nr)
	};

	if (crypto_ike_keys_derive(sa->engine->crypto, &sa->suite, &t->shared, &nonces,
				   sa->spi_i, sa->spi_r, &sa->keys) != CRYPTO_OK)
		return false;
	crypto_shared_clear(&t->shared);
	sa->low_nonce = ike_nonce_lower(&sa->hs->ni, &sa->hs->nr) ? sa->hs->ni : sa->hs->nr;
	ike_suite_text(&sa->suite, false, sa->proposal, sizeof(sa->proposal));
	return ike_sa_set_keys(sa);
}

static bool build_request(struct ike_sa *sa, struct ike_task *t, size_t *len)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_engine *e = sa->engine;
	struct wire_header h = { .spi_i = sa->spi_i, .exchange = IKEV2_IKE_SA_INIT,
				 .flags = IKEV2_FLAG_INITIATOR };
	struct wire_builder b;

	wire_build_message(&b, &h, e->build, WIRE_MESSAGE_MAX);
	/* The cookie comes first, the rest stays as it was (section 2.6) */
	if (sa->hs->cookie_len)
		wire_add_notify(&b, IKEV2_N_COOKIE,
				wire_chunk(sa->hs->cookie, sa->hs->cookie_len));
	ike_offer_build(&e->sa_out, &offer, 0, t->group);
	wire_add_sa(&b, &e->sa_out);
	wire_add_ke(&b, t->group, crypto_ke_public(t->ke));
	wire_add_nonce(&b, ike_nonce_chunk(&sa->hs->ni));
	ike_nat_add(e, &b, sa, sa->conf->encap == CONF_ENCAP_UDP);
	wire_add_notify(&b, IKEV2_N_FRAGMENTATION_SUPPORTED, wire_chunk(NULL, 0));
	return wire_build_end(&b, len) == WIRE_OK;
}

static void send_request(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;
	size_t len;

	if (error || !build_request(sa, t, &len) ||
	    !ike_packet_keep(&sa->hs->request, sa->engine->build, len) ||
	    !ike_send_clear_request(sa, sa->engine->build, len)) {
		ike_sa_failed(sa, "cannot make an IKE_SA_INIT request: %s",
			      error ? crypto_status_text(t->ke_status) : "out of memory");
		return;
	}
	sa->engine->counters.init_sent++;
}

static bool try_group(struct ike_task *t, uint16_t group)
{
	unsigned int i;

	for (i = 0; i < t->n_groups_tried; i++)
		if (t->groups_tried[i] == group)
			return false;
	if (t->n_groups_tried == IKE_GROUPS_MAX)
		return false;
	t->groups_tried[t->n_groups_tried++] = group;
	t->group = group;
	return true;
}

bool ike_task_other_group(struct ike_task *t, const struct ike_offer *offer, uint16_t group)
{
	uint16_t groups[IKE_GROUPS_MAX];
	unsigned int n = ike_offer_groups(offer, groups, IKE_GROUPS_MAX);
	unsigned int i;

	for (i = 0; i < n; i++)
		if (groups[i] == group)
			return try_group(t, group);
	return false;
}

bool ike_task_first_group(struct ike_task *t, const struct ike_offer *offer, uint16_t in_use)
{
	uint16_t groups[IKE_GROUPS_MAX];

	if (in_use && ike_task_other_group(t, offer, in_use))
		return true;
	return ike_offer_groups(offer, groups, IKE_GROUPS_MAX) && try_group(t, groups[0]);
}

bool ike_init_start(struct ike_path *path, const struct net_addr *local,
		    const struct net_addr *remote)
{
	struct ike_offer offer = ike_ike_offer(path->tunnel->conf);
	struct ike_engine *e = path->engine;
	struct ike_sa *sa = ike_sa_new(e, true);
	struct ike_task *t;

	if (!sa)
		return false;
	sa->local = *local;
	sa->remote = *remote;
	sa->hs = calloc(1, sizeof(*sa->hs));
	t = sa->hs ? ike_task_new(sa, IKE_TASK_INIT, true) : NULL;
	if (!t || !ike_task_first_group(t, &offer, 0)) {
		ike_sa_destroy(sa);
		return false;
	}
	ike_sa_attach(sa, path);
	ike_nonce_make(e, &sa->hs->ni);
	ike_op_ke(t, false, send_request);
	return true;
}

/* ---- what may come instead of an answer --------------------------------- */

/* The same request once more, with a cookie or another group; still ID 0 */
static void send_again(struct ike_sa *sa)
{
	ike_request_answered(sa);
	if (sa->task->ke)
		send_request(sa->task, 0);
	else
		ike_op_ke(sa->task, false, send_request);
}

static void cookie_wanted(struct ike_sa *sa, struct wire_chunk cookie)
{
	struct ike_handshake *hs = sa->hs;

	if (!cookie.len || cookie.len > sizeof(hs->cookie) ||
	    hs->cookies >= IKE_COOKIE_TRIES)
		return;
	hs->cookies++;
	memcpy(hs->cookie, cookie.data, cookie.len);
	hs->cookie_len = (uint8_t)cookie.len;
	send_again(sa);
}

static void group_wanted(struct ike_sa *sa, struct wire_chunk data)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_task *t = sa->task;
	char peer[NET_ADDR_STRLEN];
	uint16_t group = data.len == 2 ? wire_load_u16(data.data) : 0;

	/* Only a group we offered, and each only once, or it never ends */
	if (data.len != 2 || !ike_task_other_group(t, &offer, group)) {
		sa->hs->error = IKEV2_N_INVALID_KE_PAYLOAD;
		snprintf(sa->hs->error_text, sizeof(sa->hs->error_text),
			 "%s wants key exchange group %s (%u), which we did not offer or already tried",
			 net_addr_format(&sa->remote, peer),
			 ikev2_transform_name(IKEV2_TRANSFORM_KE, group), group);
		return;
	}
	sa->engine->counters.invalid_ke++;
	crypto_ke_free(t->ke);
	t->ke = NULL;
	send_again(sa);
}

static void note_error(struct ike_sa *sa, const struct ike_message *m, uint16_t type)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	char ours[IKE_TEXT_MAX], peer[NET_ADDR_STRLEN];
	struct ike_handshake *hs = sa->hs;
	bool first = hs->error != type;

	sa->engine->counters.clear_errors++;
	hs->error = type;
	net_addr_format(&m->remote, peer);
	if (type == IKEV2_N_NO_PROPOSAL_CHOSEN)
		snprintf(hs->error_text, sizeof(hs->error_text),
			 "%s has no tunnel for us, has it taken down, or accepts none of our IKE proposals (NO_PROPOSAL_CHOSEN); ours: %s",
			 peer, ike_offer_text(&offer, ours, sizeof(ours)));
	else
		snprintf(hs->error_text, sizeof(hs->error_text),
			 "%s answered IKE_SA_INIT with %s (%u)", peer,
			 ikev2_notify_name(type), type);
	if (first)
		ike_complain(sa->path, "%s", hs->error_text);
}

/* Perhaps not from the peer at all: go on asking, and tell if nothing better comes */
void ike_init_useless(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_handshake *hs = sa->hs;
	char peer[NET_ADDR_STRLEN];

	sa->engine->counters.malformed++;
	if (!hs || hs->error)
		return;
	hs->error = IKEV2_N_INVALID_SYNTAX;
	snprintf(hs->error_text, sizeof(hs->error_text),
		 "%s answered IKE_SA_INIT with what is malformed, or was not offered",
		 net_addr_format(&m->remote, peer));
}

void ike_init_error(struct ike_sa *sa, const struct ike_message *m)
{
	struct wire_notify n;

	if (wire_find_notify(m->p, IKEV2_N_COOKIE, &n))
		cookie_wanted(sa, n.data);
	else if (wire_find_notify(m->p, IKEV2_N_INVALID_KE_PAYLOAD, &n))
		group_wanted(sa, n.data);
	else if (ike_first_error(m->p, &n))
		note_error(sa, m, n.type);
}

/* ---- the answer --------------------------------------------------------- */

static void derived(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;

	if (error || !ike_init_keys(sa, t)) {
		/* The answer was forged, or the peer is broken: too late to tell */
		sa->engine->counters.ike_failed++;
		ike_sa_failed(sa, "key exchange with the peer failed: %s",
			      crypto_status_text(t->ke_status));
		return;
	}
	ike_task_end(t);
	ike_auth_start(sa);
}

/* Move to port 4500 before IKE_AUTH when there is a NAT (section 2.23) */
static bool encapsulation(struct ike_sa *sa)
{
	enum conf_encap encap = sa->conf->encap;
	bool nat = sa->nat_local || sa->nat_remote;
	char why[IKE_TEXT_MAX];

	if (ike_nat_refused(sa, why, sizeof(why))) {
		ike_sa_failed(sa, "%s", why);
		return false;
	}
	if (encap == CONF_ENCAP_UDP && !sa->nat_known) {
		ike_sa_failed(sa, "peer does not do NAT traversal, and the configuration says encap = udp");
		return false;
	}
	sa->udp = nat || encap == CONF_ENCAP_UDP;
	if (sa->udp && sa->local.port != sa->engine->conf->daemon.natt_port) {
		sa->local.port = sa->engine->conf->daemon.natt_port;
		sa->remote.port = IKEV2_NATT_PORT;
	}
	return true;
}

static bool read_answer(struct ike_sa *sa, const struct ike_message *m, struct ike_choice *c)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_engine *e = sa->engine;
	struct ike_task *t = sa->task;
	struct wire_chunk nonce;
	struct wire_ke ke;

	if (wire_parse_sa(&e->sa_in, wire_find(m->p, IKEV2_PL_SA)) != WIRE_OK ||
	    wire_parse_ke(&ke, wire_find(m->p, IKEV2_PL_KE)) != WIRE_OK ||
	    wire_parse_nonce(&nonce, wire_find(m->p, IKEV2_PL_NONCE)) != WIRE_OK)
		return false;
	if (!m->raw->header.spi_r || !ike_offer_verify(c, &offer, &e->sa_in) ||
	    c->suite.group != t->group || !ike_nonce_set(&sa->hs->nr, nonce))
		return false;
	return ike_task_take_key(t, &ke);
}

void ike_init_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t = sa->task;
	struct ike_choice choice;

	if (!read_answer(sa, m, &choice)) {
		ike_init_useless(sa, m);
		return;
	}
	if (!ike_packet_keep(&sa->hs->response, m->raw->data, m->raw->len))
		return;
	ike_request_answered(sa);
	sa->win.next = 1;
	sa->spi_r = m->raw->header.spi_r;
	sa->suite = choice.suite;
	sa->fragmentation = wire_find_notify(m->p, IKEV2_N_FRAGMENTATION_SUPPORTED, NULL);
	ike_nat_check(sa, m);
	if (encapsulation(sa))
		ike_op_ke(t, true, derived);
}
