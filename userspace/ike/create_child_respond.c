// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * CREATE_CHILD_SA, responder: a new child, or the rekey of one. The inbound SA
 * is installed before the answer leaves; the outbound one of a rekey waits
 * until the peer is known to receive (section 2.8).
 */
#include <string.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

static void refuse(struct ike_task *t, uint16_t notify)
{
	struct ike_sa *sa = t->sa;
	uint8_t group[2];

	wire_store_u16(group, t->group);
	if (notify == IKEV2_N_INVALID_KE_PAYLOAD)
		sa->engine->counters.invalid_ke++;
	else
		sa->engine->counters.child_failed++;
	ike_task_abort(t);
	ike_send_notify_response(sa, IKEV2_CREATE_CHILD_SA, notify,
				 wire_chunk(group, notify == IKEV2_N_INVALID_KE_PAYLOAD ?
							   sizeof(group) : 0));
}

static void installed(struct ike_task *t, int error)
{
	struct ike_child *c = t->child;
	struct ike_sa *sa = t->sa;
	uint32_t old_spi = t->old_spi;
	struct wire_builder b;

	if (error || !c) {
		if (c)
			ike_complain(sa->path, "kernel refused the inbound SA: %s",
				     ike_kernel_why(sa->engine, error));
		refuse(t, IKEV2_N_TEMPORARY_FAILURE);
		return;
	}
	ike_build(sa->engine, &b);
	ike_child_add_answer(&b, t);
	wire_add_nonce(&b, ike_nonce_chunk(&t->nr));
	if (!ike_send_response(sa, IKEV2_CREATE_CHILD_SA, &b)) {
		ike_sa_failed(sa, "cannot make a CREATE_CHILD_SA response");
		return;
	}
	ike_child_installed(c);
	ike_collision_note(sa->task, t);
	t->child = NULL;
	ike_task_end(t);
	if (old_spi) {
		sa->engine->counters.child_rekeys++;
		ike_child_switch_later(c, old_spi);
	} else if (!(sa->task && sa->task->kind == IKE_TASK_CHILD_NEW)) {
		ike_child_send(c, "child-up");
	}
	ike_path_update(sa->path);
}

static void derived(struct ike_task *t, int error)
{
	if (!t->child)
		refuse(t, IKEV2_N_TEMPORARY_FAILURE);
	else if (error || !ike_child_derive(t->child, t, &t->ni, &t->nr))
		refuse(t, IKEV2_N_NO_PROPOSAL_CHOSEN);
	else
		ike_op_sa_in(t, installed);
}

static void spi_done(struct ike_task *t, int error)
{
	if (error || !t->child)
		refuse(t, IKEV2_N_TEMPORARY_FAILURE);
	else if (t->group)
		ike_op_ke(t, true, derived);
	else
		derived(t, 0);
}

/* ---- may it be done now? (section 2.25) --------------------------------- */

static void answer_not_found(struct ike_sa *sa, uint32_t spi)
{
	struct wire_builder b;

	ike_build(sa->engine, &b);
	wire_add_notify_spi(&b, IKEV2_N_CHILD_SA_NOT_FOUND, IKEV2_PROTO_ESP, spi,
			    wire_chunk(NULL, 0));
	ike_send_response(sa, IKEV2_CREATE_CHILD_SA, &b);
}

static bool busy(const struct ike_sa *sa)
{
	return sa->redundant || !sa->path || sa->path->admin_down ||
	       (sa->task && sa->task->kind == IKE_TASK_IKE_REKEY);
}

static bool has_usable_child(const struct ike_sa *sa)
{
	const struct ike_child *c;

	TAILQ_FOREACH(c, &sa->children, link)
		if (c->state == IKE_CHILD_INSTALLED && !c->want_delete && !c->redundant)
			return true;
	return false;
}

/* The peer may have made a child whose answer has not reached us yet */
static bool creating(const struct ike_sa *sa)
{
	return sa->task && (sa->task->kind == IKE_TASK_CHILD_NEW ||
			    sa->task->kind == IKE_TASK_CHILD_REKEY);
}

