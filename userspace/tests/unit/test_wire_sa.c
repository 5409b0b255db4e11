// SPDX-License-Identifier: GPL-2.0-or-later
/* SA payloads (proposals, transforms, attributes) and traffic selectors */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "wire/sa_payload.h"
#include "wire/ts_payload.h"

static struct wire_sa sa;

static enum wire_status parse_sa(const char *text)
{
	struct wire_chunk c = unit_hex(text);
	struct wire_payload p = { .type = IKEV2_PL_SA, .body = c.data, .len = c.len };

	return wire_parse_sa(&sa, &p);
}

/* AES-GCM-16-256, PRF SHA2-256, X25519 for an IKE SA; then AES-GCM-16 with 256 and 128 for ESP */
static const char two_proposals[] =
	"02 00 0024 01 01 00 03"
	"   03 00 000c 01 00 0014 800e 0100"
	"   03 00 0008 02 00 0005"
	"   00 00 0008 04 00 001f"
	"00 00 002c 02 03 04 03 c0ffee01"
	"   03 00 000c 01 00 0014 800e 0100"
	"   03 00 000c 01 00 0014 800e 0080"
	"   00 00 0008 05 00 0000";

static void parses_proposals(void **state)
{
	assert_int_equal(parse_sa(two_proposals), WIRE_OK);
	assert_int_equal(sa.n, 2);
	assert_int_equal(sa.proposals[0].num, 1);
	assert_int_equal(sa.proposals[0].protocol, IKEV2_PROTO_IKE);
	assert_int_equal(sa.proposals[0].spi_len, 0);
	assert_false(sa.proposals[0].unusable);
	assert_int_equal(sa.proposals[0].n, 3);
	assert_int_equal(sa.proposals[0].transforms[0].type, IKEV2_TRANSFORM_ENCR);
	assert_int_equal(sa.proposals[0].transforms[0].id, IKEV2_ENCR_AES_GCM_16);
	assert_int_equal(sa.proposals[0].transforms[0].keylen, 256);
	assert_int_equal(sa.proposals[0].transforms[2].id, IKEV2_GROUP_X25519);
	assert_int_equal(sa.proposals[0].transforms[2].keylen, 0);
	assert_int_equal(wire_proposal_spi32(&sa.proposals[1]), 0xc0ffee01);
	assert_true(wire_proposal_spi64(&sa.proposals[1]) == 0);
	assert_int_equal(sa.proposals[1].transforms[1].keylen, 128);
	assert_int_equal(sa.proposals[1].transforms[2].type, IKEV2_TRANSFORM_ESN);
}

static void rebuilds_proposals(void **state)
{
	struct wire_chunk c = unit_hex(two_proposals);
	struct wire_builder b;
	uint8_t buf[256];
	size_t len;

	assert_int_equal(parse_sa(two_proposals), WIRE_OK);
	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_sa(&b, &sa);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(len, c.len + 4);
	assert_memory_equal(buf + 4, c.data, c.len);

	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_proposal(&b, &sa.proposals[1]);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(len, 4 + 44);
	assert_memory_equal(buf + 4, c.data + 36, 44);
}

static void builds_from_parts(void **state)
{
	struct wire_proposal prop = { .num = 1, .protocol = IKEV2_PROTO_IKE };
	struct wire_builder b;
	uint8_t buf[64];
	unsigned int i;
	size_t len;

	wire_proposal_set_spi64(&prop, 0x0102030405060708);
	assert_true(wire_proposal_spi64(&prop) == 0x0102030405060708);
	assert_true(wire_proposal_transform(&prop, IKEV2_TRANSFORM_ENCR, IKEV2_ENCR_AES_CBC, 128));
	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_proposal(&b, &prop);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	unit_assert_hex(buf, len, "00 00 0020 00 00 001c 01 01 08 01 0102030405060708"
				  "00 00 000c 01 00 000c 800e 0080");
	for (i = 1; i < WIRE_TRANSFORMS_MAX; i++)
		assert_true(wire_proposal_transform(&prop, IKEV2_TRANSFORM_KE, 14, 0));
	assert_false(wire_proposal_transform(&prop, IKEV2_TRANSFORM_KE, 14, 0));
}

