/* SPDX-License-Identifier: Apache-2.0 */
/*
 * side.h - one of the two file systems that diff compares: read from whatever it is kept in, and
 * laid out as a stack of sorted runs.
 *
 *	side_open(&s, e)                     temporary files and memory: before the sandbox
 *	side_read_…(&s, …, e)                each adds a layer, or an image's layers
 *	side_finish(&s, e)                   hard links
 *	side_stack(&s)                       for classify.h
 *
 * Two sides may be read by two threads.
 */
#ifndef ANALYZE_SIDE_H
#define ANALYZE_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyze/cache.h"
#include "analyze/classify.h"
#include "analyze/image.h"
#include "analyze/links.h"
#include "analyze/notes.h"
#include "analyze/rows.h"
#include "analyze/runs.h"
#include "lib/base/err.h"
#include "lib/base/stream.h"

#define SIDE_CACHE_VERSION 1 /* of record.h's bytes and of what layer.h makes of a layer */

struct side {
	struct run_maker *maker;
	int fd; /* the runs, one behind the other */
	uint64_t at;
	struct run *runs;
	size_t count, cap;
	int *kept; /* descriptors of the cache's entries */
	size_t kept_count, kept_cap;
	unsigned layers;
	struct notes notes;
};

int side_open(struct side *s, size_t memory, struct err *e) must_check;
void side_release(struct side *s);

/* Each borrows what it reads from. A tar is a root file system: names with ".wh." are names. */
int side_read_tar(struct side *s, struct source *tar, struct err *e) must_check;
int side_read_dir(struct side *s, int root, struct err *e) must_check;
int side_read_rows(struct side *s, struct source *rows, struct rows_head *head,
		   struct err *e) must_check;
/* CACHE may be NULL. */
int side_read_image(struct side *s, struct image *im, struct cache *cache,
		    struct err *e) must_check;
/* All that OTHER, which is finished, has; what is read next lies upon it. */
void side_begin_upon(struct side *s, const struct side *other);

int side_finish(struct side *s, struct err *e) must_check;
struct stack side_stack(const struct side *s);

#endif
