/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - a fixed number of buffers that go from one thread to the next, in order, and round
 * again.
 *
 * Stage 0 fills, the others work on what the stage before them passed on. Memory is bounded by the
 * ring: who is ahead waits. A stage that fails stops all of them.
 */
#ifndef COLLECT_RING_H
#define COLLECT_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/err.h"

#define RING_SLOTS  16
#define RING_STAGES 3
#define RING_BLOCK  ((size_t)512 << 10)

struct batch {
	size_t used;
	unsigned char bytes[RING_BLOCK];
};

struct ring;
struct ring *ring_new(void);
void ring_freep(struct ring **r);

/* The next batch of this stage; NULL when no more will come or a stage failed. Stage 0 gets an
 * empty one. */
struct batch *ring_take(struct ring *r, unsigned stage);
/* Done with the batch last taken. */
void ring_pass(struct ring *r, unsigned stage);
/* Stage 0 has passed its last one. */
void ring_end(struct ring *r);
/* The first failure is kept. */
void ring_fail(struct ring *r, const struct err *why);
/* 0, or -1 and the first failure. */
int ring_result(struct ring *r, struct err *e) must_check;

#endif
