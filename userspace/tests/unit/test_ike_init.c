// SPDX-License-Identifier: GPL-2.0-or-later
/* IKE_SA_INIT: cookies, groups, NAT, limits, forged errors, repeated requests */
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

static void start(void)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	lab_start(lab);
	lab_step(lab, 0, &ev);
}

static bool has_cookie(const struct lab_packet *p)
{
	struct wire_message m;
	struct wire_notify n;

	assert_int_equal(wire_parse(&m, p->data, p->len), WIRE_OK);
	return m.payloads.n && m.payloads.at[0].type == IKEV2_PL_NOTIFY &&
	       wire_parse_notify(&n, &m.payloads.at[0]) == WIRE_OK &&
	       n.type == IKEV2_N_COOKIE;
}

static void comes_up(void **state)
{
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_sa(lab, 0)->suite.group, IKEV2_GROUP_X25519);
	assert_false(lab_sa(lab, 0)->udp);
	assert_int_equal(lab_sa(lab, 0)->local.port, 500);
	assert_null(lab_sa(lab, 0)->hs);
}

static void cookie_without_state(void **state)
{
	struct lab_packet p;

	lab->nodes[1].conf->daemon.cookie_threshold = 0;
	start();
	assert_true(lab_take(lab, &p));
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	assert_int_equal(lab_counters(lab, 1)->cookies_sent, 1);
	assert_true(lab_take(lab, &p));
	assert_true(has_cookie(&p));
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &p));
	assert_true(has_cookie(&p));	/* reflected, and first */
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void wrong_cookie_is_none(void **state)
{
	struct lab_packet p, reply;

	lab->nodes[1].conf->daemon.cookie_threshold = 0;
	start();
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	lab_take(lab, &reply);
	lab_deliver(lab, &reply);
	lab_take(lab, &p);
	p.data[IKEV2_HEADER_LEN + 8 + 6] ^= 1;
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	assert_int_equal(lab_counters(lab, 1)->cookies_wrong, 1);
	assert_int_equal(lab_counters(lab, 1)->cookies_sent, 2);
}

static void cookie_outlives_one_secret_only(void **state)
{
	struct lab_packet first, reply, with;

	lab->nodes[1].conf->daemon.cookie_threshold = 0;
	start();
	lab_take(lab, &first);
	lab_deliver(lab, &first);
	lab_take(lab, &reply);
	lab_deliver(lab, &reply);
	lab_take(lab, &with);
	/* A new secret: the cookie is still good. Another: no more */
	lab->now += 61000;
	lab_deliver(lab, &with);
	assert_int_equal(lab_counters(lab, 1)->cookies_wrong, 0);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	lab->now += 61000;
	with.data[with.len - 1] ^= 1;	/* not one that is known already */
	lab_deliver(lab, &with);
	assert_int_equal(lab_counters(lab, 1)->cookies_wrong, 1);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
}

static void cookies_are_bounded(void **state)
{
	uint8_t cookie[8] = { 1 };
	struct lab_packet p, reply;
	unsigned int i, sent = 0;

	start();
	for (i = 0; i < 20; i++) {
		struct wire_header h;

		if (!lab_take(lab, &p))
			break;
		sent++;
		assert_int_equal(wire_parse_header(&h, p.data, p.len), WIRE_OK);
		h.flags = IKEV2_FLAG_RESPONSE;
		cookie[1] = (uint8_t)i;
		lab_clear(lab, 1, &reply, &h, IKEV2_N_COOKIE, wire_chunk(cookie, 8));
		lab_deliver(lab, &reply);
	}
	assert_int_equal(sent, 1 + IKE_COOKIE_TRIES);
}

static void other_group(struct lab *l)
{
	struct conf_proposal *a = &lab_tunnel(l, 0)->ike[0];

	a->groups[0] = IKEV2_GROUP_ECP_256;
	a->groups[1] = IKEV2_GROUP_X25519;
	a->n_groups = 2;
}

static void invalid_ke_is_followed(void **state)
{
	other_group(lab);
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_counters(lab, 1)->invalid_ke, 1);
	assert_int_equal(lab_sa(lab, 1)->suite.group, IKEV2_GROUP_X25519);
}