/* Its request crossed our rekey of the same */
static bool ours_replaced(const struct ike_child *old)
{
	const struct ike_child *next = ike_child_successor(old);

	return old->want_delete || (next && next->initiator);
}

/*
 * Our rekey ends with the Delete of what it replaced. Peers that are to send on
 * the new one only then may lose track of what to delete (strongSwan 6.0).
 */
static bool unfinished(const struct ike_child *c)
{
	const struct ike_child *old = ike_child_find(c->engine, c->replaces);

	return c->initiator && old && old->sa == c->sa;
}

/* Ours was not sent yet: the peer's will do for both */
static void drop_unsent_rival(struct ike_sa *sa, uint32_t old_spi)
{
	struct ike_task *t = sa->task;

	if (t && !sa->win.outstanding && t->old_spi == old_spi && t->op &&
	    (t->kind == IKE_TASK_CHILD_REKEY || t->kind == IKE_TASK_CHILD_NEW) &&
	    !t->nr.len)
		ike_task_abort(t);
}

/* Answers and returns false when the request is refused at once */
static bool may_begin(struct ike_sa *sa, const struct ike_message *m, struct ike_child **old)
{
	struct wire_notify rekey;

	*old = NULL;
	if (busy(sa)) {
		ike_refuse_temporarily(sa, m);
		return false;
	}
	if (wire_find_notify(m->p, IKEV2_N_REKEY_SA, &rekey)) {
		uint32_t spi = wire_notify_spi(&rekey);

		*old = rekey.protocol == IKEV2_PROTO_ESP ? ike_child_find_out(sa, spi) : NULL;
		if (!*old || (*old)->state == IKE_CHILD_REKEYED || ike_child_successor(*old)) {
			if (*old ? ours_replaced(*old) : creating(sa))
				ike_refuse_temporarily(sa, m);
			else
				answer_not_found(sa, spi);
			return false;
		}
		if ((*old)->state == IKE_CHILD_DELETING || (*old)->want_delete ||
		    unfinished(*old)) {
			ike_refuse_temporarily(sa, m);
			return false;
		}
	} else if (has_usable_child(sa)) {
		/* One pair per lane, and there is one lane so far */
		ike_send_notify_response(sa, IKEV2_CREATE_CHILD_SA,
					 IKEV2_N_NO_ADDITIONAL_SAS, wire_chunk(NULL, 0));
		return false;
	}
	if (sa->n_children < IKE_CHILDREN_MAX)
		return true;
	ike_send_notify_response(sa, IKEV2_CREATE_CHILD_SA, IKEV2_N_NO_ADDITIONAL_SAS,
				 wire_chunk(NULL, 0));
	return false;
}

void ike_child_request(struct ike_sa *sa, const struct ike_message *m)
{
	const struct wire_payload *k = wire_find(m->p, IKEV2_PL_KE);
	struct ike_child *old;
	struct wire_chunk nonce;
	struct ike_task *t;
	struct wire_ke ke;
	uint16_t error;

	if (wire_parse_nonce(&nonce, wire_find(m->p, IKEV2_PL_NONCE)) != WIRE_OK ||
	    (k && wire_parse_ke(&ke, k) != WIRE_OK)) {
		ike_invalid_syntax(sa, m, "nonce or key exchange");
		return;
	}
	if (!may_begin(sa, m, &old))
		return;
	drop_unsent_rival(sa, old ? old->spi_in : 0);
	t = ike_task_new(sa, old ? IKE_TASK_CHILD_REKEY : IKE_TASK_CHILD_NEW, false);
	if (t)
		t->child = ike_child_new(sa, false);
	if (!t || !t->child) {
		if (t)
			ike_task_abort(t);
		ike_refuse_temporarily(sa, m);
		return;
	}
	t->old_spi = old ? old->spi_in : 0;
	t->child->lane = old ? old->lane : 0;
	ike_nonce_set(&t->ni, nonce);
	ike_nonce_make(sa->engine, &t->nr);
	error = ike_child_accept(t, m, k ? &ke : NULL, true);
	if (error) {
		refuse(t, error);
		return;
	}
	ike_op_spi(t, spi_done);
}
