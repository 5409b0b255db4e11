// SPDX-License-Identifier: GPL-2.0-or-later
/* ESP sent and none received while the peer answers IKE; children the peer does not have */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/sa.h"
#include "ike_lab.h"
#include "linux/ikevti.h"

#define NEVER UINT32_MAX

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

static void two_paths(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lab_second_path(lab, i);
		lab_tunnel(lab, i)->paths[0].priority = 10;
	}
	lab_up(lab);
}

static uint8_t kernel(unsigned int id)
{
	return lab->nodes[0].path_state[id];
}

static void traffic(unsigned int id, uint32_t tx_age, uint32_t rx_age)
{
	lab->nodes[0].tx_age[id] = tx_age;
	lab->nodes[0].rx_age[id] = rx_age;
}

/* ESP is filtered on the path in use, IKE lives (detect is 10 s) */
static void a_silent_path_loses_to_another(void **state)
{
	two_paths();
	traffic(1, 0, NEVER);
	lab_advance(lab, 9000);
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
	lab_advance(lab, 7000);
	assert_int_equal(kernel(1), IKEVTI_PATH_STANDBY);
	assert_int_equal(kernel(2), IKEVTI_PATH_UP);
	assert_true(lab_logged(lab, 0, "none came for"));
	/* Its IKE SA goes on; what comes in says that it works again */
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_UP);
	traffic(1, NEVER, 10);
	lab_advance(lab, 11000);
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
}

static void the_only_path_is_used_all_the_same(void **state)
{
	lab_up(lab);
	traffic(1, 0, NEVER);
	lab_advance(lab, 40000);
	assert_true(lab_logged(lab, 0, "none came for"));
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
}

/* Traffic that goes one way only: no path is better than the other */
static void all_silent_count_as_before(void **state)
{
	two_paths();
	traffic(1, 0, NEVER);
	lab_advance(lab, 16000);
	assert_int_equal(kernel(1), IKEVTI_PATH_STANDBY);
	traffic(1, NEVER, NEVER);
	traffic(2, 0, NEVER);
	/* the peer may not have noticed yet, and may send by the first one still */
	lab_advance(lab, 20000);
	assert_int_equal(kernel(1), IKEVTI_PATH_STANDBY);
	lab_advance(lab, 20000);
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
	assert_int_equal(kernel(2), IKEVTI_PATH_UP);
}

/* The one that stands by is better than none */
static void a_dead_path_loses_to_a_silent_one(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_DOWN };

	two_paths();
	traffic(1, 0, NEVER);
	lab_advance(lab, 16000);
	assert_int_equal(kernel(1), IKEVTI_PATH_STANDBY);
	strcpy(ev.tunnel.tunnel, "t");
	ev.tunnel.path = 2;
	lab_step(lab, 0, &ev);
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
	assert_int_equal(kernel(2), IKEVTI_PATH_DOWN);
}

/* Tried again after a while, and less and less often */
static void a_silent_path_is_tried_again(void **state)
{
	unsigned int i, ups = 0;
	uint8_t before;

	two_paths();
	traffic(1, 0, NEVER);
	lab_advance(lab, 16000);
	before = kernel(1);
	assert_int_equal(before, IKEVTI_PATH_STANDBY);
	for (i = 0; i < 600; i++) {
		lab_advance(lab, 1000);
		ups += kernel(1) == IKEVTI_PATH_UP && before != IKEVTI_PATH_UP;
		before = kernel(1);
	}
	assert_in_range(ups, 2, 5);
}

/* A question just asked, on a path long idle, is no silence */
static void idle_is_not_silent(void **state)
{
	unsigned int i;

	two_paths();
	traffic(1, NEVER, 100000);
	lab_advance(lab, 100000);
	traffic(1, 1, 200000);
	lab_advance(lab, 5500);
	traffic(1, 6000, 500);
	lab_advance(lab, 100000);
	assert_int_equal(kernel(1), IKEVTI_PATH_UP);
	assert_false(lab_logged(lab, 0, "none came for"));
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 0);
	/* Questions at long intervals, each answered */
	for (i = 0; i < 1000; i++) {
		unsigned int t = i * 100 % 5100;

		traffic(1, t, (t + 5000) % 5100);
		lab_advance(lab, 100);
	}
	assert_false(lab_logged(lab, 0, "none came for"));
}

/* The peer lost its child without a word: a rekey finds out, and it is made again */
static void a_child_the_peer_does_not_have_is_made_again(void **state)
{
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	ike_child_destroy(lab_path(lab, 1)->sending);
	lab_drop(lab);
	traffic(1, 0, NEVER);
	lab_advance(lab, 20000);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_sa(lab, 0)->spi_i, spi);
	assert_true(lab_logged(lab, 0, "does not know child SA"));
}

/* A Delete that was sent on the IKE SA that was rekeyed means the child all the same */
static void delete_on_the_old_ike_sa(void **state)
{
	struct lab_packet request, answer, p;
	struct wire_builder b;
	uint8_t plain[64];
	uint32_t spi;
	size_t len;

	lab_up(lab);
	lab_admin(lab, 1, IKE_EVENT_REKEY, true);
	assert_true(lab_take(lab, &request));
	lab_deliver(lab, &request);
	assert_true(lab_take(lab, &answer));
	spi = lab_path(lab, 0)->sending->spi_in;
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_delete_child(&b, IKEV2_PROTO_ESP, &spi, 1);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, b.first, plain, len);
	/* Our rekey is answered first: the child moves, then comes its Delete */
	lab_deliver(lab, &answer);
	assert_int_equal(TAILQ_FIRST(&lab->nodes[1].engine->sas)->n_children, 0);
	lab_deliver(lab, &p);
	assert_null(lab_path(lab, 1)->sending);
	assert_int_equal(lab_counters(lab, 1)->child_deleted, 1);
}

/* INVALID_SPI under the keys of the IKE SA (section 1.5) */
static void invalid_spi_is_looked_into(void **state)
{
	struct wire_builder b;
	struct lab_packet p;
	uint8_t plain[64], spi[4];
	size_t len;

	lab_up(lab);
	wire_store_u32(spi, lab_path(lab, 1)->sending->spi_out);
	wire_build_inner(&b, plain, sizeof(plain));
	wire_add_notify(&b, IKEV2_N_INVALID_SPI, wire_chunk(spi, 4));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	lab_seal(lab, 0, &p, IKEV2_INFORMATIONAL, 0, 2, b.first, plain, len);
	lab_deliver(lab, &p);
	assert_true(lab_take(lab, &p));	/* the empty answer, which node 0 did not ask for */
	lab_rekeyed(lab);
	assert_int_equal(lab_counters(lab, 1)->child_rekeys, 1);
	assert_true(lab_both_up(lab));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_silent_path_loses_to_another),
		T(the_only_path_is_used_all_the_same),
		T(all_silent_count_as_before),
		T(a_dead_path_loses_to_a_silent_one),
		T(a_silent_path_is_tried_again),
		T(idle_is_not_silent),
		T(a_child_the_peer_does_not_have_is_made_again),
		T(delete_on_the_old_ike_sa),
		T(invalid_spi_is_looked_into),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
