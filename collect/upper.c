/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changed, in the engines' own words, but read from the upper directory by ourselves: the
 * engine's own walk would move the access times of what it looks at.
 */
#include <string.h>

#include "collect/seizure.h"
#include "collect/view.h"
#include "collect/walk.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"

#define ROW_MAX ((size_t)128 << 10) /* a path of WALK_PATH_MAX bytes, each escaped */

struct upper {
	struct walk *walk, *lookup;
	int image;
};

static void upper_release(struct upper *u)
{
	walk_freep(&u->walk);
	walk_freep(&u->lookup);
	fd_closep(&u->image);
}

static int open_upper(struct seizure *s, struct upper *u, struct err *e)
{
	struct walk_options options = view_options(s);
	int fd;

	options.overlay = view_overlay_prefix(s);
	options.without_content = true;
	u->image = view_image(s, true, e);
	if (u->image < 0)
		return err_wrap(e, "the image's layers");
	fd = view_upper(s, e);
	if (fd < 0)
		return err_wrap(e, "the upper directory");
	u->walk = walk_new(fd, NULL, &options);
	u->lookup = walk_new(-1, NULL, &options);
	return 0;
}

/* As both engines number it: 0 modified, 1 added, 2 deleted. */
static unsigned number_of(struct upper *u, const struct node *n)
{
	struct err ignored = { 0 };
	struct node *image;

	if (n->overlay.is_whiteout)
		return 2;
	return walk_lookup(u->lookup, u->image, n->tar.path, &image, &ignored) < 0 ? 1 : 0;
}

static void put_row(struct jsonw *w, const char *path, unsigned number)
{
	AUTO(freep) char *absolute = xasprintf("/%s", path);

	jsonw_object(w, NULL);
	jsonw_bytes(w, "Path", absolute, strlen(absolute));
	jsonw_u64(w, "Kind", number);
	jsonw_end(w);
}

static int copy_rows(struct upper *u, struct sink *to, struct err *e)
{
	AUTO(str_release) struct str row = STR_INIT(ROW_MAX);
	bool is_first = true;
	struct node *n;
	int got;

	if (sink_write(to, "[", 1, e) < 0)
		return -1;
	while ((got = walk_next(u->walk, &n, e)) > 0) {
		struct jsonw w;

		if (!strcmp(n->tar.path, "."))
			continue;
		str_reset(&row);
		str_adds(&row, is_first ? "\n" : ",\n");
		is_first = false;
		jsonw_init(&w, &row);
		put_row(&w, n->tar.path, number_of(u, n));
		if (str_ok(&row, "one path", e) < 0 || sink_write(to, row.buf, row.len, e) < 0)
			return -1;
	}
	return got < 0 ? -1 : sink_write(to, "\n]\n", 3, e);
}

int take_upper(struct seizure *s, bool *is_taken, struct err *e)
{
	AUTO(upper_release) struct upper u = { .image = -1 };
	AUTO(freep) char *source = NULL;
	struct artifact *a;
	struct err why = { 0 };
	int failed;

	*is_taken = open_upper(s, &u, &why) == 0;
	if (!*is_taken)
		return bundle_warning(s->bundle, why.text, e);
	source = xasprintf("host upper directory %s", s->target.upper_dir);
	a = artifact_begin(s->bundle, "changes", source, "container/changes.json");
	failed = copy_rows(&u, artifact_sink(a), &why);
	return seizure_end(s, a, failed, &why, NULL, e);
}
