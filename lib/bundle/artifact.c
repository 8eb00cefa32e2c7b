/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One piece of evidence on its way to the disk: a thin layer, since the whole root file system
 * passes here. Bytes are written first and hashed after, so the hash is of what was written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/own.h"
#include "lib/base/text.h"
#include "lib/bundle/writing.h"

#define HOLE_BLOCK                                                                                 \
	((size_t)64 << 10) /* runs of zeros of this size, at this alignment, are not stored */
#define BUFFER_SIZE ((size_t)256 << 10) /* small writes are gathered */
#define EARLY_SIZE  ((off_t)8 << 20) /* write-back starts here, so that the last fsync is short */

struct artifact {
	struct sink sink;
	struct bundle *bundle;
	struct record record;
	struct digest *digest;
	int fd;       /* -1 until the first byte */
	char *buffer; /* made at the first small write */
	size_t have;
	off_t offset;     /* in the file; what lies before it is written and hashed */
	off_t early;      /* write-back was started up to here */
	struct err error; /* the first failure; after it nothing is written any more */
};

static int refuse(struct artifact *a, struct err *e)
{
	if (a->error.kind == ERR_SYS && writing_is_full(a->error.sys))
		__atomic_store_n(&a->bundle->full, true, __ATOMIC_RELAXED);
	*e = a->error;
	return -1;
}

static int make_file(struct artifact *a, struct err *e)
{
	if (a->fd >= 0)
		return 0;
	if (__atomic_add_fetch(&a->bundle->files, 1, __ATOMIC_RELAXED) > BUNDLE_FILES_MAX)
		return err_set(e, ERR_LIMIT, "more than %d files in one bundle", BUNDLE_FILES_MAX);
	a->fd = writing_create(a->bundle, a->record.path, O_RDWR, e);
	return a->fd < 0 ? -1 : 0;
}

static bool is_zero(const char *p, size_t len)
{
	return !p[0] && !memcmp(p, p + 1, len - 1);
}

/* Asks the disk to begin; a hint, so what it answers is nothing to us. */
static void write_early(struct artifact *a)
{
	if (a->offset - a->early < EARLY_SIZE)
		return;
	(void)sync_file_range(a->fd, a->early, a->offset - a->early, SYNC_FILE_RANGE_WRITE);
	a->early = a->offset;
}

static int store(struct artifact *a, const char *p, size_t len, struct err *e)
{
	while (len) {
		ssize_t n = pwrite(a->fd, p, len, a->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, "write '%s'", a->record.path);
		digest_add(a->digest, p, (size_t)n);
		a->offset += n;
		p += n;
		len -= (size_t)n;
	}
	write_early(a);
	return 0;
}

/* How much of P can be stored in one piece: all before the first block of zeros, or 0 if that is
 * first. */
static size_t data_run(const struct artifact *a, const char *p, size_t len)
{
	size_t at = (HOLE_BLOCK - (size_t)((uint64_t)a->offset % HOLE_BLOCK)) % HOLE_BLOCK;

	for (; at + HOLE_BLOCK <= len; at += HOLE_BLOCK)
		if (is_zero(p + at, HOLE_BLOCK))
			return at;
	return len;
}

static int put(struct artifact *a, const char *p, size_t len, struct err *e)
{
	while (len) {
		size_t run = data_run(a, p, len);

		if (run) {
			if (store(a, p, run, e) < 0)
				return -1;
		} else {
			run = HOLE_BLOCK;
			digest_add(a->digest, p, run);
			a->offset += (off_t)run;
		}
		p += run;
		len -= run;
	}
	return 0;
}

static int flush(struct artifact *a, struct err *e)
{
	size_t have = a->have;

	a->have = 0;
	return have ? put(a, a->buffer, have, e) : 0;
}

static int gather(struct artifact *a, const char *p, size_t len, struct err *e)
{
	while (len) {
		size_t n = BUFFER_SIZE - a->have;

		if (!a->have && len >= BUFFER_SIZE) {
			n = len - len % HOLE_BLOCK;
			if (put(a, p, n, e) < 0)
				return -1;
		} else {
			if (!a->buffer)
				a->buffer = xmalloc(BUFFER_SIZE);
			if (n > len)
				n = len;
			memcpy(a->buffer + a->have, p, n);
			a->have += n;
			if (a->have == BUFFER_SIZE && flush(a, e) < 0)
				return -1;
		}
		p += n;
		len -= n;
	}
	return 0;
}

/* How much of LEN the bundle's limit still lets in. */
static size_t take(struct bundle *b, size_t len)
{
	uint64_t now = __atomic_add_fetch(&b->taken, len, __ATOMIC_RELAXED), over;

	if (now <= b->limit)
		return len;
	over = now - b->limit;
	__atomic_store_n(&b->full, true, __ATOMIC_RELAXED);
	return over < len ? len - (size_t)over : 0;
}

static int artifact_write(struct sink *s, const void *p, size_t len, struct err *e)
{
	struct artifact *a = (struct artifact *)s;
	size_t fit;

	if (a->error.kind)
		return refuse(a, e);
	if (!len)
		return 0;
	if (bundle_is_full(a->bundle)) {
		(void)err_set(&a->error, ERR_LIMIT, "nothing more goes into the bundle");
		return refuse(a, e);
	}
	fit = take(a->bundle, len);
	if (fit && (make_file(a, &a->error) < 0 || gather(a, p, fit, &a->error) < 0))
		return refuse(a, e);
	if (fit < len) {
		(void)err_set(&a->error, ERR_LIMIT, "the bundle's limit of %llu bytes is reached",
			      (unsigned long long)a->bundle->limit);
		return refuse(a, e);
	}
	return 0;
}

/* What is confirmed is confirmed by artifact_end(): a decoder in between may finish its sink or
 * not. */
