// SPDX-License-Identifier: GPL-2.0-or-later
/* A changed configuration under live tunnels: what differs changes, the rest goes on */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ike/sa.h"
#include "ike_lab.h"
#include "linux/ikevti.h"

static struct lab *lab;
static struct lab *next;	/* only its configurations are used */

static int setup(void **state)
{
	lab = lab_new();
	next = lab_new();
	return 0;
}

static int teardown(void **state)
{
	lab_free(lab);
	lab_free(next);
	return 0;
}

/* What is written into next's configuration comes into force */
static void reload(unsigned int node)
{
	struct ike_event ev = { .type = IKE_EVENT_CONFIG };
	struct ike_event timer = { .type = IKE_EVENT_TIMER };

	ev.config.conf = next->nodes[node].conf;
	lab_step(lab, node, &ev);
	lab_step(lab, node, &timer);
}

static struct ike_path *path(unsigned int node, unsigned int i)
{
	return lab->nodes[node].engine->tunnels[0]->paths[i];
}

static void second_path_leaves_the_first_up(void **state)
{
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_second_path(next, 0);
	lab_second_path(next, 1);
	reload(1);
	reload(0);
	assert_int_equal(path(0, 0)->state, IKE_PATH_UP);
	assert_int_equal(path(1, 0)->state, IKE_PATH_UP);
	lab_advance(lab, 2000);
	assert_int_equal(lab_sa(lab, 0)->spi_i, spi);
	assert_int_equal(path(0, 0)->ups, 1);
	assert_int_equal(path(0, 1)->state, IKE_PATH_UP);
	assert_int_equal(path(1, 1)->state, IKE_PATH_UP);
	assert_int_equal(lab->nodes[0].paths_deleted, 0);
	assert_int_equal(lab->nodes[0].sas_deleted, 0);
}

static void a_path_less_leaves_the_other_up(void **state)
{
	lab_second_path(lab, 0);
	lab_second_path(lab, 1);
	lab_up(lab);
	assert_int_equal(path(0, 0)->state, IKE_PATH_UP);
	assert_int_equal(path(0, 1)->state, IKE_PATH_UP);
	reload(0);
	lab_settle(lab);
	assert_int_equal(lab->nodes[0].engine->tunnels[0]->n_paths, 1);
	assert_int_equal(path(0, 0)->state, IKE_PATH_UP);
	assert_int_equal(path(0, 0)->ups, 1);
	assert_int_equal(lab->nodes[0].paths_deleted, 1);
	assert_int_equal(lab->nodes[0].engine->n_sas, 1);
	/* The peer learns of it */
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	assert_int_equal(path(1, 0)->state, IKE_PATH_UP);
}

static void other_endpoints_are_another_path(void **state)
{
	lab_second_path(lab, 0);
	lab_second_path(lab, 1);
	lab_second_path(next, 0);
	lab_up(lab);
	lab_tunnel(next, 0)->paths[1].remote.ip[3] = 99;
	reload(0);
	lab_settle(lab);
	assert_int_equal(path(0, 0)->state, IKE_PATH_UP);
	assert_int_equal(path(0, 0)->ups, 1);
	assert_int_equal(path(0, 1)->state, IKE_PATH_CONNECT);
	lab_drop(lab);
}

/* The path is up all the time, and nothing leaves the kernel before its successor is in */
static void gapless(uint64_t spi_i, bool same_ike)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(path(i, 0)->state, IKE_PATH_UP);
		assert_int_equal(path(i, 0)->ups, 1);
		assert_int_equal(lab->nodes[i].paths_deleted, 0);
		assert_int_equal(lab->nodes[i].last_path.state, IKEVTI_PATH_UP);
	}
	assert_true(lab_both_up(lab));
	assert_int_equal(ike_path_sa(path(0, 0))->spi_i == spi_i, same_ike);
}

