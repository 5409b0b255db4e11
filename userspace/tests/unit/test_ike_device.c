// SPDX-License-Identifier: GPL-2.0-or-later
/* A tunnel's device, or what the kernel had of a path, goes away and comes back */
#include <errno.h>
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

static void device(unsigned int node, bool there)
{
	struct ike_event ev = { .type = IKE_EVENT_DEVICE };

	memcpy(ev.tunnel.tunnel, lab_tunnel(lab, node)->name, CONF_NAME_MAX);
	ev.tunnel.there = there;
	lab_step(lab, node, &ev);
	lab_settle(lab);
}

static void gone_and_back(unsigned int node)
{
	const struct ike_sa *sa;
	struct ike_child *c;

	lab_up(lab);
	sa = lab_sa(lab, node);
	device(node, false);
	assert_true(lab_logged(lab, node, "there is no device"));
	/* The peer knows, and its child is gone; the IKE SA is not */
	assert_null(lab_path(lab, 0)->sending);
	assert_null(lab_path(lab, 1)->sending);
	assert_ptr_equal(lab_sa(lab, node), sa);
	assert_false(lab_path(lab, node)->in_kernel);

	device(node, true);
	assert_true(lab_both_up(lab));
	assert_ptr_equal(lab_sa(lab, node), sa);
	/* The path was set anew, and nothing but one child is left */
	assert_true(lab_path(lab, node)->in_kernel);
	assert_int_equal(lab->nodes[node].last_path.state, IKEVTI_PATH_UP);
	assert_int_equal(sa->n_children, 1);
	c = TAILQ_FIRST(&sa->children);
	assert_ptr_equal(lab_path(lab, node)->sending, c);
}

static void initiator(void **state)
{
	gone_and_back(0);
}

static void responder(void **state)
{
	gone_and_back(1);
}

/* One side has no device for a long time: nothing is asked for in vain */
static void long_without(void **state)
{
	uint64_t failed;

	lab_up(lab);
	device(0, false);
	failed = lab_counters(lab, 0)->kernel_errors;
	lab->nodes[0].fail_spi = ENODEV;
	lab_advance(lab, 100000);
	assert_in_range(lab_counters(lab, 0)->kernel_errors, failed, failed + 12);
	lab->nodes[0].fail_spi = 0;
	device(0, true);
	assert_true(lab_both_up(lab));
}

static void not_begun_without(void **state)
{
	lab_start(lab);
	lab_drop(lab);
	device(0, false);
	lab->nodes[0].fail_spi = ENODEV;
	lab_advance(lab, 60000);
	assert_null(lab_path(lab, 0)->sending);
	lab->nodes[0].fail_spi = 0;
	device(0, true);
	lab_advance(lab, 10);
	assert_true(lab_both_up(lab));
}

static void taken_down_stays_down(void **state)
{
	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_settle(lab);
	device(0, false);
	device(0, true);
	lab_advance(lab, 1000);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_DOWN);
	assert_null(ike_path_sa(lab_path(lab, 0)));
	lab_admin(lab, 0, IKE_EVENT_UP, false);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
}

/* The kernel's answer to the question how long nothing was heard */
static void answer_rx_age(int error)
{
	struct ike_event ev = { .type = IKE_EVENT_KERNEL_DONE };
	struct ike_sa *sa = lab_sa(lab, 0);

	ike_op_cancel(&sa->rx_age);
	lab->nodes[0].hold_kernel = true;
	lab_advance(lab, 20000);
	lab->nodes[0].hold_kernel = false;
	assert_non_null(sa->rx_age);
	ev.kernel.op = sa->rx_age->node.key;
	ev.kernel.error = error;
	lab_step(lab, 0, &ev);
	lab_settle(lab);
}

static void path_removed(void **state)
{
	uint32_t spi;

	lab_up(lab);
	spi = lab_path(lab, 0)->sending->spi_in;
	answer_rx_age(ENOENT);
	assert_true(lab_logged(lab, 0, "somebody removed the path"));
	assert_true(lab_both_up(lab));
	assert_int_not_equal(lab_path(lab, 0)->sending->spi_in, spi);
}

static void other_errors_are_none(void **state)
{
	uint32_t spi;

	lab_up(lab);
	spi = lab_path(lab, 0)->sending->spi_in;
	answer_rx_age(EBUSY);
	assert_int_equal(lab_path(lab, 0)->sending->spi_in, spi);
	assert_true(lab_both_up(lab));
}

int main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(initiator),
		T(responder),
		T(long_without),
		T(not_begun_without),
		T(taken_down_stays_down),
		T(path_removed),
		T(other_errors_are_none),
	};

	return cmocka_run_group_tests_name("ike_device", tests, NULL, NULL);
}