static void cookie_is_kept_for_invalid_ke(void **state)
{
	struct lab_packet p;
	unsigned int i;

	other_group(lab);
	lab->nodes[1].conf->daemon.cookie_threshold = 0;
	start();
	/* INIT, COOKIE, INIT + cookie, INVALID_KE, INIT + cookie */
	for (i = 0; i < 4; i++) {
		assert_true(lab_take(lab, &p));
		lab_deliver(lab, &p);
	}
	assert_true(lab_take(lab, &p));
	assert_true(has_cookie(&p));
	lab_deliver(lab, &p);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void invalid_ke_only_once_each(void **state)
{
	static const uint8_t wanted[][2] = {
		{ 0, IKEV2_GROUP_ECP_256 }, { 0, IKEV2_GROUP_X25519 },
		{ 0, IKEV2_GROUP_ECP_256 }, { 0, IKEV2_GROUP_MODP_1024 },
	};
	struct lab_packet p, reply;
	unsigned int i, sent = 0;

	other_group(lab);
	start();
	for (i = 0; i < 4; i++) {
		struct wire_header h;

		if (lab_take(lab, &p))
			sent++;
		assert_int_equal(wire_parse_header(&h, p.data, p.len), WIRE_OK);
		h.flags = IKEV2_FLAG_RESPONSE;
		lab_clear(lab, 1, &reply, &h, IKEV2_N_INVALID_KE_PAYLOAD,
			  wire_chunk(wanted[i], 2));
		lab_deliver(lab, &reply);
	}
	assert_int_equal(sent, 2);
	assert_int_equal(lab->count, 0);
}

static void no_proposal_names_both(void **state)
{
	lab_tunnel(lab, 1)->ike[0].key_bits = 128;
	lab_up(lab);
	assert_true(lab_logged(lab, 1, "no IKE proposal in common"));
	assert_true(lab_logged(lab, 1, "theirs aes256gcm16-prfsha256-x25519; ours"));
	assert_true(lab_logged(lab, 1, "aes128gcm16-prfsha256-x25519"));
	assert_true(lab_logged(lab, 0, "NO_PROPOSAL_CHOSEN"));
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
}

static void forged_refusal_is_not_believed(void **state)
{
	struct lab_packet init, forged;
	struct wire_header h;

	start();
	lab_take(lab, &init);
	assert_int_equal(wire_parse_header(&h, init.data, init.len), WIRE_OK);
	h.flags = IKEV2_FLAG_RESPONSE;
	lab_clear(lab, 1, &forged, &h, IKEV2_N_NO_PROPOSAL_CHOSEN, wire_chunk(NULL, 0));
	lab_deliver(lab, &forged);
	assert_int_equal(lab_sa(lab, 0)->state, IKE_SA_INIT);
	lab_deliver(lab, &init);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void forged_refusal_is_told_in_the_end(void **state)
{
	struct lab_packet init, forged;
	struct wire_header h;

	start();
	lab_take(lab, &init);
	wire_parse_header(&h, init.data, init.len);
	h.flags = IKEV2_FLAG_RESPONSE;
	lab_clear(lab, 1, &forged, &h, IKEV2_N_NO_PROPOSAL_CHOSEN, wire_chunk(NULL, 0));
	lab_deliver(lab, &forged);
	lab->nodes[1].conf->daemon.half_open_max = 0;
	lab->nodes[1].engine->conf->daemon.half_open_max = 0;
	lab_advance(lab, 31000);
	assert_int_equal(lab_counters(lab, 0)->ike_failed, 1);
	assert_non_null(strstr(lab_path(lab, 0)->last_error, "NO_PROPOSAL_CHOSEN"));
	/* and it is tried again */
	assert_true(lab_path(lab, 0)->state == IKE_PATH_WAIT ||
		    lab_path(lab, 0)->state == IKE_PATH_CONNECT);
}

/* Not "no answer": there was one, it was of no use */
static void a_useless_answer_is_told_in_the_end(void **state)
{
	struct lab_packet init, answer;
	struct wire_message m;

	start();
	lab_take(lab, &init);
	lab_deliver(lab, &init);
	assert_true(lab_take(lab, &answer));
	assert_int_equal(wire_parse(&m, answer.data, answer.len), WIRE_OK);
	/* A group we did not offer */
	answer.data[wire_find(&m.payloads, IKEV2_PL_KE)->body - answer.data + 1] ^= 1;
	lab_deliver(lab, &answer);
	assert_int_equal(lab_counters(lab, 0)->malformed, 1);
	/* The peer says nothing more */
	ike_sa_destroy(lab_sa(lab, 1));
	lab->nodes[1].engine->conf->daemon.half_open_max = 0;
	lab_advance(lab, 31000);
	assert_int_equal(lab_counters(lab, 0)->ike_failed, 1);
	assert_non_null(strstr(lab_path(lab, 0)->last_error, "answered IKE_SA_INIT with"));
}

static void repeated_init_gets_the_same_answer(void **state)
{
	struct lab_packet init, first, second;

	start();
	lab_take(lab, &init);
	lab_deliver(lab, &init);
	lab_take(lab, &first);
	lab_deliver(lab, &init);
	assert_true(lab_take(lab, &second));
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	/* One octet different, the same SPI: another client behind the same NAT */
	init.data[init.len - 30] ^= 1;
	lab_deliver(lab, &init);
	assert_int_equal(lab->nodes[1].engine->n_sas, 2);
	lab_drop(lab);
	lab_deliver(lab, &first);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
	/* Not once IKE_AUTH was seen */
	init.data[init.len - 30] ^= 1;
	lab_deliver(lab, &init);
	assert_int_equal(lab->count, 0);
	assert_int_equal(lab->nodes[1].engine->n_half_open, 1);
}

static void half_open_limits(void **state)
{
	struct lab_packet init;
	unsigned int i;

	lab->nodes[1].conf->daemon.half_open_per_address = 3;
	lab_tunnel(lab, 1)->paths[0].remote = (struct net_addr){ .family = AF_UNSPEC };
	start();
	lab_take(lab, &init);
	for (i = 0; i < 10; i++) {
		init.data[0] = (uint8_t)(i + 1);
		lab_deliver(lab, &init);
	}
	assert_int_equal(lab->nodes[1].engine->n_half_open, 3);
	assert_int_equal(lab_counters(lab, 1)->init_dropped, 7);
	lab_drop(lab);
	lab->nodes[0].conf->daemon.port = 500;
	/* They do not stay for ever */
	lab_advance(lab, 61000);
	assert_true(lab->nodes[1].engine->n_half_open <= 1);
}

static void nat_moves_to_4500(void **state)
{
	struct lab_packet p;

	lab_tunnel(lab, 1)->paths[0].remote = (struct net_addr){ .family = AF_UNSPEC };
	start();
	lab_take(lab, &p);
	p.source.ip[3] = 77;
	p.source.port = 1234;
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &p));
	p.dest.ip[3] = 1;
	p.dest.port = 500;
	lab_deliver(lab, &p);
	assert_true(lab_sa(lab, 0)->nat_local);
	assert_false(lab_sa(lab, 0)->nat_remote);
	assert_true(lab_take(lab, &p));
	assert_int_equal(p.source.port, 4500);
	assert_int_equal(p.dest.port, 4500);
	p.source.ip[3] = 77;
	p.source.port = 5678;
	lab_deliver(lab, &p);
	assert_true(lab->nodes[1].last_path.udp);
	assert_int_equal(lab->nodes[1].last_path.remote.port, 5678);
	assert_int_equal(lab->nodes[1].last_path.local.port, 4500);
	assert_true(lab_sa(lab, 1)->nat_remote);
}

