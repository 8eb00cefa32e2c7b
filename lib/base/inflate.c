/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/inflate.h"

#include <archive.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/own.h"

#define READ_IN ((size_t)256 << 10)
#define HEAD    6 /* of a zstd frame: magic, descriptor, window */

/* libarchive's filters, below a format that takes everything. */
struct inflate {
	struct source source;
	struct source *from;
	char head[HEAD];
	size_t head_len, head_at;
	struct archive *archive; /* NULL: plain */
	char *block;
	uint64_t in, out;
	struct err why; /* what our own callback met: better than libarchive's word for it */
	const char *kind;
	bool is_begun, is_over;
};

const char *inflate_kind(const void *p, size_t len)
{
	if (len >= 3 && !memcmp(p, "\x1f\x8b\x08", 3))
		return "gzip";
	if (len >= 4 && !memcmp(p, "\x28\xb5\x2f\xfd", 4))
		return "zstd";
	return NULL;
}

static ssize_t take_head(struct inflate *f, void *p, size_t len)
{
	size_t n = f->head_len - f->head_at;

	if (n > len)
		n = len;
	memcpy(p, f->head + f->head_at, n);
	f->head_at += n;
	return (ssize_t)n;
}

static ssize_t plain_read(struct inflate *f, void *p, size_t len, struct err *e)
{
	return f->head_at < f->head_len ? take_head(f, p, len) : source_read(f->from, p, len, e);
}

static ssize_t pull(struct archive *a, void *data, const void **out)
{
	struct inflate *f = data;
	ssize_t n = plain_read(f, f->block, READ_IN, &f->why);

	if (n < 0) {
		archive_set_error(a, EIO, "the source failed");
		return ARCHIVE_FATAL;
	}
	f->in += (uint64_t)n;
	*out = f->block;
	return n;
}

static int fail(struct inflate *f, struct err *e)
{
	const char *text = archive_error_string(f->archive);

	if (f->why.kind != ERR_NONE) {
		*e = f->why;
		return -1;
	}
	return err_set(e, ERR_FORMAT, "not a whole %s stream: %s", f->kind,
		       text ? text : "unknown reason");
}

/* RFC 8878, 3.1.1.1: without the single segment flag the byte behind the descriptor says it. */
static int check_window(const struct inflate *f, struct err *e)
{
	unsigned descriptor, log;

	if (f->head_len < HEAD || strcmp(f->kind, "zstd") != 0)
		return 0;
	descriptor = (unsigned char)f->head[4];
	log = 10 + ((unsigned char)f->head[5] >> 3);
	if (!(descriptor & 0x20) && log > INFLATE_WINDOW_LOG)
		return err_set(e, ERR_LIMIT, "a zstd window of 2^%u bytes: more than 2^%d", log,
			       INFLATE_WINDOW_LOG);
	return 0;
}

static int begin(struct inflate *f, struct err *e)
{
	struct archive_entry *unused;
	ssize_t n = source_read_full(f->from, f->head, HEAD, e);

	if (n < 0)
		return -1;
	f->head_len = (size_t)n;
	f->kind = inflate_kind(f->head, f->head_len);
	f->is_begun = true;
	if (!f->kind)
		return 0;
	f->block = xmalloc(READ_IN);
	f->archive = archive_read_new();
	if (!f->archive)
		abort();
	if (check_window(f, e) < 0)
		return -1;
	if (archive_read_support_format_raw(f->archive) != ARCHIVE_OK ||
	    archive_read_support_filter_gzip(f->archive) != ARCHIVE_OK ||
	    archive_read_support_filter_zstd(f->archive) != ARCHIVE_OK ||
	    archive_read_open(f->archive, f, NULL, pull, NULL) != ARCHIVE_OK ||
	    archive_read_next_header(f->archive, &unused) != ARCHIVE_OK)
		return fail(f, e);
	/*
	 * It would peel any number of wrappings; what expands twice is a bomb. And it takes a
	 * header that is cut off for plain bytes. The count has the file too.
	 */
	if (archive_filter_count(f->archive) > 2)
		return err_set(e, ERR_LIMIT, "compressed more than once");
	if (archive_filter_count(f->archive) < 2)
		return err_set(e, ERR_FORMAT, "not a whole %s stream: cut off", f->kind);
	return 0;
}

/* Behind the last byte: libarchive ends at the end of what it knows, whatever follows. */
static int check_end(struct inflate *f, struct err *e)
{
	uint64_t consumed = (uint64_t)archive_filter_bytes(f->archive, -1);
	ssize_t n = source_read(f->from, f->block, 1, e);

	if (n < 0)
		return -1;
	if (n > 0 || consumed != f->in)
		return err_set(e, ERR_FORMAT, "something after the end of a %s stream", f->kind);
	f->is_over = true;
	return 0;
}

static int check_limits(const struct inflate *f, struct err *e)
{
	if (f->out > INFLATE_MAX)
		return err_set(e, ERR_LIMIT, "more than %llu bytes behind %s",
			       (unsigned long long)INFLATE_MAX, f->kind);
	if (f->out > INFLATE_GRANTED && f->out / INFLATE_RATIO > f->in)
		return err_set(e, ERR_LIMIT, "%llu bytes from %llu: a decompression bomb",
			       (unsigned long long)f->out, (unsigned long long)f->in);
	return 0;
}

static ssize_t inflate_read(struct source *s, void *p, size_t len, struct err *e)
{
	struct inflate *f = (struct inflate *)s;
	la_ssize_t n;

	if (f->is_over || !len)
		return 0;
	if (!f->is_begun && begin(f, e) < 0)
		return -1;
	if (!f->archive)
		return plain_read(f, p, len, e);
	n = archive_read_data(f->archive, p, len);
	if (n < 0)
		return fail(f, e);
	if (n == 0)
		return check_end(f, e);
	f->out += (uint64_t)n;
	return check_limits(f, e) < 0 ? -1 : n;
}

static uint64_t inflate_skip(struct source *s, uint64_t len)
{
	struct inflate *f = (struct inflate *)s;

	if (!f->is_begun || f->archive || f->head_at < f->head_len)
		return 0;
	return source_skip(f->from, len);
}

bool inflate_is_plain(const struct source *s)
{
	const struct inflate *f = (const struct inflate *)s;

	return f->is_begun && !f->kind;
}

static void inflate_close(struct source *s)
{
	struct inflate *f = (struct inflate *)s;

	(void)archive_read_free(f->archive);
	free(f->block);
	free(f);
}

struct source *inflate_new(struct source *from)
{
	struct inflate *f = xcalloc(1, sizeof(*f));

	f->source = (struct source){ .read = inflate_read,
				     .skip = inflate_skip,
				     .close = inflate_close };
	f->from = from;
	return &f->source;
}
