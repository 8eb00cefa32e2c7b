/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/reasons.h"
#include "lib/base/own.h"
#include "lib/base/text.h"

static void one_cause_is_said_once(void **state)
{
	AUTO(reasons_release) struct reasons r = { 0 };
	AUTO(str_release) struct str out = STR_INIT(4096);

	(void)state;
	reasons_add(&r, "logs", "gone");
	reasons_add(&r, "files", "full");
	reasons_add(&r, "log", "gone");
	reasons_add(&r, "logs", "gone");
	reasons_print(&r, &out);
	assert_string_equal(out.buf, "  logs, log\n      gone\n  files\n      full\n");
}

static void foreign_text_is_escaped(void **state)
{
	AUTO(reasons_release) struct reasons r = { 0 };
	AUTO(str_release) struct str out = STR_INIT(4096);

	(void)state;
	reasons_add(&r, "a\nb", "\033[31mred");
	reasons_print(&r, &out);
	assert_null(strchr(out.buf, '\033'));
	assert_non_null(strstr(out.buf, "\\x1b[31mred"));
	assert_null(strstr(out.buf, "a\nb"));
}

static void lines_are_broken_at_spaces(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(4096);
	char text[40 * 11];

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = i % 11 == 10 ? ' ' : 'x';
	text[sizeof(text) - 1] = '\0';
	text_wrap(&out, 6, text);
	for (const char *line = out.buf; *line; line += strcspn(line, "\n") + 1)
		assert_in_range(strcspn(line, "\n"), 1, 79);
	str_reset(&out);
	memset(text, 'y', sizeof(text) - 1);
	/* A word that is too long stays whole, so that it can be copied. */
	text_wrap(&out, 0, text);
	assert_int_equal(out.len, sizeof(text));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cause_is_said_once),
		cmocka_unit_test(foreign_text_is_escaped),
		cmocka_unit_test(lines_are_broken_at_spaces),
	};

	return cmocka_run_group_tests_name("reasons", tests, NULL, NULL);
}