/* RFC 7296 section 3.3.6: what is not understood rules out itself, no more */
static void tolerates_the_unknown(void **state)
{
	/* attribute 99, short and long, and a second key length */
	assert_int_equal(parse_sa("00 00 003c 01 01 00 04"
				  "03 00 000c 01 00 0014 8063 0100"
				  "03 00 0010 01 00 0014 0063 0004 01020304"
				  "03 00 0010 01 00 0014 800e 0100 800e 0080"
				  "00 00 0008 02 00 0005"), WIRE_OK);
	assert_false(sa.proposals[0].unusable);
	assert_true(sa.proposals[0].transforms[0].unusable);
	assert_true(sa.proposals[0].transforms[1].unusable);
	assert_true(sa.proposals[0].transforms[2].unusable);
	assert_false(sa.proposals[0].transforms[3].unusable);
	/* an unknown type of transform: the whole proposal, not only that */
	assert_int_equal(parse_sa("00 00 0018 01 01 00 02 03 00 0008 01 00 0014"
				  "00 00 0008 06 00 0023"), WIRE_OK);
	assert_true(sa.proposals[0].unusable);
	/* unknown transform ID: kept, to be matched by nobody */
	assert_int_equal(parse_sa("00 00 0010 01 01 00 01 00 00 0008 01 00 ffff"), WIRE_OK);
	assert_int_equal(sa.proposals[0].transforms[0].id, 0xffff);
	assert_false(sa.proposals[0].unusable);
	/* unknown transform type: the proposal is out */
	assert_int_equal(parse_sa("00 00 0010 01 01 00 01 00 00 0008 06 00 0001"), WIRE_OK);
	assert_true(sa.proposals[0].unusable);
	/* unknown protocol, and SPI sizes that protocols do not have */
	assert_int_equal(parse_sa("00 00 0010 01 09 00 01 00 00 0008 01 00 0014"), WIRE_OK);
	assert_true(sa.proposals[0].unusable);
	assert_int_equal(parse_sa("00 00 0011 01 03 01 01 aa 00 00 0008 01 00 0014"), WIRE_OK);
	assert_true(sa.proposals[0].unusable);
	assert_int_equal(parse_sa("00 00 0019 01 01 09 01 010203040506070809"
				  "00 00 0008 01 00 0014"), WIRE_OK);
	assert_true(sa.proposals[0].unusable);
	assert_int_equal(sa.proposals[0].spi_len, 0);
}

