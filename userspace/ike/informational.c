// SPDX-License-Identifier: GPL-2.0-or-later
/* INFORMATIONAL: liveness, deletion, errors (RFC 7296 section 1.4) */
#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike/window.h"

void ike_probe_start(struct ike_sa *sa)
{
	struct wire_builder b;

	sa->want_probe = false;
	if (!ike_task_new(sa, IKE_TASK_PROBE, true))
		return;
	sa->engine->counters.liveness_probes++;
	ike_build(sa->engine, &b);
	if (!ike_send_request(sa, IKEV2_INFORMATIONAL, &b))
		ike_sa_failed(sa, "cannot make a liveness probe");
}

bool ike_deletes_ike(const struct wire_payloads *p)
{
	struct wire_delete d;
	unsigned int i;

	for (i = 0; i < p->n; i++)
		if (p->at[i].type == IKEV2_PL_DELETE &&
		    wire_parse_delete(&d, &p->at[i]) == WIRE_OK &&
		    d.protocol == IKEV2_PROTO_IKE)
			return true;
	return false;
}

/* The peer found us out only after its IKE_AUTH was answered (section 2.21.2) */
static void peer_rejects_us(struct ike_sa *sa)
{
	sa->engine->counters.auth_failures++;
	if (sa->closing)
		ike_sa_destroy(sa);
	else
		ike_sa_failed(sa, "peer does not accept our identity '%s' or the pre-shared key (AUTHENTICATION_FAILED)",
			      sa->local_id->text);
}

/* The peer got ESP it has no SA for: a rekey finds out whether it means ours (1.5) */
static void invalid_spi(struct ike_sa *sa, const struct wire_notify *n)
{
	struct ike_child *c;

	if (n->data.len != 4)
		return;
	c = ike_child_find_out(sa, wire_load_u32(n->data.data));
	if (c && c->sending)
		c->want_rekey = true;
}

void ike_informational_request(struct ike_sa *sa, const struct ike_message *m)
{
	bool rejected = wire_find_notify(m->p, IKEV2_N_AUTHENTICATION_FAILED, NULL);
	bool gone = ike_deletes_ike(m->p);
	struct wire_builder b;
	struct wire_notify n;

	ike_build(sa->engine, &b);
	if (!gone && !rejected)
		ike_delete_children_received(sa, m, &b);
	if (!ike_send_response(sa, IKEV2_INFORMATIONAL, &b)) {
		ike_sa_failed(sa, "cannot make an INFORMATIONAL response");
		return;
	}
	if (gone)
		ike_delete_ike_received(sa);
	else if (rejected)
		peer_rejects_us(sa);
	else if (wire_find_notify(m->p, IKEV2_N_INVALID_SYNTAX, NULL))
		ike_sa_failed(sa, "peer found a message of ours invalid (INVALID_SYNTAX)");
	else if (wire_find_notify(m->p, IKEV2_N_INVALID_SPI, &n))
		invalid_spi(sa, &n);
}

void ike_informational_response(struct ike_sa *sa, const struct ike_message *m)
{
	struct ike_task *t = sa->task;

	if (t->kind == IKE_TASK_IKE_DELETE) {
		sa->engine->counters.ike_deleted++;
		ike_sa_destroy(sa);
		return;
	}
	if (wire_find_notify(m->p, IKEV2_N_INVALID_SYNTAX, NULL)) {
		ike_sa_failed(sa, "peer finds our INFORMATIONAL request invalid (INVALID_SYNTAX)");
		return;
	}
	if (t->kind == IKE_TASK_CHILD_DELETE)
		ike_delete_children_done(t);
	if (!t->dead)
		ike_task_end(t);
}
