/* SPDX-License-Identifier: Apache-2.0 */
/* calls.h - what will be asked of the engine, in order: said first, journalled, then done. */
#ifndef CONTAIN_CALLS_H
#define CONTAIN_CALLS_H

#include <stdbool.h>
#include <stddef.h>

#include "contain/sentences.h"
#include "lib/base/str.h"
#include "lib/engine/engine.h"

#define CALL_ANSWER_MAX ((size_t)1 << 20)

struct call {
	enum request what;
	struct request_args args; /* what it points to is the caller's */
	bool is_owed; /* puts back what an earlier one took: done even where one between failed */
};

struct calls {
	struct call *items;
	size_t count, cap;
};

void calls_add(struct calls *all, enum request what, const struct request_args *args);
void calls_owe(struct calls *all, enum request what, const struct request_args *args);
void calls_release(struct calls *all);

/* "POST /v1.45/containers/…/pause", one a call. */
void calls_text(const struct calls *all, const struct engine *g, struct sentences *out);

/*
 * One after another; the first failure ends it, but for those that are owed. ANSWER, if not NULL,
 * is that of the last one that was done. *DONE is how many succeeded, also when it fails.
 */
int calls_do(const struct calls *all, struct engine *g, struct str *answer, size_t *done,
	     struct err *e) must_check;

#endif
