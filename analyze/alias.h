/* SPDX-License-Identifier: Apache-2.0 */
/* alias.h - what every reader of members puts besides them: the directories that a name goes
 * through, and what a hard link wants of its target. */
#ifndef ANALYZE_ALIAS_H
#define ANALYZE_ALIAS_H

#include <stdbool.h>

#include "analyze/notes.h"
#include "analyze/runs.h"
#include "lib/base/err.h"
#include "lib/base/str.h"

struct implied {
	struct str last;
	bool is_directory; /* the last one is a directory itself */
};
void implied_init(struct implied *im);
void implied_release(struct implied *im);
/* RECORD_IMPLIED for each directory above OF but those that stand above the one before it. */
int implied_put(struct implied *im, struct run_maker *to, const struct record *of,
		struct err *e) must_check;

/*
 * Puts ALIAS as one of TARGET, a path as it stands in the link, and what it wants. SCRATCH has
 * room for a key.
 */
int alias_put(struct run_maker *to, struct record *alias, const char *target, struct str *scratch,
	      struct notes *notes, struct err *e) must_check;

#endif
