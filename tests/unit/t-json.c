/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/str.h"

static enum err_kind kind_of(const char *text, size_t len)
{
	struct err e = { 0 };
	AUTO(json_freep) struct cJSON *doc = json_parse(text, len, &e);

	assert_true((doc == NULL) == (e.kind != ERR_NONE));
	return e.kind;
}

static void test_good(void **state)
{
	static const char *const good[] = {
		"{}",
		" [ ] ",
		"0",
		"-0",
		"1.5e-10",
		"\"\"",
		"true",
		"false",
		"null",
		"[1,2,[3]]\r\n\t ",
		"{\"a\":1,\"A\":2}",
		"\"\\u00e9\\ud83d\\ude00\\\\ \\/\"",
		"{\"a\":{\"a\":{}}}",
		"[-1E+2, 0.0]",
		"\"\xf0\x9f\x98\x80\"",
		"\"\x7f\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(kind_of(good[i], strlen(good[i])), ERR_NONE);
}

/* The first lines are what cJSON alone would take. */
static void test_bad(void **state)
{
	static const char *const bad[] = {
		"{\"a\":1,\"a\":2}",
		"[{\"x\":{\"b\":1,\"c\":2,\"b\":3}}]",
		"{\"a\":1,\"\\u0061\":2}",
		"\"ab\\u0000cd\"",
		"{} x",
		"[1][2]",
		"007",
		"\"a\nb\"",
		"\xef\xbb\xbf{}",
		"\x01{}",
		"",
		" ",
		"{",
		"[1,]",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{a:1}",
		"[1 2]",
		"'a'",
		"+1",
		".5",
		"1.",
		"1e",
		"-",
		"NaN",
		"Infinity",
		"tru",
		"nulll",
		"\"\\x41\"",
		"\"\\u12g4\"",
		"\"\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"\\ud800\\ud800\"",
		"\"abc",
		"\"abc\\",
		"\"\\u12",
		"\"\xff\"",
		"\"\xc3\"",
		"\"\xed\xa0\x80\"",
		"]",
		"[}",
		"{]",
		"//x\n1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(kind_of(bad[i], strlen(bad[i])), ERR_FORMAT);
	assert_int_equal(kind_of("\"a\0b\"", 5), ERR_FORMAT);
	assert_int_equal(kind_of("{}\0", 3), ERR_FORMAT);
}

/* A proper value cut anywhere is none; the bytes behind the cut must not be looked at. */
static void test_cut_everywhere(void **state)
{
	static const char whole[] =
		"{\"a\":[1,-2.5e3,\"\\ud83d\\ude00\"],\"b\":{\"c\":null,\"d\":true}}";

	(void)state;
	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		AUTO(freep) char *cut = malloc(n ? n : 1);

		memcpy(cut, whole, n);
		assert_int_equal(kind_of(cut, n), ERR_FORMAT);
	}
	assert_int_equal(kind_of(whole, sizeof(whole) - 1), ERR_NONE);
}

static void test_where(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_null(json_parse("{\n \"a\": x}", 10, &e));
	assert_string_equal(e.text, "line 2, column 7: a value was expected");
	assert_null(json_parse("{\"key\":1,\"key\":2}", 17, &e));
	assert_string_equal(e.text, "key 'key' twice in one object");
}

static void nested(struct str *out, unsigned depth)
{
	str_reset(out);
	for (unsigned i = 0; i < depth; i++)
		str_addc(out, '[');
	for (unsigned i = 0; i < depth; i++)
		str_addc(out, ']');
}

static void test_limits(void **state)
{
	AUTO(str_release) struct str s = STR_INIT((size_t)64 << 20);

	(void)state;
	nested(&s, JSON_DEPTH_MAX);
	assert_int_equal(kind_of(s.buf, s.len), ERR_NONE);
	nested(&s, JSON_DEPTH_MAX + 1);
	assert_int_equal(kind_of(s.buf, s.len), ERR_LIMIT);
	str_reset(&s);
	for (int i = 0; i < 63; i++)
		str_addc(&s, '1');
	assert_int_equal(kind_of(s.buf, s.len), ERR_NONE);
	str_addc(&s, '1');
	assert_int_equal(kind_of(s.buf, s.len), ERR_LIMIT);
	str_reset(&s);
	str_addc(&s, '{');
	for (int i = 0; i <= JSON_KEYS_MAX; i++)
		str_addf(&s, "%s\"%d\":0", i ? "," : "", i);
	str_addc(&s, '}');
	assert_int_equal(kind_of(s.buf, s.len), ERR_LIMIT);
	str_reset(&s);
	str_addc(&s, '[');
	for (int i = 0; i < JSON_VALUES_MAX; i++)
		str_adds(&s, i ? ",0" : "0");
	str_addc(&s, ']');
	assert_int_equal(kind_of(s.buf, s.len), ERR_LIMIT);
}

static struct cJSON *sample(void)
{
	static const char text[] =
		"{\"Id\":\"abc\",\"id\":\"lower\",\"Pid\":42,\"Neg\":-5,\"Half\":1.5,\"Big\":"
		"9007199254740993,"
		"\"Most\":9007199254740991,\"On\":true,\"Nil\":null,\"List\":[1,\"x\"],\"Bytes\":"
		"\"18446744073709551615\",\"State\":{\"Status\":\"running\",\"Deep\":{}}}";
	struct err e = { 0 };

	return json_parse(text, strlen(text), &e);
}

static void test_reader(void **state)
{
	AUTO(json_freep) struct cJSON *doc = sample();
	struct err e = { 0 };
	struct obj o = obj_begin(doc, "container", &e), in = obj_in(&o, "State");
	struct obj none = obj_in_or(&o, "Nothing"), nil = obj_in_or(&o, "Nil");

	(void)state;
	assert_string_equal(obj_text(&o, "Id"), "abc");
	assert_string_equal(obj_text(&o, "id"), "lower");
	assert_string_equal(obj_text_or(&o, "ID", "none"), "none");
	assert_string_equal(obj_text_or(&o, "Nil", "none"), "none");
	assert_int_equal(obj_u64(&o, "Pid"), 42);
	assert_true(obj_u64(&o, "Most") == UINT64_C(9007199254740991));
	assert_int_equal(obj_u64_or(&o, "Nope", 7), 7);
	assert_int_equal(obj_i64_or(&o, "Neg", 0), -5);
	assert_true(obj_u64_text(&o, "Bytes") == UINT64_MAX);
	assert_true(obj_bool_or(&o, "On", false));
	assert_true(obj_bool_or(&o, "Off", true));
	assert_int_equal(json_count(obj_list_or(&o, "List")), 2);
	assert_null(obj_list_or(&o, "Nil"));
	assert_string_equal(obj_text(&in, "Status"), "running");
	assert_string_equal(obj_text_or(&none, "x", "default"), "default");
	assert_int_equal(obj_u64_or(&nil, "x", 3), 3);
	assert_int_equal(obj_end(&o), 0);
}

enum ask { TEXT, U64, I64, U64_TEXT, BOOL, LIST, OBJECT, OBJECT_OR };

static void ask(struct obj *o, enum ask what, const char *key)
{
	switch (what) {
	case TEXT:
		assert_string_equal(obj_text(o, key), "");
		break;
	case U64:
		assert_int_equal(obj_u64(o, key), 0);
		break;
	case I64:
		assert_int_equal(obj_i64_or(o, key, 1), 1);
		break;
	case U64_TEXT:
		assert_int_equal(obj_u64_text(o, key), 0);
		break;
	case BOOL:
		assert_false(obj_bool_or(o, key, false));
		break;
	case LIST:
		assert_null(obj_list_or(o, key));
		break;
	case OBJECT:
		(void)obj_in(o, key);
		break;
	case OBJECT_OR:
		(void)obj_in_or(o, key);
		break;
	}
}

static void test_reader_refuses(void **state)
{
	static const struct {
		enum ask what;
		const char *key, *text;
	} want[] = {
		{ TEXT, "Nope", "container: 'Nope' is missing" },
		{ TEXT, "Nil", "container: 'Nil' is missing" },
		{ TEXT, "Pid", "container: 'Pid' is not a string" },
		{ U64, "Neg", "container: 'Neg' is not a whole number that can be told exactly" },
		{ U64, "Half", "container: 'Half' is not a whole number that can be told exactly" },
		{ U64, "Big", "container: 'Big' is not a whole number that can be told exactly" },
		{ U64, "Id", "container: 'Id' is not a whole number that can be told exactly" },
		{ I64, "Half", "container: 'Half' is not a whole number that can be told exactly" },
		{ U64_TEXT, "Id", "container: 'Id' is not a whole number in a string" },
		{ U64_TEXT, "Pid", "container: 'Pid' is not a string" },
		{ BOOL, "Pid", "container: 'Pid' is neither true nor false" },
		{ LIST, "State", "container: 'State' is not a list" },
		{ OBJECT, "Nope", "container: 'Nope' is missing" },
		{ OBJECT, "List", "container: 'List' is not an object" },
		{ OBJECT_OR, "Id", "container: 'Id' is not an object" },
	};
	AUTO(json_freep) struct cJSON *doc = sample();

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct err e = { 0 };
		struct obj o = obj_begin(doc, "container", &e);

		ask(&o, want[i].what, want[i].key);
		assert_int_equal(obj_end(&o), -1);
		assert_string_equal(e.text, want[i].text);
		assert_int_equal(e.kind, ERR_FORMAT);
		/* From here on everything is empty and the first reason stays. */
		assert_string_equal(obj_text(&o, "Id"), "");
		assert_int_equal(obj_u64(&o, "Pid"), 0);
		(void)obj_in(&o, "Nope2");
		assert_string_equal(e.text, want[i].text);
	}
}

