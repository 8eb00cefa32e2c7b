/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contain/cmd.h"
#include "contain/report_journal.h"
#include "lib/base/log.h"
#include "lib/base/own.h"
#include "lib/base/status.h"
#include "lib/base/stop.h"
#include "lib/base/text.h"
#include "lib/bundle/journal.h"

struct asked {
	const char *journal, *case_id, *head;
	struct words words; /* the verb among them, until it is known */
	bool is_verify, json, help;
	char *path;
	char head_hex[SHA256_HEX];
};

static void asked_release(struct asked *a)
{
	words_release(&a->words);
	free(a->path);
}

static int parse(struct asked *a, int argc, char **argv, struct err *e)
{
	const struct opt table[] = {
		{ "journal", 0, OPT_TEXT, &a->journal, "FILE", "this one, not the usual one" },
		{ "case", 0, OPT_TEXT, &a->case_id, "ID", "show: only what belongs to this case" },
		{ "head", 0, OPT_TEXT, &a->head, "HEX",
		  "verify: a line must have this digest, noted before" },
		{ "json", 0, OPT_FLAG, &a->json, NULL, "print the result as one JSON object" },
		OPT_END,
	};

	if (opt_parse(table, argc, argv, &a->words, &a->help, e) < 0)
		return -1;
	if (a->help)
		opt_help(stdout, "journal [show [CONTAINER]... | verify] [OPTION]...",
			 "Show what was done to containers, or check that the journal of it is "
			 "whole.",
			 table);
	return 0;
}

/* The first word is the verb if it is one; the rest names containers. */
static void take_verb(struct asked *a)
{
	struct words *w = &a->words;

	if (!w->count)
		return;
	a->is_verify = !strcmp(w->items[0], "verify");
	if (a->is_verify || !strcmp(w->items[0], "show"))
		memmove(w->items, w->items + 1, --w->count * sizeof(w->items[0]));
}

static int check(struct asked *a, struct err *e)
{
	unsigned char bytes[SHA256_SIZE];

	take_verb(a);
	if (a->is_verify && a->words.count)
		return err_set(e, ERR_USAGE, "verify checks all of it, not '%s' alone",
			       a->words.items[0]);
	if (a->is_verify && a->case_id)
		return err_set(e, ERR_USAGE, "--case is for show");
	if (a->head && !a->is_verify)
		return err_set(e, ERR_USAGE, "--head is for verify");
	if (a->head && text_unhex(bytes, sizeof(bytes), a->head, e) < 0)
		return err_set(e, ERR_USAGE, "--head takes 64 hexadecimal digits, not '%s'",
			       a->head);
	if (a->head)
		text_hex(a->head_hex, bytes, sizeof(bytes));
	return journal_path(a->journal, &a->path, e);
}

static int show(const struct asked *a, struct journal *j, struct err *e)
{
	const struct journal_filter filter = { a->case_id, &a->words };
	AUTO(history_release) struct history h = { 0 };
	int status;

	if (history_read(j, &h, e) < 0)
		return -1;
	status = h.state.broken || h.not_understood ? STATUS_INCOMPLETE : STATUS_DONE;
	if (a->json)
		report_actions_json(&h, &filter, a->path, status);
	else
		report_actions(&h, &filter);
	if (h.state.broken)
		log_warn("the journal is broken, and what does not follow is not shown: 'impound "
			 "journal verify' says where");
	if (h.not_understood)
		log_warn("%llu lines are not understood: a later version may have written them",
			 (unsigned long long)h.not_understood);
	return status;
}

static int note(const struct journal_line *line, void *data, struct err *e)
{
	struct journal_check *c = data;
	struct journal_fault *f;

	if (stop_requested())
		return stop_err(e);
	if (c->head && (!strcmp(line->digest, c->head) || !strcmp(line->cut, c->head)))
		c->is_head_found = true;
	if (!line->fault || c->fault_count++ >= JOURNAL_INLINE_MAX)
		return 0;
	grow(c->faults, c->count, c->cap);
	f = &c->faults[c->count++];
	*f = (struct journal_fault){ .line = line->number, .is_torn = line->is_torn };
	(void)snprintf(f->why, sizeof(f->why), "%.159s", line->fault);
	return 0;
}

static int verify(const struct asked *a, struct journal *j, struct err *e)
{
	struct journal_check c = { .path = a->path, .head = a->head ? a->head_hex : NULL };
	int failed;

	/* Whoever noted that there was none yet is content with any. */
	c.is_head_found = c.head && !strcmp(c.head, CUSTODY_ZERO);
	failed = journal_each(j, note, &c, &c.state, e);
	if (failed == 0) {
		c.status = c.state.broken || (c.head && !c.is_head_found) ? STATUS_TAMPERED
			   : c.state.torn || c.state.ends_torn            ? STATUS_INCOMPLETE
									  : STATUS_DONE;
		if (a->json)
			report_check_json(&c);
		else
			report_check(&c);
	}
	free(c.faults);
	return failed < 0 ? -1 : c.status;
}

int cmd_journal(int argc, char **argv, struct err *e)
{
	AUTO(asked_release) struct asked a = { 0 };
	AUTO(journal_freep) struct journal *j = NULL;

	if (parse(&a, argc, argv, e) < 0)
		return -1;
	if (a.help)
		return STATUS_DONE;
	if (check(&a, e) < 0)
		return -1;
	stop_install();
	if (journal_open_reading(a.path, &j, e) < 0)
		return -1;
	return a.is_verify ? verify(&a, j, e) : show(&a, j, e);
}
