/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "tests/unit/scratch.h"
#include "tests/unit/telling.h"

static const struct piece files[] = {
	PIECE("filesystem/changes.jsonl",
	      "{\"path\":\".\",\"change\":\"M\",\"type\":\"dir\",\"mode\":\"0755\",\"uid\":0,"
	      "\"gid\":0,"
	      "\"mtime\":\"2026-01-01T00:00:00.000000000Z\",\"differs\":[]}\n"
	      "{\"path\":\"etc/"
	      "motd\",\"change\":\"D\",\"type\":\"file\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
	      "\"size\":\"286\",\"mtime\":\"2000-01-01T00:00:00Z\","
	      "\"whiteout_ctime\":\"2026-01-01T00:00:03.500000000Z\"}\n"
	      "{\"path\":\"bin/"
	      "x\",\"change\":\"A\",\"type\":\"file\",\"mode\":\"4755\",\"uid\":1,\"gid\":2,"
	      "\"size\":\"9007199254740993\",\"mtime\":\"2020-01-01T00:00:00.000000000Z\","
	      "\"atime\":\"2026-01-01T00:00:02.000000000Z\",\"ctime\":\"2026-01-01T00:00:02."
	      "000000000Z\","
	      "\"btime\":\"2026-01-01T00:00:02.000000000Z\",\"inode\":\"77\"}\n"
	      "{\"path\":\"far\",\"change\":\"A\",\"type\":\"file\",\"mtime\":\"@253402300800."
	      "000000000\"}\n"
	      "{\"path\":\"near\",\"change\":\"A\",\"type\":\"file\",\"mtime\":\"@-99999999999."
	      "000000000\"}\n"
	      "{\"path_b64\":\"YW4vb/"
	      "8bW20=\",\"change\":\"M\",\"type\":\"file\",\"differs\":[\"content\"],"
	      "\"ctime\":\"2026-01-01T00:00:01.000000000Z\"}\n"),
	PIECE("filesystem/tmpfs-1.jsonl", "{\"mount\":\"/dev/shm\",\"device\":\"0:1\"}\n"
					  "{\"path\":\".\",\"type\":\"dir\",\"mode\":\"1777\","
					  "\"ctime\":\"2026-01-01T00:00:04.000000000Z\"}\n"
					  "{\"path\":\".x\",\"type\":\"file\",\"mode\":\"0600\","
					  "\"ctime\":\"2026-01-01T00:00:05.000000000Z\"}\n"),
	PIECE("filesystem/rootfs.jsonl", "{\"path\":\"old\",\"type\":\"file\",\"mtime\":\"2001-01-"
					 "01T00:00:00.000000000Z\"}\n"),
	PIECE("volumes/1.jsonl",
	      "{\"mount\":\"/data\",\"type\":\"volume\"}\n"
	      "{\"path\":\"db\",\"type\":\"file\",\"mtime\":\"2002-01-01T00:00:00.000000000Z\"}\n"),
	PIECES_END
};

#define NEAR  "@-99999999999.000        file      m... added /near (---------- 0:0 0 B)\n"
#define X_OLD "2020-01-01T00:00:00.000Z file      m... added /bin/x (-rwsr-xr-x 1:2 8.0 PiB)\n"
#define REST                                                                                       \
	"2026-01-01T00:00:00.000Z file      m... touched / (drwxr-xr-x 0:0)\n"                     \
	"2026-01-01T00:00:01.000Z file      ..c. changed /an/o\\xff\\x1b[m (---------- 0:0 0 B)\n" \
	"2026-01-01T00:00:02.000Z file      .acb added /bin/x (-rwsr-xr-x 1:2 8.0 PiB)\n"          \
	"2026-01-01T00:00:03.500Z file           deleted /etc/motd (-rw-r--r-- 0:0 286 B)\n"       \
	"2026-01-01T00:00:04.000Z file      ..c. /dev/shm (drwxrwxrwt 0:0)\n"                      \
	"2026-01-01T00:00:05.000Z file      ..c. /dev/shm/.x (-rw------- 0:0 0 B)\n"
#define FAR "@253402300800.000        file      m... added /far (---------- 0:0 0 B)\n"

static void test_files(void **state)
{
	(void)state;
	tells(files, NEAR X_OLD REST FAR);
}

static void test_all_files(void **state)
{
	AUTO(view_release) struct view v = { 0 };

	(void)state;
	view_open(&v, files);
	v.t.wants_all = true;
	view_take(&v, EVENT_CUSTODY);
	assert_string_equal(
		v.text.buf, NEAR
		"2001-01-01T00:00:00.000Z file      m... /old (---------- 0:0 0 B)\n"
		"2002-01-01T00:00:00.000Z file      m... /data/db (---------- 0:0 0 B)\n" X_OLD REST
			FAR);
}

