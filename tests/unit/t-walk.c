/* SPDX-License-Identifier: Apache-2.0 */
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
#include <sys/xattr.h>
#include <unistd.h>

#include "collect/names.h"
#include "collect/row.h"
#include "collect/walk.h"
#include "lib/base/own.h"
#include "tests/unit/scratch.h"

static const struct walk_options plain = { 0 };

static struct walk *walk_scratch(const struct walk_options *options)
{
	int root = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	assert_true(root >= 0);
	return walk_new(root, NULL, options);
}

/* The next node, or NULL at the end. */
static struct node *next(struct walk *w)
{
	struct err e = { 0 };
	struct node *n = NULL;
	int got = walk_next(w, &n, &e);

	assert_true(got >= 0);
	return got ? n : NULL;
}

static struct node *next_named(struct walk *w, const char *path)
{
	struct node *n;

	while ((n = next(w)))
		if (!strcmp(n->tar.path, path))
			return n;
	fail_msg("no '%s' in the walk", path);
	return NULL;
}

static void test_order(void **state)
{
	static const char *const order[] = { ".",   "A",   "a",     "a/b", "a/b/c", "a/z",
					     "a\n", "a-b", "a-b/x", "a.b", "a0",    "b" };
	AUTO(walk_freep) struct walk *w = NULL;
	struct node *n;
	size_t i = 0;

	(void)state;
	scratch_mkdir("a");
	scratch_mkdir("a/b");
	scratch_mkdir("a-b");
	scratch_write("a/b/c", "1");
	scratch_write("a/z", "2");
	scratch_write("a-b/x", "3");
	scratch_write("a.b", "");
	scratch_write("a0", "");
	scratch_write("a\n", "");
	scratch_write("A", "");
	scratch_write("b", "");
	w = walk_scratch(&plain);
	while ((n = next(w))) {
		assert_true(i < sizeof(order) / sizeof(order[0]));
		assert_string_equal(n->tar.path, order[i++]);
		assert_null(n->error);
	}
	assert_int_equal(i, sizeof(order) / sizeof(order[0]));
}

static void test_prefix_and_prune(void **state)
{
	static const char *const order[] = { "p/q", "p/q/a", "p/q/b" };
	AUTO(walk_freep) struct walk *w = NULL;
	struct node *n;
	size_t i = 0;

	(void)state;
	scratch_mkdir("a");
	scratch_write("a/hidden", "");
	scratch_write("b", "");
	w = walk_new(open(scratch_dir, O_PATH | O_CLOEXEC), "p/q", &plain);
	while (i < 3 && (n = next(w))) {
		assert_string_equal(n->tar.path, order[i++]);
		if (i == 2)
			walk_prune(w);
	}
	assert_int_equal(i, 3);
	assert_null(next(w));
}

/* More names than the amount held at once: each comes once, in order, whatever the order on disk.
 */
static void test_names_in_pieces(void **state)
{
	AUTO(freep) void *block = xmalloc(NAMES_BLOCK);
	struct names names = { 0 };
	char before[16] = "", path[16];
	struct err e = { 0 };
	int failed, count = 0, dir;
	const char *name;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		(void)snprintf(path, sizeof(path), "%08x", i * 2654435761u);
		scratch_write(path, "");
	}
	dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	names_start(&names);
	while ((name = names_next(&names, dir, block, 4096, &failed, &e))) {
		assert_true(strcmp(before, name) < 0);
		(void)snprintf(before, sizeof(before), "%s", name);
		count++;
		assert_true(names_size(&names) <= 3 * 4096);
	}
	assert_int_equal(failed, 0);
	assert_int_equal(count, 3000);
	names_release(&names);
	(void)close(dir);
}

static void test_hostile_names(void **state)
{
	char longest[256];
	const char *const names[] = { "esc\x1b]0;x\a", "nl\n", "not utf-8 \xff\xfe",
				      "bidi\xe2\x80\xae", longest };
	AUTO(walk_freep) struct walk *w = NULL;

	(void)state;
	memset(longest, 'z', 255);
	longest[255] = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		scratch_write(names[i], "");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		walk_freep(&w);
		w = walk_scratch(&plain);
		assert_null(next_named(w, names[i])->error);
	}
}

/* Deeper than PATH_MAX: by descriptor there is no such limit. */
static void test_deep(void **state)
{
	AUTO(walk_freep) struct walk *w = NULL;
	int dir = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), depth = 0;
	size_t longest = 0;
	struct node *n;

	(void)state;
	for (int i = 0; i < 2500; i++) {
		int below;

		assert_int_equal(mkdirat(dir, "dd", 0755), 0);
		below = openat(dir, "dd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(below >= 0);
		(void)close(dir);
		dir = below;
	}
	(void)close(dir);
	w = walk_scratch(&plain);
	while ((n = next(w))) {
		assert_null(n->error);
		longest = strlen(n->tar.path);
		depth++;
	}
	assert_int_equal(depth, 2501);
	assert_int_equal(longest, 2500 * 3 - 1);
}

