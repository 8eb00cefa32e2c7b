/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/failing.h"

/* clang-format off */
#define NO_TIME { 0, -1 }
#define UNDATED .atime = NO_TIME, .ctime = NO_TIME
/* clang-format on */

static char name255[256], path_max[TAR_PATH_MAX + 1];

static const struct tar_xattr xattrs[] = {
	{ "security.capability", "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20 },
	{ "user.raw", "\0\n=\xff", 4 },
	{ "user.empty", "", 0 },
};

static const struct tar_extent extents[] = { { 4096, 3 }, { 1 << 20, 2 } };
static const struct tar_extent all_hole = { 5000, 0 };

/* What a container can hold, and what a hostile one would: names are bytes. DATA is what is
 * written. */
static const struct {
	struct tar_entry entry;
	const char *data;
} good[] = {
	{ { .path = ".", .mode = S_IFDIR | 0755, .mtime = { 1, 2 }, UNDATED }, "" },
	{ { .path = "esc\x1b\n\xff",
	    .mode = S_IFREG | 06755,
	    .size = 5,
	    .uid = 99999999,
	    .gid = UINT32_MAX,
	    .mtime = { -2, 500000000 },
	    .atime = { 3, 0 },
	    .ctime = { 4, 123456789 },
	    .xattrs = xattrs,
	    .xattr_count = 3 },
	  "hello" },
	{ { .path = "e\xcc\x81 decomposed",
	    .mode = S_IFLNK | 0777,
	    .link = "\xc3\xa9 / e\xcc\x81",
	    .mtime = { INT64_C(1) << 40, 0 },
	    UNDATED },
	  "" },
	{ { .path = "link",
	    .mode = S_IFREG | 0644,
	    .link = "esc\x1b\n\xff",
	    .is_hardlink = true,
	    .mtime = { 0, 0 },
	    UNDATED },
	  "" },
	{ { .path = name255, .mode = S_IFREG | 0644, .mtime = { 5, 0 }, UNDATED }, "" },
	{ { .path = path_max,
	    .mode = S_IFLNK | 0777,
	    .link = path_max,
	    .mtime = { 5, 0 },
	    UNDATED },
	  "" },
	{ { .path = "d/null",
	    .mode = S_IFCHR | 0666,
	    .rdev_major = 1,
	    .rdev_minor = 3,
	    .mtime = { 5, 0 },
	    UNDATED },
	  "" },
	{ { .path = "d/far",
	    .mode = S_IFBLK | 0600,
	    .rdev_major = 4095,
	    .rdev_minor = 1048575,
	    .mtime = { 5, 0 },
	    UNDATED },
	  "" },
	{ { .path = "fifo", .mode = S_IFIFO | 0600, .mtime = { 5, 0 }, UNDATED }, "" },
	{ { .path = "sparse\xff",
	    .mode = S_IFREG | 0600,
	    .size = 3 << 20,
	    .mtime = { 5, 6 },
	    UNDATED,
	    .extents = extents,
	    .extent_count = 2 },
	  "ABCde" },
	{ { .path = "all hole",
	    .mode = S_IFREG | 0600,
	    .size = 5000,
	    .mtime = { 5, 0 },
	    UNDATED,
	    .extents = &all_hole,
	    .extent_count = 1 },
	  "" },
	{ { .path = "d/", .mode = S_IFDIR | 01777, .mtime = { 5, 0 }, UNDATED }, "" },
};
#define GOOD (sizeof(good) / sizeof(good[0]))

static int setup(void **state)
{
	(void)state;
	memset(name255, 'n', 255);
	for (size_t i = 0; i < TAR_PATH_MAX; i++)
		path_max[i] = i % 250 == 249 ? '/' : '\xfe';
	return 0;
}

static int write_all(struct sink *to, struct err *e)
{
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);

	for (size_t i = 0; i < GOOD; i++)
		if (tar_put(w, &good[i].entry, e) < 0 ||
		    tar_data(w, good[i].data, strlen(good[i].data), e) < 0)
			return -1;
	return tar_writer_finish(w, e);
}

