// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a peer must not be able to do: wrong order, replays, truncation, wrong
 * SPIs, garbage before and after authentication.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/exchange.h"
#include "ike/sa.h"
#include "ike_lab.h"

static struct lab *lab;
static struct lab_packet p;

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

/* A SK message of node 0 with the payloads of @b */
static void send_sealed(uint8_t exchange, uint32_t id, struct wire_builder *b,
			const uint8_t *plain)
{
	size_t len;

	assert_int_equal(wire_build_end(b, &len), WIRE_OK);
	lab_seal(lab, 0, &p, exchange, 0, id, b->first, plain, len);
	lab_deliver(lab, &p);
}

/* Both ends with keys, IKE_AUTH not yet sent on */
static void half_way(void)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	lab_start(lab);
	lab_step(lab, 0, &ev);
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	lab_take(lab, &p);
	lab_deliver(lab, &p);
	assert_int_equal(lab_sa(lab, 0)->state, IKE_SA_AUTH);
	assert_int_equal(lab_sa(lab, 1)->state, IKE_SA_AUTH);
}

static uint16_t answer_notify(void)
{
	struct ike_sa *sa = lab_sa(lab, 0);
	static uint8_t plain[4096];
	struct wire_payloads inner;
	struct wire_message m;
	struct wire_notify n;
	size_t len;

	if (!lab_take(lab, &p))
		return 0;
	assert_int_equal(wire_parse(&m, p.data, p.len), WIRE_OK);
	assert_int_equal(crypto_sk_open(sa->sk_in, &m, plain, sizeof(plain), &len), CRYPTO_OK);
	assert_int_equal(wire_parse_payloads(&inner, wire_encrypted(&m)->next, plain, len),
			 WIRE_OK);
	return ike_first_error(&inner, &n) ? n.type : 0;
}

