/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "recovered": files that no path leads to any more, byte for byte, while their processes
 * live.
 *
 * Members: <pid>/exe, <pid>/fd/<n>, <pid>/map/<start>-<end>; the second name of one file is a hard
 * link to the first. The last member, index.jsonl, says of each what it is, its SHA-256 as written,
 * and what is missing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "collect/seizure.h"
#include "collect/survey.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/progress.h"
#include "lib/base/stop.h"
#include "lib/base/tar.h"

#define SOURCE      "host /proc/PID/{exe,fd,map_files}"
#define FILE_MAX    ((uint64_t)4 << 30) /* data of one file; what passes it is cut off */
#define EXTENTS_MAX 65536 /* a file of more pieces is stored with its holes as zeros */
#define HOLES_MAX                                                                                  \
	((uint64_t)4 << 30) /* of holes hashed in all; beyond it a file with holes has no SHA-256  \
			     */
#define INDEX_MAX ((size_t)64 << 20)
#define BLOCK     ((size_t)256 << 10)

struct extents {
	struct tar_extent *items;
	size_t count, cap;
	uint64_t data;
};

struct taking {
	const struct survey *survey;
	struct tar_writer *tar;
	struct digest *digest;
	struct extents extents;
	struct str index;
	char *block;
	bool *is_stored;     /* by the number of the find */
	uint64_t holes_left; /* of HOLES_MAX */
	unsigned lost;
};

/* What became of one file. */
struct fate {
	const char *outcome; /* "whole", "partial", "failed" */
	char sha256[SHA256_HEX];
	struct err why;
};

static void index_row(struct taking *t, const struct find *f, const char *member,
		      const char *same_as, const struct fate *fate)
{
	char dev[32];
	struct jsonw w;

	jsonw_init(&w, &t->index);
	jsonw_object(&w, NULL);
	jsonw_text(&w, "member", member);
	jsonw_i64(&w, "pid", f->pid);
	jsonw_bytes(&w, "link", f->link, f->link_len);
	(void)snprintf(dev, sizeof(dev), "%u:%u", f->node.major, f->node.minor);
	jsonw_text(&w, "dev", dev);
	jsonw_u64_text(&w, "inode", f->node.inode);
	jsonw_u64_text(&w, "size", f->node.size);
	jsonw_u64(&w, "links", f->node.links);
	jsonw_text(&w, "outcome", fate->outcome);
	jsonw_text_if(&w, "same_as", same_as);
	jsonw_text_if(&w, "sha256", fate->sha256);
	if (fate->why.kind != ERR_NONE)
		jsonw_bytes(&w, "reason", fate->why.text, strlen(fate->why.text));
	jsonw_line(&w);
}

/*
 * Where the data lies. A file system that cannot say, or too many pieces: one extent that is all of
 * it. Data past FILE_MAX is left out, and then the file counts as ending there.
 */
static void find_extents(struct taking *t, int fd, uint64_t *size)
{
	struct extents *x = &t->extents;
	struct patience *patience = t->survey->patience;
	off_t at = 0, end = (off_t)*size;

	x->count = 0;
	x->data = 0;
	while (at < end) {
		struct err why = { 0 };
		off_t data = patience_seek(patience, fd, at, SEEK_DATA, &why), hole;

		if (data < 0 && why.sys == ENXIO)
			break;
		hole = data < 0 ? -1 : patience_seek(patience, fd, data, SEEK_HOLE, &why);
		if (hole <= data || x->count >= EXTENTS_MAX) {
			x->count = 0;
			data = 0;
			hole = end;
			x->data = 0;
		}
		if (data >= end)
			break;
		if (hole > end)
			hole = end;
		if ((uint64_t)(hole - data) > FILE_MAX - x->data) {
			hole = data + (off_t)(FILE_MAX - x->data);
			end = hole;
			*size = (uint64_t)end;
		}
		grow(x->items, x->count, x->cap);
		x->items[x->count++] = (struct tar_extent){ .offset = (uint64_t)data,
							    .len = (uint64_t)(hole - data) };
		x->data += (uint64_t)(hole - data);
		at = hole;
	}
	if (x->count == 0 && *size) {
		grow(x->items, x->count, x->cap);
		x->items[x->count++] = (struct tar_extent){ .offset = *size, .len = 0 };
	}
}

static bool is_sparse(const struct extents *x, uint64_t size)
{
	return x->data < size;
}

