// SPDX-License-Identifier: GPL-2.0-or-later
/* CREATE_CHILD_SA and INFORMATIONAL: rekeys, collisions, deletion, liveness, reload */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/sa.h"
#include "ike_lab.h"
#include "linux/ikevti.h"

static struct lab *lab;

static int setup(void **state)
{
	lab = lab_new();
	return 0;
}

static int teardown(void **state)
{
	lab_free(lab);
	return 0;
}

static void child_rekey(void **state)
{
	uint32_t before, after;
	unsigned int deleted;

	lab_up(lab);
	before = lab_path(lab, 0)->sending->spi_in;
	deleted = lab->nodes[0].sas_deleted;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_rekeyed(lab);
	after = lab_path(lab, 0)->sending->spi_in;
	assert_int_not_equal(before, after);
	assert_true(lab_both_up(lab));
	/* The old inbound SA stays for a while, then it goes */
	assert_int_equal(lab->nodes[0].sas_deleted, deleted);
	assert_int_equal(lab_path(lab, 0)->n_lingers, 1);
	lab_advance(lab, 6000);
	assert_int_equal(lab->nodes[0].sas_deleted, deleted + 1);
	assert_int_equal(lab_path(lab, 1)->n_lingers, 0);
}

static void responder_switches_at_the_delete(void **state)
{
	struct lab_packet p;
	uint32_t out;

	lab_up(lab);
	out = lab->nodes[1].last_out.spi;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	/* Its answer is under way: it must not send on the new one yet */
	assert_int_equal(lab->nodes[1].last_out.spi, out);
	assert_int_equal(lab->nodes[1].last_in.spi, lab->nodes[1].next_spi);
	lab_rekeyed(lab);
	assert_int_not_equal(lab->nodes[1].last_out.spi, out);
	assert_true(lab_both_up(lab));
}

static void pfs(struct lab *l)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lab_tunnel(l, i)->esp[0].groups[0] = IKEV2_GROUP_X25519;
		lab_tunnel(l, i)->esp[0].n_groups = 1;
	}
}

/* The peer may answer before it receives: the old SA is used, then kept, a little longer */
static void initiator_switches_late(void **state)
{
	struct lab_node *b = &lab->nodes[1];
	uint32_t out;

	lab_up(lab);
	out = lab->nodes[0].last_out.spi;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	lab_advance(lab, IKE_SETTLE_MS - 1);
	assert_int_equal(lab->nodes[0].last_out.spi, out);
	lab_advance(lab, 1);
	assert_int_equal(lab->nodes[0].last_out.spi, b->last_in.spi);
	/* now both may be sent on, and no Delete has been said */
	lab_advance(lab, IKE_SETTLE_MS - 1);
	assert_int_equal(lab_counters(lab, 1)->child_deleted, 0);
	lab_advance(lab, 1);
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 1)->child_deleted, 1);
	assert_true(lab_both_up(lab));
}

/* Our rekey is not at its end before the Delete: the peer's rekey of the new one has to wait */
static void new_child_is_not_rekeyed_before_the_delete(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };
	struct ike_child *c;

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_settle(lab);
	/* ikevtid would not, but others do */
	c = TAILQ_LAST(&lab_sa(lab, 1)->children, ike_child_list);
	c->want_rekey = true;
	c->spent = true;
	ike_sa_kick(lab_sa(lab, 1));
	lab_step(lab, 1, &ev);
	c->spent = false;
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 1)->temporary_failures, 1);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	lab_advance(lab, 5000);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 2);
	assert_true(lab_both_up(lab));
}

/* What it replaces has come to its end meanwhile: there is nothing to wait on */
static void initiator_switches_at_once_without_the_old(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_SA_LIMIT };
	uint32_t out;

	lab_up(lab);
	out = lab->nodes[0].last_out.spi;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	strcpy(ev.limit.tunnel, "t");
	ev.limit.path = 1;
	ev.limit.spi = out;
	ev.limit.hard = true;
	lab_step(lab, 0, &ev);
	lab_settle(lab);
	lab_advance(lab, 0);
	assert_int_not_equal(lab->nodes[0].last_out.spi, out);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
}

static void rekey_with_pfs(void **state)
{
	pfs(lab);
	lab_up(lab);
	lab_admin(lab, 1, IKE_EVENT_REKEY, false);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_path(lab, 0)->sending->suite.group, IKEV2_GROUP_X25519);
}

