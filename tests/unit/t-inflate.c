/* SPDX-License-Identifier: Apache-2.0 */
/* What is behind gzip and zstd; and what is behind neither, passed over unread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/inflate.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"
#include "tests/unit/failing.h"
#include "tests/unit/scratch.h"

/* "hello, hello, hello\n" */
static const unsigned char gzip_hello[] = {
	0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9,
	0xd7, 0x51, 0xc8, 0x40, 0xa2, 0xb8, 0x00, 0xe7, 0x42, 0x6e, 0x52, 0x14, 0x00, 0x00, 0x00,
};
static const unsigned char zstd_raw[] = {
	0x28, 0xb5, 0x2f, 0xfd, 0x20, 0x05, 0x29, 0x00, 0x00, 'h', 'e', 'l', 'l', 'o',
};
static const unsigned char zstd_skippable[] = { 0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3 };

static int inflate(struct source *from, struct str *out, struct err *e)
{
	AUTO(source_closep) struct source *f = inflate_new(from);

	str_reset(out);
	return source_slurp(f, out, "the test", e);
}

static int inflate_bytes(const void *p, size_t len, struct str *out, struct err *e)
{
	AUTO(source_closep) struct source *from = source_of_memory(p, len);

	*e = (struct err){ 0 };
	return inflate(from, out, e);
}

static void test_kinds(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000), two = STR_INIT(1000);
	struct err e = { 0 };

	(void)state;
	assert_string_equal(inflate_kind(gzip_hello, sizeof(gzip_hello)), "gzip");
	assert_string_equal(inflate_kind(zstd_raw, sizeof(zstd_raw)), "zstd");
	assert_null(inflate_kind("{}\n\n", 4));
	assert_null(inflate_kind(zstd_raw, 3));
	assert_int_equal(inflate_bytes(gzip_hello, sizeof(gzip_hello), &out, &e), 0);
	assert_string_equal(out.buf, "hello, hello, hello\n");
	assert_int_equal(inflate_bytes(zstd_raw, sizeof(zstd_raw), &out, &e), 0);
	assert_string_equal(out.buf, "hello");
	assert_int_equal(inflate_bytes("plain bytes", 11, &out, &e), 0);
	assert_string_equal(out.buf, "plain bytes");
	assert_int_equal(inflate_bytes("{", 1, &out, &e), 0);
	assert_string_equal(out.buf, "{");
	assert_int_equal(inflate_bytes("", 0, &out, &e), 0);
	assert_int_equal(out.len, 0);
	/* One stream after another is one, as pigz and the engines write them. */
	for (int i = 0; i < 2; i++)
		str_add(&two, gzip_hello, sizeof(gzip_hello));
	assert_int_equal(inflate_bytes(two.buf, two.len, &out, &e), 0);
	assert_int_equal(out.len, 40);
	str_reset(&two);
	str_add(&two, zstd_raw, sizeof(zstd_raw));
	str_add(&two, zstd_skippable, sizeof(zstd_skippable));
	str_add(&two, zstd_raw, sizeof(zstd_raw));
	assert_int_equal(inflate_bytes(two.buf, two.len, &out, &e), 0);
	assert_string_equal(out.buf, "hellohello");
}

