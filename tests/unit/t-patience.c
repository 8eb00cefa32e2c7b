/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/patience.h"
#include "lib/base/own.h"

static void test_calls(void **state)
{
	AUTO(patience_freep) struct patience *p = patience_new(PATIENCE_MS);
	AUTO(str_release) struct str text = STR_INIT(3);
	AUTO(fd_closep)
	int memory = memfd_create("t", 0), self = open("/proc/self", O_PATH), again = -1;
	char path[40], got[8] = "";
	struct err e = { 0 };
	bool cut;

	(void)state;
	assert_int_equal(write(memory, "abcdef", 6), 6);
	assert_int_equal(patience_pread(p, memory, got, 4, 1, &e), 4);
	assert_string_equal(got, "bcde");
	assert_int_equal(patience_pread(p, memory, got, 4, 6, &e), 0);
	assert_int_equal(patience_seek(p, memory, 0, SEEK_HOLE, &e), 6);
	assert_int_equal(patience_seek(p, memory, 6, SEEK_DATA, &e), -1);
	assert_int_equal(e.sys, ENXIO);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", memory);
	again = patience_open(p, path, O_RDONLY | O_CLOEXEC, &e);
	assert_true(again >= 0);
	assert_int_equal(patience_open(p, "/nowhere", O_RDONLY, &e), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(patience_text(p, self, "comm", &text, &cut, &e), 0);
	assert_int_equal(text.len, 3);
	assert_true(cut);
	assert_int_equal(patience_text(p, self, "nothing", &text, &cut, &e), -1);
}

static int64_t now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Nobody opens the other end of a FIFO: the call comes back late, and after some of them soon. */
static void test_late(void **state)
{
	AUTO(patience_freep) struct patience *p = patience_new(1000);
	char dir[] = "/tmp/t-patience-XXXXXX", path[64];
	struct err e = { 0 };
	int64_t start;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	for (int i = 0; i < PATIENCE_LATER; i++) {
		e = (struct err){ 0 };
		start = now_ms();
		assert_int_equal(patience_open(p, path, O_RDONLY, &e), -1);
		assert_int_equal(e.kind, ERR_LIMIT);
		assert_true(now_ms() - start >= 1000);
	}
	start = now_ms();
	assert_int_equal(patience_open(p, path, O_RDONLY, &e), -1);
	assert_in_range((unsigned long)(now_ms() - start), PATIENCE_LATE_MS, 800);
	/* One that answers is still answered. */
	assert_true(patience_open(p, dir, O_RDONLY | O_DIRECTORY, &e) >= 0);
	/* The calls left behind come back now, and close what they opened. */
	fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	(void)close(fd);
	(void)unlink(path);
	(void)rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