static void test_reader_inside(void **state)
{
	AUTO(json_freep) struct cJSON *doc = sample();
	struct err e = { 0 };
	struct obj o = obj_begin(doc, "container", &e), in = obj_in(&o, "State");
	struct obj other = obj_begin(json_first(doc), "answer", &e);

	(void)state;
	assert_int_equal(obj_end(&other), -1);
	assert_string_equal(e.text, "answer: not a JSON object");
	assert_int_equal(obj_u64(&in, "Pid"), 0);
	assert_string_equal(e.text, "container: 'Pid' in 'State' is missing");
	assert_int_equal(obj_end(&in), -1);
	assert_int_equal(obj_end(&o), -1);
}

static void test_walk(void **state)
{
	AUTO(json_freep) struct cJSON *doc = sample();
	const struct cJSON *list = json_member(doc, "List");
	size_t count = 0;

	(void)state;
	for (const struct cJSON *c = json_first(doc); c; c = json_next(c))
		count += json_key(c) != NULL;
	assert_int_equal(count, json_count(doc));
	assert_true(json_is_object(doc) && json_is_list(list));
	assert_null(json_text(json_first(list)));
	assert_string_equal(json_text(json_next(json_first(list))), "x");
	assert_null(json_member(list, "x"));
	assert_null(json_member(NULL, "x"));
	assert_null(json_first(NULL));
	assert_int_equal(json_count(NULL), 0);
}

static void test_bytes(void **state)
{
	static const char text[] = "{\"a\":\"x\",\"b_b64\":\"/w==\",\"nul_b64\":\"AA==\"}";
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(str_release) struct str out = STR_INIT(100);
	struct err e = { 0 };
	struct obj o;

	(void)state;
	doc = json_parse(text, sizeof(text) - 1, &e);
	o = obj_begin(doc, "it", &e);
	assert_true(obj_bytes(&o, "a", &out));
	assert_true(obj_bytes(&o, "b", &out));
	assert_false(obj_bytes(&o, "c", &out));
	assert_string_equal(out.buf, "x\xff");
	assert_int_equal(obj_end(&o), 0);
	assert_false(obj_bytes(&o, "nul", &out));
	assert_int_equal(obj_end(&o), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),           cmocka_unit_test(test_bad),
		cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_where),
		cmocka_unit_test(test_limits),         cmocka_unit_test(test_reader),
		cmocka_unit_test(test_reader_refuses), cmocka_unit_test(test_reader_inside),
		cmocka_unit_test(test_walk),           cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
