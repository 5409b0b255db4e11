// SPDX-License-Identifier: GPL-2.0-or-later
/* Header and payload chains: what is accepted, what is refused, what is built */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "wire/message.h"
#include "wire/payload.h"

/* IKE_SA_INIT request with a Nonce of 16 octets and N(FRAGMENTATION_SUPPORTED) */
static const char init_request[] =
	"0102030405060708 0000000000000000 28 20 22 08 00000000 00000038"
	"29 00 0014 000102030405060708090a0b0c0d0e0f"
	"00 00 0008 00 00 402e";

static enum wire_status parse_text(struct wire_message *msg, const char *text)
{
	struct wire_chunk c = unit_hex(text);

	return wire_parse(msg, c.data, c.len);
}

static void parses_header(void **state)
{
	struct wire_message msg;

	assert_int_equal(parse_text(&msg, init_request), WIRE_OK);
	assert_true(msg.header.spi_i == 0x0102030405060708);
	assert_true(msg.header.spi_r == 0);
	assert_int_equal(msg.header.next_payload, IKEV2_PL_NONCE);
	assert_int_equal(msg.header.version, 0x20);
	assert_int_equal(msg.header.exchange, IKEV2_IKE_SA_INIT);
	assert_int_equal(msg.header.flags, IKEV2_FLAG_INITIATOR);
	assert_int_equal(msg.header.message_id, 0);
	assert_int_equal(msg.header.length, 56);
	assert_int_equal(msg.len, 56);
}

static void walks_chain(void **state)
{
	struct wire_message msg;
	struct wire_notify n;

	assert_int_equal(parse_text(&msg, init_request), WIRE_OK);
	assert_int_equal(msg.payloads.n, 2);
	assert_int_equal(msg.payloads.at[0].type, IKEV2_PL_NONCE);
	assert_int_equal(msg.payloads.at[0].next, IKEV2_PL_NOTIFY);
	assert_int_equal(msg.payloads.at[0].offset, 28);
	assert_int_equal(msg.payloads.at[0].len, 16);
	assert_int_equal(msg.payloads.at[1].offset, 48);
	assert_ptr_equal(wire_find(&msg.payloads, IKEV2_PL_NOTIFY), &msg.payloads.at[1]);
	assert_null(wire_find(&msg.payloads, IKEV2_PL_KE));
	assert_null(wire_encrypted(&msg));
	assert_true(wire_find_notify(&msg.payloads, IKEV2_N_FRAGMENTATION_SUPPORTED, &n));
	assert_false(wire_find_notify(&msg.payloads, IKEV2_N_COOKIE, NULL));
}

static void refuses_every_truncation(void **state)
{
	struct wire_chunk whole = unit_hex(init_request);
	size_t len;

	for (len = 0; len < whole.len; len++) {
		uint8_t *copy = unit_copy(whole.data, len);
		struct wire_message msg;

		assert_int_not_equal(wire_parse(&msg, copy, len), WIRE_OK);
		/* the same with a header that claims no more than there is */
		if (len >= IKEV2_HEADER_LEN) {
			wire_store_u32(copy + 24, (uint32_t)len);
			assert_int_not_equal(wire_parse(&msg, copy, len), WIRE_OK);
		}
		free(copy);
	}
}

static void refuses_wrong_total_length(void **state)
{
	struct wire_chunk whole = unit_hex(init_request);
	uint8_t *copy = unit_copy(whole.data, whole.len);
	struct wire_message msg;

	wire_store_u32(copy + 24, (uint32_t)whole.len + 1);
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_TRUNCATED);
	wire_store_u32(copy + 24, 0xffffffff);
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_TRUNCATED);
	wire_store_u32(copy + 24, (uint32_t)whole.len - 1);
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_LENGTH);
	wire_store_u32(copy + 24, 0);
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_LENGTH);
	free(copy);
}

static void refuses_wrong_payload_length(void **state)
{
	struct wire_chunk whole = unit_hex(init_request);
	uint8_t *copy = unit_copy(whole.data, whole.len);
	struct wire_message msg;
	unsigned int v;

	for (v = 0; v < 0x10000; v++) {
		wire_store_u16(copy + 28 + 2, (uint16_t)v);
		if (v < 4)
			assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_LENGTH);
		else if (v != 20)
			assert_int_not_equal(wire_parse(&msg, copy, whole.len), WIRE_OK);
	}
	memcpy(copy, whole.data, whole.len);
	for (v = 0; v < 0x10000; v++) {
		wire_store_u16(copy + 48 + 2, (uint16_t)v);
		if (v < 4)
			assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_LENGTH);
		else if (v != 8)
			assert_int_not_equal(wire_parse(&msg, copy, whole.len), WIRE_OK);
	}
	free(copy);
}