static void refuses_malformed(void **state)
{
	static const char number_twice[] =
		"02 00 0010 01 01 00 01 00 00 0008 01 00 0014"
		"00 00 0010 01 01 00 01 00 00 0008 01 00 0014";
	static const char more_after_last[] =
		"00 00 0010 01 01 00 01 00 00 0008 01 00 0014"
		"00 00 0010 02 01 00 01 00 00 0008 01 00 0014";
	static const char *const wrong[] = {
		"",
		"00",
		"00 00 0007 01 01 00",				/* shorter than a header */
		"00 00 0010 01 01 ff 01 00 00 0008 01 00 0014",	/* SPI beyond the end */
		"00 00 0011 01 01 00 01 00 00 0008 01 00 0014",	/* length beyond the end */
		"00 00 000f 01 01 00 01 00 00 0008 01 00 0014",	/* length before the end */
		"00 00 0010 01 01 00 02 00 00 0008 01 00 0014",	/* fewer transforms */
		"00 00 0010 01 01 00 00 00 00 0008 01 00 0014",	/* more transforms */
		"02 00 0010 01 01 00 01 00 00 0008 01 00 0014",	/* announces another proposal */
		"00 00 0010 01 01 00 01 03 00 0008 01 00 0014",	/* announces another transform */
		"00 00 0010 01 01 00 01 02 00 0008 01 00 0014",	/* marker of the other kind */
		"03 00 0010 01 01 00 01 00 00 0008 01 00 0014",
		"00 00 0010 00 01 00 01 00 00 0008 01 00 0014",	/* number 0 */
		"00 00 0010 01 01 00 01 00 00 0007 01 00 0014",	/* transform too short */
		"00 00 0010 01 01 00 01 00 00 0009 01 00 0014",	/* and too long */
		"00 00 0012 01 01 00 01 00 00 000a 01 00 0014 800e",	/* half an attribute */
		"00 00 0014 01 01 00 01 00 00 000c 01 00 0014 0063 0004",	/* without value */
		number_twice,
		more_after_last,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_not_equal(parse_sa(wrong[i]), WIRE_OK);
}

static void every_truncated_sa(void **state)
{
	struct wire_chunk c = unit_hex(two_proposals);
	size_t len;

	for (len = 0; len < c.len; len++) {
		uint8_t *copy = unit_copy(c.data, len);
		struct wire_payload p = { .type = IKEV2_PL_SA, .body = copy, .len = len };

		assert_int_not_equal(wire_parse_sa(&sa, &p), WIRE_OK);
		free(copy);
	}
}

static void every_changed_octet_of_sa(void **state)
{
	struct wire_chunk c = unit_hex(two_proposals);
	unsigned int v;
	size_t i;

	for (i = 0; i < c.len; i++) {
		uint8_t *copy = unit_copy(c.data, c.len);
		struct wire_payload p = { .type = IKEV2_PL_SA, .body = copy, .len = c.len };

		for (v = 0; v < 256; v++) {
			copy[i] = (uint8_t)v;
			wire_parse_sa(&sa, &p);
			assert_true(sa.n <= WIRE_PROPOSALS_MAX);
		}
		free(copy);
	}
}

/* Proposals beyond the limit are left out; transforms beyond it spoil theirs */
static void limits(void **state)
{
	size_t one = 16;
	size_t len = one * (WIRE_PROPOSALS_MAX + 3);
	uint8_t *buf = calloc(1, len);
	struct wire_payload p = { .type = IKEV2_PL_SA, .body = buf, .len = len };
	size_t transforms = WIRE_TRANSFORMS_MAX + 1;
	unsigned int i;

	assert_non_null(buf);
	for (i = 0; i < WIRE_PROPOSALS_MAX + 3; i++) {
		uint8_t *q = buf + one * i;

		q[0] = i == WIRE_PROPOSALS_MAX + 2 ? 0 : 2;
		q[3] = (uint8_t)one;
		q[4] = (uint8_t)(i + 1);
		q[5] = IKEV2_PROTO_IKE;
		q[7] = 1;
		q[8 + 3] = 8;
		q[8 + 4] = 1;
	}
	assert_int_equal(wire_parse_sa(&sa, &p), WIRE_OK);
	assert_int_equal(sa.n, WIRE_PROPOSALS_MAX);
	assert_int_equal(sa.skipped, 3);

	p.len = 8 + 8 * transforms;
	memset(buf, 0, p.len);
	wire_store_u16(buf + 2, (uint16_t)p.len);
	buf[4] = 1;
	buf[5] = IKEV2_PROTO_IKE;
	buf[7] = (uint8_t)transforms;
	for (i = 0; i < transforms; i++) {
		buf[8 + 8 * i] = i + 1 == transforms ? 0 : 3;
		buf[8 + 8 * i + 3] = 8;
		buf[8 + 8 * i + 4] = IKEV2_TRANSFORM_KE;
	}
	assert_int_equal(wire_parse_sa(&sa, &p), WIRE_OK);
	assert_int_equal(sa.proposals[0].n, WIRE_TRANSFORMS_MAX);
	assert_true(sa.proposals[0].unusable);
	free(buf);
}

static enum wire_status parse_ts(struct wire_ts_list *list, const char *text)
{
	struct wire_chunk c = unit_hex(text);
	struct wire_payload p = { .type = IKEV2_PL_TSI, .body = c.data, .len = c.len };

	return wire_parse_ts(list, &p);
}

static const char both_families[] =
	"02 000000"
	"07 06 0010 0050 01bb 0a000000 0a0000ff"
	"08 00 0028 0000 ffff 20010db8000000000000000000000000 20010db8ffffffffffffffffffffffff";

static void parses_selectors(void **state)
{
	struct wire_ts_list list;
	struct wire_builder b;
	uint8_t buf[128];
	size_t len;

	assert_int_equal(parse_ts(&list, both_families), WIRE_OK);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.skipped, 0);
	assert_int_equal(list.ts[0].type, IKEV2_TS_IPV4_ADDR_RANGE);
	assert_int_equal(list.ts[0].protocol, 6);
	assert_int_equal(list.ts[0].start_port, 80);
	assert_int_equal(list.ts[0].end_port, 443);
	unit_assert_hex(list.ts[0].end, 4, "0a0000ff");
	unit_assert_hex(list.ts[1].start, 16, "20010db8000000000000000000000000");

	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_ts(&b, IKEV2_PL_TSI, &list);
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	unit_assert_hex(buf + 4, len - 4, both_families);

	list.n = 0;
	wire_build_inner(&b, buf, sizeof(buf));
	wire_add_ts(&b, IKEV2_PL_TSI, &list);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);
}

