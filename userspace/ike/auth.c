// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH, initiator, and the AUTH payload of both roles (section 2.15) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/auth.h"
#include "ike/exchange.h"
#include "ike/id_match.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

bool ike_auth_compute(struct ike_sa *sa, bool initiator_side, struct wire_chunk id_body,
		      const struct conf_auth *secret, uint8_t *out, size_t *len)
{
	const struct ike_handshake *hs = sa->hs;
	const struct ike_packet *p = initiator_side ? &hs->request : &hs->response;
	const struct ike_nonce *nonce = initiator_side ? &hs->nr : &hs->ni;
	struct crypto_lib *lib = sa->engine->crypto;
	struct crypto_auth_octets octets;

	if (crypto_auth_octets(lib, sa->suite.prf, wire_chunk(p->data, p->len),
			       ike_nonce_chunk(nonce),
			       initiator_side ? &sa->keys.pi : &sa->keys.pr,
			       id_body, &octets) != CRYPTO_OK)
		return false;
	*len = crypto_prf_len(sa->suite.prf);
	return crypto_auth_psk(lib, sa->suite.prf, wire_chunk(secret->psk, secret->psk_len),
			       &octets, out) == CRYPTO_OK;
}

bool ike_auth_take_id(struct ike_sa *sa, const struct wire_payload *payload)
{
	struct ike_handshake *hs = sa->hs;
	struct wire_id id;

	if (!payload || wire_parse_id(&id, payload) != WIRE_OK)
		return false;
	ike_id_set(&hs->remote_id, &id);
	return ike_packet_keep(&hs->remote_id_body, payload->body, payload->len);
}

bool ike_auth_verify(struct ike_sa *sa, const struct wire_payload *payload)
{
	const struct ike_packet *body = &sa->hs->remote_id_body;
	const struct conf_tunnel *conf = sa->conf;
	uint8_t expect[CRYPTO_HASH_MAX];
	struct wire_auth auth;
	size_t len;
	bool ok;

	if (!payload || wire_parse_auth(&auth, payload) != WIRE_OK ||
	    auth.method != IKEV2_AUTH_PSK)
		return false;
	if (!ike_auth_compute(sa, !sa->initiator, wire_chunk(body->data, body->len),
			      conf->remote.psk_len ? &conf->remote : &conf->local, expect,
			      &len))
		return false;
	ok = auth.data.len == len && crypto_equal(auth.data.data, expect, len);
	crypto_cleanse(expect, sizeof(expect));
	return ok;
}

bool ike_auth_add(struct ike_sa *sa, struct wire_builder *b, const struct conf_id *id)
{
	uint8_t data[CRYPTO_HASH_MAX];
	uint8_t body[4 + CONF_ID_MAX];
	size_t len, body_len;

	if (wire_id_body(body, sizeof(body), id->type, wire_chunk(id->data, id->len),
			 &body_len) != WIRE_OK ||
	    !ike_auth_compute(sa, sa->initiator, wire_chunk(body, body_len), &sa->conf->local,
			      data, &len))
		return false;
	wire_add_auth(b, IKEV2_AUTH_PSK, wire_chunk(data, len));
	return true;
}

bool ike_auth_keep_ids(struct ike_sa *sa)
{
	sa->local_id = malloc(sizeof(*sa->local_id));
	sa->remote_id = malloc(sizeof(*sa->remote_id));
	if (!sa->local_id || !sa->remote_id)
		return false;
	*sa->local_id = sa->hs->local_id;
	*sa->remote_id = sa->hs->remote_id;
	return true;
}

/*
 * Identities are per tunnel, so paths of one tunnel look alike to the peer: it
 * must not take the second for a restart of the first (section 2.4). One that
 * has got no further than IKE_SA_INIT does not count: it will not say it when
 * this one has.
 */
bool ike_initial_contact(const struct ike_sa *sa)
{
	const struct ike_tunnel *t = sa->path->tunnel;
	const struct ike_sa *other;
	unsigned int i;

	for (i = 0; i < t->n_paths; i++)
		TAILQ_FOREACH(other, &t->paths[i]->sas, on_path)
			if (other != sa && other->state != IKE_SA_INIT)
				return false;
	return true;
}

/* ---- request ------------------------------------------------------------ */

static void send_request(struct ike_task *t, int error)
{
	const struct conf_id *want = &t->sa->conf->remote.id;
	struct ike_sa *sa = t->sa;
	struct ike_engine *e = sa->engine;
	struct wire_builder b;
	struct conf_id *id;

	if (error) {
		ike_sa_failed(sa, "kernel gave no SPI: %s",
			      ike_kernel_why(e, error));
		return;
	}
	id = &sa->hs->local_id;
	ike_id_local(id, sa->conf, &sa->local);
	ike_build(e, &b);
	wire_add_id(&b, IKEV2_PL_IDI, id->type, wire_chunk(id->data, id->len));
	if (ike_initial_contact(sa))
		wire_add_notify(&b, IKEV2_N_INITIAL_CONTACT, wire_chunk(NULL, 0));
	if (want->type)
		wire_add_id(&b, IKEV2_PL_IDR, want->type, wire_chunk(want->data, want->len));
	if (!ike_auth_add(sa, &b, id)) {
		ike_sa_failed(sa, "cannot compute AUTH");
		return;
	}
	ike_child_add_sa(&b, t, false);
	ike_child_add_ts(&b, t->child);
	if (!ike_send_request(sa, IKEV2_IKE_AUTH, &b))
		ike_sa_failed(sa, "cannot make an IKE_AUTH request");
}

