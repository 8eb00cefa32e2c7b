/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kind "files": what the container added, changed and deleted. The upper directory says which
 * paths; whether the image had them decides between added and modified; comparison says in what
 * they differ.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/export.h"
#include "collect/seizure.h"
#include "collect/tree.h"
#include "collect/view.h"
#include "lib/base/file.h"
#include "lib/base/own.h"

struct changed {
	struct pack *pack;
	int image, merged;
	struct walk_options options;
	struct walk *upper;
	struct walk *in_image, *in_merged; /* for one path at a time */
	/*
	 * A directory of the image that is hidden as a whole, by a deletion or by what stands in
	 * its place: walked beside the upper directory, in the same order, so that what is gone is
	 * told in its place. What both have is a modification.
	 */
	struct walk *hidden;
	struct node *gone; /* the next of them; NULL: none left */
	char *hidden_path; /* paths below it are compared with `hidden` alone */
};

/* Order of a walk: '/' before all other bytes. */
static int path_compare(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (*a == '/'           ? 0
		: (unsigned char)*a ? (unsigned char)*a + 1
				    : -1) -
	       (*b == '/'           ? 0
		: (unsigned char)*b ? (unsigned char)*b + 1
				    : -1);
}

static bool is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !strncmp(path, dir, len) && path[len] == '/';
}

static int next_gone(struct changed *c, struct err *e)
{
	int got = walk_next(c->hidden, &c->gone, e);

	if (got <= 0)
		c->gone = NULL;
	return got < 0 ? -1 : 0;
}

/* From here on what the image has below PATH is gone, but for what the upper directory has there
 * too. */
static int hide(struct changed *c, const char *path, struct err *e)
{
	struct err ignored = { 0 };
	struct node *n;

	if (walk_lookup(c->in_image, c->image, path, &n, &ignored) < 0 || !S_ISDIR(n->tar.mode))
		return 0;
	walk_freep(&c->hidden);
	free(c->hidden_path);
	c->hidden_path = xstrdup(path);
	c->hidden = walk_new(walk_steal(c->in_image), path, &c->options);
	/* The first is the directory itself, which the caller has told. */
	return next_gone(c, e) < 0 ? -1 : next_gone(c, e);
}

static int put_deleted(struct changed *c, const struct node *image, const struct timespec *whiteout,
		       struct err *e)
{
	struct node n = *image;

	n.change = (struct node_change){ .letter = 'D', .whiteout.tv_nsec = -1 };
	if (whiteout)
		n.change.whiteout = *whiteout;
	return pack_row(c->pack, &n, e);
}

/* Tells all that is gone before PATH (NULL: all that is left). */
static int tell_gone(struct changed *c, const char *path, struct err *e)
{
	while (c->gone && (!path || path_compare(c->gone->tar.path, path) < 0))
		if (put_deleted(c, c->gone, NULL, e) < 0 || next_gone(c, e) < 0)
			return -1;
	return 0;
}

static bool has_xattr(const struct tar_entry *t, const struct tar_xattr *x)
{
	for (size_t i = 0; i < t->xattr_count; i++)
		if (!strcmp(t->xattrs[i].name, x->name))
			return t->xattrs[i].len == x->len &&
			       !memcmp(t->xattrs[i].value, x->value, x->len);
	return false;
}

static bool same_xattrs(const struct tar_entry *a, const struct tar_entry *b)
{
	if (a->xattr_count != b->xattr_count)
		return false;
	for (size_t i = 0; i < a->xattr_count; i++)
		if (!has_xattr(b, &a->xattrs[i]))
			return false;
	return true;
}

