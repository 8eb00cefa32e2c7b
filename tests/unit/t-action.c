/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "contain/act.h"
#include "contain/action.h"
#include "contain/subject.h"
#include "lib/base/own.h"

static void each_verb_has_its_row(void **state)
{
	(void)state;
	for (enum verb v = 0; v < VERB_COUNT; v++) {
		const struct action *a = action_of(v);

		assert_int_equal(a->verb, v);
		assert_ptr_equal(action_find(a->word), a);
		assert_true(a->what && a->effects && a->back);
	}
	assert_null(action_of(VERB_COUNT));
	assert_null(action_find("explode"));
	assert_null(action_find(""));
}

/* What cannot be taken back destroys or adds; all else has a way back that has one too. */
static void what_is_reversible_has_a_way_back(void **state)
{
	(void)state;
	for (enum verb v = 0; v < VERB_COUNT; v++) {
		const struct action *a = action_of(v), *back = action_of(a->undo);

		assert_int_equal(a->gate == GATE_REVERSIBLE, back != NULL);
		if (!back)
			continue;
		assert_int_equal(back->gate, GATE_REVERSIBLE);
		assert_non_null(strstr(a->back, back->word));
	}
}

static void moments_are_compared_and_not_their_spelling(void **state)
{
	(void)state;
	assert_true(moment_is_same("2026-01-02T03:04:05.5Z", "2026-01-02T04:04:05.500+01:00"));
	assert_true(moment_is_same("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"));
	assert_false(moment_is_same("2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.6Z"));
	assert_false(moment_is_same("2026-01-02T03:04:05Z", NULL));
	assert_true(moment_is_same(NULL, NULL));
	assert_true(moment_is_same("0001-01-01T00:00:00Z", NULL));
	assert_false(moment_is_same("0001-01-01T00:00:00Z", "2026-01-02T03:04:05Z"));
	assert_false(moment_is_same("yesterday", "today"));
}

static void names_of_images_are_checked(void **state)
{
	static const char *const good[] = { "web", "web:1", "impound/web:20260101t000000z",
					    "localhost:5000/a/b:c_d.e-f" };
	static const char *const bad[] = { "",      ":",      "web:",   "Web",   "web:a b",
					   "web\n", "-web:1", "web:-1", "a@b:c", "a;b" };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct err e = { 0 };

		assert_int_equal(commit_check_image(good[i], &e), 0);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };

		assert_int_equal(commit_check_image(bad[i], &e), -1);
		assert_int_equal(e.kind, ERR_USAGE);
	}
}

static void sentences_are_split_at_lines(void **state)
{
	AUTO(sentences_release) struct sentences l = { 0 };
	AUTO(str_release) struct str out = STR_INIT(1024);
	struct jsonw w;

	(void)state;
	sentences_split(&l, "one\n\ntwo\n");
	sentences_add(&l, "%s", "a\xff");
	assert_int_equal(l.count, 3);
	jsonw_init(&w, &out);
	jsonw_object(&w, NULL);
	sentences_json(&l, &w, "l");
	jsonw_end(&w);
	assert_string_equal(out.buf, "{\"l\":[\"one\",\"two\",\"a\\\\xff\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verb_has_its_row),
		cmocka_unit_test(what_is_reversible_has_a_way_back),
		cmocka_unit_test(moments_are_compared_and_not_their_spelling),
		cmocka_unit_test(names_of_images_are_checked),
		cmocka_unit_test(sentences_are_split_at_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
