// SPDX-License-Identifier: GPL-2.0-or-later
/* The pure parts: proposals, selectors, tables, timers, nonces */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/proposal_select.h"
#include "ike/sa.h"
#include "ike/status.h"
#include "ike/timers.h"
#include "ike/ts_narrow.h"
#include "util/table.h"

static const struct conf_proposal gcm256 = {
	.encr = IKEV2_ENCR_AES_GCM_16, .key_bits = 256, .prf = IKEV2_PRF_HMAC_SHA2_256,
	.groups = { IKEV2_GROUP_X25519, IKEV2_GROUP_ECP_256 }, .n_groups = 2,
};

static const struct conf_proposal cbc = {
	.encr = IKEV2_ENCR_AES_CBC, .key_bits = 256, .prf = IKEV2_PRF_HMAC_SHA2_384,
	.integ = IKEV2_INTEG_HMAC_SHA2_384_192, .groups = { IKEV2_GROUP_MODP_2048 },
	.n_groups = 1,
};

static struct wire_sa sa;

static struct ike_offer offer_of(const struct conf_proposal *list, unsigned int n)
{
	struct ike_offer o = { list, n, IKEV2_PROTO_IKE, true };

	return o;
}

static void chooses_ours_first(void **state)
{
	struct conf_proposal theirs[2] = { cbc, gcm256 };
	struct conf_proposal ours[2] = { gcm256, cbc };
	struct ike_offer a = offer_of(theirs, 2), b = offer_of(ours, 2);
	struct ike_choice c;

	ike_offer_build(&sa, &a, 0, 0);
	assert_true(ike_offer_select(&c, &b, &sa, 0));
	assert_int_equal(c.suite.encr, IKEV2_ENCR_AES_GCM_16);
	assert_int_equal(c.num, 2);
	assert_int_equal(c.suite.group, IKEV2_GROUP_X25519);
	/* The group that is there already saves a round trip */
	assert_true(ike_offer_select(&c, &b, &sa, IKEV2_GROUP_MODP_2048));
	assert_int_equal(c.suite.encr, IKEV2_ENCR_AES_CBC);
}

static void key_length_must_match(void **state)
{
	struct conf_proposal other = gcm256;
	struct ike_offer a = offer_of(&gcm256, 1), b = offer_of(&other, 1);
	struct ike_choice c;

	other.key_bits = 128;
	ike_offer_build(&sa, &a, 0, 0);
	assert_false(ike_offer_select(&c, &b, &sa, 0));
	assert_true(ike_offer_select(&c, &a, &sa, 0));
	sa.proposals[0].transforms[0].unusable = true;
	assert_false(ike_offer_select(&c, &a, &sa, 0));
}

static void integrity_none_goes_with_aead(void **state)
{
	struct ike_offer a = offer_of(&gcm256, 1);
	struct ike_choice c;

	ike_offer_build(&sa, &a, 0, 0);
	wire_proposal_transform(&sa.proposals[0], IKEV2_TRANSFORM_INTEG, 0, 0);
	assert_true(ike_offer_select(&c, &a, &sa, 0));
	sa.proposals[0].transforms[sa.proposals[0].n - 1].id = IKEV2_INTEG_HMAC_SHA2_256_128;
	assert_false(ike_offer_select(&c, &a, &sa, 0));
}

static void esp_sequence_numbers(void **state)
{
	struct conf_proposal esp = { .encr = IKEV2_ENCR_AES_GCM_16, .key_bits = 128 };
	struct ike_offer o = { &esp, 1, IKEV2_PROTO_ESP, true };
	struct ike_choice c;

	esp.esn = true;
	esp.no_esn = true;
	ike_offer_build(&sa, &o, 0x1234, 0);
	assert_true(ike_offer_select(&c, &o, &sa, 0));
	assert_true(c.esn);
	assert_int_equal(c.spi, 0x1234);
	esp.esn = false;
	assert_true(ike_offer_select(&c, &o, &sa, 0));
	assert_false(c.esn);
	esp.esn = true;
	esp.no_esn = false;
	sa.proposals[0].n--;	/* plain numbers are not offered any more */
	assert_true(ike_offer_select(&c, &o, &sa, 0));
	sa.proposals[0].n--;	/* nothing said about them: plain */
	assert_false(ike_offer_select(&c, &o, &sa, 0));
}

