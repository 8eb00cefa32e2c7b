/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/layered.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/merge.h"
#include "analyze/side.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

#define IMAGE        "image/image.tar"
#define CHANGES      "filesystem/changes.tar"
#define CHANGED_ROWS "filesystem/changes.jsonl"

/* A bit for each member of one blob: whether it is there at last. */
struct bits {
	unsigned char *p;
	size_t size;
};

struct layered {
	struct side side;
	struct bundle_reader *bundle; /* borrowed */
	int fd;
	struct image *image;
	struct bits *layers;
	uint64_t marked;
	/* While it is walked. */
	layered_member *fn;
	void *data;
};

int layered_new(struct layered **out, struct err *e)
{
	AUTO(layered_freep) struct layered *l = xcalloc(1, sizeof(*l));

	l->fd = -1;
	l->side.fd = -1;
	if (side_open(&l->side, RUN_MEMORY, e) < 0)
		return -1;
	*out = steal(&l);
	return 0;
}

void layered_freep(struct layered **out)
{
	struct layered *l = steal(out);

	if (!l)
		return;
	for (size_t i = 0; l->layers && i < image_layer_count(l->image); i++)
		free(l->layers[i].p);
	free(l->layers);
	image_freep(&l->image);
	side_release(&l->side);
	fd_closep(&l->fd);
	free(l);
}

const struct image *layered_image(const struct layered *l)
{
	return l->image;
}

const struct notes *layered_lacks(const struct layered *l)
{
	const struct notes *n = &l->side.notes;

	return n->is_incomplete || n->is_truncated ? n : NULL;
}

static int mark(struct layered *l, unsigned layer, uint64_t seq, struct err *e)
{
	struct bits *b = &l->layers[image_layer(l->image, layer)->first];
	size_t at = (size_t)(seq / 8);

	if (seq > LAYERED_MEMBERS_MAX || ++l->marked > LAYERED_MEMBERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %llu members in the layers",
			       (unsigned long long)LAYERED_MEMBERS_MAX);
	if (at >= b->size) {
		size_t size = at + at / 2 + 4096;

		b->p = xrealloc(b->p, size, 1);
		memset(b->p + b->size, 0, size - b->size);
		b->size = size;
	}
	b->p[at] |= (unsigned char)(1U << seq % 8);
	return 0;
}

static bool is_marked(const struct bits *b, uint64_t seq)
{
	return seq / 8 < b->size && (b->p[seq / 8] & 1U << seq % 8);
}

#define DIFFERS                                                                                    \
	(STATE_TYPE_DIFFERS | STATE_CONTENT_DIFFERS | STATE_MODE_DIFFERS | STATE_OWNER_DIFFERS |   \
	 STATE_MTIME_DIFFERS | STATE_XATTRS_DIFFER | STATE_LINK_DIFFERS)

/* Copied up and nothing more: it is in no tar but the image's. Of a directory only names matter. */
static bool is_as_in_image(const struct record *r)
{
	return S_ISDIR(r->state.mode) ||
	       ((r->state.has & STATE_COMPARED) && !(r->state.has & DIFFERS));
}

/* What the container's own layer has is in changes.tar, and all of that is there. */
static int mark_visible(struct layered *l, struct err *e)
{
	struct stack stack = side_stack(&l->side);
	AUTO(merge_freep) struct merge *m = merge_new(stack.runs, stack.count, stack.layers);
	unsigned layers = (unsigned)image_layer_count(l->image);
	struct record r;
	int more;

	l->layers = xcalloc(layers + 1, sizeof(*l->layers));
	while ((more = merge_key(m, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (!merge_visible(m, stack.layers - 1, &r))
			continue;
		if (r.layer >= layers &&
		    (!layers || !is_as_in_image(&r) || !merge_visible(m, layers - 1, &r)))
			continue;
		if (r.layer < layers && mark(l, r.layer, r.seq, e) < 0)
			return -1;
	}
	return more;
}

static int read_changed_rows(struct layered *l, struct err *e)
{
	AUTO(rows_head_release) struct rows_head head = { 0 };
	AUTO(source_closep) struct source *from = NULL;

	if (!bundle_has(l->bundle, CHANGED_ROWS, NULL))
		return 0;
	if (bundle_source(l->bundle, CHANGED_ROWS, &from, e) < 0 ||
	    side_read_rows(&l->side, from, &head, e) < 0)
		return err_wrap(e, "'" CHANGED_ROWS "'");
	return 0;
}

int layered_open(struct layered *l, struct bundle_reader *b, struct err *e)
{
	const struct image_options options = { 0 };

	l->bundle = b;
	l->fd = bundle_file(b, IMAGE, e);
	if (l->fd < 0 || image_open(l->fd, &options, &l->image, e) < 0 ||
	    side_read_image(&l->side, l->image, NULL, e) < 0)
		return err_wrap(e, "'" IMAGE "'");
	if (read_changed_rows(l, e) < 0 || side_finish(&l->side, e) < 0)
		return -1;
	return mark_visible(l, e);
}

static int walk_layer(unsigned i, struct source *from, void *data, struct err *e)
{
	struct layered *l = data;
	AUTO(tar_reader_freep) struct tar_reader *tar = tar_reader_new(from);
	struct tar_entry n;
	uint64_t seq = 0;
	int more;

	while ((more = tar_next(tar, &n, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (is_marked(&l->layers[i], ++seq) && l->fn(tar, &n, l->data, e) < 0)
			return -1;
	}
	return more;
}

static int walk_changes(struct layered *l, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(tar_reader_freep) struct tar_reader *tar = NULL;
	struct tar_entry n;
	int more;

	if (!bundle_has(l->bundle, CHANGES, NULL))
		return 0;
	if (bundle_source(l->bundle, CHANGES, &from, e) < 0)
		return -1;
	tar = tar_reader_new(from);
	while ((more = tar_next(tar, &n, e)) > 0) {
		if (stop_requested())
			return stop_err(e);
		if (l->fn(tar, &n, l->data, e) < 0)
			return -1;
	}
	return more;
}

int layered_walk(struct layered *l, layered_member *fn, void *data, struct err *e)
{
	const struct image_visitor visitor = { .layer = walk_layer, .data = l };
	AUTO(image_freep) struct image *again = NULL;
	const struct image_options options = { 0 };

	l->fn = fn;
	l->data = data;
	/* Once more from the start: what it found the first time stays with the first. */
	if (image_open(l->fd, &options, &again, e) < 0 || image_read(again, &visitor, e) < 0)
		return -1;
	return walk_changes(l, e);
}
