/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/walkdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/base/stream.h"
#include "lib/base/text.h"

#define LIST_BLOCK  ((size_t)8 << 10)   /* of getdents64: read again behind each directory */
#define READ_BLOCK  ((size_t)256 << 10) /* of a file */
#define NAMES_SIZE  ((size_t)64 << 10)  /* of attributes: the kernel's own limit */
#define VALUES_SIZE ((size_t)256 << 10) /* of all attributes of one entry */
#define TARGET_MAX  4096                /* the kernel's limit of a symlink's target */

/* A directory that is being read. */
struct level {
	int fd;
	size_t key_len;
	off_t at; /* where to go on in it */
};

struct walking {
	struct run_maker *to;
	struct notes *notes;
	struct level *levels;
	size_t depth, cap;
	struct str key;
	struct digest *digest;
	char *list, *block, *names, *values;
	uint64_t seq;
	unsigned layer;
	char target[TARGET_MAX + 1];
};

void walkdir_prepare(void)
{
	const rlim_t want = WALKDIR_DEPTH_MAX + 256;
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= want)
		return;
	r.rlim_cur = r.rlim_max < want ? r.rlim_max : want;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static void walking_init(struct walking *w)
{
	str_init(&w->key, KEY_MAX + 256 + 2);
	w->digest = digest_new();
	w->list = xmalloc(LIST_BLOCK);
	w->block = xmalloc(READ_BLOCK);
	w->names = xmalloc(NAMES_SIZE);
	w->values = xmalloc(VALUES_SIZE);
}

static void walking_release(struct walking *w)
{
	while (w->depth)
		fd_closep(&w->levels[--w->depth].fd);
	free(w->levels);
	str_release(&w->key);
	digest_freep(&w->digest);
	free(w->list);
	free(w->block);
	free(w->names);
	free(w->values);
}

static void lack(struct walking *w, const char *what)
{
	AUTO(str_release) struct str name = STR_INIT(w->key.max + 1);

	key_show(&name, w->key.buf, w->key.len);
	notes_lack(w->notes, "file-unread", name.buf, name.len, "%s", what);
}

static void lack_errno(struct walking *w, const char *what)
{
	struct err e = { 0 };

	(void)err_sys(&e, "%s", what);
	lack(w, e.text);
}

/* Attributes that cannot be had are as none; what security of the host hides is not the
 * container's. */
static void take_xattrs(struct walking *w, const char *proc, struct state *s)
{
	struct tar_xattr found[TAR_XATTRS_MAX];
	ssize_t len = listxattr(proc, w->names, NAMES_SIZE), n;
	size_t count = 0, used = 0;

	for (const char *name = w->names; len > 0 && name < w->names + len;
	     name += strlen(name) + 1) {
		if (count == TAR_XATTRS_MAX || used == VALUES_SIZE) {
			lack(w, "more attributes than are compared");
			break;
		}
		n = getxattr(proc, name, w->values + used, VALUES_SIZE - used);
		if (n < 0)
			continue;
		found[count++] = (struct tar_xattr){ .name = name,
						     .value = w->values + used,
						     .len = (size_t)n };
		used += (size_t)n;
	}
	state_take_xattrs(s, found, count);
}

/* Up to the size that it had: one that grows is read no further. */
static int hash(struct walking *w, int fd, struct state *s, struct err *e)
{
	uint64_t left = s->size;
	char hex[SHA256_HEX];
	struct err unused;

	digest_reset(w->digest);
	while (left) {
		ssize_t n = read(fd, w->block, left < READ_BLOCK ? (size_t)left : READ_BLOCK);

		if (stop_requested())
			return stop_err(e);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			if (n < 0)
				lack_errno(w, "read");
			else
				lack(w, "shrank while it was read");
			s->has |= STATE_CUT;
			return 0;
		}
		digest_add(w->digest, w->block, (size_t)n);
		progress_bytes((uint64_t)n);
		left -= (uint64_t)n;
	}
	digest_end(w->digest, hex);
	if (text_unhex(s->sha256, sizeof(s->sha256), hex, &unused) == 0)
		s->has |= STATE_SHA256;
	return 0;
}

static int take_file(struct walking *w, const char *proc, const struct stat *st, struct state *s,
		     struct err *e)
{
	uint64_t stored = (uint64_t)st->st_blocks * 512;
	AUTO(fd_closep) int fd = -1;

	if (s->size > stored && s->size - stored > WALKDIR_HOLES_MAX) {
		s->has |= STATE_UNHASHED;
		lack(w, "more zeros in holes than are hashed: compared by size");
		return 0;
	}
	fd = open(proc, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0) {
		lack_errno(w, "open");
		return 0;
	}
	return hash(w, fd, s, e);
}

