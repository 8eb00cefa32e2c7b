/* SPDX-License-Identifier: Apache-2.0 */
/* The times of files: rows of the indexes, and whiteouts, whose time is that of a deletion. */
#include "analyze/timeline.h"

#include <string.h>
#include <sys/stat.h>

#include "lib/base/lines.h"
#include "lib/base/own.h"

#define TIMES 4 /* as event.file_times has them: a, m, c, b */

static mode_t type_of(const char *word)
{
	static const struct {
		const char *word;
		mode_t type;
	} types[] = {
		{ "file", S_IFREG },    { "hardlink", S_IFREG }, { "dir", S_IFDIR },
		{ "symlink", S_IFLNK }, { "char", S_IFCHR },     { "block", S_IFBLK },
		{ "fifo", S_IFIFO },    { "socket", S_IFSOCK },
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(word, types[i].word))
			return types[i].type;
	return 0;
}

/* Octal, of at most the permission bits. */
static mode_t mode_of(const char *text)
{
	mode_t mode = 0;

	for (; *text >= '0' && *text <= '7'; text++)
		mode = (mode << 3 | (mode_t)(*text - '0')) & 07777;
	return mode;
}

static uint64_t number_of(struct obj *o, const char *key)
{
	return obj_text_or(o, key, NULL) ? obj_u64_text(o, key) : 0;
}

/* What of the file there is to say besides its times. */
static void read_file(struct obj *o, struct event *ev)
{
	ev->mode = type_of(obj_text_or(o, "type", "")) | mode_of(obj_text_or(o, "mode", ""));
	ev->uid = obj_u64_or(o, "uid", 0);
	ev->gid = obj_u64_or(o, "gid", 0);
	ev->size = number_of(o, "size");
	ev->inode = number_of(o, "inode");
}

static const char *verb_of(struct obj *o)
{
	const char *change = obj_text_or(o, "change", "");

	if (*change == 'A')
		return "added";
	if (*change == 'D')
		return "deleted";
	if (*change == 'M')
		return json_count(obj_list_or(o, "differs")) ? "changed" : "touched";
	return "";
}

static int add(struct timeline *t, struct event *ev, const struct when *when, unsigned times,
	       struct err *e)
{
	ev->when = *when;
	ev->times = times;
	return timeline_add(t, ev, e);
}

/* Times that are the same are one event; the earliest of all stands for the line of a bodyfile. */
static int add_times(struct timeline *t, struct event *ev, const struct when when[TIMES],
		     const bool has[TIMES], struct err *e)
{
	static const unsigned bits[TIMES] = { EVENT_ACCESSED, EVENT_MODIFIED, EVENT_CHANGED,
					      EVENT_BORN };
	const struct when *first = NULL;
	unsigned all = 0;

	for (size_t i = 0; i < TIMES; i++) {
		if (!has[i] || !timeline_is_within(t, &when[i].at))
			continue;
		ev->file_times[i] = when[i].at.tv_sec;
		if (!first || when_compare(&when[i].at, &first->at) < 0)
			first = &when[i];
		all |= bits[i];
	}
	if (t->is_one_line)
		return first ? add(t, ev, first, all, e) : 0;
	for (unsigned done = 0; done != all;) {
		unsigned same = 0;
		size_t i = 0;

		while (done & bits[i] || !(all & bits[i]))
			i++;
		for (size_t j = i; j < TIMES; j++)
			if (all & bits[j] && !when_compare(&when[i].at, &when[j].at))
				same |= bits[j];
		if (add(t, ev, &when[i], same, e) < 0)
			return -1;
		done |= same;
	}
	return 0;
}

/* Of what is gone the image's times say nothing: only when it went does. */
static int add_deleted(struct timeline *t, struct event *ev, const char *time, struct err *e)
{
	struct when when;

	if (!*time)
		return 0;
	if (when_parse(time, &when, e) < 0)
		return -1;
	ev->file_times[2] = when.at.tv_sec;
	return add(t, ev, &when, EVENT_DELETED, e);
}

