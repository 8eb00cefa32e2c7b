/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a bundle's files, held against what was sealed as they go by. */
#include "lib/bundle/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/hashing.h"

#define BLOCK ((size_t)256 << 10)

struct file {
	struct source source;
	struct bundle_reader *b;
	const char *path, *sha256;
	int fd;
	struct digest *d;
	uint64_t size, bytes; /* as it was opened; read */
	bool is_ended;
	struct err failure;
};

static int remember(struct bundle_reader *b, const struct err *e)
{
	if (b->first.kind == ERR_NONE)
		b->first = *e;
	return -1;
}

static int differs(const char *path, struct err *e)
{
	return err_set(e, ERR_INTEGRITY,
		       "'%s' is not what was sealed: it changed after it was verified", path);
}

/* The end of it, or more than there was: now its digest is known. */
static int end(struct file *f, struct err *e)
{
	char sum[SHA256_HEX];

	f->is_ended = true;
	if (!f->sha256)
		return 0;
	digest_end(f->d, sum);
	if (f->bytes == f->size && !memcmp(sum, f->sha256, SHA256_HEX - 1))
		return 0;
	(void)differs(f->path, &f->failure);
	*e = f->failure;
	return remember(f->b, &f->failure);
}

static ssize_t file_source_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct file *f = (struct file *)s;
	ssize_t n;

	if (f->failure.kind != ERR_NONE) {
		*e = f->failure;
		return -1;
	}
	if (f->is_ended)
		return 0;
	do
		n = read(f->fd, p, len);
	while (n < 0 && errno == EINTR && !stop_requested());
	if (n < 0) {
		if (errno == EINTR)
			(void)stop_err(&f->failure);
		else
			(void)err_sys(&f->failure, "read '%s'", f->path);
		*e = f->failure;
		return remember(f->b, &f->failure);
	}
	if (n > 0 && f->sha256)
		digest_add(f->d, p, (size_t)n);
	f->bytes += (uint64_t)n;
	/* One that grows would never end. */
	if ((n == 0 || f->bytes > f->size) && end(f, e) < 0)
		return -1;
	return f->is_ended ? 0 : n;
}

/* What nobody wanted to see is hashed all the same: it may be why they stopped. */
static void drain(struct file *f)
{
	AUTO(freep) char *block = xmalloc(BLOCK);
	struct err e = { 0 };
	ssize_t n;

	do {
		if (stop_requested()) {
			(void)stop_err(&e);
			(void)remember(f->b, &e);
			return;
		}
		n = file_source_read(&f->source, block, BLOCK, &e);
	} while (n > 0);
}

static void file_source_close(struct source *s)
{
	struct file *f = (struct file *)s;

	if (f->sha256 && !f->is_ended && f->failure.kind == ERR_NONE)
		drain(f);
	digest_freep(&f->d);
	fd_closep(&f->fd);
	free(f);
}

/* One that verify saw and that is gone now, or a link, is as bad as one that differs. */
static int open_file(struct bundle_reader *b, const char *path, struct stat *st, struct err *e)
{
	int fd = hashing_open(b->dir, path, st, e);

	if (fd >= 0)
		return fd;
	(void)err_wrap(e, "'%s'", path);
	return b->is_tampered ? -1 : remember(b, e);
}

int reading_source(struct bundle_reader *b, const char *path, const char *sha256,
		   struct source **out, struct err *e)
{
	struct stat st;
	int fd = open_file(b, path, &st, e);
	struct file *f;

	if (fd < 0)
		return -1;
	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	f = xcalloc(1, sizeof(*f));
	*f = (struct file){ .source = { .read = file_source_read, .close = file_source_close },
			    .b = b,
			    .path = path,
			    .sha256 = sha256,
			    .fd = fd,
			    .d = sha256 ? digest_new() : NULL,
			    .size = (uint64_t)st.st_size };
	*out = &f->source;
	return 0;
}