static void skips_unknown_selectors(void **state)
{
	struct wire_ts_list list;

	assert_int_equal(parse_ts(&list, "02 000000 09 00 0006 aabb"
				  "07 00 0010 0000 ffff 00000000 ffffffff"), WIRE_OK);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.skipped, 1);
	/* OPAQUE ports are no reversed range */
	assert_int_equal(parse_ts(&list, "01 000000 07 00 0010 ffff 0000 00000000 ffffffff"),
			 WIRE_OK);
}

static void refuses_wrong_selectors(void **state)
{
	static const char *const wrong[] = {
		"",
		"00 000000",
		"01 000000",
		"01 000000 07 00 0003 00",
		"01 000000 09 00 0003 00",
		"01 000000 09 00 0007 aabb",
		"01 000000 07 00 0011 0000 ffff 00000000 ffffffff 00",	/* v4 must be 16 octets */
		"01 000000 07 00 000f 0000 ffff 00000000 ffffff",
		"01 000000 08 00 0010 0000 ffff 00000000 ffffffff",	/* v6 must be 40 */
		"01 000000 07 00 0010 0000 ffff ffffffff 00000000",	/* reversed */
		"01 000000 07 00 0010 0002 0001 00000000 ffffffff",
		"02 000000 07 00 0010 0000 ffff 00000000 ffffffff",	/* one is missing */
		"01 000000 07 00 0010 0000 ffff 00000000 ffffffff 00",	/* one octet too many */
	};
	struct wire_ts_list list;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		assert_int_not_equal(parse_ts(&list, wrong[i]), WIRE_OK);
}

static void limits_selectors(void **state)
{
	uint8_t buf[4 + 255 * 16];
	struct wire_payload p = { .type = IKEV2_PL_TSI, .body = buf, .len = sizeof(buf) };
	struct wire_ts_list list;
	unsigned int i;

	memset(buf, 0, sizeof(buf));
	buf[0] = 255;
	for (i = 0; i < 255; i++) {
		buf[4 + 16 * i] = IKEV2_TS_IPV4_ADDR_RANGE;
		buf[4 + 16 * i + 3] = 16;
	}
	assert_int_equal(wire_parse_ts(&list, &p), WIRE_OK);
	assert_int_equal(list.n, WIRE_TS_MAX);
	assert_int_equal(list.skipped, 255 - WIRE_TS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_proposals),
		cmocka_unit_test(rebuilds_proposals),
		cmocka_unit_test(builds_from_parts),
		cmocka_unit_test(tolerates_the_unknown),
		cmocka_unit_test(refuses_malformed),
		cmocka_unit_test(every_truncated_sa),
		cmocka_unit_test(every_changed_octet_of_sa),
		cmocka_unit_test(limits),
		cmocka_unit_test(parses_selectors),
		cmocka_unit_test(skips_unknown_selectors),
		cmocka_unit_test(refuses_wrong_selectors),
		cmocka_unit_test(limits_selectors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