static void test_links_and_kinds(void **state)
{
	AUTO(walk_freep) struct walk *w = NULL;
	struct node *n;

	(void)state;
	assert_int_equal(symlinkat("../../../etc/passwd", scratch_fd, "climb"), 0);
	assert_int_equal(symlinkat(".", scratch_fd, "loop"), 0);
	assert_int_equal(mkfifoat(scratch_fd, "pipe", 0600), 0);
	scratch_write("file", "content");
	w = walk_scratch(&plain);
	n = next_named(w, "climb");
	assert_string_equal(n->tar.link, "../../../etc/passwd");
	assert_string_equal(row_type(n), "symlink");
	assert_int_equal(walk_file(w), -1);
	n = next_named(w, "file");
	assert_int_equal(n->tar.size, 7);
	assert_true(walk_file(w) >= 0);
	assert_string_equal(row_type(next_named(w, "loop")), "symlink");
	n = next(w);
	assert_string_equal(n->tar.path, "pipe");
	assert_string_equal(row_type(n), "fifo");
	assert_null(next(w));
}

/* A process that waits to write to a FIFO is not let go by the walk. */
static void test_blocked_writer(void **state)
{
	AUTO(walk_freep) struct walk *w = NULL;
	int told[2];
	struct pollfd seen;
	char path[256];
	pid_t child;

	(void)state;
	assert_int_equal(mkfifoat(scratch_fd, "pipe", 0600), 0);
	(void)snprintf(path, sizeof(path), "%s/pipe", scratch_dir);
	assert_int_equal(pipe(told), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		int fd;

		(void)!write(told[1], "1", 1);
		fd = open(path, O_WRONLY);
		(void)!write(told[1], fd >= 0 ? "2" : "3", 1);
		_exit(0);
	}
	(void)close(told[1]);
	assert_int_equal(read(told[0], path, 1), 1);
	scratch_wait_asleep(child);
	w = walk_scratch(&plain);
	assert_string_equal(row_type(next_named(w, "pipe")), "fifo");
	seen = (struct pollfd){ .fd = told[0], .events = POLLIN };
	assert_int_equal(poll(&seen, 1, 100), 0);
	(void)kill(child, SIGKILL);
	(void)waitpid(child, NULL, 0);
	(void)close(told[0]);
}

