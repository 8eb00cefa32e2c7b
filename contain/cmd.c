/* SPDX-License-Identifier: Apache-2.0 */
#include "contain/cmd.h"

#include <stdlib.h>
#include <string.h>

#include "contain/asked.h"
#include "contain/run.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"

void act_release(struct act *a)
{
	free(a->id);
	subject_release(&a->subject);
	calls_release(&a->calls);
	free(a->already);
	sentences_release(&a->notes);
	sentences_release(&a->networks);
	sentences_release(&a->addresses);
	free(a->wanted);
	making_release(&a->making);
	sealed_release(&a->sealed);
	netview_release(&a->before);
	netview_release(&a->after);
	isolation_release(&a->isolation);
	sentences_release(&a->proof);
	sentences_release(&a->warnings);
}

int asked_history(const struct asked *a, struct history *out, struct err *e)
{
	AUTO(journal_freep) struct journal *reading = NULL;
	struct err absent = { 0 };

	if (a->order.journal)
		return history_read(a->order.journal, out, e);
	if (journal_open_reading(a->order.journal_path, &reading, &absent) < 0) {
		if (absent.kind == ERR_ABSENT)
			return 0;
		*e = absent;
		return -1;
	}
	return history_read(reading, out, e);
}

int asked_do(const struct asked *a, const struct action *action, struct engine *g, const char *id,
	     const char *word, const struct history *h, const struct deed *takes_back,
	     struct results *r)
{
	AUTO(act_release)
	struct act act = { .order = &a->order, .action = action, .word = word };

	act.taking_back = takes_back;
	act.is_undo = takes_back != NULL;
	if (act_prepare(&act, g, id, h) == 0) {
		if (a->order.dry_run) {
			results_plan(r, &act);
			return STATUS_DONE;
		}
		act_do(&act);
	}
	results_act(r, &act);
	return act_status(&act);
}

/* What the word leads to, or why it leads nowhere. */
static int act_on_word(const struct asked *a, struct engines *all, const char *word,
		       struct results *r)
{
	AUTO(history_release) struct history h = { 0 };
	AUTO(freep) char *id = NULL;
	struct engine *g = NULL;
	struct err e = { 0 };

	if (engines_resolve(all, word, &g, &id, &e) < 0 || asked_history(a, &h, &e) < 0) {
		results_failure(r, word, "failed", &e);
		return err_status(&e);
	}
	return asked_do(a, a->order.action, g, id, word, &h, NULL, r);
}

static int cmd_contain_act(const struct asked *a, struct engines *all)
{
	AUTO(results_release) struct results r = { 0 };
	int status = STATUS_DONE;

	results_begin(&r, a->order.json, a->order.quiet);
	for (size_t i = 0; i < a->container_count; i++) {
		struct err why = { 0 };

		if (stop_signal())
			(void)stop_err(&why);
		else if (a->order.stop_on_error && status != STATUS_DONE)
			(void)err_set(&why, ERR_ENGINE, "one before it failed: --stop-on-error");
		if (why.kind != ERR_NONE) {
			(void)err_wrap(&why, "not begun");
			results_failure(&r, a->containers[i], "not-begun", &why);
			continue;
		}
		status = act_on_word(a, all, a->containers[i], &r);
	}
	return results_end(&r, a->verb_word);
}

/* Nothing is done that could not be written down. */
static int open_journal(struct asked *a, struct journal **out, struct err *e)
{
	if (a->verb == ASKED_STATUS || a->order.dry_run)
		return 0;
	if (journal_open(a->order.journal_path, out, e) < 0) {
		/* A refusal, whatever it is that is wrong with the file. */
		e->kind = ERR_SYS;
		return err_wrap(e, "nothing was done, for it could not be written down");
	}
	a->order.journal = *out;
	return 0;
}

static int load_trust(struct asked *a, struct err *e)
{
	trust_add_configured(&a->order.trust);
	for (size_t i = 0; i < a->trusted.count; i++)
		if (trust_add(&a->order.trust, a->trusted.items[i], e) < 0)
			return err_wrap(e, "--trust");
	return 0;
}

static int run(struct asked *a, struct err *e)
{
	AUTO(engines_release) struct engines engines = { 0 };
	struct engine_choice choice = { .names = &a->engines, .no_start = a->no_start };
	struct err none = { 0 };

	if (engines_find(&choice, &engines, &none) < 0) {
		/* What was done can be told without any of them. */
		if (a->verb != ASKED_STATUS || none.kind == ERR_USAGE) {
			*e = none;
			return -1;
		}
		log_warn("%s", none.text);
	}
	switch (a->verb) {
	case ASKED_STATUS:
		return cmd_contain_status(a, &engines, e);
	case ASKED_UNDO:
		return cmd_contain_undo(a, &engines, e);
	case ASKED_ACTION:
		break;
	}
	return cmd_contain_act(a, &engines);
}

int cmd_contain(int argc, char **argv, struct err *e)
{
	AUTO(asked_release) struct asked a = { 0 };
	AUTO(journal_freep) struct journal *journal = NULL;
	AUTO(freep) char *path = NULL;

	if (asked_parse(&a, argc, argv, e) < 0)
		return -1;
	if (a.help)
		return STATUS_DONE;
	log_setup("contain", a.order.quiet     ? LOG_QUIET
			     : a.order.verbose ? LOG_VERBOSE
					       : LOG_NORMAL);
	stop_install();
	if (load_trust(&a, e) < 0 || journal_path(a.journal, &path, e) < 0)
		return -1;
	a.order.journal_path = path;
	if (open_journal(&a, &journal, e) < 0)
		return -1;
	return run(&a, e);
}
