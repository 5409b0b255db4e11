// SPDX-License-Identifier: GPL-2.0-or-later
/* A task is one exchange: ours to be answered, or the peer's being answered */
#include <stdlib.h>
#include <string.h>

#include "ike/sa.h"

struct ike_task *ike_task_new(struct ike_sa *sa, enum ike_task_kind kind, bool ours)
{
	struct ike_task *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->kind = kind;
	t->ours = ours;
	t->sa = sa;
	if (ours)
		sa->task = t;
	else
		sa->peer_task = t;
	return t;
}

void ike_task_end(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;

	if (t->dead)
		return;
	t->dead = true;
	ike_op_cancel(&t->op);
	crypto_ke_free(t->ke);
	t->ke = NULL;
	crypto_shared_clear(&t->shared);
	if (sa->task == t)
		sa->task = NULL;
	if (sa->peer_task == t)
		sa->peer_task = NULL;
	TAILQ_INSERT_TAIL(&sa->engine->dead_tasks, t, grave);
	ike_sa_kick(sa);
}

void ike_task_abort(struct ike_task *t)
{
	struct ike_child *child = t->child;
	struct ike_sa *new_sa = t->new_sa;

	if (t->dead)
		return;
	t->child = NULL;
	t->new_sa = NULL;
	if (new_sa)
		new_sa->maker = NULL;
	ike_task_end(t);
	if (child)
		ike_child_destroy(child);
	if (new_sa)
		ike_sa_destroy(new_sa);
}

const char *ike_task_name(const struct ike_task *t)
{
	static const char *const names[] = {
		[IKE_TASK_INIT] = "ike-sa-init",
		[IKE_TASK_AUTH] = "ike-auth",
		[IKE_TASK_CHILD_NEW] = "create-child",
		[IKE_TASK_CHILD_REKEY] = "rekey-child",
		[IKE_TASK_IKE_REKEY] = "rekey-ike",
		[IKE_TASK_CHILD_DELETE] = "delete-child",
		[IKE_TASK_IKE_DELETE] = "delete-ike",
		[IKE_TASK_PROBE] = "liveness",
	};

	return t ? names[t->kind] : "";
}

bool ike_task_take_key(struct ike_task *t, const struct wire_ke *ke)
{
	if (ke->group != t->group || ke->data.len != crypto_ke_public_len(t->group))
		return false;
	memcpy(t->peer_ke, ke->data.data, ke->data.len);
	t->peer_ke_len = ke->data.len;
	return true;
}

bool ike_nonce_lower(const struct ike_nonce *a, const struct ike_nonce *b)
{
	size_t common = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->data, b->data, common);

	return order ? order < 0 : a->len < b->len;
}

const struct ike_nonce *ike_task_low_nonce(const struct ike_task *t)
{
	return ike_nonce_lower(&t->ni, &t->nr) ? &t->ni : &t->nr;
}
