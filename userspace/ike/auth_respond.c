// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH, responder: who is it, which tunnel is it for */
#include <stdio.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/candidates.h"
#include "ike/exchange.h"
#include "ike/id_match.h"
#include "ike/nat_detect.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

#define FAILED_LINGER_MS 10000	/* answers retransmitted requests that long */

/* Refused: keep only what answers the same request once more */
static void refuse(struct ike_sa *sa, uint16_t notify)
{
	struct ike_engine *e = sa->engine;
	struct ike_path *path = sa->path;

	e->counters.ike_failed++;
	if (notify == IKEV2_N_AUTHENTICATION_FAILED)
		e->counters.auth_failures++;
	ike_send_notify_response(sa, IKEV2_IKE_AUTH, notify, wire_chunk(NULL, 0));
	sa->closing = true;
	ike_timer_arm(&e->timers, &sa->life, e->now + FAILED_LINGER_MS);
	if (!path)
		return;
	TAILQ_REMOVE(&path->sas, sa, on_path);
	sa->path = NULL;
	ike_path_update(path);
}

/* Its only candidate may want to know, of many none is to blame */
static void unknown_peer(struct ike_sa *sa, const struct conf_id *idr)
{
	char peer[NET_ADDR_STRLEN], expected[IKE_TEXT_MAX], local[NET_ADDR_STRLEN];
	const char *wants = idr ? idr->text : "anybody";
	struct ike_engine *e = sa->engine;
	struct ike_candidates c;
	struct ike_tunnel *only;
	unsigned int i, told = 0;

	e->counters.unknown_identities++;
	if (!ike_log_allowed(e))
		return;
	net_addr_format(&sa->remote, peer);
	ike_expected_ids(sa, expected, sizeof(expected));
	ike_candidates_find(e, &sa->local, &sa->remote, &c);
	only = ike_candidates_only(&c);
	for (i = 0; only && i < only->n_paths; i++) {
		struct ike_path *path = only->paths[i];

		if (!ike_path_matches(path, &sa->local, &sa->remote) || ike_path_sa(path))
			continue;
		ike_complain(path, "%s says it is '%s' and wants '%s'; ours: %s", peer,
			     sa->hs->remote_id.text, wants, expected);
		told++;
	}
	if (!told)
		ike_log(e, IKE_LOG_WARN, NULL,
			"%s at our %s says it is '%s' and wants '%s'; ours: %s", peer,
			net_addr_format(&sa->local, local), sa->hs->remote_id.text, wants,
			expected);
}

static bool identify(struct ike_sa *sa, const struct ike_message *m)
{
	const struct wire_payload *r = wire_find(m->p, IKEV2_PL_IDR);
	struct conf_id idr;
	struct ike_path *path;
	struct wire_id id;

	if (!ike_auth_take_id(sa, wire_find(m->p, IKEV2_PL_IDI)))
		return false;
	if (r && wire_parse_id(&id, r) == WIRE_OK)
		ike_id_set(&idr, &id);
	else
		r = NULL;
	path = ike_select_path(sa, &sa->hs->remote_id, r ? &idr : NULL);
	if (!path) {
		unknown_peer(sa, r ? &idr : NULL);
		return false;
	}
	ike_sa_attach(sa, path);
	ike_id_local(&sa->hs->local_id, sa->conf, &sa->local);
	return true;
}

static bool encapsulation(struct ike_sa *sa)
{
	bool nat = sa->nat_local || sa->nat_remote;
	char why[IKE_TEXT_MAX];

	if (ike_nat_refused(sa, why, sizeof(why))) {
		ike_complain(sa->path, "%s", why);
		return false;
	}
	sa->udp = (nat || sa->udp) &&
		  sa->local.port == sa->engine->conf->daemon.natt_port;
	if (!sa->udp && sa->conf->encap == CONF_ENCAP_UDP) {
		ike_complain(sa->path, "peer did not move to UDP encapsulation: native ESP is used");
		ike_candidates_expect(sa->path, &sa->remote);
	}
	return true;
}

/*
 * IKE_SA_INIT was answered for whoever it might have been. Now it is known who
 * it is, and remembered: the peer's next try is answered for this tunnel.
 */
static bool suite_accepted(struct ike_sa *sa)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	char ours[IKE_TEXT_MAX / 2];

	if (ike_suite_accepted(sa->conf, &sa->suite))
		return true;
	sa->engine->counters.no_proposal++;
	ike_candidates_expect(sa->path, &sa->remote);
	ike_complain(sa->path, "IKE proposal %s was agreed on before '%s' had said who it is; this tunnel wants %s, which its next try gets",
		     sa->proposal, sa->hs->remote_id.text,
		     ike_offer_text(&offer, ours, sizeof(ours)));
	return false;
}

/*
 * The peer has restarted: what it had on this path is gone. IKE SAs of other
 * paths have the same identities but may be alive: ask them (section 2.4).
 */
