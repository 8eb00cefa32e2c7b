/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/trees.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "lib/base/file.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/base/stream.h"
#include "lib/base/tar.h"

uint64_t tree_seed;
static unsigned next_inode, next_content;

unsigned tree_dice(unsigned sides)
{
	tree_seed = tree_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return sides ? (unsigned)(tree_seed >> 33) % sides : 0;
}

struct tree tree_empty(void)
{
	return (struct tree){ 0 };
}

struct tree tree_new(void)
{
	struct tree t = { 0 };

	grow(t.nodes, t.count, t.cap);
	t.nodes[t.count++] = (struct node){ .type = S_IFDIR, .mode = 0755, .mtime = 1 };
	return t;
}

void tree_release(struct tree *t)
{
	free(t->nodes);
	*t = tree_empty();
}

struct tree tree_copy(const struct tree *t)
{
	struct tree copy = { .nodes = xcalloc(t->count, sizeof(struct node)),
			     .count = t->count,
			     .cap = t->count };

	memcpy(copy.nodes, t->nodes, t->count * sizeof(struct node));
	return copy;
}

const struct node *tree_find(const struct tree *t, const char *path)
{
	for (size_t i = 0; i < t->count; i++)
		if (!strcmp(t->nodes[i].path, path))
			return &t->nodes[i];
	return NULL;
}

bool tree_is_below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return !len ? *path != '\0' : !strncmp(path, dir, len) && path[len] == '/';
}

static void drop(struct tree *t, const char *path)
{
	AUTO(freep) char *name = xstrdup(path);
	size_t kept = 0;

	for (size_t i = 0; i < t->count; i++)
		if (strcmp(t->nodes[i].path, name) != 0 && !tree_is_below(t->nodes[i].path, name))
			t->nodes[kept++] = t->nodes[i];
	t->count = kept;
}

static struct node *any(struct tree *t, mode_t type)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		struct node *n = &t->nodes[tree_dice((unsigned)t->count)];

		if (!type || n->type == type)
			return n;
	}
	return &t->nodes[0];
}

/* A path in a directory that is there: names that sort around '/', and bytes that are no text. */
static bool new_path(struct tree *t, char out[64])
{
	static const char *const names[] = { "a",    "b", "a.", "a-", "a b", "\x01",
					     "\xff", "c", "d",  "e",  "wh.", "~" };
	const struct node *dir = any(t, S_IFDIR);

	if (strlen(dir->path) > 30)
		return false;
	(void)snprintf(out, 64, "%.30s%s%s%s", dir->path, *dir->path ? "/" : "",
		       names[tree_dice(12)], tree_dice(3) ? "" : names[tree_dice(12)]);
	return !tree_find(t, out);
}

static void add(struct tree *t, const char *path, mode_t type)
{
	struct node n = { .type = type,
			  .mode = tree_dice(2) ? 0755 : 0640,
			  .uid = tree_dice(3),
			  .mtime = 1 + tree_dice(5),
			  .content = ++next_content,
			  .inode = ++next_inode };

	(void)snprintf(n.path, sizeof(n.path), "%s", path);
	if (type == S_IFREG && !tree_dice(4)) {
		const struct node *other = any(t, S_IFREG);

		if (other->type == S_IFREG) {
			n = *other;
			(void)snprintf(n.path, sizeof(n.path), "%s", path);
		}
	}
	grow(t->nodes, t->count, t->cap);
	t->nodes[t->count++] = n;
}

static void edit(struct tree *t)
{
	struct node *n = any(t, 0), changed = *n;

	switch (tree_dice(5)) {
	case 0:
		changed.mode ^= 04;
		break;
	case 1:
		changed.uid++;
		break;
	case 2:
		changed.mtime++;
		break;
	default:
		changed.content = ++next_content;
		break;
	}
	for (size_t i = 0; i < t->count; i++)
		if (&t->nodes[i] == n || (n->inode && t->nodes[i].inode == changed.inode)) {
			memcpy(changed.path, t->nodes[i].path, sizeof(changed.path));
			t->nodes[i] = changed;
		}
}

void tree_mutate(struct tree *t, unsigned steps)
{
	static const mode_t types[] = { S_IFREG, S_IFREG, S_IFREG, S_IFDIR,
					S_IFDIR, S_IFLNK, S_IFCHR, S_IFIFO };
	char path[64];

	while (steps--) {
		switch (tree_dice(6)) {
		case 0:
			if (t->count > 1)
				drop(t, t->nodes[1 + tree_dice((unsigned)t->count - 1)].path);
			break;
		case 1:
			edit(t);
			break;
		case 2:
			(void)snprintf(path, sizeof(path), "%s", any(t, 0)->path);
			if (!*path)
				break;
			drop(t, path);
			add(t, path, types[tree_dice(8)]);
			break;
		default:
			if (new_path(t, path))
				add(t, path, types[tree_dice(8)]);
		}
	}
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->type == b->type && a->mode == b->mode && a->uid == b->uid &&
	       a->mtime == b->mtime && a->content == b->content && a->inode == b->inode;
}

