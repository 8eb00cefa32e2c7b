/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of layers: found again, refused when it is not what was kept, and never trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/cache.h"
#include "analyze/cache_parts.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/sandbox.h"
#include "lib/base/stop.h"
#include "tests/unit/scratch.h"

#define A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define C "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

static const char layers[] = "impound/layers";

static int setup(void **state)
{
	if (scratch_make(state) < 0)
		return -1;
	return setenv("XDG_CACHE_HOME", scratch_dir, 1);
}

static void keep(struct cache *c, const char *diff_id, const char *text)
{
	const struct cache_entry entry = { .len = strlen(text), .mark = 7 };
	int fd = cache_new(c);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	cache_put(c, fd, diff_id, &entry);
}

static bool has(struct cache *c, const char *diff_id, const char *text)
{
	struct cache_entry entry = { 0 };
	AUTO(fd_closep) int fd = cache_get(c, diff_id, &entry);
	char found[100] = "";

	if (fd < 0)
		return false;
	assert_int_equal(entry.mark, 7);
	assert_true(entry.len < sizeof(found));
	assert_int_equal(pread(fd, found, entry.len, 0), entry.len);
	assert_string_equal(found, text);
	return true;
}

static void test_keeps(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1), *again = NULL, *newer = NULL;
	struct stat st;

	(void)state;
	assert_non_null(c);
	assert_int_equal(fstatat(scratch_fd, layers, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	assert_false(has(c, "sha256:" A, ""));
	keep(c, "sha256:" A, "what was made of a");
	keep(c, "sha256:" B, "");
	assert_true(has(c, "sha256:" A, "what was made of a"));
	assert_true(has(c, "sha256:" B, ""));
	assert_int_equal(fstatat(scratch_fd, "impound/layers/" A, &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	again = cache_open(1);
	assert_true(has(again, "sha256:" A, "what was made of a"));
	/* Of a version that writes something else: made anew. */
	newer = cache_open(2);
	assert_false(has(newer, "sha256:" A, ""));
	keep(newer, "sha256:" A, "the new kind");
	assert_true(has(newer, "sha256:" A, "the new kind"));
	assert_false(has(c, "sha256:" A, ""));
}

/* No byte of an entry can change without its being dropped. */
static void test_checks(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);
	struct stat st;

	(void)state;
	for (off_t at = 0;; at++) {
		AUTO(fd_closep) int fd = -1;
		char byte;

		cache_freep(&c);
		c = cache_open(1);
		(void)unlinkat(scratch_fd, "impound/layers/" A, 0);
		keep(c, "sha256:" A, "text");
		fd = openat(scratch_fd, "impound/layers/" A, O_RDWR);
		assert_true(fd >= 0);
		assert_int_equal(fstat(fd, &st), 0);
		if (at == st.st_size)
			break;
		assert_int_equal(pread(fd, &byte, 1, at), 1);
		byte ^= 1;
		assert_int_equal(pwrite(fd, &byte, 1, at), 1);
		assert_false(has(c, "sha256:" A, ""));
		assert_int_equal(faccessat(scratch_fd, "impound/layers/" A, F_OK, 0), -1);
	}
	for (off_t len = 0; len < st.st_size; len++) {
		cache_freep(&c);
		c = cache_open(1);
		(void)unlinkat(scratch_fd, "impound/layers/" A, 0);
		keep(c, "sha256:" A, "text");
		{
			AUTO(fd_closep) int fd = openat(scratch_fd, "impound/layers/" A, O_RDWR);

			assert_int_equal(ftruncate(fd, len), 0);
		}
		assert_false(has(c, "sha256:" A, ""));
	}
	/* One layer's under another's name. */
	keep(c, "sha256:" A, "text");
	assert_int_equal(renameat(scratch_fd, "impound/layers/" A, scratch_fd, "impound/layers/" B),
			 0);
	assert_false(has(c, "sha256:" B, ""));
}

static void test_names(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);
	static const char *const bad[] = {
		"", A, "sha256:", "sha256:../../x", "sha512:" A, "sha256:" A "0", "sha256:/"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		keep(c, bad[i], "text");
		assert_false(has(c, bad[i], ""));
	}
	/* What lies there as something else is not opened. */
	assert_int_equal(mkfifoat(scratch_fd, "impound/layers/" C, 0600), 0);
	assert_false(has(c, "sha256:" C, ""));
	scratch_write("elsewhere", "text");
	assert_int_equal(symlinkat("../../elsewhere", scratch_fd, "impound/layers/" C), 0);
	assert_false(has(c, "sha256:" C, ""));
	keep(c, "sha256:" C, "text");
	assert_true(has(c, "sha256:" C, "text"));
}

/* A cache that others can write to is none, and nothing fails for want of one. */
static void test_none(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);

	(void)state;
	assert_non_null(c);
	cache_freep(&c);
	assert_int_equal(fchmodat(scratch_fd, layers, 0720, 0), 0);
	assert_null(cache_open(1));
	assert_int_equal(fchmodat(scratch_fd, layers, 0700, 0), 0);
	assert_int_equal(fchmodat(scratch_fd, "impound", 0702, 0), 0);
	assert_null(cache_open(1));
	assert_int_equal(fchmodat(scratch_fd, "impound", 0700, 0), 0);
	assert_int_equal(renameat(scratch_fd, "impound", scratch_fd, "moved"), 0);
	assert_int_equal(symlinkat("moved", scratch_fd, "impound"), 0);
	assert_null(cache_open(1));
	assert_int_equal(unlinkat(scratch_fd, "impound", 0), 0);
	scratch_write("impound", "a file");
	assert_null(cache_open(1));
	assert_int_equal(unlinkat(scratch_fd, "impound", 0), 0);
	assert_int_equal(setenv("XDG_CACHE_HOME", "relative", 1), 0);
	unsetenv("HOME");
	assert_null(cache_open(1));
	assert_int_equal(setenv("XDG_CACHE_HOME", scratch_dir, 1), 0);
	assert_int_equal(cache_new(NULL), -1);
	assert_int_equal(cache_get(NULL, "sha256:" A, &(struct cache_entry){ 0 }), -1);
	cache_put(NULL, 0, "sha256:" A, &(struct cache_entry){ 0 });
	assert_int_equal(cache_dirfd(NULL), -1);
}

