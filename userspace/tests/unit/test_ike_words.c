// SPDX-License-Identifier: GPL-2.0-or-later
/* What people read of a tunnel's life: names, reasons, and everything once */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "ike_lab.h"
#include "wire/ikev2.h"

/* How many lines have @part in them */
static unsigned int times(struct lab *lab, unsigned int node, const char *part)
{
	const struct lab_node *n = &lab->nodes[node];
	unsigned int i, count = 0;

	assert_true(n->n_logs <= LAB_LOGS);
	for (i = 0; i < n->n_logs; i++)
		count += !!strstr(n->logs[i], part);
	return count;
}

static void expect_once(struct lab *lab, unsigned int node, const char *part)
{
	unsigned int i;

	if (times(lab, node, part) == 1)
		return;
	for (i = 0; i < lab->nodes[node].n_logs; i++)
		print_error("%s\n", lab->nodes[node].logs[i]);
	fail_msg("%u times: %s", times(lab, node, part), part);
}

static void test_life(void **state)
{
	struct lab *lab = lab_new();
	char peer[NET_ADDR_STRLEN], up[128];
	struct ike_event ev = { .type = IKE_EVENT_REKEY };

	lab_up(lab);
	assert_true(lab_both_up(lab));
	expect_once(lab, 0, "[connecting] calling ");
	snprintf(up, sizeof(up), "[up] up with 'b.example.org' at %s, IKE aes",
		 net_addr_format(&lab_sa(lab, 0)->remote, peer));
	expect_once(lab, 0, up);
	snprintf(up, sizeof(up), "[up] up with 'a.example.org' at %s, IKE aes",
		 net_addr_format(&lab_sa(lab, 1)->remote, peer));
	expect_once(lab, 1, up);
	/* coming up is one event, not one of the child beside one of the path */
	assert_int_equal(times(lab, 0, "SPIs"), 1);
	assert_int_equal(times(lab, 1, "SPIs"), 1);

	snprintf(ev.tunnel.tunnel, sizeof(ev.tunnel.tunnel), "%s", lab_tunnel(lab, 0)->name);
	lab_step(lab, 0, &ev);
	lab_settle(lab);
	lab_advance(lab, 20000);
	expect_once(lab, 0, "[child-rekeyed] ESP SA rekeyed with 'b.example.org' at ");
	expect_once(lab, 1, "[child-rekeyed] ESP SA rekeyed with 'a.example.org' at ");
	lab_admin(lab, 0, IKE_EVENT_REKEY, true);
	lab_settle(lab);
	expect_once(lab, 0, "[ike-rekeyed] IKE SA rekeyed with 'b.example.org' at ");
	assert_int_equal(times(lab, 0, "[changed]"), 0);
	lab_free(lab);
}

/* Of a tunnel that its administrator has taken down, neither side blames the other */
static void test_taken_down(void **state)
{
	struct lab *lab = lab_new();

	lab_up(lab);
	assert_true(lab_both_up(lab));
	lab_admin(lab, 1, IKE_EVENT_DOWN, false);
	lab_settle(lab);
	expect_once(lab, 1, "[down] down");
	expect_once(lab, 0, "path p: 'b.example.org' at 192.0.2.2:500 deleted the IKE SA");
	lab_advance(lab, 5000);
	assert_true(lab_logged(lab, 1, "asks for path p, which is taken down by the admin"));
	assert_int_equal(times(lab, 1, "no tunnel is for"), 0);
	assert_true(lab_logged(lab, 0, "has no tunnel for us, has it taken down, or accepts none"));
	lab_free(lab);
}

/* Times have the unit that fits, peers their identity */
static void test_dead(void **state)
{
	struct lab *lab = lab_new();
	unsigned int i;

	lab_tunnel(lab, 0)->detect_ms = 30000;
	lab_up(lab);
	assert_true(lab_both_up(lab));
	for (i = 0; i < 90 && !lab_logged(lab, 0, "is dead"); i++) {
		lab_drop(lab);
		lab->now += 1000;
		lab_step(lab, 0, &(struct ike_event){ .type = IKE_EVENT_TIMER });
	}
	assert_true(lab_logged(lab, 0, "peer 'b.example.org' at "));
	expect_once(lab, 0, " transmissions in 15s");
	assert_int_equal(times(lab, 0, "ms"), 0);
	lab_free(lab);
}

/* IKE_AUTH is refused with @notify: what the initiator says */
static void refused(uint16_t notify, bool any, const char *said)
{
	uint8_t body[8] = { 0, 0, 0, 8, 0, 0, (uint8_t)(notify >> 8), (uint8_t)notify };
	struct lab *lab = lab_new();
	struct lab_packet p;

	if (any)
		lab_tunnel(lab, 0)->remote.id.type = 0;
	lab_start(lab);
	lab_step(lab, 0, &(struct ike_event){ .type = IKE_EVENT_TIMER });
	/* the first two messages arrive, the third does not */
	assert_true(lab_take(lab, &p));
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &p));
	lab_deliver(lab, &p);
	lab_drop(lab);
	lab_seal(lab, 1, &p, IKEV2_IKE_AUTH, IKEV2_FLAG_RESPONSE, 1, IKEV2_PL_NOTIFY, body,
		 sizeof(body));
	lab_deliver(lab, &p);
	if (!lab_logged(lab, 0, said))
		fail_msg("%s: last said: %s", said,
			 lab->nodes[0].logs[(lab->nodes[0].n_logs - 1) % LAB_LOGS]);
	lab_free(lab);
}

static void test_refused(void **state)
{
	refused(IKEV2_N_AUTHENTICATION_FAILED, false,
		"it does not accept our identity 'a.example.org', the identity 'b.example.org' for itself, or the pre-shared key");
	/* who asked for nobody in particular is not told of it */
	refused(IKEV2_N_AUTHENTICATION_FAILED, true,
		"it does not accept our identity 'a.example.org', or the pre-shared key");
	refused(IKEV2_N_NO_PROPOSAL_CHOSEN, false,
		"refuses us (NO_PROPOSAL_CHOSEN in IKE_AUTH): it has no tunnel for our identity 'a.example.org', the identity 'b.example.org' for itself, or it accepts none of our ESP proposals; ours: aes");
	refused(IKEV2_N_TS_UNACCEPTABLE, false, "the networks of its configuration are not ours");
	refused(IKEV2_N_INVALID_SYNTAX, false, "refused IKE_AUTH with INVALID_SYNTAX (7)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_taken_down),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