/* A member of an archive that is being made. */
struct item {
	const struct node *node; /* NULL: a whiteout, its name in full in `path` */
	char path[80], link[64];
	bool is_hardlink;
};

struct items {
	struct item *all;
	size_t count;
};

static struct item *put(struct items *s, const struct node *n, const char *path)
{
	struct item *item = &s->all[s->count++];

	*item = (struct item){ .node = n };
	(void)snprintf(item->path, sizeof(item->path), "%s", path);
	return item;
}

static void put_whiteout(struct items *s, const char *path, const char *prefix)
{
	const char *slash = strrchr(path, '/');
	int dir = slash ? (int)(slash + 1 - path) : 0;
	struct item *item = put(s, NULL, "");

	(void)snprintf(item->path, sizeof(item->path), "%.*s%s%s", dir, path, prefix, path + dir);
}

/* Perhaps as a hard link: to a name in this layer, itself perhaps a link, or to one below it that
 * this layer does not have. */
static void put_node(struct items *s, const struct node *n, const struct tree *lower,
		     const struct tree *now, const bool *is_put)
{
	struct item *item = put(s, n, n->path);

	if (n->type != S_IFREG)
		return;
	for (size_t i = 0; i + 1 < s->count; i++) {
		const struct node *other = s->all[i].node;

		if (!other || other->inode != n->inode || !tree_dice(5))
			continue;
		memcpy(item->link, s->all[i].path, sizeof(item->link));
		item->is_hardlink = true;
		return;
	}
	for (size_t i = 0; lower && i < lower->count; i++) {
		const struct node *below = &lower->nodes[i], *here;

		if (!is_same(below, n) || tree_dice(2))
			continue;
		here = tree_find(now, below->path);
		if (here && is_put[here - now->nodes])
			continue;
		memcpy(item->link, below->path, sizeof(item->link));
		item->is_hardlink = true;
		return;
	}
}

static bool is_in(const struct items *s, const char *dir)
{
	AUTO(freep) char *marker = xasprintf("%s%s.wh..wh..opq", dir, *dir ? "/" : "");

	for (size_t i = 0; i < s->count; i++)
		if (!s->all[i].node && !strcmp(s->all[i].path, marker))
			return true;
	return false;
}

/* Whether a directory of it was begun anew in this layer, so that nothing of below shows. */
static bool is_hidden(const struct items *s, const struct tree *lower, const struct tree *now,
		      const char *path)
{
	char dir[64];

	(void)snprintf(dir, sizeof(dir), "%s", path);
	while (*dir) {
		char *slash = strrchr(dir, '/');
		const struct node *was, *is;

		dir[slash ? slash - dir : 0] = '\0';
		was = tree_find(lower, dir);
		if (!was || was->type != S_IFDIR)
			return true;
		is = tree_find(now, dir);
		if (!is || is->type != S_IFDIR || is_in(s, dir))
			return true;
	}
	return false;
}

/* What takes LOWER to NOW, as a layer. */
static void make_layer(struct items *s, const struct tree *lower, const struct tree *now)
{
	AUTO(freep) bool *is_put = xcalloc(now->count, sizeof(bool));

	for (size_t i = 0; i < now->count; i++) {
		const struct node *n = &now->nodes[i], *was = tree_find(lower, n->path);

		if (was && was->type == S_IFDIR && n->type == S_IFDIR && !tree_dice(12))
			(void)snprintf(put(s, NULL, "")->path, 80, "%s%s.wh..wh..opq", n->path,
				       *n->path ? "/" : "");
	}
	for (size_t i = 0; i < now->count; i++) {
		const struct node *n = &now->nodes[i], *was = tree_find(lower, n->path);

		is_put[i] = !was || !is_same(was, n) || is_hidden(s, lower, now, n->path) ||
			    !tree_dice(10);
	}
	for (size_t i = 0; i < now->count; i++)
		if (is_put[i])
			put_node(s, &now->nodes[i], lower, now, is_put);
	for (size_t i = 0; i < lower->count; i++) {
		const struct node *was = &lower->nodes[i];

		if (!tree_find(now, was->path) &&
		    (!is_hidden(s, lower, now, was->path) || !tree_dice(4)))
			put_whiteout(s, was->path, ".wh.");
	}
}

static void entry_of(const struct item *item, struct tar_entry *out, char link[80])
{
	const struct node *n = item->node;

	*out = (struct tar_entry){ .path = *item->path ? item->path : ".",
				   .mode = S_IFREG | 0644,
				   .atime.tv_nsec = -1,
				   .ctime.tv_nsec = -1 };
	if (!n)
		return;
	out->mode = n->type | n->mode;
	out->uid = n->uid;
	out->mtime.tv_sec = n->mtime;
	(void)snprintf(link, 80, "%u", n->content);
	if (item->is_hardlink) {
		out->link = item->link;
		out->is_hardlink = true;
	} else if (n->type == S_IFLNK) {
		out->link = link;
	} else if (n->type == S_IFREG) {
		out->size = strlen(link);
	} else if (n->type == S_IFCHR) {
		out->rdev_major = n->content;
	}
}