static void test_bounds(void **state)
{
	AUTO(view_release) struct view v = { 0 };
	struct err e = { 0 };

	(void)state;
	view_open(&v, files);
	v.t.has_since = v.t.has_until = true;
	assert_int_equal(when_parse_bound("2026-01-01T00:00:03.5Z", false, &v.t.since, &e), 0);
	assert_int_equal(when_parse_bound("2026-01-01T00:00:04Z", true, &v.t.until, &e), 0);
	view_take(&v, EVENT_CUSTODY);
	assert_string_equal(
		v.text.buf,
		"2026-01-01T00:00:03.500Z file           deleted /etc/motd (-rw-r--r-- 0:0 286 B)\n"
		"2026-01-01T00:00:04.000Z file      ..c. /dev/shm (drwxrwxrwt 0:0)\n");
	assert_int_equal(v.t.counts[EVENT_FILE], 2);
}

static void test_bodyfile(void **state)
{
	AUTO(view_release) struct view v = { 0 };
	const struct piece pieces[] = {
		files[0], PIECE("logs/stdout.log", "2026-01-01T00:00:09Z 100% a|b\x1b\n"),
		PIECES_END
	};
	struct err e = { 0 };

	(void)state;
	view_open(&v, pieces);
	v.t.is_one_line = v.t.has_since = true;
	assert_int_equal(when_parse_bound("2026-01-01T00:00:01Z", false, &v.t.since, &e), 0);
	view_take(&v, EVENT_CUSTODY);
	assert_string_equal(
		v.text.buf,
		"0|/an/o\\xff\\x1b[m|0|r/r---------|0|0|0|0|0|1767225601|0\n"
		"0|/bin/x|77|r/rrwsr-xr-x|1|2|9007199254740993|1767225602|0|1767225602|1767225602\n"
		"0|/etc/motd (deleted)|0|r/rrw-r--r--|0|0|286|0|0|1767225603|0\n"
		"0|[log] stdout: 100%25 "
		"a%7Cb\\x1b|0|-/----------|0|0|0|1767225609|1767225609|1767225609|"
		"1767225609\n"
		"0|/far|0|r/r---------|0|0|0|0|253402300800|0|0\n");
}

/* A file that has so many attributes that its row is too long does not hide by that. */
static void test_long_row(void **state)
{
	AUTO(str_release) struct str row = STR_INIT(1 << 20);
	struct piece pieces[] = { { "filesystem/changes.jsonl", NULL, 0 }, PIECES_END };

	(void)state;
	str_adds(
		&row,
		"{\"path\":\"x\",\"change\":\"A\",\"ctime\":\"2026-01-01T00:00:01Z\",\"xattrs\":{");
	for (int i = 0; row.len < TIMELINE_LINE_MAX + 1000; i++)
		str_addf(&row, "%s\"user.%d\":\"AAAA\"", i ? "," : "", i);
	str_adds(&row,
		 "}}\n{\"path\":\"y\",\"change\":\"A\",\"ctime\":\"2026-01-01T00:00:02Z\"}\n");
	pieces[0].text = row.buf;
	tells(pieces, "2026-01-01T00:00:01Z     file      ..c. added /x\n"
		      "2026-01-01T00:00:02Z     file      ..c. added /y\n");
	memset(strstr(row.buf, "xattrs"), 'z', 6);
	tells_damaged(pieces, "2026-01-01T00:00:02Z     file      ..c. added /y\n",
		      "filesystem/changes.jsonl", "line 1: is longer", 1);
}

static void test_damaged_rows(void **state)
{
	const struct piece pieces[] = {
		PIECE("filesystem/changes.jsonl",
		      "{\"path\":\"a\",\"ctime\":\"2026-01-01T00:00:01Z\"}\nnonsense\n[]\n"
		      "{\"path\":\"b\",\"ctime\":\"tomorrow\"}\n{\"path\":\"c\",\"size\":5}\n{"
		      "\"path\":"
		      "7}\n"
		      "{\"path\":\"d\",\"ctime\":\"2026-01-01T00:00:02Z\"}\n{\"path\":\"e\","
		      "\"ctime\":"
		      "\"2026"),
		PIECES_END
	};

	(void)state;
	tells_damaged(pieces,
		      "2026-01-01T00:00:01Z     file      ..c. /a\n"
		      "2026-01-01T00:00:02Z     file      ..c. /d\n",
		      "filesystem/changes.jsonl", "line 2: ", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_files, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_all_files, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_bounds, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_bodyfile, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_long_row, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_damaged_rows, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
