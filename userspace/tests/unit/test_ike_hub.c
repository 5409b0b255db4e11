// SPDX-License-Identifier: GPL-2.0-or-later
/* Many tunnels behind one address: who is meant, and what a stranger may cost */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

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

static void set_id(struct conf_id *id, const char *text)
{
	memset(id, 0, sizeof(*id));
	id->type = IKEV2_ID_FQDN;
	id->len = (uint16_t)strlen(text);
	memcpy(id->data, text, id->len);
	memcpy(id->text, text, id->len);
}

/* A node gets @n tunnels more like its first */
static void more(unsigned int node, unsigned int n)
{
	struct conf *c = lab->nodes[node].conf;
	const struct conf_tunnel *like = c->tunnels[0];
	size_t size = (n + 1) * sizeof(struct conf_tunnel *);
	unsigned int i;

	c->tunnels = realloc(c->tunnels, size);
	c->by_name = realloc(c->by_name, size);
	assert_non_null(c->tunnels);
	assert_non_null(c->by_name);
	for (i = 1; i <= n; i++) {
		struct conf_tunnel *t = malloc(sizeof(*t));

		assert_non_null(t);
		*t = *like;
		t->refs = 1;
		/* Sorted by name: "t" comes first */
		snprintf(t->name, sizeof(t->name), "t%06u", i);
		c->tunnels[i] = t;
		c->by_name[i] = t;
	}
	c->n_tunnels = n + 1;
}

static struct conf_id peer(unsigned int i)
{
	struct conf_id id;
	char name[64];

	snprintf(name, sizeof(name), "peer-%u.example.org", i);
	set_id(&id, name);
	return id;
}

/* Node 1 gets @n tunnels more, each for a peer of its own at any address */
static void hub(unsigned int n)
{
	struct conf *c = lab->nodes[1].conf;
	unsigned int i;

	more(1, n);
	for (i = 1; i <= n; i++) {
		c->tunnels[i]->remote.id = peer(i);
		memset(&c->tunnels[i]->paths[0].remote, 0, sizeof(struct net_addr));
	}
}

static void same_remote(unsigned int tunnel)
{
	lab->nodes[1].conf->tunnels[tunnel]->paths[0].remote =
		lab_tunnel(lab, 1)->paths[0].remote;
}

static void swap_tunnels(unsigned int a, unsigned int b)
{
	struct conf *c = lab->nodes[1].conf;
	struct conf_tunnel *t = c->tunnels[a];

	c->tunnels[a] = c->tunnels[b];
	c->tunnels[b] = t;
}

static unsigned int blamed(void)
{
	const struct ike_engine *e = lab->nodes[1].engine;
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < e->n_tunnels; i++)
		n += e->tunnels[i]->paths[0]->last_error_at != 0;
	return n;
}

static unsigned int warnings(const char *part)
{
	const struct lab_node *node = &lab->nodes[1];
	unsigned int i, n = 0;

	for (i = 0; i < LAB_LOGS && i < node->n_logs; i++)
		n += !!strstr(node->logs[i], part);
	return n;
}

/* One IKE_AUTH of a stranger is no matter of 10,000 tunnels */
static void unknown_identity_is_told_once(void **state)
{
	hub(10000);
	memset(&lab_tunnel(lab, 1)->paths[0].remote, 0, sizeof(struct net_addr));
	set_id(&lab_tunnel(lab, 0)->local.id, "stranger.example.org");
	lab_up(lab);
	assert_int_equal(lab_counters(lab, 1)->auth_failures, 1);
	assert_in_range(lab->nodes[1].most_effects, 1, 8);
	assert_int_equal(blamed(), 0);
	assert_int_equal(warnings("says it is 'stranger.example.org'"), 1);
	assert_int_equal(lab_counters(lab, 1)->unknown_identities, 1);
}

/* Who knows an identity but not its key blames the tunnel, and not without end */
static void wrong_keys_are_told_seldom(void **state)
{
	unsigned int i;

	lab_tunnel(lab, 0)->local.psk[0] = 'x';
	lab->nodes[1].conf->daemon.cookie_threshold = 1000;
	lab->nodes[1].conf->daemon.half_open_per_address = 1000;
	lab_start(lab);
	for (i = 0; i < 60; i++) {
		lab_admin(lab, 0, IKE_EVENT_DOWN, false);
		lab_admin(lab, 0, IKE_EVENT_UP, false);
		lab_settle(lab);
	}
	assert_int_equal(lab_counters(lab, 1)->auth_failures, 60);
	assert_in_range(warnings("failed to authenticate"), 1, 20);
}