static void write_item(struct tar_writer *w, const struct item *item)
{
	struct tar_entry entry;
	char link[80];
	struct err e = { 0 };

	entry_of(item, &entry, link);
	if (tar_put(w, &entry, &e) < 0 ||
	    (entry.size && tar_data(w, link, (size_t)entry.size, &e) < 0))
		fail_msg("%s", e.text);
}

/* In any order; some members twice, the first of them with something else. */
static void write_tar(struct items *s, struct str *out, bool is_layer)
{
	AUTO(sink_closep) struct sink *to = sink_to_str(out);
	AUTO(tar_writer_freep) struct tar_writer *w = tar_writer_new(to);
	struct err e = { 0 };

	for (size_t i = s->count; i > 1; i--) {
		size_t other = tree_dice((unsigned)i);
		struct item swap = s->all[i - 1];

		s->all[i - 1] = s->all[other];
		s->all[other] = swap;
	}
	for (size_t i = 0; i < s->count && is_layer; i++) {
		struct node other = { .type = S_IFREG, .mode = 0600, .content = 7 };
		struct item twice = s->all[i];

		if (!twice.node || tree_dice(8))
			continue;
		twice.node = &other;
		twice.is_hardlink = !tree_dice(3);
		memcpy(twice.link, s->all[tree_dice((unsigned)s->count)].path, sizeof(twice.link));
		twice.link[63] = '\0';
		write_item(w, &twice);
	}
	for (size_t i = 0; i < s->count; i++)
		write_item(w, &s->all[i]);
	if (tar_writer_finish(w, &e) < 0)
		fail_msg("%s", e.text);
}

/* The archive of one layer, or with no LOWER of a whole file system. */
void tree_tar(struct str *out, const struct tree *lower, const struct tree *now)
{
	struct items s = { .all = xcalloc(2 * now->count + (lower ? lower->count : 0),
					  sizeof(struct item)) };

	if (lower)
		make_layer(&s, lower, now);
	else
		for (size_t i = 0; i < now->count; i++)
			put_node(&s, &now->nodes[i], NULL, NULL, NULL);
	write_tar(&s, out, lower != NULL);
	free(s.all);
}

static void put_row(struct jsonw *w, const struct tree *t, const struct node *n, char letter)
{
	const char *word = file_type_word(n->type), *first = NULL;
	char text[32], sum[SHA256_HEX], change[2] = { letter, '\0' };

	for (size_t i = 0; n->type == S_IFREG && &t->nodes[i] != n && !first; i++)
		if (t->nodes[i].inode == n->inode)
			first = t->nodes[i].path;
	if (letter == 'M' || letter == 'A') /* the first may be no change */
		first = NULL;
	jsonw_object(w, NULL);
	jsonw_bytes(w, "path", *n->path ? n->path : ".", strlen(*n->path ? n->path : "."));
	jsonw_text_if(w, "change", change);
	jsonw_text(w, "type", first ? "hardlink" : word);
	(void)snprintf(text, sizeof(text), "%04o", n->mode);
	jsonw_text(w, "mode", text);
	jsonw_u64(w, "uid", n->uid);
	jsonw_u64(w, "gid", 0);
	(void)snprintf(text, sizeof(text), "%u", n->content);
	if (n->type == S_IFREG)
		jsonw_u64_text(w, "size", strlen(text));
	if (n->type == S_IFLNK)
		jsonw_text(w, "link", text);
	if (n->type == S_IFREG && !first) {
		digest_of(text, strlen(text), sum);
		jsonw_text(w, "sha256", sum);
	} else if (first) {
		jsonw_bytes(w, "link", first, strlen(first));
	}
	(void)snprintf(text, sizeof(text), "1970-01-01T00:00:%02u.000000000Z", n->mtime % 60);
	jsonw_text(w, "mtime", text);
	(void)snprintf(text, sizeof(text), "%u:0", n->content);
	if (n->type == S_IFCHR)
		jsonw_text(w, "rdev", text);
	jsonw_line(w);
}

/* All of NOW, or with WAS what makes it of that. */
void tree_rows(struct str *out, const struct tree *was, const struct tree *now)
{
	struct jsonw w;

	for (size_t i = 0; i < now->count; i++) {
		const struct node *n = &now->nodes[i], *old = was ? tree_find(was, n->path) : NULL;

		if (was && old && is_same(old, n) && tree_dice(20))
			continue;
		jsonw_init(&w, out);
		put_row(&w, now, n, !was ? '\0' : old ? 'M' : 'A');
	}
	for (size_t i = 0; was && i < was->count; i++) {
		if (tree_find(now, was->nodes[i].path))
			continue;
		jsonw_init(&w, out);
		put_row(&w, was, &was->nodes[i], 'D');
	}
}