/* RFC 4303 with a cipher and a MAC: KEYMAT has four keys (RFC 7296 section 2.17) */
static void two_keys(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		struct conf_proposal *esp = &lab_tunnel(lab, i)->esp[0];

		esp->encr = IKEV2_ENCR_AES_CBC;
		esp->integ = IKEV2_INTEG_HMAC_SHA2_512_256;
	}
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab->nodes[0].last_in.integ, IKEV2_INTEG_HMAC_SHA2_512_256);
	assert_int_equal(lab->nodes[0].last_in.key_len, 32);
	assert_int_equal(lab->nodes[0].last_in.auth_key_len, 64);
	assert_int_equal(lab_path(lab, 0)->sending->out_auth.len, 0);
	lab_admin(lab, 1, IKE_EVENT_REKEY, false);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->child_rekeys, 1);
}

static void pfs_other_group(void **state)
{
	struct conf_proposal *e;

	pfs(lab);
	e = &lab_tunnel(lab, 0)->esp[0];
	e->groups[0] = IKEV2_GROUP_X25519;
	e->groups[1] = IKEV2_GROUP_ECP_256;
	e->n_groups = 2;
	lab_tunnel(lab, 1)->esp[0].groups[0] = IKEV2_GROUP_ECP_256;
	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->invalid_ke, 1);
	assert_int_equal(lab_counters(lab, 1)->child_rekeys, 1);
}

static uint16_t ke_group(const struct lab_packet *p)
{
	static uint8_t plain[4096];
	struct wire_payloads inner;
	struct wire_message m;
	struct wire_ke ke;
	size_t len;

	assert_int_equal(wire_parse(&m, p->data, p->len), WIRE_OK);
	assert_int_equal(crypto_sk_open(lab_sa(lab, 1)->sk_in, &m, plain, sizeof(plain), &len),
			 CRYPTO_OK);
	assert_int_equal(wire_parse_payloads(&inner, wire_encrypted(&m)->next, plain, len),
			 WIRE_OK);
	assert_int_equal(wire_parse_ke(&ke, wire_find(&inner, IKEV2_PL_KE)), WIRE_OK);
	return ke.group;
}

static void prefers_other_groups(struct conf_proposal *p)
{
	static const uint16_t groups[] = { IKEV2_GROUP_X25519, IKEV2_GROUP_ECP_384,
					   IKEV2_GROUP_ECP_256 };

	memcpy(p->groups, groups, sizeof(groups));
	p->n_groups = 3;
}

/*
 * The peer is known to do the group in use: a rekey begins with it, whatever we
 * like best. Some peers cannot even say that they want another.
 */
static void rekeys_begin_with_the_group_in_use(void **state)
{
	struct lab_packet p;

	prefers_other_groups(&lab_tunnel(lab, 0)->ike[0]);
	prefers_other_groups(&lab_tunnel(lab, 0)->esp[0]);
	lab_tunnel(lab, 1)->ike[0].groups[0] = IKEV2_GROUP_ECP_256;
	prefers_other_groups(&lab_tunnel(lab, 1)->esp[0]);
	lab_up(lab);
	assert_int_equal(lab_sa(lab, 0)->suite.group, IKEV2_GROUP_ECP_256);
	/* The first child has no group of its own: the IKE SA's */
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	assert_true(lab_take(lab, &p));
	assert_int_equal(ke_group(&p), IKEV2_GROUP_ECP_256);
	lab_deliver(lab, &p);
	lab_rekeyed(lab);
	/* The next has one */
	lab_path(lab, 0)->sending->suite.group = IKEV2_GROUP_ECP_384;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	assert_true(lab_take(lab, &p));
	assert_int_equal(ke_group(&p), IKEV2_GROUP_ECP_384);
	lab_deliver(lab, &p);
	lab_rekeyed(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	assert_true(lab_take(lab, &p));
	assert_int_equal(ke_group(&p), IKEV2_GROUP_ECP_256);
	lab_deliver(lab, &p);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->invalid_ke, 1);	/* in IKE_SA_INIT */
}

static void pfs_is_insisted_on(void **state)
{
	pfs(lab);
	lab_tunnel(lab, 0)->esp[0].n_groups = 0;
	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_settle(lab);
	assert_true(lab_logged(lab, 1, "no ESP proposal in common"));
	assert_int_equal(lab_counters(lab, 1)->child_rekeys, 0);
	assert_true(lab_both_up(lab));
}

static bool same_child(void)
{
	const struct ike_child *a = lab_path(lab, 0)->sending;
	const struct ike_child *b = lab_path(lab, 1)->sending;

	return a && b && a->spi_in == b->spi_out && a->spi_out == b->spi_in &&
	       a->initiator != b->initiator;
}

