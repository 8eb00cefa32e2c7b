/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"

#define GLANCE_MS 200 /* how long a signal can go unnoticed */

extern char **environ;

static int spawn(const char *const *words, int out, pid_t *pid, struct err *e)
{
	posix_spawn_file_actions_t actions;
	int failed = 0;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return err_set(e, ERR_SYS, "posix_spawn: no memory");
	if (out >= 0)
		failed = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!failed)
		failed = posix_spawn(pid, "/proc/self/exe", &actions, NULL,
				     (char *const *)(uintptr_t)words, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (!failed)
		return 0;
	errno = failed;
	return err_sys(e, "start impound %s", words[1]);
}

/* A terminal sends its signals to the child too; only this one comes to us alone. */
static void pass_signal_on(pid_t pid, bool *is_passed)
{
	if (stop_signal() == SIGTERM && !*is_passed)
		(void)kill(pid, SIGTERM);
	*is_passed = stop_signal() == SIGTERM;
}

/* To the end of what it says, also where that is too much: it must not die of a full pipe. */
static void read_answer(int fd, pid_t pid, struct str *out)
{
	char block[4096];
	bool is_passed = false;

	for (;;) {
		struct pollfd input = { .fd = fd, .events = POLLIN };
		ssize_t n;

		pass_signal_on(pid, &is_passed);
		if (poll(&input, 1, GLANCE_MS) <= 0)
			continue;
		n = read(fd, block, sizeof(block));
		if (n > 0 && out)
			str_add(out, block, (size_t)n);
		else if (n == 0 || (n < 0 && errno != EINTR))
			return;
	}
}

static int wait_for(pid_t pid, const char *what, struct err *e)
{
	int status = 0;
	pid_t ended;

	do
		ended = waitpid(pid, &status, 0);
	while (ended < 0 && errno == EINTR);
	if (ended < 0)
		return err_sys(e, "wait for impound %s", what);
	return WIFEXITED(status) ? WEXITSTATUS(status) : STATUS_SIGNAL + WTERMSIG(status);
}

int child_run(const char *const *words, struct str *out, struct err *e)
{
	AUTO(fd_closep) int from = -1;
	AUTO(fd_closep) int to = -1;
	int pair[2], failed;
	pid_t pid;

	/* Without OUT the pipe only tells when it has ended, so that signals are seen meanwhile. */
	if (pipe2(pair, out ? O_CLOEXEC : 0) < 0)
		return err_sys(e, "pipe");
	from = pair[0];
	to = pair[1];
	(void)fcntl(from, F_SETFD, FD_CLOEXEC);
	failed = spawn(words, out ? to : -1, &pid, e);
	(void)close(steal_fd(&to));
	if (failed < 0)
		return -1;
	read_answer(from, pid, out);
	return wait_for(pid, words[1], e);
}
