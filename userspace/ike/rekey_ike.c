// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rekey of an IKE SA (RFC 7296 sections 1.3.2, 2.8, 2.18), both roles. The
 * new one begins at message ID 0 and inherits every child; who asked for it
 * deletes the old one.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

/* Everything but keys and message IDs is the same as before */
static struct ike_sa *successor_new(struct ike_task *t, bool initiator)
{
	struct ike_sa *old = t->sa;
	struct ike_sa *sa = ike_sa_new(old->engine, initiator);

	if (!sa)
		return NULL;
	sa->conf = conf_tunnel_ref(old->conf);
	sa->local = old->local;
	sa->remote = old->remote;
	sa->fragmentation = old->fragmentation;
	sa->nat_known = old->nat_known;
	sa->nat_local = old->nat_local;
	sa->nat_remote = old->nat_remote;
	sa->udp = old->udp;
	sa->began = old->began;
	sa->began_at = old->began_at;
	sa->low_nonce = old->low_nonce;
	sa->local_id = malloc(sizeof(*sa->local_id));
	sa->remote_id = malloc(sizeof(*sa->remote_id));
	if (!sa->local_id || !sa->remote_id) {
		ike_sa_destroy(sa);
		return NULL;
	}
	*sa->local_id = *old->local_id;
	*sa->remote_id = *old->remote_id;
	sa->maker = t;
	return sa;
}

static bool derive_keys(struct ike_task *t)
{
	struct crypto_nonces nonces = { ike_nonce_chunk(&t->ni), ike_nonce_chunk(&t->nr) };
	struct ike_sa *old = t->sa, *sa = t->new_sa;

	if (!sa)
		return false;
	sa->suite = t->suite;
	if (crypto_ike_keys_rekey(sa->engine->crypto, old->suite.prf, &old->keys.d, &sa->suite,
				  &t->shared, &nonces, sa->spi_i, sa->spi_r,
				  &sa->keys) != CRYPTO_OK)
		return false;
	crypto_shared_clear(&t->shared);
	ike_suite_text(&sa->suite, false, sa->proposal, sizeof(sa->proposal));
	return ike_sa_set_keys(sa);
}

static bool take_peer(struct ike_task *t, const struct ike_message *m, struct wire_ke *ke,
		      struct ike_nonce *nonce)
{
	struct wire_chunk n;

	return wire_parse_sa(&t->sa->engine->sa_in, wire_find(m->p, IKEV2_PL_SA)) == WIRE_OK &&
	       wire_parse_ke(ke, wire_find(m->p, IKEV2_PL_KE)) == WIRE_OK &&
	       wire_parse_nonce(&n, wire_find(m->p, IKEV2_PL_NONCE)) == WIRE_OK &&
	       ike_nonce_set(nonce, n);
}

/* ---- inheritance -------------------------------------------------------- */

/* A peer that rekeys faster than it deletes cannot have us keep them all */
static void drop_predecessors(struct ike_path *path)
{
	struct ike_sa *sa, *next;
	unsigned int n = 0;

	TAILQ_FOREACH(sa, &path->sas, on_path)
		n += sa->state == IKE_SA_REKEYED;
	IKE_TAILQ_EACH_SAFE(sa, &path->sas, on_path, next) {
		if (n <= IKE_PREDECESSORS_MAX)
			return;
		if (sa->state != IKE_SA_REKEYED)
			continue;
		ike_sa_destroy(sa);
		n--;
	}
}

void ike_rekey_adopt(struct ike_sa *old, struct ike_sa *sa)
{
	struct ike_engine *e = old->engine;
	struct ike_path *path = old->path;
	struct ike_child *c, *next;
	char peer[IKE_TEXT_MAX];

	sa->replaces = 0;
	sa->redundant = false;
	if (path && !sa->path)
		ike_sa_attach(sa, path);
	ike_sa_established(sa);
	IKE_TAILQ_EACH_SAFE(c, &old->children, link, next)
		ike_child_move(c, sa);
	old->state = IKE_SA_REKEYED;
	old->heir = ike_local_spi(sa);
	old->want_rekey = false;
	ike_timer_stop(&e->timers, &old->liveness);
	ike_timer_arm(&e->timers, &old->life, e->now + IKE_REDUNDANT_MS);
	e->counters.ike_rekeys++;
	if (!path)
		return;
	drop_predecessors(path);
	ike_emit_state(e, path, "ike-rekeyed", "IKE SA rekeyed with %s, %s",
		       ike_sa_peer(sa, peer, sizeof(peer)), sa->proposal);
}