static int artifact_finish(struct sink *s, struct err *e)
{
	struct artifact *a = (struct artifact *)s;

	return a->error.kind ? refuse(a, e) : 0;
}

static void artifact_sink_close(struct sink *s)
{
	(void)s;
}

struct artifact *artifact_begin(struct bundle *b, const char *kind, const char *source,
				const char *path)
{
	struct artifact *a = xcalloc(1, sizeof(*a));

	a->sink = (struct sink){ .write = artifact_write,
				 .finish = artifact_finish,
				 .close = artifact_sink_close };
	a->bundle = b;
	a->fd = -1;
	a->digest = digest_new();
	a->record.kind = xstrdup(kind);
	a->record.source = xstrdup(source);
	a->record.path = xasprintf(BUNDLE_DATA "%s", path);
	text_now(a->record.started);
	return a;
}

struct sink *artifact_sink(struct artifact *a)
{
	return &a->sink;
}

uint64_t artifact_bytes(const struct artifact *a)
{
	return (uint64_t)a->offset + a->have;
}

/*
 * After a failed fsync nobody knows what of the written bytes the file has (a network file system
 * tells of a full disk only then). What it has is read back, so that the manifest says what is
 * there.
 */
static int read_back(struct artifact *a, struct err *e)
{
	AUTO(freep) char *block = xmalloc(BUFFER_SIZE);

	digest_reset(a->digest);
	a->offset = 0;
	for (;;) {
		ssize_t n = pread(a->fd, block, BUFFER_SIZE, a->offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, "read '%s' back", a->record.path);
		if (n == 0)
			return 0;
		digest_add(a->digest, block, (size_t)n);
		a->offset += n;
	}
}

static int settle(struct artifact *a, struct err *e)
{
	/* A hole at the end has not made the file longer yet. */
	if (ftruncate(a->fd, a->offset) < 0)
		return err_sys(e, "set the length of '%s'", a->record.path);
	return fsync(a->fd) < 0 ? err_sys(e, "fsync '%s'", a->record.path) : 0;
}

static void keep_first(struct artifact *a, const struct err *e)
{
	if (!a->error.kind)
		a->error = *e;
}

static void close_file(struct artifact *a)
{
	struct err e = { 0 };

	if (flush(a, &e) < 0)
		keep_first(a, &e);
	if (settle(a, &e) < 0) {
		keep_first(a, &e);
		if (read_back(a, &e) < 0)
			a->bundle->is_broken = true;
	} else if (close(steal_fd(&a->fd)) < 0) {
		(void)err_sys(&e, "close '%s'", a->record.path);
		keep_first(a, &e);
	}
	fd_closep(&a->fd);
	a->record.bytes = (uint64_t)a->offset;
	digest_end(a->digest, a->record.sha256);
}

/* A file stands for whole or partial, no file for the rest: the row says what is there. */
static void set_outcome(struct artifact *a, const struct ending *how, bool has_file)
{
	struct record *r = &a->record;
	const char *reason = how->reason;

	r->outcome = how->outcome;
	r->by = how->outcome == OUTCOME_SKIPPED ? how->by : SKIP_NONE;
	if (a->error.kind && (r->outcome == OUTCOME_WHOLE || !reason))
		reason = a->error.text;
	if (has_file && (r->outcome != OUTCOME_WHOLE || a->error.kind))
		r->outcome = OUTCOME_PARTIAL;
	if (!has_file && (r->outcome == OUTCOME_WHOLE || r->outcome == OUTCOME_PARTIAL))
		r->outcome = OUTCOME_FAILED;
	r->reason = reason ? xstrdup(reason) : NULL;
	if (!has_file) {
		free(r->path);
		r->path = NULL;
	}
}

static char **copy_effects(const char *const *effects)
{
	size_t n = 0;
	char **out;

	if (!effects || !effects[0])
		return NULL;
	while (effects[n])
		n++;
	out = xcalloc(n + 1, sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = xstrdup(effects[i]);
	return out;
}

static void artifact_freep(struct artifact **ap)
{
	struct artifact *a = steal(ap);

	digest_freep(&a->digest);
	fd_closep(&a->fd);
	free(a->buffer);
	free(a);
}

int artifact_end(struct artifact *a, const struct ending *how, struct err *e)
{
	AUTO(artifact_freep) struct artifact *it = a;
	struct bundle *b = a->bundle;
	bool has_file;

	if (how->outcome == OUTCOME_WHOLE && !a->error.kind && a->fd < 0)
		(void)make_file(a, &a->error);
	has_file = a->fd >= 0;
	if (has_file)
		close_file(a);
	if (a->error.kind)
		(void)refuse(a, &(struct err){ 0 });
	text_now(a->record.ended);
	set_outcome(a, how, has_file);
	a->record.effects = copy_effects(how->effects);
	if (writing_record(b, &a->record, e) < 0)
		return -1;
	(void)it;
	if (a->error.kind && how->outcome == OUTCOME_WHOLE)
		return refuse(a, e);
	return 0;
}

int bundle_record(struct bundle *b, const char *kind, const char *source, const struct ending *how,
		  struct err *e)
{
	struct record r = { .kind = xstrdup(kind), .source = xstrdup(source) };

	text_now(r.started);
	text_now(r.ended);
	r.outcome = how->outcome;
	/* Whole or partial would need a file. */
	if (r.outcome == OUTCOME_WHOLE || r.outcome == OUTCOME_PARTIAL)
		r.outcome = OUTCOME_FAILED;
	r.by = r.outcome == OUTCOME_SKIPPED ? how->by : SKIP_NONE;
	r.reason = how->reason ? xstrdup(how->reason) : NULL;
	r.effects = copy_effects(how->effects);
	return writing_record(b, &r, e);
}
