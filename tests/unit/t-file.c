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
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"

static int dir = -1;

static int setup(void **state)
{
	char path[] = "/tmp/t-file-XXXXXX";

	(void)state;
	if (!mkdtemp(path) || (dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		return -1;
	return fchdir(dir) || mkdir("sub", 0700) || symlink("sub", "alias") ||
	       symlink("sub/plain", "link") || mkfifo("fifo", 0600);
}

static int teardown(void **state)
{
	char path[64], link[64];
	ssize_t len;

	(void)state;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", dir);
	len = readlink(link, path, sizeof(path) - 1);
	if (len < 0 || unlink("sub/plain") || rmdir("sub") || unlink("alias") || unlink("link") ||
	    unlink("fifo"))
		return -1;
	path[len] = '\0';
	fd_closep(&dir);
	return rmdir(path);
}

static void test_create(void **state)
{
	struct stat st;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(file_create(dir, "sub/plain", 0600, "12345", 5, &e), 0);
	assert_int_equal(fstatat(dir, "sub/plain", &st, 0), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(file_create(dir, "sub/plain", 0600, "x", 1, &e), -1);
	assert_int_equal(e.sys, EEXIST);
	assert_int_equal(file_create(dir, "link", 0600, "x", 1, &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ 3, RLIM_INFINITY }), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(file_create(dir, "half", 0600, "12345", 5, &e), -1);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }),
			 0);
	assert_int_equal(faccessat(dir, "half", F_OK, 0), -1);
}

static void test_type_word(void **state)
{
	(void)state;
	assert_string_equal(file_type_word(S_IFREG | 0644), "file");
	assert_string_equal(file_type_word(S_IFDIR | 0755), "dir");
	assert_string_equal(file_type_word(S_IFSOCK), "socket");
	assert_string_equal(file_type_word(0), "unknown");
}

static void test_slurp_limits(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (size_t max = 0; max < 8; max++) {
		AUTO(str_release) struct str s = STR_INIT(max);
		int result = file_slurp(dir, "sub/plain", &s, &e);

		assert_int_equal(result, max < 5 ? -1 : 0);
		if (max < 5)
			assert_int_equal(e.kind, ERR_LIMIT);
		else
			assert_string_equal(s.buf, "12345");
	}
}

static void test_slurp_no_links(void **state)
{
	AUTO(str_release) struct str s = STR_INIT(100);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(file_slurp(dir, "link", &s, &e), -1);
	assert_int_equal(e.sys, ELOOP);
	assert_int_equal(file_slurp(dir, "none", &s, &e), -1);
	assert_int_equal(e.sys, ENOENT);
}

static void test_beneath(void **state)
{
	static const char *const refused[] = { "link", "alias/plain", "../x", "/etc/passwd",
					       "sub/../../etc/passwd" };
	AUTO(fd_closep) int fd = -1;
	struct err e = { 0 };

	(void)state;
	fd = file_open_beneath(dir, "sub/plain", O_RDONLY, &e);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(file_open_beneath(dir, refused[i], O_RDONLY, &e), -1);
}

/* A FIFO must not be opened: that would block, or wake a writer. */
static void test_regular_only(void **state)
{
	static const char *const refused[] = { "fifo", "sub", "link", "none" };
	struct stat st = { 0 };
	struct err e = { 0 };
	int fd = file_open_regular(dir, "sub/plain", &st, &e);
	char byte;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(read(fd, &byte, 1), 1);
	(void)close(fd);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		assert_int_equal(file_open_regular(dir, refused[i], NULL, &e), -1);
	assert_int_equal(file_open_regular(dir, "fifo", NULL, &e), -1);
	assert_int_equal(e.kind, ERR_FORMAT);
}

static void test_write_full(void **state)
{
	AUTO(fd_closep) int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct err e = { 0 };

	(void)state;
	assert_int_equal(file_write(full, "x", 1, &e), -1);
	assert_int_equal(e.sys, ENOSPC);
}

/* Links lead nowhere, and what they lead to stays. */
static void test_remove_tree(void **state)
{
	struct err e = { 0 };
	struct stat st;

	(void)state;
	assert_int_equal(mkdirat(dir, "kept", 0700), 0);
	assert_int_equal(file_create(dir, "kept/plain", 0600, "x", 1, &e), 0);
	assert_int_equal(mkdirat(dir, "tree", 0700), 0);
	assert_int_equal(mkdirat(dir, "tree/deep", 0700), 0);
	assert_int_equal(mkdirat(dir, "tree/deep/er", 0700), 0);
	assert_int_equal(file_create(dir, "tree/deep/er/plain", 0600, "x", 1, &e), 0);
	assert_int_equal(symlinkat("../kept", dir, "tree/link"), 0);
	assert_int_equal(symlinkat("../../kept/plain", dir, "tree/deep/link"), 0);
	assert_int_equal(mkfifoat(dir, "tree/fifo", 0600), 0);
	assert_int_equal(file_remove_tree(dir, "tree", &e), 0);
	assert_int_equal(fstatat(dir, "tree", &st, AT_SYMLINK_NOFOLLOW), -1);
	assert_int_equal(fstatat(dir, "kept/plain", &st, 0), 0);
	assert_int_equal(symlinkat("kept", dir, "to-kept"), 0);
	assert_int_equal(file_remove_tree(dir, "to-kept", &e), -1);
	assert_int_equal(unlinkat(dir, "to-kept", 0), 0);
	assert_int_equal(fstatat(dir, "kept/plain", &st, 0), 0);
	assert_int_equal(file_remove_tree(dir, "kept", &e), 0);
	assert_int_equal(file_remove_tree(dir, "none", &e), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_type_word),    cmocka_unit_test(test_create),
		cmocka_unit_test(test_slurp_limits), cmocka_unit_test(test_slurp_no_links),
		cmocka_unit_test(test_beneath),      cmocka_unit_test(test_regular_only),
		cmocka_unit_test(test_write_full),   cmocka_unit_test(test_remove_tree),
	};

	return cmocka_run_group_tests_name("file", tests, setup, teardown);
}
