/* SPDX-License-Identifier: Apache-2.0 */
/* asked.h - the command line of contain, as it was said, and what every verb of it needs. */
#ifndef CONTAIN_ASKED_H
#define CONTAIN_ASKED_H

#include <stdbool.h>

#include "contain/act.h"
#include "contain/report.h"
#include "lib/base/err.h"
#include "lib/base/opt.h"
#include "lib/engine/engine.h"

enum asked_verb { ASKED_ACTION, ASKED_STATUS, ASKED_UNDO };

struct asked {
	const char *verb_word;
	enum asked_verb verb;
	struct words operands; /* the verb, then the containers */
	const char **containers;
	size_t container_count;
	struct words engines, networks, trusted;
	const char *journal;
	bool no_start, help;
	struct order order;
};

/* ERR_USAGE names the words that are wrong. */
int asked_parse(struct asked *a, int argc, char **argv, struct err *e) must_check;
void asked_release(struct asked *a);

/* The other verbs, once the words are right. Each returns an exit status, or -1 and the error. */
int cmd_contain_undo(const struct asked *a, struct engines *all, struct err *e) must_check;
int cmd_contain_status(const struct asked *a, struct engines *all, struct err *e) must_check;

/* What the journal knows now; nothing where there is none. */
int asked_history(const struct asked *a, struct history *out, struct err *e) must_check;

/*
 * One target, from the first look to the report: ACTION on the container ID of engine G; TAKES_BACK
 * is a deed of H, or NULL. Its status.
 */
int asked_do(const struct asked *a, const struct action *action, struct engine *g, const char *id,
	     const char *word, const struct history *h, const struct deed *takes_back,
	     struct results *r);

#endif