/* Both requests cross; until all four nonces have been the lowest */
static void child_collisions(void **state)
{
	unsigned int winner[2] = { 0, 0 };
	unsigned int i, round;

	lab_up(lab);
	for (round = 0; round < 12; round++) {
		struct lab_packet p[2];

		lab_admin(lab, 0, IKE_EVENT_REKEY, false);
		lab_admin(lab, 1, IKE_EVENT_REKEY, false);
		assert_true(lab_take(lab, &p[0]) && lab_take(lab, &p[1]));
		lab_deliver(lab, &p[round & 1]);
		lab_deliver(lab, &p[!(round & 1)]);
		lab_rekeyed(lab);
		assert_true(same_child());
		for (i = 0; i < 2; i++) {
			assert_int_equal(lab_sa(lab, i)->n_children, 1);
			winner[i] += lab_path(lab, i)->sending->initiator;
		}
		lab_advance(lab, 6000);
	}
	assert_int_equal(winner[0] + winner[1], 12);
	assert_true(winner[0] && winner[1]);
}

static void ike_rekey_inherits(void **state)
{
	struct ike_child *child;
	uint64_t before;

	lab_up(lab);
	child = lab_path(lab, 0)->sending;
	before = lab_sa(lab, 0)->spi_i;
	lab_admin(lab, 1, IKE_EVENT_REKEY, true);
	lab_settle(lab);
	assert_int_not_equal(lab_sa(lab, 0)->spi_i, before);
	assert_ptr_equal(lab_path(lab, 0)->sending, child);
	assert_int_equal(lab->nodes[0].engine->n_sas, 1);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	assert_true(lab_both_up(lab));
	assert_false(lab_sa(lab, 0)->initiator);
	assert_int_equal(lab_sa(lab, 0)->win.next, 0);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_rekeyed(lab);
	assert_true(lab_both_up(lab));
}

static void ike_collisions(void **state)
{
	unsigned int winner = 0, round;

	lab_up(lab);
	for (round = 0; round < 12; round++) {
		struct lab_packet p[2];

		lab_admin(lab, 0, IKE_EVENT_REKEY, true);
		lab_admin(lab, 1, IKE_EVENT_REKEY, true);
		assert_true(lab_take(lab, &p[0]) && lab_take(lab, &p[1]));
		lab_deliver(lab, &p[round & 1]);
		lab_deliver(lab, &p[!(round & 1)]);
		lab_settle(lab);
		assert_true(lab_both_up(lab));
		assert_int_equal(lab->nodes[0].engine->n_sas, 1);
		assert_int_equal(lab->nodes[1].engine->n_sas, 1);
		winner += lab_sa(lab, 0)->initiator;
	}
	assert_true(winner > 0 && winner < 12);
}

static void ike_rekey_against_child_rekey(void **state)
{
	struct lab_packet p[2];

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	lab_admin(lab, 1, IKE_EVENT_REKEY, false);
	lab_take(lab, &p[0]);
	lab_take(lab, &p[1]);
	lab_deliver(lab, &p[0]);
	lab_deliver(lab, &p[1]);
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 0)->temporary_failures, 2);
	/* Neither insists at once, both get there */
	assert_int_equal(lab_counters(lab, 0)->ike_rekeys, 0);
	lab_advance(lab, 8000);
	assert_int_equal(lab_counters(lab, 0)->ike_rekeys, 1);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	assert_true(lab_both_up(lab));
}

static void crossing_ike_deletes(void **state)
{
	struct lab_packet p[2];

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_admin(lab, 1, IKE_EVENT_DOWN, false);
	lab_take(lab, &p[0]);
	lab_take(lab, &p[1]);
	lab_deliver(lab, &p[0]);
	lab_deliver(lab, &p[1]);
	lab_settle(lab);
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	lab_advance(lab, 60000);
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_DOWN);
}

static void crossing_child_deletes(void **state)
{
	struct lab_packet p[2];
	unsigned int i;

	lab_up(lab);
	for (i = 0; i < 2; i++) {
		lab_path(lab, i)->sending->want_delete = true;
		ike_sa_kick(lab_sa(lab, i));
	}
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	lab_admin(lab, 1, IKE_EVENT_REKEY, true);
	lab_take(lab, &p[0]);
	lab_take(lab, &p[1]);
	lab_deliver(lab, &p[0]);
	lab_deliver(lab, &p[1]);
	lab_settle(lab);
	assert_null(lab_path(lab, 0)->sending);
	assert_null(lab_path(lab, 1)->sending);
	lab_advance(lab, 10000);
	assert_true(lab_both_up(lab));
}