void ike_auth_start(struct ike_sa *sa)
{
	struct ike_task *t = ike_task_new(sa, IKE_TASK_AUTH, true);

	sa->state = IKE_SA_AUTH;
	if (t)
		t->child = ike_child_new(sa, true);
	if (!t || !t->child) {
		ike_sa_failed(sa, "out of memory");
		return;
	}
	ike_child_propose(t->child, NULL);
	ike_op_spi(t, send_request);
}

/* ---- answer ------------------------------------------------------------- */

static void child_in(struct ike_task *t, int error)
{
	struct ike_child *c = t->child;
	struct ike_sa *sa = t->sa;
	struct ike_path *path = sa->path;

	if (!c || ike_deleted_early(t)) {
		ike_task_abort(t);
		return;
	}
	t->child = NULL;
	ike_task_end(t);
	if (error) {
		ike_complain(path, "kernel refused the inbound SA: %s",
			     ike_kernel_why(sa->engine, error));
		ike_child_refuse(c);
		return;
	}
	ike_child_first(c);
}

static void take_child(struct ike_sa *sa, struct ike_task *t, const struct ike_message *m)
{
	struct ike_child *c = t->child;
	struct wire_notify n;

	if (!wire_find(m->p, IKEV2_PL_SA) || !wire_find(m->p, IKEV2_PL_TSI) ||
	    !wire_find(m->p, IKEV2_PL_TSR)) {
		ike_child_complain(sa, c, ike_first_error(m->p, &n) ? n.type : 0);
		ike_task_abort(t);
		ike_path_child_failed(sa->path);
		return;
	}
	if (!ike_child_agreed(t, m, false) ||
	    !ike_child_derive(c, t, &sa->hs->ni, &sa->hs->nr)) {
		t->child = NULL;
		ike_task_end(t);
		ike_child_refuse(c);
		return;
	}
	ike_op_sa_in(t, child_in);
}

/* The peer holds the SA for established: tell it (section 2.21.2) */
static void reject_peer(struct ike_sa *sa)
{
	struct ike_path *path = sa->path;

	sa->engine->counters.auth_failures++;
	sa->engine->counters.ike_failed++;
	ike_path_failed(path, false);
	sa->state = IKE_SA_ESTABLISHED;
	sa->established = sa->engine->now;
	sa->close_notify = IKEV2_N_AUTHENTICATION_FAILED;
	ike_task_abort(sa->task);
	ike_sa_close(sa, "authentication of the peer failed");
}

static bool authentic(struct ike_sa *sa, const struct ike_message *m)
{
	const struct conf_id *want = &sa->conf->remote.id;
	struct ike_handshake *hs = sa->hs;

	if (!ike_auth_take_id(sa, wire_find(m->p, IKEV2_PL_IDR)))
		return false;
	if (!ike_id_accepts(want, &hs->remote_id) ||
	    ike_id_equal(&hs->remote_id, &hs->local_id)) {
		ike_complain(sa->path, "peer says it is '%s', the configuration wants '%s'",
			     hs->remote_id.text, want->type ? want->text : "anybody but us");
		return false;
	}
	if (!ike_auth_verify(sa, wire_find(m->p, IKEV2_PL_AUTH))) {
		ike_complain(sa->path, "peer '%s' failed to authenticate: its pre-shared key is not ours",
			     hs->remote_id.text);
		return false;
	}
	return true;
}

void ike_auth_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t = sa->task;

	if (!authentic(sa, m)) {
		reject_peer(sa);
		return;
	}
	if (!ike_auth_keep_ids(sa)) {
		ike_sa_failed(sa, "out of memory");
		return;
	}
	ike_sa_established(sa);
	ike_collision_initial(sa);
	if (sa->closing || sa->dead)
		return;
	take_child(sa, t, m);
	ike_sa_handshake_free(sa);
}

/* The identity we asked for may be what it does not accept, if we asked */
static const char *for_itself(const struct ike_sa *sa, char *buf, size_t size)
{
	const struct conf_id *want = &sa->conf->remote.id;

	if (want->type)
		snprintf(buf, size, " the identity '%s' for itself, or", want->text);
	else
		snprintf(buf, size, " or");
	return buf;
}

void ike_auth_error(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_offer offer = ike_child_offer(sa, true);
	char peer[NET_ADDR_STRLEN], wants[CONF_ID_MAX + 32], ours[IKE_TEXT_MAX / 2];
	struct ike_engine *e = sa->engine;
	struct wire_notify n;

	ike_first_error(m->p, &n);
	e->counters.ike_failed++;
	net_addr_format(&m->remote, peer);
	switch (n.type) {
	case IKEV2_N_AUTHENTICATION_FAILED:
		e->counters.auth_failures++;
		ike_sa_failed(sa, "%s refuses us (AUTHENTICATION_FAILED): it does not accept our identity '%s',%s the pre-shared key",
			      peer, sa->hs->local_id.text, for_itself(sa, wants, sizeof(wants)));
		break;
	case IKEV2_N_NO_PROPOSAL_CHOSEN:
		/* Some have no other word for "no connection for you" */
		ike_sa_failed(sa, "%s refuses us (NO_PROPOSAL_CHOSEN in IKE_AUTH): it has no tunnel for our identity '%s',%s it accepts none of our ESP proposals; ours: %s",
			      peer, sa->hs->local_id.text, for_itself(sa, wants, sizeof(wants)),
			      ike_offer_text(&offer, ours, sizeof(ours)));
		break;
	case IKEV2_N_TS_UNACCEPTABLE:
		ike_sa_failed(sa, "%s refuses us (TS_UNACCEPTABLE in IKE_AUTH): the networks of its configuration are not ours",
			      peer);
		break;
	default:
		ike_sa_failed(sa, "%s refused IKE_AUTH with %s (%u)", peer,
			      ikev2_notify_name(n.type), n.type);
	}
}
