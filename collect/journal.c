/* SPDX-License-Identifier: Apache-2.0 */
#include "collect/journal.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/file.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/bundle/journal.h"

static int look(struct journal_view *v, struct err *e)
{
	if (!v->path)
		return err_set(e, ERR_SYS, "this account has no place for a journal");
	if (journal_open_reading(v->path, &v->open, e) < 0)
		return e->kind == ERR_ABSENT ? 0 : -1;
	return journal_each(v->open, NULL, NULL, &v->state, e);
}

void journal_look(struct seizure *s, const char *path)
{
	struct journal_view *v = &s->journal;
	struct err e = { 0 };

	*v = (struct journal_view){ .path = path, .state.head = CUSTODY_ZERO };
	if (look(v, &e) == 0)
		return;
	(void)snprintf(v->why, sizeof(v->why), "%.*s", (int)sizeof(v->why) - 1, e.text);
	journal_freep(&v->open);
}

void journal_opening(const struct seizure *s, struct jsonw *w)
{
	const struct journal_view *v = &s->journal;
	AUTO(freep) char *path = v->path ? file_absolute(v->path) : NULL;

	jsonw_object(w, "journal");
	if (path)
		jsonw_bytes(w, "path", path, strlen(path));
	if (v->why[0]) {
		custody_sentence(w, "error", v->why);
	} else {
		jsonw_u64(w, "lines", v->state.lines);
		jsonw_u64_text(w, "bytes", v->state.bytes);
		jsonw_text(w, "head", v->state.head);
		jsonw_u64(w, "torn", v->state.torn + v->state.ends_torn);
		jsonw_u64(w, "broken", v->state.broken);
	}
	jsonw_end(w);
}

int take_journal(struct seizure *s, struct err *e)
{
	const struct journal_view *v = &s->journal;
	AUTO(freep) char *path = file_absolute(v->path);
	AUTO(freep) char *source = xasprintf("here %s", path);
	struct artifact *a =
		artifact_begin(s->bundle, "journal", source, &BUNDLE_JOURNAL[strlen(BUNDLE_DATA)]);
	struct err why = { 0 };
	int failed = journal_copy(v->open, &v->state, artifact_sink(a), &why);

	return seizure_end(s, a, failed, &why, NULL, e);
}

static void add_collected(const struct run *r, struct jsonw *w)
{
	const struct seizure *s = &r->seizure;
	AUTO(freep) char *path = file_absolute(bundle_path(s->bundle));

	journal_who(w, r->order->operator_name);
	run_target_json(r, w);
	if (r->order->case_id)
		jsonw_bytes(w, "case", r->order->case_id, strlen(r->order->case_id));
	jsonw_object(w, "bundle");
	jsonw_text(w, "id", bundle_id(s->bundle));
	jsonw_bytes(w, "path", path, strlen(path));
	jsonw_text(w, "state", r->receipt.complete ? "complete" : "partial");
	jsonw_text(w, "profile", profile_word(r->order->wish.profile));
	jsonw_end(w);
	jsonw_text(w, "seal", r->receipt.seal);
	jsonw_text(w, "fingerprint", r->receipt.fingerprint);
	jsonw_bool(w, "left_paused", r->is_left_paused);
}

static int tell(struct run *r, struct err *e)
{
	AUTO(journal_freep) struct journal *j = NULL;
	struct jsonw *w;

	if (!r->order->journal)
		return err_set(e, ERR_SYS, "%s", r->seizure.journal.why);
	if (journal_open(r->order->journal, &j, e) < 0)
		return -1;
	w = journal_begin(j, "collected", e);
	if (!w)
		return -1;
	add_collected(r, w);
	return journal_commit(j, &r->told.seq, e);
}

void journal_tell(struct run *r)
{
	if (tell(r, &r->told.why) < 0)
		log_warn("%s: the bundle is sealed, but the journal does not know of it: %s",
			 r->seizure.target.name, r->told.why.text);
}

void journal_told_json(const struct run *r, struct jsonw *w)
{
	const struct told *t = &r->told;
	AUTO(freep) char *path = r->order->journal ? file_absolute(r->order->journal) : NULL;

	jsonw_object(w, "journal");
	if (path)
		jsonw_bytes(w, "path", path, strlen(path));
	if (t->why.kind == ERR_NONE)
		jsonw_u64(w, "seq", t->seq);
	else
		jsonw_bytes(w, "error", t->why.text, strlen(t->why.text));
	jsonw_end(w);
}
