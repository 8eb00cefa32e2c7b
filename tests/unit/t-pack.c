/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/pack.h"
#include "collect/ring.h"
#include "collect/walk.h"
#include "lib/base/json.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"
#include "tests/unit/failing.h"
#include "tests/unit/scratch.h"

#define OUT_MAX ((size_t)256 << 20)

/* Something that happens to the tree when the walk has reached PATH and before it is read. */
static struct {
	const char *path;
	void (*happen)(void);
} meanwhile;

static int feed(struct pack *p, void *data, struct err *e)
{
	struct walk *w = data;
	struct node *n;
	int got;

	while ((got = walk_next(w, &n, e)) > 0) {
		if (meanwhile.path && !strcmp(n->tar.path, meanwhile.path))
			meanwhile.happen();
		if (pack_put(p, n, walk_file(w), e) < 0)
			return -1;
	}
	return got;
}

static int pack_scratch(struct sink *tar, struct sink *rows, struct pack_result *result,
			struct err *e)
{
	const struct walk_options plain = { 0 };
	AUTO(walk_freep)
	struct walk *w =
		walk_new(open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), NULL, &plain);
	struct pack_job job = {
		.tar = tar, .rows = rows, .head = "{\"head\":1}\n", .feed = feed, .data = w
	};

	return pack_run(&job, result, e);
}

struct packed {
	struct str tar, rows;
	struct pack_result result;
};

static void pack_whole(struct packed *p)
{
	AUTO(sink_closep) struct sink *tar = NULL;
	AUTO(sink_closep) struct sink *rows = NULL;
	struct err e = { 0 };

	str_init(&p->tar, OUT_MAX);
	str_init(&p->rows, OUT_MAX);
	tar = sink_to_str(&p->tar);
	rows = sink_to_str(&p->rows);
	if (pack_scratch(tar, rows, &p->result, &e) < 0)
		fail_msg("%s", e.text);
}

static void packed_release(struct packed *p)
{
	str_release(&p->tar);
	str_release(&p->rows);
}

/* The row of PATH, parsed; the caller frees. */
static struct cJSON *row_of(const struct packed *p, const char *path)
{
	struct err e = { 0 };

	for (const char *line = p->rows.buf; *line;) {
		size_t len = strcspn(line, "\n");
		struct cJSON *row = json_parse(line, len, &e);
		const struct cJSON *has;

		assert_non_null(row);
		has = json_member(row, "path");
		if (has && !strcmp(json_text(has), path))
			return row;
		json_freep(&row);
		line += len + 1;
	}
	fail_msg("no row of '%s'", path);
	return NULL;
}

static const char *text_in(const struct cJSON *row, const char *key)
{
	const struct cJSON *item = json_member(row, key);

	return item ? json_text(item) : NULL;
}

/* The tar's member of that path: its content, hashed. */
static uint64_t member_of(const struct packed *p, const char *path, struct tar_entry *entry,
			  char sum[SHA256_HEX])
{
	AUTO(source_closep) struct source *from = source_of_memory(p->tar.buf, p->tar.len);
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	AUTO(digest_freep) struct digest *d = digest_new();
	uint64_t size = 0;
	struct err e = { 0 };
	char block[8192];

	while (tar_next(r, entry, &e) > 0) {
		ssize_t n;

		if (strcmp(entry->path, path) != 0)
			continue;
		while ((n = tar_read(r, block, sizeof(block), &e)) > 0) {
			digest_add(d, block, (size_t)n);
			size += (uint64_t)n;
		}
		assert_int_equal(n, 0);
		digest_end(d, sum);
		return size;
	}
	fail_msg("no member '%s': %s", path, e.text);
	return 0;
}

