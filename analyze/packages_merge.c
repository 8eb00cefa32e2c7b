/* SPDX-License-Identifier: Apache-2.0 */
/* From what the databases say to what lies there: who owns which path, where it really is. */
#include "analyze/packages_parts.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "lib/base/own.h"

#define CLAIMS_MAX                                                                                 \
	32 /* packages that can own one path; directories have more, and do not matter             \
	    */

/* What one package says of a path; several of its lists may have said it. */
struct claim {
	struct owned is;
	unsigned char digest[DIGEST_MAX];
};

/* All that is said of one path. */
struct claims {
	struct str key;
	struct claim items[CLAIMS_MAX];
	size_t count;
	bool has_key;
};

static int compare_text(const struct scan *a, const struct scan *b)
{
	return key_compare(a->p, a->len, b->p, b->len);
}

static int compare_packages(const void *a, const void *b)
{
	const struct package *x = &(*(struct installed *const *)a)->is;
	const struct package *y = &(*(struct installed *const *)b)->is;
	int order = (x->kind > y->kind) - (x->kind < y->kind);

	order = order ? order : compare_text(&x->name, &y->name);
	order = order ? order : compare_text(&x->version, &y->version);
	order = order ? order : compare_text(&x->release, &y->release);
	order = order ? order : compare_text(&x->arch, &y->arch);
	return order ? order : (x->epoch > y->epoch) - (x->epoch < y->epoch);
}

/* A name that files in info/ can have. */
struct by_name {
	struct scan name, arch;
	uint32_t package;
};

static int compare_names(const void *a, const void *b)
{
	const struct by_name *x = a, *y = b;
	int order = compare_text(&x->name, &y->name);

	order = order ? order : compare_text(&x->arch, &y->arch);
	return order ? order : (x->package > y->package) - (x->package < y->package);
}

/* The first package that has this name, and this architecture if there is one. */
static uint32_t find_package(const struct by_name *names, size_t count, const struct owner *o)
{
	const struct scan name = scan_of(o->name, strlen(o->name));
	const struct scan arch = scan_of(o->arch, strlen(o->arch));
	size_t from = 0, to = count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = compare_text(&names[middle].name, &name);

		if (order == 0 && arch.len)
			order = compare_text(&names[middle].arch, &arch);
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	if (from == count || compare_text(&names[from].name, &name) != 0 ||
	    (arch.len && compare_text(&names[from].arch, &arch) != 0))
		return PACKAGE_NONE;
	return names[from].package;
}

/* Of the owners that are packages of dpkg's. */
static size_t collect_names(const struct packages *p, struct by_name *out)
{
	size_t count = 0;

	for (size_t i = 0; i < p->owner_count; i++) {
		const struct owner *o = &p->owners[i];
		const struct package *is;

		if (o->package == PACKAGE_NONE)
			continue;
		is = &p->items[o->package]->is;
		if (is->kind == PACKAGE_DEB)
			out[count++] = (struct by_name){
				.name = o->name ? scan_of(o->name, strlen(o->name)) : is->name,
				.arch = is->arch,
				.package = o->package,
			};
	}
	return count;
}

/* Whose the files in info/ are. Of a package that is not installed there may be some left. */
static void find_owners(struct packages *p)
{
	AUTO(freep) struct by_name *names = xcalloc(p->count + 1, sizeof(*names));
	size_t count = collect_names(p, names);

	if (count)
		qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 0; i < p->owner_count; i++) {
		struct owner *o = &p->owners[i];

		if (o->package == PACKAGE_NONE)
			o->package = find_package(names, count, o);
		if (o->package == PACKAGE_NONE || !o->is_list)
			continue;
		p->has_list[o->package] = true;
		p->items[o->package]->installed = o->written;
	}
}

static void order_packages(struct packages *p)
{
	p->order = xcalloc(p->count + 1, sizeof(*p->order));
	if (!p->count)
		return;
	memcpy(p->order, p->items, p->count * sizeof(*p->order));
	qsort(p->order, p->count, sizeof(*p->order), compare_packages);
}

/* Adds what F says on behalf of PACKAGE. */
static void claim(struct claims *c, const struct owned *f, uint32_t package)
{
	struct claim *it = c->items;

	while (it < c->items + c->count && it->is.package != package)
		it++;
	if (it == c->items + CLAIMS_MAX)
		return;
	if (it == c->items + c->count) {
		c->count++;
		it->is = *f;
		it->is.package = package;
		it->is.kind = DIGEST_NONE;
	}
	it->is.flags |= f->flags;
	/* A digest among the md5sums is of what was delivered; a conffile's is the last resort. */
	if (f->kind != DIGEST_NONE &&
	    (it->is.kind == DIGEST_NONE || !(f->flags & PACKAGE_CONFIG))) {
		it->is.kind = f->kind;
		memcpy(it->digest, f->digest, digest_size(f->kind));
	}
	it->is.digest = it->digest;
}

