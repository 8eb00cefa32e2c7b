/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/bundle/bundle.h"

struct walk {
	struct tree *tree;
	struct report *report;
	int root;
	bool is_unsealed;
	bool is_over; /* a limit was passed, and said */
};

static void dir_closep(DIR **d)
{
	if (*d)
		(void)closedir(*d);
}

static void over(struct walk *w, const char *path, const char *what, int limit)
{
	if (!w->is_over)
		report_add(w->report, "tree", CHECK_LIMIT, path, "more than %d %s", limit, what);
	w->is_over = w->tree->is_cut = true;
}

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "neither a file nor a directory";
	}
}

static void enter(struct walk *w, const char *path, unsigned depth);

/* NOLINTNEXTLINE(misc-no-recursion): to TREE_DEPTH_MAX */
static void look(struct walk *w, int dir, const char *above, const char *name, unsigned depth)
{
	AUTO(freep) char *path = *above ? xasprintf("%s/%s", above, name) : xstrdup(name);
	struct tree *t = w->tree;
	struct stat st;

	if (++t->entries > TREE_ENTRIES_MAX) {
		over(w, NULL, "files and directories", TREE_ENTRIES_MAX);
		return;
	}
	/* Not kept: what hostile names cost in memory would be their length times the limit. */
	if (strlen(path) > BUNDLE_PATH_MAX) {
		report_add(w->report, "tree", CHECK_TAMPERED, path,
			   "has a longer path than any in a bundle");
		return;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		report_add(w->report, "tree", CHECK_ERROR, path, "cannot be looked at: %s",
			   strerror(errno));
		t->is_cut = true;
	} else if (S_ISDIR(st.st_mode)) {
		enter(w, path, depth + 1);
	} else if (!S_ISREG(st.st_mode)) {
		report_add(w->report, "tree", CHECK_TAMPERED, path, "is %s", kind_of(st.st_mode));
	} else {
		if (st.st_nlink > 1)
			report_add(w->report, "tree", CHECK_NOTE, path, "has %lu hard links",
				   (unsigned long)st.st_nlink);
		grow(t->items, t->count, t->cap);
		t->items[t->count++] =
			(struct tree_file){ .path = steal(&path), .size = (uint64_t)st.st_size };
	}
}

/* NOLINTNEXTLINE(misc-no-recursion): to TREE_DEPTH_MAX */
static void enter(struct walk *w, const char *path, unsigned depth)
{
	AUTO(fd_closep) int fd = -1;
	AUTO(dir_closep) DIR *d = NULL;
	struct err e = { 0 };
	size_t names = 0;

	if (depth > TREE_DEPTH_MAX) {
		over(w, path, "directories inside each other", TREE_DEPTH_MAX);
		return;
	}
	fd = file_open_beneath(w->root, *path ? path : ".", O_RDONLY | O_DIRECTORY, &e);
	if (fd < 0 && e.sys == EXDEV) {
		report_add(w->report, "tree", CHECK_TAMPERED, path, "is another file system");
		return;
	}
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			(void)err_sys(&e, "read the directory '%s'", path);
		report_err(w->report, "tree", CHECK_ERROR, path, &e);
		w->tree->is_cut = true;
		return;
	}
	fd = -1;
	for (;;) {
		struct dirent *entry;

		errno = 0;
		entry = w->is_over ? NULL : readdir(d);
		if (!entry)
			break;
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		names++;
		look(w, dirfd(d), path, entry->d_name, depth);
	}
	if (errno) {
		report_add(w->report, "tree", CHECK_ERROR, path, "cannot be read: %s",
			   strerror(errno));
		w->tree->is_cut = true;
	} else if (!names && *path && !w->is_unsealed) {
		report_add(w->report, "tree", CHECK_TAMPERED, path, "is an empty directory");
	}
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct tree_file *)a)->path, ((const struct tree_file *)b)->path);
}

void tree_walk(struct tree *t, int dirfd, bool unsealed, struct report *report)
{
	struct walk w = { .tree = t, .report = report, .root = dirfd, .is_unsealed = unsealed };

	enter(&w, "", 0);
	if (t->count)
		qsort(t->items, t->count, sizeof(t->items[0]), by_path);
}

void tree_release(struct tree *t)
{
	for (size_t i = 0; i < t->count; i++)
		free(t->items[i].path);
	free(t->items);
	*t = (struct tree){ 0 };
}

struct tree_file *tree_find(const struct tree *t, const char *path)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int order = strcmp(path, t->items[mid].path);

		if (!order)
			return &t->items[mid];
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}
