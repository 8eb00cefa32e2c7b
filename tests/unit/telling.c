/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/telling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/report_timeline.h"
#include "lib/base/own.h"
#include "lib/bundle/journal.h"
#include "lib/bundle/write.h"
#include "tests/unit/scratch.h"

/* verify holds a journal against what custody line 0 says of it. */
static void name_journal(struct jsonw *w, void *data)
{
	AUTO(freep) char *path = xasprintf("%s/journal", scratch_dir);
	AUTO(journal_freep) struct journal *j = NULL;
	struct journal_state state;
	struct err e = { 0 };

	for (const struct piece *p = data; p->path; p++)
		if (!strcmp(p->path, "contain/journal.jsonl"))
			scratch_write("journal", p->text);
	if (journal_open_reading(path, &j, &e) < 0)
		return;
	assert_int_equal(journal_each(j, NULL, NULL, &state, &e), 0);
	jsonw_object(w, "journal");
	jsonw_u64(w, "lines", state.lines);
	jsonw_text(w, "head", state.head);
	jsonw_u64(w, "broken", state.broken);
	jsonw_end(w);
}

/* Seals PIECES and returns where. */
static char *sealed(const struct piece *pieces)
{
	char *const argv[] = { (char[]){ "impound" }, NULL };
	const struct bundle_meta meta = {
		.container = "web",
		.argv = argv,
		.argc = 1,
		.limit = UINT64_MAX,
		.more = name_journal,
		.more_data = (void *)(uintptr_t)pieces,
	};
	const struct ending whole = { .outcome = OUTCOME_WHOLE };
	AUTO(bundle_freep) struct bundle *b = NULL;
	struct receipt r;
	struct err e = { 0 };

	assert_int_equal(bundle_create(scratch_dir, &meta, &b, &e), 0);
	for (; pieces->path; pieces++) {
		struct artifact *a = artifact_begin(b, "files", "a test", pieces->path);
		size_t len = pieces->len ? pieces->len : strlen(pieces->text);

		assert_int_equal(sink_write(artifact_sink(a), pieces->text, len, &e), 0);
		assert_int_equal(artifact_end(a, &whole, &e), 0);
	}
	assert_int_equal(bundle_seal(b, NULL, &r, &e), 0);
	return xstrdup(bundle_path(b));
}

void view_release(struct view *v)
{
	timeline_release(&v->t);
	bundle_reader_freep(&v->b);
	str_release(&v->text);
}

void view_take(struct view *v, enum event_source but)
{
	const struct report_style style = { 0 };
	struct err e = { 0 };
	struct event ev;
	int more;

	if (timeline_take(&v->t, &e) < 0)
		fail_msg("%s", e.text);
	while ((more = timeline_next(&v->t, &ev, &e)) > 0) {
		if (ev.source == but)
			continue;
		if (v->t.is_one_line)
			report_event_body(&v->text, &ev, &style);
		else
			report_event_text(&v->text, &ev, &style);
	}
	assert_int_equal(more, 0);
}

void view_open(struct view *v, const struct piece *pieces)
{
	AUTO(freep) char *path = sealed(pieces);
	const struct bundle_read_options o = { 0 };
	struct err e = { 0 };

	*v = (struct view){ .t = TIMELINE_NONE, .text = STR_INIT(1 << 20) };
	if (bundle_open(path, &o, &v->b, &e) < 0)
		fail_msg("%s", e.text);
	assert_int_equal(timeline_open(&v->t, &e), 0);
	v->t.b = v->b;
}

void tells(const struct piece *pieces, const char *want)
{
	AUTO(view_release) struct view v = { 0 };

	view_open(&v, pieces);
	view_take(&v, EVENT_CUSTODY);
	if (v.t.damage_count)
		fail_msg("%s: %s", v.t.damage[0].path, v.t.damage[0].first);
	assert_string_equal(v.text.buf, want);
}

void tells_damaged(const struct piece *pieces, const char *want, const char *where,
		   const char *what, uint64_t count)
{
	AUTO(view_release) struct view v = { 0 };

	view_open(&v, pieces);
	view_take(&v, EVENT_CUSTODY);
	assert_string_equal(v.text.buf, want);
	assert_int_equal(v.t.damage_count, 1);
	assert_string_equal(v.t.damage[0].path, where);
	if (!strstr(v.t.damage[0].first, what))
		fail_msg("'%s' without '%s'", v.t.damage[0].first, what);
	assert_int_equal(v.t.damage[0].count, count);
}
