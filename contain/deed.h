/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deed.h - one action as the journal tells it: an intent before the call, an outcome after it.
 *
 * {"event":"intent","verb":"disconnect","operator":…,"engine":{label,dialect,version,api,address,
 * rootless},"container":{id,name,image,image_id,started,state},"case":…,"reason":…,
 * "networks":[…],"image":…,"evidence":{bundle,path,seal,profile}|"without_evidence":…,"undoes":N,
 * "requests":["POST …",…],"endpoints":[…]}
 * {"event":"outcome","of":N,"result":"done",…,"proof":[…],"warnings":[…],"state":"paused",
 * "milliseconds":N,"error":…}
 * {"event":"refused",…} an intent's keys and "error": nothing was called.
 * {"event":"collected","container":{…},"bundle":{id,path,state,profile},"seal":…,"left_paused":…}
 * is collect's.
 *
 * endpoints are all that the container had before; networks are those that the action is about.
 */
#ifndef CONTAIN_DEED_H
#define CONTAIN_DEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "contain/action.h"
#include "lib/base/err.h"
#include "lib/base/opt.h"
#include "lib/bundle/journal.h"
#include "lib/engine/engine.h"
#include "lib/model/container.h"
#include "lib/model/endpoint.h"

enum result_word {
	RESULT_UNKNOWN,  /* no outcome: the tool died between the two, or the engine gave no answer
			  */
	RESULT_DONE,     /* and proved */
	RESULT_NOTHING,  /* it was so already; there is nothing to take back */
	RESULT_UNPROVEN, /* the engine says so, and it could not be looked at */
	RESULT_NOT_ISOLATED,
	RESULT_PARTIAL, /* some of it was done: proof and error say what */
	RESULT_FAILED,  /* nothing of it was done, as far as can be seen */
	RESULT_REFUSED,
};
const char *result_text(enum result_word r); /* "done", "not-isolated"… */

struct deed {
	uint64_t seq; /* of the intent, or of the refusal: the action's number */
	char *time;   /* RFC 3339 */
	const struct action *action;
	char *operator_name, *case_id, *reason, *without_evidence;
	char *engine, *address; /* its label and address then */
	enum dialect dialect;
	char *id, *name, *image, *started; /* of the container */
	enum container_state before;
	struct endpoints endpoints;
	char **networks;
	size_t network_count;
	char *commit_image; /* NAME:TAG, of commit */
	enum result_word result;
	char *error;
	uint64_t undoes; /* the seq of what it takes back; line 0 is no action, so 0 is none */
	bool is_undone;  /* by a later one that was done */
};

struct evidence {
	uint64_t seq;
	char *time, *operator_name, *case_id;
	char *id, *name, *started; /* of the container */
	char *bundle, *path, *seal, *profile;
	bool left_paused;
};

/* What the journal knows. */
struct history {
	struct deed *deeds; /* in order */
	size_t deed_count, deed_cap;
	struct evidence *evidence;
	size_t evidence_count, evidence_cap;
	struct journal_state state;
	uint64_t not_understood; /* whole lines that make no sense, or are of a later version */
};

struct act;

/* What is about to be done; its number becomes A->seq. */
int deed_intent(struct journal *j, struct act *a, struct err *e) must_check;
int deed_outcome(struct journal *j, const struct act *a, struct err *e) must_check;
/* A->error is why. */
int deed_refused(struct journal *j, struct act *a, struct err *e) must_check;

/*
 * Reads all of it. A line that is broken, or that this version does not understand, is passed over
 * and counted in state or not_understood.
 */
int history_read(struct journal *j, struct history *out, struct err *e) must_check;
void history_release(struct history *h);

#endif
