/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers tell, kept: packages in memory, their files on their way to be sorted. */
#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "analyze/packages_reading.h"
#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/model/dpkg.h"

#define BAD_SAID 3 /* bad lines of one file that are notes of their own */

void reading_bad(struct reading *r, uint64_t line, const char *why)
{
	if (r->bad++ < BAD_SAID)
		packages_add_note(r->p, "%s, %s %llu: %s", r->m ? r->m->path : "rpmdb.sqlite",
				  r->m ? "line" : "package", (unsigned long long)line, why);
}

void reading_end_bad(struct reading *r)
{
	if (r->bad > BAD_SAID)
		packages_add_note(r->p, "%s: %llu more lines that are not as they should be",
				  r->m ? r->m->path : "rpmdb.sqlite",
				  (unsigned long long)(r->bad - BAD_SAID));
	r->bad = 0;
}

uint32_t reading_add_owner(struct packages *p, const struct owner *new)
{
	grow(p->owners, p->owner_count, p->owner_cap);
	p->owners[p->owner_count] = *new;
	return (uint32_t)p->owner_count++;
}

static void copy_text(struct scan *s, char **to)
{
	size_t len = s->len < PACKAGES_TEXT_MAX ? s->len : PACKAGES_TEXT_MAX;

	if (len)
		memcpy(*to, s->p, len);
	(*to)[len] = '\0';
	*s = scan_of(*to, len);
	*to += len + 1;
}

static void on_package(void *data, const struct package *is)
{
	struct reading *r = data;
	struct package copy = *is;
	struct scan *texts[] = {
		&copy.name,   &copy.version,        &copy.release,    &copy.arch,
		&copy.source, &copy.source_version, &copy.maintainer, &copy.licence
	};
	const size_t count = sizeof(texts) / sizeof(texts[0]);
	size_t room = sizeof(struct installed) + count;
	struct packages *p = r->p;
	struct installed *it;
	char *to;

	r->owner = PACKAGE_NONE;
	if (p->count >= PACKAGES_MAX) {
		reading_bad(r, r->line, "more packages than the limit");
		return;
	}
	for (size_t i = 0; i < count; i++)
		room += texts[i]->len < PACKAGES_TEXT_MAX ? texts[i]->len : PACKAGES_TEXT_MAX;
	it = xcalloc(1, room);
	to = (char *)(it + 1);
	for (size_t i = 0; i < count; i++)
		copy_text(texts[i], &to);
	it->is = copy;
	it->installed = copy.installed;
	grow(p->items, p->count, p->cap);
	p->items[p->count] = it;
	r->owner =
		reading_add_owner(p, &(struct owner){ .package = (uint32_t)p->count,
						      .name = r->name ? xstrdup(r->name) : NULL });
	p->count++;
}

/* The key of DIR/NAME; false where that is no path. */
static bool key_of_file(struct str *key, const struct package_file *f)
{
	AUTO(str_release) struct str path = STR_INIT(2 * KEY_MAX);
	enum key_fault fault;

	str_add(&path, f->dir.p, f->dir.len);
	str_addc(&path, '/');
	str_add(&path, f->name.p, f->name.len);
	if (path.over || memchr(path.buf, '\0', path.len))
		return false;
	fault = key_of(key, path.buf, path.len);
	return (fault == KEY_FINE || fault == KEY_ABSOLUTE) && key->len;
}

static void digest_link(struct owned *is, const struct scan *link, unsigned char *sum)
{
	AUTO(digest_freep) struct digest *d = digest_new();

	digest_add(d, link->p, link->len);
	digest_end_bytes(d, sum);
	is->kind = DIGEST_SHA256;
	is->digest = sum;
	is->flags |= OWNED_LINK;
}

void reading_file(struct reading *r, const struct package_file *f)
{
	unsigned char record[OWNED_HEAD + KEY_MAX + 1 + DIGEST_MAX], sum[DIGEST_MAX];
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	struct owned is = {
		.package = r->owner,
		.flags = f->flags,
		.kind = f->kind,
		.digest = f->digest,
		.has_mode = f->has_mode,
		.mode = f->mode,
	};

	if (r->has_failed || r->owner == PACKAGE_NONE)
		return;
	if (!key_of_file(&key, f)) {
		reading_bad(r, r->line, "a path that is none");
		return;
	}
	if (r->p->named_count >= PACKAGES_FILES_MAX) {
		reading_bad(r, r->line, "more files than the limit");
		return;
	}
	is.key = key.buf;
	is.key_len = key.len;
	if (f->link.len)
		digest_link(&is, &f->link, sum);
	r->p->named_count++;
	r->has_failed = sort_add(r->p->named, record, owned_encode(record, &is), r->e) < 0;
}

static void on_file(void *data, const struct package_file *f)
{
	reading_file(data, f);
}

static void on_bad(void *data, uint64_t line, const char *why)
{
	reading_bad(data, line, why);
}

struct package_visitor reading_visitor(struct reading *r)
{
	return (struct package_visitor){
		.package = on_package, .file = on_file, .bad = on_bad, .data = r
	};
}

int reading_failed(struct reading *r)
{
	if (!root_is_directory(r->root) || r->e->kind == ERR_STOPPED || r->has_failed)
		return -1;
	packages_add_note(r->p, "%s: %s", r->m->path, r->e->text);
	r->p->is_cut = true;
	*r->e = (struct err){ 0 };
	return 0;
}

int reading_each_line(struct reading *r, reading_line *take, void *parser)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(lines_release) struct lines l = { 0 };
	const char *line;
	size_t len;
	int more;

	r->line = 0;
	if (root_content(r->root, &from, r->e) < 0)
		return reading_failed(r);
	lines_init(&l, from, DPKG_LINE_MAX);
	while ((more = lines_next(&l, &line, &len, r->e)) > 0) {
		r->line = l.number;
		if (l.is_over)
			reading_bad(r, l.number, "a line longer than its limit");
		else
			take(r, parser, line, len);
		if (r->has_failed)
			return -1;
	}
	reading_end_bad(r);
	return more < 0 ? reading_failed(r) : 0;
}
