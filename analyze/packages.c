/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/packages.h"

#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "analyze/packages_parts.h"
#include "lib/base/file.h"
#include "lib/base/own.h"

#define HARDLINK_TEXT_MAX ((size_t)8 << 20)
#define NOTE_MAX          ((size_t)64 << 10)

const char *verdict_word(enum verdict v)
{
	static const char *const words[VERDICTS] = {
		[VERDICT_OK] = "ok",
		[VERDICT_CHANGED] = "changed",
		[VERDICT_MISSING] = "missing",
		[VERDICT_UNCHECKED] = "not checked",
	};

	return words[v];
}

int packages_new(struct packages **out, struct err *e)
{
	AUTO(packages_freep) struct packages *p = xcalloc(1, sizeof(*p));

	p->rpm = p->wal = -1;
	p->links = symlinks_new();
	str_init(&p->hardlink_text, HARDLINK_TEXT_MAX);
	str_init(&p->shown, KEY_MAX + 2);
	if (sort_new(owned_order, PACKAGES_SORT_MEMORY, &p->named, e) < 0 ||
	    sort_new(owned_order, PACKAGES_SORT_MEMORY, &p->placed, e) < 0 ||
	    owned_new(&p->table, e) < 0)
		return -1;
	p->rpm = file_temporary(e);
	p->wal = p->rpm < 0 ? -1 : file_temporary(e);
	if (p->wal < 0)
		return -1;
	*out = steal(&p);
	return 0;
}

static void exceptions_release(struct exceptions *x)
{
	for (size_t i = 0; i < x->count; i++) {
		free(x->items[i].key);
		free(x->items[i].to);
		free(x->items[i].package);
	}
	free(x->items);
}

void packages_freep(struct packages **out)
{
	struct packages *p = steal(out);

	if (!p)
		return;
	for (size_t i = 0; i < p->count; i++)
		free(p->items[i]);
	for (size_t i = 0; i < p->owner_count; i++) {
		free(p->owners[i].name);
		free(p->owners[i].arch);
	}
	for (size_t i = 0; i < p->filter_count; i++)
		free(p->filters[i].glob);
	for (size_t i = 0; i < p->note_count; i++)
		free(p->notes[i]);
	exceptions_release(&p->diversions);
	exceptions_release(&p->overrides);
	fd_closep(&p->rpm);
	fd_closep(&p->wal);
	sort_freep(&p->named);
	sort_freep(&p->placed);
	owned_freep(&p->table);
	symlinks_freep(&p->links);
	str_release(&p->hardlink_text);
	str_release(&p->shown);
	free(p->items);
	free(p->order);
	free(p->has_list);
	free(p->owners);
	free(p->filters);
	free(p->hardlinks);
	free(p->notes);
	free(p);
}

printf_like(2, 0) static void add_note(struct packages *p, const char *fmt, va_list ap)
{
	AUTO(str_release) struct str text = STR_INIT(NOTE_MAX);

	if (p->note_count == PACKAGES_NOTES_MAX) {
		p->more_notes++;
		return;
	}
	str_vaddf(&text, fmt, ap);
	if (!p->notes)
		p->notes = xcalloc(PACKAGES_NOTES_MAX, sizeof(*p->notes));
	p->notes[p->note_count++] = str_detach(&text);
}

void packages_add_note(struct packages *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_note(p, fmt, ap);
	va_end(ap);
}

void packages_note_part(struct packages *p, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_note(p, fmt, ap);
	va_end(ap);
	p->is_cut = true;
}

bool packages_is_damage(const struct err *e)
{
	return e->kind == ERR_FORMAT || e->kind == ERR_LIMIT;
}

const char *packages_note(const struct packages *p, size_t i)
{
	return i < p->note_count ? p->notes[i] : NULL;
}

uint64_t packages_more_notes(const struct packages *p)
{
	return p->more_notes;
}

size_t packages_count(const struct packages *p)
{
	return p->count;
}

const struct installed *packages_at(const struct packages *p, size_t i)
{
	return p->order[i];
}

const struct osrelease *packages_os(const struct packages *p)
{
	return p->os_rank ? &p->os : NULL;
}