static void hard_limit_makes_a_new_child(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_SA_LIMIT };

	lab_up(lab);
	strcpy(ev.limit.tunnel, "t");
	ev.limit.path = 1;
	ev.limit.spi = lab_path(lab, 0)->sending->spi_out;
	ev.limit.hard = true;
	lab_step(lab, 0, &ev);
	lab_advance(lab, 5000);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 0)->child_established, 2);
	assert_int_equal(lab_counters(lab, 0)->init_sent, 1);
}

static void soft_limit_rekeys(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_SA_LIMIT };

	lab_up(lab);
	strcpy(ev.limit.tunnel, "t");
	ev.limit.path = 1;
	ev.limit.spi = lab_path(lab, 1)->sending->spi_in;
	ev.limit.inbound = true;
	lab_step(lab, 1, &ev);
	lab_rekeyed(lab);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	assert_true(lab_both_up(lab));
}

static void lifetimes_rekey(void **state)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lab_tunnel(lab, i)->esp_lifetime = 100;
		lab_tunnel(lab, i)->ike_lifetime = 250;
	}
	lab_up(lab);
	lab_advance(lab, 1000000);
	assert_true(lab_both_up(lab));
	assert_in_range(lab_counters(lab, 0)->child_rekeys, 9, 13);
	assert_in_range(lab_counters(lab, 0)->ike_rekeys, 3, 6);
	assert_int_equal(lab_counters(lab, 0)->init_sent, 1);
	assert_int_equal(lab_path(lab, 0)->ups, 1);
}

static void dead_peer(void **state)
{
	ike_time from;

	lab_up(lab);
	from = lab->now;
	/* Node 1 is deaf and mute */
	for (;;) {
		struct ike_event ev = { .type = IKE_EVENT_TIMER };

		lab->now = ike_deadline(lab->nodes[0].engine);
		lab_step(lab, 0, &ev);
		lab_drop(lab);
		if (lab_path(lab, 0)->state != IKE_PATH_UP)
			break;
	}
	/* detect is 10 s */
	assert_in_range(lab->now - from, 9000, 10500);
	assert_int_equal(lab_counters(lab, 0)->peers_dead, 1);
	assert_int_equal(lab->nodes[0].last_path.state, IKEVTI_PATH_DOWN);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_WAIT);
	assert_true(lab_logged(lab, 0, "is dead"));
	/* Node 1 finds it out, too, and node 0 comes back */
	lab_advance(lab, 20000);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_path(lab, 0)->ups, 2);
}

static void silence_is_probed(void **state)
{
	lab_up(lab);
	lab_advance(lab, 60000);
	assert_in_range(lab_counters(lab, 0)->liveness_probes +
			lab_counters(lab, 1)->liveness_probes, 10, 26);
	assert_true(lab_both_up(lab));
}

static void nat_rebinding(void **state)
{
	struct lab_packet p;

	lab_tunnel(lab, 0)->encap = CONF_ENCAP_UDP;
	lab_up(lab);
	assert_true(lab_sa(lab, 1)->nat_remote);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_take(lab, &p);
	/* A corrupt message from elsewhere leads nowhere */
	p.source.port = 999;
	p.data[p.len - 1] ^= 1;
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].last_path.remote.port, 4500);
	p.data[p.len - 1] ^= 1;
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].last_path.remote.port, 999);
	assert_int_equal(lab_sa(lab, 1)->remote.port, 999);
	/* A replayed one neither */
	p.source.port = 888;
	lab_drop(lab);
	lab_deliver(lab, &p);
	assert_int_equal(lab_sa(lab, 1)->remote.port, 999);
	assert_int_equal(lab->count, 1);	/* the cached answer */
}

static void without_nat_nobody_is_followed(void **state)
{
	struct lab_packet p;

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_take(lab, &p);
	p.source.port = 999;
	lab_deliver(lab, &p);
	assert_int_equal(lab_sa(lab, 1)->remote.port, 500);
	/* but the answer goes to where the request came from */
	assert_true(lab_take(lab, &p));
	assert_int_equal(p.dest.port, 999);
}

static void reload_of_the_same(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };
	uint64_t before;

	lab_up(lab);
	before = lab_sa(lab, 0)->spi_i;
	ev.config.conf = lab->nodes[0].conf;
	lab_step(lab, 0, &ev);
	assert_int_equal(lab_sa(lab, 0)->spi_i, before);
	assert_int_equal(lab->count, 0);
	assert_true(lab_both_up(lab));
	/* Only the kernel has to know */
	{
		struct lab *other = lab_new();

		lab_tunnel(other, 0)->paths[0].weight = 7;
		ev.config.conf = other->nodes[0].conf;
		lab_step(lab, 0, &ev);
		assert_int_equal(lab->nodes[0].last_path.weight, 7);
		assert_int_equal(lab_sa(lab, 0)->spi_i, before);
		lab_tunnel(other, 0)->n_esp = 1;
		lab_free(other);
	}
}