static void nat_is_refused_when_forbidden(void **state)
{
	struct lab_packet p;

	lab_tunnel(lab, 0)->encap = CONF_ENCAP_NONE;
	lab_tunnel(lab, 1)->paths[0].remote = (struct net_addr){ .family = AF_UNSPEC };
	start();
	lab_take(lab, &p);
	p.source.ip[3] = 77;
	lab_deliver(lab, &p);
	lab_take(lab, &p);
	p.dest.ip[3] = 1;
	lab_deliver(lab, &p);
	assert_true(lab_logged(lab, 0, "encap = none"));
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
}

static void forced_encapsulation(void **state)
{
	lab_tunnel(lab, 0)->encap = CONF_ENCAP_UDP;
	lab_tunnel(lab, 1)->encap = CONF_ENCAP_AUTO;
	lab_up(lab);
	assert_true(lab_both_up(lab));
	assert_true(lab_sa(lab, 0)->udp && lab_sa(lab, 1)->udp);
	assert_int_equal(lab->nodes[1].last_path.remote.port, 4500);
}

static void unknown_address_gets_no_state(void **state)
{
	struct lab_packet p;

	start();
	lab_take(lab, &p);
	p.source.ip[0] = 10;
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
	assert_int_equal(lab_counters(lab, 1)->init_unknown_address, 1);
}

static void late_job_of_a_dead_sa(void **state)
{
	lab->nodes[0].async = true;
	start();
	assert_int_equal(lab->nodes[0].n_jobs, 1);
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	assert_int_equal(lab->nodes[0].engine->n_sas, 0);
	lab_jobs(lab, 0);
	assert_int_equal(lab->count, 0);
	assert_int_equal(lab->nodes[0].engine->ops.n, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(comes_up),
		T(cookie_without_state),
		T(wrong_cookie_is_none),
		T(cookie_outlives_one_secret_only),
		T(cookies_are_bounded),
		T(invalid_ke_is_followed),
		T(cookie_is_kept_for_invalid_ke),
		T(invalid_ke_only_once_each),
		T(no_proposal_names_both),
		T(forged_refusal_is_not_believed),
		T(forged_refusal_is_told_in_the_end),
		T(a_useless_answer_is_told_in_the_end),
		T(repeated_init_gets_the_same_answer),
		T(half_open_limits),
		T(nat_moves_to_4500),
		T(nat_is_refused_when_forbidden),
		T(forced_encapsulation),
		T(unknown_address_gets_no_state),
		T(late_job_of_a_dead_sa),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
