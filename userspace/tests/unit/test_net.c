// SPDX-License-Identifier: GPL-2.0-or-later
/* Addresses, and IKE's sockets over the loopback */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/addr.h"
#include "net/udp.h"

static void test_addr_parse_format(void **state)
{
	static const struct {
		const char *text;
		uint16_t port;
		const char *out;
	} cases[] = {
		{ "192.0.2.1", 0, "192.0.2.1" },
		{ "192.0.2.1", 500, "192.0.2.1:500" },
		{ "2001:DB8:0::1", 0, "2001:db8::1" },
		{ "2001:db8::1", 4500, "[2001:db8::1]:4500" },
		{ "::ffff:192.0.2.1", 65535, "[::ffff:192.0.2.1]:65535" },
	};
	static const char *const wrong[] = {
		"", "192.0.2", "192.0.2.256", "192.0.2.1/24", "2001:db8:::1",
		"host", "fe80::1%eth0", " 192.0.2.1",
	};
	char buf[NET_ADDR_STRLEN];
	struct net_addr a;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(net_addr_parse(&a, cases[i].text));
		assert_int_equal(a.port, 0);
		a.port = cases[i].port;
		assert_string_equal(net_addr_format(&a, buf), cases[i].out);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(net_addr_parse(&a, wrong[i]));
}

static void test_addr_compare(void **state)
{
	struct net_addr a, b, none = { 0 };

	assert_true(net_addr_parse(&a, "192.0.2.1"));
	assert_true(net_addr_parse(&b, "192.0.2.1"));
	b.port = 500;
	assert_true(net_addr_same_ip(&a, &b));
	assert_false(net_addr_equal(&a, &b));
	assert_true(net_addr_parse(&b, "192.0.2.2"));
	assert_false(net_addr_same_ip(&a, &b));
	/* the same first octets in another family are another address */
	assert_true(net_addr_parse(&b, "c000:201::"));
	assert_false(net_addr_same_ip(&a, &b));
	assert_false(net_addr_is_any(&a));
	assert_true(net_addr_is_any(&none));
	assert_true(net_addr_parse(&b, "::"));
	assert_true(net_addr_is_any(&b));
	assert_true(net_addr_parse(&b, "::1"));
	assert_false(net_addr_is_any(&b));
}

static void test_addr_sockaddr(void **state)
{
	static const char *const texts[] = { "192.0.2.7", "2001:db8::7" };
	struct sockaddr_storage ss = { 0 };
	struct net_addr a, b;
	size_t i;

	for (i = 0; i < 2; i++) {
		assert_true(net_addr_parse(&a, texts[i]));
		a.port = 4500;
		assert_int_equal(net_addr_to_sockaddr(&a, &ss),
				 i ? sizeof(struct sockaddr_in6) :
				 sizeof(struct sockaddr_in));
		net_addr_from_sockaddr(&b, &ss);
		assert_memory_equal(&a, &b, sizeof(a));
	}
	ss.ss_family = AF_UNIX;
	net_addr_from_sockaddr(&b, &ss);
	assert_int_equal(b.family, AF_UNSPEC);
	assert_int_equal(net_addr_to_sockaddr(&b, &ss), 0);
}

struct got {
	unsigned int n;
	struct net_addr local;
	struct net_addr remote;
	uint8_t data[64];
	size_t len;
};

static void got_packet(void *ctx, const struct net_addr *local,
		       const struct net_addr *remote, const uint8_t *data,
		       size_t len)
{
	struct got *got = ctx;

	got->n++;
	got->local = *local;
	got->remote = *remote;
	assert_true(len <= sizeof(got->data));
	memcpy(got->data, data, len);
	got->len = len;
}

/* Two daemons' sockets on ports that tests may use */
struct pair {
	struct udp *a;
	struct udp *b;
};

static int setup_pair(void **state)
{
	struct pair *p = calloc(1, sizeof(*p));
	uint16_t port = (uint16_t)(20000 + getpid() % 20000);
	char why[UDP_WHY_LEN];

	p->a = udp_new(port, (uint16_t)(port + 1));
	p->b = udp_new((uint16_t)(port + 2), (uint16_t)(port + 3));
	assert_non_null(p->a);
	assert_non_null(p->b);
	assert_int_equal(udp_open(p->a, why), 0);
	assert_int_equal(udp_open(p->b, why), 0);
	*state = p;
	return 0;
}

static int teardown_pair(void **state)
{
	struct pair *p = *state;

	udp_free(p->a);
	udp_free(p->b);
	free(p);
	return 0;
}

static void exchange(struct pair *p, const char *from, const char *to,
		     unsigned int i)
{
	const struct udp_socket *a = udp_socket(p->a, i);
	const struct udp_socket *b = udp_socket(p->b, i);
	struct net_addr local, remote;
	struct got got = { 0 };

	if (a->fd < 0 || b->fd < 0)
		return;
	assert_true(net_addr_parse(&local, from));
	assert_true(net_addr_parse(&remote, to));
	local.port = a->port;
	remote.port = b->port;
	assert_int_equal(udp_send(p->a, &local, &remote, 0,
				  (const uint8_t *)"hello", 5), 0);
	udp_read(p->b, i, got_packet, &got);
	assert_int_equal(got.n, 1);
	assert_true(net_addr_equal(&got.remote, &local));
	assert_true(net_addr_equal(&got.local, &remote));
	assert_int_equal(got.len, 5);
	assert_memory_equal(got.data, "hello", 5);
}

