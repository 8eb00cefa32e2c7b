/* SPDX-License-Identifier: Apache-2.0 */
/* status: what was done to each container, and what of it is so now, by looking at the engine. */
#include <stdio.h>
#include <string.h>

#include "contain/asked.h"
#include "contain/present.h"
#include "contain/show.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

#define TEXT_MAX ((size_t)1 << 20)

struct status_run {
	const struct asked *asked;
	struct engines *all;
	struct history history;
	struct results results;
	size_t shown;
};

static const char *holding_word(enum holding h)
{
	static const char *const words[] = { [HOLDS] = "holds",
					     [HOLDS_PARTLY] = "partly",
					     [HOLDS_NOT] = "no",
					     [HOLDS_UNKNOWN] = "unknown" };

	return words[h];
}

/* An intent without an outcome is resolved by what is so now. */
static void tell_unknown(struct str *out, enum holding held, const char *seen)
{
	static const char *const meanings[] = {
		[HOLDS] = "so it was carried out",
		[HOLDS_PARTLY] = "so it was carried out in part",
		[HOLDS_NOT] = "so it was not carried out, or no longer holds",
		[HOLDS_UNKNOWN] = "so nobody can tell whether it was carried out",
	};

	str_addf(out, "outcome unknown: %s, %s", seen, meanings[held]);
}

static void tell_holding(struct str *out, const struct deed *d, const struct status_run *s,
			 const struct present *now)
{
	AUTO(str_release) struct str seen = STR_INIT(4096);
	enum holding held = present_holds(d, now, &seen);

	if (now->is_there && deed_lost_pause(d, &s->history, &now->subject))
		str_adds(out, "IT WAS PAUSED BEFORE AND RUNS NOW; ");
	if (d->is_undone)
		str_adds(out, "taken back since");
	else if (deed_is_superseded(d, &s->history))
		str_adds(out, "a later action did the opposite");
	else if (d->result == RESULT_UNKNOWN)
		tell_unknown(out, held, seen.buf);
	else if (held == HOLDS)
		str_addf(out, "still so: %s", seen.buf);
	else if (held == HOLDS_PARTLY)
		str_addf(out, "ONLY PARTLY SO NOW: %s", seen.buf);
	else if (held == HOLDS_NOT)
		str_addf(out, "NO LONGER SO: %s", seen.buf);
	else if (!now->is_there && !now->is_gone)
		str_addf(out, "not known now: %s", seen.buf);
}

static void show_deed(struct str *out, const struct deed *d, const struct status_run *s,
		      const struct present *now)
{
	AUTO(str_release) struct str text = STR_INIT(8192);
	char name[32];

	(void)snprintf(name, sizeof(name), "action %llu", (unsigned long long)d->seq);
	str_addf(&text, "%s, %.19sZ, by %s: %s", d->action->word, d->time ? d->time : "unknown",
		 d->operator_name ? d->operator_name : "unknown", result_text(d->result));
	if (d->undoes)
		str_addf(&text, " (takes back %llu)", (unsigned long long)d->undoes);
	show_field(out, name, text.buf);
	str_reset(&text);
	if (d->result == RESULT_REFUSED || d->result == RESULT_FAILED)
		show_field(out, "", d->error);
	else if (d->result != RESULT_NOTHING)
		tell_holding(&text, d, s, now);
	if (text.len)
		show_field(out, "", text.buf);
	str_reset(&text);
	if (d->case_id)
		str_addf(&text, "case %s", d->case_id);
	if (d->reason)
		str_addf(&text, "%sreason: %s", d->case_id ? ", " : "", d->reason);
	if (text.len)
		show_field(out, "", text.buf);
	if (d->without_evidence) {
		AUTO(freep) char *why = xasprintf("without evidence: %s", d->without_evidence);

		show_field(out, "", why);
	}
}

static void deed_json(const struct deed *d, const struct status_run *s, const struct present *now,
		      struct jsonw *w)
{
	AUTO(str_release) struct str seen = STR_INIT(4096);
	enum holding held = present_holds(d, now, &seen);

	jsonw_object(w, NULL);
	jsonw_u64(w, "seq", d->seq);
	jsonw_text(w, "time", d->time);
	jsonw_text(w, "verb", d->action->word);
	custody_sentence(w, "operator", d->operator_name);
	custody_sentence(w, "case", d->case_id);
	custody_sentence(w, "reason", d->reason);
	custody_sentence(w, "without_evidence", d->without_evidence);
	jsonw_text(w, "result", result_text(d->result));
	custody_sentence(w, "error", d->error);
	if (d->undoes)
		jsonw_u64(w, "undoes", d->undoes);
	jsonw_bool(w, "undone", d->is_undone);
	jsonw_text(w, "holds", holding_word(held));
	custody_sentence(w, "seen", seen.buf);
	if (now->is_there && deed_lost_pause(d, &s->history, &now->subject))
		jsonw_bool(w, "lost_pause", true);
	jsonw_end(w);
}

static const char *state_now(const struct present *now)
{
	return now->is_there  ? container_state_word(now->subject.container.state)
	       : now->is_gone ? "gone"
			      : "not known";
}

