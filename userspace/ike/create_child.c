// SPDX-License-Identifier: GPL-2.0-or-later
/* CREATE_CHILD_SA, initiator: a new child, or the rekey of one (section 1.3) */
#include <stdio.h>
#include <string.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/sa_init.h"
#include "ike/window.h"

static struct ike_child *old_child(const struct ike_task *t)
{
	struct ike_child *old = ike_child_find(t->sa->engine, t->old_spi);

	return old && old->sa == t->sa ? old : NULL;
}

/* ---- request ------------------------------------------------------------ */

static void send_request(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;
	struct wire_builder b;

	ike_build(sa->engine, &b);
	if (t->old_spi)
		wire_add_notify_spi(&b, IKEV2_N_REKEY_SA, IKEV2_PROTO_ESP, t->old_spi,
				    wire_chunk(NULL, 0));
	ike_child_add_sa(&b, t, true);
	wire_add_nonce(&b, ike_nonce_chunk(&t->ni));
	if (t->group)
		wire_add_ke(&b, t->group, crypto_ke_public(t->ke));
	ike_child_add_ts(&b, t->child);
	if (!ike_send_request(sa, IKEV2_CREATE_CHILD_SA, &b))
		ike_sa_failed(sa, "cannot make a CREATE_CHILD_SA request");
}

/* Given up before the peer heard of it */
static void not_begun(struct ike_task *t, const char *why)
{
	struct ike_sa *sa = t->sa;
	struct ike_path *path = sa->path;

	ike_complain(path, "child SA could not be negotiated: %s", why);
	ike_task_abort(t);
	ike_sa_temporary_failure(sa);
	ike_path_child_failed(path);
}

static void key_made(struct ike_task *t, int error)
{
	/* What it replaces may have gone meanwhile */
	if (!t->child || (t->old_spi && !old_child(t)))
		ike_task_abort(t);
	else if (error)
		not_begun(t, crypto_status_text(t->ke_status));
	else
		send_request(t);
}

static void spi_done(struct ike_task *t, int error)
{
	if (error)
		not_begun(t, ike_kernel_why(t->sa->engine, error));
	else if (t->group)
		ike_op_ke(t, false, key_made);
	else
		key_made(t, 0);
}

void ike_child_start(struct ike_sa *sa, struct ike_child *old)
{
	struct ike_offer offer = ike_child_offer(sa, true);
	struct ike_task *t;

	t = ike_task_new(sa, old ? IKE_TASK_CHILD_REKEY : IKE_TASK_CHILD_NEW, true);
	if (!t)
		return;
	sa->path->child_wanted = false;
	t->child = ike_child_new(sa, true);
	if (!t->child) {
		not_begun(t, "out of memory");
		return;
	}
	t->old_spi = old ? old->spi_in : 0;
	ike_child_propose(t->child, old);
	ike_task_first_group(t, &offer, old && old->suite.group ? old->suite.group :
								  sa->suite.group);
	ike_nonce_make(sa->engine, &t->ni);
	ike_op_spi(t, spi_done);
}

/* ---- answer ------------------------------------------------------------- */

/* The new child is there: use it, delete the old one afterwards */
static void succeed(struct ike_child *c, struct ike_child *old)
{
	struct ike_sa *sa = c->sa;

	sa->failures = 0;
	if (!old) {
		ike_child_send(c, "child-up");
		return;
	}
	c->engine->counters.child_rekeys++;
	ike_child_switch_soon(c, old);
}

static void installed(struct ike_task *t, int error)
{
	struct ike_child *c = t->child, *old = old_child(t);
	struct ike_sa *sa = t->sa;
	bool won;

	if (!c || ike_deleted_early(t)) {
		ike_task_abort(t);
		return;
	}
	if (error) {
		ike_complain(sa->path, "kernel refused the inbound SA: %s",
			     ike_kernel_why(sa->engine, error));
		t->child = NULL;
		ike_task_end(t);
		ike_child_refuse(c);
		return;
	}
	ike_child_installed(c);
	won = ike_collision_child_won(t);
	t->child = NULL;
	ike_task_end(t);
	if (won) {
		succeed(c, old);
	} else {
		/* Ours goes; the peer's will be switched to when it deletes the old */
		c->redundant = true;
		c->want_delete = true;
	}
	ike_sa_kick(sa);
}

