// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_AUTH: identities, keys, the first child, fragments, INITIAL_CONTACT */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/sa.h"
#include "ike_lab.h"

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

static void set_id(struct conf_id *id, uint8_t type, const char *text)
{
	memset(id, 0, sizeof(*id));
	id->type = type;
	id->len = (uint16_t)strlen(text);
	memcpy(id->data, text, id->len);
	memcpy(id->text, text, id->len);
}

static void wrong_psk(void **state)
{
	lab_tunnel(lab, 0)->local.psk[0] = 'x';
	lab_up(lab);
	assert_false(lab_both_up(lab));
	assert_true(lab_logged(lab, 1, "'a.example.org' failed to authenticate"));
	assert_true(lab_logged(lab, 0, "AUTHENTICATION_FAILED"));
	assert_int_equal(lab_counters(lab, 0)->auth_failures, 1);
	assert_int_equal(lab_counters(lab, 1)->auth_failures, 1);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_WAIT);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_LISTEN);
}

static void responder_has_the_wrong_psk(void **state)
{
	/* Only what the responder proves itself with: the initiator finds out */
	lab_tunnel(lab, 1)->local.psk[0] = 'x';
	lab_up(lab);
	assert_true(lab_logged(lab, 0, "'b.example.org' failed to authenticate"));
	assert_true(lab_logged(lab, 1, "peer does not accept our identity"));
	lab_advance(lab, 100);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_LISTEN);
	assert_null(ike_path_sa(lab_path(lab, 1)));
}

static void unknown_identity_names_both(void **state)
{
	set_id(&lab_tunnel(lab, 0)->local.id, IKEV2_ID_FQDN, "stranger.example.org");
	lab_up(lab);
	assert_true(lab_logged(lab, 1, "says it is 'stranger.example.org'"));
	assert_true(lab_logged(lab, 1, "'a.example.org'"));
	assert_true(lab_logged(lab, 0, "AUTHENTICATION_FAILED"));
	assert_non_null(strstr(lab_path(lab, 1)->last_error, "stranger.example.org"));
}

static void wrong_wanted_identity(void **state)
{
	set_id(&lab_tunnel(lab, 0)->remote.id, IKEV2_ID_FQDN, "c.example.org");
	lab_up(lab);
	assert_true(lab_logged(lab, 1, "wants 'c.example.org'"));
	assert_true(lab_logged(lab, 0, "AUTHENTICATION_FAILED"));
}

static void identity_types(void **state)
{
	static const uint8_t types[] = { IKEV2_ID_FQDN, IKEV2_ID_RFC822_ADDR, IKEV2_ID_KEY_ID };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		set_id(&lab_tunnel(lab, 0)->local.id, types[i], "a@example.org");
		set_id(&lab_tunnel(lab, 1)->remote.id, types[i], "a@example.org");
		lab_up(lab);
		assert_true(lab_both_up(lab));
		lab_free(lab);
		lab = lab_new();
	}
}

static void names_without_regard_to_case(void **state)
{
	set_id(&lab_tunnel(lab, 1)->remote.id, IKEV2_ID_FQDN, "A.Example.ORG");
	lab_up(lab);
	assert_true(lab_both_up(lab));
}

static void key_ids_with_regard_to_case(void **state)
{
	set_id(&lab_tunnel(lab, 0)->local.id, IKEV2_ID_KEY_ID, "key");
	set_id(&lab_tunnel(lab, 1)->remote.id, IKEV2_ID_KEY_ID, "KEY");
	lab_up(lab);
	assert_false(lab_both_up(lab));
}

static void address_identities_by_default(void **state)
{
	struct conf_id *id = &lab_tunnel(lab, 1)->remote.id;

	lab_tunnel(lab, 0)->local.id.type = 0;
	memset(id, 0, sizeof(*id));
	id->type = IKEV2_ID_IPV4_ADDR;
	id->len = 4;
	memcpy(id->data, "\xc0\x00\x02\x01", 4);
	lab_up(lab);
	assert_true(lab_both_up(lab));
}

