/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "tests/unit/failing.h"

struct want {
	const char *text;
	bool is_over, is_torn;
	uint64_t length; /* 0: of the text */
};

static void expect(struct source *from, size_t max, const struct want *want, size_t count, int end)
{
	struct lines l;
	struct err e = { 0 };
	const char *line;
	size_t len;

	lines_init(&l, from, max);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(lines_next(&l, &line, &len, &e), 1);
		assert_int_equal(len, strlen(want[i].text));
		assert_memory_equal(line, want[i].text, len);
		assert_int_equal(l.is_over, want[i].is_over);
		assert_int_equal(l.is_torn, want[i].is_torn);
		assert_int_equal(l.number, i + 1);
		assert_int_equal(l.length, want[i].length ? want[i].length : len);
	}
	assert_int_equal(lines_next(&l, &line, &len, &e), end);
	lines_release(&l);
}

static void lines_come_with_their_lf(void **state)
{
	static const char text[] = "one\n\nthree\nlast";
	static const struct want want[] = {
		{ "one\n", false, false, 0 },
		{ "\n", false, false, 0 },
		{ "three\n", false, false, 0 },
		{ "last", false, true, 0 },
	};
	AUTO(source_closep) struct source *s = source_of_memory(text, sizeof(text) - 1);

	(void)state;
	expect(s, 100, want, 4, 0);
}

static void a_line_past_the_limit_is_cut_and_the_next_is_whole(void **state)
{
	static const char text[] = "0123456789\nnext\n";
	static const struct want want[] = {
		{ "01234", true, false, 11 },
		{ "next\n", false, false, 0 },
	};
	AUTO(source_closep) struct source *s = source_of_memory(text, sizeof(text) - 1);

	(void)state;
	expect(s, 5, want, 2, 0);
}

static void a_line_may_lie_across_blocks(void **state)
{
	AUTO(freep) char *text = xcalloc(1, 200004);
	AUTO(freep) char *first = NULL;
	AUTO(source_closep) struct source *s = NULL;
	struct want want[] = { { NULL, false, false, 0 }, { "b\n", false, false, 0 } };

	(void)state;
	memset(text, 'a', 200000);
	memcpy(text + 200000, "\nb\n", 3);
	first = xstrndup(text, 200001);
	want[0].text = first;
	s = source_of_memory(text, 200003);
	expect(s, 300000, want, 2, 0);
}

static void a_source_that_fails_gives_what_came(void **state)
{
	static const char text[] = "whole\npartly";
	static const struct want want[] = {
		{ "whole\n", false, false, 0 },
		{ "part", false, true, 0 },
	};
	AUTO(source_closep) struct source *s = NULL;

	(void)state;
	s = failing_source(text, sizeof(text) - 1, sizeof("whole\npart") - 1);
	expect(s, 100, want, 2, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_with_their_lf),
		cmocka_unit_test(a_line_past_the_limit_is_cut_and_the_next_is_whole),
		cmocka_unit_test(a_line_may_lie_across_blocks),
		cmocka_unit_test(a_source_that_fails_gives_what_came),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
