/* SPDX-License-Identifier: Apache-2.0 */
/*
 * act.h - one action on one container, from the first look to the outcome.
 *
 *	act_prepare()  pinned, planned, evidence looked for; nothing is changed
 *	act_do()       asked, evidence collected, intent, calls, proof, outcome
 *
 * A verb is three functions (struct verb_room): what it would do, what it does to this one beyond
 * its calls, and whether it came about.
 */
#ifndef CONTAIN_ACT_H
#define CONTAIN_ACT_H

#include <stdbool.h>
#include <stdint.h>

#include "contain/action.h"
#include "contain/calls.h"
#include "contain/deed.h"
#include "contain/isolation.h"
#include "contain/sentences.h"
#include "contain/sealed.h"
#include "contain/subject.h"
#include "lib/base/err.h"
#include "lib/bundle/journal.h"
#include "lib/bundle/trust.h"

/* What the command line asked, the same for every target. */
struct order {
	const struct action *action; /* NULL for status and undo */
	const struct words *networks;
	const char *image; /* NAME:TAG */
	const char *operator_name, *case_id, *reason, *without_evidence;
	const char *bundle, *if_started;
	/* Of --collect: NULL for none. */
	const char *profile, *key, *key_pass_file, *output;
	bool freeze;
	bool dry_run, yes, json, quiet, verbose, stop_on_error;
	struct journal *journal; /* NULL with dry_run */
	const char *journal_path;
	struct trust trust;
};

/* The image that commit makes. */
struct making {
	char *repository, *tag, *id; /* id: from the answer */
	struct commit commit;
	struct commit_label labels[16];
	char *texts[16]; /* the labels' values that are ours to free */
	size_t text_count;
};

void making_release(struct making *m);
/* The image's id, from what the engine answered. */
void making_answer(struct making *m, const struct str *answer);

struct act {
	const struct order *order;
	const struct action *action;
	const char *word; /* as it was asked for, or NULL */
	char *id;
	struct subject subject;
	bool is_pinned;
	bool is_seen; /* the last look at it succeeded */

	/* What the journal knows, and what of it this takes back, or NULL. Borrowed. */
	const struct history *history;
	const struct deed *taking_back;
	bool is_undo; /* of that one alone, whatever else there is */

	/* The plan. */
	struct calls calls;
	char *already;                  /* a sentence, where it is so already: nothing is called */
	struct sentences notes;         /* what is special about this one */
	struct sentences networks;      /* that it is about */
	struct sentences addresses;     /* that it had in them */
	const struct endpoint **wanted; /* for reconnect: each as it was */
	size_t wanted_count, wanted_cap;
	enum container_state state_before;
	struct making making;

	struct sealed sealed;
	struct netview before, after;
	bool has_before, has_after;
	struct isolation isolation;
	bool has_isolation;

	uint64_t seq; /* of its intent, or refusal, if has_seq */
	bool has_seq;
	enum result_word result;
	struct sentences proof, warnings;
	struct err error; /* ERR_NONE where nothing went wrong */
	uint64_t milliseconds;
};

void act_release(struct act *a);
/* ERR_USAGE where it names no image. */
int commit_check_image(const char *word, struct err *e) must_check;
/* Whether IMAGE is there and says of itself that it is of the container ID. ERR_ABSENT: it is not.
 */
int commit_look(struct engine *g, const char *image, const char *id, struct err *e) must_check;

/* Each verb's part. */
struct verb_room {
	/*
	 * From the subject as last read: calls, networks, notes, or `already`. Fails where it
	 * cannot be done on this one. Called again just before the intent.
	 */
	int (*plan)(struct act *a, struct err *e);
	/*
	 * After the calls, FAILED of them or not (a->error says why): reads the state back and sets
	 * result and proof.
	 */
	void (*prove)(struct act *a, bool failed);
};

extern const struct verb_room pause_room, unpause_room, disconnect_room, reconnect_room,
	isolate_room, commit_room, stop_room, kill_room, remove_room;

/*
 * Reads the container anew until IS_SO or TIMEOUT_MS have passed; 0 where it became so. ERR_ABSENT
 * and ERR_INTEGRITY as subject_again().
 */
#define PROOF_MS 10000u
int act_wait(struct act *a, bool (*is_so)(const struct act *a), unsigned timeout_ms,
	     struct err *e) must_check;
/*
 * The whole of a proof where the engine's own word is all there is: waits for IS_SO, and sets
 * result, proof (PROVED) and error by what was seen and whether the calls had FAILED.
 */
void act_prove(struct act *a, bool failed, bool (*is_so)(const struct act *a), const char *proved);

#endif
