/* SPDX-License-Identifier: Apache-2.0 */
/*
 * action.h - the verbs: what each does, what it destroys, how it is taken back.
 *
 * One row a verb. Help, the question on the terminal, --dry-run, the journal and undo all read it
 * here.
 */
#ifndef CONTAIN_ACTION_H
#define CONTAIN_ACTION_H

#include <stdbool.h>

enum verb {
	VERB_PAUSE,
	VERB_UNPAUSE,
	VERB_DISCONNECT,
	VERB_RECONNECT,
	VERB_ISOLATE,
	VERB_COMMIT,
	VERB_STOP,
	VERB_KILL,
	VERB_REMOVE,
	VERB_COUNT, /* none */
};

enum gate {
	GATE_REVERSIBLE, /* confirmed by "yes" */
	GATE_ADDS,       /* makes something that stays; "yes" */
	GATE_DESTROYS,   /* needs evidence, and the first six digits of the id */
};

struct action {
	enum verb verb;
	const char *word;
	enum gate gate;
	enum verb undo;      /* VERB_COUNT: cannot be taken back */
	const char *what;    /* "freezes every process" */
	const char *effects; /* what else happens, a sentence or more */
	const char *back;    /* how it is taken back, or that it cannot be */
};

const struct action *action_of(enum verb v);
/* NULL where no verb has this word. */
const struct action *action_find(const char *word);

#endif