static void informational_before_auth(void **state)
{
	uint8_t plain[64];
	struct wire_builder b;

	half_way();
	lab_drop(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_delete_ike(&b);
	send_sealed(IKEV2_INFORMATIONAL, 1, &b, plain);
	assert_int_equal(lab->count, 0);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	assert_int_equal(lab_counters(lab, 1)->unexpected, 1);
}

static void create_child_before_auth(void **state)
{
	uint8_t plain[64];
	struct wire_builder b;

	half_way();
	lab_drop(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_notify(&b, IKEV2_N_REKEY_SA, wire_chunk(NULL, 0));
	send_sealed(IKEV2_CREATE_CHILD_SA, 1, &b, plain);
	assert_int_equal(lab->count, 0);
	assert_int_equal(lab_counters(lab, 1)->unexpected, 1);
}

static void auth_before_init(void **state)
{
	struct lab_packet auth;

	half_way();
	lab_take(lab, &auth);
	ike_sa_destroy(lab_sa(lab, 1));
	ike_sa_free_dead(lab->nodes[1].engine);
	lab_deliver(lab, &auth);
	assert_int_equal(lab_counters(lab, 1)->unknown_spi, 1);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
}

static void auth_without_auth_payload(void **state)
{
	uint8_t plain[128];
	struct wire_builder b;

	half_way();
	lab_drop(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_id(&b, IKEV2_PL_IDI, IKEV2_ID_FQDN, wire_chunk("a.example.org", 13));
	send_sealed(IKEV2_IKE_AUTH, 1, &b, plain);
	assert_int_equal(answer_notify(), IKEV2_N_AUTHENTICATION_FAILED);
	/* Refused is refused: another try on the same IKE SA is not looked at */
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_id(&b, IKEV2_PL_IDI, IKEV2_ID_FQDN, wire_chunk("a.example.org", 13));
	send_sealed(IKEV2_IKE_AUTH, 2, &b, plain);
	wire_build_inner(&b, plain, sizeof(plain));
	send_sealed(IKEV2_INFORMATIONAL, 2, &b, plain);
	assert_int_equal(lab->count, 0);
	lab_advance(lab, 11000);
	assert_int_equal(lab->nodes[1].engine->n_half_open, 0);
}

/* An IKE_AUTH of node 0 with an ID payload of @body, and AUTH over it as it is */
static void send_auth(const uint8_t *body, size_t body_len)
{
	struct ike_sa *sa = lab_sa(lab, 0);
	uint8_t auth[CRYPTO_HASH_MAX];
	struct wire_builder b;
	uint8_t plain[1024];
	size_t len;

	lab_drop(lab);
	assert_true(ike_auth_compute(sa, true, wire_chunk(body, body_len), &sa->conf->local,
				     auth, &len));
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add(&b, IKEV2_PL_IDI, wire_chunk(body, body_len));
	wire_add_auth(&b, IKEV2_AUTH_PSK, wire_chunk(auth, len));
	send_sealed(IKEV2_IKE_AUTH, 1, &b, plain);
}

/* RESERVED is to be ignored, but is under AUTH as it was sent (2.5, 2.15) */
static void reserved_octets_of_an_identity(void **state)
{
	static const uint8_t body[] = {
		IKEV2_ID_FQDN, 1, 2, 3,
		'a', '.', 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g',
	};

	half_way();
	send_auth(body, sizeof(body));
	assert_int_equal(answer_notify(), 0);
	assert_int_equal(lab_sa(lab, 1)->state, IKE_SA_ESTABLISHED);
}

/* Longer than any we could have configured: only "any" admits it, but wholly */
static void long_identities(void **state)
{
	uint8_t body[4 + 300] = { IKEV2_ID_KEY_ID };
	struct conf_id *want = &lab_tunnel(lab, 1)->remote.id;

	memset(body + 4, 'k', 300);
	memset(want, 0, sizeof(*want));
	half_way();
	send_auth(body, sizeof(body));
	assert_int_equal(answer_notify(), 0);
	assert_int_equal(lab_sa(lab, 1)->state, IKE_SA_ESTABLISHED);
	teardown(NULL);
	setup(NULL);
	/* Not one that is only the beginning of it */
	want = &lab_tunnel(lab, 1)->remote.id;
	memset(want, 0, sizeof(*want));
	want->type = IKEV2_ID_KEY_ID;
	want->len = CONF_ID_MAX;
	memset(want->data, 'k', sizeof(want->data));
	half_way();
	send_auth(body, sizeof(body));
	assert_int_equal(answer_notify(), IKEV2_N_AUTHENTICATION_FAILED);
}

static void critical_payload_in_auth(void **state)
{
	uint8_t plain[128] = { 0 };
	struct wire_builder b;
	size_t len;

	half_way();
	lab_drop(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add(&b, 200, wire_chunk("xx", 2));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	plain[1] |= IKEV2_PAYLOAD_CRITICAL;
	lab_seal(lab, 0, &p, IKEV2_IKE_AUTH, 0, 1, b.first, plain, len);
	lab_deliver(lab, &p);
	assert_int_equal(answer_notify(), IKEV2_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_int_equal(lab->nodes[1].engine->n_sas, 0);
}

static void critical_payload_established(void **state)
{
	uint8_t plain[128] = { 0 };
	struct wire_builder b;
	size_t len;

	lab_up(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add(&b, 200, wire_chunk("xx", 2));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	plain[1] |= IKEV2_PAYLOAD_CRITICAL;
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, b.first, plain, len);
	lab_deliver(lab, &p);
	assert_int_equal(answer_notify(), IKEV2_N_UNSUPPORTED_CRITICAL_PAYLOAD);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_UP);
	/* Not critical: passed over */
	plain[1] = 0;
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 3, b.first, plain, len);
	lab_deliver(lab, &p);
	assert_int_equal(lab->count, 1);
	assert_int_equal(answer_notify(), 0);
}

static void garbage_after_decryption(void **state)
{
	uint8_t plain[64];
	size_t i;

	lab_up(lab);
	for (i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7 + 1);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, IKEV2_PL_NOTIFY, plain, sizeof(plain));
	lab_deliver(lab, &p);
	assert_int_equal(answer_notify(), IKEV2_N_INVALID_SYNTAX);
	/* Authentic, so it is fatal, and without a Delete */
	assert_null(ike_path_sa(lab_path(lab, 1)));
	assert_int_equal(lab->count, 0);
	assert_int_equal(lab->nodes[1].sas_deleted, 2);
}

static void two_ke_payloads(void **state)
{
	uint8_t plain[512], ke[32] = { 1 }, nonce[32] = { 2 };
	struct wire_builder b;

	lab_up(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_nonce(&b, wire_chunk(nonce, sizeof(nonce)));
	wire_add_ke(&b, IKEV2_GROUP_X25519, wire_chunk(ke, sizeof(ke)));
	wire_add_ke(&b, IKEV2_GROUP_X25519, wire_chunk(ke, sizeof(ke)));
	send_sealed(IKEV2_CREATE_CHILD_SA, 2, &b, plain);
	assert_int_equal(answer_notify(), IKEV2_N_INVALID_SYNTAX);
	assert_int_equal(lab_counters(lab, 1)->invalid_syntax, 1);
}

static void rekey_of_an_unknown_child(void **state)
{
	uint8_t plain[1024], nonce[32] = { 2 };
	struct ike_sa *sa;
	struct wire_builder b;
	struct ike_task t = { .kind = IKE_TASK_CHILD_REKEY };
	struct ike_child c;

	lab_up(lab);
	sa = lab_sa(lab, 0);
	c = *lab_path(lab, 0)->sending;
	c.spi_in = 0x12345678;
	t.sa = sa;
	t.child = &c;
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_notify_spi(&b, IKEV2_N_REKEY_SA, IKEV2_PROTO_ESP, 0xdeadbeef,
			    wire_chunk(NULL, 0));
	ike_child_add_sa(&b, &t, false);
	wire_add_nonce(&b, wire_chunk(nonce, sizeof(nonce)));
	ike_child_add_ts(&b, &c);
	send_sealed(IKEV2_CREATE_CHILD_SA, 2, &b, plain);
	assert_int_equal(answer_notify(), IKEV2_N_CHILD_SA_NOT_FOUND);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_UP);
	/* A further child for the same lane */
	wire_build_inner(&b, plain, sizeof(plain));
	ike_child_add_sa(&b, &t, false);
	wire_add_nonce(&b, wire_chunk(nonce, sizeof(nonce)));
	ike_child_add_ts(&b, &c);
	send_sealed(IKEV2_CREATE_CHILD_SA, 3, &b, plain);
	assert_int_equal(answer_notify(), IKEV2_N_NO_ADDITIONAL_SAS);
	/* REKEY_SA for AH */
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_notify_spi(&b, IKEV2_N_REKEY_SA, IKEV2_PROTO_AH,
			    lab_path(lab, 0)->sending->spi_in, wire_chunk(NULL, 0));
	ike_child_add_sa(&b, &t, false);
	wire_add_nonce(&b, wire_chunk(nonce, sizeof(nonce)));
	ike_child_add_ts(&b, &c);
	send_sealed(IKEV2_CREATE_CHILD_SA, 4, &b, plain);
	assert_int_equal(answer_notify(), IKEV2_N_CHILD_SA_NOT_FOUND);
}

static void replays_and_wrong_ids(void **state)
{
	uint8_t plain[64];
	struct wire_builder b;
	struct lab_packet first, second;
	uint32_t ids[] = { 0, 3, 4, 1000, 0xffffffff };
	size_t i;

	lab_up(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, ids[i], 0, plain, 0);
		lab_deliver(lab, &p);
		assert_int_equal(lab->count, 0);
	}
	assert_int_equal(lab_counters(lab, 1)->out_of_window, 5);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, 0, plain, 0);
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &first));
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &second));
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.data, second.data, first.len);
	/* A response nobody asked for */
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, IKEV2_FLAG_RESPONSE, 0, 0, plain, 0);
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->out_of_window, 6);
}

