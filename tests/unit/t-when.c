/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/when.h"

static void shows(const char *text, unsigned digits, const char *want)
{
	char out[WHEN_SIZE];
	struct err e = { 0 };
	struct when w;

	if (when_parse(text, &w, &e) < 0)
		fail_msg("%s: %s", text, e.text);
	when_show(out, &w, digits);
	assert_string_equal(out, want);
}

static void refuses(const char *text)
{
	struct when w = { .digits = 7 };
	struct err e = { 0 };

	assert_int_equal(when_parse(text, &w, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
	assert_int_equal(w.digits, 7);
}

static void test_there_and_back(void **state)
{
	(void)state;
	shows("2026-11-22T05:25:21.388162665Z", 9, "2026-11-22T05:25:21.388162665Z");
	shows("2026-11-22T05:25:21.388962665Z", 3, "2026-11-22T05:25:21.388Z");
	shows("2026-11-22T05:25:21Z", 3, "2026-11-22T05:25:21Z");
	shows("2026-11-22T05:25:21.1Z", 3, "2026-11-22T05:25:21.1Z");
	shows("2026-11-22T05:25:21.5+02:00", 3, "2026-11-22T03:25:21.5Z");
	shows("1969-12-31T23:59:59.250Z", 3, "1969-12-31T23:59:59.250Z");
	shows("9999-12-31T23:59:59Z", 3, "9999-12-31T23:59:59Z");
	shows("0001-01-01T00:00:00Z", 3, "0001-01-01T00:00:00Z");
	/* No date, but a place all the same. */
	shows("0000-12-31T23:59:59Z", 3, "@-62135596801");
	shows("@253402300800.000000001", 9, "@253402300800.000000001");
	shows("@9223372036854775807", 3, "@9223372036854775807");
	shows("@-9223372036854775808.999999999", 3, "@-9223372036854775808.999");
	shows("@0", 3, "1970-01-01T00:00:00Z");
}

static void test_refused(void **state)
{
	(void)state;
	refuses("");
	refuses("@");
	refuses("@-");
	refuses("@1x");
	refuses("@1.5");
	refuses("@1.1234567890");
	refuses("@9223372036854775808");
	refuses("@-9223372036854775809");
	refuses("yesterday");
	refuses("2026-02-30T00:00:00Z");
}

static void test_local(void **state)
{
	char out[WHEN_SIZE];
	struct err e = { 0 };
	struct when w;

	(void)state;
	assert_int_equal(when_parse_local("2023-11-14  22:13:20", 20, &w, &e), 0);
	assert_true(w.is_local);
	when_show(out, &w, 3);
	assert_string_equal(out, "2023-11-14T22:13:20");
	assert_int_equal(when_parse_local("2023-11-14 22:13:20xyz", 19, &w, &e), 0);
	assert_int_equal(when_parse_local("2023-11-14 22:13:20", 18, &w, &e), -1);
	assert_int_equal(when_parse_local("2023-11-14", 10, &w, &e), -1);
	assert_int_equal(when_parse_local("2023-11-14                     ", 31, &w, &e), -1);
	assert_int_equal(when_parse_local("2023-11-14 22\0:13:20", 20, &w, &e), -1);
}

static void test_bounds(void **state)
{
	struct timespec a, b;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(when_parse_bound("2026-01-02", false, &a, &e), 0);
	assert_int_equal(when_parse_bound("2026-01-02", true, &b, &e), 0);
	assert_int_equal(b.tv_sec - a.tv_sec, 86399);
	assert_int_equal(b.tv_nsec, 999999999);
	assert_int_equal(when_parse_bound("2026-01-02T00:00:00Z", true, &b, &e), 0);
	assert_int_equal(when_compare(&a, &b), 0);
	assert_int_equal(when_parse_bound("2026-13-02", true, &b, &e), -1);
	assert_non_null(strstr(e.text, "'2026-13-02'"));
	assert_int_equal(when_parse_bound("today", true, &b, &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_local),
		cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