/* The peer's, made while our own rekey is unanswered: it waits for the outcome */
static void park(struct ike_sa *old, struct ike_sa *sa)
{
	struct ike_engine *e = old->engine;

	ike_sa_attach(sa, old->path);
	ike_sa_established(sa);
	sa->redundant = true;
	sa->replaces = ike_local_spi(old);
	ike_timer_stop(&e->timers, &sa->liveness);
	ike_timer_arm(&e->timers, &sa->life, e->now + IKE_REDUNDANT_MS);
}

struct ike_sa *ike_rekey_pending(const struct ike_sa *sa)
{
	const struct ike_task *t = sa->task;
	struct table_node *node;
	struct ike_sa *found;

	if (!t || t->kind != IKE_TASK_IKE_REKEY || !t->collided)
		return NULL;
	node = table_find(&sa->engine->by_spi, t->peer_spi);
	found = node ? container_of(node, struct ike_sa, by_spi) : NULL;
	return found && found->replaces == ike_local_spi(sa) ? found : NULL;
}

void ike_rekey_used(struct ike_sa *sa)
{
	struct table_node *node = table_find(&sa->engine->by_spi, sa->replaces);

	if (node)
		ike_rekey_adopt(container_of(node, struct ike_sa, by_spi), sa);
}

/* ---- initiator ---------------------------------------------------------- */

static void send_request(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_engine *e = sa->engine;
	struct wire_builder b;

	if (error || !t->new_sa) {
		ike_task_abort(t);
		ike_sa_temporary_failure(sa);
		return;
	}
	ike_build(e, &b);
	ike_offer_build(&e->sa_out, &offer, t->new_sa->spi_i, t->group);
	wire_add_sa(&b, &e->sa_out);
	wire_add_nonce(&b, ike_nonce_chunk(&t->ni));
	wire_add_ke(&b, t->group, crypto_ke_public(t->ke));
	if (!ike_send_request(sa, IKEV2_CREATE_CHILD_SA, &b))
		ike_sa_failed(sa, "cannot make a request to rekey the IKE SA");
}

void ike_rekey_start(struct ike_sa *sa)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_task *t = ike_task_new(sa, IKE_TASK_IKE_REKEY, true);

	if (!t)
		return;
	t->new_sa = successor_new(t, true);
	if (!t->new_sa || !ike_task_first_group(t, &offer, sa->suite.group)) {
		ike_task_abort(t);
		ike_sa_temporary_failure(sa);
		return;
	}
	ike_nonce_make(sa->engine, &t->ni);
	ike_op_ke(t, false, send_request);
}

static void finish(struct ike_task *t)
{
	struct ike_sa *old = t->sa, *sa = t->new_sa;
	struct ike_sa *theirs = ike_rekey_pending(old);
	bool won = ike_collision_ike_won(t) || (!theirs && !old->peer_task);

	t->new_sa = NULL;
	sa->maker = NULL;
	old->failures = 0;
	ike_task_end(t);
	if (old->closing) {
		/* The peer has its children on the new one: delete that too */
		ike_sa_established(sa);
		ike_sa_close(sa, "taken down while it was rekeyed");
		return;
	}
	if (old->state == IKE_SA_REKEYED)
		won = false;	/* the peer's is in use already */
	if (won) {
		ike_rekey_adopt(old, sa);
		ike_sa_close(old, "rekeyed");
		return;
	}
	if (theirs)
		ike_rekey_adopt(old, theirs);
	ike_sa_established(sa);
	ike_sa_close(sa, "the peer rekeyed at the same time");
}

static void derived(struct ike_task *t, int error)
{
	struct ike_sa *sa = t->sa;

	if (error || !derive_keys(t)) {
		ike_task_abort(t);
		ike_sa_temporary_failure(sa);
		return;
	}
	finish(t);
}

void ike_rekey_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_task *t = sa->task;
	struct ike_choice choice;
	struct wire_ke ke;

	if (t->kind != IKE_TASK_IKE_REKEY) {
		ike_invalid_syntax(sa, m, "an answer to another question");
		return;
	}
	if (!t->new_sa || !take_peer(t, m, &ke, &t->nr) ||
	    !ike_offer_verify(&choice, &offer, &sa->engine->sa_in) || !choice.spi ||
	    choice.suite.group != t->group || !ike_task_take_key(t, &ke)) {
		if (sa->path)
			ike_complain(sa->path, "peer answered the rekey of the IKE SA with what we did not offer");
		ike_task_abort(t);
		ike_sa_temporary_failure(sa);
		return;
	}
	t->suite = choice.suite;
	t->new_sa->spi_r = choice.spi;
	ike_op_ke(t, true, derived);
}

