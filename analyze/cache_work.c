/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child parses in its sandbox and prints; the parent touches nothing from outside, and does
 * what the child says only as far as it can be meant: a name is 64 digits, a file one of those it
 * made.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyze/cache_parts.h"
#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"

static _Noreturn void child(struct cache *c, int (*work)(void *data, struct err *e), void *data)
{
	struct cache_word word = { .deed = CACHE_ERROR };
	struct err unsaid = { 0 };
	int status;

	status = work(data, &word.error);
	if (fflush(stdout) != 0 && status >= 0)
		status = err_sys(&word.error, "write to standard output");
	if (status < 0 && file_write(c->report, &word, sizeof(word), &unsaid) < 0)
		log_error("%s", word.error.text);
	_exit(status < 0 ? STATUS_FAILED : status);
}

/* Whole words until the child has closed its end; *WHY is its last error. */
static void listen_to(struct cache *c, int from, pid_t pid, struct err *why)
{
	struct cache_word word;
	size_t got = 0;
	bool is_told = false;

	for (;;) {
		ssize_t n = read(from, (char *)&word + got, sizeof(word) - got);

		if (n < 0 && errno == EINTR) {
			if (stop_requested() && !is_told)
				(void)kill(pid, stop_signal());
			is_told = stop_requested();
			continue;
		}
		if (n <= 0)
			return;
		got += (size_t)n;
		if (got < sizeof(word))
			continue;
		got = 0;
		if (word.deed == CACHE_ERROR)
			*why = word.error;
		else
			cache_do(c, &word);
	}
}

static int result_of(int state, struct err *why, struct err *e)
{
	/* Whatever it is that the child wrote there. */
	why->text[sizeof(why->text) - 1] = '\0';
	if (WIFSIGNALED(state))
		return err_set(e, ERR_SYS, "what reads the image ended by signal %d",
			       WTERMSIG(state));
	if (why->kind > ERR_NONE && why->kind <= ERR_STOPPED) {
		*e = *why;
		return -1;
	}
	return WEXITSTATUS(state);
}

static int parent(struct cache *c, int from, pid_t pid, struct err *e)
{
	struct err why = { 0 };
	int state;

	listen_to(c, from, pid, &why);
	while (waitpid(pid, &state, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "wait");
	cache_trim(c);
	return result_of(state, &why, e);
}

int cache_work(struct cache *c, int (*work)(void *data, struct err *e), void *data, struct err *e)
{
	AUTO(fd_closep) int from = -1;
	pid_t us = getpid(), pid;
	int ends[2];

	if (!c)
		return work(data, e);
	while (c->made < CACHE_NEW && cache_make(c) >= 0)
		;
	if (fflush(stdout) != 0)
		return err_sys(e, "write to standard output");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, "pipe");
	from = ends[0];
	c->report = ends[1];
	pid = fork();
	if (pid == 0) {
		fd_closep(&from);
		if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == us)
			child(c, work, data);
		_exit(STATUS_FAILED);
	}
	fd_closep(&c->report);
	c->report = -1;
	if (pid < 0)
		return err_sys(e, "fork");
	return parent(c, from, pid, e);
}
