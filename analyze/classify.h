/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classify.h - two file systems side by side: what of the container is not as the image has it.
 *
 * Changes come in the order of their keys. A directory that is gone is one change, with the number
 * of paths that went with it.
 */
#ifndef ANALYZE_CLASSIFY_H
#define ANALYZE_CLASSIFY_H

#include <stddef.h>

#include "analyze/change.h"
#include "analyze/runs.h"
#include "lib/base/err.h"

/* Layers laid over each other (merge.h). */
struct stack {
	const struct run *runs;
	size_t count;
	unsigned layers;   /* 0: there is none */
	bool is_truncated; /* that a path is not there says nothing */
};

struct classify {
	struct stack image, container;
	struct stack mounted; /* tmpfs: everything in it is an addition */
	/*
	 * The container's own layer, if it is laid over the image's: what it has and what is the
	 * same was touched. UINT32_MAX: there is none.
	 */
	unsigned own_layer;
	/* There is no image, and the rows say themselves what changed. */
	bool is_told;
	const char *glob; /* of paths with their '/'; NULL: all */
	unsigned classes; /* that FN is called with */
	int (*fn)(const struct change *c, void *data, struct err *e);
	void *data;
};

/* Paths, whatever CLASSES are wanted. */
struct counts {
	uint64_t of[CHANGE_CLASSES]; /* by the change's name; deleted ones with all below */
	uint64_t image, container;   /* that are there */
	uint64_t injected;           /* left out: the engine's own, with nothing in it */
	uint64_t mounted;            /* of those added: in a tmpfs */
	uint64_t unknown;            /* both have it, and cannot be compared */
	uint64_t unknown_gone;       /* not among what came of the container */
};

int classify(const struct classify *c, struct counts *counts, struct err *e) must_check;

#endif