/* Nor is a proposal that none of many has */
static void unknown_proposal_is_told_once(void **state)
{
	hub(1000);
	memset(&lab_tunnel(lab, 1)->paths[0].remote, 0, sizeof(struct net_addr));
	lab_tunnel(lab, 0)->ike[0].key_bits = 128;
	lab_up(lab);
	assert_int_equal(lab_counters(lab, 1)->no_proposal, 1);
	assert_in_range(lab->nodes[1].most_effects, 1, 8);
	assert_int_equal(blamed(), 0);
	assert_int_equal(warnings("no IKE proposal in common"), 1);
}

/* ---- which of many ------------------------------------------------------ */

/* Two tunnels at node 1: "t" for node 0's identity, the other for somebody else */
static void two(bool other_first)
{
	hub(1);
	memset(&lab_tunnel(lab, 1)->paths[0].remote, 0, sizeof(struct net_addr));
	if (other_first)
		swap_tunnels(0, 1);
}

static struct conf_tunnel *mine(bool other_first)
{
	return lab->nodes[1].conf->tunnels[other_first];
}

static struct conf_tunnel *other(bool other_first)
{
	return lab->nodes[1].conf->tunnels[!other_first];
}

static struct ike_path *my_path(bool other_first)
{
	return lab->nodes[1].engine->tunnels[other_first]->paths[0];
}

static void again(void)
{
	lab_free(lab);
	lab = lab_new();
}

/* A NAT is claimed for a tunnel that wants it only when nobody may mind */
static void encapsulation_in_any_order(void **state)
{
	unsigned int order;

	for (order = 0; order < 2; order++) {
		two(order);
		other(order)->encap = CONF_ENCAP_UDP;
		mine(order)->encap = CONF_ENCAP_NONE;
		lab_tunnel(lab, 0)->encap = CONF_ENCAP_NONE;
		lab_up(lab);
		assert_int_equal(my_path(order)->state, IKE_PATH_UP);
		assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_UP);
		assert_false(lab_sa(lab, 0)->udp);
		again();
	}
}

/* All want it: it is claimed */
static void encapsulation_of_all(void **state)
{
	two(false);
	other(false)->encap = CONF_ENCAP_UDP;
	mine(false)->encap = CONF_ENCAP_UDP;
	lab_up(lab);
	assert_int_equal(lab_path(lab, 0)->state, IKE_PATH_UP);
	assert_true(lab_sa(lab, 0)->udp && lab_sa(lab, 1)->udp);
}

static void both_suites(struct conf_tunnel *t)
{
	t->ike[1] = t->ike[0];
	t->ike[1].key_bits = 128;
	t->n_ike = 2;
}

/* What all candidates accept is answered, whatever the first would like best */
static void common_suite_in_any_order(void **state)
{
	unsigned int order;

	for (order = 0; order < 2; order++) {
		two(order);
		both_suites(other(order));
		mine(order)->ike[0].key_bits = 128;
		both_suites(lab_tunnel(lab, 0));
		lab_up(lab);
		assert_int_equal(my_path(order)->state, IKE_PATH_UP);
		assert_int_equal(lab_counters(lab, 1)->auth_failures, 0);
		assert_int_equal(lab_sa(lab, 1)->suite.encr_bits, 128);
		again();
	}
}

/* Nothing is common to all: who proved to be whose peer is remembered */
static void different_suites_in_any_order(void **state)
{
	unsigned int order;

	for (order = 0; order < 2; order++) {
		two(order);
		mine(order)->ike[0].key_bits = 128;
		both_suites(lab_tunnel(lab, 0));
		lab_up(lab);
		lab_advance(lab, 2000);
		assert_int_equal(my_path(order)->state, IKE_PATH_UP);
		assert_int_equal(lab_counters(lab, 1)->auth_failures, 0);
		assert_int_equal(lab_sa(lab, 0)->suite.encr_bits, 128);
		again();
	}
}

/* A tunnel for the sender's very address counts more than those for any */
static void address_counts_first(void **state)
{
	unsigned int order;

	for (order = 0; order < 2; order++) {
		hub(3);
		if (order)
			swap_tunnels(0, 3);
		lab->nodes[1].conf->tunnels[order ? 3 : 0]->ike[0].key_bits = 128;
		both_suites(lab_tunnel(lab, 0));
		lab_up(lab);
		assert_int_equal(lab->nodes[1].engine->tunnels[order ? 3 : 0]->paths[0]->state,
				 IKE_PATH_UP);
		assert_int_equal(lab_counters(lab, 0)->init_sent, 1);
		again();
	}
}