int64_t packages_changed(const struct packages *p)
{
	return p->changed;
}

bool packages_have_database(const struct packages *p)
{
	return p->has_database;
}

size_t packages_file_count(const struct packages *p)
{
	return owned_count(p->table);
}

void exception_add(struct exceptions *x, const struct exception *new)
{
	grow(x->items, x->count, x->cap);
	x->items[x->count++] = *new;
}

static int exception_compare(const void *a, const void *b)
{
	const struct exception *x = a, *y = b;

	return key_compare(x->key, x->key_len, y->key, y->key_len);
}

void exceptions_sort(struct exceptions *x)
{
	if (x->count)
		qsort(x->items, x->count, sizeof(*x->items), exception_compare);
}

const struct exception *exceptions_find(const struct exceptions *x, const char *key, size_t len)
{
	size_t from = 0, to = x->count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const struct exception *it = &x->items[middle];
		int order = key_compare(it->key, it->key_len, key, len);

		if (order == 0)
			return it;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return NULL;
}

/* Why a file that was not found is not simply missing; NULL: it is. */
static const char *excuse(const struct packages *p, const struct owned *f)
{
	if (f->flags & PACKAGE_GHOST)
		return "made while it is used, if at all";
	if (f->flags & PACKAGE_LEFT_OUT)
		return "left out when its package was installed";
	if (f->flags & PACKAGE_OPTIONAL)
		return "may be missing";
	if (f->flags & PACKAGE_OBSOLETE)
		return "of an earlier version";
	if (p->is_cut)
		return "not all could be read";
	return symlinks_over(p->links) ? "too many symbolic links" : NULL;
}

static void judge(const struct packages *p, const struct owned *f, struct packaged_file *out)
{
	out->verdict = VERDICT_UNCHECKED;
	if (!p->is_verified) {
		out->why = "not looked at";
		return;
	}
	switch (f->state) {
	case OWNED_OK:
		out->verdict = VERDICT_OK;
		out->why = "";
		return;
	case OWNED_CHANGED:
		out->verdict = VERDICT_CHANGED;
		out->why = f->flags & OWNED_LINK ? "leads elsewhere" : "other content";
		out->found = f->found;
		return;
	case OWNED_TYPE:
		out->verdict = VERDICT_CHANGED;
		out->why = "of another type";
		return;
	case OWNED_UNKNOWN:
		out->why = "its package has no digest of it";
		return;
	case OWNED_NO_MEANS:
		out->why = "its digest cannot be made here";
		return;
	case OWNED_UNREAD:
		out->why = "could not be read";
		return;
	case OWNED_UNSEEN:
		out->why = excuse(p, f);
		if (!out->why) {
			out->verdict = VERDICT_MISSING;
			out->why = "";
		}
		return;
	}
}

static void give(struct packages *p, const struct owned *f, struct packaged_file *out)
{
	str_reset(&p->shown);
	key_show(&p->shown, f->key, f->key_len);
	*out = (struct packaged_file){
		.path = p->shown.buf + 1,
		.package = p->items[f->package],
		.is_config = f->flags & PACKAGE_CONFIG,
		.is_doc = f->flags & PACKAGE_DOC,
		.is_ghost = f->flags & PACKAGE_GHOST,
		.is_symlink = f->flags & OWNED_LINK,
		.is_contested = f->flags & OWNED_CONTESTED,
		.has_mode = f->has_mode,
		.mode = f->mode & 07777,
		.kind = f->kind,
		.digest = f->digest,
	};
	judge(p, f, out);
}

int packages_owner(struct packages *p, const char *path, struct packaged_file *out, struct err *e)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	enum key_fault fault = key_of(&key, path, strlen(path));
	struct owned f;
	int found;

	if (fault == KEY_CLIMBS || fault == KEY_LONG)
		return 0;
	found = owned_find(p->table, key.buf, key.len, &f, e);
	if (found > 0)
		give(p, &f, out);
	return found;
}

int packages_next_file(struct packages *p, struct owned_walk *walk, struct packaged_file *out,
		       struct err *e)
{
	struct owned f;
	int more = owned_next(p->table, walk, &f, e);

	if (more > 0)
		give(p, &f, out);
	return more;
}