static void tunnel_removed(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };
	static struct conf empty;	/* the engine holds it to its end */

	empty = (struct conf){ .refs = 1000, .daemon = lab->nodes[0].conf->daemon };
	lab_up(lab);
	ev.config.conf = &empty;
	lab_step(lab, 0, &ev);
	lab_settle(lab);
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	assert_int_equal(lab->nodes[0].paths_deleted, 1);
}

static void stop_deletes_everything(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_STOP };

	lab_up(lab);
	lab_step(lab, 0, &ev);
	assert_false(lab->nodes[0].stopped);
	lab_settle(lab);
	assert_true(lab->nodes[0].stopped);
	assert_int_equal(lab->nodes[0].paths_deleted, 1);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
}

static void stop_does_not_wait_for_ever(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_STOP };

	lab_up(lab);
	lab_step(lab, 0, &ev);
	lab_drop(lab);
	ev.type = IKE_EVENT_TIMER;
	lab->now += IKE_STOP_MS;
	lab_step(lab, 0, &ev);
	assert_true(lab->nodes[0].stopped);
}

/* The peer moved to the IKE SA our rekey made: it must learn of the end */
static void down_during_ike_rekey(void **state)
{
	struct lab_packet p;

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_settle(lab);
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	assert_null(lab_path(lab, 1)->sending);
}

/* A child comes to its end while the peer rekeys the IKE SA under it */
static void delete_waits_for_ike_rekey(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_SA_LIMIT };
	struct lab_packet p;

	lab->nodes[1].async = true;
	lab_start(lab);
	ev.type = IKE_EVENT_TIMER;
	lab_step(lab, 0, &ev);
	lab_settle(lab);
	lab_jobs(lab, 1);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	memset(&ev, 0, sizeof(ev));
	ev.type = IKE_EVENT_SA_LIMIT;
	strcpy(ev.limit.tunnel, "t");
	ev.limit.path = 1;
	ev.limit.spi = lab_path(lab, 1)->sending->spi_out;
	ev.limit.hard = true;
	lab_step(lab, 1, &ev);
	assert_int_equal(lab->count, 0);
	lab_jobs(lab, 1);
	lab_advance(lab, 10000);
	lab_jobs(lab, 1);
	lab_advance(lab, 10000);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_sa(lab, 1)->n_children, 1);
}

/* The old child comes to its end while the kernel makes the new one */
static void old_child_ends_during_its_rekey(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_SA_LIMIT };
	struct lab_packet p;

	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_take(lab, &p);
	lab->nodes[1].hold_kernel = true;
	lab_deliver(lab, &p);
	strcpy(ev.limit.tunnel, "t");
	ev.limit.path = 1;
	ev.limit.spi = lab_path(lab, 1)->sending->spi_out;
	ev.limit.hard = true;
	lab_step(lab, 1, &ev);
	lab->nodes[1].hold_kernel = false;
	lab_kernel(lab, 1);
	lab_settle(lab);
	assert_non_null(lab_path(lab, 1)->sending);
	assert_true(lab_both_up(lab));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(child_rekey),
		T(responder_switches_at_the_delete),
		T(initiator_switches_late),
		T(initiator_switches_at_once_without_the_old),
		T(new_child_is_not_rekeyed_before_the_delete),
		T(rekey_with_pfs),
		T(two_keys),
		T(pfs_other_group),
		T(rekeys_begin_with_the_group_in_use),
		T(pfs_is_insisted_on),
		T(child_collisions),
		T(ike_rekey_inherits),
		T(ike_collisions),
		T(ike_rekey_against_child_rekey),
		T(crossing_ike_deletes),
		T(crossing_child_deletes),
		T(hard_limit_makes_a_new_child),
		T(soft_limit_rekeys),
		T(lifetimes_rekey),
		T(dead_peer),
		T(silence_is_probed),
		T(nat_rebinding),
		T(without_nat_nobody_is_followed),
		T(reload_of_the_same),
		T(tunnel_removed),
		T(stop_deletes_everything),
		T(stop_does_not_wait_for_ever),
		T(down_during_ike_rekey),
		T(delete_waits_for_ike_rekey),
		T(old_child_ends_during_its_rekey),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
