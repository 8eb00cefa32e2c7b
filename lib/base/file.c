/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/own.h"

char *file_absolute(const char *path)
{
	char *real = realpath(path, NULL);

	return real ? real : xstrdup(path);
}

int file_open_beneath(int dirfd, const char *path, int flags, struct err *e)
{
	struct open_how how = {
		.flags = (uint64_t)(unsigned)(flags | O_CLOEXEC | O_NOFOLLOW),
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
			   RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));

	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	return (int)fd;
}

int file_open_regular(int dirfd, const char *path, struct stat *st, struct err *e)
{
	AUTO(fd_closep) int node = openat(dirfd, path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char again[40];
	struct stat seen;
	int fd;

	if (node < 0)
		return err_sys(e, "open '%s'", path);
	if (fstat(node, &seen) < 0)
		return err_sys(e, "stat '%s'", path);
	if (!S_ISREG(seen.st_mode))
		return err_set(e, ERR_FORMAT, "'%s' is not a regular file", path);
	(void)snprintf(again, sizeof(again), "/proc/self/fd/%d", node);
	fd = open(again, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	if (st)
		*st = seen;
	return fd;
}

const char *file_type_word(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "dir";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

bool file_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

int file_read(int fd, struct str *out, const char *what, struct err *e)
{
	for (;;) {
		/* One byte more than fits tells a file of exactly the limit from a longer one. */
		size_t room = out->max - out->len < 65536 ? out->max - out->len : 65536;
		char probe = 0, *to = room ? str_room(out, room) : &probe;
		ssize_t n = read(fd, to, room ? room : 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read '%s'", what);
		if (n == 0)
			return 0;
		if (!room)
			return err_set(e, ERR_LIMIT, "'%s' is larger than %zu bytes", what,
				       out->max);
		str_grew(out, (size_t)n);
	}
}

int file_slurp(int dirfd, const char *path, struct str *out, struct err *e)
{
	AUTO(fd_closep) int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return err_sys(e, "open '%s'", path);
	return file_read(fd, out, path, e);
}

int file_write(int fd, const void *p, size_t len, struct err *e)
{
	const char *from = p;

	while (len) {
		ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "write");
		from += n;
		len -= (size_t)n;
	}
	return 0;
}

static int fill(int taken, const char *path, const void *p, size_t len, struct err *e)
{
	AUTO(fd_closep) int fd = taken;

	if (file_write(fd, p, len, e) < 0)
		return err_wrap(e, "'%s'", path);
	if (fsync(fd) < 0)
		return err_sys(e, "fsync '%s'", path);
	if (close(steal_fd(&fd)) < 0)
		return err_sys(e, "close '%s'", path);
	return 0;
}

int file_create(int dirfd, const char *path, mode_t mode, const void *p, size_t len, struct err *e)
{
	int fd = openat(dirfd, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	if (fd < 0)
		return err_sys(e, "create '%s'", path);
	if (fill(fd, path, p, len, e) == 0)
		return 0;
	(void)unlinkat(dirfd, path, 0);
	return -1;
}

int file_temporary(struct err *e)
{
	const char *dir = getenv("TMPDIR");
	AUTO(freep) char *path = NULL;
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	/* Not every file system has files without a name. */
	path = xasprintf("%s/impound-XXXXXX", dir);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "make a temporary file in '%s'", dir);
	(void)unlink(path);
	return fd;
}

#define TREE_DEPTH_MAX 64

static void dir_closep(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static int remove_below(int dir, dev_t device, unsigned depth, struct err *e)
{
	AUTO(dir_closep) DIR *d = fdopendir(dir);
	int failed = 0;

	if (!d) {
		(void)err_sys(e, "read a directory");
		(void)close(dir);
		return -1;
	}
	for (struct dirent *n; (n = readdir(d)) != NULL;) {
		struct stat st;
		int below;

		if (!strcmp(n->d_name, ".") || !strcmp(n->d_name, ".."))
			continue;
		if (unlinkat(dirfd(d), n->d_name, 0) == 0)
			continue;
		below = openat(dirfd(d), n->d_name,
			       O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (below >= 0 &&
		    (fstat(below, &st) < 0 || st.st_dev != device || depth >= TREE_DEPTH_MAX)) {
			(void)close(below);
			below = -1;
		}
		if (below < 0 || remove_below(below, device, depth + 1, e) < 0 ||
		    unlinkat(dirfd(d), n->d_name, AT_REMOVEDIR) < 0)
			failed = err_sys(e, "remove '%s'", n->d_name);
	}
	return failed;
}

int file_remove_tree(int dirfd, const char *name, struct err *e)
{
	int dir = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (dir < 0 || fstat(dir, &st) < 0) {
		if (dir >= 0)
			(void)close(dir);
		return err_sys(e, "open '%s'", name);
	}
	if (remove_below(dir, st.st_dev, 0, e) < 0)
		return err_wrap(e, "'%s'", name);
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? err_sys(e, "remove '%s'", name) : 0;
}
