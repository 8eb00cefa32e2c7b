/* SPDX-License-Identifier: Apache-2.0 */
/* report.h - the result of contain, as it comes: text at once, or the one JSON object at the end.
 */
#ifndef CONTAIN_REPORT_H
#define CONTAIN_REPORT_H

#include <stdbool.h>

#include "contain/act.h"
#include "lib/base/err.h"
#include "lib/base/jsonw.h"
#include "lib/base/str.h"

struct results {
	bool is_json, is_quiet;
	int status; /* the worst so far */
	struct str out;
	struct jsonw w; /* in the array of results */
};

void results_begin(struct results *r, bool is_json, bool is_quiet);
void results_release(struct results *r);

/* One that was carried out, or was to be. */
void results_act(struct results *r, const struct act *a);
/* What would be done. */
void results_plan(struct results *r, const struct act *a);
/* A word that led to no container, or a target that was not begun. */
void results_failure(struct results *r, const char *word, const char *result,
		     const struct err *why);
/* A word for which there was nothing to do; WHY is a sentence. */
void results_nothing(struct results *r, const char *word, const char *why);
/* Prints the JSON object; VERB is the word of the command line. Returns the status. */
int results_end(struct results *r, const char *verb);

#endif
