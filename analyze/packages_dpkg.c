/* SPDX-License-Identifier: Apache-2.0 */
/* The files of dpkg's database, each read as it comes by. */
#include <stdlib.h>
#include <string.h>

#include "analyze/key.h"
#include "analyze/packages_reading.h"
#include "lib/base/own.h"
#include "lib/model/dpkg.h"

static void take_status(struct reading *r, void *parser, const char *line, size_t len)
{
	(void)r;
	dpkg_status_line(parser, line, len);
}

int dpkg_read_status(struct reading *r)
{
	AUTO(dpkg_status_release) struct dpkg_status s;
	const struct package_visitor to = reading_visitor(r);

	dpkg_status_init(&s, &to);
	if (reading_each_line(r, take_status, &s) < 0)
		return -1;
	dpkg_status_end(&s);
	return r->has_failed ? -1 : 0;
}

/* Of distroless: a package a file, and its digests beside it under the file's name. */
int dpkg_read_status_d(struct reading *r)
{
	int result;

	r->name = strrchr(r->m->path, '/') + 1;
	result = dpkg_read_status(r);
	r->name = NULL;
	return result;
}

static void take_sum(struct reading *r, void *parser, const char *line, size_t len)
{
	struct package_file f;
	const char *why;

	(void)parser;
	if (dpkg_md5sums_line(line, len, &f, &why))
		reading_file(r, &f);
	else if (why)
		reading_bad(r, r->line, why);
}

static void take_listed(struct reading *r, void *parser, const char *line, size_t len)
{
	struct package_file f;
	const char *why;

	(void)parser;
	if (dpkg_list_line(line, len, &f, &why))
		reading_file(r, &f);
	else if (why)
		reading_bad(r, r->line, why);
}

static int read_info(struct reading *r, const char *name, const char *suffix, reading_line *take)
{
	struct owner o = { .package = PACKAGE_NONE,
			   .is_list = take == take_listed,
			   .written = r->m->mtime.tv_sec };
	struct scan package, arch;

	if (!dpkg_info_name(name, suffix, &package, &arch))
		return 0;
	if (r->p->owner_count >= 4 * PACKAGES_MAX) {
		reading_bad(r, 0, "more lists than the limit");
		return 0;
	}
	o.name = xstrndup(package.p, package.len);
	o.arch = xstrndup(arch.p, arch.len);
	r->owner = reading_add_owner(r->p, &o);
	return reading_each_line(r, take, NULL);
}

int dpkg_read_sums(struct reading *r)
{
	return read_info(r, strrchr(r->m->path, '/') + 1, "md5sums", take_sum);
}

int dpkg_read_list(struct reading *r)
{
	return read_info(r, strrchr(r->m->path, '/') + 1, "list", take_listed);
}

/* A path as a key of its own; false where it is none. */
static bool own_key(const struct scan *path, char **key, size_t *len)
{
	AUTO(str_release) struct str out = STR_INIT(KEY_MAX + 1);
	enum key_fault fault = key_of(&out, path->p, path->len);

	if ((fault != KEY_FINE && fault != KEY_ABSOLUTE) || !out.len)
		return false;
	*len = out.len;
	*key = str_detach(&out);
	return true;
}

static void take_diversion(struct reading *r, void *parser, const char *line, size_t len)
{
	struct exception x = { 0 };
	struct dpkg_diversion d;

	if (!dpkg_diversions_line(parser, line, len, &d) ||
	    r->p->diversions.count >= PACKAGES_DIVERSIONS)
		return;
	if (!own_key(&d.from, &x.key, &x.key_len))
		return;
	if (!own_key(&d.to, &x.to, &x.to_len)) {
		free(x.key);
		return;
	}
	x.package = xstrndup(d.package.p, d.package.len);
	exception_add(&r->p->diversions, &x);
}

int dpkg_read_diversions(struct reading *r)
{
	AUTO(dpkg_diversions_release) struct dpkg_diversions d;

	dpkg_diversions_init(&d);
	return reading_each_line(r, take_diversion, &d);
}

static void take_override(struct reading *r, void *parser, const char *line, size_t len)
{
	struct exception x = { 0 };
	struct dpkg_override o;

	(void)parser;
	if (!dpkg_override_line(line, len, &o) || r->p->overrides.count >= PACKAGES_DIVERSIONS ||
	    !own_key(&o.path, &x.key, &x.key_len))
		return;
	x.mode = o.mode;
	exception_add(&r->p->overrides, &x);
}

int dpkg_read_overrides(struct reading *r)
{
	return reading_each_line(r, take_override, NULL);
}

static void take_filter(struct reading *r, void *parser, const char *line, size_t len)
{
	struct packages *p = r->p;
	struct dpkg_filter f;

	(void)parser;
	if (!dpkg_filter_line(line, len, &f) || p->filter_count >= PACKAGES_FILTERS)
		return;
	grow(p->filters, p->filter_count, p->filter_cap);
	p->filters[p->filter_count++] = (struct filter){ .glob = xstrndup(f.glob.p, f.glob.len),
							 .is_exclude = f.is_exclude };
}

int dpkg_read_filters(struct reading *r)
{
	return reading_each_line(r, take_filter, NULL);
}
