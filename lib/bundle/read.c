/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/bundle/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/json.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/bundle/bundle.h"
#include "lib/bundle/custody.h"
#include "lib/bundle/reading.h"
#include "lib/bundle/verify.h"

/* The worst that was found, as an error of its kind. */
static int refuse(const struct report *r, enum err_kind kind, struct err *e)
{
	const struct check *f = r->count ? &r->items[0] : NULL;

	if (!f)
		return err_set(e, kind, "%s", status_word(r->status));
	return err_set(e, kind, "%s: %s%s%s", check_word(f->kind), f->path ? f->path : "",
		       f->path ? " " : "", f->detail);
}

static int judge(struct bundle_reader *b, const struct bundle_read_options *o, struct err *e)
{
	const struct report *r = &b->report;

	switch (r->status) {
	case STATUS_DONE:
		return 0;
	case STATUS_UNTRUSTED:
		return o->only_trusted ? refuse(r, ERR_UNTRUSTED, e) : 0;
	case STATUS_TAMPERED:
	case STATUS_UNSEALED:
		b->is_tampered = true;
		if (o->even_if_tampered)
			return 0;
		return refuse(r, r->status == STATUS_TAMPERED ? ERR_INTEGRITY : ERR_UNSEALED, e);
	case STATUS_FORMAT:
		return refuse(r, ERR_FORMAT, e);
	case STATUS_ABSENT:
		return refuse(r, ERR_ABSENT, e);
	default:
		return refuse(r, ERR_SYS, e);
	}
}

/* What lies there, since no list can be believed. */
static void list_tree(struct bundle_reader *b)
{
	size_t data = strlen(BUNDLE_DATA);
	struct report unsaid;

	report_init(&unsaid);
	tree_walk(&b->tree, b->dir, true, &unsaid);
	report_release(&unsaid);
	for (size_t i = 0; i < b->tree.count; i++) {
		const char *path = b->tree.items[i].path;

		if (strncmp(path, BUNDLE_DATA, data) != 0 || !bundle_path_is_ours(path))
			continue;
		grow(b->files.items, b->files.count, b->files.cap);
		b->files.items[b->files.count++] = (struct manifest_entry){ .path = path };
	}
}

static void count_bad(void *data, size_t line, const char *why)
{
	(void)line;
	(void)why;
	++*(size_t *)data;
}

/* A list that was verified a moment ago, read again: it has the same digest and no line is wrong.
 */
static int read_list(struct bundle_reader *b, const char *path, const char *sha256,
		     struct manifest *out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(MANIFEST_MAX);
	AUTO(source_closep) struct source *from = NULL;
	size_t bad = 0;

	if (reading_source(b, path, sha256, &from, e) < 0 || source_slurp(from, &text, path, e) < 0)
		return -1;
	manifest_parse(out, &text, count_bad, &bad);
	return bad ? err_set(e, ERR_INTEGRITY, "'%s' has lines that no list has", path) : 0;
}

/* From the seal down: it names the tag manifest, that one names the manifest and the custody log.
 */
static int list_sealed(struct bundle_reader *b, struct err *e)
{
	AUTO(manifest_release) struct manifest tags;
	const struct manifest_entry *files, *custody;

	manifest_init(&tags);
	if (read_list(b, BUNDLE_TAGMANIFEST, b->report.seal.tagmanifest, &tags, e) < 0)
		return -1;
	files = manifest_find(&tags, BUNDLE_MANIFEST);
	custody = manifest_find(&tags, BUNDLE_CUSTODY);
	if (!files || !custody)
		return err_set(e, ERR_INTEGRITY, "'%s' does not list what it must",
			       BUNDLE_TAGMANIFEST);
	memcpy(b->custody, custody->sha256, SHA256_HEX - 1);
	return read_list(b, BUNDLE_MANIFEST, files->sha256, &b->files, e);
}

/* Each line's object goes to FN, which may take it. */
static int each_line(struct bundle_reader *b, struct lines *l,
		     int (*fn)(struct cJSON **line, void *data, struct err *e), void *data,
		     struct err *e)
{
	struct custody_chain chain;
	const char *line;
	size_t len;
	int more;

