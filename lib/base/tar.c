/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/inflate.h"
#include "lib/base/own.h"

#define BLOCK   512
#define READ_IN ((size_t)256 << 10)

/*
 * libarchive knows tar, and inflate.h takes gzip or zstd off before. Between them we see every byte
 * of the tar itself, which is the only way to know how it ended: libarchive takes a cut at a
 * member's edge, and anything after the end, for a proper end.
 */
struct tar_reader {
	struct source *plain;
	struct archive *archive;
	char *block;
	uint64_t seen;  /* bytes of tar so far */
	uint64_t zeros; /* how many of the last of them are zero */
	struct err why; /* what our own callbacks met: better than libarchive's word for it */
	locale_t names;
	struct tar_xattr xattrs[TAR_XATTRS_MAX];
	char *path;
	uint64_t left; /* of the entry's data */
	bool is_open, is_over;
};

static int fail(const struct tar_reader *r, struct err *e)
{
	const char *text = archive_error_string(r->archive);

	if (r->why.kind != ERR_NONE) {
		*e = r->why;
		return -1;
	}
	return err_set(e, ERR_FORMAT, "not a whole tar archive: %s",
		       text ? text : "unknown reason");
}

static void count_zeros(struct tar_reader *r, const char *p, size_t len)
{
	size_t n = len;

	while (n && p[n - 1] == '\0')
		n--;
	r->zeros = n ? len - n : r->zeros + len;
	r->seen += len;
}

static ssize_t pull(struct archive *a, void *data, const void **out)
{
	struct tar_reader *r = data;
	ssize_t n = source_read(r->plain, r->block, READ_IN, &r->why);

	if (n < 0) {
		archive_set_error(a, EIO, "the source failed");
		return ARCHIVE_FATAL;
	}
	count_zeros(r, r->block, (size_t)n);
	*out = r->block;
	return n;
}

static la_int64_t skip(struct archive *a, void *data, la_int64_t request)
{
	struct tar_reader *r = data;
	uint64_t n = source_skip(r->plain, (uint64_t)request);

	(void)a;
	r->seen += n;
	if (n)
		r->zeros = 0;
	return (la_int64_t)n;
}

struct tar_reader *tar_reader_new(struct source *from)
{
	struct tar_reader *r = xcalloc(1, sizeof(*r));

	r->plain = inflate_new(from);
	r->block = xmalloc(READ_IN);
	r->archive = archive_read_new();
	/* In the C locale libarchive gives names as they are; in UTF-8 it would normalize them. */
	r->names = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
	if (!r->archive || !r->names)
		abort();
	return r;
}

void tar_reader_freep(struct tar_reader **r)
{
	struct tar_reader *it = steal(r);

	if (!it)
		return;
	(void)archive_read_free(it->archive);
	source_closep(&it->plain);
	freelocale(it->names);
	free(it->block);
	free(it->path);
	free(it);
}

static int open_tar(struct tar_reader *r, struct err *e)
{
	if (archive_read_support_format_tar(r->archive) != ARCHIVE_OK ||
	    archive_read_open2(r->archive, r, NULL, pull, skip, NULL) != ARCHIVE_OK)
		return fail(r, e);
	r->is_open = true;
	return 0;
}

/* Behind the last member: zeros, two blocks of them at least, and nothing behind these. */
static int check_end(struct tar_reader *r, struct err *e)
{
	uint64_t end = (uint64_t)archive_read_header_position(r->archive);
	const void *unused;
	ssize_t n;

	while ((n = pull(r->archive, r, &unused)) > 0)
		;
	if (n < 0)
		return fail(r, e);
	if (r->seen - end < 2 * (uint64_t)BLOCK)
		return err_set(e, ERR_FORMAT, "a tar archive without its end: cut off");
	if (r->zeros < r->seen - end)
		return err_set(e, ERR_FORMAT, "something after the end of a tar archive");
	r->is_over = true;
	return 0;
}

static int fill_xattrs(struct tar_reader *r, struct archive_entry *from, struct tar_entry *n,
		       struct err *e)
{
	int count = archive_entry_xattr_reset(from);

	if (count > TAR_XATTRS_MAX)
		return err_set(e, ERR_LIMIT, "'%s' has more than %d attributes", n->path,
			       TAR_XATTRS_MAX);
	for (int i = 0; i < count; i++) {
		struct tar_xattr *x = &r->xattrs[i];

		if (archive_entry_xattr_next(from, &x->name, &x->value, &x->len) != ARCHIVE_OK)
			return err_set(e, ERR_FORMAT, "'%s': an attribute cannot be read", n->path);
		if (x->len > TAR_XATTR_MAX)
			return err_set(e, ERR_LIMIT, "'%s': an attribute is too long", n->path);
	}
	n->xattrs = r->xattrs;
	n->xattr_count = (size_t)count;
	return 0;
}