static int add_row(struct timeline *t, struct event *ev, struct obj *o, struct err *e)
{
	static const char *const keys[TIMES] = { "atime", "mtime", "ctime", "btime" };
	struct when when[TIMES];
	bool has[TIMES] = { false };

	for (size_t i = 0; i < TIMES; i++) {
		const char *text = obj_text_or(o, keys[i], "");

		has[i] = *text != '\0';
		if (has[i] && when_parse(text, &when[i], e) < 0)
			return -1;
	}
	return add_times(t, ev, when, has, e);
}

static int row(struct timeline *t, const struct cJSON *doc, const char *line, size_t len,
	       void *data, struct err *e)
{
	AUTO(str_release)
	struct str path = STR_INIT(TIMELINE_LINE_MAX), where = STR_INIT(2 * TIMELINE_LINE_MAX);
	const struct str *prefix = data; /* where it was mounted */
	struct obj o = obj_begin(doc, "the row", e);
	const char *gone = obj_text_or(&o, "whiteout_ctime", "");
	struct event ev = { .source = EVENT_FILE, .what = verb_of(&o) };

	(void)line;
	(void)len;
	/* The first one of some says what the index is of. */
	if (!obj_bytes(&o, "path", &path))
		return obj_end(&o);
	read_file(&o, &ev);
	str_add(&where, prefix->buf, prefix->len);
	if (strcmp(path.buf, ".") != 0)
		str_addf(&where, "/%s", path.buf);
	else if (!where.len)
		str_addc(&where, '/');
	ev.what_len = strlen(ev.what);
	ev.object = where.buf;
	ev.object_len = where.len;
	if (obj_end(&o) < 0)
		return -1;
	if (!strcmp(ev.what, "deleted"))
		return add_deleted(t, &ev, gone, e);
	if (add_row(t, &ev, &o, e) < 0)
		return -1;
	return obj_end(&o);
}

/* The first line alone. */
static int read_mount(struct timeline *t, const char *index, struct str *mount, struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(lines_release) struct lines l = { 0 };
	AUTO(json_freep) struct cJSON *doc = NULL;
	const char *line = "";
	size_t len = 0;
	struct obj o;

	if (bundle_source(t->b, index, &from, e) < 0)
		return -1;
	lines_init(&l, from, TIMELINE_LINE_MAX);
	if (lines_next(&l, &line, &len, e) < 0)
		return -1;
	doc = len ? json_parse(line, len, e) : NULL;
	if (!doc)
		return len ? -1 : 0;
	o = obj_begin(doc, "the first row", e);
	(void)obj_bytes(&o, "mount", mount);
	return obj_end(&o);
}

int timeline_mount(struct timeline *t, const char *index, struct str *out, struct err *e)
{
	if (!bundle_has(t->b, index, NULL))
		return 0;
	if (read_mount(t, index, out, e) < 0)
		return timeline_damaged(t, index, 1, e);
	if (out->len == 1) /* "/" itself */
		str_reset(out);
	return 0;
}

static int take_index(struct timeline *t, const char *path, bool is_mount, struct err *e)
{
	AUTO(str_release) struct str prefix = STR_INIT(TIMELINE_LINE_MAX);

	if (is_mount && timeline_mount(t, path, &prefix, e) < 0)
		return -1;
	return timeline_lines(t, path, TIMELINE_LINE_MAX, row, &prefix, e);
}

static int take_mounted(const char *path, uint64_t size, void *data, struct err *e)
{
	size_t len = strlen(path);

	(void)size;
	if (len < 6 || strcmp(path + len - 6, ".jsonl") != 0)
		return 0;
	return take_index(data, path, true, e);
}

int timeline_files(struct timeline *t, struct err *e)
{
	if (take_index(t, "filesystem/changes.jsonl", false, e) < 0 ||
	    bundle_each_path(t->b, "filesystem/tmpfs-", take_mounted, t, e) < 0)
		return -1;
	if (!t->wants_all)
		return 0;
	if (take_index(t, "filesystem/rootfs.jsonl", false, e) < 0)
		return -1;
	return bundle_each_path(t->b, "volumes/", take_mounted, t, e);
}
