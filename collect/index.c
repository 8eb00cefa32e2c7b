/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "index": what the image gave, path by path, and what lies in the volumes. */
#include <stdlib.h>
#include <string.h>

#include "collect/seizure.h"
#include "collect/tree.h"
#include "collect/view.h"
#include "collect/volumes.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"

#define KIND "index"

/* The layers, uppermost first. Read as they lie on the disk: nothing here gave their DiffIDs. */
static char *head_of(const struct layers_of *l, size_t *used)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)8 << 20);
	struct jsonw w;

	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	jsonw_array(&w, "layers");
	for (size_t i = 0; i < l->count; i++) {
		if (l->count > 1 && layer_is_init(l->dirs[i]))
			continue;
		jsonw_object(&w, NULL);
		jsonw_bytes(&w, "dir", l->dirs[i], strlen(l->dirs[i]));
		jsonw_text(&w, "state", "as stored");
		jsonw_end(&w);
		(*used)++;
	}
	jsonw_line(&w);
	return str_detach(&text);
}

static int take_image_files(struct seizure *s, struct err *e)
{
	AUTO(walk_freep) struct walk *walk = NULL;
	AUTO(layers_of_release) struct layers_of layers = { 0 };
	AUTO(freep) char *head = NULL;
	AUTO(freep) char *source = NULL;
	struct walk_options options = view_options(s);
	struct err why = { 0 };
	struct tree tree = { .kind = KIND, .rows = "image/files.jsonl", .feed = tree_feed_walk };
	size_t used = 0;
	int fd;

	if (!s->host.has_files)
		return tree_impossible(s, KIND, "image layers", s->host.why_not, e);
	if (layers_of(&s->target, &layers, &why) < 0 || (fd = view_image(s, false, &why)) < 0)
		return tree_failed(s, KIND, "image layers", &why, e);
	tree.head = head = head_of(&layers, &used);
	tree.source = source = xasprintf("host layers %s", s->target.lower_dirs);
	options.ids = view_ids(s, fd);
	if (used ==
	    1) /* seen as it lies, not through overlayfs, which would keep its marks to itself */
		options.overlay = view_overlay_prefix(s);
	tree.data = walk = walk_new(fd, NULL, &options);
	return tree_take(s, &tree, e);
}

int take_index(struct seizure *s, struct err *e)
{
	if (take_image_files(s, e) < 0)
		return -1;
	/* With their contents the volumes are indexed in the same reading. */
	return s->with_volumes ? 0 : volumes_take(s, KIND, MOUNT_VOLUME, false, e);
}