static const struct manifest_entry *find(const struct bundle_reader *b, const char *path)
{
	AUTO(freep) char *whole = xasprintf(BUNDLE_DATA "%s", path);

	return manifest_find(&b->files, whole);
}

static const struct manifest_entry *need(const struct bundle_reader *b, const char *path,
					 struct err *e)
{
	const struct manifest_entry *entry = find(b, path);

	if (!entry)
		(void)err_set(e, ERR_ABSENT, "there is no '%s' in the bundle", path);
	return entry;
}

int bundle_source(struct bundle_reader *b, const char *path, struct source **out, struct err *e)
{
	const struct manifest_entry *entry = need(b, path, e);

	return entry ? reading_source(b, entry->path, entry->sha256, out, e) : -1;
}

int bundle_file(struct bundle_reader *b, const char *path, struct err *e)
{
	const struct manifest_entry *entry = need(b, path, e);
	AUTO(fd_closep) int fd = -1;
	struct stat st;
	int own;

	if (!entry)
		return -1;
	fd = open_file(b, entry->path, &st, e);
	if (fd < 0)
		return -1;
	if (!entry->sha256)
		return steal_fd(&fd);
	own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (own < 0)
		return err_sys(e, "'%s'", entry->path);
	grow(b->handed, b->handed_count, b->handed_cap);
	b->handed[b->handed_count++] = (struct handed){
		.path = entry->path, .sha256 = entry->sha256, .fd = own, .st = st
	};
	return steal_fd(&fd);
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && file_same_time(&a->st_mtim, &b->st_mtim);
}

/* By position: the descriptor's own belongs to whom it was handed. */
static int check_handed(const struct handed *h, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BLOCK);
	AUTO(digest_freep) struct digest *d = digest_new();
	char sum[SHA256_HEX];
	struct stat st;
	off_t at = 0;

	for (;;) {
		ssize_t n = pread(h->fd, block, BLOCK, at);

		if (stop_requested())
			return stop_err(e);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read '%s'", h->path);
		if (n == 0 || at > h->st.st_size)
			break;
		digest_add(d, block, (size_t)n);
		at += n;
	}
	digest_end(d, sum);
	if (fstat(h->fd, &st) < 0)
		return err_sys(e, "stat '%s'", h->path);
	if (memcmp(sum, h->sha256, SHA256_HEX - 1) != 0 || !is_same(&st, &h->st))
		return differs(h->path, e);
	return 0;
}

int bundle_check(struct bundle_reader *b, struct err *e)
{
	while (b->handed_count) {
		struct handed *h = &b->handed[--b->handed_count];
		struct err why = { 0 };

		if (check_handed(h, &why) < 0)
			(void)remember(b, &why);
		fd_closep(&h->fd);
	}
	if (b->first.kind == ERR_NONE)
		return 0;
	*e = b->first;
	return -1;
}

bool bundle_has(const struct bundle_reader *b, const char *path, uint64_t *size)
{
	const struct manifest_entry *entry = find(b, path);
	struct stat st;

	if (!entry)
		return false;
	if (size)
		*size = fstatat(b->dir, entry->path, &st, AT_SYMLINK_NOFOLLOW) == 0
				? (uint64_t)st.st_size
				: 0;
	return true;
}

int bundle_each_path(const struct bundle_reader *b, const char *prefix,
		     int (*fn)(const char *path, uint64_t size, void *data, struct err *e),
		     void *data, struct err *e)
{
	size_t skip = strlen(BUNDLE_DATA), len = strlen(prefix);

	for (size_t i = 0; i < b->files.count; i++) {
		const char *path = b->files.items[i].path + skip;
		uint64_t size = 0;

		if (strncmp(path, prefix, len) != 0)
			continue;
		(void)bundle_has(b, path, &size);
		if (fn(path, size, data, e) < 0)
			return -1;
	}
	return 0;
}
