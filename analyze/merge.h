/* SPDX-License-Identifier: Apache-2.0 */
/*
 * merge.h - layers laid over each other, path by path.
 *
 * A whiteout hides its path of the layers below its own, an opaque directory all that they have
 * below it, and so does anything that is no directory; what a layer has itself it never hides. A
 * directory over a directory replaces its attributes; one that is only implied by a name leaves
 * them. Of several members of one name in a layer the last counts.
 *
 * Memory: one path's versions (one a layer) and what its directories hide (a bit a layer).
 */
#ifndef ANALYZE_MERGE_H
#define ANALYZE_MERGE_H

#include <stdbool.h>
#include <stddef.h>

#include "analyze/runs.h"
#include "lib/base/err.h"

#define MERGE_LAYERS_MAX 1024

struct merge;
/* LAYERS: how many; their numbers are below it. */
struct merge *merge_new(const struct run *runs, size_t count, unsigned layers);
void merge_freep(struct merge **m);

/*
 * 1 and the next path that is there at last, its hard links resolved if links.h has done it; 0 at
 * the end; -1. Valid until the next call.
 */
int merge_next(struct merge *m, struct record *out, struct err *e) must_check;

/*
 * The same in steps, for who needs a view of the layers up to one: the next key, whether or not
 * anything is there; what is there of it in the layers up to TOP; what LAYER itself has; and who
 * wants it.
 */
int merge_key(struct merge *m, struct err *e) must_check;
bool merge_visible(struct merge *m, unsigned top, struct record *out);
bool merge_in_layer(struct merge *m, unsigned layer, struct record *out);
/* Whether LAYER says that it is gone, with what the record says of it. */
bool merge_whiteout(struct merge *m, unsigned layer, struct record *out);
int merge_want(struct merge *m, struct record *out, struct err *e) must_check;

#endif
