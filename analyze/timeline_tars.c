/* SPDX-License-Identifier: Apache-2.0 */
/* What files of the container say of times: its histories and logs, read in the tars they lie in.
 */
#include "analyze/timeline.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/dated.h"
#include "lib/base/inflate.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"

#define MEMBER_MAX                                                                                 \
	((uint64_t)1 << 30) /* of one file, decompressed: a bomb is not read to its end */
#define SEEN_MAX 10000

/* A tar under way. */
struct walk {
	struct timeline *t;
	const char *tar;
	struct str prefix; /* where it was mounted */
	struct tar_reader *r;
	/* Read in a tar before: what is changed is in two of them. */
	char **seen;
	size_t seen_count, seen_cap;
};

/* The content of the member under way. */
struct member {
	struct source source;
	struct tar_reader *r;
};

static ssize_t member_read(struct source *s, void *p, size_t len, struct err *e)
{
	return tar_read(((struct member *)s)->r, p, len, e);
}

static void member_close(struct source *s)
{
	free(s);
}

static struct source *member_new(struct tar_reader *r)
{
	struct member *m = xcalloc(1, sizeof(*m));

	m->source = (struct source){ .read = member_read, .close = member_close };
	m->r = r;
	return &m->source;
}

static int say(struct walk *w, const char *path, enum dated_kind kind, const struct when *when,
	       const char *text, size_t len, struct err *e)
{
	AUTO(str_release) struct str what = STR_INIT(2 * EVENT_TEXT_MAX + TAR_PATH_MAX);
	struct event ev = { .when = *when, .object = path, .object_len = strlen(path) };

	if (kind == DATED_SHELL) {
		ev.source = EVENT_SHELL;
		ev.times = EVENT_EXECUTED;
	} else if (kind == DATED_LOGINS || kind == DATED_FAILED_LOGINS) {
		ev.source = EVENT_LOGIN;
		ev.times = EVENT_RECORDED;
	} else {
		ev.source = EVENT_PACKAGE;
		ev.times = EVENT_INSTALLED;
	}
	str_addf(&what, "%s: ", path);
	str_add(&what, text, len);
	ev.what = what.buf;
	ev.what_len = what.len;
	return timeline_add(w->t, &ev, e);
}

static int read_lines(struct walk *w, const char *path, enum dated_kind kind, struct source *from,
		      struct err *e)
{
	AUTO(lines_release) struct lines l = { 0 };
	AUTO(dated_release) struct dated d;
	uint64_t bytes = 0;
	const char *line, *text;
	struct when when;
	size_t len, text_len;
	int more;

	dated_init(&d, kind);
	lines_init(&l, from, DATED_LINE_MAX);
	while ((more = lines_next(&l, &line, &len, e)) > 0) {
		bytes += l.length;
		if (bytes > MEMBER_MAX)
			return err_set(e, ERR_LIMIT, "has more than %llu bytes",
				       (unsigned long long)MEMBER_MAX);
		while (len && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			len--;
		if (dated_line(&d, line, len, &when, &text, &text_len) &&
		    say(w, path, kind, &when, text, text_len, e) < 0)
			return -1;
	}
	return more;
}

/* Whole records only; one that somebody cut is read as far as it goes. */
static int read_records(struct walk *w, const char *path, enum dated_kind kind, uint64_t size,
			struct source *from, struct err *e)
{
	unsigned char record[UTMP_SIZE_64];
	size_t each = utmp_size(size);
	uint64_t bytes = 0;

