/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/model/maps.h"

static struct map map_of(const char *line)
{
	struct map m = { 0 };
	struct err e = { 0 };

	assert_int_equal(map_parse(line, strlen(line), &m, &e), 0);
	return m;
}

static void test_map(void **state)
{
	struct map m =
		map_of("55a0a7653000-55a0a7659000 r-xp 00002000 fe:00 247498                     "
		       "/usr/bin/head");

	(void)state;
	assert_int_equal(m.start, 0x55a0a7653000);
	assert_int_equal(m.end, 0x55a0a7659000);
	assert_true(m.is_executable);
	assert_false(m.is_writable);
	assert_false(m.is_shared);
	assert_int_equal(m.offset, 0x2000);
	assert_int_equal(m.major, 0xfe);
	assert_int_equal(m.inode, 247498);
	assert_true(scan_is(&m.path, "/usr/bin/head"));

	m = map_of("7ffd0b7e2000-7ffd0b803000 rw-p 00000000 00:00 0 ");
	assert_int_equal(m.path.len, 0);
	m = map_of("ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  "
		   "[vsyscall]");
	assert_true(scan_is(&m.path, "[vsyscall]"));
	m = map_of("7f00-7f01 rwxs 00000000 00:01 132      /memfd:a b (deleted)");
	assert_true(m.is_shared && m.is_writable && m.is_executable);
	assert_true(scan_is(&m.path, "/memfd:a b (deleted)"));
}

static void test_map_bad(void **state)
{
	static const char whole[] = "1000-2000 r-xp 00002000 fe:00 24";
	struct err e = { 0 };
	struct map m;

	(void)state;
	for (size_t len = 0; len < sizeof(whole) - 3; len++)
		assert_int_equal(map_parse(whole, len, &m, &e), -1);
	assert_int_equal(map_parse(whole, sizeof(whole) - 1, &m, &e), 0);
	assert_int_equal(map_parse("2000-1000 r-xp 0 0:0 0", 22, &m, &e), -1);
	assert_int_equal(map_parse("1-10000000000000000 r-xp 0 0:0 0", 32, &m, &e), -1);
}

static void test_mount(void **state)
{
	static const char line[] =
		"2214 2033 0:171 / / rw,relatime shared:1 master:2 - overlay overlay "
		"rw,lowerdir=/l/A:/l/B,upperdir=/u,workdir=/w";
	struct mount_line m;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mount_parse(line, sizeof(line) - 1, &m, &e), 0);
	assert_int_equal(m.id, 2214);
	assert_int_equal(m.parent, 2033);
	assert_int_equal(m.minor, 171);
	assert_true(scan_is(&m.mount_point, "/"));
	assert_true(scan_is(&m.propagation, "shared:1 master:2"));
	assert_true(scan_is(&m.type, "overlay"));
	assert_true(scan_is(&m.source, "overlay"));
	assert_true(scan_is(&m.super_options, "rw,lowerdir=/l/A:/l/B,upperdir=/u,workdir=/w"));
}

static void test_mount_odd(void **state)
{
	static const char plain[] = "22 27 0:21 / /proc rw - proc proc rw";
	static const char nameless[] = "22 27 0:21 / /x rw - tmpfs  rw,size=1k";
	struct mount_line m;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(mount_parse(plain, sizeof(plain) - 1, &m, &e), 0);
	assert_int_equal(m.propagation.len, 0);
	assert_int_equal(mount_parse(nameless, sizeof(nameless) - 1, &m, &e), 0);
	assert_int_equal(m.source.len, 0);
	assert_true(scan_is(&m.super_options, "rw,size=1k"));
	for (size_t len = 0; len < sizeof(plain) - 4; len++)
		assert_int_equal(mount_parse(plain, len, &m, &e), -1);
}

static void test_deleted(void **state)
{
	struct scan bare, gone = scan_of("/tmp/a (deleted)", 16), here = scan_of("/tmp/a", 6),
			  only = scan_of(" (deleted)", 10);

	(void)state;
	assert_true(path_is_deleted(&gone, &bare));
	assert_true(scan_is(&bare, "/tmp/a"));
	assert_false(path_is_deleted(&here, &bare));
	assert_true(scan_is(&bare, "/tmp/a"));
	assert_false(path_is_deleted(&only, &bare));
}

static void test_unescape(void **state)
{
	AUTO(str_release) struct str all = STR_INIT(100), lf = STR_INIT(100);
	struct scan s = scan_of("a\\040b\\011\\012\\134c\\04", 22);

	(void)state;
	path_unescape(&all, &s);
	assert_string_equal(all.buf, "a b\t\n\\c\\04");
	path_unescape_lf(&lf, &s);
	assert_string_equal(lf.buf, "a\\040b\\011\n\\134c\\04");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map),     cmocka_unit_test(test_map_bad),
		cmocka_unit_test(test_mount),   cmocka_unit_test(test_mount_odd),
		cmocka_unit_test(test_deleted), cmocka_unit_test(test_unescape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
