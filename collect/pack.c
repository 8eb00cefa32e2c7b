/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/links.h"
#include "collect/pieces.h"
#include "collect/ring.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"

#define BIG_FILE ((uint64_t)4 << 20) /* from here on the kernel is told to read ahead further */

enum { STAGE_READ, STAGE_HASH, STAGE_WRITE };

struct pack {
	const struct pack_job *job;
	struct ring *ring;
	struct batch *batch; /* being filled */
	struct links links;
	uint64_t zeros_left;
	struct digest *digest; /* for pack_hash, in the reading thread */
	struct pack_result result;
};

/* Ends the batch that is being filled. */
static void pass_batch(struct pack *p)
{
	if (p->batch)
		ring_pass(p->ring, STAGE_READ);
	p->batch = NULL;
}

/* Room for a piece and LEN bytes after it, in the next batch if this one has less; NULL: a stage
 * failed. */
static void *room(struct pack *p, size_t len, struct err *e)
{
	size_t size = pieces_size(len);

	if (p->batch && RING_BLOCK - p->batch->used < size)
		pass_batch(p);
	if (!p->batch)
		p->batch = ring_take(p->ring, STAGE_READ);
	if (p->batch)
		return p->batch->bytes + p->batch->used;
	if (ring_result(p->ring, e) == 0)
		(void)err_set(e, ERR_SYS, "nothing more can be packed");
	return NULL;
}

static void grew(struct pack *p, struct piece *piece, size_t len)
{
	piece->size = pieces_size(len);
	p->batch->used += piece->size;
}

static void note_error(struct pack *p, const struct node *n, const char *what)
{
	if (!p->result.errors++)
		(void)snprintf(p->result.first_error, sizeof(p->result.first_error),
			       "'%.100s': %.90s", n->tar.path, what);
}

static int put_node(struct pack *p, const struct node *n, bool is_stored, bool is_hashed,
		    size_t link_slot, struct err *e)
{
	size_t len = pieces_node_len(n);
	struct piece *piece = room(p, len, e);

	if (!piece)
		return -1;
	*piece = (struct piece){ .kind = PIECE_NODE,
				 .is_stored = is_stored,
				 .is_hashed = is_hashed,
				 .link_slot = link_slot };
	pieces_copy_node(piece, n);
	grew(p, piece, len);
	p->result.entries++;
	if (n->error)
		note_error(p, n, n->error);
	return 0;
}

static int put_zeros(struct pack *p, enum piece_kind kind, uint64_t count, bool is_hashed,
		     struct err *e)
{
	struct piece *piece = count ? room(p, 0, e) : NULL;

	if (!count)
		return 0;
	if (!piece)
		return -1;
	*piece = (struct piece){ .kind = kind, .count = count, .is_hashed = is_hashed };
	grew(p, piece, 0);
	return 0;
}

static int put_end(struct pack *p, const struct piece *like, struct err *e)
{
	struct piece *piece = room(p, 0, e);

	if (!piece)
		return -1;
	*piece = *like;
	piece->kind = PIECE_END;
	grew(p, piece, 0);
	return 0;
}

/* Reads up to LEN bytes at AT into a piece. 0: no more there. */
static ssize_t put_data(struct pack *p, int file, uint64_t at, uint64_t len, bool is_hashed,
			struct err *e)
{
	struct piece *piece;
	size_t fit = len < 32768 ? (size_t)len : 32768;
	ssize_t n;

	piece = room(p, fit, e);
	if (!piece)
		return -1;
	fit = RING_BLOCK - p->batch->used - pieces_size(0);
	fit = len < fit ? (size_t)len : fit;
	do
		n = pread(file, pieces_data(piece), fit, (off_t)at);
	while (n < 0 && errno == EINTR && !stop_requested());
	if (n < 0 && errno == EINTR)
		return stop_err(e);
	if (n < 0)
		return err_sys(e, "read");
	if (n > 0) {
		*piece = (struct piece){ .kind = PIECE_DATA,
					 .count = (uint64_t)n,
					 .is_hashed = is_hashed };
		grew(p, piece, (size_t)n);
		progress_bytes((uint64_t)n);
	}
	return n;
}

/* Of a file that shrank, *MISSING is what was not there; of one that the disk does not give, too.
 */
