// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, links and routes of the host that go and come back */
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
	lab->nodes[0].routed = true;
	return 0;
}

static int teardown(void **state)
{
	lab_free(lab);
	return 0;
}

/* The second path leads to .12 */
static void two_paths(void)
{
	lab_second_path(lab, 0);
	lab_second_path(lab, 1);
}

static void host_changed(uint64_t no_way)
{
	struct ike_event ev = { .type = IKE_EVENT_LOCAL_ADDRESS };
	struct ike_event timer = { .type = IKE_EVENT_TIMER };

	lab->nodes[0].no_way = no_way;
	lab_step(lab, 0, &ev);
	lab_step(lab, 0, &timer);
}

static struct ike_path *path(unsigned int i)
{
	return lab->nodes[0].engine->tunnels[0]->paths[i];
}

/* Deaf for a while: repetitions are 8 s apart by then */
static void connect_into_nothing(void)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	while (lab->now < 17000) {
		lab->now = ike_deadline(lab->nodes[0].engine);
		lab_step(lab, 0, &ev);
		lab_drop(lab);
	}
}

static void a_way_that_returns_wakes_a_connecting_path(void **state)
{
	lab_start(lab);
	connect_into_nothing();
	assert_int_equal(path(0)->state, IKE_PATH_CONNECT);
	host_changed(1 << 2);
	lab_drop(lab);
	lab->now += 100;
	host_changed(0);
	assert_int_equal(lab->count, 1);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

static void an_unrelated_change_wakes_nobody(void **state)
{
	ike_time at;

	two_paths();
	lab->nodes[0].no_way = 1 << 2 | 1 << 12;
	lab_start(lab);
	{
		struct ike_event ev = { .type = IKE_EVENT_TIMER };

		while (lab->now < 20000) {
			lab->now = ike_deadline(lab->nodes[0].engine);
			lab_step(lab, 0, &ev);
		}
	}
	assert_int_equal(path(0)->state, IKE_PATH_WAIT);
	assert_int_equal(path(1)->state, IKE_PATH_WAIT);
	at = path(0)->retry.at;
	/* The same as before, as when a router's table changes */
	host_changed(1 << 2 | 1 << 12);
	assert_int_equal(path(0)->retry.at, at);
	assert_int_equal(path(0)->state, IKE_PATH_WAIT);
	/* Only the other's way is there again */
	host_changed(1 << 2);
	assert_int_equal(path(0)->retry.at, at);
	assert_int_equal(path(0)->state, IKE_PATH_WAIT);
	assert_int_equal(path(1)->state, IKE_PATH_CONNECT);
	lab_settle(lab);
	assert_int_equal(path(1)->state, IKE_PATH_UP);
	/* And the first's */
	host_changed(0);
	lab_settle(lab);
	assert_int_equal(path(0)->state, IKE_PATH_UP);
}

static void requests_are_not_hurried_for_nothing(void **state)
{
	unsigned int i;

	lab_start(lab);
	connect_into_nothing();
	for (i = 0; i < 10; i++) {
		lab->now += 10;
		host_changed(0);
	}
	assert_in_range(lab->count, 0, 1);
	lab_drop(lab);
}

/* "local = any", and the host has another address by now */
static void an_address_that_changed_begins_again(void **state)
{
	struct lab_packet p;

	memset(&lab_tunnel(lab, 0)->paths[0].local, 0, sizeof(struct net_addr));
	lab_start(lab);
	connect_into_nothing();
	lab_sa(lab, 0)->local.ip[3] = 77;
	path(0)->way.ip[3] = 77;
	host_changed(0);
	assert_true(lab_take(lab, &p));
	assert_int_equal(p.source.ip[3], 1);
	lab_deliver(lab, &p);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_way_that_returns_wakes_a_connecting_path),
		T(an_unrelated_change_wakes_nobody),
		T(requests_are_not_hurried_for_nothing),
		T(an_address_that_changed_begins_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