void ike_rekey_error(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_sa *theirs = ike_rekey_pending(sa);
	struct ike_task *t = sa->task;
	struct wire_notify n;

	ike_first_error(m->p, &n);
	if (n.type == IKEV2_N_INVALID_KE_PAYLOAD && n.data.len == 2 &&
	    ike_task_other_group(t, &offer, wire_load_u16(n.data.data))) {
		crypto_ke_free(t->ke);
		t->ke = NULL;
		sa->engine->counters.invalid_ke++;
		ike_op_ke(t, false, send_request);
		return;
	}
	if (n.type == IKEV2_N_TEMPORARY_FAILURE)
		sa->engine->counters.temporary_failures++;
	else if (sa->path)
		ike_complain(sa->path, "peer refused to rekey the IKE SA with %s (%u)",
			     ikev2_notify_name(n.type), n.type);
	ike_task_abort(t);
	if (theirs)
		ike_rekey_adopt(sa, theirs);
	else
		ike_sa_temporary_failure(sa);
}

/* ---- responder ---------------------------------------------------------- */

static void refuse(struct ike_task *t, uint16_t notify)
{
	struct ike_sa *sa = t->sa;
	uint8_t group[2];
	size_t len = 0;

	if (notify == IKEV2_N_INVALID_KE_PAYLOAD) {
		sa->engine->counters.invalid_ke++;
		wire_store_u16(group, t->group);
		len = sizeof(group);
	}
	ike_task_abort(t);
	ike_send_notify_response(sa, IKEV2_CREATE_CHILD_SA, notify, wire_chunk(group, len));
}

static void respond(struct ike_task *t, int error)
{
	struct ike_sa *old = t->sa, *sa = t->new_sa;
	struct ike_choice choice = { .suite = t->suite, .num = t->proposal_num };
	struct wire_proposal *p = &old->engine->sa_out.proposals[0];
	struct wire_builder b;

	if (error || !derive_keys(t)) {
		refuse(t, IKEV2_N_TEMPORARY_FAILURE);
		return;
	}
	ike_build(old->engine, &b);
	ike_choice_proposal(p, &choice, IKEV2_PROTO_IKE, sa->spi_r);
	wire_add_proposal(&b, p);
	wire_add_nonce(&b, ike_nonce_chunk(&t->nr));
	wire_add_ke(&b, t->group, crypto_ke_public(t->ke));
	if (!ike_send_response(old, IKEV2_CREATE_CHILD_SA, &b)) {
		ike_sa_failed(old, "cannot make a response to rekey the IKE SA");
		return;
	}
	t->new_sa = NULL;
	sa->maker = NULL;
	ike_task_end(t);
	if (old->task && old->task->kind == IKE_TASK_IKE_REKEY)
		park(old, sa);
	else
		ike_rekey_adopt(old, sa);
}

/* Section 2.25.2: not while a child is created, rekeyed or closed by us */
static bool busy(const struct ike_sa *sa)
{
	if (sa->redundant || !sa->path || sa->path->admin_down)
		return true;
	return sa->task && (sa->task->kind == IKE_TASK_CHILD_NEW ||
			    sa->task->kind == IKE_TASK_CHILD_REKEY ||
			    sa->task->kind == IKE_TASK_CHILD_DELETE);
}

static void begin(struct ike_task *t, const struct ike_message *m)
{
	struct ike_sa *sa = t->sa;
	struct ike_offer offer = ike_ike_offer(sa->conf);
	struct ike_choice choice;
	struct wire_ke ke;

	if (!take_peer(t, m, &ke, &t->ni)) {
		refuse(t, IKEV2_N_INVALID_SYNTAX);
		return;
	}
	if (!ike_offer_select(&choice, &offer, &sa->engine->sa_in, ke.group) || !choice.spi) {
		sa->engine->counters.no_proposal++;
		refuse(t, IKEV2_N_NO_PROPOSAL_CHOSEN);
		return;
	}
	t->group = choice.suite.group;
	t->suite = choice.suite;
	t->proposal_num = choice.num;
	t->new_sa->spi_i = choice.spi;
	ike_nonce_make(sa->engine, &t->nr);
	if (!ike_task_take_key(t, &ke)) {
		refuse(t, IKEV2_N_INVALID_KE_PAYLOAD);
		return;
	}
	ike_collision_note(sa->task, t);
	ike_op_ke(t, true, respond);
}

void ike_rekey_request(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t;

	if (busy(sa)) {
		ike_refuse_temporarily(sa, m);
		return;
	}
	/* Ours was not sent yet: the peer's will do for both */
	if (sa->task && sa->task->kind == IKE_TASK_IKE_REKEY && !sa->win.outstanding &&
	    !sa->task->nr.len)
		ike_task_abort(sa->task);
	t = ike_task_new(sa, IKE_TASK_IKE_REKEY, false);
	if (t)
		t->new_sa = successor_new(t, false);
	if (!t || !t->new_sa) {
		if (t)
			ike_task_abort(t);
		ike_refuse_temporarily(sa, m);
		return;
	}
	begin(t, m);
}
