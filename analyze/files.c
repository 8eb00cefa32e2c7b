/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a bundle that are not as the image has them: each row with its content. */
#include <string.h>

#include "analyze/examine.h"
#include "lib/base/json.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/tar.h"

#define ROW_MAX ((size_t)4 << 20)

/* An index and the tar beside it, read side by side: both have their paths in the same order. */
struct pair {
	struct examination *x;
	const char *rows, *contents; /* names in the bundle */
	struct source *row_source, *tar_source;
	struct lines lines;
	struct tar_reader *tar; /* NULL: there is none, or nothing more of it can be read */
	struct changed file;
	char *mount; /* of a tmpfs, from its first row */
	char *head;
};

static void pair_release(struct pair *p)
{
	tar_reader_freep(&p->tar);
	lines_release(&p->lines);
	source_closep(&p->row_source);
	source_closep(&p->tar_source);
	changed_release(&p->file);
	freep(&p->mount);
	freep(&p->head);
}

/* The rest of the rows are judged without their content. */
static void lose_contents(struct pair *p, const char *why)
{
	examine_gap(p->x, p->contents, "%s", why);
	tar_reader_freep(&p->tar);
}

/* Goes on in the tar to the member of the row PATH and reads its beginning. */
static int read_head(struct pair *p, const char *path, struct err *e)
{
	struct tar_entry entry;
	struct err why = { 0 };
	size_t have = 0;
	ssize_t n;
	int found;

	do
		found = tar_next(p->tar, &entry, &why);
	while (found > 0 && strcmp(entry.path, path) != 0);
	while (found > 0 && have < CHANGED_HEAD_MAX) {
		n = tar_read(p->tar, p->head + have, CHANGED_HEAD_MAX - have, &why);
		if (n < 0)
			found = -1;
		if (n <= 0)
			break;
		have += (size_t)n;
	}
	if (found < 0 && why.kind == ERR_INTEGRITY) {
		*e = why;
		return -1;
	}
	if (found <= 0) {
		lose_contents(p, found < 0 ? why.text : "a file of the index is not in it");
		return 0;
	}
	p->file.head = p->head;
	p->file.head_len = have;
	return 0;
}

static void judge(struct pair *p)
{
	struct examination *x = p->x;
	const struct changed *f = &p->file;

	rules_access(f, &x->context, &x->findings);
	rules_program(f, &x->context, &x->findings);
	rules_hiding(f, &x->context, &x->findings);
	rules_running(f, &x->context, &x->findings);
	known_add(&x->known, f->sha256, f->path.buf);
}

static int one(struct pair *p, const struct cJSON *row, struct err *e)
{
	AUTO(str_release) struct str path = STR_INIT(TAR_PATH_MAX);
	struct obj o = obj_begin(row, "a row", e);

	if (!obj_bytes(&o, "path", &path)) {
		/* The first row of a tmpfs says where it is mounted. */
		AUTO(str_release) struct str mount = STR_INIT(TAR_PATH_MAX);

		if (obj_bytes(&o, "mount", &mount)) {
			freep(&p->mount);
			p->mount = str_detach(&mount);
		}
		return obj_end(&o);
	}
	if (obj_end(&o) < 0 || changed_read(&p->file, row, p->mount, e) < 0)
		return -1;
	if (p->tar && p->file.is_stored && p->file.size > 0 && !p->file.is_hardlink &&
	    read_head(p, path.buf, e) < 0)
		return -1;
	if (examine_owner(p->x, p->file.path.buf, e) < 0)
		return -1;
	judge(p);
	return 0;
}

static int each(struct pair *p, struct err *e)
{
	const char *line;
	size_t len;
	int n;

	while ((n = lines_next(&p->lines, &line, &len, e)) > 0) {
		AUTO(json_freep) struct cJSON *row = NULL;
		struct err why = { 0 };

		row = json_parse(line, len, &why);
		if (row && one(p, row, &why) == 0)
			continue;
		if (why.kind != ERR_FORMAT && why.kind != ERR_LIMIT) {
			*e = why;
			return -1;
		}
		examine_gap(p->x, p->rows, "line %llu: %s", (unsigned long long)p->lines.number,
			    why.text);
	}
	return n;
}

/* A tar that is cut behind the last row's member is cut all the same. */
static int see_end(struct pair *p, struct err *e)
{
	struct tar_entry entry;
	struct err why = { 0 };
	int n = 0;

	while (p->tar && (n = tar_next(p->tar, &entry, &why)) > 0)
		;
	if (n == 0)
		return 0;
	if (why.kind == ERR_INTEGRITY) {
		*e = why;
		return -1;
	}
	lose_contents(p, why.text);
	return 0;
}

static int examine_pair(struct examination *x, const char *rows, const char *contents,
			struct err *e)
{
	AUTO(pair_release) struct pair p = { .x = x, .rows = rows, .contents = contents };

	changed_init(&p.file);
	if (!bundle_has(x->bundle, rows, NULL))
		return 0;
	if (bundle_source(x->bundle, rows, &p.row_source, e) < 0)
		return -1;
	if (bundle_has(x->bundle, contents, NULL)) {
		if (bundle_source(x->bundle, contents, &p.tar_source, e) < 0)
			return -1;
		p.tar = tar_reader_new(p.tar_source);
		p.head = xmalloc(CHANGED_HEAD_MAX);
	}
	lines_init(&p.lines, p.row_source, ROW_MAX);
	return each(&p, e) < 0 ? -1 : see_end(&p, e);
}

static int examine_tmpfs(const char *path, uint64_t size, void *data, struct err *e)
{
	AUTO(freep) char *contents = NULL;
	size_t len = strlen(path);

	(void)size;
	if (len < 6 || strcmp(path + len - 6, ".jsonl") != 0)
		return 0;
	contents = xasprintf("%.*s.tar", (int)(len - 6), path);
	return examine_pair(data, path, contents, e);
}

/* Whether packages came or went: then new programs may be theirs. */
static int note_packages(struct examination *x, const struct cJSON *row, struct err *e)
{
	static const char *const databases[] = { "var/lib/dpkg/status", "lib/apk/db/installed",
						 "usr/lib/apk/db/installed",
						 "var/lib/rpm/rpmdb.sqlite",
						 "usr/lib/sysimage/rpm/rpmdb.sqlite" };
	struct obj o = obj_begin(row, "a row", e);
	const char *path = obj_text_or(&o, "path", "");

	for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
		x->context.has_new_packages |= !strcmp(path, databases[i]);
	return 0;
}

int examine_files(struct examination *x, struct err *e)
{
	x->context.created = x->has_container ? x->container.created : NULL;
	x->context.suspects = &x->suspects;
	if (examine_rows(x, "filesystem/changes.jsonl", note_packages, e) < 0 ||
	    examine_pair(x, "filesystem/changes.jsonl", "filesystem/changes.tar", e) < 0)
		return -1;
	return bundle_each_path(x->bundle, "filesystem/tmpfs-", examine_tmpfs, x, e);
}