static void write_big(const char *path, size_t size, unsigned seed)
{
	int fd = openat(scratch_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	char block[4096];

	while (size) {
		size_t n = size < sizeof(block) ? size : sizeof(block);

		for (size_t i = 0; i < n; i++)
			block[i] = (char)((seed = seed * 1103515245 + 12345) >> 16);
		assert_int_equal(write(fd, block, n), n);
		size -= n;
	}
	(void)close(fd);
}

static void sum_of_file(const char *path, char sum[SHA256_HEX])
{
	int fd = openat(scratch_fd, path, O_RDONLY | O_CLOEXEC);
	AUTO(digest_freep) struct digest *d = digest_new();
	char block[8192];
	ssize_t n;

	while ((n = read(fd, block, sizeof(block))) > 0)
		digest_add(d, block, (size_t)n);
	digest_end(d, sum);
	(void)close(fd);
}

/* Tar and rows say what the tree holds, for sizes around every boundary of the buffers. */
static void test_equal(void **state)
{
	static const size_t sizes[] = { 0,
					1,
					511,
					512,
					513,
					32767,
					32768,
					65536,
					RING_BLOCK - 1,
					RING_BLOCK,
					RING_BLOCK + 1,
					(RING_SLOTS + 3) * RING_BLOCK + 77 };
	AUTO(packed_release) struct packed p;
	char path[32];

	(void)state;
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		(void)snprintf(path, sizeof(path), "f%u", i);
		write_big(path, sizes[i], i + 1);
	}
	pack_whole(&p);
	assert_int_equal(p.result.errors, 0);
	assert_int_equal(p.result.entries, 1 + sizeof(sizes) / sizeof(sizes[0]));
	assert_memory_equal(p.rows.buf, "{\"head\":1}\n", 11);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		AUTO(json_freep) struct cJSON *row = NULL;
		char want[SHA256_HEX], got[SHA256_HEX], size[32];
		struct tar_entry entry;

		(void)snprintf(path, sizeof(path), "f%u", i);
		(void)snprintf(size, sizeof(size), "%zu", sizes[i]);
		row = row_of(&p, path);
		sum_of_file(path, want);
		assert_int_equal(member_of(&p, path, &entry, got), sizes[i]);
		assert_string_equal(want, got);
		assert_string_equal(text_in(row, "sha256"), want);
		assert_string_equal(text_in(row, "size"), size);
		assert_string_equal(text_in(row, "mode"), "0644");
	}
}

static void test_many_small(void **state)
{
	AUTO(packed_release) struct packed p;
	char path[32];

	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		(void)snprintf(path, sizeof(path), "f%u", i);
		scratch_write(path, path);
	}
	pack_whole(&p);
	assert_int_equal(p.result.entries, 5001);
	for (unsigned i = 0; i < 5000; i += 499) {
		AUTO(json_freep) struct cJSON *row = NULL;
		char want[SHA256_HEX];

		(void)snprintf(path, sizeof(path), "f%u", i);
		digest_of(path, strlen(path), want);
		row = row_of(&p, path);
		assert_string_equal(text_in(row, "sha256"), want);
	}
}

static void test_hard_links(void **state)
{
	AUTO(packed_release) struct packed p;
	AUTO(json_freep) struct cJSON *first = NULL;
	AUTO(json_freep) struct cJSON *second = NULL;
	struct tar_entry entry;
	char sum[SHA256_HEX];

	(void)state;
	scratch_write("b", "the same");
	assert_int_equal(linkat(scratch_fd, "b", scratch_fd, "a", 0), 0);
	assert_int_equal(linkat(scratch_fd, "b", scratch_fd, "c", 0), 0);
	pack_whole(&p);
	first = row_of(&p, "a");
	second = row_of(&p, "c");
	assert_string_equal(text_in(first, "type"), "file");
	assert_string_equal(text_in(second, "type"), "hardlink");
	assert_string_equal(text_in(second, "link"), "a");
	assert_string_equal(text_in(second, "sha256"), text_in(first, "sha256"));
	assert_int_equal(member_of(&p, "a", &entry, sum), 8);
	(void)member_of(&p, "c", &entry, sum);
	assert_true(entry.is_hardlink);
}

static void test_sparse(void **state)
{
	AUTO(packed_release) struct packed p;
	AUTO(json_freep) struct cJSON *row = NULL;
	AUTO(json_freep) struct cJSON *hole = NULL;
	struct tar_entry entry;
	char want[SHA256_HEX], got[SHA256_HEX];
	int fd = openat(scratch_fd, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, 200 << 20), 0);
	assert_int_equal(pwrite(fd, "middle", 6, 77 << 20), 6);
	(void)close(fd);
	fd = openat(scratch_fd, "hole", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(ftruncate(fd, 10 << 20), 0);
	(void)close(fd);
	pack_whole(&p);
	assert_true(p.tar.len < 4 << 20);
	row = row_of(&p, "sparse");
	sum_of_file("sparse", want);
	assert_string_equal(text_in(row, "sha256"), want);
	assert_int_equal(member_of(&p, "sparse", &entry, got), 200 << 20);
	assert_string_equal(got, want);
	hole = row_of(&p, "hole");
	sum_of_file("hole", want);
	assert_string_equal(text_in(hole, "sha256"), want);
}

static void shrink(void)
{
	int fd = openat(scratch_fd, "f", O_WRONLY | O_CLOEXEC);

	assert_int_equal(ftruncate(fd, 1000), 0);
	(void)close(fd);
}