static const char *keep_path(struct tar_reader *r, const char *path, bool is_directory)
{
	size_t len = strlen(path);

	if (is_directory && len > 1 && path[len - 1] == '/')
		len--;
	free(r->path);
	r->path = xstrndup(path, len);
	return r->path;
}

static struct timespec time_of(bool is_set, time_t sec, long nsec)
{
	if (!is_set)
		return (struct timespec){ .tv_nsec = -1 };
	/* Of "-1.5" libarchive makes -1 and 500000000; a timespec means -2 and 500000000. */
	if (sec < 0 && nsec > 0)
		return (struct timespec){ .tv_sec = sec - 1, .tv_nsec = 1000000000 - nsec };
	return (struct timespec){ .tv_sec = sec, .tv_nsec = nsec };
}

static int fill(struct tar_reader *r, struct archive_entry *from, struct tar_entry *out,
		struct err *e)
{
	const char *path = archive_entry_pathname(from), *hard = archive_entry_hardlink(from);
	la_int64_t size = archive_entry_size(from);
	struct tar_entry n = {
		.link = hard ? hard : archive_entry_symlink(from),
		.is_hardlink = hard != NULL,
		.mode = archive_entry_mode(from),
		.uid = (uint64_t)archive_entry_uid(from),
		.gid = (uint64_t)archive_entry_gid(from),
		.rdev_major = (uint32_t)archive_entry_rdevmajor(from),
		.rdev_minor = (uint32_t)archive_entry_rdevminor(from),
		.mtime = time_of(true, archive_entry_mtime(from), archive_entry_mtime_nsec(from)),
		.atime = time_of(archive_entry_atime_is_set(from), archive_entry_atime(from),
				 archive_entry_atime_nsec(from)),
		.ctime = time_of(archive_entry_ctime_is_set(from), archive_entry_ctime(from),
				 archive_entry_ctime_nsec(from)),
	};

	if (!path || (S_ISLNK(n.mode) && !n.link))
		return err_set(e, ERR_FORMAT, "a tar entry without a name");
	if (strlen(path) > TAR_PATH_MAX || (n.link && strlen(n.link) > TAR_PATH_MAX))
		return err_set(e, ERR_LIMIT, "a name of more than %d bytes in a tar archive",
			       TAR_PATH_MAX);
	if (size < 0)
		return err_set(e, ERR_FORMAT, "'%s': a size below zero", path);
	if (!(n.mode & S_IFMT))
		n.mode |= S_IFREG;
	n.size = S_ISREG(n.mode) && !n.is_hardlink ? (uint64_t)size : 0;
	n.path = keep_path(r, path, S_ISDIR(n.mode));
	if (fill_xattrs(r, from, &n, e) < 0)
		return -1;
	n.offset = (uint64_t)archive_filter_bytes(r->archive, 0);
	n.is_sparse = archive_entry_sparse_count(from) > 0;
	r->left = n.size;
	*out = n;
	return 1;
}

/* Names that are not ASCII are no loss: we get them raw. Any other warning is a part left out. */
static bool is_loss(struct archive *a)
{
	const char *text = archive_error_string(a);

	return !text || !strstr(text, "can't be converted");
}

static int next(struct tar_reader *r, struct tar_entry *entry, struct err *e)
{
	struct archive_entry *from;
	int status = archive_read_next_header(r->archive, &from);

	if (status == ARCHIVE_EOF)
		return check_end(r, e);
	if (status < ARCHIVE_WARN || (status == ARCHIVE_WARN && is_loss(r->archive)))
		return fail(r, e);
	return fill(r, from, entry, e);
}

int tar_next(struct tar_reader *r, struct tar_entry *entry, struct err *e)
{
	locale_t before;
	int result;

	if (r->is_over)
		return 0;
	before = uselocale(r->names);
	result = r->is_open || open_tar(r, e) == 0 ? next(r, entry, e) : -1;
	(void)uselocale(before);
	return result;
}

ssize_t tar_read(struct tar_reader *r, void *p, size_t len, struct err *e)
{
	la_ssize_t n;

	if (len > r->left)
		len = (size_t)r->left;
	if (!len)
		return 0;
	n = archive_read_data(r->archive, p, len);
	if (n < 0)
		return fail(r, e);
	if (n == 0) {
		/* A hole at the end: libarchive leaves it out. A cut member it has refused. */
		memset(p, 0, len);
		n = (la_ssize_t)len;
	}
	r->left -= (uint64_t)n;
	return n;
}

const char *tar_library(void)
{
	return archive_version_string();
}
