// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragment reassembly, RFC 7383 section 2.6 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hex.h"
#include "wire/fragment.h"

static enum wire_fragment_result add(struct wire_reassembly *r, uint32_t message_id,
				     uint16_t number, uint16_t total, const char *text)
{
	struct wire_fragment f = { number, total };

	return wire_reassembly_add(r, message_id, &f, number == 1 ? IKEV2_PL_IDI : 0,
				   wire_chunk(text, strlen(text)));
}

static void assert_taken(struct wire_reassembly *r, const char *text)
{
	uint8_t out[64];
	uint8_t first;
	size_t len;

	assert_int_equal(wire_reassembly_take(r, out, sizeof(out), &first, &len), WIRE_OK);
	assert_int_equal(first, IKEV2_PL_IDI);
	assert_int_equal(len, strlen(text));
	assert_memory_equal(out, text, len);
	assert_false(r->active);
}

static void parses_fragment_header(void **state)
{
	static const struct {
		const char *text;
		enum wire_status status;
	} cases[] = {
		{ "0001 0001", WIRE_OK },
		{ "0040 0040 aa", WIRE_OK },
		{ "0000 0001", WIRE_BAD_VALUE },
		{ "0002 0001", WIRE_BAD_VALUE },
		{ "0000 0000", WIRE_BAD_VALUE },
		{ "0001 0041", WIRE_TOO_MANY },
		{ "0001 ffff", WIRE_TOO_MANY },
		{ "0001 00", WIRE_TRUNCATED },
		{ "", WIRE_TRUNCATED },
	};
	struct wire_fragment f;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct wire_chunk c = unit_hex(cases[i].text);
		struct wire_payload p = { .type = IKEV2_PL_SKF, .body = c.data, .len = c.len };

		assert_int_equal(wire_parse_fragment(&f, &p), cases[i].status);
		p.type = IKEV2_PL_SK;
		assert_int_equal(wire_parse_fragment(&f, &p), WIRE_BAD_VALUE);
	}
}

static void any_order(void **state)
{
	static const uint16_t orders[6][3] = {
		{ 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 }, { 3, 1, 2 }, { 3, 2, 1 },
	};
	static const char *const parts[] = { "abc", "defg", "h" };
	struct wire_reassembly r = { 0 };
	unsigned int i, j;

	for (i = 0; i < 6; i++) {
		for (j = 0; j < 3; j++) {
			uint16_t number = orders[i][j];

			assert_int_equal(add(&r, 7, number, 3, parts[number - 1]),
					 j == 2 ? WIRE_FRAGMENT_COMPLETE : WIRE_FRAGMENT_STORED);
		}
		assert_taken(&r, "abcdefgh");
	}
}

static void duplicates_change_nothing(void **state)
{
	struct wire_reassembly r = { 0 };

	assert_int_equal(add(&r, 1, 1, 2, "ab"), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 1, 1, 2, "XY"), WIRE_FRAGMENT_DUPLICATE);
	assert_int_equal(add(&r, 1, 2, 2, "cd"), WIRE_FRAGMENT_COMPLETE);
	assert_taken(&r, "abcd");
}

static void larger_total_replaces(void **state)
{
	struct wire_reassembly r = { 0 };
	struct wire_fragment late = { 1, 2 };

	assert_int_equal(add(&r, 1, 1, 2, "abcd"), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 1, 2, 3, "cd"), WIRE_FRAGMENT_STORED);
	/* the larger fragments of the first attempt come too late */
	assert_false(wire_reassembly_wants(&r, 1, &late));
	assert_int_equal(add(&r, 1, 2, 2, "ef"), WIRE_FRAGMENT_DUPLICATE);
	assert_int_equal(add(&r, 1, 1, 3, "ab"), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 1, 3, 3, "ef"), WIRE_FRAGMENT_COMPLETE);
	assert_taken(&r, "abcdef");
}

