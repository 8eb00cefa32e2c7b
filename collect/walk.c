/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "collect/attrs.h"
#include "collect/names.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/base/str.h"

struct level {
	int fd;
	size_t path_len; /* of the directory's own path in walk.path, with its '/' */
	struct names names;
};

struct walk {
	struct walk_options options;
	struct level *levels;
	size_t depth, level_cap, level_made; /* names of levels below level_made may hold memory */
	struct str path;
	int root;
	int entry, file, dir; /* O_PATH of the last node, and what of it is open for reading */
	bool is_started;
	char link[WALK_LINK_MAX + 1], error[200], proc[32];
	struct attrs attrs;
	void *block;
	struct node node;
};

/* One descriptor a level: the usual soft limit of 1024 is less than what a path may be deep. */
static void raise_descriptors(void)
{
	const rlim_t want = WALK_DEPTH_MAX + 256;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

struct walk *walk_new(int root, const char *prefix, const struct walk_options *options)
{
	struct walk *w = xcalloc(1, sizeof(*w));

	raise_descriptors();
	w->options = *options;
	w->root = root;
	w->entry = w->file = w->dir = -1;
	str_init(&w->path, WALK_PATH_MAX + NAMES_LONGEST + 2);
	if (prefix)
		str_adds(&w->path, prefix);
	w->block = xmalloc(NAMES_BLOCK);
	return w;
}

void walk_freep(struct walk **it)
{
	struct walk *w = steal(it);

	if (!w)
		return;
	for (size_t i = 0; i < w->level_made; i++) {
		if (i < w->depth)
			fd_closep(&w->levels[i].fd);
		names_release(&w->levels[i].names);
	}
	free(w->levels);
	fd_closep(&w->root);
	fd_closep(&w->entry);
	fd_closep(&w->file);
	fd_closep(&w->dir);
	str_release(&w->path);
	attrs_release(&w->attrs);
	free(w->block);
	free(w);
}

int walk_file(const struct walk *w)
{
	return w->file;
}

void walk_prune(struct walk *w)
{
	fd_closep(&w->dir);
}

int walk_steal(struct walk *w)
{
	return steal_fd(&w->entry);
}

static void __attribute__((format(printf, 2, 3))) entry_error(struct walk *w, const char *fmt, ...)
{
	int code = errno;
	size_t len;
	va_list ap;

	if (w->node.error)
		return; /* the first is the cause */
	va_start(ap, fmt);
	(void)vsnprintf(w->error, sizeof(w->error), fmt, ap);
	va_end(ap);
	len = strlen(w->error);
	if (code)
		(void)snprintf(w->error + len, sizeof(w->error) - len, ": %s", strerror(code));
	w->node.error = w->error;
}

static struct timespec time_of(const struct statx_timestamp *t)
{
	return (struct timespec){ .tv_sec = t->tv_sec, .tv_nsec = t->tv_nsec };
}

static void fill(struct walk *w, const struct statx *st)
{
	const struct idmaps *ids = w->options.ids;
	struct node *n = &w->node;
	struct tar_entry *t = &n->tar;

	t->mode = st->stx_mode;
	n->host_uid = st->stx_uid;
	n->host_gid = st->stx_gid;
	t->uid = idmaps_inside(ids ? &ids->uids : NULL, st->stx_uid);
	t->gid = idmaps_inside(ids ? &ids->gids : NULL, st->stx_gid);
	t->size = S_ISREG(st->stx_mode) ? st->stx_size : 0;
	if (S_ISCHR(st->stx_mode) || S_ISBLK(st->stx_mode)) {
		t->rdev_major = st->stx_rdev_major;
		t->rdev_minor = st->stx_rdev_minor;
	}
	t->mtime = time_of(&st->stx_mtime);
	t->atime = time_of(&st->stx_atime);
	t->ctime = time_of(&st->stx_ctime);
	/* Inodes made without a birth time carry zeros. */
	if ((st->stx_mask & STATX_BTIME) && st->stx_btime.tv_sec)
		n->btime = time_of(&st->stx_btime);
	n->inode = st->stx_ino;
	n->device = (uint64_t)st->stx_dev_major << 32 | st->stx_dev_minor;
	n->links = st->stx_nlink;
}

/* Whether data may be missing between data: only then is asking for extents worth its calls. */
static bool may_be_sparse(const struct statx *st)
{
	return st->stx_blocks * 512 < st->stx_size;
}

static int find_extents(struct walk *w)
{
	struct tar_entry *t = &w->node.tar;
	uint64_t at = 0;
	size_t count = 0;

	while (at < t->size) {
		off_t data = lseek(w->file, (off_t)at, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			break;
		if (data < 0)
			return 0; /* the file system does not tell: read it all */
		/* The last one we have room for takes the rest, holes and all: nothing is lost. */
		hole = count + 1 < ATTRS_EXTENTS_MAX ? lseek(w->file, data, SEEK_HOLE)
						     : (off_t)t->size;
		if (hole < 0)
			return 0;
		if ((uint64_t)data >= t->size)
			break;
		if ((uint64_t)hole > t->size)
			hole = (off_t)t->size;
		attrs_add_extent(&w->attrs, (uint64_t)data, (uint64_t)(hole - data));
		count++;
		at = (uint64_t)hole;
	}
	if (!count) /* one empty extent at the end says "all of it is a hole" */
		attrs_add_extent(&w->attrs, t->size, 0);
	t->extents = w->attrs.extents;
	t->extent_count = w->attrs.extent_count;
	if (t->extent_count == 1 && t->extents[0].len == t->size)
		t->extent_count = 0;
	return 0;
}

static void look_inside(struct walk *w, const struct statx *st, bool to_enter)
{
	mode_t type = st->stx_mode & S_IFMT;

	if (type == S_IFREG && !w->options.without_content) {
		w->file = open(w->proc, O_RDONLY | O_CLOEXEC | O_NOCTTY);
		if (w->file < 0)
			entry_error(w, "open");
		else if (may_be_sparse(st))
			(void)find_extents(w);
	} else if (type == S_IFDIR && to_enter) {
		errno = 0;
		if (w->depth == WALK_DEPTH_MAX || w->path.len >= WALK_PATH_MAX)
			entry_error(w, "too deep: what is below it was not read");
		else if ((w->dir = openat(w->entry, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			entry_error(w, "what is below it was not read");
	} else if (type == S_IFLNK) {
		ssize_t n = readlinkat(w->entry, "", w->link, sizeof(w->link) - 1);

		if (n < 0)
			entry_error(w, "readlink");
		w->link[n > 0 ? n : 0] = 0;
		w->node.tar.link = w->link;
	}
	if (attrs_read(&w->attrs, w->file >= 0 ? w->file : w->dir, w->proc) < 0) {
		entry_error(w, "extended attributes");
		return;
	}
	if (w->attrs.is_cut)
		w->node.note = "extended attributes past the limit were left out";
	if (w->options.overlay)
		attrs_take_overlay(&w->attrs, w->options.overlay, &w->node);
	if (w->options.has_override)
		attrs_take_override(&w->attrs, &w->node);
	w->node.tar.xattrs = w->attrs.items;
	w->node.tar.xattr_count = w->attrs.count;
}

/* Opens NAME below DIRFD (the directory itself if NULL) and fills the node whose path is in
 * w->path. */
static void examine(struct walk *w, int dirfd, const char *name, bool to_enter)
{
	struct open_how how = {
		.flags = O_PATH | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV |
			   RESOLVE_NO_MAGICLINKS,
	};
	struct statx st;

	fd_closep(&w->entry);
	fd_closep(&w->file);
	fd_closep(&w->dir);
	attrs_reset(&w->attrs);
	w->node = (struct node){ .btime.tv_nsec = -1, .change.whiteout.tv_nsec = -1 };
	w->node.tar.path = w->path.len ? w->path.buf : ".";
	w->node.tar.atime.tv_nsec = w->node.tar.ctime.tv_nsec = -1;
	/* The root is there already, and may be a file that is mounted by itself. */
	w->entry = name ? (int)syscall(SYS_openat2, dirfd, name, &how, sizeof(how))
			: fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (w->entry < 0) {
		entry_error(w, "open");
		return;
	}
	if (statx(w->entry, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME,
		  &st) < 0) {
		entry_error(w, "stat");
		return;
	}
	(void)snprintf(w->proc, sizeof(w->proc), "/proc/self/fd/%d", w->entry);
	fill(w, &st);
	look_inside(w, &st, to_enter);
}

/* Goes into the directory that the last node is. */
static void enter(struct walk *w)
{
	struct level *l;

	if (w->dir < 0)
		return;
	grow(w->levels, w->depth, w->level_cap);
	l = &w->levels[w->depth++];
	if (w->level_made < w->depth) {
		w->level_made = w->depth;
		l->names = (struct names){ 0 };
	}
	l->fd = steal_fd(&w->dir);
	if (w->path.len)
		str_addc(&w->path, '/');
	l->path_len = w->path.len;
	names_start(&l->names);
}

/* Half of what is left for each directory, so that a chain of huge ones stays within the whole. */
static size_t quota(const struct walk *w)
{
	size_t used = 0;

	for (size_t i = 0; i + 1 < w->depth; i++)
		used += names_size(&w->levels[i].names);
	used = used < WALK_NAMES_SIZE ? (WALK_NAMES_SIZE - used) / 2 : 0;
	return used > 32768 ? used : 32768;
}

static void cut_path(struct walk *w, size_t len)
{
	w->path.len = len;
	if (w->path.cap)
		w->path.buf[len] = 0;
}

static bool next_entry(struct walk *w)
{
	while (w->depth) {
		struct level *l = &w->levels[w->depth - 1];
		struct err why = { 0 };
		int failed;
		const char *name = names_next(&l->names, l->fd, w->block, quota(w), &failed, &why);

		cut_path(w, l->path_len);
		if (name) {
			str_adds(&w->path, name);
			examine(w, l->fd, name, true);
			return true;
		}
		fd_closep(&l->fd);
		w->depth--;
		if (failed) { /* the directory's own node was given out before: say it again, as an
				 error */
			if (w->path.len)
				cut_path(w, w->path.len - 1);
			errno = 0;
			w->node = (struct node){ .btime.tv_nsec = -1 };
			w->node.tar.path = w->path.len ? w->path.buf : ".";
			entry_error(w, "%s: what is below it was not read whole", why.text);
			return true;
		}
	}
	return false;
}

int walk_next(struct walk *w, struct node **out, struct err *e)
{
	if (stop_requested())
		return stop_err(e);
	if (!w->is_started) {
		w->is_started = true;
		examine(w, w->root, NULL, true);
	} else {
		enter(w);
		if (!next_entry(w))
			return 0;
	}
	*out = &w->node;
	return 1;
}

int walk_lookup(struct walk *w, int root, const char *path, struct node **out, struct err *e)
{
	cut_path(w, 0);
	str_adds(&w->path, path);
	examine(w, root, path, false);
	if (w->entry < 0)
		return err_set(e, ERR_ABSENT, "no '%s' there", path);
	*out = &w->node;
	return 0;
}
