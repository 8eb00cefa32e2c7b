/* SPDX-License-Identifier: Apache-2.0 */
/* Where the bundle lies: its directories and files, made so that nobody can lead them elsewhere. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/bundle/writing.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* FAT and some network file systems keep no modes, and say so in one of these ways. */
static bool has_no_modes(int number)
{
	return number == EPERM || number == EOPNOTSUPP || number == ENOSYS || number == EINVAL;
}

int writing_chmod_dir(int at, const char *name, struct err *e)
{
	if (fchmodat(at, name, 0700, AT_SYMLINK_NOFOLLOW) < 0 && !has_no_modes(errno))
		return err_sys(e, "chmod '%s'", name);
	return 0;
}

static int make_dir(int at, const char *name, struct err *e)
{
	if (mkdirat(at, name, 0700) < 0)
		return errno == EEXIST ? 0 : err_sys(e, "make the directory '%s'", name);
	return writing_chmod_dir(at, name, e);
}

int writing_dir(const struct bundle *b, const char *path, size_t len, bool make, struct err *e)
{
	AUTO(fd_closep) int at = openat(b->dir, ".", DIR_FLAGS);
	char part[BUNDLE_PATH_MAX + 1];

	if (at < 0)
		return err_sys(e, "open '%s'", b->path);
	while (len) {
		const char *slash = memchr(path, '/', len);
		size_t n = slash ? (size_t)(slash - path) : len;
		int next;

		memcpy(part, path, n);
		part[n] = '\0';
		if (make && make_dir(at, part, e) < 0)
			return -1;
		next = openat(at, part, DIR_FLAGS);
		if (next < 0)
			return err_sys(e, "open the directory '%s'", part);
		(void)close(at);
		at = next;
		n += slash ? 1 : 0;
		path += n;
		len -= n;
	}
	return steal_fd(&at);
}

int writing_sync_dir(const struct bundle *b, const char *path, size_t len, struct err *e)
{
	AUTO(fd_closep) int dir = -1;

	if (!b->has_dirsync)
		return 0;
	dir = writing_dir(b, path, len, false, e);
	if (dir < 0)
		return -1;
	return fsync(dir) < 0 ? err_sys(e, "fsync the directory '%.*s'", (int)len, path) : 0;
}

int writing_create(const struct bundle *b, const char *path, int flags, struct err *e)
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	AUTO(fd_closep) int dir = writing_dir(b, path, slash ? (size_t)(slash - path) : 0, true, e);
	AUTO(fd_closep) int fd = -1;
	struct stat st;

	if (dir < 0)
		return -1;
	fd = openat(dir, base, flags | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, "create '%s'", path);
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", path);
	if ((st.st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0 && !has_no_modes(errno))
		return err_sys(e, "chmod '%s'", path);
	return steal_fd(&fd);
}

int writing_tag(struct bundle *b, const char *path, const struct str *text, struct err *e)
{
	AUTO(fd_closep) int fd = -1;
	char sum[SHA256_HEX];

	if (str_ok(text, path, e) < 0)
		return -1;
	fd = writing_create(b, path, O_WRONLY, e);
	if (fd < 0)
		return -1;
	if (file_write(fd, text->buf, text->len, e) < 0)
		return err_wrap(e, "'%s'", path);
	if (fsync(fd) < 0)
		return err_sys(e, "fsync '%s'", path);
	if (close(steal_fd(&fd)) < 0)
		return err_sys(e, "close '%s'", path);
	digest_of(text->buf, text->len, sum);
	manifest_add(&b->tags, path, sum);
	return 0;
}

bool writing_is_full(int number)
{
	return number == ENOSPC || number == EDQUOT || number == EFBIG || number == EROFS ||
	       number == EIO;
}