static void wrong_spi_and_direction(void **state)
{
	uint8_t plain[64];
	uint8_t kept;

	lab_up(lab);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, 0, plain, 0);
	p.data[15] ^= 1;
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->unknown_spi, 1);
	assert_int_equal(lab->count, 1);	/* an unprotected INVALID_IKE_SPI */
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 0)->unknown_spi, 1);
	p.data[15] ^= 1;
	p.data[7] ^= 1;
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->unknown_spi, 2);
	lab_drop(lab);
	p.data[7] ^= 1;
	/* As if the responder had sent it */
	kept = p.data[19];
	p.data[19] ^= IKEV2_FLAG_INITIATOR;
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->unknown_spi, 3);
	p.data[19] = kept;
	lab_drop(lab);
	lab_deliver(lab, &p);
	assert_int_equal(lab->count, 1);
}

static void every_truncation_and_bit(void **state)
{
	struct lab_packet good;
	uint8_t plain[64];
	size_t i;

	lab_up(lab);
	lab_seal(lab, 0, &good, IKEV2_INFORMATIONAL, 0, 2, 0, plain, 0);
	for (i = 0; i < good.len; i++) {
		p = good;
		p.len = i;
		lab_deliver(lab, &p);
		p = good;
		p.data[i] ^= 0x41;
		lab_deliver(lab, &p);
		lab_drop(lab);
	}
	assert_int_equal(lab_sa(lab, 1)->win.expected, 2);
	lab_deliver(lab, &good);
	assert_int_equal(lab_sa(lab, 1)->win.expected, 3);
}

static void major_version(void **state)
{
	struct wire_message m;
	struct wire_notify n;
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	lab_start(lab);
	lab_step(lab, 0, &ev);
	lab_take(lab, &p);
	p.data[17] = 0x30;
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->unsupported_version, 1);
	assert_true(lab_take(lab, &p));
	assert_int_equal(wire_parse(&m, p.data, p.len), WIRE_OK);
	assert_true(wire_find_notify(&m.payloads, IKEV2_N_INVALID_MAJOR_VERSION, &n));
	assert_int_equal(n.data.len, 1);
	assert_int_equal(n.data.data[0], 2);
}

