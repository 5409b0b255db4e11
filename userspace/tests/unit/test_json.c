// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON: what is written */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/json_out.h"
#include "control/utf8.h"

static void test_write(void **state)
{
	static const char expected[] =
		"{\"a\":1,\"b\":[true,false,null,\"x\"],\"c\":{},"
		"\"d\":18446744073709551615,\"e\":\"0x00ff\",\"f\":[{\"g\":[]},{}]}\n";
	struct json_out o = { 0 };

	json_out_object(&o, NULL);
	json_out_u64(&o, "a", 1);
	json_out_array(&o, "b");
	json_out_bool(&o, NULL, true);
	json_out_bool(&o, NULL, false);
	json_out_null(&o, NULL);
	json_out_string(&o, NULL, "x");
	json_out_array_end(&o);
	json_out_object(&o, "c");
	json_out_object_end(&o);
	json_out_u64(&o, "d", UINT64_MAX);
	json_out_hex(&o, "e", 255, 4);
	json_out_array(&o, "f");
	json_out_object(&o, NULL);
	json_out_array(&o, "g");
	json_out_array_end(&o);
	json_out_object_end(&o);
	json_out_object(&o, NULL);
	json_out_object_end(&o);
	json_out_array_end(&o);
	json_out_object_end(&o);
	json_out_newline(&o);
	assert_false(o.failed);
	assert_int_equal(o.len, strlen(expected));
	assert_memory_equal(o.buf, expected, o.len);
	json_out_free(&o);
}

static void expect_written(const char *s, size_t len, const char *expected)
{
	struct json_out o = { 0 };

	json_out_string_n(&o, NULL, s, len);
	assert_int_equal(o.len, strlen(expected));
	assert_memory_equal(o.buf, expected, o.len);
	json_out_free(&o);
}

static void test_escapes(void **state)
{
	expect_written("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
	expect_written("\0\n\x1b\x7f", 4, "\"\\u0000\\u000a\\u001b\\u007f\"");
	expect_written("\xc3\xa4\xf0\x9f\x98\x80", 6, "\"\xc3\xa4\xf0\x9f\x98\x80\"");
	/* not UTF-8: a lone octet, overlong, surrogate, cut short */
	expect_written("\xff", 1, "\"\\ufffd\"");
	expect_written("\xc0\x80", 2, "\"\\ufffd\\ufffd\"");
	expect_written("\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	expect_written("x\xe2\x82", 3, "\"x\\ufffd\\ufffd\"");
}

static void test_utf8(void **state)
{
	assert_int_equal(utf8_length("a", 1), 1);
	assert_int_equal(utf8_length("\xc2\x80", 2), 2);
	assert_int_equal(utf8_length("\xe0\xa0\x80", 3), 3);
	assert_int_equal(utf8_length("\xf4\x8f\xbf\xbf", 4), 4);
	assert_int_equal(utf8_length("\xf4\x90\x80\x80", 4), 0);
	assert_int_equal(utf8_length("\xe0\x9f\x80", 3), 0);
	assert_int_equal(utf8_length("\xf0\x8f\x80\x80", 4), 0);
	assert_int_equal(utf8_length("\x80", 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
