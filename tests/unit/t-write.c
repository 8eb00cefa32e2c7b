/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/base/file.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/str.h"
#include "lib/bundle/seal.h"
#include "lib/bundle/write.h"

/*
 * These stand before libc's: a call that is not meant to fail goes to the kernel as it is. FAIL_AT
 * counts down over all of them, so that a loop can fail every single step in turn.
 */
static int fail_at = -1, fail_with = ENOSPC;
static bool no_noreplace, no_tmpfile, no_fallocate, no_dirsync;

static bool fails(void)
{
	if (fail_at < 0 || fail_at-- > 0)
		return false;
	/* A full disk stays full. */
	fail_at = 0;
	errno = fail_with;
	return true;
}

/* A disk with ROOM bytes left, -1 for the real one; what was set aside comes back when it is
 * closed. */
static int64_t room = -1;
static int aside = -1;

static size_t fit(size_t len)
{
	if (room < 0)
		return len;
	if ((int64_t)len > room)
		len = (size_t)room;
	room -= (int64_t)len;
	return len;
}

int close(int fd)
{
	if (fd == aside && room >= 0) {
		aside = -1;
		room += 4 << 20;
	}
	return (int)syscall(SYS_close, fd);
}

int fsync(int fd)
{
	struct stat st;

	if (no_dirsync && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
	size_t n = fit(len);

	if (len && !n) {
		errno = ENOSPC;
		return -1;
	}
	return fails() ? -1 : (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

ssize_t write(int fd, const void *p, size_t len)
{
	size_t n = fd > 2 ? fit(len) : len;

	if (len && !n) {
		errno = ENOSPC;
		return -1;
	}
	if (fd > 2 && fails())
		return -1;
	return (ssize_t)syscall(SYS_write, fd, p, n);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags)
{
	if (no_noreplace && flags) {
		errno = EINVAL;
		return -1;
	}
	return fails() ? -1 : (int)syscall(SYS_renameat2, from_dir, from, to_dir, to, flags);
}

int posix_fallocate(int fd, off_t at, off_t len)
{
	if (no_fallocate)
		return EOPNOTSUPP;
	if (room >= 0) {
		aside = fd;
		return fit((size_t)len) == (size_t)len ? 0 : ENOSPC;
	}
	return fails() ? errno : syscall(SYS_fallocate, fd, 0, at, len) < 0 ? errno : 0;
}

int openat(int dir, const char *path, int flags, ...)
{
	mode_t mode = 0;

	if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if ((flags & O_CREAT) && fails())
		return -1;
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

/* Runs SCRIPT in the directory WHERE; it must succeed. */
static void shell(const char *where, char *script)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-ec" }, script, NULL };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (chdir(where) == 0)
			execv("/bin/sh", argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

#define OK(call)             (assert_string_equal((call) < 0 ? e.text : "", ""))
#define SHELL(where, script) shell((where), (char[]){ script })

static char parent[] = "/tmp/impound-t-write-XXXXXX", *dir = parent;

static int setup(void **state)
{
	(void)state;
	return mkdtemp(parent) && setenv("TEST_DIR", parent, 1) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	SHELL("/", "rm -rf \"$TEST_DIR\"");
	return 0;
}

static char *const args[] = { (char[]){ "impound" }, NULL };

static void more(struct jsonw *w, void *data)
{
	(void)data;
	jsonw_text(w, "engine", "podman");
}

static struct bundle_meta meta_of(const char *container)
{
	return (struct bundle_meta){
		.container = container,
		.case_id = "case 7\nContact-Name: nobody",
		.operator_name = "J. Doe",
		.argv = args,
		.argc = 1,
		.limit = UINT64_MAX,
		.more = more,
	};
}

static int put(struct bundle *b, const char *path, const void *p, size_t len, struct err *e)
{
	struct artifact *a = artifact_begin(b, "files", "a test", path);
	struct ending how = { .outcome = OUTCOME_WHOLE };
	int failed = len ? sink_write(artifact_sink(a), p, len, e) : 0;

	if (failed) {
		how.outcome = OUTCOME_PARTIAL;
		how.reason = e->text;
	}
	return artifact_end(a, &how, e) < 0 ? -1 : failed;
}

static uint64_t blocks_of(const char *path, off_t *size)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	*size = st.st_size;
	return (uint64_t)st.st_blocks;
}

static void test_whole(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("we\nb/\xff");
	struct ending skipped = { .outcome = OUTCOME_SKIPPED,
				  .by = SKIP_CHOICE,
				  .reason = "not asked for" };
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	OK(bundle_create(dir, &meta, &b, &e));
	assert_non_null(strstr(bundle_path(b), ".partial"));
	assert_memory_equal(bundle_name(b), "we_b__-20", 9);
	OK(put(b, "container/inspect.json", "{}", 2, &e));
	OK(put(b, "logs/stdout.log", "", 0, &e));
	OK(bundle_record(b, "memory", "none", &skipped, &e));
	OK(bundle_action(b, "frozen", "for 1.2 s", &e));
	assert_true(bundle_is_complete(b));
	OK(bundle_seal(b, NULL, &r, &e));
	assert_true(r.complete && r.ephemeral);
	assert_int_equal(r.files, 2);
	assert_int_equal(r.bytes, 2);
	assert_null(strstr(bundle_path(b), ".partial"));
	SHELL(bundle_path(b),
	      "sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt && "
	      "openssl pkeyutl -verify -rawin -pubin -inkey seal/signer.pub.pem -in seal/seal.json "
	      "-sigfile seal/seal.json.sig >/dev/null && test $(find . -type f | wc -l) = 11 && "
	      "test $(grep -c Contact-Name: bag-info.txt) = 2");
}

static void test_holes(void **state)
{
	enum { BLOCK = 64 << 10, LEN = 64 * BLOCK + 17 };
	AUTO(bundle_freep) struct bundle *b = NULL;
	AUTO(freep) char *bytes = xcalloc(1, LEN), *path = NULL;
	struct bundle_meta meta = meta_of("holes");
	struct artifact *a;
	struct ending whole = { .outcome = OUTCOME_WHOLE };
	struct receipt r;
	struct err e = { 0 };
	off_t size;

	(void)state;
	bytes[0] = 'x';
	bytes[20 * BLOCK + 5] = 'y';
	OK(bundle_create(dir, &meta, &b, &e));
	/* As one write, and as writes of an odd size. */
	OK(put(b, "a.bin", bytes, LEN, &e));
	a = artifact_begin(b, "files", "a test", "b.bin");
	for (size_t at = 0; at < LEN; at += 997)
		OK(sink_write(artifact_sink(a), bytes + at, at + 997 > LEN ? LEN - at : 997, &e));
	assert_int_equal(artifact_bytes(a), LEN);
	OK(artifact_end(a, &whole, &e));
	/* Zeros alone, up to the end. */
	OK(put(b, "c.bin", bytes + 21 * BLOCK, 8 * BLOCK, &e));
	OK(bundle_seal(b, NULL, &r, &e));
	path = xasprintf("%s/data/a.bin", bundle_path(b));
	assert_true(blocks_of(path, &size) * 512 <= 4 * BLOCK);
	assert_int_equal(size, LEN);
	freep(&path);
	path = xasprintf("%s/data/b.bin", bundle_path(b));
	assert_true(blocks_of(path, &size) * 512 <= 4 * BLOCK);
	assert_int_equal(size, LEN);
	freep(&path);
	path = xasprintf("%s/data/c.bin", bundle_path(b));
	assert_true(blocks_of(path, &size) * 512 <= BLOCK);
	assert_int_equal(size, 8 * BLOCK);
	SHELL(bundle_path(b),
	      "sha256sum -c --strict --quiet manifest-sha256.txt && cmp data/a.bin data/b.bin");
}

static void test_limit(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("limit");
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	meta.limit = 10;
	OK(bundle_create(dir, &meta, &b, &e));
	OK(put(b, "a", "1234567", 7, &e));
	assert_false(bundle_is_full(b));
	assert_int_equal(put(b, "b", "1234567", 7, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_true(bundle_is_full(b));
	assert_int_equal(put(b, "c", "1", 1, &e), -1);
	assert_false(bundle_is_complete(b));
	OK(bundle_seal(b, NULL, &r, &e));
	assert_false(r.complete);
	assert_int_equal(r.bytes, 10);
	assert_int_equal(r.files, 2);
	SHELL(bundle_path(b),
	      "test \"$(cat data/b)\" = 123 && sha256sum -c --strict --quiet manifest-sha256.txt "
	      "tagmanifest-sha256.txt && grep -q '\"outcome\":\"failed\".*limit\\|nothing more' "
	      "custody.jsonl");
}

/* A lie in the ending is put right: a file stands for whole or partial, none for the rest. */
static void test_endings(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("endings");
	struct ending absent = { .outcome = OUTCOME_ABSENT },
		      partial = { .outcome = OUTCOME_PARTIAL };
	const char *const effects[] = { "access times touched", NULL };
	struct artifact *a;
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	absent.effects = effects;
	OK(bundle_create(dir, &meta, &b, &e));
	a = artifact_begin(b, "x", "s", "has-file");
	OK(sink_write(artifact_sink(a), "1", 1, &e));
	OK(artifact_end(a, &absent, &e));
	a = artifact_begin(b, "x", "s", "has-none");
	OK(artifact_end(a, &partial, &e));
	OK(bundle_seal(b, NULL, &r, &e));
	SHELL(bundle_path(b), "test ! -e data/has-none && grep -q "
			      "'data/has-file\",\"outcome\":\"partial\"' custody.jsonl && "
			      "grep -q '\"outcome\":\"failed\"' custody.jsonl && grep -q "
			      "'effects\":\\[\"access' custody.jsonl");
}

static void test_taken_name(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("taken");
	AUTO(freep) char *final = NULL;
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	OK(bundle_create(dir, &meta, &b, &e));
	OK(put(b, "a", "1", 1, &e));
	final = xasprintf("%s/%s", dir, bundle_name(b));
	assert_int_equal(mkdir(final, 0700), 0);
	assert_int_equal(bundle_seal(b, NULL, &r, &e), -1);
	assert_non_null(strstr(e.text, "taken"));
	assert_int_equal(rmdir(final), 0);
}

/* A file system that has none of what we would like: it works, and the log says so. */
static void test_poor_file_system(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("poor");
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	no_noreplace = no_tmpfile = no_fallocate = no_dirsync = true;
	OK(bundle_create(dir, &meta, &b, &e));
	OK(put(b, "a", "1", 1, &e));
	OK(bundle_seal(b, NULL, &r, &e));
	no_noreplace = no_tmpfile = no_fallocate = no_dirsync = false;
	assert_true(r.complete);
	SHELL(bundle_path(b), "test $(grep -c '\"event\":\"warning\"' custody.jsonl) = 3");
}

static void test_umask(void **state)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("umask");
	struct receipt r;
	struct err e = { 0 };
	mode_t old = umask(0277);

	(void)state;
	OK(bundle_create(dir, &meta, &b, &e));
	OK(put(b, "deep/down/a", "1", 1, &e));
	OK(bundle_seal(b, NULL, &r, &e));
	umask(old);
	SHELL(bundle_path(b), "test -z \"$(find . -type f ! -perm 0600 -o -type d ! -perm 0700)\"");
}

/* The disk fills up in the middle: what came is kept, all of it is written down, and the seal fits.
 */
static void test_sealed_on_a_full_disk(void **state)
{
	enum { LEN = 1 << 20 };
	AUTO(bundle_freep) struct bundle *b = NULL;
	AUTO(freep) char *bytes = xmalloc(LEN), *sentence = xcalloc(1, 2048);
	struct bundle_meta meta = meta_of("full");
	struct ending failed = { .outcome = OUTCOME_FAILED, .reason = "the disk is full" };
	struct receipt r;
	struct err e = { 0 };

	(void)state;
	memset(bytes, 'x', LEN);
	memset(sentence, 'y', 2047);
	room = (4 << 20) + (300 << 10);
	OK(bundle_create(dir, &meta, &b, &e));
	assert_int_equal(put(b, "big", bytes, LEN, &e), -1);
	assert_int_equal(e.sys, ENOSPC);
	assert_true(bundle_is_full(b));
	for (int i = 0; i < 300; i++)
		OK(bundle_warning(b, sentence, &e));
	OK(bundle_record(b, "later", "nothing", &failed, &e));
	OK(bundle_seal(b, NULL, &r, &e));
	room = -1;
	assert_false(r.complete);
	assert_int_equal(r.files, 1);
	assert_true(r.bytes > 200 << 10 && r.bytes < 300 << 10);
	SHELL(bundle_path(b),
	      "sha256sum -c --strict --quiet manifest-sha256.txt tagmanifest-sha256.txt; "
	      "test $(wc -l <custody.jsonl) = 304");
}

/* The order in which a collection would do it; returns whether a sealed bundle came out. */
static bool run_once(struct receipt *r, char **path)
{
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct bundle_meta meta = meta_of("steps");
	struct err e = { 0 };
	bool sealed;

	if (bundle_create(dir, &meta, &b, &e) < 0) {
		assert_int_not_equal(e.kind, ERR_NONE);
		return false;
	}
	(void)put(b, "one/a", "1", 1, &e);
	(void)put(b, "two/b", "22", 2, &e);
	if (bundle_warning(b, "a warning", &e) < 0)
		assert_int_not_equal(e.kind, ERR_NONE);
	sealed = bundle_seal(b, NULL, r, &e) == 0;
	*path = xstrdup(bundle_path(b));
	return sealed;
}

/* Every step fails in turn, and all after it: what is sealed is true, the rest stays .partial. */
static void every_step(int with)
{
	for (int n = 0;; n++) {
		AUTO(freep) char *path = NULL;
		struct receipt r;
		bool sealed;

		assert_true(n < 300);
		fail_at = n;
		fail_with = with;
		sealed = run_once(&r, &path);
		if (fail_at > 0) {
			fail_at = -1;
			assert_true(sealed && r.complete);
			return;
		}
		fail_at = -1;
		/* The last step of all confirms the name; the bundle is sealed by then. */
		if (path && (sealed || !strstr(path, ".partial")))
			SHELL(path, "sha256sum -c --strict --quiet manifest-sha256.txt "
				    "tagmanifest-sha256.txt");
	}
}

static void test_every_step(void **state)
{
	(void)state;
	every_step(ENOSPC);
	every_step(EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),      cmocka_unit_test(test_holes),
		cmocka_unit_test(test_limit),      cmocka_unit_test(test_endings),
		cmocka_unit_test(test_taken_name), cmocka_unit_test(test_poor_file_system),
		cmocka_unit_test(test_umask),      cmocka_unit_test(test_sealed_on_a_full_disk),
		cmocka_unit_test(test_every_step),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
