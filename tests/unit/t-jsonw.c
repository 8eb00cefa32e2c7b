/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/json.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"

static void test_record(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000);
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	jsonw_u64(&w, "most", UINT64_MAX);
	jsonw_i64(&w, "least", INT64_MIN);
	jsonw_u64_text(&w, "ns", 1700000000123456789);
	jsonw_text(&w, "t", "a\"b\\c\n\t\x1b\x7f é");
	jsonw_text(&w, "none", NULL);
	jsonw_text_if(&w, "left out", "");
	jsonw_bool(&w, "b", true);
	jsonw_array(&w, "list");
	jsonw_u64(&w, NULL, 1);
	jsonw_object(&w, NULL);
	jsonw_end(&w);
	jsonw_null(&w, NULL);
	jsonw_end(&w);
	jsonw_raw(&w, "raw", "[1, 2]", 6);
	jsonw_line(&w);
	assert_string_equal(
		out.buf,
		"{\"most\":18446744073709551615,\"least\":-9223372036854775808,"
		"\"ns\":\"1700000000123456789\",\"t\":\"a\\\"b\\\\c\\n\\t\\u001b\\u007f é\","
		"\"none\":null,\"b\":true,\"list\":[1,{},null],\"raw\":[1, 2]}\n");
}

static void test_lines(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000);
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &out);
	for (int i = 0; i < 2; i++) {
		jsonw_object(&w, NULL);
		jsonw_array(&w, "deep");
		jsonw_array(&w, NULL);
		jsonw_line(&w);
	}
	assert_string_equal(out.buf, "{\"deep\":[[]]}\n{\"deep\":[[]]}\n");
}

static void test_bytes(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000);
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "path", "a\xc3\xa9", 3);
	jsonw_bytes(&w, "path", "a\xff", 2);
	jsonw_bytes(&w, "path", "a\0b", 3);
	jsonw_bytes(&w, "path", "", 0);
	jsonw_line(&w);
	assert_string_equal(out.buf, "{\"path\":\"aé\",\"path_b64\":\"Yf8=\",\"path_b64\":\"YQBi\","
				     "\"path\":\"\"}\n");
}

/* Any bytes: what is written is one line, JSON, and reads back as the same text if it was UTF-8. */
static void test_round_trip(void **state)
{
	(void)state;
	for (unsigned i = 1; i < 0x110000; i += i < 0x3000 ? 1 : 257) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		AUTO(json_freep) struct cJSON *doc = NULL;
		char text[5] = { 0 };
		struct err e = { 0 };
		struct jsonw w;

		if (i < 0x80) {
			text[0] = (char)i;
		} else if (i < 0x800) {
			text[0] = (char)(0xc0 | i >> 6);
			text[1] = (char)(0x80 | (i & 63));
		} else if (i < 0x10000) {
			text[0] = (char)(0xe0 | i >> 12);
			text[1] = (char)(0x80 | (i >> 6 & 63));
			text[2] = (char)(0x80 | (i & 63));
		} else {
			text[0] = (char)(0xf0 | i >> 18);
			text[1] = (char)(0x80 | (i >> 12 & 63));
			text[2] = (char)(0x80 | (i >> 6 & 63));
			text[3] = (char)(0x80 | (i & 63));
		}
		jsonw_init(&w, &out);
		jsonw_text(&w, NULL, text);
		doc = json_parse(out.buf, out.len, &e);
		assert_non_null(doc);
		if (i < 0xd800 || i > 0xdfff)
			assert_string_equal(json_text(doc), text);
		else
			assert_non_null(strstr(out.buf, "\\ufffd"));
	}
}

static void test_hidden_is_escaped(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000);
	struct jsonw w;

	(void)state;
	jsonw_init(&w, &out);
	jsonw_text(&w, NULL, "\xc2\x9b \xe2\x80\xae \xe2\x80\xa8 \xf3\xa0\x81\x81 \xff");
	assert_string_equal(out.buf, "\"\\u009b \\u202e \\u2028 \\udb40\\udc41 \\ufffd\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_hidden_is_escaped),
	};

	return cmocka_run_group_tests_name("jsonw", tests, NULL, NULL);
}
