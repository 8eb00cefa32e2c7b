/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/str.h"

static void test_grows(void **state)
{
	AUTO(str_release) struct str s = STR_INIT(1 << 20);
	struct err e = { 0 };

	(void)state;
	assert_string_equal(s.buf, "");
	for (int i = 0; i < 1000; i++)
		str_addf(&s, "%03d,", i);
	assert_int_equal(s.len, 4000);
	assert_memory_equal(s.buf + 3996, "999,", 5);
	assert_int_equal(str_ok(&s, "it", &e), 0);
	str_reset(&s);
	assert_string_equal(s.buf, "");
	str_add(&s, "a\0b", 3);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.buf, "a\0b", 4);
}

/* Exactly the maximum fits; one byte more is dropped whole, and stays reported. */
static void test_maximum(void **state)
{
	AUTO(str_release) struct str s = STR_INIT(4);
	struct err e = { 0 };

	(void)state;
	str_adds(&s, "1234");
	assert_int_equal(str_ok(&s, "it", &e), 0);
	str_addc(&s, '5');
	str_add(&s, "", 0);
	assert_string_equal(s.buf, "1234");
	assert_int_equal(str_ok(&s, "it", &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_string_equal(e.text, "it is larger than 4 bytes");
	str_reset(&s);
	str_addf(&s, "%d", 12345);
	assert_string_equal(s.buf, "");
	assert_true(s.over);
}

static void test_detach(void **state)
{
	struct str s = STR_INIT(10);
	AUTO(freep) char *empty = str_detach(&s), *full = NULL;

	(void)state;
	assert_string_equal(empty, "");
	str_adds(&s, "ab");
	full = str_detach(&s);
	assert_string_equal(full, "ab");
	assert_int_equal(s.cap, 0);
	assert_int_equal(s.max, 10);
	str_release(&s);
}

static void test_room(void **state)
{
	AUTO(str_release) struct str s = STR_INIT(100);
	char *to = str_room(&s, 100);

	(void)state;
	assert_non_null(to);
	memset(to, 'x', 100);
	str_grew(&s, 60);
	assert_int_equal(strlen(s.buf), 60);
	assert_null(str_room(&s, 41));
	assert_true(s.over);
}

static void test_steal(void **state)
{
	char *p = xstrdup("p"), *q = steal(&p);
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC), taken = steal_fd(&fd);

	(void)state;
	assert_null(p);
	assert_string_equal(q, "p");
	freep(&q);
	assert_null(q);
	freep(&q);
	assert_int_equal(fd, -1);
	errno = 77;
	fd_closep(&fd);
	fd_closep(&taken);
	assert_int_equal(errno, 77);
	assert_int_equal(taken, -1);
}

static void test_grow(void **state)
{
	AUTO(freep) uint32_t *items = NULL;
	size_t count = 0, cap = 0;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		grow(items, count, cap);
		items[count++] = i;
	}
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grows),  cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_detach), cmocka_unit_test(test_room),
		cmocka_unit_test(test_steal),  cmocka_unit_test(test_grow),
	};

	return cmocka_run_group_tests_name("str, own", tests, NULL, NULL);
}
