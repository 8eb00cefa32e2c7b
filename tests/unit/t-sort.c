/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyze/sort.h"
#include "lib/base/own.h"
#include "tests/unit/scratch.h"

/* Stands before libc's: writes go on until the disk is full. */
static long disk_left = -1;

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
	if (disk_left >= 0 && (disk_left -= (long)len) < 0) {
		disk_left = 0;
		errno = ENOSPC;
		return -1;
	}
	return (ssize_t)syscall(SYS_pwrite64, fd, p, len, at);
}

/* A record: a key in big-endian, its number among all, then filling. */
struct record {
	unsigned char key[4];
	uint32_t number;
	char filling[SORT_RECORD_MAX - 8];
};

static int by_key(const void *a, size_t a_len, const void *b, size_t b_len)
{
	assert_true(a_len >= 8 && b_len >= 8);
	return memcmp(a, b, 4);
}

static uint32_t seed;

static uint32_t any(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static struct record *record_of(uint32_t number, uint32_t keys, size_t longest, size_t *len)
{
	static struct record r;
	uint32_t key = any() % keys;

	for (int i = 0; i < 4; i++)
		r.key[i] = (unsigned char)(key >> (24 - 8 * i));
	r.number = number;
	*len = 8 + (longest > 8 ? any() % (longest - 8) : 0);
	memset(r.filling, (int)(number & 0xff), *len - 8);
	return &r;
}

/* Sorted by key, those of one key as they came, each once and whole. */
static void check(struct sort *s, uint32_t count, bool *seen)
{
	unsigned char before[4] = { 0 };
	uint32_t number = 0, got = 0;
	struct err e = { 0 };
	const void *p;
	size_t len;
	int more;

	while ((more = sort_next(s, &p, &len, &e)) > 0) {
		static struct record r;
		int order;

		memcpy(&r, p, len);
		order = memcmp(before, r.key, 4);
		assert_true(order <= 0);
		if (order == 0 && got)
			assert_true(number < r.number);
		assert_true(r.number < count && !seen[r.number]);
		seen[r.number] = true;
		for (size_t i = 0; i < len - 8; i += 997)
			assert_int_equal((unsigned char)r.filling[i], r.number & 0xff);
		memcpy(before, r.key, 4);
		number = r.number;
		got++;
	}
	assert_int_equal(more, 0);
	assert_int_equal(got, count);
	assert_int_equal(sort_count(s), count);
}

static void run(size_t memory, uint32_t count, uint32_t keys, size_t longest)
{
	AUTO(sort_freep) struct sort *s = NULL;
	AUTO(freep) bool *seen = xcalloc(count + 1, sizeof(*seen));
	struct err e = { 0 };

	assert_int_equal(sort_new(by_key, memory, &s, &e), 0);
	for (uint32_t i = 0; i < count; i++) {
		size_t len;
		const struct record *r = record_of(i, keys, longest, &len);

		assert_int_equal(sort_add(s, r, len, &e), 0);
	}
	assert_int_equal(sort_finish(s, &e), 0);
	check(s, count, seen);
}

static void test_in_memory(void **state)
{
	(void)state;
	run(0, 0, 1, 8);
	run(0, 1, 1, 8);
	run(0, 1000, 1, 8);
	run(0, 1000, 100, 100);
}

/* From two runs to more than can be merged at once: fifteen windows of 64 KiB, seven of the
 * longest. */
static void test_spilled(void **state)
{
	(void)state;
	run(0, 100000, 5000, 16);
	run(0, 100000, 1, 40);
	run(0, 400000, 1000000, 120);
	run(0, 900, 100, SORT_RECORD_MAX);
	run((size_t)4 << 20, 200000, 1000000, 120);
}

static void test_limit(void **state)
{
	AUTO(sort_freep) struct sort *s = NULL;
	static char too_long[SORT_RECORD_MAX + 1];
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sort_new(by_key, 0, &s, &e), 0);
	assert_int_equal(sort_add(s, too_long, SORT_RECORD_MAX, &e), 0);
	assert_int_equal(sort_add(s, too_long, sizeof(too_long), &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
}

/* Wherever the disk is full, it is said: nothing is missing in silence. */
static void test_full_disk(void **state)
{
	long room = 0;
	bool is_whole = false;

	(void)state;
	for (; !is_whole; room += 300000) {
		AUTO(sort_freep) struct sort *s = NULL;
		AUTO(freep) bool *seen = xcalloc(40000, sizeof(*seen));
		struct err e = { 0 };
		int result = sort_new(by_key, 0, &s, &e);

		disk_left = room;
		for (uint32_t i = 0; result == 0 && i < 40000; i++) {
			size_t len;
			const struct record *r = record_of(i, 100, 120, &len);

			result = sort_add(s, r, len, &e);
		}
		if (result == 0)
			result = sort_finish(s, &e);
		is_whole = result == 0;
		if (is_whole)
			check(s, 40000, seen);
		else
			assert_int_equal(e.sys, ENOSPC);
	}
	disk_left = -1;
	assert_true(room > 600000);
}

static void test_nowhere(void **state)
{
	AUTO(sort_freep) struct sort *s = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/nonexistent", 1), 0);
	assert_int_equal(sort_new(by_key, 0, &s, &e), -1);
	assert_int_equal(e.sys, ENOENT);
	assert_int_equal(setenv("TMPDIR", scratch_dir, 1), 0);
	assert_int_equal(sort_new(by_key, 0, &s, &e), 0);
	assert_int_equal(unsetenv("TMPDIR"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_memory),
		cmocka_unit_test(test_spilled),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test_setup_teardown(test_nowhere, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
