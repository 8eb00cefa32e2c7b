/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/sandbox.h"
#include "lib/base/stream.h"

/* The tests run where the project lies: lib/ is inside, everything else outside. */
static int inside = -1;
static const char *lacks;

static void enter(void)
{
	struct err e = { 0 };

	inside = open("lib", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inside < 0 || sandbox_enter(SANDBOX_READ, &inside, 1, &lacks, &e) < 0) {
		print_error("%s\n", e.text);
		_exit(99);
	}
}

/* The line where an expectation failed is the child's status. */
#define expect(holds)                                                                              \
	do {                                                                                       \
		if (!(holds)) {                                                                    \
			print_error("line %d: %s\n", __LINE__, #holds);                            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

static void in_child(void (*fn)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		(void)alarm(60);
		enter();
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void reads(void)
{
	AUTO(str_release) struct str text = STR_INIT(1 << 20);
	struct stat st;
	struct err e = { 0 };

	expect(file_open_beneath(inside, "base/err.c", O_RDONLY, &e) >= 0);
	expect(file_open_regular(inside, "base/err.c", &st, &e) >= 0);
	expect(file_slurp(inside, "base/err.c", &text, &e) == 0);
	expect(write(STDERR_FILENO, "", 0) == 0);
	expect(fstatat(inside, "base", &st, AT_SYMLINK_NOFOLLOW) == 0);
}

/* The library reads its configuration when it is first used: that must not need a file any more. */
static void hashes(void)
{
	char hex[SHA256_HEX];

	digest_of("abc", 3, hex);
	expect(strncmp(hex, "ba7816bf", 8) == 0);
}

static void is_shut(void)
{
	expect(openat(inside, "base/new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600) < 0);
	expect(openat(inside, "base/err.c", O_RDWR | O_CLOEXEC) < 0);
	expect(open("lib/base/err.c", O_WRONLY | O_TRUNC | O_CLOEXEC) < 0);
	expect(unlinkat(inside, "base/err.c", 0) < 0);
	expect(mkdirat(inside, "new", 0700) < 0);
	expect(renameat(inside, "base", inside, "new") < 0);
	expect(fchmodat(inside, "base", 0700, 0) < 0);
	expect(symlinkat("x", inside, "new") < 0);
	expect(socket(AF_INET, SOCK_STREAM, 0) < 0);
	expect(socket(AF_UNIX, SOCK_STREAM, 0) < 0);
	expect(execl("/bin/true", "true", (char *)NULL) < 0);
	expect(ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0);
	expect(mount("none", "/mnt", "tmpfs", 0, NULL) < 0);
	expect(kill(getppid(), 0) < 0);
	expect(kill(getpid(), 0) == 0);
}

static void paths_are_shut(void)
{
	struct err e = { 0 };

	if (strstr(lacks, "Landlock")) {
		print_message("# this kernel has no Landlock: %s\n", lacks);
		return;
	}
	expect(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	expect(open("Makefile", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	/* openat2's flags are out of the filter's sight. */
	expect(file_open_beneath(inside, "base/err.c", O_WRONLY, &e) < 0 && e.sys == EACCES);
}

static void *thread(void *fd)
{
	struct err e = { 0 };

	expect(file_open_beneath(*(int *)fd, "base/err.c", O_RDONLY, &e) >= 0);
	expect(socket(AF_INET, SOCK_STREAM, 0) < 0);
	free(malloc((size_t)4 << 20));
	return fd;
}

static void has_threads(void)
{
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		expect(pthread_create(&t[i], NULL, thread, &inside) == 0);
	for (int i = 0; i < 4; i++)
		expect(pthread_join(t[i], NULL) == 0);
}

static int gate[2];

static void *early(void *unused)
{
	char byte;

	(void)unused;
	expect(read(gate[0], &byte, 1) == 1);
	expect(socket(AF_INET, SOCK_STREAM, 0) < 0);
	expect(execl("/bin/true", "true", (char *)NULL) < 0);
	return NULL;
}

/* A thread that was there before is held by seccomp, and that it is not by Landlock is said. */
static void test_thread_before(void **state)
{
	int status = -1;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		pthread_t t;

		(void)alarm(60);
		expect(pipe(gate) == 0 && pthread_create(&t, NULL, early, NULL) == 0);
		enter();
		expect(strstr(lacks, "Landlock") != NULL);
		expect(write(gate[1], "x", 1) == 1 && pthread_join(t, NULL) == 0);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_reads(void **state)
{
	(void)state;
	in_child(reads);
	in_child(hashes);
	in_child(has_threads);
}

static void test_is_shut(void **state)
{
	(void)state;
	in_child(is_shut);
	in_child(paths_are_shut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_is_shut),
		cmocka_unit_test(test_thread_before),
	};

	return cmocka_run_group_tests_name("sandbox", tests, NULL, NULL);
}