static void any_identity(void **state)
{
	memset(&lab_tunnel(lab, 1)->remote.id, 0, sizeof(struct conf_id));
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_string_equal(lab_sa(lab, 1)->remote_id->text, "a.example.org");
}

/* Somebody who sends our own messages back to us is not a peer */
static void reflection_is_refused(void **state)
{
	memset(&lab_tunnel(lab, 1)->remote.id, 0, sizeof(struct conf_id));
	lab_tunnel(lab, 0)->local.id = lab_tunnel(lab, 1)->local.id;
	lab_up(lab);
	assert_false(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->auth_failures, 1);
}

static void narrow_to(struct conf_selector *s, uint8_t third)
{
	memset(s, 0, sizeof(*s));
	s->start = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, third, 0 } };
	s->end = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, third, 255 } };
}

static void selectors_are_narrowed(void **state)
{
	const struct ike_selectors *ts;

	narrow_to(&lab_tunnel(lab, 1)->local_ts[0], 2);
	lab_tunnel(lab, 1)->n_local_ts = 1;
	lab_up(lab);
	assert_true(lab_both_up(lab));
	ts = &lab_path(lab, 0)->sending->ts;
	assert_int_equal(ts->n_remote, 1);
	assert_int_equal(ts->remote[0].start.ip[2], 2);
	assert_int_equal(ts->n_local, 2);
	assert_int_equal(lab->nodes[0].last_out.n_remote_ts, 1);
	assert_int_equal(lab->nodes[1].last_in.n_local_ts, 1);
}

static void wide_open_needs_no_selectors(void **state)
{
	lab_up(lab);
	assert_int_equal(lab->nodes[0].last_out.n_remote_ts, 0);
	assert_int_equal(lab->nodes[0].last_in.n_local_ts, 0);
}

static void unacceptable_selectors_leave_the_ike_sa(void **state)
{
	narrow_to(&lab_tunnel(lab, 0)->remote_ts[0], 3);
	lab_tunnel(lab, 0)->n_remote_ts = 1;
	narrow_to(&lab_tunnel(lab, 1)->local_ts[0], 2);
	lab_tunnel(lab, 1)->n_local_ts = 1;
	lab_up(lab);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_NO_CHILD);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_NO_CHILD);
	assert_true(lab_logged(lab, 0, "TS_UNACCEPTABLE"));
	assert_true(lab_logged(lab, 1, "no traffic selectors in common"));
	/* It is tried again, ever more seldom */
	lab_advance(lab, 60000);
	assert_true(lab_counters(lab, 0)->child_failed >= 3);
	assert_true(lab_counters(lab, 0)->child_failed <= 12);
	assert_int_equal(lab->nodes[0].engine->n_sas, 1);
}

static void child_comes_later_when_the_kernel_refuses_first(void **state)
{
	lab->nodes[1].fail_in = 12;
	lab_up(lab);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_NO_CHILD);
	lab->nodes[1].fail_in = 0;
	lab_advance(lab, 5000);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 0)->init_sent, 1);
}

static void no_spi_no_request(void **state)
{
	lab->nodes[0].fail_spi = 28;
	lab_up(lab);
	assert_true(lab_logged(lab, 0, "kernel gave no SPI"));
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_WAIT);
	lab->nodes[0].fail_spi = 0;
	lab_advance(lab, 10000);
	assert_true(lab_both_up(lab));
}

static void esn_is_negotiated(void **state)
{
	lab_tunnel(lab, 0)->esp[0].esn = true;
	lab_tunnel(lab, 1)->esp[0].esn = true;
	lab_tunnel(lab, 1)->esp[0].no_esn = false;
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_true(lab->nodes[0].last_out.esn && lab->nodes[1].last_in.esn);
}