/* The digest is of the file, holes too. */
static void digest_zeros(struct digest *d, uint64_t len)
{
	static const char zeros[65536];

	for (; len && !stop_requested(); len -= len < sizeof(zeros) ? len : sizeof(zeros))
		digest_add(d, zeros, len < sizeof(zeros) ? (size_t)len : sizeof(zeros));
}

/* 0 also where the file gave less than it should: then *WHY says so, and the rest is zeros. */
static int copy_extent(struct taking *t, int fd, const struct tar_extent *x, struct err *why,
		       struct err *e)
{
	uint64_t done = 0;

	while (done < x->len && why->kind == ERR_NONE) {
		size_t want = x->len - done < BLOCK ? (size_t)(x->len - done) : BLOCK;
		ssize_t n = patience_pread(t->survey->patience, fd, t->block, want,
					   (off_t)(x->offset + done), why);

		if (stop_requested())
			return stop_err(e);
		if (n < 0)
			(void)err_wrap(why, "at %" PRIu64, x->offset + done);
		else if (n == 0)
			(void)err_set(why, ERR_FORMAT,
				      "it shrank to %" PRIu64 " bytes while it was read",
				      x->offset + done);
		if (n <= 0)
			break;
		if (tar_data(t->tar, t->block, (size_t)n, e) < 0)
			return -1;
		digest_add(t->digest, t->block, (size_t)n);
		done += (uint64_t)n;
		progress_bytes((uint64_t)n);
	}
	return 0;
}

static int copy_data(struct taking *t, int fd, uint64_t size, struct fate *fate, struct err *e)
{
	uint64_t at = 0, filled, holes = size - t->extents.data;
	bool is_hashed = holes <= t->holes_left;

	t->holes_left -= is_hashed ? holes : 0;
	digest_reset(t->digest);
	for (size_t i = 0; i < t->extents.count; i++) {
		const struct tar_extent *x = &t->extents.items[i];

		if (is_hashed)
			digest_zeros(t->digest, x->offset - at);
		if (copy_extent(t, fd, x, &fate->why, e) < 0)
			return -1;
		if (fate->why.kind != ERR_NONE)
			break;
		at = x->offset + x->len;
	}
	if (tar_pad(t->tar, &filled, e) < 0)
		return -1;
	if (fate->why.kind != ERR_NONE) {
		fate->outcome = "partial";
		return 0;
	}
	if (is_hashed) {
		digest_zeros(t->digest, size - at);
		digest_end(t->digest, fate->sha256);
	}
	return 0;
}

static uint32_t inside(const struct idmap *map, uint32_t host)
{
	uint32_t id;

	return idmap_inside(map, host, &id) ? id : host;
}

static struct tar_entry entry_of(const struct taking *t, const struct find *f, const char *member)
{
	return (struct tar_entry){
		.path = member,
		.mode = S_IFREG | (f->node.mode & 07777),
		.uid = inside(&t->survey->uids, f->node.uid),
		.gid = inside(&t->survey->gids, f->node.gid),
		.mtime = { .tv_sec = f->node.mtime, .tv_nsec = (long)f->node.mtime_ns },
		.atime.tv_nsec = -1,
		.ctime.tv_nsec = -1,
	};
}

static int open_find(const struct survey *s, const struct find *f, struct proc_node *now,
		     struct err *e)
{
	AUTO(fd_closep) int dir = -1, own = -1;
	int held = f->held;
	char link[FIND_NAME_SIZE];
	struct proc_node node;

	if (held < 0) {
		dir = proc_open(f->pid, f->start_ticks, NULL, e);
		if (dir < 0)
			return -1;
		find_link(f, link);
		held = own = proc_hold(dir, link, e);
	}
	if (held < 0 || proc_node(held, "", &node, e) < 0)
		return -1;
	if (!node_is_same(&node, &f->node))
		return err_set(e, ERR_ABSENT, "it was closed meanwhile");
	if (survey_may_read(s, &node, e) < 0)
		return -1;
	return proc_open_held(s->patience, held, now, e);
}

static int store(struct taking *t, struct find *f, const char *member, struct fate *fate,
		 struct err *e)
{
	struct tar_entry entry = entry_of(t, f, member);
	AUTO(fd_closep) int fd = -1;
	struct proc_node now;

