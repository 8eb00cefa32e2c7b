/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/writing.h"

#define CONTAINER_NAME_MAX 64

static char *copy(const char *text)
{
	return text && *text ? xstrdup(text) : NULL;
}

/* <container>-<YYYYMMDDThhmmssZ>-<first 8 hex of the id> */
static void make_name(struct bundle *b, const char *container)
{
	char safe[CONTAINER_NAME_MAX + 1], now[TEXT_TIME_SIZE];
	size_t n = 0;

	for (; n < CONTAINER_NAME_MAX && container[n]; n++) {
		char c = container[n];
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || c == '_' || (n && (c == '.' || c == '-'));

		safe[n] = c;
		if (!plain)
			safe[n] = '_';
	}
	if (!n)
		safe[n++] = '_';
	safe[n] = '\0';
	text_now(now);
	(void)snprintf(b->name, sizeof(b->name), "%s-%.4s%.2s%.2sT%.2s%.2s%.2sZ-%.8s", safe, now,
		       now + 5, now + 8, now + 11, now + 14, now + 17, b->id);
}

/*
 * A few MiB on the target's disk under no name. What the file system cannot do is a sentence in
 * *WHY; a disk too full for even that is an error.
 */
static int set_aside(struct bundle *b, const char **why, struct err *e)
{
	AUTO(fd_closep) int fd = openat(b->parent, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	AUTO(freep) char *name = NULL;
	int number;

	if (fd < 0) {
		name = xasprintf(".%s.reserve", b->name);
		fd = openat(b->parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd < 0)
			return err_sys(e, "create a file in '%s'", b->parent_path);
		if (unlinkat(b->parent, name, 0) < 0)
			return err_sys(e, "unlink '%s'", name);
	}
	number = posix_fallocate(fd, 0, BUNDLE_RESERVE);
	if (number == ENOSPC || number == EDQUOT || number == EFBIG) {
		errno = number;
		return err_sys(e, "'%s' has not even the %lld MiB that the seal needs",
			       b->parent_path, (long long)BUNDLE_RESERVE >> 20);
	}
	if (number)
		*why = "the file system cannot set room aside: on a full disk the seal may not fit";
	else
		b->reserve = steal_fd(&fd);
	return 0;
}

static uint64_t room_left(const struct bundle *b)
{
	struct statvfs fs;
	uint64_t room;

	/* A file system that tells no sizes tells 0 blocks. */
	if (fstatvfs(b->parent, &fs) < 0 || !fs.f_blocks)
		return UINT64_MAX;
	if (__builtin_mul_overflow((uint64_t)fs.f_bavail, (uint64_t)fs.f_frsize, &room))
		return UINT64_MAX;
	return room;
}

static int make_directory(struct bundle *b, struct err *e)
{
	AUTO(freep) char *partial = xasprintf("%s" BUNDLE_PARTIAL, b->name);
	struct stat st;

	b->path = xasprintf("%s/%s", b->parent_path, partial);
	if (fstatat(b->parent, b->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return err_set(e, ERR_SYS, "the bundle's name is taken: '%s/%s'", b->parent_path,
			       b->name);
	if (mkdirat(b->parent, partial, 0700) < 0) {
		if (errno == EEXIST)
			return err_set(e, ERR_SYS, "the bundle's name is taken: '%s'", b->path);
		return err_sys(e, "make the directory '%s'", b->path);
	}
	if (writing_chmod_dir(b->parent, partial, e) < 0)
		return -1;
	b->dir = openat(b->parent, partial, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return b->dir < 0 ? err_sys(e, "open '%s'", b->path) : 0;
}

/* Asked now, because what the answer is must be in the custody log before the seal is made. */
static int probe(struct bundle *b, struct err *e)
{
	if (mkdirat(b->dir, "data.new", 0700) < 0)
		return err_sys(e, "make the directory '%s/data'", b->path);
	if (writing_chmod_dir(b->dir, "data.new", e) < 0)
		return -1;
	b->has_noreplace = renameat2(b->dir, "data.new", b->dir, "data", RENAME_NOREPLACE) == 0;
	if (!b->has_noreplace && renameat(b->dir, "data.new", b->dir, "data") < 0)
		return err_sys(e, "rename '%s/data.new'", b->path);
	b->has_dirsync = fsync(b->dir) == 0;
	if (!b->has_dirsync && writing_is_full(errno))
		return err_sys(e, "fsync '%s'", b->path);
	return 0;
}

static int warn_of(struct bundle *b, const char *no_reserve, struct err *e)
{
	if (no_reserve && bundle_warning(b, no_reserve, e) < 0)
		return -1;
	if (!b->has_noreplace && bundle_warning(b,
						"the file system has no rename that refuses to "
						"replace: the final name is checked, then taken",
						e) < 0)
		return -1;
	if (!b->has_dirsync && bundle_warning(b,
					      "the file system has no fsync for directories: after "
					      "a power failure names may be missing",
					      e) < 0)
		return -1;
	return 0;
}

int bundle_create(const char *parent, const struct bundle_meta *meta, struct bundle **out,
		  struct err *e)
{
	AUTO(bundle_freep) struct bundle *b = xcalloc(1, sizeof(*b));
	unsigned char id[BUNDLE_ID_SIZE];
	const char *no_reserve = NULL;
	int custody;

	b->dir = b->reserve = -1;
	custody_init(&b->custody, -1);
	manifest_init(&b->payload);
	manifest_init(&b->tags);
	b->parent_path = xstrdup(parent);
	b->case_id = copy(meta->case_id);
	b->operator_name = copy(meta->operator_name);
	b->note = copy(meta->note);
	b->exhibit = copy(meta->exhibit);
	b->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->parent < 0)
		return err_sys(e, "open the directory '%s'", parent);
	if (getrandom(id, sizeof(id), 0) != (ssize_t)sizeof(id))
		return err_sys(e, "get random bytes");
	text_hex(b->id, id, sizeof(id));
	make_name(b, meta->container ? meta->container : "");
	if (set_aside(b, &no_reserve, e) < 0 || make_directory(b, e) < 0 || probe(b, e) < 0)
		return -1;
	b->limit = room_left(b) < meta->limit ? room_left(b) : meta->limit;
	custody = writing_create(b, BUNDLE_CUSTODY, O_WRONLY | O_APPEND, e);
	if (custody < 0)
		return -1;
	b->custody.fd = custody;
	if (writing_opened(b, meta, e) < 0 || warn_of(b, no_reserve, e) < 0)
		return -1;
	*out = steal(&b);
	return 0;
}

static void record_release(struct record *r)
{
	free(r->kind);
	free(r->source);
	free(r->path);
	free(r->reason);
	for (char **p = r->effects; p && *p; p++)
		free(*p);
	free(r->effects);
}

void bundle_freep(struct bundle **bp)
{
	struct bundle *b = steal(bp);

	if (!b)
		return;
	for (size_t i = 0; i < b->record_count; i++)
		record_release(&b->records[i]);
	free(b->records);
	custody_release(&b->custody);
	manifest_release(&b->payload);
	manifest_release(&b->tags);
	fd_closep(&b->reserve);
	fd_closep(&b->dir);
	fd_closep(&b->parent);
	free(b->parent_path);
	free(b->path);
	free(b->case_id);
	free(b->operator_name);
	free(b->note);
	free(b->exhibit);
	free(b);
}

const char *bundle_path(const struct bundle *b)
{
	return b->path;
}

const char *bundle_name(const struct bundle *b)
{
	return b->name;
}

const char *bundle_id(const struct bundle *b)
{
	return b->id;
}

bool bundle_is_full(const struct bundle *b)
{
	return __atomic_load_n(&b->full, __ATOMIC_RELAXED);
}

bool bundle_is_complete(const struct bundle *b)
{
	for (size_t i = 0; i < b->record_count; i++)
		if (!outcome_is_complete(b->records[i].outcome, b->records[i].by))
			return false;
	return !b->is_partial;
}

void bundle_set_partial(struct bundle *b)
{
	b->is_partial = true;
}

void bundle_each(const struct bundle *b, void (*fn)(const struct artifact_row *row, void *data),
		 void *data)
{
	for (size_t i = 0; i < b->record_count; i++) {
		const struct record *r = &b->records[i];
		const struct artifact_row row = {
			.kind = r->kind,
			.source = r->source,
			.path = r->path,
			.reason = r->reason,
			.sha256 = r->path ? r->sha256 : NULL,
			.started = r->started,
			.ended = r->ended,
			.outcome = r->outcome,
			.by = r->by,
			.bytes = r->bytes,
			.effects = (const char *const *)r->effects,
		};

		fn(&row, data);
	}
}
