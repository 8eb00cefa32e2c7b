/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over the root: every database in it, os-release, symbolic and hard links. */

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/key.h"
#include "analyze/packages_reading.h"
#include "analyze/rpmdb.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/model/apk.h"
#include "lib/model/rpmhdr.h"

static void take_apk(struct reading *r, void *parser, const char *line, size_t len)
{
	(void)r;
	apk_installed_line(parser, line, len);
}

static int read_apk(struct reading *r)
{
	AUTO(apk_installed_release) struct apk_installed a;
	const struct package_visitor to = reading_visitor(r);

	apk_installed_init(&a, &to);
	if (reading_each_line(r, take_apk, &a) < 0)
		return -1;
	apk_installed_end(&a);
	return r->has_failed ? -1 : 0;
}

/* /etc/os-release is a link to the other one, as a rule; where it is a file it counts. */
static int read_os(struct reading *r)
{
	AUTO(str_release) struct str text = STR_INIT(OSRELEASE_MAX);
	AUTO(source_closep) struct source *from = NULL;
	int rank = r->m->path[0] == 'e' ? 2 : 1;

	if (rank < r->p->os_rank)
		return 0;
	if (r->m->size > OSRELEASE_MAX) {
		packages_add_note(r->p, "%s is too long to be one", r->m->path);
		return 0;
	}
	if (root_content(r->root, &from, r->e) < 0 ||
	    source_slurp(from, &text, "os-release", r->e) < 0)
		return reading_failed(r);
	osrelease_parse(text.buf, text.len, &r->p->os);
	r->p->os_rank = rank;
	return 0;
}

/* sqlite reads by position, so it gets a copy. */
static int copy_database(struct reading *r, int fd, bool *has)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(sink_closep) struct sink *to = NULL;
	int own;

	if (*has) {
		packages_add_note(r->p, "%s: a second rpm database, which is not read", r->m->path);
		return 0;
	}
	if (root_content(r->root, &from, r->e) < 0)
		return reading_failed(r);
	own = dup(fd);
	if (own < 0)
		return err_sys(r->e, "duplicate a descriptor");
	to = sink_to_fd(own);
	*has = true;
	if (stream_copy(from, to, PACKAGES_RPMDB_MAX, NULL, NULL, r->e) < 0)
		return r->e->kind == ERR_SYS ? -1 : reading_failed(r);
	return 0;
}

static int read_rpm(struct reading *r)
{
	return copy_database(r, r->p->rpm, &r->p->has_rpm);
}

static int read_wal(struct reading *r)
{
	return copy_database(r, r->p->wal, &r->p->has_wal);
}

static int name_unsupported(struct reading *r)
{
	packages_add_note(
		r->p,
		"%s is an rpm database of a kind that is not supported (%s): its packages "
		"are not known",
		r->m->path, strstr(r->m->path, ".db") ? "ndb" : "Berkeley DB");
	return 0;
}

static int name_adb(struct reading *r)
{
	packages_add_note(r->p, "%s is a database of apk 3, which is not supported", r->m->path);
	return 0;
}

static const struct {
	const char *glob; /* '*' stands for one name */
	int (*read)(struct reading *r);
	bool is_database;
} places[] = {
	{ "var/lib/dpkg/status", dpkg_read_status, true },
	{ "var/lib/dpkg/status.d/*.md5sums", dpkg_read_sums, true },
	{ "var/lib/dpkg/status.d/*", dpkg_read_status_d, true },
	{ "var/lib/dpkg/info/*.md5sums", dpkg_read_sums, false },
	{ "var/lib/dpkg/info/*.list", dpkg_read_list, false },
	{ "var/lib/dpkg/diversions", dpkg_read_diversions, false },
	{ "var/lib/dpkg/statoverride", dpkg_read_overrides, false },
	{ "etc/dpkg/dpkg.cfg", dpkg_read_filters, false },
	{ "etc/dpkg/dpkg.cfg.d/*", dpkg_read_filters, false },
	{ "lib/apk/db/installed", read_apk, true },
	{ "usr/lib/apk/db/installed", read_apk, true },
	{ "lib/apk/db/installed.adb", name_adb, true },
	{ "usr/lib/apk/db/installed.adb", name_adb, true },
	{ "etc/os-release", read_os, false },
	{ "usr/lib/os-release", read_os, false },
	{ "var/lib/rpm/rpmdb.sqlite", read_rpm, true },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite", read_rpm, true },
	{ "usr/share/rpm/rpmdb.sqlite", read_rpm, true },
	{ "var/lib/rpm/rpmdb.sqlite-wal", read_wal, true },
	{ "usr/lib/sysimage/rpm/rpmdb.sqlite-wal", read_wal, true },
	{ "usr/share/rpm/rpmdb.sqlite-wal", read_wal, true },
	{ "var/lib/rpm/Packages.db", name_unsupported, true },
	{ "usr/lib/sysimage/rpm/Packages.db", name_unsupported, true },
	{ "var/lib/rpm/Packages", name_unsupported, true },
};

