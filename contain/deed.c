/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/deed.h"

#include <string.h>

#include "contain/act.h"
#include "lib/base/own.h"

/* Of each look into a network namespace: a line of the journal is bounded. */
#define VIEW_MAX ((size_t)48 << 10)

static void engine_json(const struct engine *g, struct jsonw *w)
{
	jsonw_object(w, "engine");
	jsonw_text(w, "label", g->label);
	jsonw_text(w, "dialect", dialect_word(g->dialect));
	jsonw_text(w, "version", g->version);
	jsonw_text(w, "api", g->api);
	custody_sentence(w, "address", g->address);
	jsonw_bool(w, "rootless", g->is_rootless);
	jsonw_end(w);
}

/* Of one that could not be read only the id is known. */
static void container_json(const struct act *a, struct jsonw *w)
{
	const struct subject *s = &a->subject;
	const struct container *c = &s->container;

	jsonw_object(w, "container");
	jsonw_text(w, "id", a->id);
	if (!a->is_pinned) {
		jsonw_end(w);
		return;
	}
	custody_sentence(w, "name", c->name);
	custody_sentence(w, "image", c->image);
	custody_sentence(w, "image_id", c->image_id);
	jsonw_text_if(w, "started", s->started);
	jsonw_text(w, "state", container_state_word(c->state));
	jsonw_end(w);
}

/* All that is known before anything is called. */
static void add_intent(const struct act *a, struct jsonw *w)
{
	AUTO(sentences_release) struct sentences requests = { 0 };
	const struct order *o = a->order;

	jsonw_text(w, "verb", a->action->word);
	journal_who(w, o->operator_name);
	if (a->subject.engine)
		engine_json(a->subject.engine, w);
	container_json(a, w);
	custody_sentence(w, "case", o->case_id);
	custody_sentence(w, "reason", o->reason);
	sentences_json(&a->networks, w, "networks");
	if (a->making.repository) {
		AUTO(freep)
		char *image = xasprintf("%s:%s", a->making.repository, a->making.tag);

		custody_sentence(w, "image", image);
		jsonw_bool(w, "pause", a->making.commit.is_paused_meanwhile);
	}
	if (a->sealed.is_had)
		sealed_json(&a->sealed, w, "evidence");
	custody_sentence(w, "without_evidence", o->without_evidence);
	if (a->taking_back)
		jsonw_u64(w, "undoes", a->taking_back->seq);
	calls_text(&a->calls, a->subject.engine, &requests);
	sentences_json(&requests, w, "requests");
	sentences_json(&a->warnings, w, "warnings");
	if (a->is_pinned)
		endpoints_json(&a->subject.endpoints, w, "endpoints");
}

int deed_intent(struct journal *j, struct act *a, struct err *e)
{
	struct jsonw *w = journal_begin(j, "intent", e);

	if (!w)
		return -1;
	add_intent(a, w);
	return journal_commit(j, &a->seq, e);
}

static void add_view(const struct netview *v, struct jsonw *w, const char *key)
{
	AUTO(str_release) struct str text = STR_INIT(VIEW_MAX);
	struct jsonw inner;

	jsonw_init(&inner, &text);
	jsonw_object(&inner, NULL);
	netview_json(v, &inner, "view");
	jsonw_end(&inner);
	if (text.over)
		jsonw_text(w, key, "longer than a line of the journal holds");
	else
		jsonw_raw(w, key, text.buf + strlen("{\"view\":"),
			  text.len - strlen("{\"view\":}"));
}

static void add_outcome(const struct act *a, struct jsonw *w)
{
	jsonw_u64(w, "of", a->seq);
	jsonw_text(w, "result", result_text(a->result));
	jsonw_text(w, "verb", a->action->word);
	jsonw_text(w, "id", a->subject.container.id);
	sentences_json(&a->proof, w, "proof");
	sentences_json(&a->warnings, w, "warnings");
	if (a->has_before)
		add_view(&a->before, w, "before");
	if (a->has_after)
		add_view(&a->after, w, "after");
	if (a->has_isolation)
		isolation_json(&a->isolation, w, "isolation");
	jsonw_text(w, "state", container_state_word(a->subject.container.state));
	jsonw_text_if(w, "image_id", a->making.id);
	jsonw_u64(w, "milliseconds", a->milliseconds);
	if (a->error.kind != ERR_NONE)
		custody_sentence(w, "error", a->error.text);
}

int deed_outcome(struct journal *j, const struct act *a, struct err *e)
{
	struct jsonw *w = journal_begin(j, "outcome", e);

	if (!w)
		return -1;
	add_outcome(a, w);
	return journal_commit(j, NULL, e);
}

int deed_refused(struct journal *j, struct act *a, struct err *e)
{
	struct jsonw *w = journal_begin(j, "refused", e);

	if (!w)
		return -1;
	add_intent(a, w);
	custody_sentence(w, "error", a->error.text);
	return journal_commit(j, &a->seq, e);
}
