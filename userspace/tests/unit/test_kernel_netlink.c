// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink messages of the kernel: well-formed, malformed, cut anywhere */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "kernel/genl_parse.h"

struct message {
	uint8_t buf[2048];
	struct nlmsghdr *nlh;
};

static void begin(struct message *m, uint8_t cmd)
{
	struct genlmsghdr *genl;

	memset(m, 0, sizeof(*m));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = 0x20;
	genl = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*genl));
	genl->cmd = cmd;
}

static void put_sa(struct message *m)
{
	struct nlattr *nest, *stats;

	mnl_attr_put_u32(m->nlh, IKEVTI_A_IFINDEX, 7);
	nest = mnl_attr_nest_start(m->nlh, IKEVTI_A_SA);
	mnl_attr_put_u8(m->nlh, IKEVTI_SA_A_DIR, IKEVTI_SA_OUT);
	mnl_attr_put_u32(m->nlh, IKEVTI_SA_A_SPI, 0xc0ffee01);
	mnl_attr_put_u32(m->nlh, IKEVTI_SA_A_PATH, 2);
	mnl_attr_put_u32(m->nlh, IKEVTI_SA_A_LANE, 3);
	mnl_attr_put_u8(m->nlh, IKEVTI_SA_A_STATE, IKEVTI_SA_ACTIVE);
	mnl_attr_put(m->nlh, IKEVTI_SA_A_ESN, 0, NULL);
	mnl_attr_put_u64(m->nlh, IKEVTI_SA_A_SEQ, 1ull << 33);
	mnl_attr_put_u32(m->nlh, IKEVTI_SA_A_HARD_SECONDS, 4000);
	mnl_attr_put_u32(m->nlh, IKEVTI_SA_A_AGE, 11);
	stats = mnl_attr_nest_start(m->nlh, IKEVTI_SA_A_STATS);
	mnl_attr_put_u64(m->nlh, IKEVTI_STAT_A_TX_PACKETS, 5);
	mnl_attr_put_u64(m->nlh, IKEVTI_STAT_A_TX_CRYPTO, 9);
	mnl_attr_nest_end(m->nlh, stats);
	mnl_attr_nest_end(m->nlh, nest);
}

static void test_sa(void **state)
{
	struct kernel_sa sa;
	struct message m;

	begin(&m, IKEVTI_CMD_SA_GET);
	put_sa(&m);
	assert_true(genl_parse_sa(m.nlh, &sa));
	assert_int_equal(sa.ifindex, 7);
	assert_false(sa.inbound);
	assert_int_equal(sa.spi, 0xc0ffee01);
	assert_int_equal(sa.path, 2);
	assert_int_equal(sa.lane, 3);
	assert_true(sa.esn);
	assert_int_equal(sa.seq, 1ull << 33);
	assert_int_equal(sa.hard_seconds, 4000);
	assert_int_equal(sa.age, 11);
	assert_int_equal(sa.stats.value[IKEVTI_STAT_A_TX_PACKETS], 5);
	assert_int_equal(sa.stats.value[IKEVTI_STAT_A_TX_CRYPTO], 9);
	assert_int_equal(sa.stats.have, 1u << IKEVTI_STAT_A_TX_PACKETS |
			 1u << IKEVTI_STAT_A_TX_CRYPTO);
}

/* Cut at every length, with every octet changed: never a bad access */
static void test_sa_damaged(void **state)
{
	struct kernel_event ev;
	struct kernel_device dev;
	struct kernel_path path;
	struct kernel_sa sa;
	struct message m;
	uint32_t len, i;
	unsigned int v;
	int fd;

	begin(&m, IKEVTI_CMD_SA_GET);
	put_sa(&m);
	len = m.nlh->nlmsg_len;
	for (i = NLMSG_HDRLEN; i < len; i++) {
		/* exactly as long as it says, so that the sanitizer sees more */
		struct nlmsghdr *cut = malloc(i);

		assert_non_null(cut);
		memcpy(cut, m.buf, i);
		cut->nlmsg_len = i;
		genl_parse_sa(cut, &sa);
		genl_parse_path(cut, &path);
		genl_parse_device(cut, &dev);
		genl_parse_fd(cut, &fd);
		genl_parse_event(cut, &ev);
		free(cut);
	}
	for (i = NLMSG_HDRLEN; i < len; i++) {
		for (v = 0; v < 256; v += 5) {
			struct nlmsghdr *copy = malloc(len);

			assert_non_null(copy);
			memcpy(copy, m.buf, len);
			((uint8_t *)copy)[i] = (uint8_t)v;
			genl_parse_sa(copy, &sa);
			genl_parse_event(copy, &ev);
			free(copy);
		}
	}
}

static void test_wrong_lengths(void **state)
{
	struct kernel_sa sa;
	struct nlattr *nest;
	struct message m;

	begin(&m, IKEVTI_CMD_SA_GET);
	mnl_attr_put_u32(m.nlh, IKEVTI_A_IFINDEX, 7);
	nest = mnl_attr_nest_start(m.nlh, IKEVTI_A_SA);
	mnl_attr_put_u16(m.nlh, IKEVTI_SA_A_SPI, 1);
	mnl_attr_nest_end(m.nlh, nest);
	assert_false(genl_parse_sa(m.nlh, &sa));

	/* what names the subject is missing */
	begin(&m, IKEVTI_CMD_SA_GET);
	nest = mnl_attr_nest_start(m.nlh, IKEVTI_A_SA);
	mnl_attr_put_u32(m.nlh, IKEVTI_SA_A_SPI, 1);
	mnl_attr_nest_end(m.nlh, nest);
	assert_false(genl_parse_sa(m.nlh, &sa));
}

