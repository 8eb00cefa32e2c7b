/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>

#include "lib/base/err.h"
#include "lib/base/status.h"

static void test_set_and_wrap(void **state)
{
	struct err e = { 0 };

	(void)state;
	assert_int_equal(err_set(&e, ERR_FORMAT, "key '%s' twice", "a"), -1);
	assert_int_equal(err_wrap(&e, "line %d", 3), -1);
	assert_string_equal(e.text, "line 3: key 'a' twice");
	assert_int_equal(e.kind, ERR_FORMAT);
}

static void test_sys_keeps_the_number(void **state)
{
	struct err e = { 0 };

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&e, "open '%s'", "x"), -1);
	assert_string_equal(e.text, "open 'x': No such file or directory");
	assert_int_equal(e.sys, ENOENT);
	(void)err_wrap(&e, "bundle");
	assert_int_equal(e.kind, ERR_SYS);
	assert_int_equal(e.sys, ENOENT);
}

/* However long the names are, the reason stays to be read and the text ends. */
static void test_cut(void **state)
{
	char name[2000];
	struct err e = { 0 };

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	errno = EACCES;
	(void)err_sys(&e, "open '%s'", name);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_string_equal(e.text + strlen(e.text) - 19, ": Permission denied");
	(void)err_wrap(&e, "in front");
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_memory_equal(e.text, "in front: open", 14);
	(void)err_wrap(&e, "%s", name);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
}

static void test_status(void **state)
{
	static const struct {
		enum err_kind kind;
		int sys, status;
	} want[] = {
		{ ERR_NONE, 0, 0 },      { ERR_USAGE, 0, 2 },     { ERR_SYS, EIO, 1 },
		{ ERR_ENGINE, 500, 1 },  { ERR_FORMAT, 0, 6 },    { ERR_LIMIT, 0, 6 },
		{ ERR_INTEGRITY, 0, 4 }, { ERR_ABSENT, 404, 8 },  { ERR_STOPPED, 15, 143 },
		{ ERR_UNSEALED, 0, 7 },  { ERR_UNTRUSTED, 0, 5 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct err e = { .kind = want[i].kind, .sys = want[i].sys };

		assert_int_equal(err_status(&e), want[i].status);
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_string_equal(status_word(0), "done");
	assert_string_equal(status_word(4), "tampered");
	assert_string_equal(status_word(143), "signal");
	assert_string_equal(status_word(77), "failed");
}

/* verify exits by the first of 2, 8, 4, 6, 7, 1, 5, 0. */
static void test_worse(void **state)
{
	static const int order[] = { 2, 8, 4, 6, 7, 1, 5, 9, 3, 0 };
	const size_t count = sizeof(order) / sizeof(order[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(status_worse(order[i], 130), 130);
		for (size_t j = i; j < count; j++) {
			assert_int_equal(status_worse(order[i], order[j]), order[i]);
			assert_int_equal(status_worse(order[j], order[i]), order[i]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_and_wrap), cmocka_unit_test(test_sys_keeps_the_number),
		cmocka_unit_test(test_cut),          cmocka_unit_test(test_status),
		cmocka_unit_test(test_words),        cmocka_unit_test(test_worse),
	};

	return cmocka_run_group_tests_name("err, status", tests, NULL, NULL);
}