static bool is_left_out(const struct packages *p, const char *path)
{
	bool out = false;

	for (size_t i = 0; i < p->filter_count; i++)
		if (fnmatch(p->filters[i].glob, path, 0) == 0)
			out = p->filters[i].is_exclude;
	return out;
}

static int place(struct packages *p, const struct owned *f, struct err *e)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	unsigned char record[OWNED_HEAD + KEY_MAX + 1 + DIGEST_MAX];
	struct owned is = *f;

	(void)symlinks_resolve(p->links, &key, f->key, f->key_len);
	is.key = key.buf;
	is.key_len = key.len;
	return sort_add(p->placed, record, owned_encode(record, &is), e);
}

/* What dpkg's own rules make of a path: lists, diversions, overrides, filters. */
static int place_claims(struct packages *p, struct claims *c, struct err *e)
{
	const struct exception *diverted = exceptions_find(&p->diversions, c->key.buf, c->key.len);
	const struct exception *override = exceptions_find(&p->overrides, c->key.buf, c->key.len);
	AUTO(str_release) struct str path = STR_INIT(KEY_MAX + 2);
	bool is_out;

	key_show(&path, c->key.buf, c->key.len);
	is_out = p->filter_count && is_left_out(p, path.buf);
	for (size_t i = 0; i < c->count; i++) {
		struct owned *f = &c->items[i].is;
		const struct package *is = &p->items[f->package]->is;

		/* Another package has it now: the lists are mended then, the digests are not. */
		if (is->kind == PACKAGE_DEB && p->has_list[f->package] &&
		    !(f->flags & (PACKAGE_LISTED | PACKAGE_OBSOLETE)))
			continue;
		f->key = c->key.buf;
		f->key_len = c->key.len;
		if (is->kind == PACKAGE_DEB && is_out)
			f->flags |= PACKAGE_LEFT_OUT;
		if (is->kind == PACKAGE_DEB && override) {
			f->has_mode = true;
			f->mode = override->mode;
		}
		if (is->kind == PACKAGE_DEB && diverted && !scan_is(&is->name, diverted->package)) {
			f->key = diverted->to;
			f->key_len = diverted->to_len;
		}
		if (place(p, f, e) < 0)
			return -1;
	}
	return 0;
}

static bool counts(const struct owned *f)
{
	return f->kind != DIGEST_NONE && !(f->flags & (PACKAGE_LEFT_OUT | PACKAGE_OBSOLETE));
}

/* Of several packages the first that has a digest of it. */
static int settle_claims(struct packages *p, struct claims *c, struct err *e)
{
	struct owned *best = &c->items[0].is;

	for (size_t i = 0; i < c->count; i++) {
		struct owned *f = &c->items[i].is;

		p->items[f->package]->files++;
		if (!counts(f))
			continue;
		if (!counts(best))
			best = f;
		else if (best->kind == f->kind &&
			 memcmp(best->digest, f->digest, digest_size(f->kind)) != 0)
			best->flags |= OWNED_CONTESTED;
	}
	best->key = c->key.buf;
	best->key_len = c->key.len;
	return owned_append(p->table, best, e);
}

typedef int each_path(struct packages *p, struct claims *c, struct err *e);

/* What is said of each path, together; OWNERS: what is said names these, and not packages yet. */
static int group(struct packages *p, struct sort *from, const struct owner *owners, each_path *fn,
		 struct claims *c, struct err *e)
{
	const void *record;
	struct owned f;
	size_t len;
	int more;

	if (sort_finish(from, e) < 0)
		return -1;
	while ((more = sort_next(from, &record, &len, e)) > 0) {
		uint32_t package;

		owned_decode(record, &f);
		package = owners ? owners[f.package].package : f.package;
		if (package == PACKAGE_NONE)
			continue;
		if (c->has_key && key_compare(c->key.buf, c->key.len, f.key, f.key_len) != 0) {
			if (fn(p, c, e) < 0)
				return -1;
			c->has_key = false;
		}
		if (!c->has_key) {
			str_reset(&c->key);
			str_add(&c->key, f.key, f.key_len);
			c->count = 0;
			c->has_key = true;
		}
		claim(c, &f, package);
	}
	if (more < 0 || (c->has_key && fn(p, c, e) < 0))
		return -1;
	c->has_key = false;
	return 0;
}

int packages_merge(struct packages *p, struct err *e)
{
	AUTO(freep) struct claims *c = xcalloc(1, sizeof(*c));
	int result = -1;

	str_init(&c->key, KEY_MAX + 1);
	p->has_list = xcalloc(p->count + 1, sizeof(*p->has_list));
	symlinks_sort(p->links);
	exceptions_sort(&p->diversions);
	exceptions_sort(&p->overrides);
	find_owners(p);
	order_packages(p);
	if (group(p, p->named, p->owners, place_claims, c, e) == 0) {
		/* Its memory is wanted for the next one. */
		sort_freep(&p->named);
		result = group(p, p->placed, NULL, settle_claims, c, e);
	}
	str_release(&c->key);
	sort_freep(&p->placed);
	if (result < 0)
		return -1;
	return owned_finish(p->table, e);
}