static void add_hardlink(struct packages *p, const struct root_member *m)
{
	AUTO(str_release) struct str key = STR_INIT(KEY_MAX + 1);
	enum key_fault fault = key_of(&key, m->link, strlen(m->link));
	struct hardlink h = { .at = p->hardlink_text.len,
			      .len = m->key_len,
			      .target_len = key.len };

	if ((fault != KEY_FINE && fault != KEY_ABSOLUTE) ||
	    p->hardlink_count >= PACKAGES_HARDLINKS_MAX ||
	    p->hardlink_text.max - p->hardlink_text.len < h.len + h.target_len)
		return;
	str_add(&p->hardlink_text, m->key, m->key_len);
	str_add(&p->hardlink_text, key.buf, key.len);
	grow(p->hardlinks, p->hardlink_count, p->hardlink_cap);
	p->hardlinks[p->hardlink_count++] = h;
}

static int see(const struct root_member *m, void *data, struct err *e)
{
	struct reading *r = data;
	size_t i = 0;

	if (m->is_hardlink)
		add_hardlink(r->p, m);
	else if (S_ISLNK(m->mode))
		symlinks_add(r->p->links, m->key, m->key_len, m->link);
	while (i < sizeof(places) / sizeof(places[0]) &&
	       fnmatch(places[i].glob, m->path, FNM_PATHNAME | FNM_PERIOD) != 0)
		i++;
	if (i == sizeof(places) / sizeof(places[0]))
		return 0;
	if (!S_ISREG(m->mode) || m->is_hardlink) {
		if (places[i].is_database)
			packages_add_note(r->p, "%s is no plain file: it is not read", m->path);
		return 0;
	}
	if (places[i].is_database) {
		r->p->has_database = true;
		if (m->mtime.tv_sec > r->p->changed)
			r->p->changed = m->mtime.tv_sec;
	}
	r->m = m;
	r->e = e;
	return places[i].read(r);
}

static int on_header(const void *blob, size_t len, void *data, struct err *e)
{
	struct reading *r = data;
	const struct package_visitor to = reading_visitor(r);
	struct err own = { 0 };

	r->line++;
	r->owner = PACKAGE_NONE;
	if (rpmhdr_parse(blob, len, &to, &own) < 0)
		reading_bad(r, r->line, own.text);
	if (!r->has_failed)
		return 0;
	*e = *r->e;
	return -1;
}

static int read_headers(struct packages *p, struct err *e)
{
	struct err failed = { 0 };
	struct reading r = { .p = p, .e = &failed };

	if (!p->has_rpm)
		return 0;
	if (rpmdb_each(p->rpm, p->has_wal ? p->wal : -1, on_header, &r, e) < 0) {
		if (!packages_is_damage(e))
			return -1;
		packages_add_note(p, "rpmdb.sqlite: %s", e->text);
		*e = (struct err){ 0 };
	}
	reading_end_bad(&r);
	return 0;
}

static int compare_hardlinks(const void *a, const void *b, void *data)
{
	const struct hardlink *x = a, *y = b;
	const char *text = data;

	return key_compare(text + x->at, x->len, text + y->at, y->len);
}

int packages_read(struct packages *p, struct root *root, struct err *e)
{
	struct reading r = { .p = p, .root = root, .owner = PACKAGE_NONE };

	if (root_walk(root, see, &r, e) < 0) {
		if (!packages_is_damage(e) || r.has_failed)
			return -1;
		packages_add_note(p, "%s: what follows in it is not known", e->text);
		p->is_cut = true;
		*e = (struct err){ 0 };
	}
	if (root_unread(root)) {
		packages_add_note(p, "%llu directories or links could not be read",
				  (unsigned long long)root_unread(root));
		p->is_cut = true;
	}
	if (root_passed_over(root))
		packages_add_note(p, "%llu names lead out of the root, or are too long or too deep",
				  (unsigned long long)root_passed_over(root));
	if (symlinks_over(p->links))
		packages_add_note(p, "too many symbolic links: not all are followed");
	if (p->hardlink_count)
		qsort_r(p->hardlinks, p->hardlink_count, sizeof(*p->hardlinks), compare_hardlinks,
			p->hardlink_text.buf);
	if (read_headers(p, e) < 0)
		return -1;
	return packages_merge(p, e);
}