struct work {
	struct cache *cache;
	const char *diff_id, *text;
	int status;
	bool is_sandboxed, was_there;
};

static int do_work(void *data, struct err *e)
{
	struct work *w = data;
	int dir = cache_dirfd(w->cache);
	const char *lacks;

	if (w->is_sandboxed && sandbox_enter(SANDBOX_READ, &dir, 1, &lacks, e) < 0)
		return -1;
	if (has(w->cache, w->diff_id, w->text))
		return w->status + 1;
	keep(w->cache, w->diff_id, w->text);
	return w->status < 0 ? err_set(e, ERR_LIMIT, "too much") : w->status;
}

static void test_work(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);
	struct work w = { .cache = c, .diff_id = "sha256:" A, .text = "made in a child" };
	struct err e = { 0 };

	(void)state;
	w.is_sandboxed = true;
	w.status = 3;
	assert_int_equal(cache_work(c, do_work, &w, &e), 3);
	assert_true(has(c, "sha256:" A, "made in a child"));
	/* The next one finds it. */
	cache_freep(&c);
	w.cache = c = cache_open(1);
	assert_int_equal(cache_work(c, do_work, &w, &e), 4);
	/* Failure is passed on as it is; what was whole by then is kept. */
	cache_freep(&c);
	w.cache = c = cache_open(1);
	w.status = -1;
	w.diff_id = "sha256:" B;
	assert_int_equal(cache_work(c, do_work, &w, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_string_equal(e.text, "too much");
	assert_true(has(c, "sha256:" B, "made in a child"));
	w.cache = NULL;
	w.is_sandboxed = false;
}

static int die(void *data, struct err *e)
{
	(void)data;
	(void)e;
	(void)signal(SIGABRT, SIG_DFL);
	abort();
}

/* A child in another's hands: it can say what it likes. */
static int lie(void *data, struct err *e)
{
	struct cache *c = *(struct cache **)data;
	struct cache_word word = { .deed = CACHE_KEEP };

	memset(word.digits, '/', sizeof(word.digits));
	if (file_write(c->report, &word, sizeof(word), e) < 0)
		return -1;
	memcpy(word.digits, "../../../escaped", sizeof("../../../escaped"));
	if (file_write(c->report, &word, sizeof(word), e) < 0)
		return -1;
	word.deed = CACHE_DROP;
	if (file_write(c->report, &word, sizeof(word), e) < 0)
		return -1;
	memcpy(word.digits, C, sizeof(C));
	word.deed = CACHE_KEEP;
	word.file = UINT32_MAX;
	if (file_write(c->report, &word, sizeof(word), e) < 0)
		return -1;
	memset(&word, 0xff, sizeof(word));
	return file_write(c->report, &word, sizeof(word), e) < 0 ||
			       file_write(c->report, &word, 5, e) < 0
		       ? -1
		       : 0;
}

static void test_bad_children(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(cache_work(c, die, NULL, &e), -1);
	assert_non_null(strstr(e.text, "signal 6"));
	scratch_write("escaped", "text");
	assert_int_equal(cache_work(c, lie, &c, &e), 0);
	assert_int_equal(faccessat(scratch_fd, "escaped", F_OK, 0), 0);
	assert_false(has(c, "sha256:" C, ""));
}

struct blocked {
	struct cache *cache;
	int forever[2]; /* nothing is ever written to it */
	int alive[2];   /* has its end when all who have it are gone */
};

static int block(void *data, struct err *e)
{
	struct blocked *b = data;
	AUTO(source_closep) struct source *never = source_of_fd(dup(b->forever[0]));
	pid_t self = getpid();
	char byte;

	if (file_write(b->alive[1], &self, sizeof(self), e) < 0)
		return -1;
	return source_read(never, &byte, 1, e) < 0 ? -1 : 0;
}

/* Ends by SIGNAL to the parent: what its parent says of that. */
static int ended_by(int number)
{
	struct blocked b = { .cache = cache_open(1) };
	struct pollfd end;
	pid_t parent, child;
	int state;

	assert_int_equal(pipe(b.forever), 0);
	assert_int_equal(pipe(b.alive), 0);
	parent = fork();
	if (parent == 0) {
		struct err e = { 0 };

		stop_install();
		_exit(cache_work(b.cache, block, &b, &e) < 0 && e.kind == ERR_STOPPED ? 42 : 1);
	}
	close(b.alive[1]);
	assert_int_equal(read(b.alive[0], &child, sizeof(child)), sizeof(child));
	scratch_wait_asleep(child);
	scratch_wait_asleep(parent);
	assert_int_equal(kill(parent, number), 0);
	assert_int_equal(waitpid(parent, &state, 0), parent);
	/* Nobody is left who could print or write. */
	end = (struct pollfd){ .fd = b.alive[0], .events = POLLIN };
	assert_int_equal(poll(&end, 1, 10000), 1);
	assert_int_equal(read(b.alive[0], &child, sizeof(child)), 0);
	close(b.alive[0]);
	close(b.forever[0]);
	close(b.forever[1]);
	cache_freep(&b.cache);
	return state;
}

static void test_signals(void **state)
{
	int how;

	(void)state;
	how = ended_by(SIGTERM);
	assert_true(WIFEXITED(how));
	assert_int_equal(WEXITSTATUS(how), 42);
	how = ended_by(SIGKILL);
	assert_true(WIFSIGNALED(how));
}

static void test_oldest_go(void **state)
{
	AUTO(cache_freep) struct cache *c = cache_open(1);
	const char *const names[] = { "impound/layers/" A, "impound/layers/" B,
				      "impound/layers/" C };
	struct stat st;

	(void)state;
	for (int i = 0; i < 3; i++) {
		const struct timespec times[2] = { { .tv_sec = 1000 - i }, { .tv_sec = 1000 - i } };

		scratch_write(names[i], "");
		/* Without a block on the disk, but as long as a third of what is allowed and more.
		 */
		{
			AUTO(fd_closep) int fd = openat(scratch_fd, names[i], O_WRONLY);

			assert_int_equal(ftruncate(fd, (off_t)(CACHE_MAX / 5 * 2)), 0);
		}
		assert_int_equal(utimensat(scratch_fd, names[i], times, 0), 0);
	}
	scratch_write("impound/layers/not ours", "");
	cache_trim(c);
	assert_int_equal(fstatat(scratch_fd, names[0], &st, 0), 0);
	assert_int_equal(fstatat(scratch_fd, names[1], &st, 0), 0);
	assert_int_equal(fstatat(scratch_fd, names[2], &st, 0), -1);
	assert_int_equal(fstatat(scratch_fd, "impound/layers/not ours", &st, 0), 0);
	/* To be of use makes young. */
	cache_do(c, &(struct cache_word){ .deed = CACHE_TOUCH, .digits = B });
	assert_int_equal(fstatat(scratch_fd, names[1], &st, 0), 0);
	assert_true(st.st_mtim.tv_sec > 1000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keeps, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_checks, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_names, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_none, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_work, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_bad_children, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_signals, setup, scratch_remove),
		cmocka_unit_test_setup_teardown(test_oldest_go, setup, scratch_remove),
	};

	return cmocka_run_group_tests_name("cache", tests, NULL, NULL);
}