static void clear_replies_are_few(void **state)
{
	unsigned int i;

	lab_up(lab);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, 0, (const uint8_t *)"", 0);
	p.data[15] ^= 1;
	for (i = 0; i < 60; i++) {
		lab_deliver(lab, &p);
		if (lab->count > 50)
			break;
	}
	assert_in_range(lab->count, 1, 20);
}

static void clear_error_only_makes_us_ask(void **state)
{
	struct wire_header h = { .exchange = IKEV2_INFORMATIONAL };

	lab_up(lab);
	lab->now += 2000;
	h.spi_i = lab_sa(lab, 0)->spi_i;
	h.spi_r = lab_sa(lab, 0)->spi_r;
	h.flags = IKEV2_FLAG_RESPONSE;
	lab_clear(lab, 1, &p, &h, IKEV2_N_INVALID_IKE_SPI, wire_chunk(NULL, 0));
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 0)->clear_errors, 1);
	assert_int_equal(lab_counters(lab, 0)->liveness_probes, 1);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void clear_request_on_an_sa(void **state)
{
	struct wire_header h = { .exchange = IKEV2_IKE_SA_INIT };

	lab->nodes[1].async = true;
	lab_start(lab);
	lab_advance(lab, 0);
	/* Its key exchange is under way; somebody knows the SPI it will have */
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	h.spi_i = lab_sa(lab, 1)->spi_i;
	h.spi_r = lab_sa(lab, 1)->spi_r;
	h.flags = IKEV2_FLAG_INITIATOR;
	lab_clear(lab, 0, &p, &h, IKEV2_N_COOKIE, wire_chunk("x", 1));
	lab_deliver(lab, &p);
	assert_int_equal(lab_counters(lab, 1)->unexpected, 1);
	lab_jobs(lab, 1);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void delete_of_everything_imaginable(void **state)
{
	uint32_t spis[8] = { 0, 1, 0xffffffff, 0x1001, 0x2001, 0x1001, 0x2001, 5 };
	uint8_t plain[256];
	struct wire_builder b;

	lab_up(lab);
	spis[5] = lab_path(lab, 1)->sending->spi_in;	/* the wrong direction */
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_delete_child(&b, IKEV2_PROTO_AH, spis, 8);
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, &spis[5], 1);
	send_sealed(IKEV2_INFORMATIONAL, 2, &b, plain);
	assert_int_equal(answer_notify(), 0);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_UP);
	/* Twice in one message */
	spis[0] = lab_path(lab, 0)->sending->spi_in;
	spis[1] = spis[0];
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, spis, 2);
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, spis, 1);
	send_sealed(IKEV2_INFORMATIONAL, 3, &b, plain);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_NO_CHILD);
	assert_int_equal(lab_counters(lab, 1)->child_deleted, 1);
}

static void unknown_notifies_are_ignored(void **state)
{
	uint8_t plain[256];
	struct wire_builder b;

	lab_up(lab);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_notify(&b, 40000, wire_chunk("abc", 3));
	wire_add_notify(&b, 8191, wire_chunk("abc", 3));
	send_sealed(IKEV2_INFORMATIONAL, 2, &b, plain);
	assert_int_equal(answer_notify(), 0);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_UP);
}

/* An authenticated peer that never deletes what it has replaced */
static void predecessors_are_few(void **state)
{
	unsigned int i;

	lab_up(lab);
	for (i = 0; i < 50; i++) {
		lab_admin(lab, 0, IKE_EVENT_REKEY, true);
		assert_true(lab_take(lab, &p));
		lab_deliver(lab, &p);
		assert_true(lab_take(lab, &p));
		lab_deliver(lab, &p);
		lab_drop(lab);	/* its Delete */
	}
	assert_int_equal(lab_counters(lab, 1)->ike_rekeys, 50);
	assert_in_range(lab->nodes[1].engine->n_sas, 1, 5);
	assert_int_equal(lab_path(lab, 1)->state, IKE_PATH_UP);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(informational_before_auth),
		T(create_child_before_auth),
		T(auth_before_init),
		T(auth_without_auth_payload),
		T(reserved_octets_of_an_identity),
		T(long_identities),
		T(critical_payload_in_auth),
		T(critical_payload_established),
		T(garbage_after_decryption),
		T(two_ke_payloads),
		T(rekey_of_an_unknown_child),
		T(replays_and_wrong_ids),
		T(wrong_spi_and_direction),
		T(every_truncation_and_bit),
		T(major_version),
		T(clear_replies_are_few),
		T(clear_error_only_makes_us_ask),
		T(clear_request_on_an_sa),
		T(delete_of_everything_imaginable),
		T(unknown_notifies_are_ignored),
		T(predecessors_are_few),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