	custody_chain_init(&chain);
	while ((more = lines_next(l, &line, &len, e)) > 0) {
		struct err why = { 0 };
		bool follows = false;
		AUTO(json_freep)
		struct cJSON *doc = custody_follow(&chain, line, len, &follows, &why);

		if (doc) {
			if (fn(&doc, data, e) < 0)
				return -1;
		} else if (l->is_torn && lines_next(l, &line, &len, e) < 0) {
			return -1; /* why it is torn */
		} else if (!b->is_tampered) {
			return err_set(e, ERR_INTEGRITY, "line %llu of '%s' %s",
				       (unsigned long long)l->number - 1, BUNDLE_CUSTODY, why.text);
		}
		if (l->number >= CUSTODY_LINES_MAX)
			return err_set(e, ERR_LIMIT, "'%s' has more than %d lines", BUNDLE_CUSTODY,
				       CUSTODY_LINES_MAX);
	}
	return more;
}

static int custody_lines(struct bundle_reader *b,
			 int (*fn)(struct cJSON **line, void *data, struct err *e), void *data,
			 struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(lines_release) struct lines l = { 0 };

	if (reading_source(b, BUNDLE_CUSTODY, b->is_tampered ? NULL : b->custody, &from, e) < 0)
		return -1;
	lines_init(&l, from, CUSTODY_LINE_MAX);
	return each_line(b, &l, fn, data, e);
}

static int take_first(struct cJSON **line, void *data, struct err *e)
{
	struct cJSON **first = data;

	(void)e;
	if (!*first)
		*first = steal(line);
	return 0;
}

static int load(struct bundle_reader *b, struct err *e)
{
	struct err why = { 0 };

	if (!b->is_tampered)
		return list_sealed(b, e) < 0 ? -1 : custody_lines(b, take_first, &b->opening, e);
	list_tree(b);
	/* It may be just what is missing. */
	(void)custody_lines(b, take_first, &b->opening, &why);
	return 0;
}

static int open_dir(const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT)
		return err_set(e, ERR_ABSENT, "there is no such bundle");
	if (errno == ENOTDIR)
		return err_set(e, ERR_FORMAT, "is not a directory, so it is not a bundle");
	return err_sys(e, "cannot be opened");
}

static int open_it(struct bundle_reader *b, const char *path, const struct bundle_read_options *o,
		   struct err *e)
{
	static const struct trust nobody = { 0 };
	const struct verify_options how = { .trust = o->trust ? o->trust : &nobody };
	AUTO(freep) char *name = NULL;

	b->dir = open_dir(path, e);
	if (b->dir < 0)
		return -1;
	name = verify_name(path);
	if (o->enter && o->enter(b->dir, o->enter_data, e) < 0)
		return -1;
	verify_bundle(b->dir, name, &how, &b->report);
	return judge(b, o, e) < 0 ? -1 : load(b, e);
}

int bundle_open(const char *path, const struct bundle_read_options *options,
		struct bundle_reader **out, struct err *e)
{
	AUTO(bundle_reader_freep) struct bundle_reader *b = xcalloc(1, sizeof(*b));

	b->dir = -1;
	report_init(&b->report);
	manifest_init(&b->files);
	if (open_it(b, path, options, e) < 0)
		return err_wrap(e, "'%s'", path);
	*out = steal(&b);
	return 0;
}

void bundle_reader_freep(struct bundle_reader **out)
{
	struct bundle_reader *b = steal(out);

	if (!b)
		return;
	for (size_t i = 0; i < b->handed_count; i++)
		fd_closep(&b->handed[i].fd);
	free(b->handed);
	json_freep(&b->opening);
	manifest_release(&b->files);
	tree_release(&b->tree);
	report_release(&b->report);
	fd_closep(&b->dir);
	free(b);
}

int bundle_dirfd(const struct bundle_reader *b)
{
	return b->dir;
}

const struct report *bundle_report(const struct bundle_reader *b)
{
	return &b->report;
}

bool bundle_is_tampered(const struct bundle_reader *b)
{
	return b->is_tampered;
}

const struct cJSON *bundle_opening(const struct bundle_reader *b)
{
	return b->opening;
}

struct each {
	int (*fn)(const struct cJSON *line, void *data, struct err *e);
	void *data;
};

static int show_line(struct cJSON **line, void *data, struct err *e)
{
	const struct each *each = data;

	return each->fn(*line, each->data, e);
}

int bundle_custody_each(struct bundle_reader *b,
			int (*fn)(const struct cJSON *line, void *data, struct err *e), void *data,
			struct err *e)
{
	struct each each = { .fn = fn, .data = data };

	return custody_lines(b, show_line, &each, e);
}