/* ---- nothing on a packet's way is linear in tunnels --------------------- */

static struct lab_packet first_packet(void)
{
	struct ike_event ev = { .type = IKE_EVENT_TIMER };
	struct lab_packet p;

	lab_step(lab, 0, &ev);
	assert_true(lab_take(lab, &p));
	return p;
}

/* The least time of several tries for 50 INITs that end without a key exchange */
static clock_t cost(unsigned int tunnels, uint8_t source)
{
	clock_t least = 0, from, took;
	struct lab_packet p;
	unsigned int i, round;

	hub(tunnels);
	lab_tunnel(lab, 0)->ike[0].key_bits = 128;
	lab->nodes[1].conf->daemon.cookie_threshold = 100000;
	if (source)
		memset(&lab->nodes[1].conf->tunnels[0]->paths[0].remote, 0,
		       sizeof(struct net_addr));
	lab_start(lab);
	p = first_packet();
	p.dest.ip[3] = source ? p.dest.ip[3] : 99;
	for (round = 0; round < 5; round++) {
		from = clock();
		for (i = 0; i < 50; i++) {
			p.data[0]++;
			lab_deliver(lab, &p);
			lab_drop(lab);
		}
		took = clock() - from;
		if (!round || took < least)
			least = took;
	}
	again();
	return least + 1;
}

static void init_costs_the_same_on_a_hub(void **state)
{
	/* Ten times as much is allowed for caches; linear would be a hundred */
	assert_true(cost(10000, 1) < 10 * cost(100, 1));
	assert_true(cost(10000, 0) < 10 * cost(100, 0));
}

/* ---- strangers and limits ----------------------------------------------- */

/* Requests no tunnel is for leave no state, and are under the cookies' load yet */
static void unmatched_strangers_need_cookies(void **state)
{
	struct lab_packet p;
	unsigned int i;

	lab_start(lab);
	p = first_packet();
	p.source.ip[0] = 10;
	for (i = 0; i < 100; i++) {
		p.data[0]++;
		lab_deliver(lab, &p);
		lab_drop(lab);
	}
	assert_in_range(lab_counters(lab, 1)->init_unknown_address, 25, 35);
	assert_in_range(lab_counters(lab, 1)->cookies_sent, 65, 75);
	/* It passes */
	lab->now += 120000;
	p.data[0]++;
	lab_deliver(lab, &p);
	assert_in_range(lab_counters(lab, 1)->init_unknown_address, 26, 36);
}

/* A public value that is none costs a key exchange: such are counted as well */
static void bad_key_values_need_cookies(void **state)
{
	const struct wire_payload *ke;
	struct wire_message m;
	struct lab_packet p;
	unsigned int i;

	lab_start(lab);
	lab->nodes[1].conf->daemon.half_open_per_address = 1000;
	lab->nodes[1].conf->daemon.half_open_max = 1000;
	p = first_packet();
	assert_int_equal(wire_parse(&m, p.data, p.len), WIRE_OK);
	ke = wire_find(&m.payloads, IKEV2_PL_KE);
	/* The point of order one: X25519 gives zero, which is refused (RFC 8031) */
	memset(p.data + (ke->body - p.data) + 4, 0, 32);
	for (i = 0; i < 200; i++) {
		p.data[0]++;
		lab_deliver(lab, &p);
		lab_drop(lab);
	}
	assert_int_equal(lab_counters(lab, 1)->malformed, 30);
	assert_int_equal(lab_counters(lab, 1)->cookies_sent, 170);
	/* They go again */
	lab_admin(lab, 0, IKE_EVENT_DOWN, false);
	lab_advance(lab, 31000);
	assert_int_equal(lab->nodes[1].engine->n_half_open, 0);
}

static struct net_addr v6(uint8_t net, uint8_t host)
{
	struct net_addr a = { .family = AF_INET6, .port = 500,
			      .ip = { 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, net } };

	a.ip[15] = host;
	return a;
}

