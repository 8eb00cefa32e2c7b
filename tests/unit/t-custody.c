/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/bundle/custody.h"

/* Stands before libc's. */
static bool no_sync;

int fdatasync(int fd)
{
	if (no_sync) {
		errno = ENOSPC;
		return -1;
	}
	return (int)syscall(SYS_fdatasync, fd);
}

/* Three lines as they are written. */
static void write_log(struct str *out)
{
	struct custody c;
	struct err e = { 0 };
	int fd = memfd_create("custody", MFD_CLOEXEC);

	assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
	custody_init(&c, fd);
	for (int i = 0; i < 3; i++) {
		struct jsonw *w = custody_begin(&c, i ? "warning" : "opened");

		custody_sentence(w, "detail", i == 1 ? "not \xff UTF-8\n" : "fine");
		custody_sentence(w, "empty", "");
		assert_int_equal(custody_commit(&c, &e), 0);
	}
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(file_read(fd, out, "the log", &e), 0);
	assert_int_equal(out->len, c.bytes);
	assert_int_equal(c.seq, 3);
	custody_release(&c);
}

/* How many lines of it are lines, and how many follow. */
static void follow_all(const char *p, size_t len, unsigned *lines, unsigned *following)
{
	struct custody_chain chain;
	const char *end = p + len;

	*lines = *following = 0;
	custody_chain_init(&chain);
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		size_t n = lf ? (size_t)(lf - p) + 1 : (size_t)(end - p);
		AUTO(json_freep) struct cJSON *doc = NULL;
		bool follows = false;
		struct err e = { 0 };

		doc = custody_follow(&chain, p, n, &follows, &e);
		assert_int_equal(doc == NULL, e.kind != ERR_NONE);
		*lines += doc != NULL;
		*following += follows;
		p += n;
	}
}

static void test_round_trip(void **state)
{
	AUTO(str_release) struct str log = STR_INIT(65536);
	unsigned lines, following;

	(void)state;
	write_log(&log);
	assert_memory_equal(log.buf, "{\"seq\":0,\"prev\":\"" CUSTODY_ZERO "\",\"time\":\"", 91);
	assert_non_null(strstr(log.buf, "not \\\\xff UTF-8\\\\n"));
	assert_null(strstr(log.buf, "empty"));
	follow_all(log.buf, log.len, &lines, &following);
	assert_int_equal(lines, 3);
	assert_int_equal(following, 3);
}

/* Whatever byte is changed, some line is none or does not follow; but for the last line, which the
 * seal holds. */
static void test_every_byte(void **state)
{
	AUTO(str_release) struct str log = STR_INIT(65536);
	unsigned lines, following;
	size_t last;

	(void)state;
	write_log(&log);
	last = (size_t)((char *)memrchr(log.buf, '\n', log.len - 1) - log.buf);
	for (size_t i = 0; i < last; i++) {
		log.buf[i] ^= 1;
		follow_all(log.buf, log.len, &lines, &following);
		assert_true(lines < 3 || following < 3);
		log.buf[i] ^= 1;
	}
}

static void test_every_cut(void **state)
{
	AUTO(str_release) struct str log = STR_INIT(65536);
	unsigned lines, following;

	(void)state;
	write_log(&log);
	for (size_t i = 0; i < log.len; i++) {
		follow_all(log.buf, i, &lines, &following);
		assert_int_equal(lines, following);
		assert_true(lines < 3);
		assert_true(i == 0 || log.buf[i - 1] == '\n' || lines < 3);
	}
}

/* One line taken out is one fault, not one for each line after it. */
static void test_removed_line(void **state)
{
	AUTO(str_release) struct str log = STR_INIT(65536);
	unsigned lines, following;
	char *second;

	(void)state;
	write_log(&log);
	second = (char *)memchr(log.buf, '\n', log.len) + 1;
	follow_all(second, log.len - (size_t)(second - log.buf), &lines, &following);
	assert_int_equal(lines, 2);
	assert_int_equal(following, 1);
}

static void test_no_lines(void **state)
{
	static const char *const bad[] = {
		"\n",
		"{}\n",
		"[]\n",
		"{\"seq\":0,\"prev\":\"" CUSTODY_ZERO "\",\"time\":\"t\"}\n",
		"{\"seq\":\"0\",\"prev\":\"" CUSTODY_ZERO "\",\"time\":\"t\",\"event\":\"x\"}\n",
		"{\"seq\":0,\"prev\":\"" CUSTODY_ZERO "\",\"time\":\"t\",\"event\":\"x\"} x\n",
		"{\"seq\":0,\"seq\":0,\"prev\":\"" CUSTODY_ZERO
		"\",\"time\":\"t\",\"event\":\"x\"}\n",
	};
	unsigned lines, following;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		follow_all(bad[i], strlen(bad[i]), &lines, &following);
		assert_int_equal(lines, 0);
	}
}

/* A line that would be too long to read again is not written. */
static void test_limit(void **state)
{
	AUTO(freep) char *text = xmalloc(CUSTODY_LINE_MAX + 1);
	AUTO(custody_release) struct custody c;
	struct err e = { 0 };

	(void)state;
	memset(text, 'a', CUSTODY_LINE_MAX);
	text[CUSTODY_LINE_MAX] = '\0';
	custody_init(&c, memfd_create("custody", MFD_CLOEXEC));
	jsonw_text(custody_begin(&c, "warning"), "detail", text);
	assert_int_equal(custody_commit(&c, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_int_equal(c.seq, 0);
	(void)custody_begin(&c, "warning");
	assert_int_equal(custody_commit(&c, &e), 0);
}

/* A line that the disk may not have is not in the log: said once more, or not at all, it stands
 * there once or not at all. */
static void test_not_synced(void **state)
{
	AUTO(custody_release) struct custody c;
	AUTO(str_release) struct str log = STR_INIT(65536);
	struct err e = { 0 };
	unsigned lines, following;

	(void)state;
	custody_init(&c, memfd_create("custody", MFD_CLOEXEC));
	assert_int_equal(fcntl(c.fd, F_SETFL, O_APPEND), 0);
	(void)custody_begin(&c, "opened");
	assert_int_equal(custody_commit(&c, &e), 0);
	no_sync = true;
	(void)custody_begin(&c, "warning");
	assert_int_equal(custody_commit(&c, &e), -1);
	assert_int_equal(e.sys, ENOSPC);
	assert_int_equal(lseek(c.fd, 0, SEEK_END), (off_t)c.bytes);
	no_sync = false;
	assert_int_equal(custody_retry(&c, &e), 0);
	(void)custody_begin(&c, "sealed");
	assert_int_equal(custody_commit(&c, &e), 0);
	assert_int_equal(lseek(c.fd, 0, SEEK_SET), 0);
	assert_int_equal(file_read(c.fd, &log, "the log", &e), 0);
	follow_all(log.buf, log.len, &lines, &following);
	assert_int_equal(lines, 3);
	assert_int_equal(following, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip), cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_every_cut),  cmocka_unit_test(test_removed_line),
		cmocka_unit_test(test_no_lines),   cmocka_unit_test(test_limit),
		cmocka_unit_test(test_not_synced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