static void test_path(void **state)
{
	struct net_addr local, remote;
	struct kernel_path p;
	struct nlattr *nest;
	struct message m;

	assert_true(net_addr_parse(&local, "2001:db8::1"));
	assert_true(net_addr_parse(&remote, "2001:db8::2"));
	begin(&m, IKEVTI_CMD_PATH_GET);
	mnl_attr_put_u32(m.nlh, IKEVTI_A_IFINDEX, 7);
	nest = mnl_attr_nest_start(m.nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(m.nlh, IKEVTI_PATH_A_ID, 1);
	mnl_attr_put(m.nlh, IKEVTI_PATH_A_LOCAL6, 16, local.ip);
	mnl_attr_put(m.nlh, IKEVTI_PATH_A_REMOTE6, 16, remote.ip);
	mnl_attr_put_u8(m.nlh, IKEVTI_PATH_A_ENCAP, IKEVTI_ENCAP_UDP);
	mnl_attr_put_u16(m.nlh, IKEVTI_PATH_A_LOCAL_PORT, 4500);
	mnl_attr_put_u16(m.nlh, IKEVTI_PATH_A_REMOTE_PORT, 1027);
	mnl_attr_put_u8(m.nlh, IKEVTI_PATH_A_STATE, IKEVTI_PATH_UP);
	mnl_attr_put_u8(m.nlh, IKEVTI_PATH_A_USABLE, 1);
	mnl_attr_put_u32(m.nlh, IKEVTI_PATH_A_RX_AGE, 250);
	mnl_attr_nest_end(m.nlh, nest);
	assert_true(genl_parse_path(m.nlh, &p));
	local.port = 4500;
	remote.port = 1027;
	assert_true(net_addr_equal(&p.local, &local));
	assert_true(net_addr_equal(&p.remote, &remote));
	assert_true(p.udp);
	assert_true(p.usable);
	assert_int_equal(p.state, IKEVTI_PATH_UP);
	assert_int_equal(p.rx_age_ms, 250);
	assert_int_equal(p.tx_age_ms, UINT32_MAX);
	assert_int_equal(p.weight, 1);
}

static void test_events(void **state)
{
	int32_t nsid;
	struct kernel_event ev;
	struct net_addr moved;
	struct nlattr *nest;
	struct message m;

	begin(&m, IKEVTI_CMD_EVENT_SA_LIMIT);
	put_sa(&m);
	nest = mnl_attr_nest_start(m.nlh, IKEVTI_A_EVENT);
	mnl_attr_put_u32(m.nlh, IKEVTI_EVENT_A_LIMIT, IKEVTI_LIMIT_SEQUENCE);
	mnl_attr_put(m.nlh, IKEVTI_EVENT_A_HARD, 0, NULL);
	mnl_attr_nest_end(m.nlh, nest);
	assert_true(genl_parse_event(m.nlh, &ev));
	assert_int_equal(ev.type, KERNEL_EVENT_SA_LIMIT);
	assert_int_equal(ev.limit, IKEVTI_LIMIT_SEQUENCE);
	assert_true(ev.hard);
	assert_false(ev.inbound);
	assert_int_equal(ev.path, 2);

	assert_true(net_addr_parse(&moved, "203.0.113.9"));
	begin(&m, IKEVTI_CMD_EVENT_ADDRESS);
	mnl_attr_put_u32(m.nlh, IKEVTI_A_IFINDEX, 9);
	nest = mnl_attr_nest_start(m.nlh, IKEVTI_A_PATH);
	mnl_attr_put_u32(m.nlh, IKEVTI_PATH_A_ID, 4);
	mnl_attr_put(m.nlh, IKEVTI_PATH_A_REMOTE4, 4, moved.ip);
	mnl_attr_put_u16(m.nlh, IKEVTI_PATH_A_REMOTE_PORT, 61000);
	mnl_attr_nest_end(m.nlh, nest);
	assert_true(genl_parse_event(m.nlh, &ev));
	moved.port = 61000;
	assert_int_equal(ev.type, KERNEL_EVENT_ADDRESS);
	assert_int_equal(ev.path, 4);
	assert_true(net_addr_equal(&ev.remote, &moved));

	/* the same number in another namespace is another device */
	assert_false(genl_parse_elsewhere(m.nlh, &nsid));
	mnl_attr_put_u32(m.nlh, IKEVTI_A_NETNSID, 1);
	assert_true(genl_parse_elsewhere(m.nlh, &nsid));
	assert_int_equal(nsid, 1);
	assert_true(genl_parse_event(m.nlh, &ev));

	/* without a device only an unknown SPI makes sense */
	begin(&m, IKEVTI_CMD_EVENT_ACQUIRE);
	assert_false(genl_parse_event(m.nlh, &ev));
	begin(&m, IKEVTI_CMD_EVENT_UNKNOWN_SPI);
	assert_true(genl_parse_event(m.nlh, &ev));
	/* commands are no events */
	begin(&m, IKEVTI_CMD_SA_GET);
	put_sa(&m);
	assert_false(genl_parse_event(m.nlh, &ev));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sa),
		cmocka_unit_test(test_sa_damaged),
		cmocka_unit_test(test_wrong_lengths),
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_events),
	};

	return cmocka_run_group_tests_name("kernel_netlink", tests, NULL, NULL);
}