static unsigned compare(const struct node *now, const struct node *image)
{
	const struct tar_entry *a = &now->tar, *b = &image->tar;
	unsigned differs = 0;

	if ((a->mode & S_IFMT) != (b->mode & S_IFMT))
		return DIFFERS_TYPE;
	if ((a->mode & 07777) != (b->mode & 07777))
		differs |= DIFFERS_MODE;
	if (now->host_uid != image->host_uid || now->host_gid != image->host_gid)
		differs |= DIFFERS_OWNER;
	if (!file_same_time(&a->mtime, &b->mtime))
		differs |= DIFFERS_MTIME;
	if (!same_xattrs(a, b))
		differs |= DIFFERS_XATTRS;
	if (a->size != b->size || a->rdev_major != b->rdev_major || a->rdev_minor != b->rdev_minor)
		differs |= DIFFERS_CONTENT;
	if (a->link && b->link && strcmp(a->link, b->link) != 0)
		differs |= DIFFERS_LINK;
	return differs;
}

/* Puts NOW, which the image has as IMAGE (NULL: it has none), with the content of FILE. */
static int put_present(struct changed *c, struct node *now, int file, const struct node *image,
		       int image_file, struct err *e)
{
	char sum[SHA256_HEX] = "";
	int result;

	now->change.letter = image ? 'M' : 'A';
	now->change.whiteout.tv_nsec = -1;
	now->change.is_opaque = now->overlay.is_opaque;
	now->change.renamed_from = now->overlay.redirect;
	if (image) {
		struct err why = { 0 };

		now->change.is_compared = true;
		now->change.differs = compare(now, image);
		if (S_ISREG(now->tar.mode) && image_file >= 0 &&
		    !(now->change.differs & (DIFFERS_CONTENT | DIFFERS_TYPE))) {
			if (pack_hash(c->pack, image, image_file, sum, &why) == 0)
				now->change.image_sha256 = sum;
			else if (why.kind == ERR_STOPPED)
				return *e = why, -1;
			else
				now->note = "the image's file could not be read to compare";
		}
		/* A directory that was only copied up for what lies below it holds nothing to keep.
		 */
		if (S_ISDIR(now->tar.mode) && !now->change.differs)
			return pack_row(c->pack, now, e);
	}
	result = pack_put(c->pack, now, file, e);
	now->change.image_sha256 = NULL;
	return result;
}

/* The image's entry for this path: one that is hidden with its directory, or what lies there. */
static struct node *in_image(struct changed *c, const char *path, int *file)
{
	struct err ignored = { 0 };
	struct node *n;

	*file = -1;
	if (c->hidden_path && (is_below(path, c->hidden_path) || !strcmp(path, c->hidden_path))) {
		if (!c->gone || path_compare(c->gone->tar.path, path) != 0)
			return NULL;
		*file = walk_file(c->hidden);
		return c->gone;
	}
	if (walk_lookup(c->in_image, c->image, path, &n, &ignored) < 0)
		return NULL;
	*file = walk_file(c->in_image);
	return n;
}

/* A directory that was renamed: the merged view has what it brought from the image, all of it new
 * here. */
static int put_renamed(struct changed *c, const char *path, struct err *e)
{
	struct err ignored = { 0 };
	struct node *n;
	AUTO(walk_freep) struct walk *w = NULL;
	int got;

	if (walk_lookup(c->in_merged, c->merged, path, &n, &ignored) < 0)
		return 0;
	w = walk_new(walk_steal(c->in_merged), path, &c->options);
	if ((got = walk_next(w, &n, e)) <= 0) /* itself, which the caller has put */
		return got;
	while ((got = walk_next(w, &n, e)) > 0) {
		struct node now = *n;
		struct node *image;
		int image_file;

		if (tell_gone(c, now.tar.path, e) < 0)
			return -1;
		image = in_image(c, now.tar.path, &image_file);
		if (put_present(c, &now, walk_file(w), image, image_file, e) < 0)
			return -1;
		if (image && image == c->gone && next_gone(c, e) < 0)
			return -1;
	}
	return got;
}

/* What an upper entry of the same path hides of the image below it. */
static bool hides(const struct node *now, const struct node *image)
{
	return image && S_ISDIR(image->tar.mode) &&
	       (!S_ISDIR(now->tar.mode) || now->overlay.is_opaque || now->overlay.redirect);
}

static int put_whiteout(struct changed *c, const struct node *now, const struct node *image,
			struct err *e)
{
	struct node unknown = { .tar.path = now->tar.path,
				.btime.tv_nsec = -1,
				.note = "the image has no such path" };
	const struct timespec when = now->tar.ctime;

