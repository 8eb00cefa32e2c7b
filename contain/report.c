/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/report.h"

#include <stdio.h>
#include <string.h>

#include "contain/run.h"
#include "contain/show.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/result.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

#define TEXT_MAX ((size_t)4 << 20)

void results_begin(struct results *r, bool is_json, bool is_quiet)
{
	*r = (struct results){ .is_json = is_json, .is_quiet = is_quiet };
	str_init(&r->out, RESULT_MAX);
	jsonw_init(&r->w, &r->out);
	jsonw_array(&r->w, NULL);
}

void results_release(struct results *r)
{
	str_release(&r->out);
}

static void open_result(struct results *r, const char *word, int status, const char *result)
{
	jsonw_object(&r->w, NULL);
	if (word)
		custody_sentence(&r->w, "asked", word);
	jsonw_i64(&r->w, "exit_code", status);
	jsonw_text(&r->w, "status", status_word(status));
	jsonw_text(&r->w, "result", result);
}

static void container_json(const struct act *a, struct jsonw *w)
{
	const struct container *c = &a->subject.container;

	jsonw_object(w, "container");
	jsonw_text(w, "engine", a->subject.engine->label);
	jsonw_text(w, "id", c->id);
	custody_sentence(w, "name", c->name);
	custody_sentence(w, "image", c->image);
	jsonw_text(w, "started", a->subject.started);
	jsonw_text(w, "state", container_state_word(c->state));
	jsonw_end(w);
}

static void image_json(const struct making *m, struct jsonw *w)
{
	AUTO(freep) char *name = NULL;

	if (!m->repository)
		return;
	name = xasprintf("%s:%s", m->repository, m->tag);
	jsonw_object(w, "image");
	jsonw_text(w, "name", name);
	jsonw_text_if(w, "id", m->id);
	jsonw_bool(w, "pause", m->commit.is_paused_meanwhile);
	jsonw_end(w);
}

/* What is known of it either way, done or only planned. */
static void act_json(const struct act *a, struct jsonw *w)
{
	AUTO(sentences_release) struct sentences requests = { 0 };
	AUTO(freep) char *back = NULL;

	jsonw_text(w, "verb", a->action->word);
	if (a->is_pinned)
		container_json(a, w);
	if (a->has_seq)
		jsonw_u64(w, "seq", a->seq);
	if (a->taking_back)
		jsonw_u64(w, "undoes", a->taking_back->seq);
	sentences_json(&a->networks, w, "networks");
	calls_text(&a->calls, a->subject.engine, &requests);
	sentences_json(&requests, w, "requests");
	if (a->already)
		jsonw_text(w, "already", a->already);
	sentences_json(&a->notes, w, "notes");
	sentences_json(&a->warnings, w, "warnings");
	sentences_json(&a->proof, w, "proof");
	if (a->has_isolation)
		isolation_json(&a->isolation, w, "isolation");
	if (a->has_before)
		netview_json(&a->before, w, "before");
	if (a->has_after)
		netview_json(&a->after, w, "after");
	image_json(&a->making, w);
	if (a->sealed.is_had)
		sealed_json(&a->sealed, w, "evidence");
	custody_sentence(w, "without_evidence", a->order->without_evidence);
	if (a->is_pinned && a->action->undo != VERB_COUNT) {
		back = show_way_back(a);
		custody_sentence(w, "undo", back);
	}
	if (a->error.kind != ERR_NONE)
		custody_sentence(w, "error", a->error.text);
}

void results_act(struct results *r, const struct act *a)
{
	AUTO(str_release) struct str text = STR_INIT(TEXT_MAX);
	int status = act_status(a);

	r->status = status_worse(r->status, status);
	if (r->is_json) {
		open_result(r, a->word, status, result_text(a->result));
		act_json(a, &r->w);
		jsonw_end(&r->w);
		return;
	}
	if (r->is_quiet && status == STATUS_DONE)
		return;
	show_outcome(&text, a);
	fputs(text.buf, stdout);
	(void)fflush(stdout);
}

void results_plan(struct results *r, const struct act *a)
{
	AUTO(str_release) struct str text = STR_INIT(TEXT_MAX);

	if (r->is_json) {
		open_result(r, a->word, STATUS_DONE, "planned");
		act_json(a, &r->w);
		jsonw_end(&r->w);
		return;
	}
	show_plan(&text, a);
	printf("%s\nNothing was done: --dry-run.\n", text.buf);
}

void results_failure(struct results *r, const char *word, const char *result, const struct err *why)
{
	int status = err_status(why);

	r->status = status_worse(r->status, status);
	log_error("%s%s%s", word ? word : "", word ? ": " : "", why->text);
	if (!r->is_json)
		return;
	open_result(r, word, status, result);
	custody_sentence(&r->w, "error", why->text);
	jsonw_end(&r->w);
}

void results_nothing(struct results *r, const char *word, const char *why)
{
	AUTO(freep) char *shown = text_fit(word, 0);

	if (!r->is_json) {
		if (!r->is_quiet)
			printf("%s: nothing to do: %s\n", shown, why);
		return;
	}
	open_result(r, word, STATUS_DONE, "nothing");
	jsonw_text(&r->w, "already", why);
	jsonw_end(&r->w);
}

int results_end(struct results *r, const char *verb)
{
	AUTO(str_release) struct str out = STR_INIT(RESULT_MAX);
	struct jsonw w;

	if (!r->is_json)
		return r->status;
	jsonw_end(&r->w);
	result_begin(&w, &out, "contain", r->status);
	jsonw_text(&w, "verb", verb);
	jsonw_raw(&w, "results", r->out.buf, r->out.len);
	result_print(&w);
	return r->status;
}