static void answers_are_verified(void **state)
{
	struct conf_proposal ours[2] = { gcm256, cbc };
	struct ike_offer o = offer_of(ours, 2);
	struct ike_choice c;

	ike_offer_build(&sa, &o, 0, 0);
	assert_true(ike_offer_select(&c, &o, &sa, IKEV2_GROUP_ECP_256));
	sa.n = 1;
	ike_choice_proposal(&sa.proposals[0], &c, IKEV2_PROTO_IKE, 0);
	assert_true(ike_offer_verify(&c, &o, &sa));
	assert_int_equal(c.suite.group, IKEV2_GROUP_ECP_256);
	/* Transforms of the first under the number of the second */
	sa.proposals[0].num = 2;
	assert_false(ike_offer_verify(&c, &o, &sa));
	sa.proposals[0].num = 3;
	assert_false(ike_offer_verify(&c, &o, &sa));
	sa.proposals[0].num = 1;
	wire_proposal_transform(&sa.proposals[0], IKEV2_TRANSFORM_KE, IKEV2_GROUP_X25519, 0);
	assert_false(ike_offer_verify(&c, &o, &sa));	/* two groups */
}

static void texts(void **state)
{
	struct conf_proposal both[2] = { gcm256, cbc };
	struct ike_offer o = offer_of(both, 2);
	char buf[200];

	assert_string_equal(ike_offer_text(&o, buf, sizeof(buf)),
			    "aes256gcm16-prfsha256-x25519-ecp256, aes256-sha384-prfsha384-modp2048");
	ike_offer_build(&sa, &o, 0, 0);
	assert_string_equal(ike_theirs_text(&sa, buf, sizeof(buf)),
			    "aes256gcm16-prfsha256-x25519-ecp256, aes256-prfsha384-sha384-modp2048");
	assert_string_equal(ike_proposal_text(&cbc, buf, 12), "aes256-sha3");
}

/* ---- selectors ---------------------------------------------------------- */

static struct conf_selector v4(uint8_t a, uint8_t b)
{
	struct conf_selector s;

	memset(&s, 0, sizeof(s));
	s.start = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, 0, a } };
	s.end = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, 0, b } };
	return s;
}

static struct wire_ts_list list;
static struct conf_selector out[CONF_SELECTORS_MAX];

static void narrows(void **state)
{
	struct conf_selector theirs[2] = { v4(0, 99), v4(50, 200) }, ours = v4(40, 120);

	ike_ts_build(&list, theirs, 2);
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), 2);
	assert_int_equal(out[0].start.ip[3], 40);
	assert_int_equal(out[0].end.ip[3], 99);
	assert_int_equal(out[1].end.ip[3], 120);
	ours = v4(201, 202);
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), 0);
}

static void contained_ranges_merge(void **state)
{
	struct conf_selector theirs[3] = { v4(10, 20), v4(0, 255), v4(5, 6) };
	struct conf_selector ours = v4(0, 255);

	ike_ts_build(&list, theirs, 3);
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), 1);
	assert_int_equal(out[0].end.ip[3], 255);
}

static void ports_cannot_be_enforced(void **state)
{
	struct conf_selector theirs[2] = { v4(1, 1), v4(0, 255) }, ours = v4(0, 255);

	ike_ts_build(&list, theirs, 2);
	list.ts[0].protocol = 6;
	list.ts[0].start_port = 80;
	list.ts[0].end_port = 80;
	/* The one for the packet at hand is passed over, the wide one taken */
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), 1);
	assert_int_equal(out[0].start.ip[3], 0);
	list.n = 1;
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), 0);
	assert_int_equal(ike_ts_inside(out, &list, &ours, 1), 0);
}