static void long_messages_are_fragmented(void **state)
{
	struct conf_tunnel *t = lab_tunnel(lab, 0);
	struct lab_packet p[8], ignored;
	unsigned int i, n = 0;

	/* Many proposals make IKE_AUTH long */
	for (t->n_esp = 0; t->n_esp < CONF_PROPOSALS_MAX; t->n_esp++) {
		struct conf_proposal *e = &t->esp[t->n_esp];

		memset(e, 0, sizeof(*e));
		e->encr = IKEV2_ENCR_AES_GCM_16;
		e->key_bits = t->n_esp == CONF_PROPOSALS_MAX - 1 ? 256 : 128;
		e->no_esn = true;
	}
	for (t->n_local_ts = 0; t->n_local_ts < CONF_SELECTORS_MAX; t->n_local_ts++)
		narrow_to(&t->local_ts[t->n_local_ts], (uint8_t)t->n_local_ts);
	set_id(&t->local.id, IKEV2_ID_FQDN, "");
	t->local.id.len = 240;
	memset(t->local.id.data, 'a', 240);
	set_id(&t->remote.id, IKEV2_ID_FQDN, "");
	t->remote.id.len = 240;
	memset(t->remote.id.data, 'b', 240);
	lab_tunnel(lab, 1)->local.id = t->remote.id;
	lab_tunnel(lab, 1)->remote.id = t->local.id;
	lab_start(lab);
	lab_advance(lab, 0);
	assert_true(lab_both_up(lab));
	/* Once more, to look at the pieces */
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_settle(lab);
	lab_admin(lab, 0, IKE_EVENT_UP, false);
	for (i = 0; i < 2 && lab_take(lab, &ignored); i++)
		lab_deliver(lab, &ignored);
	while (n < 8 && lab_take(lab, &p[n]))
		n++;
	assert_true(n >= 2);
	for (i = 0; i < n; i++)
		assert_true(p[i].len <= 1280 - 32);
	/* The last first, one twice, and a forged one between */
	lab_deliver(lab, &p[n - 1]);
	lab_deliver(lab, &p[n - 1]);
	ignored = p[0];
	ignored.data[ignored.len - 1] ^= 1;
	lab_deliver(lab, &ignored);
	for (i = 0; i + 1 < n; i++)
		lab_deliver(lab, &p[i]);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->integrity_failed, 1);
	/* A repeated request is answered once, at its first fragment */
	for (i = 0; i < n; i++)
		lab_deliver(lab, &p[i]);
	assert_int_equal(lab_counters(lab, 1)->responses_resent, 1);
}

static void restart_with_initial_contact(void **state)
{
	struct ike_sa *old;
	unsigned int deleted;

	lab_up(lab);
	old = lab_sa(lab, 1);
	deleted = lab->nodes[1].sas_deleted;
	/* Node 0 forgets everything */
	ike_engine_free(lab->nodes[0].engine);
	ike_engine_free(NULL);
	lab->nodes[0].engine = NULL;
	lab_drop(lab);
	{
		struct lab_node *n = &lab->nodes[1];
		struct ike_engine *keep = n->engine;
		struct conf *conf = conf_ref(n->conf);

		/* lab_start() makes both: put node 1's own back */
		lab_start(lab);
		ike_engine_free(n->engine);
		n->engine = keep;
		conf_unref(conf);
	}
	lab_advance(lab, 0);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	assert_ptr_not_equal(lab_sa(lab, 1), NULL);
	assert_true(lab_logged(lab, 1, "peer has restarted"));
	assert_int_equal(lab->nodes[1].sas_deleted, deleted + 2);
	(void)old;
}

static bool has_initial_contact(const struct lab_packet *p)
{
	static uint8_t plain[4096];
	struct wire_payloads inner;
	struct ike_engine *e = lab->nodes[1].engine;
	struct wire_message m;
	struct table_node *node;
	size_t len;

	assert_int_equal(wire_parse(&m, p->data, p->len), WIRE_OK);
	assert_int_equal(m.header.exchange, IKEV2_IKE_AUTH);
	node = table_find(&e->by_spi, m.header.spi_r);
	assert_non_null(node);
	assert_int_equal(crypto_sk_open(container_of(node, struct ike_sa, by_spi)->sk_in, &m,
					plain, sizeof(plain), &len), CRYPTO_OK);
	assert_int_equal(wire_parse_payloads(&inner, wire_encrypted(&m)->next, plain, len),
			 WIRE_OK);
	return wire_find_notify(&inner, IKEV2_N_INITIAL_CONTACT, NULL);
}

