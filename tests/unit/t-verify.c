/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/bundle/verify.h"
#include "lib/bundle/write.h"
#include "tests/unit/scratch.h"

/* Stands before libc's: the read that FAIL_AT counts down to is refused by the disk. */
static int fail_at = -1;

ssize_t read(int fd, void *p, size_t len)
{
	if (fail_at >= 0 && __atomic_fetch_sub(&fail_at, 1, __ATOMIC_RELAXED) == 0) {
		errno = EIO;
		return -1;
	}
	return (ssize_t)syscall(SYS_read, fd, p, len);
}

static void put(struct bundle *b, const char *path)
{
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	struct artifact *a = artifact_begin(b, "files", "a test", path);
	struct err e = { 0 };

	assert_int_equal(sink_write(artifact_sink(a), "hello\n", 6, &e), 0);
	assert_int_equal(artifact_end(a, &whole, &e), 0);
}

/* A sealed bundle; returns its directory. */
static int make(const char *note, struct bundle **b, struct receipt *r)
{
	char *const argv[] = { (char[]){ "impound" }, NULL };
	const struct bundle_meta meta = {
		.container = "web", .note = note, .argv = argv, .argc = 1, .limit = UINT64_MAX
	};
	struct err e = { 0 };
	int fd;

	assert_int_equal(bundle_create(scratch_dir, &meta, b, &e), 0);
	put(*b, "logs/stdout.log");
	put(*b, "logs/stderr.log");
	assert_int_equal(bundle_seal(*b, NULL, r, &e), 0);
	fd = open(bundle_path(*b), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* An error of the disk is no verdict: neither that the bundle is good, nor that somebody did it. */
static void test_every_read(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct receipt receipt;
	AUTO(fd_closep) int dir = make(NULL, &b, &receipt);
	const struct trust none = { 0 };
	const struct verify_options opt = { .trust = &none, .seal = receipt.seal };
	int at = 0;

	(void)state;
	for (bool was_reached = true; was_reached; at++) {
		struct report r;

		report_init(&r);
		fail_at = at;
		verify_bundle(dir, bundle_name(b), &opt, &r);
		was_reached = fail_at < 0;
		fail_at = -1;
		assert_int_equal(r.status, was_reached ? STATUS_FAILED : STATUS_DONE);
		report_release(&r);
	}
	/* Each of the files is read, and then its end is. */
	assert_true(at > 20);
}

/* What fits into the first custody line fits into bag-info.txt, however it has to be escaped: after
 * hours of collecting it is too late to find out that it does not. */
static void test_long_note(void **state)
{
	AUTO(freep) char *note = xcalloc(1, 120001);
	AUTO(bundle_freep) struct bundle *b = NULL;
	AUTO(fd_closep) int dir = -1;
	const struct trust none = { 0 };
	struct receipt receipt;
	struct report r;

	(void)state;
	memset(note, 0xff, 120000);
	dir = make(note, &b, &receipt);
	report_init(&r);
	verify_bundle(dir, bundle_name(b),
		      &(struct verify_options){ .trust = &none, .seal = receipt.seal }, &r);
	assert_int_equal(r.status, STATUS_DONE);
	report_release(&r);
}

/* The worst comes first, and no number of milder findings keeps it out. */
static void test_worst_first(void **state)
{
	struct report r;
	char path[16];

	(void)state;
	report_init(&r);
	for (int i = 0; i < 2 * REPORT_INLINE_MAX; i++)
		report_add(&r, "tree", CHECK_NOTE, NULL, "%d", i);
	report_add(&r, "file", CHECK_TAMPERED, "a", "first");
	report_add(&r, "trust", CHECK_UNTRUSTED, NULL, "nobody");
	report_add(&r, "file", CHECK_TAMPERED, "b", "second");
	assert_int_equal(r.count, REPORT_INLINE_MAX);
	assert_int_equal(r.counts[CHECK_NOTE], 2 * REPORT_INLINE_MAX);
	assert_string_equal(r.items[0].path, "a");
	assert_string_equal(r.items[1].path, "b");
	assert_int_equal(r.items[2].kind, CHECK_UNTRUSTED);
	assert_string_equal(r.items[3].detail, "0");
	assert_int_equal(r.status, STATUS_TAMPERED);
	for (int i = 0; i < 2 * REPORT_INLINE_MAX; i++) {
		(void)snprintf(path, sizeof(path), "%d", i);
		report_add(&r, "file", CHECK_TAMPERED, path, "differs");
	}
	assert_int_equal(r.count, REPORT_INLINE_MAX);
	assert_string_equal(r.items[REPORT_INLINE_MAX - 1].path, "997");
	report_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_every_read, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_long_note, scratch_make, scratch_remove),
		cmocka_unit_test(test_worst_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
