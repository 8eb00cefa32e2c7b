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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/bundle/read.h"
#include "lib/bundle/write.h"
#include "tests/unit/scratch.h"

#define BIG ((size_t)48 << 20)

/* Stands before libc's: at the read that STRIKE_AT counts down to, STRIKE happens. */
static int strike_at = -1;
static int (*strike)(void);
static int reads;

ssize_t read(int fd, void *p, size_t len)
{
	__atomic_fetch_add(&reads, 1, __ATOMIC_RELAXED);
	if (strike_at >= 0 && __atomic_fetch_sub(&strike_at, 1, __ATOMIC_RELAXED) == 0 &&
	    strike() < 0) {
		errno = EIO;
		return -1;
	}
	return (ssize_t)syscall(SYS_read, fd, p, len);
}

static char where[300]; /* the bundle */

static void put(struct bundle *b, const char *path, const char *text)
{
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	struct artifact *a = artifact_begin(b, "files", "a test", path);
	struct err e = { 0 };

	assert_int_equal(sink_write(artifact_sink(a), text, strlen(text), &e), 0);
	assert_int_equal(artifact_end(a, &whole, &e), 0);
}

static void put_big(struct bundle *b, const char *path)
{
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	struct artifact *a = artifact_begin(b, "files", "a test", path);
	AUTO(freep) char *block = xcalloc(1, 1 << 20);
	struct err e = { 0 };

	for (size_t i = 0; i < BIG >> 20; i++)
		assert_int_equal(sink_write(artifact_sink(a), block, 1 << 20, &e), 0);
	assert_int_equal(artifact_end(a, &whole, &e), 0);
}

static void make(bool is_sealed, bool is_big)
{
	char *const argv[] = { (char[]){ "impound" }, NULL };
	const struct bundle_meta meta = {
		.container = "web", .argv = argv, .argc = 1, .limit = UINT64_MAX
	};
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct receipt r;
	struct err e = { 0 };

	assert_int_equal(bundle_create(scratch_dir, &meta, &b, &e), 0);
	put(b, "logs/stdout.log", "hello\n");
	put(b, "logs/stderr.log", "");
	put(b, "volumes/1.jsonl", "{}\n");
	if (is_big)
		put_big(b, "volumes/1.tar");
	if (is_sealed)
		assert_int_equal(bundle_seal(b, NULL, &r, &e), 0);
	(void)snprintf(where, sizeof(where), "%s", bundle_path(b));
}

static char *in_bundle(const char *path)
{
	return xasprintf("%s/%s", where, path);
}

/* Without a trace in size and time of modification. */
static int change(const char *path, const char *text)
{
	AUTO(freep) char *whole = in_bundle(path);
	AUTO(fd_closep) int fd = open(whole, O_WRONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 ||
	    pwrite(fd, text, strlen(text), st.st_size - (off_t)strlen(text)) < 0)
		return -1;
	return futimens(fd, (struct timespec[]){ st.st_atim, st.st_mtim });
}

static int append(const char *path, const char *text)
{
	AUTO(freep) char *whole = in_bundle(path);
	AUTO(fd_closep) int fd = open(whole, O_WRONLY | O_APPEND | O_CLOEXEC);

	return write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

static struct bundle_reader *opened(bool even_if_tampered)
{
	const struct bundle_read_options o = { .even_if_tampered = even_if_tampered };
	struct bundle_reader *b = NULL;
	struct err e = { 0 };

	if (bundle_open(where, &o, &b, &e) < 0)
		fail_msg("%s", e.text);
	return b;
}

static enum err_kind refused(const struct bundle_read_options *o, const char *path)
{
	struct bundle_reader *b = NULL;
	struct err e = { 0 };

	assert_int_equal(bundle_open(path, o, &b, &e), -1);
	assert_null(b);
	assert_non_null(strstr(e.text, path));
	return e.kind;
}

static int slurp(struct bundle_reader *b, const char *path, struct str *out, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;

	if (bundle_source(b, path, &from, e) < 0)
		return -1;
	return source_slurp(from, out, path, e);
}

static int note_path(const char *path, uint64_t size, void *data, struct err *e)
{
	(void)e;
	str_addf(data, "%s %llu,", path, (unsigned long long)size);
	return 0;
}

static int note_event(const struct cJSON *line, void *data, struct err *e)
{
	(void)e;
	str_adds(data, json_text(json_member(line, "event")));
	str_addc(data, ',');
	return 0;
}

static void test_whole(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000);
	AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
	AUTO(source_closep) struct source *none = NULL;
	struct err e = { 0 };
	uint64_t size = 0;

	(void)state;
	make(true, false);
	b = opened(false);
	assert_false(bundle_is_tampered(b));
	assert_false(bundle_report(b)->is_trusted);
	assert_string_equal(json_text(json_member(bundle_opening(b), "container")), "web");
	assert_true(bundle_has(b, "logs/stdout.log", &size));
	assert_int_equal(size, 6);
	assert_false(bundle_has(b, "logs/tty.log", NULL));
	assert_int_equal(bundle_each_path(b, "logs/", note_path, &out, &e), 0);
	assert_string_equal(out.buf, "logs/stderr.log 0,logs/stdout.log 6,");
	str_reset(&out);
	assert_int_equal(bundle_custody_each(b, note_event, &out, &e), 0);
	assert_string_equal(out.buf, "opened,artifact,artifact,artifact,sealed,");
	str_reset(&out);
	assert_int_equal(slurp(b, "logs/stdout.log", &out, &e), 0);
	assert_string_equal(out.buf, "hello\n");
	assert_int_equal(slurp(b, "logs/stderr.log", &out, &e), 0);
	assert_int_equal(bundle_source(b, "logs/tty.log", &none, &e), -1);
	assert_int_equal(e.kind, ERR_ABSENT);
	assert_int_equal(bundle_check(b, &e), 0);
}