static void derived(struct ike_task *t, int error)
{
	struct ike_child *c = t->child;

	if (!c) {
		ike_task_end(t);
		return;
	}
	if (error || !ike_child_derive(c, t, &t->ni, &t->nr)) {
		ike_complain(t->sa->path, "child key exchange failed: %s",
			     crypto_status_text(t->ke_status));
		t->child = NULL;
		ike_task_end(t);
		ike_child_refuse(c);
		return;
	}
	ike_op_sa_in(t, installed);
}

static bool take_key(struct ike_task *t, const struct ike_message *m)
{
	struct wire_ke ke;

	if (!t->group)
		return true;
	return wire_find(m->p, IKEV2_PL_KE) &&
	       wire_parse_ke(&ke, wire_find(m->p, IKEV2_PL_KE)) == WIRE_OK &&
	       ike_task_take_key(t, &ke);
}

void ike_child_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t = sa->task;
	struct wire_chunk nonce;

	if (t->kind != IKE_TASK_CHILD_NEW && t->kind != IKE_TASK_CHILD_REKEY) {
		ike_invalid_syntax(sa, m, "an answer to another question");
		return;
	}
	if (!t->child) {
		ike_task_end(t);
		return;
	}
	if (wire_parse_nonce(&nonce, wire_find(m->p, IKEV2_PL_NONCE)) != WIRE_OK ||
	    !ike_nonce_set(&t->nr, nonce) || !ike_child_agreed(t, m, true) ||
	    !take_key(t, m)) {
		struct ike_child *c = t->child;

		t->child = NULL;
		ike_task_end(t);
		ike_child_refuse(c);
		ike_sa_temporary_failure(sa);
		return;
	}
	if (ike_deleted_early(t)) {
		ike_task_abort(t);
		ike_path_update(sa->path);
	} else if (t->group) {
		ike_op_ke(t, true, derived);
	} else {
		derived(t, 0);
	}
}

/* ---- refusal ------------------------------------------------------------ */

/* The peer knows nothing of the child we want to rekey (section 2.25) */
static void not_found(struct ike_sa *sa, struct ike_child *old)
{
	if (!old || ike_child_successor(old))
		return;
	ike_log(sa->engine, IKE_LOG_INFO, sa->conf->name,
		"peer does not know child SA %08x any more", old->spi_in);
	/* Told as well: it may learn of the child only from an answer of ours
	 * that is still under way
	 */
	old->want_delete = true;
	ike_sa_kick(sa);
}

static void other_group(struct ike_task *t)
{
	crypto_ke_free(t->ke);
	t->ke = NULL;
	t->sa->engine->counters.invalid_ke++;
	ike_op_ke(t, false, key_made);
}

void ike_child_error(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_offer offer = ike_child_offer(sa, true);
	struct ike_task *t = sa->task;
	struct ike_path *path = sa->path;
	struct ike_child *old;
	struct wire_notify n;

	ike_first_error(m->p, &n);
	if (n.type == IKEV2_N_INVALID_SYNTAX) {
		ike_sa_failed(sa, "peer finds our CREATE_CHILD_SA request invalid (INVALID_SYNTAX)");
		return;
	}
	if (t->kind == IKE_TASK_IKE_REKEY) {
		ike_rekey_error(sa, m);
		return;
	}
	if (t->child && n.type == IKEV2_N_INVALID_KE_PAYLOAD && n.data.len == 2 &&
	    ike_task_other_group(t, &offer, wire_load_u16(n.data.data))) {
		other_group(t);
		return;
	}
	old = old_child(t);
	if (n.type == IKEV2_N_TEMPORARY_FAILURE)
		sa->engine->counters.temporary_failures++;
	else if (n.type != IKEV2_N_CHILD_SA_NOT_FOUND)
		ike_child_complain(sa, t->child, n.type);
	ike_task_abort(t);
	if (n.type == IKEV2_N_CHILD_SA_NOT_FOUND)
		not_found(sa, old);
	else
		ike_sa_temporary_failure(sa);
	if (!old && path)
		ike_path_child_failed(path);
}