static void grow_file(void)
{
	int fd = openat(scratch_fd, "f", O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_int_equal(write(fd, "more", 4), 4);
	(void)close(fd);
}

static void replace(void)
{
	assert_int_equal(unlinkat(scratch_fd, "f", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", scratch_fd, "f"), 0);
}

static void test_changing(void **state)
{
	static const struct {
		void (*happen)(void);
		const char *missing;
		bool changed;
	} cases[] = { { shrink, "2000000", true },
		      { grow_file, NULL, true },
		      { replace, NULL, false } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		AUTO(packed_release) struct packed p;
		AUTO(json_freep) struct cJSON *row = NULL;
		struct tar_entry entry;
		char got[SHA256_HEX];

		(void)unlinkat(scratch_fd, "f", 0);
		write_big("f", 2001000, 5);
		meanwhile.path = "f";
		meanwhile.happen = cases[i].happen;
		pack_whole(&p);
		meanwhile.path = NULL;
		row = row_of(&p, "f");
		/* The member has the size that was announced, and the row its hash as it was
		 * stored. */
		assert_int_equal(member_of(&p, "f", &entry, got), 2001000);
		assert_string_equal(text_in(row, "sha256"), got);
		if (cases[i].missing)
			assert_string_equal(text_in(row, "missing"), "2000000");
		else
			assert_null(json_member(row, "missing"));
		assert_int_equal(json_member(row, "changed_while_read") != NULL, cases[i].changed);
	}
}

/* Whichever byte the disk refuses: an end with its error, never a hang, never a success. */
static void test_full(void **state)
{
	struct packed whole;
	char path[32];

	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		(void)snprintf(path, sizeof(path), "f%u", i);
		write_big(path, 90000, i);
	}
	pack_whole(&whole); /* moves the access times, which the next one then finds as they stay */
	packed_release(&whole);
	pack_whole(&whole);
	for (size_t n = 0; n < whole.tar.len; n += whole.tar.len / 13 + 1) {
		AUTO(str_release) struct str tar = STR_INIT(OUT_MAX), rows = STR_INIT(OUT_MAX);
		AUTO(sink_closep) struct sink *broken = failing_sink(&tar, n);
		AUTO(sink_closep) struct sink *fine = sink_to_str(&rows);
		struct pack_result result;
		struct err e = { 0 };

		assert_int_equal(pack_scratch(broken, fine, &result, &e), -1);
		assert_int_equal(e.sys, ENOSPC);
		assert_memory_equal(tar.buf, whole.tar.buf, n);
	}
	for (size_t n = 0; n < whole.rows.len; n += whole.rows.len / 3 + 1) {
		AUTO(str_release) struct str tar = STR_INIT(OUT_MAX), rows = STR_INIT(OUT_MAX);
		AUTO(sink_closep) struct sink *fine = sink_to_str(&tar);
		AUTO(sink_closep) struct sink *broken = failing_sink(&rows, n);
		struct pack_result result;
		struct err e = { 0 };

		assert_int_equal(pack_scratch(fine, broken, &result, &e), -1);
		assert_int_equal(e.sys, ENOSPC);
	}
	packed_release(&whole);
}

static void ask_to_stop(void)
{
	assert_int_equal(raise(SIGTERM), 0);
}

static void test_stopped(void **state)
{
	AUTO(str_release) struct str tar = STR_INIT(OUT_MAX), rows = STR_INIT(OUT_MAX);
	AUTO(sink_closep) struct sink *to_tar = sink_to_str(&tar);
	AUTO(sink_closep) struct sink *to_rows = sink_to_str(&rows);
	struct pack_result result;
	struct err e = { 0 };

	(void)state;
	scratch_write("a", "first");
	scratch_write("b", "second");
	write_big("c", 30 << 20, 3);
	stop_install();
	meanwhile.path = "c";
	meanwhile.happen = ask_to_stop;
	assert_int_equal(pack_scratch(to_tar, to_rows, &result, &e), -1);
	meanwhile.path = NULL;
	stop_accept();
	assert_int_equal(e.kind, ERR_STOPPED);
	assert_non_null(strstr(rows.buf, "\"path\":\"b\""));
	assert_null(strstr(rows.buf, "\"path\":\"c\""));
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_equal),   IN_SCRATCH(test_many_small), IN_SCRATCH(test_hard_links),
		IN_SCRATCH(test_sparse),  IN_SCRATCH(test_changing),   IN_SCRATCH(test_full),
		IN_SCRATCH(test_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