	fd = open_find(t->survey, f, &now, &fate->why);
	if (fd < 0)
		return 0;
	f->node = now;
	entry.size = now.size;
	find_extents(t, fd, &entry.size);
	if (is_sparse(&t->extents, entry.size)) {
		entry.extents = t->extents.items;
		entry.extent_count = t->extents.count;
	}
	fate->outcome = "whole";
	if (tar_put(t->tar, &entry, e) < 0 || copy_data(t, fd, entry.size, fate, e) < 0)
		return -1;
	if (entry.size < now.size && fate->why.kind == ERR_NONE) {
		(void)err_set(&fate->why, ERR_LIMIT, "cut off after %" PRIu64 " bytes of data",
			      (uint64_t)FILE_MAX);
		fate->outcome = "partial";
	}
	return 0;
}

/* The number of an earlier one that is the same file and in the tar; NUMBER if there is none. */
static size_t stored_before(const struct taking *t, size_t number)
{
	const struct find *finds = t->survey->finds;

	for (size_t i = 0; i < number; i++)
		if (t->is_stored[i] && node_is_same(&finds[i].node, &finds[number].node))
			return i;
	return number;
}

static int store_link(struct taking *t, const struct find *f, const char *member, const char *first,
		      struct err *e)
{
	struct tar_entry entry = entry_of(t, f, member);

	entry.is_hardlink = true;
	entry.link = first;
	return tar_put(t->tar, &entry, e);
}

static int take_one(struct taking *t, size_t number, struct err *e)
{
	struct find *f = &t->survey->finds[number];
	size_t first = stored_before(t, number);
	struct fate fate = { .outcome = "failed" };
	char member[FIND_NAME_SIZE], same_as[FIND_NAME_SIZE] = "";

	find_member(f, member);
	if (first < number) {
		find_member(&t->survey->finds[first], same_as);
		fate.outcome = "whole";
		if (store_link(t, f, member, same_as, e) < 0)
			return -1;
	} else {
		if (store(t, f, member, &fate, e) < 0)
			return -1;
		t->is_stored[number] = strcmp(fate.outcome, "failed") != 0;
	}
	t->lost += fate.why.kind != ERR_NONE;
	index_row(t, f, member, same_as, &fate);
	return 0;
}

static int put_index(struct taking *t, struct err *e)
{
	const struct tar_entry entry = {
		.path = "index.jsonl",
		.mode = S_IFREG | 0400,
		.size = t->index.len,
		.mtime = { .tv_sec = time(NULL) },
		.atime.tv_nsec = -1,
		.ctime.tv_nsec = -1,
	};

	if (str_ok(&t->index, "index.jsonl", e) < 0 || tar_put(t->tar, &entry, e) < 0 ||
	    tar_data(t->tar, t->index.buf, t->index.len, e) < 0)
		return -1;
	return tar_writer_finish(t->tar, e);
}

static int take_all(struct taking *t, struct err *e)
{
	for (size_t i = 0; i < t->survey->find_count; i++) {
		if (stop_requested())
			return stop_err(e);
		if (take_one(t, i, e) < 0)
			return -1;
	}
	if (put_index(t, e) < 0)
		return -1;
	if (t->survey->is_cut)
		return err_set(e, ERR_LIMIT,
			       "a limit of the survey passed: not all was looked for");
	if (t->lost)
		return err_set(
			e, ERR_FORMAT,
			"%u deleted or memory files were not had whole: index.jsonl says why",
			t->lost);
	return 0;
}

static void taking_release(struct taking *t)
{
	tar_writer_freep(&t->tar);
	digest_freep(&t->digest);
	freep(&t->extents.items);
	str_release(&t->index);
	freep(&t->block);
	freep(&t->is_stored);
}

int take_recovered(struct seizure *s, struct err *e)
{
	static const struct ending none = {
		.outcome = OUTCOME_ABSENT,
		.reason = "no process runs, holds open or maps a deleted or memory file",
	};
	AUTO(taking_release)
	struct taking t = { .index = STR_INIT(INDEX_MAX), .holes_left = HOLES_MAX };
	struct artifact *a;
	struct survey *survey;
	struct err why = { 0 };
	int failed;

	if (seizure_survey(s, "recovered", SOURCE, &survey, e) < 0)
		return -1;
	if (!survey)
		return 0;
	if (!survey->find_count && !survey->is_cut)
		return bundle_record(s->bundle, "recovered", SOURCE, &none, e);
	a = artifact_begin(s->bundle, "recovered", SOURCE, "process/recovered.tar");
	t.survey = survey;
	t.tar = tar_writer_new(artifact_sink(a));
	t.digest = digest_new();
	t.block = xmalloc(BLOCK);
	t.is_stored = xcalloc(survey->find_count, sizeof(*t.is_stored));
	failed = take_all(&t, &why);
	return seizure_end(s, a, failed, &why, NULL, e);
}
