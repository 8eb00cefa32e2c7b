/* SPDX-License-Identifier: Apache-2.0 */
/* The kind "tmpfs": what lies in memory only, and which neither an export nor a diff shows. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "collect/seizure.h"
#include "collect/tree.h"
#include "collect/view.h"
#include "lib/base/file.h"
#include "lib/base/jsonw.h"
#include "lib/base/own.h"
#include "lib/model/maps.h"

#define KIND          "tmpfs"
#define MOUNTINFO_MAX ((size_t)32 << 20)
#define TMPFS_MAX     1000 /* of one container */

struct place {
	char *path, *options, *super_options;
	unsigned major, minor;
};

struct places {
	struct place *items;
	size_t count, cap;
};

static void places_release(struct places *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->items[i].path);
		free(all->items[i].options);
		free(all->items[i].super_options);
	}
	freep(&all->items);
}

static char *unescaped(const struct scan *s)
{
	AUTO(str_release) struct str text = STR_INIT(65536);

	path_unescape(&text, s);
	return str_detach(&text);
}

static bool is_word(const struct scan *s, const char *word)
{
	return s->len == strlen(word) && !memcmp(s->p, word, s->len);
}

/* The engines lay empty ones over parts of /proc and /sys to hide them. */
static bool is_mask(const char *path)
{
	return !strncmp(path, "/proc/", 6) || !strncmp(path, "/sys/", 5);
}

/* A host's tmpfs that was bound into the container is a bind, and taken as one. */
static bool is_bind(const struct container *c, const char *path)
{
	for (size_t i = 0; i < c->mount_count; i++)
		if (c->mounts[i].type != MOUNT_TMPFS && c->mounts[i].destination &&
		    !strcmp(c->mounts[i].destination, path))
			return true;
	return false;
}

static void forget(struct places *all, const char *path)
{
	for (size_t i = 0; i < all->count; i++)
		if (!strcmp(all->items[i].path, path))
			all->items[i].path[0] = 0;
}

static void consider(struct places *all, const struct container *c, const struct mount_line *m)
{
	AUTO(freep) char *path = unescaped(&m->mount_point);

	/* Mounted over, whatever it was, it cannot be reached by its path. */
	forget(all, path);
	/* Only a part of one, such as /etc/hosts, is a bind of the engine's. */
	if (!is_word(&m->root, "/") || (!is_word(&m->type, "tmpfs") && !is_word(&m->type, "ramfs")))
		return;
	if (is_mask(path) || is_bind(c, path))
		return;
	grow(all->items, all->count, all->cap);
	all->items[all->count++] = (struct place){ .path = steal(&path),
						   .options = unescaped(&m->options),
						   .super_options = unescaped(&m->super_options),
						   .major = m->major,
						   .minor = m->minor };
}

static int find_places(const struct container *c, struct places *all, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(MOUNTINFO_MAX);
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)c->pid);
	if (file_slurp(AT_FDCWD, path, &text, e) < 0)
		return -1;
	for (const char *line = text.buf; *line;) {
		size_t len = strcspn(line, "\n");
		struct mount_line m;

		if (mount_parse(line, len, &m, e) < 0)
			return err_wrap(e, "'%s'", path);
		consider(all, c, &m);
		if (all->count > TMPFS_MAX)
			return err_set(e, ERR_LIMIT, "more than %d tmpfs", TMPFS_MAX);
		line += len + (line[len] == '\n');
	}
	return 0;
}

static char *head_of(const struct place *p)
{
	AUTO(str_release) struct str text = STR_INIT((size_t)1 << 20);
	struct jsonw w;
	char device[32];

	(void)snprintf(device, sizeof(device), "%u:%u", p->major, p->minor);
	jsonw_init(&w, &text);
	jsonw_object(&w, NULL);
	jsonw_bytes(&w, "mount", p->path, strlen(p->path));
	jsonw_text(&w, "device", device);
	jsonw_bytes(&w, "options", p->options, strlen(p->options));
	jsonw_bytes(&w, "super_options", p->super_options, strlen(p->super_options));
	jsonw_line(&w);
	return str_detach(&text);
}

static int open_place(struct seizure *s, const struct place *p, struct err *e)
{
	AUTO(fd_closep) int fd = view_mount(s, p->path, NULL, e);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) < 0)
		return err_sys(e, "stat '%s'", p->path);
	if (major(st.st_dev) != p->major || minor(st.st_dev) != p->minor)
		return err_set(e, ERR_ABSENT, "'%s' is covered by another mount", p->path);
	return steal_fd(&fd);
}

static int take_place(struct seizure *s, const struct place *p, unsigned n,
		      const struct walk_options *options, struct err *e)
{
	AUTO(walk_freep) struct walk *walk = NULL;
	AUTO(freep) char *head = head_of(p);
	AUTO(freep)
	char *source = xasprintf("host mount %s of process %d", p->path, (int)s->target.pid);
	AUTO(freep) char *tar = xasprintf("filesystem/tmpfs-%u.tar", n);
	AUTO(freep) char *rows = xasprintf("filesystem/tmpfs-%u.jsonl", n);
	struct tree tree = { .kind = KIND,
			     .source = source,
			     .tar = tar,
			     .rows = rows,
			     .head = head,
			     .feed = tree_feed_walk };
	struct err why = { 0 };
	int fd = open_place(s, p, &why);

	if (fd < 0)
		return tree_failed(s, KIND, source, &why, e);
	walk = walk_new(fd, NULL, options);
	tree.data = walk;
	return tree_take(s, &tree, e);
}

int take_tmpfs(struct seizure *s, struct err *e)
{
	AUTO(places_release) struct places all = { 0 };
	AUTO(freep) char *source = xasprintf("host /proc/%d/mountinfo", (int)s->target.pid);
	struct walk_options options = view_options(s);
	struct ending none = { .outcome = OUTCOME_ABSENT };
	struct err why = { 0 };
	unsigned n = 0;

	if (!s->host.has_processes)
		return tree_impossible(s, KIND, "engine", s->host.why_not, e);
	if (find_places(&s->target, &all, &why) < 0 && view_has_ended(s))
		(void)err_set(&why, ERR_ABSENT,
			      "the container's first process has ended, and its tmpfs with it");
	if (why.text[0])
		return tree_failed(s, KIND, source, &why, e);
	options.has_override = false;
	for (size_t i = 0; i < all.count; i++)
		if (all.items[i].path[0] && take_place(s, &all.items[i], ++n, &options, e) < 0)
			return -1;
	return n ? 0 : bundle_record(s->bundle, KIND, source, &none, e);
}
