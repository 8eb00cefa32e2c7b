/* SPDX-License-Identifier: Apache-2.0 */
/* undo: the last action of a container that can be taken back, or all of a case. */
#include <string.h>

#include "contain/asked.h"
#include "contain/present.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"

/* What takes something back is not itself taken back: that would be to and fro. */
static bool is_candidate(const struct deed *d)
{
	return deed_stands(d) && d->action->undo != VERB_COUNT && d->undoes == 0;
}

/* Whether there is something of it to take back, by what is so now. */
static bool is_to_undo(const struct deed *d, const struct history *h, const struct present *now)
{
	AUTO(str_release) struct str why = STR_INIT(4096);
	enum holding held;

	if (now->is_there && deed_lost_pause(d, h, &now->subject))
		return true;
	held = present_holds(d, now, &why);
	if (held == HOLDS_NOT)
		log_info("action %llu, %s, needs no undo: %s", (unsigned long long)d->seq,
			 d->action->word, why.buf);
	return held == HOLDS || held == HOLDS_PARTLY;
}

static int undo_one(const struct asked *a, const struct deed *d, const struct present *now,
		    const struct history *h, const char *word, struct results *r)
{
	struct asked its = *a;

	if (!its.order.case_id)
		its.order.case_id = d->case_id;
	log_info("taking back action %llu, %s of %s", (unsigned long long)d->seq, d->action->word,
		 d->time ? d->time : "an unknown time");
	return asked_do(&its, action_of(d->action->undo), now->subject.engine,
			now->subject.container.id, word, h, d, r);
}

static int undo_of_word(const struct asked *a, struct engines *all, const char *word,
			struct results *r)
{
	AUTO(history_release) struct history h = { 0 };
	AUTO(present_release) struct present now = { 0 };
	AUTO(freep) char *id = NULL;
	struct engine *g = NULL;
	struct err e = { 0 };

	if (engines_resolve(all, word, &g, &id, &e) < 0 || asked_history(a, &h, &e) < 0 ||
	    subject_read(g, id, NULL, &now.subject, &e) < 0) {
		results_failure(r, word, "failed", &e);
		return err_status(&e);
	}
	now.is_there = true;
	for (size_t i = h.deed_count; i-- > 0;) {
		const struct deed *d = &h.deeds[i];

		if (is_candidate(d) && deed_is_of(d, &now.subject) && is_to_undo(d, &h, &now))
			return undo_one(a, d, &now, &h, word, r);
	}
	results_nothing(r, word, "the journal knows of nothing that could be taken back");
	return STATUS_DONE;
}

/* Whether the next one is not to be begun, after one that ended with STATUS: it is told as such. */
static bool is_left(const struct asked *a, int status, const char *word, struct results *r)
{
	struct err why = { 0 };

	if (stop_signal())
		(void)stop_err(&why);
	else if (a->order.stop_on_error && status != STATUS_DONE)
		(void)err_set(&why, ERR_ENGINE, "one before it failed: --stop-on-error");
	else
		return false;
	(void)err_wrap(&why, "not begun");
	results_failure(r, word, "not-begun", &why);
	return true;
}

static bool is_of_case(const struct deed *d, const char *case_id)
{
	return d->case_id && !strcmp(d->case_id, case_id);
}

static int undo_in_case(const struct asked *a, struct engines *all, const struct deed *d,
			const struct history *h, struct results *r)
{
	AUTO(present_release) struct present now = { 0 };

	present_look(all, d, &now);
	if (now.is_there)
		return is_to_undo(d, h, &now) ? undo_one(a, d, &now, h, d->name, r) : STATUS_DONE;
	if (now.is_gone) {
		log_info("action %llu, %s, needs no undo: the container is gone",
			 (unsigned long long)d->seq, d->action->word);
		return STATUS_DONE;
	}
	results_failure(r, d->name, "failed", &now.why);
	return err_status(&now.why);
}

static int undo_case(const struct asked *a, struct engines *all, struct results *r, struct err *e)
{
	AUTO(history_release) struct history h = { 0 };
	int status = STATUS_DONE;
	size_t found = 0;

	if (asked_history(a, &h, e) < 0)
		return -1;
	for (size_t i = h.deed_count; i-- > 0;) {
		const struct deed *d = &h.deeds[i];

		if (!is_of_case(d, a->order.case_id))
			continue;
		found++;
		if (is_candidate(d) && !is_left(a, status, d->name, r))
			status = undo_in_case(a, all, d, &h, r);
	}
	if (!found)
		return err_set(e, ERR_ABSENT, "the journal knows of no case '%s'",
			       a->order.case_id);
	return 0;
}

int cmd_contain_undo(const struct asked *a, struct engines *all, struct err *e)
{
	AUTO(results_release) struct results r = { 0 };
	int status = STATUS_DONE;

	results_begin(&r, a->order.json, a->order.quiet);
	for (size_t i = 0; i < a->container_count; i++)
		if (!is_left(a, status, a->containers[i], &r))
			status = undo_of_word(a, all, a->containers[i], &r);
	if (!a->container_count && undo_case(a, all, &r, e) < 0)
		return -1;
	return results_end(&r, a->verb_word);
}