	return put_deleted(c, image ? image : &unknown, &when, e);
}

static int put_entry(struct changed *c, struct node *now, int file, const struct node *image,
		     int image_file, struct err *e)
{
	struct err ignored = { 0 };
	struct node *whole;

	if (now->overlay.is_whiteout)
		return put_whiteout(c, now, image, e);
	if (now->overlay.is_metacopy) {
		if (walk_lookup(c->in_merged, c->merged, now->tar.path, &whole, &ignored) < 0) {
			now->error = "its data lies in the image and could not be reached";
			file = -1;
		} else {
			now->tar.extents = whole->tar.extents;
			now->tar.extent_count = whole->tar.extent_count;
			file = walk_file(c->in_merged);
		}
	}
	return put_present(c, now, file, image, image_file, e);
}

static int feed_one(struct changed *c, const struct node *upper, struct err *e)
{
	struct node now = *upper;
	struct node *image;
	int image_file;
	bool is_gone, is_hiding;

	if (tell_gone(c, now.tar.path, e) < 0)
		return -1;
	image = in_image(c, now.tar.path, &image_file);
	is_gone = image && image == c->gone;
	is_hiding = !is_gone && hides(&now, image);
	if (put_entry(c, &now, walk_file(c->upper), image, image_file, e) < 0)
		return -1;
	if (is_gone && next_gone(c, e) < 0)
		return -1;
	if (is_hiding && hide(c, now.tar.path, e) < 0)
		return -1;
	if (!now.overlay.redirect || !S_ISDIR(now.tar.mode))
		return 0;
	if (put_renamed(c, now.tar.path, e) < 0)
		return -1;
	walk_prune(c->upper);
	return 0;
}

static int feed(struct pack *p, void *data, struct err *e)
{
	struct changed *c = data;
	struct node *n;
	int got;

	c->pack = p;
	while ((got = walk_next(c->upper, &n, e)) > 0)
		if (feed_one(c, n, e) < 0)
			return -1;
	return got < 0 ? -1 : tell_gone(c, NULL, e);
}

static int open_views(struct seizure *s, struct changed *c, struct err *e)
{
	AUTO(freep) char *source = NULL;
	struct walk_options upper_options;
	int upper;

	c->options = view_options(s);
	c->merged = view_root(s, &source, e);
	if (c->merged < 0)
		return -1;
	c->image = view_image(s, true, e);
	if (c->image < 0)
		return err_wrap(e, "the image's layers");
	upper = view_upper(s, e);
	if (upper < 0)
		return err_wrap(e, "the upper directory");
	upper_options = c->options;
	upper_options.ids = view_ids(s, upper);
	upper_options.overlay = view_overlay_prefix(s);
	c->upper = walk_new(upper, NULL, &upper_options);
	c->in_image = walk_new(-1, NULL, &c->options);
	c->in_merged = walk_new(-1, NULL, &c->options);
	return 0;
}

static void release(struct changed *c)
{
	walk_freep(&c->upper);
	walk_freep(&c->in_image);
	walk_freep(&c->in_merged);
	walk_freep(&c->hidden);
	freep(&c->hidden_path);
	fd_closep(&c->image);
	fd_closep(&c->merged);
}

int take_files(struct seizure *s, struct err *e)
{
	AUTO(release) struct changed c = { .image = -1, .merged = -1 };
	AUTO(freep) char *source = NULL;
	struct err why = { 0 };
	struct tree tree = { .kind = "files",
			     .tar = "filesystem/changes.tar",
			     .rows = "filesystem/changes.jsonl",
			     .feed = feed,
			     .data = &c };

	if (!s->host.has_files)
		return export_changes(s, e);
	if (open_views(s, &c, &why) < 0) {
		if (bundle_warning(s->bundle, why.text, e) < 0)
			return -1;
		return export_changes(s, e);
	}
	tree.source = source = xasprintf("host upper directory %s", s->target.upper_dir);
	return tree_take(s, &tree, e);
}
