/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/stream.h"

/* Each in a child of its own: what a signal changes stays changed. Returns the wait status. */
static int in_child(void (*fn)(void))
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		(void)alarm(20);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void expect(int holds)
{
	if (!holds)
		_exit(1);
}

static void one_asks(void)
{
	struct err e = { 0 };

	stop_install();
	expect(!stop_requested() && stop_signal() == 0);
	(void)raise(SIGTERM);
	expect(stop_requested() && stop_signal() == SIGTERM);
	expect(stop_err(&e) == -1 && e.kind == ERR_STOPPED && err_status(&e) == 128 + SIGTERM);
	stop_accept();
	expect(!stop_requested() && stop_signal() == SIGTERM);
	stop_heed();
	expect(stop_requested());
}

/* A limit on the size of files is an error that can be written down, not the end. */
static void too_large(void)
{
	const struct rlimit limit = { .rlim_cur = 0, .rlim_max = 0 };
	FILE *f = tmpfile();

	stop_install();
	expect(f && setrlimit(RLIMIT_FSIZE, &limit) == 0);
	expect(write(fileno(f), "x", 1) == -1 && errno == EFBIG);
}

static void same_ends(void)
{
	stop_install();
	(void)raise(SIGINT);
	(void)raise(SIGINT);
}

static void other_ends(void)
{
	stop_install();
	(void)raise(SIGINT);
	stop_accept();
	(void)raise(SIGTERM);
}

static void ignored_stays(void)
{
	(void)signal(SIGHUP, SIG_IGN);
	stop_install();
	(void)raise(SIGHUP);
	expect(!stop_requested());
}

static void pipe_is_an_error(void)
{
	int ends[2];

	stop_install();
	expect(pipe(ends) == 0 && close(ends[0]) == 0 && write(ends[1], "x", 1) == -1);
}

static struct source *asking_source;

/* Delivers once, then a signal comes while the next read waits. */
static ssize_t read_then_signal(struct source *s, void *p, size_t len, struct err *e)
{
	static int calls;

	(void)s;
	(void)len;
	if (calls++ == 0) {
		memcpy(p, "abc", 3);
		return 3;
	}
	(void)raise(SIGINT);
	return source_read(asking_source, p, len, e);
}

static void copy_stops(void)
{
	AUTO(str_release) struct str out = STR_INIT(10);
	AUTO(sink_closep) struct sink *to = sink_to_str(&out);
	struct source from = { .read = read_then_signal };
	struct err e = { 0 };
	int ends[2];

	stop_install();
	expect(pipe(ends) == 0 && write(ends[1], "def", 3) == 3);
	asking_source = source_of_fd(ends[0]);
	expect(stream_copy(&from, to, 10, NULL, NULL, &e) == -1);
	expect(e.kind == ERR_STOPPED && e.sys == SIGINT);
	expect(strcmp(out.buf, "abcdef") == 0);
	source_closep(&asking_source);
}

/* A read that waits is interrupted by the signal, not restarted after it. */
static void read_stops(void)
{
	AUTO(source_closep) struct source *from = NULL;
	struct err e = { 0 };
	int ends[2];
	char byte;
	pid_t pid;

	stop_install();
	expect(pipe(ends) == 0);
	from = source_of_fd(ends[0]);
	pid = getpid();
	if (fork() == 0) {
		char path[64], state = 0;

		/* The parent sleeps in read() and nowhere else. */
		(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		while (state != 'S' && getppid() == pid) {
			FILE *f = fopen(path, "re");

			if (!f || fscanf(f, "%*d (%*[^)]) %c", &state) != 1)
				state = 0;
			file_closep(&f);
		}
		(void)kill(pid, SIGTERM);
		_exit(0);
	}
	expect(source_read(from, &byte, 1, &e) == -1);
	expect(e.kind == ERR_STOPPED && e.sys == SIGTERM);
}

static void test_one_asks(void **state)
{
	(void)state;
	assert_int_equal(in_child(one_asks), 0);
	assert_int_equal(in_child(ignored_stays), 0);
	assert_int_equal(in_child(pipe_is_an_error), 0);
}

static void test_too_large(void **state)
{
	(void)state;
	assert_int_equal(in_child(too_large), 0);
}

static void test_second_ends(void **state)
{
	int same = in_child(same_ends), other = in_child(other_ends);

	(void)state;
	assert_true(WIFSIGNALED(same) && WTERMSIG(same) == SIGINT);
	assert_true(WIFSIGNALED(other) && WTERMSIG(other) == SIGTERM);
}

static void test_copy_stops(void **state)
{
	(void)state;
	assert_int_equal(in_child(copy_stops), 0);
	assert_int_equal(in_child(read_stops), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_asks),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_second_ends),
		cmocka_unit_test(test_copy_stops),
	};

	return cmocka_run_group_tests_name("stop", tests, NULL, NULL);
}
