/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

char scratch_dir[200];
int scratch_fd = -1;

int scratch_make(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(scratch_dir, sizeof(scratch_dir), "%s/impound-test-XXXXXX",
		       tmp ? tmp : "/tmp");
	if (!mkdtemp(scratch_dir))
		return -1;
	scratch_fd = open(scratch_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return scratch_fd < 0 ? -1 : 0;
}

/*
 * Empties a directory whatever its depth, with two descriptors: a directory in the way is renamed
 * up to the top, so that it is emptied in its turn.
 */
static int empty(int top)
{
	static unsigned long serial;

	for (;;) {
		int again = 0, listing = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		DIR *d = fdopendir(listing);
		struct dirent *entry;

		while (d && (entry = readdir(d))) {
			DIR *sub;
			struct dirent *in;
			int fd;

			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			if (unlinkat(top, entry->d_name, 0) == 0 ||
			    unlinkat(top, entry->d_name, AT_REMOVEDIR) == 0)
				continue;
			fd = openat(top, entry->d_name,
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			sub = fd < 0 ? NULL : fdopendir(fd);
			while (sub && (in = readdir(sub))) {
				char name[32];

				if (!strcmp(in->d_name, ".") || !strcmp(in->d_name, ".."))
					continue;
				(void)snprintf(name, sizeof(name), "up-%lu", serial++);
				(void)renameat(fd, in->d_name, top, name);
			}
			if (sub)
				(void)closedir(sub);
			again = 1;
		}
		if (d)
			(void)closedir(d);
		if (!again)
			return 0;
	}
}

int scratch_remove(void **state)
{
	int result = empty(scratch_fd);

	(void)state;
	(void)close(scratch_fd);
	return rmdir(scratch_dir) < 0 ? -1 : result;
}

void scratch_mkdir(const char *path)
{
	assert_int_equal(mkdirat(scratch_fd, path, 0755), 0);
}

void scratch_write(const char *path, const char *text)
{
	int fd = openat(scratch_fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

void scratch_wait_asleep(pid_t pid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	char path[64], text[512];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0; i < 10000; i++) {
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		ssize_t n = read(fd, text, sizeof(text) - 1);
		const char *after;

		(void)close(fd);
		assert_true(n > 0);
		text[n] = 0;
		after = strrchr(text, ')');
		if (after && !strncmp(after, ") S", 3))
			return;
		(void)nanosleep(&pause, NULL);
	}
	fail_msg("process %d does not go to sleep", (int)pid);
}