static int grow_it(void)
{
	return append("data/logs/stdout.log", "more\n");
}

static int edit(void)
{
	return change("data/logs/stdout.log", "hellO\n");
}

static int cut(void)
{
	AUTO(freep) char *path = in_bundle("data/logs/stdout.log");

	return truncate(path, 3);
}

static int swap(void)
{
	AUTO(freep) char *path = in_bundle("data/logs/stdout.log");
	AUTO(freep) char *other = xasprintf("%s/other", scratch_dir);

	scratch_write("other", "hellO\n");
	return rename(other, path);
}

static int take_away(void)
{
	AUTO(freep) char *path = in_bundle("data/logs/stdout.log");

	return unlink(path);
}

static int link_away(void)
{
	AUTO(freep) char *path = in_bundle("data/logs/stdout.log");

	return unlink(path) < 0 ? -1 : symlink("/etc/passwd", path);
}

static int (*const attacks[])(void) = { grow_it, edit, cut, swap, take_away, link_away };
#define ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

/* Between verifying and reading: the reading says so, and so does the check at the end. */
static void test_changed_meanwhile(void **state)
{
	(void)state;
	for (size_t i = 0; i < ATTACKS; i++) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
		struct err e = { 0 };

		make(true, false);
		b = opened(false);
		assert_int_equal(attacks[i](), 0);
		assert_int_equal(slurp(b, "logs/stdout.log", &out, &e), -1);
		assert_int_equal(e.kind, ERR_INTEGRITY);
		e = (struct err){ 0 };
		assert_int_equal(slurp(b, "volumes/1.jsonl", &out, &e), 0);
		assert_int_equal(bundle_check(b, &e), -1);
		assert_int_equal(e.kind, ERR_INTEGRITY);
		assert_non_null(strstr(e.text, "data/logs/stdout.log"));
	}
}

/* While it is read: what was given out already was not all of it. */
static void test_changed_under_the_reader(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
		struct source *from = NULL;
		struct err e = { 0 };
		char first;

		make(true, false);
		b = opened(false);
		assert_int_equal(bundle_source(b, "logs/stdout.log", &from, &e), 0);
		assert_int_equal(source_read(from, &first, 1, &e), 1);
		assert_int_equal(bundle_check(b, &e), 0);
		assert_int_equal(attacks[i](), 0);
		source_closep(&from);
		assert_int_equal(bundle_check(b, &e), -1);
		assert_int_equal(e.kind, ERR_INTEGRITY);
	}
}

static void test_closed_early(void **state)
{
	AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
	struct source *from = NULL;
	struct err e = { 0 };

	(void)state;
	make(true, false);
	b = opened(false);
	assert_int_equal(bundle_source(b, "logs/stdout.log", &from, &e), 0);
	source_closep(&from);
	assert_int_equal(bundle_check(b, &e), 0);
}

static void test_by_position(void **state)
{
	(void)state;
	for (size_t i = 0; i <= 3; i++) {
		AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
		AUTO(fd_closep) int fd = -1;
		struct err e = { 0 };
		char at;

		make(true, false);
		b = opened(false);
		fd = bundle_file(b, "logs/stdout.log", &e);
		assert_true(fd >= 0);
		assert_int_equal(pread(fd, &at, 1, 4), 1);
		assert_int_equal(at, 'o');
		if (i < 3)
			assert_int_equal(attacks[i](), 0);
		assert_int_equal(bundle_check(b, &e), i < 3 ? -1 : 0);
		assert_int_equal(e.kind, i < 3 ? ERR_INTEGRITY : ERR_NONE);
		/* And it goes on saying so. */
		assert_int_equal(bundle_check(b, &e), i < 3 ? -1 : 0);
	}
}

/* Whenever it happens: what was sealed comes out, or nothing does. */
static void test_at_every_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		bool was_reached = true;
		int at = 0;

		for (; was_reached; at++) {
			AUTO(str_release) struct str out = STR_INIT(1000);
			AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
			const struct bundle_read_options o = { 0 };
			struct err e = { 0 };

			make(true, false);
			strike = attacks[i];
			strike_at = at;
			if (bundle_open(where, &o, &b, &e) == 0 &&
			    slurp(b, "logs/stdout.log", &out, &e) == 0 && bundle_check(b, &e) == 0)
				assert_string_equal(out.buf, "hello\n");
			else
				assert_true(e.kind == ERR_INTEGRITY || e.kind == ERR_SYS);
			was_reached = strike_at < 0;
			strike_at = -1;
		}
		assert_true(at > 20);
	}
}

