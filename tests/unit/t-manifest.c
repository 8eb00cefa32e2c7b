/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/manifest.h"

#define H "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

struct told {
	size_t count, line;
	const char *why;
};

static void tell(void *data, size_t line, const char *why)
{
	struct told *t = data;

	if (!t->count++) {
		t->line = line;
		t->why = why;
	}
}

static size_t parse(struct manifest *m, const char *bytes, size_t len, struct told *t)
{
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);

	*t = (struct told){ 0 };
	manifest_release(m);
	str_add(&text, bytes, len);
	manifest_parse(m, &text, tell, t);
	return m->count;
}

static void test_round_trip(void **state)
{
	AUTO(manifest_release) struct manifest m, again;
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);
	struct told t;
	struct err e = { 0 };

	(void)state;
	manifest_init(&m);
	manifest_init(&again);
	manifest_add(&m, "data/b", H);
	manifest_add(&m, "data/a/z", H);
	manifest_add(&m, "data/a.x", H);
	assert_int_equal(manifest_text(&m, &text, &e), 0);
	/* By bytes: '.' comes before '/'. */
	assert_string_equal(text.buf, H "  data/a.x\n" H "  data/a/z\n" H "  data/b\n");
	assert_int_equal(parse(&again, text.buf, text.len, &t), 3);
	assert_int_equal(t.count, 0);
	assert_memory_equal(manifest_find(&again, "data/a/z")->sha256, H, 64);
	assert_null(manifest_find(&again, "data/a"));
	assert_int_equal(parse(&again, "", 0, &t), 0);
	assert_int_equal(t.count, 0);
}

static void test_refused(void **state)
{
	static const struct {
		const char *line, *why;
	} bad[] = {
		{ H "  data/a\r\n", "CR LF" },
		{ H "  data/a", "end in LF" },
		{ H " *data/a\n", "two spaces" },
		{ H " data/a\n", "two spaces" },
		{ H "\tdata/a\n", "two spaces" },
		{ H "  \n", "64" },
		{ "\n", "64" },
		{ "# " H "  data/a\n", "64" },
		{ "\\" H "  data/a\n", "64" },
		{ "0" H "  data/a\n", "64" },
		{ "A123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  data/a\n",
		  "64" },
		{ H "  ./data/a\n", "path" },
		{ H "  /data/a\n", "path" },
		{ H "  data/../a\n", "path" },
		{ H "  data//a\n", "path" },
		{ H "  data/a/\n", "path" },
		{ H "  data/.a\n", "path" },
		{ H "  -a\n", "path" },
		{ H "  data/a b\n", "path" },
		{ H "  data/\xc3\xa4\n", "path" },
		{ H "  data/%41\n", "path" },
	};
	AUTO(manifest_release) struct manifest m;
	struct told t;

	(void)state;
	manifest_init(&m);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(&m, bad[i].line, strlen(bad[i].line), &t), 0);
		assert_int_equal(t.count, 1);
		assert_int_equal(t.line, 1);
		assert_non_null(strstr(t.why, bad[i].why));
	}
	assert_int_equal(parse(&m, H "  a\0b\n", 70, &t), 0);
	assert_non_null(strstr(t.why, "NUL"));
}

/* What is wrong is left out and told, the lines around it are read. */
static void test_goes_on(void **state)
{
	static const char text[] = H "  b\n" H "  a\n" H "  b\n" H "  c\nx\n" H "  d\n";
	AUTO(manifest_release) struct manifest m;
	struct told t;

	(void)state;
	manifest_init(&m);
	assert_int_equal(parse(&m, text, sizeof(text) - 1, &t), 3);
	assert_int_equal(t.count, 3);
	assert_int_equal(t.line, 2);
	assert_string_equal(t.why, "is not in order");
}

static void test_paths(void **state)
{
	char longest[BUNDLE_PATH_MAX + 2];

	(void)state;
	assert_true(bundle_path_is_ours("VERIFY.txt"));
	assert_true(bundle_path_is_ours("data/volumes/0.tar"));
	assert_false(bundle_path_is_ours(""));
	assert_false(bundle_path_is_ours(".."));
	assert_false(bundle_path_is_ours("a/../b"));
	assert_false(bundle_path_is_ours("a\n"));
	memset(longest, 'a', sizeof(longest));
	longest[BUNDLE_PATH_MAX + 1] = '\0';
	assert_false(bundle_path_is_ours(longest));
	longest[BUNDLE_PATH_MAX] = '\0';
	assert_true(bundle_path_is_ours(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_goes_on),
		cmocka_unit_test(test_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
