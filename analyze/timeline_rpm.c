/* SPDX-License-Identifier: Apache-2.0 */
/* When rpm's packages were installed: its database is read from a copy, since that goes by
 * position. */
#include "analyze/timeline.h"

#include <string.h>
#include <unistd.h>

#include "analyze/rpmdb.h"
#include "lib/base/file.h"
#include "lib/base/own.h"
#include "lib/model/rpmhdr.h"

#define DATABASE_MAX ((uint64_t)1 << 30)

int timeline_rpm_open(struct timeline_rpm *r, struct err *e)
{
	r->db = file_temporary(e);
	r->wal = r->db < 0 ? -1 : file_temporary(e);
	return r->wal < 0 ? -1 : 0;
}

void timeline_rpm_release(struct timeline_rpm *r)
{
	fd_closep(&r->db);
	fd_closep(&r->wal);
	freep(&r->path);
}

static bool ends(const char *path, const char *with)
{
	size_t len = strlen(path), tail = strlen(with);

	return len >= tail && !strcmp(path + len - tail, with);
}

bool timeline_rpm_wants(const char *path)
{
	return ends(path, "/rpm/rpmdb.sqlite") || ends(path, "/rpm/rpmdb.sqlite-wal");
}

int timeline_rpm_keep(struct timeline_rpm *r, const char *path, struct source *content,
		      struct err *e)
{
	AUTO(sink_closep) struct sink *to = NULL;
	bool is_wal = ends(path, "-wal");
	int own;

	/* The log is of the database beside it. */
	if (is_wal && (!r->path || strncmp(path, r->path, strlen(r->path)) != 0))
		return 0;
	if (is_wal ? r->has_wal : r->path != NULL)
		return err_set(e, ERR_LIMIT, "is a second rpm database, which is not read");
	own = dup(is_wal ? r->wal : r->db);
	if (own < 0)
		return err_sys(e, "duplicate a descriptor");
	to = sink_to_fd(own);
	if (is_wal)
		r->has_wal = true;
	else
		r->path = xstrdup(path);
	return stream_copy(content, to, DATABASE_MAX, NULL, NULL, e);
}

struct telling {
	struct timeline *t;
	struct err *e;
	bool has_failed; /* a visitor cannot be told */
};

static void tell(void *data, const struct package *p)
{
	AUTO(str_release) struct str what = STR_INIT(RPMHDR_MAX);
	struct telling *to = data;
	const char *path = to->t->rpm.path;
	struct event ev = { .when = { .at = { .tv_sec = p->installed } },
			    .source = EVENT_PACKAGE,
			    .times = EVENT_INSTALLED,
			    .object = path,
			    .object_len = strlen(path) };

	if (!p->installed || to->has_failed)
		return;
	str_addf(&what, "%s: installed %.*s-%.*s-%.*s.%.*s", path, (int)p->name.len, p->name.p,
		 (int)p->version.len, p->version.p, (int)p->release.len, p->release.p,
		 (int)p->arch.len, p->arch.p);
	ev.what = what.buf;
	ev.what_len = what.len;
	to->has_failed = timeline_add(to->t, &ev, to->e) < 0;
}

static int row(const void *blob, size_t len, void *data, struct err *e)
{
	struct telling *to = data;
	const struct package_visitor visitor = { .package = tell, .data = to };

	if (rpmhdr_parse(blob, len, &visitor, e) < 0)
		return timeline_damaged(to->t, to->t->rpm.path, 0, e);
	return to->has_failed ? -1 : 0;
}

int timeline_rpm(struct timeline *t, struct err *e)
{
	struct timeline_rpm *r = &t->rpm;
	struct telling to = { .t = t, .e = e };

	if (!r->path)
		return 0;
	if (rpmdb_each(r->db, r->has_wal ? r->wal : -1, row, &to, e) < 0)
		return timeline_damaged(t, r->path, 0, e);
	return 0;
}