static int put_range(struct pack *p, int file, uint64_t at, uint64_t len, struct piece *end,
		     struct err *e)
{
	while (len) {
		struct err why = { 0 };
		ssize_t n = stop_requested() ? stop_err(&why)
					     : put_data(p, file, at, len, end->is_hashed, &why);

		if (n < 0 && why.kind != ERR_SYS) {
			*e = why;
			return -1;
		}
		if (n < 0 && ring_result(p->ring, e) < 0)
			return -1;
		if (n <= 0) {
			end->read_error = n < 0 ? why.sys : end->read_error;
			end->missing += len;
			return put_zeros(p, PIECE_PAD, len, end->is_hashed, e);
		}
		at += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

static bool takes_zeros(struct pack *p, uint64_t zeros)
{
	if (zeros > p->zeros_left)
		return false;
	p->zeros_left -= zeros;
	return true;
}

static uint64_t zeros_of(const struct tar_entry *t)
{
	uint64_t zeros = t->extent_count ? t->size : 0;

	for (size_t i = 0; i < t->extent_count; i++)
		zeros -= t->extents[i].len;
	return zeros;
}

static int put_content(struct pack *p, const struct node *n, int file, struct piece *end,
		       struct err *e)
{
	const struct tar_entry *t = &n->tar;
	uint64_t at = 0;

	if (t->size >= BIG_FILE)
		(void)posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (!t->extent_count)
		return put_range(p, file, 0, t->size, end, e);
	for (size_t i = 0; i < t->extent_count; i++) {
		if (put_zeros(p, PIECE_HOLE, t->extents[i].offset - at, end->is_hashed, e) < 0 ||
		    put_range(p, file, t->extents[i].offset, t->extents[i].len, end, e) < 0)
			return -1;
		at = t->extents[i].offset + t->extents[i].len;
	}
	return put_zeros(p, PIECE_HOLE, t->size - at, end->is_hashed, e);
}

static bool has_moved(const struct node *n, int file)
{
	struct stat st;

	return fstat(file, &st) < 0 || (uint64_t)st.st_size != n->tar.size ||
	       !file_same_time(&st.st_mtim, &n->tar.mtime);
}

static int put_link(struct pack *p, const struct node *n, const struct link *first, struct err *e)
{
	struct node again = *n;

	again.tar.is_hardlink = true;
	again.tar.link = first->path;
	again.tar.extent_count = 0;
	if (put_node(p, &again, true, false, first->slot, e) < 0)
		return -1;
	return put_end(p, &(struct piece){ 0 }, e);
}

static int put_regular(struct pack *p, const struct node *n, int file, struct err *e)
{
	struct piece end = { .is_hashed = takes_zeros(p, zeros_of(&n->tar)) };
	struct link *link = NULL;

	if (n->links > 1) {
		bool is_new;

		link = links_find(&p->links, n->device, n->inode, n->tar.path, &is_new);
		if (link && !is_new)
			return put_link(p, n, link, e);
	}
	if (put_node(p, n, true, end.is_hashed, link ? link->slot : 0, e) < 0 ||
	    put_content(p, n, file, &end, e) < 0)
		return -1;
	end.has_changed = has_moved(n, file);
	if (end.read_error)
		note_error(p, n, strerror(end.read_error));
	return put_end(p, &end, e);
}

int pack_put(struct pack *p, const struct node *n, int file, struct err *e)
{
	bool is_regular = S_ISREG(n->tar.mode);

	if (is_regular && file >= 0)
		return put_regular(p, n, file, e);
	/* A tar has no sockets, and an empty file in the place of one that could not be opened
	 * would lie. */
	if (put_node(p, n, n->tar.mode && !is_regular && !S_ISSOCK(n->tar.mode), false, 0, e) < 0)
		return -1;
	return put_end(p, &(struct piece){ 0 }, e);
}

int pack_row(struct pack *p, const struct node *n, struct err *e)
{
	if (put_node(p, n, false, false, 0, e) < 0)
		return -1;
	return put_end(p, &(struct piece){ 0 }, e);
}

int pack_hash(struct pack *p, const struct node *n, int file, char hex[SHA256_HEX], struct err *e)
{
	AUTO(freep) char *block = xmalloc(RING_BLOCK);
	uint64_t at = 0;

	hex[0] = 0;
	if (!takes_zeros(p, zeros_of(&n->tar)))
		return 0;
	if (!p->digest)
		p->digest = digest_new();
	digest_reset(p->digest);
	while (at < n->tar.size) {
		ssize_t got = pread(file, block, RING_BLOCK, (off_t)at);

		if (stop_requested())
			return stop_err(e);
		if (got < 0)
			return err_sys(e, "read");
		if (got == 0)
			break;
		digest_add(p->digest, block, (size_t)got);
		at += (uint64_t)got;
	}
	digest_end(p->digest, hex);
	return 0;
}

static void *hash_stage(void *data)
{
	struct ring *ring = data;
	AUTO(digest_freep) struct digest *d = digest_new();
	struct batch *b;

	while ((b = ring_take(ring, STAGE_HASH))) {
		pieces_hash(b->bytes, b->used, d);
		ring_pass(ring, STAGE_HASH);
	}
	return NULL;
}

struct write_stage {
	struct ring *ring;
	const struct pack_job *job;
};

static void *write_stage(void *data)
{
	struct write_stage *s = data;
	struct pieces_writer *w = pieces_writer_new(s->job->tar, s->job->rows);
	struct err why = { 0 };
	struct batch *b;
	int result = s->job->head ? pieces_head(w, s->job->head, &why) : 0;

	while (!result && (b = ring_take(s->ring, STAGE_WRITE))) {
		result = pieces_write(w, b->bytes, b->used, &why);
		if (!result)
			ring_pass(s->ring, STAGE_WRITE);
	}
	if (result < 0 || pieces_writer_finish(w, &why) < 0)
		ring_fail(s->ring, &why);
	pieces_writer_free(w);
	return NULL;
}

static int run_threads(struct pack *p, struct err *e)
{
	struct write_stage writing = { p->ring, p->job };
	sigset_t all, before;
	pthread_t hasher, writer;
	int result, code;

	/* Signals are for the thread that reads, whose system calls they interrupt. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &before);
	code = pthread_create(&hasher, NULL, hash_stage, p->ring);
	if (!code && (code = pthread_create(&writer, NULL, write_stage, &writing)) != 0) {
		ring_end(p->ring);
		(void)pthread_join(hasher, NULL);
	}
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code) {
		errno = code;
		return err_sys(e, "make a thread");
	}
	result = p->job->feed(p, p->job->data, e);
	/* What was read until a failure is still written. */
	pass_batch(p);
	ring_end(p->ring);
	(void)pthread_join(hasher, NULL);
	(void)pthread_join(writer, NULL);
	return result;
}

int pack_run(const struct pack_job *job, struct pack_result *out, struct err *e)
{
	AUTO(ring_freep) struct ring *ring = ring_new();
	struct pack p = { .job = job, .ring = ring, .zeros_left = PACK_ZEROS_MAX };
	int result = run_threads(&p, e);

	links_release(&p.links);
	digest_freep(&p.digest);
	*out = p.result;
	return ring_result(ring, e) < 0 ? -1 : result;
}
