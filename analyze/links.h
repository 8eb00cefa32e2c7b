/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links.h - hard links get what their targets have.
 *
 * A target is looked for in the link's own layer, then in those below. It can be a link itself:
 * each round over the records follows one more, at most LINKS_ROUNDS. What leads nowhere, or in a
 * circle, is noted and stays without content.
 */
#ifndef ANALYZE_LINKS_H
#define ANALYZE_LINKS_H

#include "analyze/merge.h"
#include "analyze/notes.h"
#include "analyze/runs.h"
#include "lib/base/err.h"

#define LINKS_ROUNDS 16

/* Each round's findings are a run of their own, to be merged with the others. */
struct links {
	struct run found[LINKS_ROUNDS];
	size_t count;
};

/* MAKER and FD as for run_end(), from *AT on, which is moved behind what was written. */
int links_resolve(const struct run *runs, size_t count, unsigned layers, struct run_maker *maker,
		  int fd, uint64_t *at, struct links *out, struct notes *notes,
		  struct err *e) must_check;

#endif