static void initial_contact(struct ike_sa *sa)
{
	struct ike_tunnel *t = sa->path->tunnel;
	struct ike_sa *other, *next;
	unsigned int i;

	for (i = 0; i < t->n_paths; i++) {
		IKE_TAILQ_EACH_SAFE(other, &t->paths[i]->sas, on_path, next) {
			if (other == sa || other->state != IKE_SA_ESTABLISHED ||
			    !other->remote_id ||
			    !ike_id_equal(other->remote_id, sa->remote_id))
				continue;
			if (other->path == sa->path && other->established <= sa->created) {
				ike_log(sa->engine, IKE_LOG_INFO, t->conf->name,
					"path %s: peer has restarted (INITIAL_CONTACT)",
					sa->path->conf->name);
				ike_sa_destroy(other);
			} else if (other->path != sa->path) {
				other->want_probe = true;
				ike_sa_kick(other);
			}
		}
	}
}

/* ---- answer ------------------------------------------------------------- */

static void answer(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;
	struct ike_child *c = t->child;
	struct conf_id *id = &sa->hs->local_id;
	struct ike_path *path = sa->path;
	struct wire_builder b;
	bool refused = t->child_error;

	ike_build(sa->engine, &b);
	wire_add_id(&b, IKEV2_PL_IDR, id->type, wire_chunk(id->data, id->len));
	if (!ike_auth_add(sa, &b, id)) {
		ike_sa_failed(sa, "cannot compute AUTH");
		return;
	}
	if (c && !refused)
		ike_child_add_answer(&b, t);
	else if (refused)
		wire_add_notify(&b, t->child_error, wire_chunk(NULL, 0));
	if (!ike_send_response(sa, IKEV2_IKE_AUTH, &b)) {
		ike_sa_failed(sa, "cannot make an IKE_AUTH response");
		return;
	}
	t->child = NULL;
	ike_task_end(t);
	ike_sa_established(sa);
	ike_collision_initial(sa);
	if (!c)
		return;
	if (refused) {
		ike_child_destroy(c);
		ike_path_child_failed(path);
		return;
	}
	ike_child_first(c);
}

static void child_in(struct ike_task *t, int error)
{
	struct ike_engine *e = t->sa->engine;

	if (error) {
		ike_complain(t->sa->path, "kernel refused the inbound SA: %s",
			     ike_kernel_why(e, error));
		t->child_error = IKEV2_N_NO_ADDITIONAL_SAS;
	}
	answer(t);
}

static void spi_done(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;

	if (error) {
		ike_complain(sa->path, "kernel gave no SPI: %s",
			     ike_kernel_why(sa->engine, error));
		t->child_error = IKEV2_N_NO_ADDITIONAL_SAS;
	} else if (!ike_child_derive(t->child, t, &sa->hs->ni, &sa->hs->nr)) {
		t->child_error = IKEV2_N_NO_PROPOSAL_CHOSEN;
	}
	if (t->child_error)
		answer(t);
	else
		ike_op_sa_in(t, child_in);
}

static void first_child(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	if (!wire_find(m->p, IKEV2_PL_SA) || !wire_find(m->p, IKEV2_PL_TSI) ||
	    !wire_find(m->p, IKEV2_PL_TSR)) {
		answer(t);
		return;
	}
	t->child = ike_child_new(sa, false);
	if (!t->child) {
		t->child_error = IKEV2_N_NO_ADDITIONAL_SAS;
		answer(t);
		return;
	}
	t->child_error = ike_child_accept(t, m, NULL, false);
	if (t->child_error)
		answer(t);
	else
		ike_op_spi(t, spi_done);
}

void ike_auth_request(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t;

	/* Authenticated by the key exchange: from here on we answer to there */
	sa->local = m->local;
	sa->remote = m->remote;
	if (!identify(sa, m)) {
		refuse(sa, IKEV2_N_AUTHENTICATION_FAILED);
		return;
	}
	if (!ike_auth_verify(sa, wire_find(m->p, IKEV2_PL_AUTH))) {
		if (ike_log_allowed(sa->engine))
			ike_complain(sa->path, "peer '%s' failed to authenticate: its pre-shared key is not ours",
				     sa->hs->remote_id.text);
		refuse(sa, IKEV2_N_AUTHENTICATION_FAILED);
		return;
	}
	if (!suite_accepted(sa) || !encapsulation(sa)) {
		refuse(sa, IKEV2_N_NO_PROPOSAL_CHOSEN);
		return;
	}
	t = ike_task_new(sa, IKE_TASK_AUTH, false);
	if (!t || !ike_auth_keep_ids(sa)) {
		ike_sa_failed(sa, "out of memory");
		return;
	}
	if (wire_find_notify(m->p, IKEV2_N_INITIAL_CONTACT, NULL))
		initial_contact(sa);
	first_child(sa, t, m);
}