static void answers_stay_inside(void **state)
{
	struct conf_selector ours = v4(10, 20), theirs = v4(12, 14);

	ike_ts_build(&list, &theirs, 1);
	assert_int_equal(ike_ts_inside(out, &list, &ours, 1), 1);
	theirs = v4(12, 21);
	ike_ts_build(&list, &theirs, 1);
	assert_int_equal(ike_ts_inside(out, &list, &ours, 1), 0);
	theirs = v4(12, 14);
	ike_ts_build(&list, &theirs, 1);
	list.skipped = 1;
	assert_int_equal(ike_ts_inside(out, &list, &ours, 1), 0);
}

static void bounded_selectors(void **state)
{
	struct conf_selector ours = v4(0, 255);
	unsigned int i;

	list.n = WIRE_TS_MAX;
	list.skipped = 0;
	for (i = 0; i < WIRE_TS_MAX; i++) {
		struct conf_selector s = v4((uint8_t)(2 * i), (uint8_t)(2 * i));
		struct wire_ts_list one;

		ike_ts_build(&one, &s, 1);
		list.ts[i] = one.ts[0];
	}
	assert_int_equal(ike_ts_narrow(out, &list, &ours, 1), CONF_SELECTORS_MAX);
}

/* ---- tables, timers, nonces --------------------------------------------- */

static void table_finds_what_was_put_in(void **state)
{
	static struct table_node nodes[1000];
	struct table t;
	size_t i;

	assert_true(table_init(&t, 0x1234567890abcdef));
	memset(nodes, 0, sizeof(nodes));
	for (i = 0; i < 1000; i++)
		table_add(&t, &nodes[i], i / 2);
	for (i = 0; i < 500; i++) {
		struct table_node *n = table_find(&t, i);

		assert_non_null(n);
		assert_non_null(table_next(n));
		assert_null(table_next(table_next(n)));
	}
	for (i = 0; i < 1000; i += 2)
		table_remove(&t, &nodes[i]);
	table_remove(&t, &nodes[0]);
	assert_int_equal(t.n, 500);
	for (i = 0; i < 500; i++)
		assert_ptr_equal(table_find(&t, i), &nodes[2 * i + 1]);
	table_free(&t);
}

static void timers_fire_in_order(void **state)
{
	static struct ike_timer timers[300];
	struct ike_timers ts = { .heap = NULL };
	ike_time last = 0;
	size_t i, fired = 0;

	memset(timers, 0, sizeof(timers));
	assert_true(ike_timers_reserve(&ts, 300));
	for (i = 0; i < 300; i++)
		ike_timer_arm(&ts, &timers[i], (i * 7919) % 1000);
	for (i = 0; i < 300; i += 3)
		ike_timer_stop(&ts, &timers[i]);
	for (i = 1; i < 300; i += 3)
		ike_timer_arm(&ts, &timers[i], (i * 104729) % 1000);
	for (;;) {
		struct ike_timer *t = ike_timers_due(&ts, 1000);

		if (!t)
			break;
		assert_true(t->at >= last);
		last = t->at;
		fired++;
	}
	assert_int_equal(fired, 200);
	ike_timers_free(&ts);
}

static void nonces_compare_octet_wise(void **state)
{
	struct ike_nonce a = { .len = 16 }, b = { .len = 17 };

	assert_true(ike_nonce_lower(&a, &b));	/* a prefix is lower */
	assert_false(ike_nonce_lower(&b, &a));
	a.data[0] = 1;
	assert_true(ike_nonce_lower(&b, &a));
	b = a;
	assert_false(ike_nonce_lower(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_ours_first),
		cmocka_unit_test(key_length_must_match),
		cmocka_unit_test(integrity_none_goes_with_aead),
		cmocka_unit_test(esp_sequence_numbers),
		cmocka_unit_test(answers_are_verified),
		cmocka_unit_test(texts),
		cmocka_unit_test(narrows),
		cmocka_unit_test(contained_ranges_merge),
		cmocka_unit_test(ports_cannot_be_enforced),
		cmocka_unit_test(answers_stay_inside),
		cmocka_unit_test(bounded_selectors),
		cmocka_unit_test(table_finds_what_was_put_in),
		cmocka_unit_test(timers_fire_in_order),
		cmocka_unit_test(nonces_compare_octet_wise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