static void other_message_replaces(void **state)
{
	struct wire_reassembly r = { 0 };

	assert_int_equal(add(&r, 1, 1, 2, "ab"), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 2, 2, 2, "yz"), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 2, 1, 2, "wx"), WIRE_FRAGMENT_COMPLETE);
	assert_taken(&r, "wxyz");
}

static void takes_nothing_incomplete(void **state)
{
	struct wire_reassembly r = { 0 };
	uint8_t out[4];
	uint8_t first;
	size_t len;

	assert_int_equal(wire_reassembly_take(&r, out, sizeof(out), &first, &len), WIRE_BAD_VALUE);
	add(&r, 1, 1, 2, "ab");
	assert_int_equal(wire_reassembly_take(&r, out, sizeof(out), &first, &len), WIRE_BAD_VALUE);
	add(&r, 1, 2, 2, "cde");
	assert_int_equal(wire_reassembly_take(&r, out, sizeof(out), &first, &len), WIRE_NO_SPACE);
	wire_reassembly_reset(&r);
	assert_false(r.active);
}

static void empty_and_single(void **state)
{
	struct wire_reassembly r = { 0 };

	assert_int_equal(add(&r, 1, 1, 1, ""), WIRE_FRAGMENT_COMPLETE);
	assert_taken(&r, "");
	assert_int_equal(add(&r, 1, 2, 2, ""), WIRE_FRAGMENT_STORED);
	assert_int_equal(add(&r, 1, 2, 2, ""), WIRE_FRAGMENT_DUPLICATE);
	wire_reassembly_reset(&r);
}

static void limits_octets(void **state)
{
	static uint8_t part[WIRE_REASSEMBLY_BYTES / 2 + 1];
	struct wire_fragment f = { 1, 3 };
	struct wire_reassembly r = { 0 };
	size_t half = WIRE_REASSEMBLY_BYTES / 2;

	assert_int_equal(wire_reassembly_add(&r, 1, &f, 1, wire_chunk(part, half)),
			 WIRE_FRAGMENT_STORED);
	f.number = 2;
	assert_int_equal(wire_reassembly_add(&r, 1, &f, 0, wire_chunk(part, half)),
			 WIRE_FRAGMENT_STORED);
	f.number = 3;
	assert_int_equal(wire_reassembly_add(&r, 1, &f, 0, wire_chunk(part, 1)),
			 WIRE_FRAGMENT_REFUSED);
	assert_false(r.active);
	assert_int_equal(r.bytes, 0);
}

static void refuses_impossible_numbers(void **state)
{
	struct wire_reassembly r = { 0 };

	assert_int_equal(add(&r, 1, 0, 2, "a"), WIRE_FRAGMENT_DUPLICATE);
	assert_int_equal(add(&r, 1, 3, 2, "a"), WIRE_FRAGMENT_DUPLICATE);
	assert_int_equal(add(&r, 1, 65, 65, "a"), WIRE_FRAGMENT_DUPLICATE);
	assert_false(r.active);
}

static void counts_fragments(void **state)
{
	assert_int_equal(wire_fragments_needed(0, 100), 1);
	assert_int_equal(wire_fragments_needed(100, 100), 1);
	assert_int_equal(wire_fragments_needed(101, 100), 2);
	assert_int_equal(wire_fragments_needed(6400, 100), 64);
	assert_int_equal(wire_fragments_needed(6401, 100), 0);
	assert_int_equal(wire_fragments_needed(1, 0), 0);
	assert_int_equal(wire_fragments_needed(SIZE_MAX, SIZE_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_fragment_header),
		cmocka_unit_test(any_order),
		cmocka_unit_test(duplicates_change_nothing),
		cmocka_unit_test(larger_total_replaces),
		cmocka_unit_test(other_message_replaces),
		cmocka_unit_test(takes_nothing_incomplete),
		cmocka_unit_test(empty_and_single),
		cmocka_unit_test(limits_octets),
		cmocka_unit_test(refuses_impossible_numbers),
		cmocka_unit_test(counts_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
