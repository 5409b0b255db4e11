// SPDX-License-Identifier: GPL-2.0-or-later
/* Delete payloads, both directions (RFC 7296 sections 1.4.1, 2.25) */
#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/window.h"

#define LONG_LIVED_MS 10000

/* ---- ours --------------------------------------------------------------- */

void ike_delete_ike_start(struct ike_sa *sa)
{
	struct wire_builder b;

	if (!ike_task_new(sa, IKE_TASK_IKE_DELETE, true)) {
		ike_sa_destroy(sa);
		return;
	}
	sa->state = IKE_SA_DELETING;
	ike_build(sa->engine, &b);
	if (sa->close_notify)
		wire_add_notify(&b, sa->close_notify, wire_chunk(NULL, 0));
	else
		wire_add_delete_ike(&b);
	if (!ike_send_request(sa, IKEV2_INFORMATIONAL, &b))
		ike_sa_destroy(sa);
}

void ike_delete_children_start(struct ike_sa *sa)
{
	struct ike_task *t = ike_task_new(sa, IKE_TASK_CHILD_DELETE, true);
	struct wire_builder b;
	struct ike_child *c;

	if (!t)
		return;
	TAILQ_FOREACH(c, &sa->children, link) {
		if (!c->want_delete || c->state == IKE_CHILD_DELETING ||
		    c->state == IKE_CHILD_NEGOTIATING || t->n_spis == IKE_CHILDREN_MAX)
			continue;
		c->state = IKE_CHILD_DELETING;
		ike_timer_stop(&sa->engine->timers, &c->life);
		ike_timer_stop(&sa->engine->timers, &c->switch_timer);
		t->spis[t->n_spis++] = c->spi_in;
	}
	ike_build(sa->engine, &b);
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, t->spis, t->n_spis);
	if (!ike_send_request(sa, IKEV2_INFORMATIONAL, &b))
		ike_sa_failed(sa, "cannot make a request to delete child SAs");
}

/* Its successor is in use: what is under way to it still arrives */
static bool replaced(const struct ike_child *c)
{
	return c->path->sending && c->path->sending != c;
}

void ike_delete_children_done(struct ike_task *t)
{
	struct ike_sa *sa = t->sa;
	unsigned int i;

	for (i = 0; i < t->n_spis; i++) {
		struct ike_child *c = ike_child_find(sa->engine, t->spis[i]);

		if (c)
			ike_child_retire(c, replaced(c));
	}
}

/* ---- the peer's --------------------------------------------------------- */

void ike_delete_ike_received(struct ike_sa *sa)
{
	struct ike_engine *e = sa->engine;
	struct ike_sa *heir = ike_rekey_pending(sa);
	struct ike_path *path = sa->path;
	char peer[IKE_TEXT_MAX];
	bool soon;

	e->counters.ike_deleted++;
	/* Our own rekey is forgotten; the peer's in its place (section 2.25.2) */
	if (heir)
		ike_rekey_adopt(sa, heir);
	if (path && sa->state == IKE_SA_ESTABLISHED && !sa->redundant) {
		ike_log(e, IKE_LOG_INFO, sa->conf->name, "path %s: %s deleted the IKE SA",
			path->conf->name, ike_sa_peer(sa, peer, sizeof(peer)));
		soon = e->now - sa->established > LONG_LIVED_MS;
		if (ike_path_sa(path) == sa)
			ike_path_failed(path, soon);
	}
	ike_sa_destroy(sa);
}

static void child_deleted(struct ike_child *c)
{
	struct ike_child *next = ike_child_successor(c);

	/* The proof that the peer receives on the new one (section 2.8) */
	if (next && !next->sending)
		ike_child_send(next, "child-rekeyed");
	ike_child_retire(c, replaced(c));
}

/* Its Delete may overtake the answer in which it made the child */
static void deleted_early(struct ike_sa *sa, uint32_t spi)
{
	struct ike_task *t = sa->task;

	if (t && t->n_spis < IKE_CHILDREN_MAX &&
	    (t->kind == IKE_TASK_CHILD_NEW || t->kind == IKE_TASK_CHILD_REKEY ||
	     t->kind == IKE_TASK_AUTH))
		t->spis[t->n_spis++] = spi;
}

bool ike_deleted_early(const struct ike_task *t)
{
	unsigned int i;

	for (i = 0; i < t->n_spis; i++)
		if (t->spis[i] == t->child->spi_out)
			return true;
	return false;
}

/*
 * Its Delete may have been sent before our rekey of the IKE SA moved the child
 * (section 2.8): on the old one it means the same child.
 */
static struct ike_child *find_deleted(const struct ike_sa *sa, uint32_t spi)
{
	const struct ike_engine *e = sa->engine;
	struct ike_child *c = ike_child_find_out(sa, spi);

	while (!c && sa->heir) {
		struct table_node *node = table_find(&e->by_spi, sa->heir);

		if (!node)
			return NULL;
		sa = container_of(node, struct ike_sa, by_spi);
		c = ike_child_find_out(sa, spi);
	}
	return c;
}

void ike_delete_children_received(struct ike_sa *sa, const struct ike_message *m,
				  struct wire_builder *answer)
{
	uint32_t ours[IKE_CHILDREN_MAX];
	unsigned int i, j, n = 0;

	for (i = 0; i < m->p->n; i++) {
		struct wire_delete d;

		if (m->p->at[i].type != IKEV2_PL_DELETE ||
		    wire_parse_delete(&d, &m->p->at[i]) != WIRE_OK ||
		    d.protocol != IKEV2_PROTO_ESP)
			continue;
		for (j = 0; j < d.n && n < IKE_CHILDREN_MAX; j++) {
			struct ike_child *c = find_deleted(sa, wire_delete_spi(&d, j));

			if (!c) {
				deleted_early(sa, wire_delete_spi(&d, j));
				continue;
			}
			/* Crossing ours: neither answer names it (section 1.4.1) */
			if (c->state != IKE_CHILD_DELETING)
				ours[n++] = c->spi_in;
			child_deleted(c);
		}
	}
	if (n)
		wire_add_delete_child(answer, IKEV2_PROTO_ESP, ours, n);
}