static void refused_when_cut(const void *p, size_t len)
{
	AUTO(str_release) struct str out = STR_INIT(1000);

	for (size_t n = 4; n < len; n++) {
		AUTO(source_closep) struct source *cut = cut_source(p, n);
		AUTO(source_closep) struct source *failing = failing_source(p, len, n);
		struct err e = { 0 };

		assert_int_equal(inflate(cut, &out, &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(inflate(failing, &out, &e), -1);
		assert_int_equal(e.kind, ERR_SYS);
	}
}

static void test_ends(void **state)
{
	AUTO(str_release) struct str out = STR_INIT(1000), more = STR_INIT(1000);
	struct err e = { 0 };

	(void)state;
	refused_when_cut(gzip_hello, sizeof(gzip_hello));
	refused_when_cut(zstd_raw, sizeof(zstd_raw));
	str_add(&more, gzip_hello, sizeof(gzip_hello));
	str_adds(&more, "behind");
	assert_int_equal(inflate_bytes(more.buf, more.len, &out, &e), -1);
	assert_non_null(strstr(e.text, "something after the end"));
	more.buf[10] |= 6; /* a kind of block that there is not */
	assert_int_equal(inflate_bytes(more.buf, sizeof(gzip_hello), &out, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
}

static void add_runs(struct str *z, unsigned count)
{
	static const unsigned char run[] = { 0x02, 0x00, 0x10, 'x' }; /* 131072 times */

	for (unsigned i = 0; i < count; i++)
		str_add(z, run, sizeof(run));
}

static void test_limits(void **state)
{
	static const unsigned char wide[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, (28 - 10) << 3, 1, 0 };
	static const unsigned char fits[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x00, (17 - 10) << 3 };
	static char block[1 << 20];
	AUTO(str_release) struct str out = STR_INIT(1000), z = STR_INIT(1 << 20);
	AUTO(source_closep) struct source *from = NULL, *f = NULL;
	struct err e = { 0 };
	uint64_t got = 0;
	ssize_t n;

	(void)state;
	assert_int_equal(inflate_bytes(wide, sizeof(wide), &out, &e), -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_non_null(strstr(e.text, "2^28"));
	/* Also behind a frame that is modest. */
	str_add(&z, zstd_raw, sizeof(zstd_raw));
	str_add(&z, wide, sizeof(wide));
	assert_int_equal(inflate_bytes(z.buf, z.len, &out, &e), -1);
	assert_non_null(strstr(e.text, "memory"));
	str_reset(&z);
	/* 40 KiB that say they are more than a gigabyte. */
	str_add(&z, fits, sizeof(fits));
	add_runs(&z, 10000);
	from = source_of_memory(z.buf, z.len);
	f = inflate_new(from);
	while ((n = source_read(f, block, sizeof(block), &e)) > 0)
		got += (uint64_t)n;
	assert_int_equal(n, -1);
	assert_int_equal(e.kind, ERR_LIMIT);
	assert_non_null(strstr(e.text, "bomb"));
	assert_in_range(got, INFLATE_GRANTED - sizeof(block), INFLATE_GRANTED);
}

static int put(struct tar_writer *w, const char *path, const char *data, struct err *e)
{
	struct tar_entry n = { .path = path,
			       .mode = S_IFREG | 0644,
			       .size = strlen(data),
			       .atime.tv_nsec = -1,
			       .ctime.tv_nsec = -1 };

	return tar_put(w, &n, e) < 0 ? -1 : tar_data(w, data, n.size, e);
}

static int make_tar(struct str *out, size_t large, struct err *e)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	AUTO(freep) char *big = xcalloc(1, large + 1);

	memset(big, 'B', large);
	if (put(w, "small", "small", e) < 0 ||
	    put(w,
		"name\xff"
		"raw",
		"pax", e) < 0 ||
	    put(w, "big", big, e) < 0 || put(w, "last", "the last", e) < 0)
		return -1;
	return tar_writer_finish(w, e);
}

/* Counts what is really read. */
struct counting {
	struct source source;
	struct source *from;
	uint64_t read;
};

static ssize_t counting_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct counting *c = (struct counting *)s;
	ssize_t n = source_read(c->from, p, len, e);

	c->read += n > 0 ? (uint64_t)n : 0;
	return n;
}

static uint64_t counting_skip(struct source *s, uint64_t len)
{
	return source_skip(((struct counting *)s)->from, len);
}

/* The members' data lie where the walk says, and a large one is not read to get past it. */
static void test_tar_offsets(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(8 << 20);
	AUTO(source_closep) struct source *range = NULL;
	AUTO(tar_reader_freep) struct tar_reader *r = NULL;
	struct counting c = { .source = { .read = counting_read, .skip = counting_skip } };
	static const char *const data[] = { "small", "pax", "BBBBBBBB", "the last" };
	struct err e = { 0 };
	struct tar_entry n;
	unsigned i = 0;
	int fd, got;

	(void)state;
	assert_int_equal(make_tar(&tar, 4 << 20, &e), 0);
	fd = openat(scratch_fd, "tar", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, tar.buf, tar.len), tar.len);
	range = c.from = source_of_range(fd, 0, tar.len);
	r = tar_reader_new(&c.source);
	while ((got = tar_next(r, &n, &e)) > 0) {
		assert_memory_equal(tar.buf + n.offset, data[i], strlen(data[i]));
		assert_false(n.is_sparse);
		i++;
	}
	assert_int_equal(got, 0);
	assert_int_equal(i, 4);
	assert_true(c.read < 2 << 20);
	close(fd);
}

/* A range that the file does not have is an error, not an end; so is a cut behind what is skipped.
 */
static void test_range_ends_early(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(8 << 20), out = STR_INIT(8 << 20);
	struct err e = { 0 };
	int fd;

	(void)state;
	assert_int_equal(make_tar(&tar, 1 << 20, &e), 0);
	fd = openat(scratch_fd, "cut", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_int_equal(write(fd, tar.buf, tar.len), tar.len);
	{
		AUTO(source_closep) struct source *from = source_of_range(fd, 10, tar.len);

		assert_int_equal(source_slurp(from, &out, "the range", &e), -1);
		assert_int_equal(e.kind, ERR_FORMAT);
		assert_int_equal(out.len, tar.len - 10);
	}
	for (size_t len = 512; len < tar.len; len += 512) {
		AUTO(source_closep) struct source *from = source_of_range(fd, 0, len);
		AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
		struct tar_entry n;
		int got;

		while ((got = tar_next(r, &n, &e)) > 0)
			;
		/* Two zero blocks are an end; what the writer adds behind them is not needed. */
		assert_int_equal(got, -1);
		if (len + 512 * 2 >= tar.len)
			break;
	}
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_tar_offsets),
		cmocka_unit_test(test_range_ends_early),
	};

	return cmocka_run_group_tests_name("inflate", tests, scratch_make, scratch_remove);
}