/* The source is the one asked for, the destination is learnt */
static void test_udp_exchange(void **state)
{
	exchange(*state, "127.0.0.3", "127.0.0.7", 0);
	exchange(*state, "::1", "::1", 1);
	exchange(*state, "127.0.0.3", "127.0.0.7", 2);
	exchange(*state, "::1", "::1", 3);
}

static void test_udp_marker(void **state)
{
	static const uint8_t esp[] = { 0, 0, 0, 1, 2, 3, 4, 5 };
	static const uint8_t keepalive[] = { 0xff };
	struct pair *p = *state;
	struct net_addr from, to;
	struct got got = { 0 };

	/* the unshared port puts no marker before it: noise for the other */
	assert_true(net_addr_parse(&from, "127.0.0.1"));
	to = from;
	from.port = udp_socket(p->a, 0)->port;
	to.port = udp_socket(p->b, 2)->port;
	assert_int_equal(udp_send(p->a, &from, &to, 0, esp, sizeof(esp)), 0);
	assert_int_equal(udp_send(p->a, &from, &to, 0, keepalive, 1), 0);
	udp_read(p->b, 2, got_packet, &got);
	assert_int_equal(got.n, 0);
	assert_int_equal(udp_counters(p->b)->no_marker, 2);

	/* empty datagrams are nothing to think about */
	to.port = udp_socket(p->b, 0)->port;
	assert_int_equal(udp_send(p->a, &from, &to, 0, esp, 0), 0);
	udp_read(p->b, 0, got_packet, &got);
	assert_int_equal(got.n, 0);
	assert_int_equal(udp_counters(p->b)->malformed, 1);
}

static void test_udp_refuses(void **state)
{
	struct pair *p = *state;
	struct net_addr from, to;
	char why[UDP_WHY_LEN];
	struct udp *c;

	/* no socket on such a port; mixed families */
	assert_true(net_addr_parse(&from, "127.0.0.1"));
	assert_true(net_addr_parse(&to, "127.0.0.1"));
	from.port = 1;
	to.port = 1;
	assert_int_not_equal(udp_send(p->a, &from, &to, 0,
				      (const uint8_t *)"x", 1), 0);
	from.port = udp_socket(p->a, 0)->port;
	assert_true(net_addr_parse(&to, "::1"));
	to.port = 9;
	assert_int_not_equal(udp_send(p->a, &from, &to, 0,
				      (const uint8_t *)"x", 1), 0);

	/* a port that is taken is an error with a hint */
	c = udp_new(udp_socket(p->a, 0)->port, udp_socket(p->a, 2)->port);
	assert_non_null(c);
	assert_int_not_equal(udp_open(c, why), 0);
	assert_non_null(strstr(why, "Address already in use"));
	udp_free(c);
}

/* A kept socket is used where it fits, and closed where not */
static void test_udp_offer(void **state)
{
	struct pair *p = *state;
	uint16_t natt = udp_socket(p->a, 2)->port;
	char why[UDP_WHY_LEN];
	struct got got = { 0 };
	struct net_addr from, to;
	struct udp *c;
	int fd, pipes[2];

	fd = dup(udp_socket(p->a, 2)->fd);
	c = udp_new((uint16_t)(natt + 10), natt);
	assert_non_null(c);
	assert_true(udp_offer(c, fd));
	assert_true(udp_socket(c, 2)->kept);
	assert_false(udp_offer(c, dup(udp_socket(p->a, 2)->fd)));
	assert_false(udp_offer(c, dup(udp_socket(p->a, 0)->fd)));
	assert_int_equal(pipe(pipes), 0);
	assert_false(udp_offer(c, pipes[0]));
	close(pipes[1]);
	/* the IPv6 one is still taken by the first owner */
	if (udp_socket(p->a, 3)->fd >= 0)
		assert_true(udp_offer(c, dup(udp_socket(p->a, 3)->fd)));
	assert_int_equal(udp_open(c, why), 0);

	assert_true(net_addr_parse(&from, "127.0.0.1"));
	to = from;
	from.port = udp_socket(p->b, 2)->port;
	to.port = natt;
	assert_int_equal(udp_send(p->b, &from, &to, 0,
				  (const uint8_t *)"ike", 3), 0);
	udp_read(c, 2, got_packet, &got);
	assert_int_equal(got.n, 1);
	udp_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr_parse_format),
		cmocka_unit_test(test_addr_compare),
		cmocka_unit_test(test_addr_sockaddr),
		cmocka_unit_test_setup_teardown(test_udp_exchange, setup_pair,
						teardown_pair),
		cmocka_unit_test_setup_teardown(test_udp_marker, setup_pair,
						teardown_pair),
		cmocka_unit_test_setup_teardown(test_udp_refuses, setup_pair,
						teardown_pair),
		cmocka_unit_test_setup_teardown(test_udp_offer, setup_pair,
						teardown_pair),
	};

	return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}