/* What was listed is something else, or nothing, by the time it is looked at. */
static void test_swapped(void **state)
{
	AUTO(walk_freep) struct walk *w = NULL;
	struct node *n;

	(void)state;
	scratch_mkdir("d");
	scratch_write("d/inside", "");
	scratch_write("a", "");
	scratch_write("e", "");
	scratch_write("f", "");
	scratch_write("g", "");
	w = walk_scratch(&plain);
	(void)next_named(w, "a");
	assert_int_equal(unlinkat(scratch_fd, "e", 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", scratch_fd, "e"), 0);
	assert_int_equal(unlinkat(scratch_fd, "f", 0), 0);
	assert_int_equal(mkfifoat(scratch_fd, "f", 0600), 0);
	assert_int_equal(unlinkat(scratch_fd, "g", 0), 0);
	(void)next_named(w, "d");
	/* The directory is held: whoever takes its place is not followed. */
	assert_int_equal(renameat(scratch_fd, "d", scratch_fd, "moved"), 0);
	assert_int_equal(symlinkat("/etc", scratch_fd, "d"), 0);
	assert_string_equal(next(w)->tar.path, "d/inside");
	n = next(w);
	assert_string_equal(n->tar.path, "e");
	assert_string_equal(row_type(n), "symlink");
	assert_int_equal(walk_file(w), -1);
	n = next(w);
	assert_string_equal(n->tar.path, "f");
	assert_string_equal(row_type(n), "fifo");
	n = next(w);
	assert_string_equal(n->tar.path, "g");
	assert_non_null(n->error);
	assert_string_equal(row_type(n), "unknown");
	assert_null(next(w));
}

static void test_xattrs_and_override(void **state)
{
	const struct walk_options options = { .overlay = "user.overlay.", .has_override = true };
	AUTO(walk_freep) struct walk *w = NULL;
	char path[256];
	struct node *n;

	(void)state;
	scratch_write("f", "x");
	scratch_mkdir("opaque");
	(void)snprintf(path, sizeof(path), "%s/f", scratch_dir);
	assert_int_equal(setxattr(path, "user.raw", "\0\n", 2, 0), 0);
	assert_int_equal(setxattr(path, "user.overlay.origin", "x", 1, 0), 0);
	assert_int_equal(setxattr(path, "user.overlay.overlay.opaque", "y", 1, 0), 0);
	assert_int_equal(setxattr(path, "user.containers.override_stat", "7:8:4755", 8, 0), 0);
	(void)snprintf(path, sizeof(path), "%s/opaque", scratch_dir);
	assert_int_equal(setxattr(path, "user.overlay.opaque", "y", 1, 0), 0);
	w = walk_scratch(&options);
	n = next_named(w, "f");
	assert_int_equal(n->tar.uid, 7);
	assert_int_equal(n->tar.gid, 8);
	assert_int_equal(n->tar.mode, S_IFREG | 04755);
	assert_int_equal(n->host_uid, getuid());
	assert_int_equal(n->tar.xattr_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(!strcmp(n->tar.xattrs[i].name, "user.raw") ||
			    !strcmp(n->tar.xattrs[i].name, "user.overlay.opaque"));
	assert_false(n->overlay.is_opaque);
	assert_true(next_named(w, "opaque")->overlay.is_opaque);
	walk_freep(&w);
	/* Without being told so, these are the container's own words and no orders to us. */
	w = walk_scratch(&plain);
	n = next_named(w, "f");
	assert_int_equal(n->tar.uid, getuid());
	assert_int_equal(n->tar.xattr_count, 4);
}

static void test_extents(void **state)
{
	AUTO(walk_freep) struct walk *w = NULL;
	uint64_t data = 0;
	struct node *n;
	int fd = openat(scratch_fd, "sparse", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, 1 << 26), 0);
	assert_int_equal(pwrite(fd, "x", 1, 1 << 20), 1);
	assert_int_equal(pwrite(fd, "y", 1, (1 << 26) - 1), 1);
	(void)close(fd);
	w = walk_scratch(&plain);
	n = next_named(w, "sparse");
	assert_int_equal(n->tar.size, 1 << 26);
	assert_true(n->tar.extent_count >= 1);
	for (size_t i = 0; i < n->tar.extent_count; i++)
		data += n->tar.extents[i].len;
	assert_true(data >= 2 && data < 1 << 24);
}

static void test_ids(void **state)
{
	struct idmaps ids = { .uids = { .ranges = { { 0, 1000, 1 }, { 1, 100000, 65535 } },
					.count = 2 } };

	(void)state;
	assert_int_equal(idmaps_inside(&ids.uids, 1000), 0);
	assert_int_equal(idmaps_inside(&ids.uids, 100000), 1);
	assert_int_equal(idmaps_inside(&ids.uids, 165534), 65535);
	assert_int_equal(idmaps_inside(&ids.uids, 0), IDMAP_OVERFLOW);
	assert_int_equal(idmaps_inside(&ids.gids, 5), 5);
	assert_int_equal(idmaps_inside(NULL, 5), 5);
}

static void test_times(void **state)
{
	static const struct {
		struct timespec t;
		const char *text;
	} cases[] = {
		{ { 0, 0 }, "1970-01-01T00:00:00.000000000Z" },
		{ { -1, 999999999 }, "1969-12-31T23:59:59.999999999Z" },
		{ { 951782400, 1 }, "2000-02-29T00:00:00.000000001Z" },
		{ { 1709164799, 123456789 }, "2024-02-28T23:59:59.123456789Z" },
		{ { 4102444800, 0 }, "2100-01-01T00:00:00.000000000Z" },
		{ { 253402300799, 0 }, "9999-12-31T23:59:59.000000000Z" },
		{ { 253402300800, 5 }, "@253402300800.000000005" },
		{ { -62167219200, 0 }, "0000-01-01T00:00:00.000000000Z" },
	};
	char text[ROW_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		row_time(text, &cases[i].t);
		assert_string_equal(text, cases[i].text);
	}
	for (int64_t day = -200000; day < 200000; day += 97) {
		struct timespec t = { day * 86400 + 3661, 0 };
		struct tm tm;
		char want[64];

		assert_non_null(gmtime_r(&t.tv_sec, &tm));
		assert_true(strftime(want, sizeof(want), "%Y-%m-%dT%H:%M:%S.000000000Z", &tm) > 0);
		row_time(text, &t);
		assert_string_equal(text, want);
	}
}

#define IN_SCRATCH(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCRATCH(test_order),
		IN_SCRATCH(test_prefix_and_prune),
		IN_SCRATCH(test_names_in_pieces),
		IN_SCRATCH(test_hostile_names),
		IN_SCRATCH(test_deep),
		IN_SCRATCH(test_links_and_kinds),
		IN_SCRATCH(test_blocked_writer),
		IN_SCRATCH(test_swapped),
		IN_SCRATCH(test_xattrs_and_override),
		IN_SCRATCH(test_extents),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
