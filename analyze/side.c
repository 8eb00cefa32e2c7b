/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/side.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/layer.h"
#include "analyze/merge.h"
#include "analyze/walkdir.h"
#include "lib/base/file.h"
#include "lib/base/own.h"

#define MARK_WANTS UINT64_C(1) /* of a kept layer: run.may_want */

int side_open(struct side *s, size_t memory, struct err *e)
{
	*s = (struct side){ .fd = -1 };
	s->fd = file_temporary(e);
	return s->fd < 0 ? -1 : run_maker_new(memory, &s->maker, e);
}

void side_release(struct side *s)
{
	run_maker_freep(&s->maker);
	fd_closep(&s->fd);
	while (s->kept_count)
		fd_closep(&s->kept[--s->kept_count]);
	free(s->kept);
	free(s->runs);
	notes_release(&s->notes);
	*s = (struct side){ .fd = -1 };
}

static void add_run(struct side *s, const struct run *run)
{
	grow(s->runs, s->count, s->cap);
	s->runs[s->count++] = *run;
}

/* What was put becomes a run of the next layer. */
static int end_layer(struct side *s, struct err *e)
{
	struct run run;

	if (run_end(s->maker, s->fd, s->at, &run, e) < 0)
		return -1;
	s->at += run.len;
	s->layers++;
	add_run(s, &run);
	return 0;
}

int side_read_tar(struct side *s, struct source *tar, struct err *e)
{
	const struct layer_options options = { .layer = s->layers };

	if (layer_read(s->maker, &options, tar, &s->notes, e) < 0)
		return -1;
	return end_layer(s, e);
}

int side_read_dir(struct side *s, int root, struct err *e)
{
	if (walkdir_read(s->maker, s->layers, root, &s->notes, e) < 0)
		return -1;
	return end_layer(s, e);
}

int side_read_rows(struct side *s, struct source *rows, struct rows_head *head, struct err *e)
{
	if (rows_read(s->maker, s->layers, rows, head, &s->notes, e) < 0)
		return -1;
	return end_layer(s, e);
}

/* What is made of an image's layers, by the index of each. */
struct layering {
	struct side *side;
	struct image *image;
	struct cache *cache;
	struct run *runs;
	bool *is_made;
	bool *is_keepable;
};

static void layering_release(struct layering *l)
{
	free(l->runs);
	free(l->is_made);
	free(l->is_keepable);
}

static bool wants(unsigned i, void *data)
{
	struct layering *l = data;
	struct cache_entry entry;
	int fd = cache_get(l->cache, image_layer(l->image, i)->diff_id, &entry);

	if (fd < 0)
		return true;
	grow(l->side->kept, l->side->kept_count, l->side->kept_cap);
	l->side->kept[l->side->kept_count++] = fd;
	l->runs[i] = (struct run){
		.fd = fd, .len = entry.len, .layer = i, .may_want = entry.mark & MARK_WANTS
	};
	l->is_made[i] = true;
	return false;
}

static int make(unsigned i, struct source *tar, void *data, struct err *e)
{
	struct layering *l = data;
	struct side *s = l->side;
	const struct layer_options options = { .layer = i,
					       .has_whiteouts =
						       image_format(l->image) != IMAGE_ROOTFS };
	uint64_t notes = s->notes.count;
	int fd;

	if (layer_read(s->maker, &options, tar, &s->notes, e) < 0)
		return -1;
	/* What has to be said of a layer would not be said again. */
	l->is_keepable[i] = s->notes.count == notes && image_layer(l->image, i)->diff_id;
	fd = l->is_keepable[i] ? cache_new(l->cache) : -1;
	l->is_keepable[i] = fd >= 0;
	if (run_end(s->maker, fd >= 0 ? fd : s->fd, fd >= 0 ? 0 : s->at, &l->runs[i], e) < 0)
		return -1;
	s->at += fd >= 0 ? 0 : l->runs[i].len;
	l->is_made[i] = true;
	return 0;
}

static int checked(unsigned i, enum image_state state, void *data, struct err *e)
{
	struct layering *l = data;
	const struct run *run = &l->runs[i];
	const struct cache_entry entry = { .len = run->len,
					   .mark = run->may_want ? MARK_WANTS : 0 };

	(void)e;
	if (state == IMAGE_VERIFIED && l->is_keepable[i])
		cache_put(l->cache, run->fd, image_layer(l->image, i)->diff_id, &entry);
	return 0;
}

/* A blob that is a layer twice was read once. */
static void lay(struct layering *l)
{
	struct side *s = l->side;
	unsigned count = (unsigned)image_layer_count(l->image);

	for (unsigned i = 0; i < count; i++) {
		const struct image_layer *layer = image_layer(l->image, i);
		struct run run = l->runs[layer->first];

		if (!l->is_made[layer->first]) {
			notes_cut(&s->notes, "layer-absent", NULL, 0, "layer %u of the image is %s",
				  i + 1, image_state_word(layer->state));
			continue;
		}
		if (layer->state == IMAGE_DAMAGED)
			s->notes.is_incomplete = s->notes.is_truncated = true;
		run.layer = i;
		add_run(s, &run);
	}
	s->layers = count;
}

int side_read_image(struct side *s, struct image *im, struct cache *cache, struct err *e)
{
	size_t count = image_layer_count(im);
	AUTO(layering_release)
	struct layering l = { .side = s,
			      .image = im,
			      .cache = cache,
			      .runs = xcalloc(count, sizeof(struct run)),
			      .is_made = xcalloc(count, sizeof(bool)),
			      .is_keepable = xcalloc(count, sizeof(bool)) };
	const struct image_visitor visitor = {
		.wants = wants, .layer = make, .checked = checked, .data = &l
	};

	if (count > MERGE_LAYERS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d layers", MERGE_LAYERS_MAX);
	if (image_read(im, &visitor, e) < 0)
		return -1;
	lay(&l);
	return 0;
}

void side_begin_upon(struct side *s, const struct side *other)
{
	for (size_t i = 0; i < other->count; i++)
		add_run(s, &other->runs[i]);
	s->layers = other->layers;
}

int side_finish(struct side *s, struct err *e)
{
	struct links links = { 0 };

	if (links_resolve(s->runs, s->count, s->layers, s->maker, s->fd, &s->at, &links, &s->notes,
			  e) < 0)
		return -1;
	for (size_t i = 0; i < s->count; i++)
		s->runs[i].may_want = false;
	for (size_t i = 0; i < links.count; i++)
		add_run(s, &links.found[i]);
	run_maker_freep(&s->maker); /* its memory is for merging now */
	return 0;
}

struct stack side_stack(const struct side *s)
{
	return (struct stack){ .runs = s->runs,
			       .count = s->count,
			       .layers = s->layers,
			       .is_truncated = s->notes.is_truncated };
}
