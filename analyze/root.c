/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/root.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/key.h"
#include "analyze/layered.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"

#define LINK_MAX_BYTES 4096 /* the kernel's limit of a symlink's target */

typedef int visit(const struct root_member *m, void *data, struct err *e);

struct root {
	int fd; /* of a file or a directory; -1 in a bundle */
	bool is_directory;
	struct bundle_reader *bundle; /* borrowed */
	const char *name;             /* in it */
	struct layered *layered;      /* borrowed; NULL: none */
	dev_t dev;
	struct str key, path;
	uint64_t passed_over, unread;
	visit *fn;
	void *data;
	/* While it is walked: what root_content() is of. */
	struct tar_reader *tar;
	int at; /* the directory of the member */
	const char *base;
};

static struct root *root_new(void)
{
	struct root *r = xcalloc(1, sizeof(*r));

	r->fd = -1;
	str_init(&r->key, KEY_MAX + 1);
	str_init(&r->path, KEY_MAX + 2);
	return r;
}

int root_open(const char *path, struct root **out, struct err *e)
{
	AUTO(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT)
		return err_set(e, ERR_ABSENT, "there is no '%s'", path);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, "open '%s'", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return err_set(e, ERR_USAGE,
			       "'%s' is neither a directory nor a file: it is read twice", path);
	*out = root_new();
	(*out)->is_directory = S_ISDIR(st.st_mode);
	(*out)->dev = st.st_dev;
	(*out)->fd = steal_fd(&fd);
	return 0;
}

struct root *root_in_bundle(struct bundle_reader *b, const char *name)
{
	struct root *r = root_new();

	r->bundle = b;
	r->name = name;
	return r;
}

struct root *root_in_layers(struct layered *l)
{
	struct root *r = root_new();

	r->layered = l;
	return r;
}

void root_freep(struct root **out)
{
	struct root *r = steal(out);

	if (!r)
		return;
	fd_closep(&r->fd);
	str_release(&r->key);
	str_release(&r->path);
	free(r);
}

int root_dirfd(const struct root *r)
{
	return r->is_directory ? r->fd : -1;
}

bool root_is_directory(const struct root *r)
{
	return r->is_directory;
}

uint64_t root_passed_over(const struct root *r)
{
	return r->passed_over;
}

uint64_t root_unread(const struct root *r)
{
	return r->unread;
}

/* Fills what is made of the name; false where it has no place below a root. */
static bool take_name(struct root *r, struct root_member *m, const char *path)
{
	enum key_fault fault = key_of(&r->key, path, strlen(path));

	if (fault != KEY_FINE && fault != KEY_ABSOLUTE) {
		r->passed_over++;
		return false;
	}
	str_reset(&r->path);
	key_show(&r->path, r->key.buf, r->key.len);
	m->path = r->path.buf + 1;
	m->key = r->key.buf;
	m->key_len = r->key.len;
	return true;
}

static int take_member(struct tar_reader *tar, const struct tar_entry *n, void *data, struct err *e)
{
	struct root *r = data;
	struct root_member m = { .mode = n->mode,
				 .link = n->link,
				 .is_hardlink = n->is_hardlink,
				 .size = n->size,
				 .mtime = n->mtime };

	r->tar = tar;
	return take_name(r, &m, n->path) ? r->fn(&m, r->data, e) : 0;
}

static int walk_members(struct root *r, struct tar_reader *tar, struct err *e)
{
	struct tar_entry n;
	int more;

	while ((more = tar_next(tar, &n, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (take_member(tar, &n, r, e) < 0)
			return -1;
	}
	return more;
}

static int walk_tar(struct root *r, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(tar_reader_freep) struct tar_reader *tar = NULL;
	int fd;

	if (r->bundle) {
		if (bundle_source(r->bundle, r->name, &from, e) < 0)
			return -1;
	} else {
		fd = fcntl(r->fd, F_DUPFD_CLOEXEC, 0);
		if (fd < 0)
			return err_sys(e, "duplicate a descriptor");
		from = source_of_fd(fd);
		if (lseek(r->fd, 0, SEEK_SET) < 0)
			return err_sys(e, "seek");
	}
	tar = tar_reader_new(from);
	return walk_members(r, tar, e);
}

static int walk_dir(struct root *r, int fd, const char *path, unsigned depth, struct err *e);

/* NAME in the directory AT, which is PATH. */
static int visit_name(struct root *r, int at, const char *path, const char *name, unsigned depth,
		      struct err *e)
{
	AUTO(freep) char *whole = xasprintf("%s%s%s", path, *path ? "/" : "", name);
	char link[LINK_MAX_BYTES + 1];
	struct root_member m = { 0 };
	struct stat st;
	ssize_t len;
	int fd;

	if (!take_name(r, &m, whole))
		return 0;
	if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		/* What is gone since its directory was read is not there. */
		r->unread += errno != ENOENT;
		return 0;
	}
	m.mode = st.st_mode;
	m.size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	m.mtime = st.st_mtim;
	if (S_ISLNK(st.st_mode)) {
		len = readlinkat(at, name, link, sizeof(link));
		if (len < 0 || (size_t)len >= sizeof(link)) {
			r->unread++;
			return 0;
		}
		link[len] = '\0';
		m.link = link;
	}
	r->at = at;
	r->base = name;
	if (r->fn(&m, r->data, e) < 0)
		return -1;
	if (!S_ISDIR(st.st_mode) || st.st_dev != r->dev)
		return 0;
	if (depth >= ROOT_DEPTH_MAX) {
		r->passed_over++;
		return 0;
	}
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		r->unread += errno != ENOENT;
		return 0;
	}
	return walk_dir(r, fd, whole, depth + 1, e);
}

static void dir_closep(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

/* Takes FD. */
static int walk_dir(struct root *r, int fd, const char *path, unsigned depth, struct err *e)
{
	AUTO(dir_closep) DIR *dir = fdopendir(fd);
	struct dirent *n;

	if (!dir) {
		fd_closep(&fd);
		return err_sys(e, "read '%s'", path);
	}
	for (;;) {
		errno = 0;
		n = readdir(dir);
		if (!n)
			break;
		if (stop_requested())
			return stop_err(e);
		if (strcmp(n->d_name, ".") != 0 && strcmp(n->d_name, "..") != 0 &&
		    visit_name(r, dirfd(dir), path, n->d_name, depth, e) < 0)
			return -1;
	}
	r->unread += errno != 0;
	return 0;
}

int root_walk(struct root *r, visit *fn, void *data, struct err *e)
{
	int fd;

	r->fn = fn;
	r->data = data;
	r->passed_over = r->unread = 0;
	if (r->layered)
		return layered_walk(r->layered, take_member, r, e);
	if (!r->is_directory)
		return walk_tar(r, e);
	fd = openat(r->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, "read the directory");
	return walk_dir(r, fd, "", 0, e);
}

struct member_source {
	struct source source;
	struct tar_reader *tar;
};

static ssize_t member_read(struct source *s, void *p, size_t len, struct err *e)
{
	return tar_read(((struct member_source *)s)->tar, p, len, e);
}

static void member_close(struct source *s)
{
	free(s);
}

int root_content(struct root *r, struct source **out, struct err *e)
{
	struct member_source *m;
	int fd;

	if (r->is_directory) {
		fd = file_open_regular(r->at, r->base, NULL, e);
		if (fd < 0)
			return -1;
		*out = source_of_fd(fd);
		return 0;
	}
	m = xcalloc(1, sizeof(*m));
	m->source = (struct source){ .read = member_read, .close = member_close };
	m->tar = r->tar;
	*out = &m->source;
	return 0;
}
