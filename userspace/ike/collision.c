// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Both ends begin the same thing at once (RFC 7296 sections 2.8.1, 2.8.2). Of
 * the four nonces of the two exchanges the lowest marks the SA that is too
 * many; who created it deletes it.
 */
#include "ike/exchange.h"
#include "ike/sa.h"

#define SUPERSEDE_OURS_MS	1000
#define SUPERSEDE_THEIRS_MS	10000
#define SIMULTANEOUS_MS		10000

void ike_collision_note(struct ike_task *ours, const struct ike_task *theirs)
{
	if (!ours || !ours->ours || ours->kind != theirs->kind ||
	    ours->old_spi != theirs->old_spi)
		return;
	if (!ours->collided)
		ours->sa->engine->counters.rekey_collisions++;
	ours->collided = true;
	ours->peer_nonce = *ike_task_low_nonce(theirs);
	if (theirs->child)
		ours->peer_spi = theirs->child->spi_in;
	else if (theirs->new_sa)
		ours->peer_spi = ike_local_spi(theirs->new_sa);
}

/* Is the lowest nonce of all in our exchange? Then ours is the one too many */
static bool lost(const struct ike_task *t)
{
	return t->collided && ike_nonce_lower(ike_task_low_nonce(t), &t->peer_nonce);
}

bool ike_collision_child_won(struct ike_task *t)
{
	struct ike_child *theirs;

	/* The peer's may be half made yet */
	if (t->sa->peer_task)
		ike_collision_note(t, t->sa->peer_task);
	if (!t->collided)
		return true;
	/* Also when theirs is gone: by now it has a successor of its own */
	if (lost(t))
		return false;
	theirs = ike_child_find(t->sa->engine, (uint32_t)t->peer_spi);
	if (theirs && theirs->state == IKE_CHILD_INSTALLED)
		ike_child_redundant(theirs);
	return true;
}

bool ike_collision_ike_won(const struct ike_task *t)
{
	return !lost(t);
}

/* ---- two IKE SAs for one path ------------------------------------------- */

/* It goes after a while, unless it is the only one left by then */
static void supersede(struct ike_sa *sa, uint32_t after)
{
	struct ike_engine *e = sa->engine;

	sa->redundant = true;
	ike_timer_arm(&e->timers, &sa->life, e->now + after);
}

void ike_collision_initial(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;
	struct ike_sa *other, *next;

	IKE_TAILQ_EACH_SAFE(other, &sa->path->sas, on_path, next) {
		if (other == sa || other->redundant || other->closing)
			continue;
		if (other->state == IKE_SA_INIT && other->initiator && !sa->initiator) {
			/* The peer was first, and has nothing of ours yet */
			ike_sa_destroy(other);
			continue;
		}
		if (other->state != IKE_SA_ESTABLISHED)
			continue;
		if (other->began == sa->began ||
		    e->now - other->began_at > SIMULTANEOUS_MS) {
			/* The peer, or we, began anew: the newer is meant */
			supersede(other, SUPERSEDE_THEIRS_MS);
			continue;
		}
		e->counters.rekey_collisions++;
		if (ike_nonce_lower(&sa->low_nonce, &other->low_nonce))
			supersede(sa, sa->began ? SUPERSEDE_OURS_MS :
						  SUPERSEDE_THEIRS_MS);
		else
			supersede(other, other->began ? SUPERSEDE_OURS_MS :
							SUPERSEDE_THEIRS_MS);
	}
}