static void show_container(struct status_run *s, const struct deed *one, const struct present *now)
{
	AUTO(str_release) struct str out = STR_INIT(TEXT_MAX);
	AUTO(freep) char *name = text_fit(one->name ? one->name : "?", 0);
	AUTO(freep) char *engine = text_fit(one->engine ? one->engine : "?", 0);

	str_addf(&out, "%s%s (%s, %.12s): %s", s->shown ? "\n" : "", name, engine, one->id,
		 state_now(now));
	if (now->is_there && !now->subject.endpoints.count)
		str_adds(&out, ", in no network");
	str_addc(&out, '\n');
	if (!now->is_there && !now->is_gone)
		show_field(&out, "WARNING", now->why.text);
	for (size_t i = 0; i < s->history.deed_count; i++)
		if (s->history.deeds[i].id && !strcmp(s->history.deeds[i].id, one->id))
			show_deed(&out, &s->history.deeds[i], s, now);
	for (size_t i = 0; i < s->history.evidence_count; i++)
		if (s->history.evidence[i].id && !strcmp(s->history.evidence[i].id, one->id))
			show_field(&out, "evidence", s->history.evidence[i].path);
	fputs(out.buf, stdout);
}

static void evidence_json(const struct evidence *v, struct jsonw *w)
{
	jsonw_object(w, NULL);
	jsonw_u64(w, "seq", v->seq);
	jsonw_text(w, "time", v->time);
	custody_sentence(w, "bundle", v->bundle);
	custody_sentence(w, "path", v->path);
	custody_sentence(w, "seal", v->seal);
	custody_sentence(w, "profile", v->profile);
	jsonw_end(w);
}

static void container_json(struct status_run *s, const struct deed *one, const struct present *now)
{
	struct jsonw *w = &s->results.w;

	jsonw_object(w, NULL);
	jsonw_object(w, "container");
	custody_sentence(w, "engine", one->engine);
	jsonw_text(w, "id", one->id);
	custody_sentence(w, "name", one->name);
	custody_sentence(w, "image", one->image);
	if (now->is_there)
		jsonw_text(w, "started", now->subject.started);
	jsonw_text(w, "state", state_now(now));
	jsonw_end(w);
	if (!now->is_there && !now->is_gone)
		custody_sentence(w, "error", now->why.text);
	jsonw_array(w, "actions");
	for (size_t i = 0; i < s->history.deed_count; i++)
		if (s->history.deeds[i].id && !strcmp(s->history.deeds[i].id, one->id))
			deed_json(&s->history.deeds[i], s, now, w);
	jsonw_end(w);
	jsonw_array(w, "evidence");
	for (size_t i = 0; i < s->history.evidence_count; i++)
		if (s->history.evidence[i].id && !strcmp(s->history.evidence[i].id, one->id))
			evidence_json(&s->history.evidence[i], w);
	jsonw_end(w);
	jsonw_end(w);
}

/* "docker:web", "web", or the beginning of an id. */
static bool is_meant(const struct deed *d, const char *word)
{
	const char *colon = strchr(word, ':');
	const char *name = colon ? colon + 1 : word;

	return *name &&
	       ((d->name && !strcmp(d->name, name)) || !strncmp(d->id, name, strlen(name)));
}

static bool is_first_of_its_kind(const struct history *h, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (h->deeds[i].id && !strcmp(h->deeds[i].id, h->deeds[at].id))
			return false;
	return true;
}

/* All that WORD means, or all there are. */
static size_t tell(struct status_run *s, const char *word)
{
	const struct history *h = &s->history;
	size_t told = 0;

	for (size_t i = 0; i < h->deed_count; i++) {
		AUTO(present_release) struct present now = { 0 };
		const struct deed *d = &h->deeds[i];

		if (!d->id || !is_first_of_its_kind(h, i) || (word && !is_meant(d, word)))
			continue;
		present_look(s->all, d, &now);
		if (s->results.is_json)
			container_json(s, d, &now);
		else
			show_container(s, d, &now);
		if (!now.is_there && !now.is_gone)
			s->results.status = status_worse(s->results.status, STATUS_INCOMPLETE);
		s->shown++;
		told++;
	}
	return told;
}

/* Of one that nothing was done to it is worth saying that it is there. */
static void tell_word(struct status_run *s, const char *word)
{
	AUTO(freep) char *id = NULL;
	struct engine *g = NULL;
	struct err e = { 0 };

	if (tell(s, word))
		return;
	if (engines_resolve(s->all, word, &g, &id, &e) < 0)
		results_failure(&s->results, word, "failed", &e);
	else
		results_nothing(&s->results, word,
				"the journal knows of nothing that was done to it");
}

int cmd_contain_status(const struct asked *a, struct engines *all, struct err *e)
{
	struct status_run s = { .asked = a, .all = all };
	int status;

	if (asked_history(a, &s.history, e) < 0)
		return -1;
	results_begin(&s.results, a->order.json, a->order.quiet);
	for (size_t i = 0; i < a->container_count; i++)
		tell_word(&s, a->containers[i]);
	if (!a->container_count && !tell(&s, NULL) && !a->order.json)
		printf("The journal knows of nothing that was done: %s\n", a->order.journal_path);
	if (s.history.state.broken || s.history.not_understood) {
		log_warn(
			"the journal is broken in %llu places, and %llu lines were not understood: "
			"see impound journal verify",
			(unsigned long long)s.history.state.broken,
			(unsigned long long)s.history.not_understood);
		s.results.status = status_worse(s.results.status, STATUS_INCOMPLETE);
	}
	status = results_end(&s.results, a->verb_word);
	results_release(&s.results);
	history_release(&s.history);
	return status;
}