/* The entry NODE, whose key is w->key; into *DIR, if it is a directory, what lists it. */
static int take_entry(struct walking *w, int node, int *dir, struct err *e)
{
	struct record n = { .key = w->key.buf,
			    .key_len = w->key.len,
			    .kind = RECORD_ENTRY,
			    .layer = w->layer,
			    .of_layer = w->layer,
			    .seq = ++w->seq };
	struct stat st;
	char proc[40];

	if (fstatat(node, "", &st, AT_EMPTY_PATH | AT_NO_AUTOMOUNT) < 0) {
		lack_errno(w, "stat");
		return 0;
	}
	(void)snprintf(proc, sizeof(proc), "/proc/self/fd/%d", node);
	n.state = (struct state){ .mode = st.st_mode,
				  .uid = st.st_uid,
				  .gid = st.st_gid,
				  .mtime = st.st_mtim.tv_sec,
				  .mtime_nsec = (uint32_t)st.st_mtim.tv_nsec,
				  .has = STATE_META | STATE_MTIME | STATE_ON_DISK };
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) {
		n.state.rdev_major = major(st.st_rdev);
		n.state.rdev_minor = minor(st.st_rdev);
	}
	take_xattrs(w, proc, &n.state);
	if (S_ISREG(st.st_mode)) {
		n.state.size = (uint64_t)st.st_size;
		if (take_file(w, proc, &st, &n.state, e) < 0)
			return -1;
	} else if (S_ISLNK(st.st_mode)) {
		ssize_t len = readlinkat(node, "", w->target, TARGET_MAX);

		if (len < 0)
			lack_errno(w, "readlink");
		n.link = w->target;
		n.link_len = len > 0 ? (size_t)len : 0;
	} else if (S_ISDIR(st.st_mode)) {
		if (w->depth == WALKDIR_DEPTH_MAX)
			lack(w, "too deep: what is below it was not read");
		else if ((*dir = openat(node, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
			lack_errno(w, "what is below it was not read");
		if (*dir < 0)
			n.state.has |= STATE_VEILED;
	}
	return run_put(w->to, &n, e);
}

static void enter(struct walking *w, int dir)
{
	grow(w->levels, w->depth, w->cap);
	w->levels[w->depth++] = (struct level){ .fd = dir, .key_len = w->key.len };
}

/* That a path is not found below w->key says nothing; of an ENTRY not even its type is known. */
static int veil(struct walking *w, enum record_kind kind, struct err *e)
{
	const struct record n = { .key = w->key.buf,
				  .key_len = w->key.len,
				  .kind = kind,
				  .layer = w->layer,
				  .of_layer = w->layer,
				  .state = { .mode = kind == RECORD_IMPLIED ? S_IFDIR : 0,
					     .has = STATE_VEILED } };

	return run_put(w->to, &n, e);
}

/* One name of the deepest directory. True: it is a directory, and entered. */
static int take_name(struct walking *w, const char *name, bool *is_entered, struct err *e)
{
	const struct level *l = &w->levels[w->depth - 1];
	AUTO(fd_closep) int node = -1;
	AUTO(fd_closep) int dir = -1;
	struct err why = { 0 };

	w->key.len = l->key_len;
	if (w->key.len)
		str_addc(&w->key, '\0');
	str_adds(&w->key, name);
	if (w->key.over || w->key.len > KEY_MAX) {
		w->key.over = false;
		lack(w, "its path is too long");
		w->key.len = l->key_len;
		return veil(w, RECORD_IMPLIED, e);
	}
	node = file_open_beneath(l->fd, name, O_PATH, &why);
	if (node < 0) {
		lack(w,
		     why.sys == EXDEV ? "another file system is mounted here: not read" : why.text);
		return why.sys == ENOENT ? 0 : veil(w, RECORD_ENTRY, e);
	}
	if (take_entry(w, node, &dir, e) < 0)
		return -1;
	*is_entered = dir >= 0;
	if (dir >= 0)
		enter(w, steal_fd(&dir));
	return 0;
}

static bool is_dot(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

/* Goes on in the deepest directory, until it is over or has led into another one. */
static int read_level(struct walking *w, bool *is_over, struct err *e)
{
	struct level *l = &w->levels[w->depth - 1];
	bool is_entered = false;
	ssize_t got;

	if (lseek(l->fd, l->at, SEEK_SET) < 0)
		return err_sys(e, "rewind a directory");
	while ((got = getdents64(l->fd, w->list, LIST_BLOCK)) > 0) {
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *d = (const void *)(w->list + at);

			at += d->d_reclen;
			if (stop_requested())
				return stop_err(e);
			if (is_dot(d->d_name))
				continue;
			l->at = d->d_off;
			if (take_name(w, d->d_name, &is_entered, e) < 0)
				return -1;
			if (is_entered)
				return 0;
		}
	}
	w->key.len = l->key_len;
	if (got < 0)
		lack_errno(w, "what is below it was not read whole");
	*is_over = true;
	return got < 0 ? veil(w, RECORD_IMPLIED, e) : 0;
}

int walkdir_read(struct run_maker *to, unsigned layer, int root, struct notes *notes, struct err *e)
{
	AUTO(walking_release)
	struct walking w = { .to = to, .notes = notes, .layer = layer };
	AUTO(fd_closep) int dir = -1;

	walking_init(&w);
	if (take_entry(&w, root, &dir, e) < 0)
		return -1;
	if (dir >= 0)
		enter(&w, steal_fd(&dir));
	while (w.depth) {
		bool is_over = false;

		if (read_level(&w, &is_over, e) < 0)
			return -1;
		if (is_over)
			fd_closep(&w.levels[--w.depth].fd);
	}
	return 0;
}