/*
 * It says that there is no other IKE SA (section 2.4): so it is decided when it
 * is said, and one of several that begin together says it, not none or all
 */
static void initial_contact_is_decided_when_it_is_sent(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };
	struct lab_packet p, auth;
	unsigned int said = 0, i;

	lab_second_path(lab, 0);
	lab_second_path(lab, 1);
	lab_start(lab);
	lab_step(lab, 0, &ev);
	assert_int_equal(lab->count, 2);
	for (i = 0; i < 4; i++) {
		assert_true(lab_take(lab, &p));
		lab_deliver(lab, &p);
	}
	assert_int_equal(lab->count, 2);
	for (i = 0; i < 2; i++) {
		assert_true(lab_take(lab, &auth));
		said += has_initial_contact(&auth);
		lab_deliver(lab, &auth);
	}
	assert_int_equal(said, 1);
	lab_settle(lab);
	/* The first path begins anew while the other is up, which ends meanwhile */
	ike_sa_destroy(ike_path_sa(lab_path(lab, 0)));
	lab_drop(lab);
	strcpy(ev.tunnel.tunnel, "t");
	ev.type = IKE_EVENT_UP;
	ev.tunnel.path = 1;
	lab_step(lab, 0, &ev);
	ev.type = IKE_EVENT_TIMER;
	lab_step(lab, 0, &ev);
	assert_true(lab_take(lab, &p));
	ike_sa_destroy(ike_path_sa(lab->nodes[0].engine->tunnels[0]->paths[1]));
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &p));
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &auth));
	assert_true(has_initial_contact(&auth));
}

static bool all_zero(const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len && !*p) {
		p++;
		len--;
	}
	return !len;
}

/* What has done its service: SK_p, and the payloads that were encrypted */
static void nothing_secret_stays_behind(void **state)
{
	unsigned int i;

	lab_up(lab);
	/* IKE_SA_INIT is there yet, which was sent in clear */
	for (i = 0; i < 2; i++)
		memset(lab->nodes[i].engine->build, 0, 2048);
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	lab_settle(lab);
	for (i = 0; i < 2; i++) {
		assert_true(all_zero(&lab_sa(lab, i)->keys.pi, sizeof(struct crypto_secret)));
		assert_true(all_zero(&lab_sa(lab, i)->keys.pr, sizeof(struct crypto_secret)));
		assert_true(all_zero(lab->nodes[i].engine->build, 256));
	}
}

static void traffic_brings_it_up(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_ACQUIRE };

	lab_tunnel(lab, 0)->start = CONF_START_TRAFFIC;
	lab_up(lab);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_TRAFFIC);
	strcpy(ev.tunnel.tunnel, "t");
	lab_step(lab, 0, &ev);
	lab_advance(lab, 10);
	assert_true(lab_both_up(lab));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(wrong_psk),
		T(responder_has_the_wrong_psk),
		T(unknown_identity_names_both),
		T(wrong_wanted_identity),
		T(identity_types),
		T(names_without_regard_to_case),
		T(key_ids_with_regard_to_case),
		T(address_identities_by_default),
		T(any_identity),
		T(reflection_is_refused),
		T(selectors_are_narrowed),
		T(wide_open_needs_no_selectors),
		T(unacceptable_selectors_leave_the_ike_sa),
		T(child_comes_later_when_the_kernel_refuses_first),
		T(no_spi_no_request),
		T(esn_is_negotiated),
		T(long_messages_are_fragmented),
		T(restart_with_initial_contact),
		T(initial_contact_is_decided_when_it_is_sent),
		T(nothing_secret_stays_behind),
		T(traffic_brings_it_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