static void limits_come_by_a_rekey(void **state)
{
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_tunnel(next, 0)->replay_window = 128;
	lab_tunnel(next, 0)->esp_bytes = 1000000;
	lab_tunnel(next, 0)->esp_lifetime = 300;
	reload(0);
	lab_rekeyed(lab);
	gapless(spi, true);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	assert_int_equal(lab->nodes[0].last_in.replay_window, 128);
	assert_in_range(lab->nodes[0].last_out.soft_bytes, 500000, 1000000);
	assert_in_range(path(0, 0)->sending->rekey_at, lab->now + 200000, lab->now + 300000);
	/* Once is enough */
	lab_advance(lab, 100000);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
}

static void esp_proposals_come_by_a_rekey(void **state)
{
	struct conf_proposal *p;
	unsigned int i;
	uint64_t spi;

	for (i = 0; i < 2; i++) {
		p = lab_tunnel(next, i)->esp;
		p[1] = p[0];
		p[0].key_bits = 128;
		lab_tunnel(next, i)->n_esp = 2;
	}
	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	/* What is in use is still accepted */
	reload(1);
	reload(0);
	lab_rekeyed(lab);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 0);
	lab_free(next);
	next = lab_new();
	lab_tunnel(next, 0)->esp[0].key_bits = 128;
	reload(0);
	lab_rekeyed(lab);
	gapless(spi, true);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 1);
	assert_int_equal(path(1, 0)->sending->suite.encr_bits, 128);
}

static void ike_proposals_come_by_a_rekey(void **state)
{
	struct conf_proposal *p = lab_tunnel(next, 1)->ike;
	uint64_t spi;

	p[1] = p[0];
	p[1].key_bits = 128;
	lab_tunnel(next, 1)->n_ike = 2;
	lab_tunnel(next, 0)->ike[0].key_bits = 128;
	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	reload(1);
	reload(0);
	lab_settle(lab);
	gapless(spi, false);
	assert_int_equal(lab_counters(lab, 0)->ike_rekeys, 1);
	assert_int_equal(lab_counters(lab, 0)->init_sent, 1);
	assert_int_equal(ike_path_sa(path(1, 0))->suite.encr_bits, 128);
}

static void ike_lifetime_needs_no_rekey(void **state)
{
	uint64_t spi;

	lab_tunnel(lab, 0)->ike_lifetime = 3600;
	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_advance(lab, 100000);
	lab_tunnel(next, 0)->ike_lifetime = 7200;
	reload(0);
	lab_settle(lab);
	gapless(spi, true);
	assert_in_range(lab_sa(lab, 0)->rekey_at, 7200000u * 84 / 100, 7200000u * 93 / 100);
	/* Over already: rekeyed, not ended */
	lab_tunnel(next, 0)->ike_lifetime = 7201;
	lab_free(next);
	next = lab_new();
	lab_tunnel(next, 0)->ike_lifetime = 20;
	reload(0);
	lab_settle(lab);
	gapless(spi, false);
	assert_int_equal(lab_counters(lab, 0)->ike_rekeys, 1);
}

static void selectors_come_by_a_rekey(void **state)
{
	struct conf_selector *s = lab_tunnel(next, 0)->remote_ts;
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	memset(s, 0, sizeof(*s));
	s->start = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, 1, 0 } };
	s->end = (struct net_addr){ .family = AF_INET, .ip = { 10, 0, 1, 255 } };
	lab_tunnel(next, 0)->n_remote_ts = 1;
	reload(0);
	lab_rekeyed(lab);
	gapless(spi, true);
	assert_int_equal(path(0, 0)->sending->ts.n_remote, 1);
	assert_int_equal(path(1, 0)->sending->ts.local[0].start.ip[2], 1);
	/* And back */
	lab_free(next);
	next = lab_new();
	reload(0);
	lab_rekeyed(lab);
	gapless(spi, true);
	assert_int_equal(path(0, 0)->sending->ts.n_remote, 2);
}

