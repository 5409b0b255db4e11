// SPDX-License-Identifier: GPL-2.0-or-later
/* JSON: what is written and read, and what is refused */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "control/json.h"
#include "control/utf8.h"

static const struct json_limits limits = { .depth = 4, .values = 20 };

static void test_write(void **state)
{
	static const char expected[] =
		"{\"a\":1,\"b\":[true,false,null,\"x\"],\"c\":{},"
		"\"d\":18446744073709551615,\"e\":\"0x00ff\",\"f\":[{\"g\":[]},{}]}\n";
	struct json_out o = { 0 };

	json_object(&o, NULL);
	json_u64(&o, "a", 1);
	json_array(&o, "b");
	json_bool(&o, NULL, true);
	json_bool(&o, NULL, false);
	json_null(&o, NULL);
	json_string(&o, NULL, "x");
	json_array_end(&o);
	json_object(&o, "c");
	json_object_end(&o);
	json_u64(&o, "d", UINT64_MAX);
	json_hex(&o, "e", 255, 4);
	json_array(&o, "f");
	json_object(&o, NULL);
	json_array(&o, "g");
	json_array_end(&o);
	json_object_end(&o);
	json_object(&o, NULL);
	json_object_end(&o);
	json_array_end(&o);
	json_object_end(&o);
	json_newline(&o);
	assert_false(o.failed);
	assert_int_equal(o.len, strlen(expected));
	assert_memory_equal(o.buf, expected, o.len);
	json_out_free(&o);
}

static void expect_written(const char *s, size_t len, const char *expected)
{
	struct json_out o = { 0 };

	json_string_n(&o, NULL, s, len);
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

static void expect_same(const char *text)
{
	struct json_out o = { 0 };
	struct json_value *v;
	const char *why;

	v = json_parse(text, strlen(text), &limits, &why);
	assert_non_null(v);
	json_write(&o, NULL, v);
	assert_int_equal(o.len, strlen(text));
	assert_memory_equal(o.buf, text, o.len);
	json_out_free(&o);
	json_free(v);
}

static void test_read(void **state)
{
	static const char text[] = " { \"s\" : \"a\\u00e4\\ud83d\\ude00\\n\\/\\\"\" , "
		"\"n\":42,\"m\":-1,\"f\":1.5e3,\"t\":true,\"o\":{\"x\":[1,2]} } \r\n";
	struct json_value *v;
	const char *why;

	v = json_parse(text, strlen(text), &limits, &why);
	assert_non_null(v);
	assert_string_equal(json_get_string(v, "s"), "a\xc3\xa4\xf0\x9f\x98\x80\n/\"");
	assert_int_equal(json_get_u64(v, "n", 7), 42);
	assert_int_equal(json_get_u64(v, "m", 7), 7);
	assert_int_equal(json_get_u64(v, "f", 7), 7);
	assert_int_equal(json_get_u64(v, "none", 7), 7);
	assert_true(json_get_bool(v, "t"));
	assert_false(json_get_bool(v, "n"));
	assert_null(json_get_string(v, "n"));
	assert_int_equal(json_get(json_get(v, "o"), "x")->type, JSON_ARRAY);
	assert_null(json_get(json_get(v, "n"), "x"));
	json_free(v);
	json_free(NULL);
	expect_same("[[[[]]]]");
	expect_same("{\"a\":null,\"b\":-0.5e+7,\"c\":\"\"}");
	expect_same("\"\"");
	expect_same("0");
}

static void test_refused(void **state)
{
	static const char *const texts[] = {
		"", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]",
		"{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}",
		"{\"a\":1 \"b\":2}", "{1:2}", "{\"a\":1}{", "1 2", "nul", "True",
		"tru", "+1", "01", "1.", ".5", "1e", "1e+", "-", "--1", "0x1",
		"NaN", "\"", "\"a", "\"\\\"", "\"\\x\"", "\"\\u12\"",
		"\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
		"\"\\udc00\"", "\"\\u0000\"", "\"\n\"", "\"\xff\"",
		"\"\xc0\x80\"", "// c\n1", "{\"a\":1,\"a\":2}",
		"[[[[[]]]]]", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
	};
	const char *why;
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		why = NULL;
		if (json_parse(texts[i], strlen(texts[i]), &limits, &why))
			fail_msg("%s is taken", texts[i]);
		assert_non_null(why);
	}
	/* an octet NUL is no JSON either */
	assert_null(json_parse("[1\0]", 4, &limits, &why));
	assert_null(json_parse("\"a\0b\"", 5, &limits, &why));
	assert_null(json_parse("\"\\\0\"", 4, &limits, &why));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
