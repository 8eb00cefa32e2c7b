/* SPDX-License-Identifier: Apache-2.0 */
#include "analyze/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/lines.h"
#include "lib/base/own.h"
#include "lib/base/stop.h"

int timeline_open(struct timeline *t, struct err *e)
{
	if (sort_new(event_order, SORT_MEMORY, &t->sort, e) < 0)
		return -1;
	return timeline_rpm_open(&t->rpm, e);
}

void timeline_release(struct timeline *t)
{
	for (size_t i = 0; i < t->damage_count; i++) {
		free(t->damage[i].path);
		free(t->damage[i].first);
	}
	free(t->damage);
	sort_freep(&t->sort);
	timeline_rpm_release(&t->rpm);
	str_release(&t->record);
}

bool timeline_is_within(const struct timeline *t, const struct timespec *at)
{
	return !(t->has_since && when_compare(at, &t->since) < 0) &&
	       !(t->has_until && when_compare(at, &t->until) > 0);
}

int timeline_add(struct timeline *t, const struct event *ev, struct err *e)
{
	if (stop_requested())
		return stop_err(e);
	if (!timeline_is_within(t, &ev->when.at))
		return 0;
	if (sort_count(t->sort) >= TIMELINE_EVENTS_MAX) {
		t->is_over = true;
		return 0;
	}
	event_encode(ev, &t->record);
	t->counts[ev->source]++;
	return sort_add(t->sort, t->record.buf, t->record.len, e);
}

static struct damage *damage_of(struct timeline *t, const char *path)
{
	for (size_t i = t->damage_count; i-- > 0;)
		if (!strcmp(t->damage[i].path, path))
			return &t->damage[i];
	if (t->damage_count >= TIMELINE_DAMAGE_MAX)
		return NULL;
	grow(t->damage, t->damage_count, t->damage_cap);
	t->damage[t->damage_count] = (struct damage){ .path = xstrdup(path) };
	return &t->damage[t->damage_count++];
}

int timeline_damaged(struct timeline *t, const char *path, uint64_t line, struct err *e)
{
	struct damage *d;

	if (e->kind == ERR_SYS || e->kind == ERR_STOPPED)
		return -1;
	d = damage_of(t, path);
	if (d && d->count++ == 0)
		d->first = line ? xasprintf("line %llu: %s", (unsigned long long)line, e->text)
				: xstrdup(e->text);
	*e = (struct err){ 0 };
	return 0;
}

int timeline_doc(struct timeline *t, const char *path, struct cJSON **out, struct err *e)
{
	AUTO(str_release) struct str text = STR_INIT(TIMELINE_DOC_MAX);
	AUTO(source_closep) struct source *from = NULL;

	if (!bundle_has(t->b, path, NULL))
		return 0;
	if (bundle_source(t->b, path, &from, e) < 0 || source_slurp(from, &text, path, e) < 0)
		return timeline_damaged(t, path, 0, e);
	*out = json_parse(text.buf, text.len, e);
	return *out ? 0 : timeline_damaged(t, path, 0, e);
}

/*
 * A row that is too long is one of a file with many attributes, and no file may be hidden by that:
 * they stand behind all else that is wanted. A quotation mark inside a text has a backslash.
 */
static bool without_attributes(const char *line, size_t len, struct str *out)
{
	static const char mark[] = ",\"xattrs";
	const char *at = memmem(line, len, mark, strlen(mark));

	if (!at)
		return false;
	str_add(out, line, (size_t)(at - line));
	str_addc(out, '}');
	return !out->over;
}

static int one_line(struct timeline *t, const struct lines *l, const char *line, size_t len,
		    timeline_line *fn, void *data, struct err *e)
{
	AUTO(json_freep) struct cJSON *doc = NULL;
	AUTO(str_release) struct str cut = STR_INIT(l->line.max + 1);

	if (len <= 1)
		return 0;
	if (l->is_torn && !l->is_over)
		return err_set(e, ERR_FORMAT, "is torn");
	if (l->is_over && !without_attributes(line, len, &cut))
		return err_set(e, ERR_LIMIT, "is longer than %zu bytes", l->line.max);
	if (l->is_over) {
		line = cut.buf;
		len = cut.len;
	}
	doc = json_parse(line, len, e);
	return doc ? fn(t, doc, line, len, data, e) : -1;
}

int timeline_lines(struct timeline *t, const char *path, size_t max, timeline_line *fn, void *data,
		   struct err *e)
{
	AUTO(source_closep) struct source *from = NULL;
	AUTO(lines_release) struct lines l = { 0 };
	const char *line;
	size_t len;
	int more;

	if (!bundle_has(t->b, path, NULL))
		return 0;
	if (bundle_source(t->b, path, &from, e) < 0)
		return timeline_damaged(t, path, 0, e);
	lines_init(&l, from, max);
	while ((more = lines_next(&l, &line, &len, e)) > 0)
		if (one_line(t, &l, line, len, fn, data, e) < 0 &&
		    timeline_damaged(t, path, l.number, e) < 0)
			return -1;
	return more < 0 ? timeline_damaged(t, path, 0, e) : 0;
}

int timeline_at(struct timeline *t, struct event *ev, const char *time, const struct str *what,
		struct err *e)
{
	static const char never[] = "0001-01-01T00:00:00";

	if (!*time || !strncmp(time, never, strlen(never)))
		return 0;
	if (when_parse(time, &ev->when, e) < 0)
		return -1;
	ev->what = what->buf;
	ev->what_len = what->len;
	return timeline_add(t, ev, e);
}

int timeline_take(struct timeline *t, struct err *e)
{
	static int (*const sources[])(struct timeline *, struct err *) = {
		timeline_image,     timeline_container, timeline_engine, timeline_files,
		timeline_processes, timeline_logs,      timeline_tars,   timeline_rpm,
		timeline_contain,   timeline_custody,
	};

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		if (sources[i](t, e) < 0)
			return -1;
	if (bundle_check(t->b, e) < 0)
		return -1;
	return sort_finish(t->sort, e);
}

int timeline_next(struct timeline *t, struct event *out, struct err *e)
{
	const void *p;
	size_t len;
	int more = sort_next(t->sort, &p, &len, e);

	if (more > 0)
		event_decode(p, len, out);
	return more;
}