static int refuse_read(void)
{
	return -1;
}

/* A sick disk is a failure, and never taken for tampering. */
static void test_every_read_fails(void **state)
{
	bool was_reached = true;
	int at = 0;

	(void)state;
	make(true, false);
	for (; was_reached; at++) {
		AUTO(str_release) struct str out = STR_INIT(1000);
		AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
		const struct bundle_read_options o = { 0 };
		struct err e = { 0 };
		int result;

		strike = refuse_read;
		strike_at = at;
		result = bundle_open(where, &o, &b, &e) < 0 ||
			 slurp(b, "logs/stdout.log", &out, &e) < 0 || bundle_check(b, &e) < 0;
		was_reached = strike_at < 0;
		strike_at = -1;
		assert_int_equal(result, was_reached);
		assert_int_equal(e.kind, was_reached ? ERR_SYS : ERR_NONE);
	}
	assert_true(at > 20);
}

static int enter_and_fail(int dirfd, void *data, struct err *e)
{
	struct stat st;

	assert_int_equal(fstat(dirfd, &st), 0);
	*(int *)data = reads;
	return err_set(e, ERR_SYS, "no sandbox");
}

static void test_enter(void **state)
{
	int seen = -1;
	const struct bundle_read_options o = { .enter = enter_and_fail, .enter_data = &seen };

	(void)state;
	make(true, false);
	reads = 0;
	assert_int_equal(refused(&o, where), ERR_SYS);
	assert_int_equal(seen, 0);
	assert_int_equal(reads, 0);
}

static void test_refused(void **state)
{
	const struct bundle_read_options plain = { 0 }, trusting = { .only_trusted = true },
					 even = { .even_if_tampered = true };
	AUTO(freep) char *file = NULL;

	(void)state;
	make(true, false);
	file = in_bundle("bagit.txt");
	assert_int_equal(refused(&trusting, where), ERR_UNTRUSTED);
	assert_int_equal(refused(&plain, file), ERR_FORMAT);
	assert_int_equal(refused(&plain, scratch_dir), ERR_FORMAT);
	assert_int_equal(refused(&even, scratch_dir), ERR_FORMAT);
	assert_int_equal(refused(&even, "/nonexistent"), ERR_ABSENT);
	assert_int_equal(edit(), 0);
	assert_int_equal(refused(&plain, where), ERR_INTEGRITY);
	make(false, false);
	assert_int_equal(refused(&plain, where), ERR_UNSEALED);
}

static void test_even_if_tampered(void **state)
{
	AUTO(freep) char *manifest = NULL, *custody = NULL;

	(void)state;
	for (int i = 0; i < 4; i++) {
		AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
		AUTO(str_release) struct str out = STR_INIT(1000), paths = STR_INIT(1000);
		struct err e = { 0 };

		make(i != 3, false);
		freep(&manifest);
		freep(&custody);
		manifest = in_bundle("manifest-sha256.txt");
		custody = in_bundle("custody.jsonl");
		if (i == 0)
			assert_int_equal(edit(), 0);
		if (i == 1)
			assert_int_equal(unlink(manifest), 0);
		if (i == 2)
			assert_int_equal(unlink(custody), 0);
		b = opened(true);
		assert_true(bundle_is_tampered(b));
		assert_int_equal(bundle_opening(b) != NULL, i != 2);
		assert_int_equal(slurp(b, "logs/stdout.log", &out, &e), 0);
		assert_string_equal(out.buf, i ? "hello\n" : "hellO\n");
		assert_int_equal(bundle_each_path(b, "", note_path, &paths, &e), 0);
		assert_string_equal(paths.buf,
				    "logs/stderr.log 0,logs/stdout.log 6,volumes/1.jsonl 3,");
		assert_int_equal(bundle_check(b, &e), 0);
	}
}

static void test_flat(void **state)
{
	AUTO(bundle_reader_freep) struct bundle_reader *b = NULL;
	AUTO(source_closep) struct source *from = NULL;
	AUTO(freep) char *block = xmalloc(1 << 16);
	struct rusage before, after;
	struct err e = { 0 };
	size_t all = 0;
	ssize_t n;

	(void)state;
	make(true, true);
	assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
	b = opened(false);
	assert_int_equal(bundle_source(b, "volumes/1.tar", &from, &e), 0);
	while ((n = source_read(from, block, 1 << 16, &e)) > 0)
		all += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(all, BIG);
	assert_int_equal(bundle_check(b, &e), 0);
	assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
	assert_true(after.ru_maxrss - before.ru_maxrss < 16 << 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_changed_meanwhile, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_changed_under_the_reader, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_closed_early, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_by_position, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_at_every_read, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_every_read_fails, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_enter, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_refused, scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(test_even_if_tampered, scratch_make,
						scratch_remove),
		cmocka_unit_test_setup_teardown(test_flat, scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