/* Whoever has one IPv6 address has all of its /64 */
static void half_open_by_64(void **state)
{
	struct lab_packet p;
	unsigned int i;

	lab->nodes[1].conf->daemon.half_open_per_address = 3;
	lab_tunnel(lab, 1)->paths[0].local = (struct net_addr){ .family = AF_UNSPEC };
	lab_tunnel(lab, 1)->paths[0].remote = (struct net_addr){ .family = AF_UNSPEC };
	lab_start(lab);
	p = first_packet();
	p.dest = v6(9, 1);
	for (i = 0; i < 20; i++) {
		p.source = v6(1, (uint8_t)i);
		p.data[0]++;
		lab_deliver(lab, &p);
	}
	assert_int_equal(lab->nodes[1].engine->n_half_open, 3);
	p.source = v6(2, 1);
	p.data[0]++;
	lab_deliver(lab, &p);
	assert_int_equal(lab->nodes[1].engine->n_half_open, 4);
	lab_drop(lab);
}

/* Those whose address is configured may all come at once */
static void configured_peers_are_no_strangers(void **state)
{
	struct lab_packet p;
	unsigned int i;

	hub(200);
	for (i = 1; i <= 200; i++)
		same_remote(i);
	lab->nodes[1].conf->daemon.half_open_per_address = 5;
	lab->nodes[1].conf->daemon.cookie_threshold = 1000;
	lab->nodes[1].conf->daemon.half_open_max = 1000;
	lab_start(lab);
	p = first_packet();
	for (i = 0; i < 200; i++) {
		p.data[0] = (uint8_t)(i + 1);
		lab_deliver(lab, &p);
		lab_drop(lab);
	}
	assert_int_equal(lab_counters(lab, 1)->init_dropped, 0);
	assert_int_equal(lab->nodes[1].engine->n_half_open, 200);
}

/* Many tunnels do not begin, nor ask again, in the same millisecond */
static void starts_and_retries_are_paced(void **state)
{
	unsigned int i, first, most = 0;
	ike_time when[64];
	struct ike_event ev = { .type = IKE_EVENT_TIMER };

	hub(500);
	for (i = 0; i <= 500; i++) {
		lab->nodes[1].conf->tunnels[i]->start = CONF_START_ALWAYS;
		same_remote(i);
	}
	lab->quiet = true;
	lab_start(lab);
	lab_step(lab, 1, &ev);
	first = (unsigned int)lab_counters(lab, 1)->init_sent;
	assert_in_range(first, 1, 100);
	for (i = 0; i < 64; i++) {
		lab->now = ike_deadline(lab->nodes[1].engine);
		when[i] = lab->now;
		lab->nodes[1].most_effects = 0;
		lab_step(lab, 1, &ev);
		if (lab->nodes[1].most_effects > most)
			most = (unsigned int)lab->nodes[1].most_effects;
	}
	assert_true(when[63] > when[0]);
	lab->now += 10000;
	lab_step(lab, 1, &ev);
	assert_int_equal(lab_counters(lab, 1)->init_sent, 501);
	assert_in_range(most, 1, 40);
}

/* 200 tunnels between two addresses, with the limits that are the default */
static void many_tunnels_between_two_addresses(void **state)
{
	const struct ike_engine *e;
	unsigned int i, up = 0;

	more(0, 200);
	more(1, 200);
	for (i = 1; i <= 200; i++) {
		lab->nodes[0].conf->tunnels[i]->local.id = peer(i);
		lab->nodes[1].conf->tunnels[i]->remote.id = peer(i);
	}
	lab->nodes[1].conf->daemon.half_open_per_address = 5;
	lab->nodes[1].conf->daemon.cookie_threshold = 30;
	lab->nodes[1].conf->daemon.half_open_max = 1000;
	lab_start(lab);
	lab_advance(lab, 2000);
	e = lab->nodes[1].engine;
	for (i = 0; i < e->n_tunnels; i++)
		up += e->tunnels[i]->paths[0]->state == IKE_PATH_UP;
	assert_int_equal(up, 201);
	assert_int_equal(lab_counters(lab, 1)->init_dropped, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(unknown_identity_is_told_once),
		T(wrong_keys_are_told_seldom),
		T(unknown_proposal_is_told_once),
		T(encapsulation_in_any_order),
		T(encapsulation_of_all),
		T(common_suite_in_any_order),
		T(different_suites_in_any_order),
		T(address_counts_first),
		T(init_costs_the_same_on_a_hub),
		T(unmatched_strangers_need_cookies),
		T(bad_key_values_need_cookies),
		T(half_open_by_64),
		T(configured_peers_are_no_strangers),
		T(starts_and_retries_are_paced),
		T(many_tunnels_between_two_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