static void judges_versions(void **state)
{
	struct wire_chunk whole = unit_hex(init_request);
	uint8_t *copy = unit_copy(whole.data, whole.len);
	struct wire_message msg;

	copy[17] = 0x2f;
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_OK);
	copy[17] = 0x30;
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_VERSION);
	assert_true(msg.header.spi_i == 0x0102030405060708);
	assert_int_equal(msg.header.exchange, IKEV2_IKE_SA_INIT);
	copy[17] = 0x10;
	assert_int_equal(wire_parse(&msg, copy, whole.len), WIRE_BAD_VALUE);
	free(copy);
}

static void reports_unknown_critical(void **state)
{
	struct wire_message msg;

	/* unknown, not critical: passed over */
	assert_int_equal(parse_text(&msg, "0102030405060708 0000000000000000 80 20 22 08"
				    "00000000 00000020 00 00 0004"), WIRE_OK);
	assert_int_equal(msg.payloads.unknown_critical, 0);
	/* unknown and critical */
	assert_int_equal(parse_text(&msg, "0102030405060708 0000000000000000 80 20 22 08"
				    "00000000 00000024 81 80 0004 00 80 0004"), WIRE_OK);
	assert_int_equal(msg.payloads.unknown_critical, 0x80);
	/* known and critical: the bit means nothing */
	assert_int_equal(parse_text(&msg, "0102030405060708 0000000000000000 2b 20 22 08"
				    "00000000 00000020 00 80 0004"), WIRE_OK);
	assert_int_equal(msg.payloads.unknown_critical, 0);
}

static void limits_payloads(void **state)
{
	uint8_t buf[IKEV2_HEADER_LEN + 4 * (WIRE_PAYLOADS_MAX + 1)];
	struct wire_header h = { .spi_i = 1, .exchange = IKEV2_INFORMATIONAL };
	struct wire_builder b;
	struct wire_message msg;
	unsigned int i;
	size_t len;

	wire_build_message(&b, &h, buf, sizeof(buf));
	for (i = 0; i < WIRE_PAYLOADS_MAX; i++)
		wire_add_vendor(&b, wire_chunk(NULL, 0));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(wire_parse(&msg, buf, len), WIRE_OK);
	assert_int_equal(wire_count(&msg.payloads, IKEV2_PL_VENDOR), WIRE_PAYLOADS_MAX);

	wire_add_vendor(&b, wire_chunk(NULL, 0));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(wire_parse(&msg, buf, len), WIRE_TOO_MANY);
}

static void encrypted_ends_chain(void **state)
{
	struct wire_message msg;

	/* SK: its next payload describes the inside and is not walked */
	assert_int_equal(parse_text(&msg, "0102030405060708 1112131415161718 2e 20 23 08"
				    "00000001 00000024 23 00 0008 01020304"), WIRE_OK);
	assert_int_equal(msg.payloads.n, 1);
	assert_non_null(wire_encrypted(&msg));
	assert_int_equal(wire_encrypted(&msg)->next, IKEV2_PL_IDI);
	/* octets after it are nobody's */
	assert_int_equal(parse_text(&msg, "0102030405060708 1112131415161718 2e 20 23 08"
				    "00000001 00000028 23 00 0008 01020304 00 00 0004"),
			 WIRE_BAD_LENGTH);
}

static void parses_inner_chains(void **state)
{
	struct wire_chunk c = unit_hex("2b 00 0004 00 00 0005 aa");
	struct wire_payloads p;

	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_NONE, NULL, 0), WIRE_OK);
	assert_int_equal(p.n, 0);
	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_VENDOR, c.data, c.len), WIRE_OK);
	assert_int_equal(p.n, 2);
	/* content without a type, and a type without content */
	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_NONE, c.data, c.len), WIRE_BAD_LENGTH);
	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_VENDOR, NULL, 0), WIRE_TRUNCATED);
	/* no encrypted payload inside another */
	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_SK, c.data, c.len), WIRE_BAD_VALUE);
	assert_int_equal(wire_parse_payloads(&p, IKEV2_PL_SKF, c.data, c.len), WIRE_BAD_VALUE);
}