	for (;;) {
		AUTO(str_release) struct str what = STR_INIT(UTMP_SIZE_64 + 64);
		ssize_t n = source_read_full(from, record, each, e);
		struct when when;

		if (n <= 0)
			return (int)n;
		bytes += (uint64_t)n;
		if ((size_t)n < each)
			return err_set(e, ERR_FORMAT, "ends within a record");
		if (bytes > MEMBER_MAX)
			return err_set(e, ERR_LIMIT, "has more than %llu bytes",
				       (unsigned long long)MEMBER_MAX);
		if (utmp_record(record, each, kind == DATED_FAILED_LOGINS, &when, &what) &&
		    say(w, path, kind, &when, what.buf, what.len, e) < 0)
			return -1;
	}
}

static bool was_seen(struct walk *w, const char *path)
{
	for (size_t i = 0; i < w->seen_count; i++)
		if (!strcmp(w->seen[i], path))
			return true;
	if (w->seen_count < SEEN_MAX) {
		grow(w->seen, w->seen_count, w->seen_cap);
		w->seen[w->seen_count++] = xstrdup(path);
	}
	return false;
}

/* Where it is in the container, made from the member's name. */
static char *path_of(const struct walk *w, const char *name)
{
	while (*name == '/' || (name[0] == '.' && name[1] == '/'))
		name += *name == '/' ? 1 : 2;
	return xasprintf("%s/%s", w->prefix.buf, name);
}

static int read_member(struct walk *w, const struct tar_entry *entry, struct err *e)
{
	AUTO(freep) char *path = path_of(w, entry->path);
	AUTO(source_closep) struct source *content = NULL;
	AUTO(source_closep) struct source *plain = NULL;
	enum dated_kind kind = dated_kind_of(path);
	bool is_rpm = timeline_rpm_wants(path);
	int result;

	if ((kind == DATED_NONE && !is_rpm) || entry->is_hardlink || !S_ISREG(entry->mode) ||
	    was_seen(w, path))
		return 0;
	content = member_new(w->r);
	plain = inflate_new(content);
	if (is_rpm)
		result = timeline_rpm_keep(&w->t->rpm, path, content, e);
	else if (kind == DATED_LOGINS || kind == DATED_FAILED_LOGINS)
		result = read_records(w, path, kind, entry->size, plain, e);
	else
		result = read_lines(w, path, kind, plain, e);
	if (result == 0)
		return 0;
	(void)err_wrap(e, "%s", path);
	return timeline_damaged(w->t, w->tar, 0, e);
}

static int walk_tar(struct walk *w, struct source *from, struct err *e)
{
	AUTO(tar_reader_freep) struct tar_reader *r = tar_reader_new(from);
	struct tar_entry entry;
	int more;

	w->r = r;
	while ((more = tar_next(r, &entry, e)) > 0)
		if (read_member(w, &entry, e) < 0)
			return -1;
	return more < 0 ? timeline_damaged(w->t, w->tar, 0, e) : 0;
}

static int take_tar(struct walk *w, const char *path, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;

	w->tar = path;
	if (!bundle_has(w->t->b, path, NULL))
		return 0;
	if (bundle_source(w->t->b, path, &from, e) < 0)
		return timeline_damaged(w->t, path, 0, e);
	return walk_tar(w, from, e);
}

/* Where it was mounted, its index beside it says. */
static int take_mounted(const char *path, uint64_t size, void *data, struct err *e)
{
	struct walk *w = data;
	size_t len = strlen(path);
	AUTO(freep) char *index = NULL;
	int result = 0;

	(void)size;
	if (len < 4 || strcmp(path + len - 4, ".tar") != 0)
		return 0;
	index = xasprintf("%.*s.jsonl", (int)(len - 4), path);
	if (timeline_mount(w->t, index, &w->prefix, e) < 0)
		return -1;
	result = take_tar(w, path, e);
	str_reset(&w->prefix);
	return result;
}

static void walk_release(struct walk *w)
{
	for (size_t i = 0; i < w->seen_count; i++)
		free(w->seen[i]);
	free(w->seen);
	str_release(&w->prefix);
}

int timeline_tars(struct timeline *t, struct err *e)
{
	AUTO(walk_release) struct walk w = { .t = t, .prefix = STR_INIT(TIMELINE_LINE_MAX) };

	if (take_tar(&w, "filesystem/changes.tar", e) < 0 ||
	    bundle_each_path(t->b, "filesystem/tmpfs-", take_mounted, &w, e) < 0 ||
	    bundle_each_path(t->b, "volumes/", take_mounted, &w, e) < 0)
		return -1;
	return take_tar(&w, "filesystem/rootfs.tar", e);
}