static void encapsulation_comes_beside(void **state)
{
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_tunnel(next, 0)->encap = CONF_ENCAP_UDP;
	reload(0);
	lab_settle(lab);
	gapless(spi, false);
	assert_true(lab->nodes[0].last_path.udp && lab->nodes[1].last_path.udp);
	lab_advance(lab, 20000);
	gapless(spi, false);
	assert_int_equal(lab->nodes[0].engine->n_sas, 1);
	assert_int_equal(lab->nodes[1].engine->n_sas, 1);
	/* Reloaded again: nothing more */
	reload(0);
	lab_settle(lab);
	assert_int_equal(lab_counters(lab, 0)->init_sent, 2);
}

static void detection_time_is_taken_over(void **state)
{
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_tunnel(next, 0)->detect_ms = 1000;
	reload(0);
	lab->nodes[0].engine->tunnels[0]->paths[0]->attempts = 0;
	lab_advance(lab, 5000);
	gapless(spi, true);
	assert_true(lab_counters(lab, 0)->liveness_probes >= 4);
}

/* Whoever must not be trusted any more is not, not even for a while */
static void secrets_begin_anew(void **state)
{
	lab_up(lab);
	lab_tunnel(next, 0)->local.psk[0] = 'x';
	lab_tunnel(next, 0)->remote.psk[0] = 'x';
	reload(0);
	assert_int_equal(lab->nodes[0].paths_deleted, 1);
	assert_null(path(0, 0)->sending);
	lab_settle(lab);
	assert_null(path(1, 0)->sending);
	lab_tunnel(next, 1)->local.psk[0] = 'x';
	lab_tunnel(next, 1)->remote.psk[0] = 'x';
	reload(1);
	lab_advance(lab, 5000);
	assert_true(lab_both_up(lab));
}

/* An exchange under way ends by the terms by which it began */
static void changes_wait_for_an_exchange(void **state)
{
	struct lab_packet p;
	uint64_t spi;

	lab_up(lab);
	spi = lab_sa(lab, 0)->spi_i;
	lab_admin(lab, 0, IKE_EVENT_REKEY, false);
	assert_true(lab_take(lab, &p));
	lab_tunnel(next, 0)->esp[0].key_bits = 128;
	lab_tunnel(next, 1)->esp[1] = lab_tunnel(next, 1)->esp[0];
	lab_tunnel(next, 1)->esp[1].key_bits = 128;
	lab_tunnel(next, 1)->n_esp = 2;
	reload(1);
	reload(0);
	lab_deliver(lab, &p);
	lab_settle(lab);
	lab_advance(lab, 1000);
	gapless(spi, true);
	assert_int_equal(lab_counters(lab, 0)->child_rekeys, 2);
	assert_int_equal(path(0, 0)->sending->suite.encr_bits, 128);
}

static void a_first_exchange_begins_again(void **state)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	lab_start(lab);
	lab_step(lab, 0, &ev);
	lab_drop(lab);
	lab_tunnel(next, 0)->ike[0].key_bits = 128;
	lab_tunnel(next, 1)->ike[0].key_bits = 128;
	reload(1);
	reload(0);
	lab_settle(lab);
	assert_true(lab_both_up(lab));
	assert_int_equal(lab_sa(lab, 0)->suite.encr_bits, 128);
}

static void a_new_path_of_a_tunnel_taken_down_stays_down(void **state)
{
	lab_up(lab);
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_settle(lab);
	lab_second_path(next, 0);
	reload(0);
	lab_settle(lab);
	assert_int_equal(path(0, 0)->state, IKE_PATH_DOWN);
	assert_int_equal(path(0, 1)->state, IKE_PATH_DOWN);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(second_path_leaves_the_first_up),
		T(a_path_less_leaves_the_other_up),
		T(other_endpoints_are_another_path),
		T(limits_come_by_a_rekey),
		T(esp_proposals_come_by_a_rekey),
		T(ike_proposals_come_by_a_rekey),
		T(ike_lifetime_needs_no_rekey),
		T(selectors_come_by_a_rekey),
		T(encapsulation_comes_beside),
		T(detection_time_is_taken_over),
		T(secrets_begin_anew),
		T(changes_wait_for_an_exchange),
		T(a_first_exchange_begins_again),
		T(a_new_path_of_a_tunnel_taken_down_stays_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
