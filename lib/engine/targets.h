/* SPDX-License-Identifier: Apache-2.0 */
/* targets.h - the containers that are meant, each once, in the order in which they were named. */
#ifndef ENGINE_TARGETS_H
#define ENGINE_TARGETS_H

#include <stddef.h>

#include "lib/base/err.h"
#include "lib/base/opt.h"
#include "lib/engine/engine.h"

struct target {
	const char *word; /* as it was named; NULL by --all-running */
	struct engine *engine;
	char *id;
	struct err why; /* it could not be found: then there is no engine and no id */
};

struct targets {
	struct target *items;
	size_t count, cap;
};

/*
 * WORDS NULL: everything that runs, paused or not, on all engines; none at all is ERR_ABSENT. A
 * word that names nothing is that target's own failure; the others are found all the same.
 */
int targets_find(struct targets *t, struct engines *all, const struct words *words,
		 struct err *e) must_check;
void targets_release(struct targets *t);

#endif