static void builds_what_it_parses(void **state)
{
	struct wire_header h = {
		.spi_i = 0x0102030405060708, .exchange = IKEV2_IKE_SA_INIT,
		.flags = IKEV2_FLAG_INITIATOR, .next_payload = 99, .length = 99,
	};
	struct wire_chunk nonce = unit_hex("000102030405060708090a0b0c0d0e0f");
	struct wire_builder b;
	uint8_t buf[128];
	size_t len = 0;

	wire_build_message(&b, &h, buf, sizeof(buf));
	wire_add_nonce(&b, nonce);
	wire_add_notify(&b, IKEV2_N_FRAGMENTATION_SUPPORTED, wire_chunk(NULL, 0));
	assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
	assert_int_equal(b.first, IKEV2_PL_NONCE);
	unit_assert_hex(buf, len, init_request);
}

static void builder_never_overflows(void **state)
{
	struct wire_header h = { .spi_i = 1, .exchange = IKEV2_IKE_SA_INIT };
	struct wire_chunk nonce = unit_hex("000102030405060708090a0b0c0d0e0f");
	size_t full = 56;
	size_t cap;

	for (cap = 0; cap <= full; cap++) {
		uint8_t *buf = malloc(cap ? cap : 1);
		struct wire_builder b;
		size_t len = 7;

		assert_non_null(buf);
		wire_build_message(&b, &h, buf, cap);
		wire_add_nonce(&b, nonce);
		wire_add_notify(&b, IKEV2_N_FRAGMENTATION_SUPPORTED, wire_chunk(NULL, 0));
		if (cap < full) {
			assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);
			assert_int_equal(len, 7);
		} else {
			assert_int_equal(wire_build_end(&b, &len), WIRE_OK);
			assert_int_equal(len, full);
		}
		free(buf);
	}
}

static void builder_refuses_misuse(void **state)
{
	static uint8_t big[70000];
	struct wire_builder b;
	uint8_t buf[64];
	size_t len;

	wire_build_inner(&b, buf, sizeof(buf));
	wire_end_payload(&b);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);

	wire_build_inner(&b, buf, sizeof(buf));
	wire_begin_payload(&b, IKEV2_PL_VENDOR);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);
	wire_begin_payload(&b, IKEV2_PL_VENDOR);
	wire_end_payload(&b);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);

	/* a payload longer than its length field can say */
	wire_build_inner(&b, big, sizeof(big));
	wire_begin_payload(&b, IKEV2_PL_VENDOR);
	wire_put_zero(&b.w, 65532);
	wire_end_payload(&b);
	assert_int_equal(wire_build_end(&b, &len), WIRE_NO_SPACE);
}

static void reader_and_writer_are_sticky(void **state)
{
	uint8_t buf[4] = { 1, 2, 3, 4 };
	struct wire_reader r;
	struct wire_writer w;

	wire_reader_init(&r, buf, sizeof(buf));
	assert_int_equal(wire_get_u16(&r), 0x0102);
	assert_int_equal(wire_get_u32(&r), 0);
	assert_true(r.error);
	assert_int_equal(wire_get_u8(&r), 0);
	assert_null(wire_get(&r, 0));

	wire_writer_init(&w, buf, sizeof(buf));
	wire_put_u64(&w, 1);
	assert_true(w.overflow);
	wire_put_u8(&w, 9);
	assert_int_equal(w.len, 0);
	assert_int_equal(buf[0], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_header),
		cmocka_unit_test(walks_chain),
		cmocka_unit_test(refuses_every_truncation),
		cmocka_unit_test(refuses_wrong_total_length),
		cmocka_unit_test(refuses_wrong_payload_length),
		cmocka_unit_test(judges_versions),
		cmocka_unit_test(reports_unknown_critical),
		cmocka_unit_test(limits_payloads),
		cmocka_unit_test(encrypted_ends_chain),
		cmocka_unit_test(parses_inner_chains),
		cmocka_unit_test(builds_what_it_parses),
		cmocka_unit_test(builder_never_overflows),
		cmocka_unit_test(builder_refuses_misuse),
		cmocka_unit_test(reader_and_writer_are_sticky),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