static void write_good(struct str *out)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	struct err e = { 0 };

	if (write_all(to, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(out->len % 512, 0);
}

static void same_time(const struct timespec *a, const struct timespec *b)
{
	assert_int_equal(a->tv_nsec, b->tv_nsec);
	if (a->tv_nsec >= 0)
		assert_true(a->tv_sec == b->tv_sec);
}

static void same_entry(const struct tar_entry *a, const struct tar_entry *b)
{
	size_t len = strlen(b->path) - (S_ISDIR(b->mode) && strlen(b->path) > 1 &&
					b->path[strlen(b->path) - 1] == '/');

	assert_int_equal(strlen(a->path), len);
	assert_memory_equal(a->path, b->path, len);
	assert_int_equal(a->mode, b->mode);
	assert_int_equal(a->is_hardlink, b->is_hardlink);
	assert_int_equal(a->link != NULL, b->link != NULL);
	if (b->link)
		assert_string_equal(a->link, b->link);
	assert_true(a->uid == b->uid && a->gid == b->gid && a->size == b->size);
	assert_int_equal(a->rdev_major, b->rdev_major);
	assert_int_equal(a->rdev_minor, b->rdev_minor);
	same_time(&a->mtime, &b->mtime);
	same_time(&a->atime, &b->atime);
	same_time(&a->ctime, &b->ctime);
	assert_int_equal(a->xattr_count, b->xattr_count);
	for (size_t i = 0; i < a->xattr_count; i++) {
		size_t k = 0;

		while (k < b->xattr_count && strcmp(b->xattrs[k].name, a->xattrs[i].name) != 0)
			k++;
		assert_true(k < b->xattr_count);
		assert_int_equal(a->xattrs[i].len, b->xattrs[k].len);
		assert_memory_equal(a->xattrs[i].value, b->xattrs[k].value, b->xattrs[k].len);
	}
}

/* The file as it should read: holes as zeros. */
static void same_data(struct tar_reader *r, const struct tar_entry *want, const char *data)
{
	AUTO(freep) char *whole = xcalloc(1, want->size + 1), *got = xcalloc(1, want->size + 1);
	struct err e = { 0 };
	size_t at = 0;
	ssize_t n;

	if (!want->extent_count)
		memcpy(whole, data, strlen(data));
	for (size_t i = 0; i < want->extent_count; i++) {
		memcpy(whole + want->extents[i].offset, data, want->extents[i].len);
		data += want->extents[i].len;
	}
	while ((n = tar_read(r, got + at, want->size + 1 - at, &e)) > 0)
		at += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(at, want->size);
	assert_memory_equal(got, whole, want->size);
}

static void read_good(const void *p, size_t len, size_t step)
{
	AUTO(source_closep) struct source *from = slow_source(p, len, step);
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	struct tar_entry got;
	struct err e = { 0 };

	for (size_t i = 0; i < GOOD; i++) {
		if (tar_next(r, &got, &e) != 1)
			fail_msg("%s", e.text);
		same_entry(&got, &good[i].entry);
		same_data(r, &good[i].entry, good[i].data);
	}
	assert_int_equal(tar_next(r, &got, &e), 0);
	assert_int_equal(tar_next(r, &got, &e), 0);
}

/* In every locale the same bytes: a reader that normalized names would change the evidence. */
static void test_round_trip(void **state)
{
	static const char *const locales[] = { "C", "C.UTF-8" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		AUTO(str_release) struct str tar = STR_INIT(1 << 20);

		assert_non_null(setlocale(LC_CTYPE, locales[i]));
		write_good(&tar);
		read_good(tar.buf, tar.len, 777);
		read_good(tar.buf, tar.len, SIZE_MAX);
	}
}

/* Reads to the end, whatever comes: the number of entries, or -1. */
static int walk(struct source *from, struct err *e)
{
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	struct tar_entry n;
	char block[4096];
	int count = 0, more;

	while ((more = tar_next(r, &n, e)) > 0) {
		ssize_t got;

		count++;
		while ((got = tar_read(r, block, sizeof(block), e)) > 0)
			;
		if (got < 0)
			return -1;
	}
	return more < 0 ? -1 : count;
}

/* What "TOOL ARG" makes of IN. */
static void piped(const struct str *in, const char *tool, const char *arg, struct str *out)
{
	AUTO(source_closep) struct source *from = NULL;
	char path[] = "/tmp/t-tar-XXXXXX";
	struct err e = { 0 };
	int ends[2], fd = mkstemp(path), status;
	pid_t pid;

	assert_true(fd >= 0 && unlink(path) == 0);
	assert_int_equal(write(fd, in->buf, in->len), (ssize_t)in->len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		(void)setenv("LC_ALL", "C", 1);
		(void)setenv("TZ", "UTC", 1);
		if (dup2(fd, 0) == 0 && dup2(ends[1], 1) == 1 && dup2(ends[1], 2) == 2)
			(void)execlp(tool, tool, arg, (char *)NULL);
		_exit(127);
	}
	(void)close(ends[1]);
	(void)close(fd);
	from = source_of_fd(ends[0]);
	assert_int_equal(source_slurp(from, out, tool, &e), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_gzip(void **state)
{
	AUTO(str_release)
	struct str tar = STR_INIT(1 << 20), z = STR_INIT(1 << 20), twice = STR_INIT(1 << 20);
	struct err e = { 0 };

	(void)state;
	write_good(&tar);
	piped(&tar, "gzip", "-c", &z);
	read_good(z.buf, z.len, 100);
	piped(&z, "gzip", "-c", &twice);
	{
		AUTO(source_closep) struct source *from = source_of_memory(twice.buf, twice.len);

		assert_int_equal(walk(from, &e), -1);
		assert_int_equal(e.kind, ERR_LIMIT);
	}
	for (size_t n = 0; n < z.len; n += n < 64 || n + 64 > z.len ? 1 : 37) {
		AUTO(source_closep) struct source *from = cut_source(z.buf, n);

		assert_int_equal(walk(from, &e), -1);
	}
	str_adds(&z, "behind");
	{
		AUTO(source_closep) struct source *from = source_of_memory(z.buf, z.len);

		assert_int_equal(walk(from, &e), -1);
	}
}

/* Cut at every byte, also where libarchive would call it an end; and a source that fails there. */
static void test_cut_everywhere(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(1 << 20);

	(void)state;
	write_good(&tar);
	for (size_t n = 0; n < tar.len; n += n % 512 < 3 || n % 512 > 508 ? 1 : 101) {
		AUTO(source_closep) struct source *cut = cut_source(tar.buf, n);
		AUTO(source_closep) struct source *failing = failing_source(tar.buf, tar.len, n);
		struct err e = { 0 }, f = { 0 };

		assert_int_equal(walk(cut, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(walk(failing, &f), -1);
		assert_int_equal(f.sys, EIO);
	}
}

static int walk_str(const struct str *s)
{
	AUTO(source_closep) struct source *from = source_of_memory(s->buf, s->len);
	struct err e = { 0 };

	return walk(from, &e);
}

static void test_ends(void **state)
{
	static const char zeros[10240];
	AUTO(str_release) struct str tar = STR_INIT(1 << 20), other = STR_INIT(1 << 20);

	(void)state;
	write_good(&tar);
	str_add(&tar, zeros, 10240);
	assert_int_equal(walk_str(&tar), GOOD);
	str_addc(&tar, 'x');
	assert_int_equal(walk_str(&tar), -1);
	/* Two archives in one. */
	str_reset(&tar);
	write_good(&tar);
	str_add(&tar, tar.buf, 0);
	write_good(&other);
	str_add(&tar, other.buf, other.len);
	assert_int_equal(walk_str(&tar), -1);
	/* Zeros first. */
	str_reset(&tar);
	str_add(&tar, zeros, 1024);
	assert_int_equal(walk_str(&tar), 0);
	str_add(&tar, other.buf, other.len);
	assert_int_equal(walk_str(&tar), -1);
	str_reset(&tar);
	assert_int_equal(walk_str(&tar), -1);
	str_add(&tar, zeros, 512);
	assert_int_equal(walk_str(&tar), -1);
	str_reset(&tar);
	str_adds(&tar, "{\"message\":\"no such container\"}\n");
	assert_int_equal(walk_str(&tar), -1);
}

/* Wherever the sink breaks, writing fails and stays failed; what lies there is the beginning. */
static void test_sink_breaks(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(1 << 20);

	(void)state;
	write_good(&tar);
	for (size_t n = 0; n < tar.len; n += 13) {
		AUTO(str_release) struct str out = STR_INIT(1 << 20);
		AUTO(sink_closep) struct sink *to = failing_sink(&out, n);
		struct err e = { 0 };

		assert_int_equal(write_all(to, &e), -1);
		assert_int_equal(e.sys, ENOSPC);
		assert_int_equal(out.len, n);
		assert_memory_equal(out.buf, tar.buf, n);
	}
}

static const struct tar_entry five = { .path = "five", .mode = S_IFREG, .size = 5, UNDATED };

static void test_sizes_are_kept(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(1 << 20);
	AUTO(sink_closep) struct sink *to = sink_to_str(&tar);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	uint64_t filled = 0;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(tar_put(w, &five, &e), 0);
	assert_int_equal(tar_data(w, "123456", 6, &e), -1);
	assert_string_equal(e.text, "'five': more bytes than announced");
	assert_int_equal(tar_data(w, "12", 2, &e), 0);
	assert_int_equal(tar_put(w, &five, &e), -1);
	assert_string_equal(e.text, "'five': 3 bytes less than announced");
	assert_int_equal(tar_writer_finish(w, &e), -1);
	assert_int_equal(tar_pad(w, &filled, &e), 0);
	assert_int_equal(filled, 3);
	assert_int_equal(tar_pad(w, &filled, &e), 0);
	assert_int_equal(filled, 0);
	assert_int_equal(tar_writer_finish(w, &e), 0);
	assert_memory_equal(tar.buf + 512, "12\0\0\0\0", 6);
	assert_int_equal(walk_str(&tar), 1);
}

static void test_refuses(void **state)
{
	static const struct tar_extent mess[] = { { 3, 2 }, { 4, 1 } }, beyond = { 4, 2 };
	char too_long[TAR_PATH_MAX + 2];
	struct tar_entry bad[6];
	AUTO(str_release) struct str tar = STR_INIT(1 << 20);
	AUTO(sink_closep) struct sink *to = sink_to_str(&tar);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };

	(void)state;
	memset(too_long, 'x', sizeof(too_long) - 1);
	too_long[sizeof(too_long) - 1] = '\0';
	for (size_t i = 0; i < 6; i++)
		bad[i] = five;
	bad[0].mode = S_IFSOCK;
	bad[1].path = "";
	bad[2].path = too_long;
	bad[3].size = UINT64_MAX;
	bad[4].extents = mess;
	bad[4].extent_count = 2;
	bad[5].extents = &beyond;
	bad[5].extent_count = 1;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(tar_put(w, &bad[i], &e), -1);
	/* And the archive goes on as if they had not been. */
	assert_int_equal(tar.len, 0);
	assert_int_equal(tar_put(w, &five, &e), 0);
	assert_int_equal(tar_data(w, "12345", 5, &e), 0);
	assert_int_equal(tar_writer_finish(w, &e), 0);
	assert_int_equal(walk_str(&tar), 1);
}

/* A stranger's tar must read it too. */
static void test_gnu_tar(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(1 << 20), list = STR_INIT(1 << 20);

	(void)state;
	write_good(&tar);
	piped(&tar, "tar", "tv", &list);
	assert_non_null(strstr(list.buf, "-rwsr-sr-x 99999999/4294967295 5 "));
	assert_non_null(strstr(list.buf, " esc\\033\\n\\377\n"));
	assert_non_null(strstr(list.buf, "e\\314\\201 decomposed -> \\303\\251 / e\\314\\201\n"));
	assert_non_null(strstr(list.buf, " 3145728 1970-01-01 00:00  sparse\\377\n"));
	assert_null(strstr(list.buf, "Skipping"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),     cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_cut_everywhere), cmocka_unit_test(test_ends),
		cmocka_unit_test(test_sink_breaks),    cmocka_unit_test(test_sizes_are_kept),
		cmocka_unit_test(test_refuses),        cmocka_unit_test(test_gnu_tar),
	};

	return cmocka_run_group_tests_name("tar", tests, setup, NULL);
}
